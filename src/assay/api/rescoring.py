"""Scoring again: the answers of an earlier run, other scorers, no model asked."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from assay.api.collect import Collector
from assay.core.answer import Answer, Usage
from assay.core.errors import InfrastructureError, StoreError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Context, Scorer
from assay.core.run import Manifest, Result
from assay.core.sample import Sample
from assay.core.task import Task
from assay.engine.batch import Job, run_jobs
from assay.engine.build import build_scorer, check_names
from assay.engine.journal import FileJournal
from assay.engine.plan import Everything
from assay.engine.run import Execution
from assay.engine.workers import Workers

if TYPE_CHECKING:
    from assay.store import Fold, RunFolder

CONNECTIONS = 16


class Recorded:
    """The samples of a run as a dataset, and its answers as a solver."""

    def __init__(self, fold: "Fold") -> None:
        self.fold = fold
        places: dict[str, dict[int, Any]] = {}
        for place, head in fold.heads():
            places.setdefault(head.sample_id, {})[head.number] = (place, head.failure)
        self.places = places
        self.ids = list(places)
        self.fingerprint = fingerprint("recorded", self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        """The samples at the positions `order`."""
        for position in range(len(self.ids)) if order is None else order:
            sample = self.fold.sample(self.ids[position])
            if sample is None:
                raise StoreError(f"The run holds no content of the sample '{self.ids[position]}'.", remedy="Repeat the run with --fresh.")
            yield sample

    async def __call__(self, sample: Sample, context: Context) -> Answer:
        """The recorded answer. Raises InfrastructureError where that trial had failed or was never reached."""
        place, failure = self.places[sample.id].get(context.number, (None, None))
        answer = self.fold.record(place).trial.answer if place is not None else None
        if answer is None:
            reason = failure.message if failure is not None else "the trial was never reached"
            raise InfrastructureError(f"No answer is recorded: {reason}")
        return answer


def rescore(runs: "Sequence[str] | str", scorers: "Sequence[str | Scorer] | str | Scorer", *, log_dir: str | None = None) -> list[Result]:
    """Score the answers of run folders again; each gives a new run folder beside the old one. No model is asked."""
    chosen = [scorers] if isinstance(scorers, str) or not isinstance(scorers, Sequence) else list(scorers)
    built = tuple(build_scorer(each) if isinstance(each, str) else each for each in chosen)
    check_names(built, "Scoring again")
    places = [runs] if isinstance(runs, str) else list(runs)
    return [asyncio.run(rescore_run(place, built, log_dir)) for place in places]


async def rescore_run(place: str, scorers: tuple[Scorer, ...], log_dir: str | None) -> Result:
    """One run's answers scored again."""
    from assay.store import RunFolder, run_folder

    started = time.monotonic()
    source = RunFolder.open(place)
    with source.fold() as fold:
        recorded = Recorded(fold)
        manifest = manifest_again(source, recorded, scorers)
        folder = run_folder(log_dir or parent_of(source.path), manifest)
        task = Task(name=manifest.task, dataset=recorded, solver=recorded, scorers=scorers, trials=manifest.trials, card=manifest.card)
        collector = Collector(task, manifest)
        workers = Workers()
        with folder.lock():
            journal = FileJournal(folder.journal())
            try:
                execution = Execution(task=task, roles={}, journal=journal, seed=manifest.seed, score_heavily=workers)
                plan = Everything(samples=len(recorded), trials=manifest.trials, seed=manifest.seed)
                job = Job(name=manifest.id, execution=execution, journal=journal, plan=plan, planned=manifest.planned, lane="recorded",
                          observe=collector)  # fmt: skip
                await run_jobs([job], connections=CONNECTIONS)
            finally:
                workers.close()
                journal.close()
            if job.stopped is not None:
                raise job.stopped
            seconds = time.monotonic() - started
            result = collector.result(run_dir=folder.path, usage=Usage(), seconds=seconds, status="finished")
            folder.sync()
            folder.write_result(result)
    return result


def manifest_again(source: "RunFolder", recorded: Recorded, scorers: tuple[Scorer, ...]) -> Manifest:
    """The manifest of the old run with the new scorers in its identity."""
    old = source.manifest
    parts = {**old.fingerprints, "scorers": fingerprint(scorers), "answers": recorded.fingerprint}
    identity = fingerprint(parts)
    names = tuple(scorer.name for scorer in scorers)
    return msgspec.structs.replace(
        old,
        id=fingerprint(identity, old.seed, old.trials)[:12],
        identity=identity,
        fingerprints=parts,
        settings={**old.settings, "scorers": ", ".join(names)},
        metrics=names,
        notes=(*old.notes, f"scored again from {source.manifest.id}"),
    )


def parent_of(place: str) -> str:
    """The folder a run folder lies in."""
    return place.rstrip("/").rpartition("/")[0] or "."
