"""Half characters: some servers cut an emoji in two and send `\\ud83d` alone, which is no text. Each becomes the replacement character."""

import re

_ESCAPE = r"(?<!\\)((?:\\\\)*)"
_LONE = re.compile(_ESCAPE + r"(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2})")


def whole_characters(written: str) -> str:
    """JSON as text, with the escapes of half characters replaced."""
    return _LONE.sub(lambda found: found[1] + (found[2] or r"\ufffd"), written)
