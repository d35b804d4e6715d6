"""Importing: runs of other tools become run folders, with the estimates, reports and comparisons of Assay's own."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import msgspec

import assay
from assay.api.collect import Collector
from assay.core.answer import Usage
from assay.core.errors import DatasetError, StoreError, UsageError, boundary
from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint
from assay.core.journal import Closed, Seen
from assay.core.places import cache_folder
from assay.core.registry import load
from assay.core.run import Manifest, Result, run_id
from assay.core.sample import Sample
from assay.engine.build import call
from assay.engine.events import TrialClosed
from assay.engine.journal import FileJournal
from assay.formats.importers import ImportedRun, Importer, importer_for
from assay.store import Record, RunFolder, run_folder

T = TypeVar("T")


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One run that was imported: its result, and whether it was here already."""

    result: Result
    known: bool


def import_runs(
    places: Sequence[str], form: str | None = None, *, log_dir: str = "runs", options: Mapping[str, Any] | None = None
) -> Iterator[Import]:
    """Make a run folder in `log_dir` of every run that other tools wrote to `places`; one that is there already is left alone.

    `form` names the importer, else each place is looked at. Raises UsageError for a place nobody can read, DatasetError for a broken one; runs
    imported before it stay.
    """
    for place in places:
        path = Path(place)
        if not path.exists():
            raise UsageError(f"There is no file or folder '{place}'.")
        name, importer = (form, load("importers", form)) if form else importer_for(path)
        found = 0
        for run in runs_of(importer, str(name), path, options or {}):
            found += 1
            yield stored(run, place, log_dir)
        if not found:
            raise UsageError(f"{place} holds no run of {name}.", remedy=f"Expected {importer.what}.")


def runs_of(importer: Importer, name: str, path: Path, options: Mapping[str, Any]) -> Iterator[ImportedRun]:
    """The runs at a place; an option the importer does not take is a UsageError."""
    runs: Iterator[ImportedRun] = call(importer.read, f"The importer '{name}'", options, path)
    for run in guarded(runs, name, path):
        yield msgspec.structs.replace(run, records=guarded(iter(run.records), name, path))


def guarded(source: Iterator[T], name: str, path: Path) -> Iterator[T]:
    """What a reader gives. Where it stumbles over a file of another shape, a DatasetError that says so."""
    while True:
        wrong: DatasetError | None = None
        with boundary("dataset") as caught:
            try:
                item = next(source)
            except StopIteration:
                return
            except DatasetError as error:
                wrong = error
        if wrong is not None:
            raise wrong
        if caught.failure is not None:
            told = caught.failure.message
            raise DatasetError(f"{path} is not as {name} writes it: {told}.", remedy="Is it another tool's, another version's, or damaged?")
        yield item


def stored(run: ImportedRun, place: str, log_dir: str) -> Import:
    """One run as a folder. It is written aside and moved into place whole, so that a broken source leaves nothing half."""
    aside = made_aside(log_dir)
    try:
        written = write_journal(run.records, aside / "journal-0.jsonl")
        if not written.trials and not run.reported:
            raise DatasetError(f"{place} holds neither trials nor figures of {run.tool}.", remedy="Is it another tool's file, or cut off?")
        manifest = manifest_of(run, written, place)
        folder = run_folder(log_dir, manifest)
        known = folder.result()
        if known is not None:
            return Import(result=known, known=True)
        with folder.lock():
            shutil.move(aside / "journal-0.jsonl", folder.journal())
            for name, content in run.files.items():
                folder.write(name, content)
            result = result_of(folder, written, run.reported)
            folder.sync()
            folder.write_result(result)
        return Import(result=result, known=False)
    except OSError as error:
        raise StoreError(
            f"The run cannot be written to {log_dir}: {error.strerror}.", remedy="Make room, or choose another --log-dir."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def made_aside(log_dir: str) -> Path:
    """A folder to write in before the run has its place: beside the runs, or for a remote folder in the cache. Raises StoreError where none can be."""
    home = cache_folder("importing") if "://" in log_dir else Path(log_dir)
    try:
        home.mkdir(parents=True, exist_ok=True)
        return Path(mkdtemp(prefix=".importing-", dir=home))
    except OSError as error:
        raise StoreError(
            f"The runs cannot be written to {log_dir}: {error.strerror}.", remedy="Choose another folder with --log-dir."
        ) from error


class Written(msgspec.Struct, kw_only=True):
    """What went into a journal: counts, digests of the samples and of everything, and the names of the scores."""

    trials: int = 0
    samples: int = 0
    most: int = 0
    content: str = ""
    dataset: str = ""
    scores: tuple[str, ...] = ()
    usage: Usage = Usage()
    seconds: float = 0.0


def write_journal(records: Iterable[Record], path: Path) -> Written:
    """Write trials as they come. Raises UsageError where one trial comes twice."""
    content, written, scores = blake2b(digest_size=16), Written(), dict[str, None]()
    digests: dict[str, bytes] = {}
    closed: set[tuple[str, int]] = set()
    encode = msgspec.json.Encoder(order="deterministic").encode
    journal = FileJournal(path)
    try:
        for record in records:
            trial = record.trial
            if (trial.sample_id, trial.number) in closed:
                raise UsageError(
                    f"The sample '{trial.sample_id}' has two trials of the number {trial.number}.", remedy="Is the file doubled?"
                )
            closed.add((trial.sample_id, trial.number))
            events: list[msgspec.Struct] = [Closed(trial=trial)]
            # Of a damaged sample only a later trial may tell what was asked.
            if record.sample is not None and not digests.get(trial.sample_id):
                events.insert(0, Seen(sample=record.sample))
                digests[trial.sample_id] = blake2b(encode(record.sample), digest_size=16).digest()
            digests.setdefault(trial.sample_id, b"")
            journal.append(*events)
            content.update(encode(trial))
            scores.update(dict.fromkeys(score.name for score in trial.scores))
            written.most = max(written.most, trial.number + 1)
            if trial.answer is not None:
                written.usage = written.usage + trial.answer.usage
            written.seconds += trial.seconds
    finally:
        journal.close()
    written.trials, written.samples, written.scores = len(closed), len(digests), tuple(scores)
    written.content = content.hexdigest()
    written.dataset = fingerprint("imported", sorted(digests[each].hex() for each in digests))
    return written


def manifest_of(run: ImportedRun, written: Written, place: str) -> Manifest:
    """What the run is. Its model answers what is recorded, so the records are part of the model's identity."""
    parts = {
        "dataset": written.dataset,
        "solver": fingerprint(run.tool.partition(" ")[0], run.task),
        "scorers": fingerprint(run.tool.partition(" ")[0], run.task, sorted(written.scores)),
        **run.fingerprints,
        "model": fingerprint(run.model, written.content, sorted(run.reported.items())),
    }
    identity, samples = fingerprint(parts), written.samples or max((each.n for each in run.reported.values()), default=0)
    trials = max(1, written.most)
    return Manifest(
        id=run_id(identity, run.seed, samples, trials),
        task=run.task,
        model=run.model,
        identity=identity,
        created=run.created or datetime.fromtimestamp(Path(place).stat().st_mtime, UTC).isoformat(timespec="seconds"),
        assay=assay.__version__,
        seed=run.seed,
        trials=trials,
        samples=samples,
        planned=max(run.planned, written.trials) if run.planned is not None else written.trials or samples,
        fingerprints=parts,
        settings={"task": run.task, "model": run.model, "imported from": place, "written by": run.tool, **run.settings},
        metrics=written.scores or tuple(run.reported),
        lower_is_better=run.lower_is_better,
        scenario=run.scenario,
        card=run.card,
        notes=(f"imported from {run.tool}", *run.notes),
    )


def result_of(folder: RunFolder, written: Written, reported: Mapping[str, Estimate]) -> Result:
    """What the imported trials come to, by our own estimates; the tool's figures where there are no trials, and a note where they differ."""
    collector = Collector(folder.manifest)
    positions: dict[str, int] = {}
    for record in folder.records():
        trial, sample = record.trial, record.sample or Sample(id=record.trial.sample_id, input="")
        position = positions.setdefault(trial.sample_id, len(positions))
        collector(TrialClosed(run=folder.manifest.id, sample=sample, position=position, trial=trial))
    result = collector.result(run_dir=folder.path, usage=written.usage, seconds=written.seconds, status="finished")
    if not written.trials:
        shares = {"scored": folder.manifest.planned, "coverage": 1.0} if reported else {}
        note = "only the figures that were reported: no trials, so nothing can be compared sample by sample or scored again"
        return msgspec.structs.replace(result, metrics=dict(reported), notes=(*result.notes, note), **shares)
    others = {name: each for name, each in reported.items() if name not in result.metrics}
    return msgspec.structs.replace(result, metrics={**result.metrics, **others}, notes=(*result.notes, *disagreements(result, reported)))


def disagreements(result: Result, reported: Mapping[str, Estimate]) -> Iterator[str]:
    """Where the tool's own figure is not what its trials come to."""
    for name, told in reported.items():
        ours = result.metrics.get(name)
        if ours is None or ours.value is None or told.value is None:
            continue
        if abs(ours.value - told.value) > 1e-6 * max(1.0, abs(told.value)):
            yield f"{name} was reported as {told.value:.6g}; its trials come to {ours.value:.6g}"
