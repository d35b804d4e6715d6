"""Scoring again: the answers of an earlier run, other scorers, no model asked."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec

from assay.api.running import Running, drive, held
from assay.core.answer import Answer
from assay.core.errors import InfrastructureError, StoreError, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.loop import wait_for
from assay.core.protocols import Context, Scorer, lower_metrics
from assay.core.run import Manifest, Result, run_id
from assay.core.sample import Sample
from assay.core.task import Task
from assay.engine.build import build_scorer, check_names
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
    return [wait_for(rescore_run(place, built, log_dir)) for place in places]


async def rescore_run(place: str, scorers: tuple[Scorer, ...], log_dir: str | None) -> Result:
    """One run's answers scored again."""
    from assay.store import RunFolder, run_folder

    source = RunFolder.open(place)
    with source.fold() as fold:
        if not any(record.trial.answer is not None for record in fold):
            raise UsageError(
                f"{place} holds no answers, only scores or figures.",
                remedy="Score a run with answers: `assay list runs` shows those there are.",
            )
        recorded = Recorded(fold)
        manifest = manifest_again(source, recorded, scorers)
        folder = run_folder(log_dir or parent_of(source.path), manifest)
        task = Task(name=manifest.task, dataset=recorded, solver=recorded, scorers=scorers, trials=manifest.trials, card=manifest.card)
        with held(folder) as journal, closing(Workers()) as workers:
            run = Running(Execution(task=task, roles={}, journal=journal, seed=manifest.seed, score_heavily=workers), folder, journal)
            await drive([run], CONNECTIONS)
            if run.job.stopped is not None:
                raise run.job.stopped
            return run.finish()


def manifest_again(source: "RunFolder", recorded: Recorded, scorers: tuple[Scorer, ...]) -> Manifest:
    """The manifest of the old run with the new scorers in its identity."""
    old = source.manifest
    parts = {**old.fingerprints, "scorers": fingerprint(scorers), "answers": recorded.fingerprint}
    identity = fingerprint(parts)
    names = tuple(scorer.name for scorer in scorers)
    # Where a plan chose which samples were asked, and came to its end, those are all there are now.
    chosen = source.result() if old.plan else None
    whole = chosen is not None and chosen.status == "finished"
    samples, planned = (len(recorded), len(recorded) * old.trials) if whole else (old.samples, old.planned)
    return msgspec.structs.replace(
        old,
        id=run_id(identity, old.seed, samples, old.trials),
        samples=samples,
        planned=planned,
        plan="",
        identity=identity,
        fingerprints=parts,
        settings={**old.settings, "scorers": ", ".join(names)},
        metrics=names,
        lower_is_better=lower_metrics(scorers),
        notes=(*old.notes, f"scored again from {source.manifest.id}"),
    )


def parent_of(place: str) -> str:
    """The folder a run folder lies in."""
    return place.rstrip("/").rpartition("/")[0] or "."
