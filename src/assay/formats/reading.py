"""Reading other tools' files: JSON documents and lines of any size, with the place in the message where one is broken; numbers as they write them."""

import gzip
import math
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from assay.core.errors import DatasetError, quoted


def opened(path: Path) -> IO[bytes]:
    """A file, unpacked where its name ends in .gz. Raises DatasetError where it cannot be opened."""
    try:
        return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.", remedy="Check the path and its permissions.") from error


def json_document(path: Path) -> Any:
    """The JSON in a file; Python's NaN and Infinity become None. Raises DatasetError for one that is cut off or damaged."""
    with opened(path) as file:
        data = whole(file, path)
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        return lenient(data, str(path), error)


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number from 1, object) of JSON Lines, one at a time; of a JSON list its elements. Raises DatasetError for a line that is broken."""
    with opened(path) as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                if line.isspace():
                    continue
                if number == 1 and line.lstrip(b"\xef\xbb\xbf \t").startswith(b"["):
                    yield from elements(path)
                    return
                yield number, row_of(line, path, number)
        except (OSError, EOFError) as error:
            raise DatasetError(f"{path} breaks off after line {number}: {error}.", remedy="Fetch the file again.") from error


def elements(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON list."""
    for number, each in enumerate(json_document(path), 1):
        if not isinstance(each, dict):
            raise DatasetError(f"{path}, element {number}: expected an object, found {type(each).__name__}.")
        yield number, each


def row_of(line: bytes, path: Path, number: int) -> dict[str, Any]:
    """A line as an object."""
    try:
        row = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        row = lenient(line, f"{path}, line {number}", error)
    if not isinstance(row, dict):
        raise DatasetError(f"{path}, line {number}: expected an object, found {quoted(line.decode('utf-8', 'replace'), 60)}.")
    return row


def lenient(data: bytes, where: str, error: Exception) -> Any:
    """JSON with NaN and Infinity in it, which Python writes and JSON has not: they become None. Raises DatasetError for what is no JSON at all."""
    import json

    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        cut = " It is cut off." if not data.rstrip().endswith((b"}", b"]")) else ""
        raise DatasetError(f"{where} is no JSON: {error}.{cut}", remedy="Fetch or write the file again.") from error


def whole(file: IO[bytes], path: Path) -> bytes:
    """All bytes of an open file."""
    try:
        return file.read()
    except (OSError, EOFError) as error:
        raise DatasetError(f"{path} is cut off: {error}.", remedy="Fetch the file again.") from error


def number_of(value: Any) -> float | None:
    """A finite number as other tools write it (0.5, true, "0.5"), None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    return None
