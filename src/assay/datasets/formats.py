"""Formats: any table file as JSON Lines. JSONL is read where it lies; JSON, CSV, TSV, Parquet and gz are converted once, into the cache, in a stream."""

import gzip
import hashlib
import shutil
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Literal

from assay.core.errors import DatasetError
from assay.core.places import cache_folder
from assay.core.registry import meant
from assay.datasets.cache import written_whole
from assay.datasets.rows import JsonLines
from assay.datasets.text_tables import csv_lines, json_lines

Kind = Literal["jsonl", "json", "csv", "tsv", "parquet"]
SUFFIXES: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jl": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
CONVERSION = "1"
"""Part of every converted file's name: raised when converting changes, so that old ones are made anew."""
CHUNK = 1 << 20
GZIP = b"\x1f\x8b"


def kind_of(path: str | Path) -> Kind | None:
    """The format a file's name promises, with or without .gz; None for a name that promises none."""
    suffixes = [each.lower() for each in Path(path).suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return SUFFIXES.get(suffixes[-1]) if suffixes else None


def rows_of(paths: Sequence[Path], split: str = "test", *, name: str | None = None, digest: str | None = None) -> JsonLines:
    """The rows of one file, or of several of one format one after the other. `digest` is their content's, where it is known already.

    `name` is what messages call them. Raises DatasetError for what cannot be read, naming the file and the place.
    """
    kinds = {kind_of(path) for path in paths}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None:
        shown = name or ", ".join(str(path) for path in paths[:3])
        raise DatasetError(f"{shown}: no known format.", remedy=f"Give a file that ends in {', '.join(SUFFIXES)} (also with .gz).")
    for path in paths:
        if not path.is_file():
            raise DatasetError(f"{path} does not exist.", remedy=_neighbours(path))
    called = name or (str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more files")
    try:
        packed = any(_is_packed(path) for path in paths)
    except OSError as error:
        raise DatasetError(f"{called} cannot be read: {error.strerror}.", remedy="Check its permissions.") from error
    if kind == "jsonl" and len(paths) == 1 and not packed:
        return JsonLines(paths[0], name=called)
    key = hashlib.sha256(f"{CONVERSION} {kind} {split} {digest or content_digest(paths)}".encode()).hexdigest()[:40]
    spool = cache_folder("tables", f"{key}.jsonl")
    if not spool.exists():
        with written_whole(spool, keep=True) as writing:
            _convert(kind, paths, split, writing)
    return JsonLines(spool, name=called, unit="line" if kind == "jsonl" else "row")


def content_digest(paths: Sequence[Path]) -> str:
    """The SHA-256 of the files' bytes, one after the other, in hex."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        digest.update(b"\0")
    return digest.hexdigest()


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {folder} either."
    there = sorted(each.name for each in folder.iterdir() if kind_of(each))
    return meant(path.name, there) if there else f"{folder} holds no tables."


def _convert(kind: Kind, paths: Sequence[Path], split: str, target: Path) -> None:
    if kind == "parquet":
        with TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as folder:
            _from_parquet([_plain_parquet(path, Path(folder, f"{number}.parquet")) for number, path in enumerate(paths)], paths, target)
        return
    with target.open("wb") as out:
        for path in paths:
            if not _is_packed(path):
                with path.open("rb") as file:
                    _append(kind, file, out, str(path), split)
                continue
            with TemporaryFile(dir=target.parent) as plain:
                _unpack(path, plain)
                plain.seek(0)
                _append(kind, plain, out, str(path), split)


def _plain_parquet(path: Path, unpacked: Path) -> Path:
    """The file itself, or what is packed in it: DuckDB reads Parquet from a path alone."""
    if not _is_packed(path):
        return path
    with unpacked.open("wb") as out:
        _unpack(path, out)
    return unpacked


def _append(kind: Kind, file: IO[bytes], out: IO[bytes], name: str, split: str) -> None:
    """One unpacked file, as JSON Lines, behind what `out` holds already."""
    if kind == "jsonl":
        shutil.copyfileobj(file, out, CHUNK)
        out.write(b"\n")
        return
    lines: Iterator[bytes] = json_lines(file, name, split) if kind == "json" else csv_lines(file, name, "\t" if kind == "tsv" else None)
    for line in lines:
        out.write(line)
        out.write(b"\n")


def _unpack(path: Path, out: IO[bytes]) -> None:
    """A gz file unpacked, all of its members. Raises DatasetError where it is cut off or damaged, saying how much of it can be read."""
    lines, remedy = 0, f"Fetch or pack it again (gzip -t {path.name} checks it)."
    try:
        with gzip.open(path, "rb") as file:
            while plain := file.read1(CHUNK):
                lines += plain.count(b"\n")
                out.write(plain)
    except EOFError as error:
        raise DatasetError(f"{path} is cut off: the gz data ends too early, after {lines} whole lines.", remedy=remedy) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{path} is damaged: {error}, after {lines} whole lines.", remedy=remedy) from error


def _from_parquet(paths: Sequence[Path], named: Sequence[Path], target: Path) -> None:
    """Parquet to JSON Lines inside DuckDB, one row group at a time; binary cells become base64. `named` is what messages call the files."""
    import duckdb

    names = [str(path) for path in paths]
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as connection:
        try:
            found = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [names]).fetchall()
            swaps = [text for column, kind, *_ in found if (text := _printable(column, kind))]
            chosen = f"* REPLACE ({', '.join(swaps)})" if swaps else "*"
            connection.execute(
                f"COPY (SELECT {chosen} FROM read_parquet(?)) TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT json)", [names]
            )
        except duckdb.IOException as error:
            raise DatasetError(
                f"{named[0]} cannot be read or converted: {_first_line(error)}", remedy="Check the file and the room on the disk."
            ) from error
        except duckdb.Error as error:
            raise DatasetError(
                f"{named[0]} is not a Parquet file that can be read: {_first_line(error)}", remedy="Fetch or write it again."
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _printable(column: str, kind: str) -> str | None:
    """How a column of bytes, alone or as Hugging Face keeps media, is written as text."""
    quoted = '"' + column.replace('"', '""') + '"'
    if kind == "BLOB":
        return f"base64({quoted}) AS {quoted}"
    if kind.replace('"', "") == "STRUCT(bytes BLOB, path VARCHAR)":
        return f"{{'bytes': base64({quoted}.bytes), 'path': {quoted}.path}} AS {quoted}"
    return None
