"""Exporters: runs in other people's formats. Each is one line of entry points (`assay.exporters`); here are those of plain tables."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import load
from assay.store import RunFolder
from assay.store.trials import TRIALS


class Exporter(msgspec.Struct, frozen=True, kw_only=True):
    """One format. It has one of two ways: `text` gives the runs as one document; `files` writes them to a place that has to be named and
    gives the paths it made. `what` is one line of help."""

    what: str
    text: Callable[[Sequence[str]], str] | None = None
    files: Callable[[Sequence[RunFolder], Path], Iterator[str]] | None = None


def exporter(name: str) -> Exporter:
    """The exporter of a name. Raises UnknownName with what there is."""
    found: Exporter = load("exporters", name)
    return found


def made_folder(out: Path) -> Path:
    """The folder, there. Raises UsageError where it cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {out} cannot be made: {error.strerror}.", remedy="Name another place with --out.") from error
    return out


def name_of(folder: RunFolder) -> str:
    """What a run's files are called."""
    return Path(folder.path).name


def parquet(runs: Sequence[RunFolder], out: Path) -> Iterator[str]:
    """One `NAME.trials.parquet` a run, one row per score."""
    return copied(runs, out, "parquet", "SELECT * FROM trials", "FORMAT parquet")


def trials_csv(runs: Sequence[RunFolder], out: Path) -> Iterator[str]:
    """One `NAME.trials.csv` a run, one row per score; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    columns = ", ".join(
        rf"CASE WHEN regexp_matches({name}, '^[=+\-@\t\r]') THEN '''' || {name} ELSE {name} END AS {name}" if kind == "VARCHAR" else name
        for name, kind in TRIALS.items()
    )
    return copied(runs, out, "csv", f"SELECT {columns} FROM trials", "FORMAT csv, HEADER")


def copied(runs: Sequence[RunFolder], out: Path, suffix: str, rows: str, form: str) -> Iterator[str]:
    """A table of each run as a file in the folder `out`."""
    made_folder(out)
    for folder in runs:
        target = out / f"{name_of(folder)}.trials.{suffix}"
        quoted = str(target).replace("'", "''")
        folder.query(f"COPY ({rows}) TO '{quoted}' ({form})")
        yield str(target)


PARQUET = Exporter(what="the trials of each run as a Parquet file, one row per score", files=parquet)
TRIALS_CSV = Exporter(what="the trials of each run as a CSV file, one row per score", files=trials_csv)
