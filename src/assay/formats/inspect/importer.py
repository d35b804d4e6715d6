"""The importer of Inspect's logs: a log, or a folder of them, each a run."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from assay.core.errors import UsageError
from assay.core.fingerprint import fingerprint
from assay.core.run import Manifest
from assay.formats.importers import ImportedRun, Importer
from assay.formats.inspect.header import fingerprints_of, notes_of, planned_of, reported_of, scorer_of, settings_of
from assay.formats.inspect.logs import Log, read_log
from assay.formats.inspect.samples import OURS, Reader
from assay.store.fold import Record

BESIDE = "inspect.json"
"""The file in a run folder that keeps what the log said of its run, for an export to give back."""
BEGINNING = 2048


def read(place: Path, *, events: bool = False, cluster: str = "") -> Iterator[ImportedRun]:
    """The runs of a log or of a folder of logs.

    `events` keeps the events of every sample (they are many times as large as the rest), `cluster` names the metadata that tells what a sample came
    from. Raises DatasetError for a file that is no log, or too damaged to say what was run.
    """
    if not isinstance(events, bool):
        raise UsageError(f"events is '{events}'.", remedy="Write events=true or events=false.")
    for path in logs_in(place) if place.is_dir() else [place]:
        yield run_of(read_log(path), events, cluster)


def run_of(log: Log, events: bool, cluster: str) -> ImportedRun:
    """A log as a run; its samples are read when its records are."""
    spec = log.header["eval"]
    own = manifest_in(log)
    version = (spec.get("packages") or {}).get("inspect_ai", "of an unknown version")
    reader = Reader(model=spec.get("model") or "", scorer=scorer_of(log.header), cluster=cluster)
    prints = fingerprints_of(log.header)
    beside = msgspec.json.encode({"version": 1, "header": log.header, "reductions": log.reductions})
    run = ImportedRun(
        task=spec.get("task") or "unnamed",
        model=spec.get("model") or "unnamed",
        tool=f"Inspect {version}",
        records=records_of(log, reader, prints, events),
        created=spec.get("created") or "",
        planned=planned_of(log.header),
        settings=settings_of(log.header),
        fingerprints=prints,
        reported=reported_of(log.header),
        notes=tuple(notes_of(log)),
        files={BESIDE: beside},
    )
    return run if own is None else returned(run, own)


def manifest_in(log: Log) -> Manifest | None:
    """The manifest of the run that Assay wrote into a log."""
    mark = (log.header["eval"].get("metadata") or {}).get(OURS)
    try:
        return msgspec.convert(mark, Manifest) if mark else None
    except msgspec.ValidationError:
        return None


def returned(run: ImportedRun, own: Manifest) -> ImportedRun:
    """A run of our own that comes back: what it was called and how it was made is its own word again."""
    return msgspec.structs.replace(
        run,
        task=own.task,
        model=own.model,
        tool=f"Assay {own.assay}, in a log of Inspect",
        created=own.created,
        planned=own.planned,
        seed=own.seed,
        settings={name: value for name, value in own.settings.items() if name not in ("task", "model", "imported from", "written by")},
        fingerprints={name: value for name, value in own.fingerprints.items() if name != "model"},
        lower_is_better=own.lower_is_better,
        reported={},
        scenario=own.scenario,
        card=own.card,
        files={},
    )


def records_of(log: Log, reader: Reader, prints: dict[str, str], events: bool) -> Iterator[Record]:
    """The trials of a log; when the last is read, `prints` holds the fingerprint of what they were asked."""
    for plain in log.samples(events=events):
        yield reader.record(plain)
    if reader.asked:
        prints["dataset"] = fingerprint("inspect", reader.asked)


def logs_in(folder: Path) -> list[Path]:
    """The logs below a folder, in the order of their names."""
    found = sorted(each for each in folder.rglob("*") if each.suffix in (".eval", ".json") and each.is_file())
    return [each for each in found if is_log(each)]


def is_log(path: Path) -> bool:
    """Whether a file is a log, by its name and its beginning."""
    if path.suffix not in (".eval", ".json"):
        return False
    try:
        with path.open("rb") as file:
            begins = file.read(BEGINNING)
    except OSError:
        return False
    if path.suffix == ".eval":
        return True
    parts = (b'"version"', b'"status"', b'"eval"', b'"run_id"')
    return begins.lstrip().startswith(b"{") and all(each in begins for each in parts)


def recognises(place: Path) -> bool:
    """Whether there is a log at a path."""
    return (
        is_log(place) if place.is_file() else any(is_log(each) for each in place.rglob("*.eval")) or any(map(is_log, place.glob("*.json")))
    )


INSPECT = Importer(what="logs of Inspect: .eval, .json, a folder of them", read=read, recognises=recognises)
