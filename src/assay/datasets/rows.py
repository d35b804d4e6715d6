"""Rows: where the lines of a table come from, read one at a time and again in any order. A file of JSON Lines, or lines held in memory."""

import json
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec

from assay.core.errors import DatasetError, quoted

Row = dict[str, Any]
PEEKED = 100
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_decoder = msgspec.json.Decoder(Row)


class Rows(Protocol):
    """A table's rows. `scan` reads them all once, in order, and learns where they stand; `read` then fetches them by position."""

    name: str

    def scan(self) -> Iterator[tuple[int, Row]]:
        """(line or row number from 1, row), from first to last."""
        ...

    def read(self, order: Sequence[int]) -> Iterator[tuple[int, Row]]:
        """(position from 0, row) in the order asked for; only after a whole `scan`."""
        ...

    def place(self, number: int) -> str:
        """How a message names the row that `scan` numbered `number`."""
        ...


class JsonLines:
    """A file with one JSON object a line. Only the byte offsets of its rows are held (8 bytes a row).

    `name` is what messages call it (the file the person named, where `path` is a converted copy), `unit` what they call a row of it.
    """

    def __init__(self, path: Path, *, name: str | None = None, unit: str = "line") -> None:
        self.path = path
        self.name = name or str(path)
        self.unit = unit
        self._offsets: array[int] = array("Q")
        self._state: tuple[int, int, int] | None = None

    def scan(self) -> Iterator[tuple[int, Row]]:
        """Every row with its number; blank lines are passed over. Remembers the offsets once the end is reached."""
        offsets: array[int] = array("Q")
        with self._opened() as file:
            state = self._stat(file)
            at = len(BYTE_ORDER_MARK) if file.read(3) == BYTE_ORDER_MARK else 0
            file.seek(at)
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    offsets.append(at)
                    yield number, self.decoded(line, number)
                at += len(line)
        offsets.append(at)
        self._offsets, self._state = offsets, state

    def read(self, order: Sequence[int]) -> Iterator[tuple[int, Row]]:
        """The rows at the positions `order`. Raises DatasetError when the file is no longer the one that was scanned."""
        with self._opened(0) as file:
            if self._stat(file) != self._state:
                raise self._changed()
            for position in order:
                start, end = self._offsets[position], self._offsets[position + 1]
                file.seek(start)
                try:
                    row = _row(read_whole(file, end - start))
                except ValueError as error:
                    raise self._changed() from error
                yield position, row

    def place(self, number: int) -> str:
        """The file and the line."""
        return f"{self.name}, {self.unit} {number}"

    def decoded(self, line: bytes, number: int) -> Row:
        """A line as a row. Raises DatasetError saying where it is broken and how it begins there."""
        try:
            return _row(line)
        except UnicodeDecodeError as error:
            raise self._not_utf8(line, number) from error
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise self._broken(line, number, error) from error

    def _opened(self, buffering: int = 1 << 18) -> IO[bytes]:
        try:
            return self.path.open("rb", buffering=buffering)
        except OSError as error:
            raise DatasetError(f"{self.name} cannot be read: {error.strerror}.", remedy="Check the path and its permissions.") from error

    def _stat(self, file: IO[bytes]) -> tuple[int, int, int]:
        found = os.fstat(file.fileno())
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _changed(self) -> DatasetError:
        return DatasetError(f"{self.name} changed while it was being used.", remedy="Start again, so that every score is of the same data.")

    def _not_utf8(self, line: bytes, number: int) -> DatasetError:
        if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return DatasetError(f"{self.name} is UTF-16.", remedy="Save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW.")
        start = _invalid_from(line)
        before = quoted(line[max(0, start - 30) : start].decode(errors="replace"))
        return DatasetError(
            f"{self.place(number)}: byte {start + 1} of it (0x{line[start]:02X}, after '{before}') is not valid UTF-8.",
            remedy="Save the file as UTF-8 (for a Chinese legacy file: iconv -f GB18030 -t UTF-8 FILE > NEW).",
        )

    def _broken(self, line: bytes, number: int, error: Exception) -> DatasetError:
        text = line.decode(errors="replace").strip()
        try:
            value = json.loads(text)
        except json.JSONDecodeError as exact:
            shown = quoted(text[max(0, exact.pos - 40) : exact.pos + 40], 80)
            message = f"{self.place(number)} is not valid JSON: {exact.msg} at character {exact.pos + 1}, near '{shown}'."
            return DatasetError(message, remedy="Each line must be one complete JSON object.")
        except (ValueError, RecursionError):
            return DatasetError(
                f"{self.place(number)} cannot be read as JSON: {error}.", remedy="Each line must be one complete JSON object."
            )
        if isinstance(value, dict):
            return DatasetError(
                f"{self.place(number)} holds half of a surrogate pair (\\ud800 to \\udfff), which is no text.", remedy="Write the row anew."
            )
        kind = {list: "an array", str: "a string", int: "a number", float: "a number", bool: "a boolean"}.get(type(value), "null")
        return DatasetError(
            f"{self.place(number)} holds {kind}, not an object.", remedy='Each line must look like {"input": ..., "target": ...}.'
        )


class Held:
    """Rows given from Python, each kept as its JSON text."""

    name = "rows"

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._lines = [msgspec.json.encode(dict(row)) for row in rows]

    def scan(self) -> Iterator[tuple[int, Row]]:
        """Every row with its number from 1."""
        for number, line in enumerate(self._lines, 1):
            yield number, _decoder.decode(line)

    def read(self, order: Sequence[int]) -> Iterator[tuple[int, Row]]:
        """The rows at the positions `order`."""
        for position in order:
            yield position, _decoder.decode(self._lines[position])

    def place(self, number: int) -> str:
        """The row's number."""
        return f"row {number}"


def _row(line: bytes) -> Row:
    """A line as a row; what only Python's own reader takes (NaN, huge integers) is read by it."""
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError:
        value = json.loads(line)
        if not isinstance(value, dict):
            raise
        msgspec.json.encode(value)  # half a surrogate pair can be neither stored nor sent: better known now
        return value


def read_whole(file: IO[bytes], count: int) -> bytes:
    """`count` bytes of an unbuffered file, which may hand them over in pieces; fewer only at its end."""
    data = file.read(count)
    while len(data) < count and (more := file.read(count - len(data))):
        data += more
    return data


def _invalid_from(line: bytes) -> int:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def columns_of(rows: Rows, *, everywhere: bool = False) -> tuple[str, ...]:
    """The columns of the first hundred rows, or `everywhere`, in the order in which they appear. Raises DatasetError for a table without rows."""
    found: dict[str, None] = {}
    for number, (_, row) in enumerate(rows.scan()):
        if number >= PEEKED and not everywhere:
            break
        found.update(dict.fromkeys(row))
    if not found:
        raise DatasetError(f"{rows.name} holds no rows.", remedy="Give a file with at least one sample.")
    return tuple(found)
