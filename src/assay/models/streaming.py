"""Server-sent events: pieces of bytes in, data payloads out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing


async def payloads(pieces: AsyncGenerator[bytes, None], other: list[bytes] | None = None) -> AsyncGenerator[bytes, None]:
    """The `data:` payload of every event, several data lines joined; comments, names and ids are left out. Closes `pieces` in the end.

    Lines may end in CR, LF or both, and a piece may end anywhere, inside a line or a character. An event that its blank line
    never closed is not given: it may be half of one. `other` is given the lines of a body that holds no event at all.
    """
    rest, lines = b"", []
    unread: list[bytes] | None = []
    async with aclosing(pieces):
        async for piece in pieces:
            rest += piece
            if b"\n" not in piece and b"\r" not in piece:
                continue
            held = b"\r" if rest.endswith(b"\r") else b""
            found = (rest[:-1] if held else rest).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
            rest = found.pop() + held
            for line in found:
                if line.startswith(b"data:"):
                    lines.append(line[6:] if line[5:6] == b" " else line[5:])
                    unread = None
                elif not line and lines:
                    yield b"\n".join(lines)
                    lines = []
                elif line and unread is not None:
                    unread.append(line)
    if other is not None and unread is not None:
        other.extend((*unread, rest))
