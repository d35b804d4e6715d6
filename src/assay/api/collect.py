"""The collector: watches a run and keeps, in little memory, what its result needs."""

from collections import Counter
from typing import TYPE_CHECKING

from assay.core.answer import FROM_CACHE, Usage
from assay.core.run import Leniency, Manifest, Result, RunStatus
from assay.core.sample import Sample
from assay.core.score import STATISTICS, Score, metric_name
from assay.core.task import Task
from assay.core.trial import Trial
from assay.engine.events import Happening, RunStopped, TrialClosed
from assay.metrics.column import Column
from assay.metrics.slices import Slices

if TYPE_CHECKING:
    from assay.metrics.scored import Metric


class Collector:
    """Counts, columns and slices of one run; `result` turns them into estimates at any time."""

    def __init__(self, manifest: Manifest, task: Task | None = None) -> None:
        """Without a task (a run that is only read) there is a column for every score that comes up, and its mean."""
        self.manifest = manifest
        self.extra: tuple[Metric, ...] = task.metrics if task is not None else ()
        self.columns: dict[str, Column] = {}
        self.slices = Slices()
        self.scored = self.unscored = self.failed = self.recalled = self.cached = 0
        self.flags: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.errors: dict[str, str] = {}
        self.leniency: dict[str, list[int]] = {}
        self.stopped: RunStopped | None = None
        for scorer in task.scorers if task is not None else ():
            for criterion in scorer.criteria:
                name = metric_name(scorer.name, criterion)
                self.columns[name] = self.column_of(name)

    def column_of(self, name: str) -> Column:
        """An empty column. Where lower is better 0 is perfect (that is what a scorer declares by it), so nothing lies below."""
        return Column(name, floor=0.0 if name in self.manifest.lower_is_better else None)

    def __call__(self, event: Happening) -> None:
        """Take note of one event."""
        if isinstance(event, TrialClosed):
            self.recalled += event.recalled
            self.add(event.trial, event.sample, event.position)
        elif isinstance(event, RunStopped):
            self.stopped = event

    def add(self, trial: Trial, sample: Sample, position: int) -> None:
        """One trial that ended."""
        self.flags.update(trial.flags)
        self.cached += trial.answer is not None and FROM_CACHE in trial.answer.notes
        if trial.number == 0:
            self.slices.add(position, sample.metadata)
        if trial.failure is not None:
            self.failed += 1
            self.blame(f"{trial.failure.blame}:{trial.failure.kind}", trial.failure.message)
            return
        whole = True
        for score in trial.scores:
            whole = self.take(score, trial.cluster, position) and whole
        if whole:
            self.scored += 1
        else:
            self.unscored += 1

    def take(self, score: Score, cluster: str | None, position: int) -> bool:
        """One score; whether it has a value."""
        column = self.columns.get(score.name)
        if column is None:
            column = self.columns[score.name] = self.column_of(score.name)
        kind, counts = next(iter(score.detail.get(STATISTICS, {}).items()), ("", ()))
        column.add(position, cluster, score.value, counts, kind)
        if score.value is None:
            self.blame(f"unscored:{score.name}", score.reason or "no reason given")
            return False
        if score.lenient is not None:
            counts = self.leniency.setdefault(score.name, [0, 0, 0])
            counts[0] += 1
            counts[1] += score.lenient > score.value
            counts[2] += score.lenient < score.value
        return True

    def blame(self, kind: str, message: str) -> None:
        """Count a failure and keep the first message of its kind."""
        self.failures[kind] += 1
        self.errors.setdefault(kind, message)

    def result(
        self, *, run_dir: str, usage: Usage, seconds: float, status: RunStatus, notes: tuple[str, ...] = (), planned: int | None = None
    ) -> Result:
        """What the run came to so far, out of `planned` trials (the manifest's, where the plan chose no fewer)."""
        planned = self.manifest.planned if planned is None else planned
        labels = labelled(self.extra, self.columns)
        lower = self.manifest.lower_is_better
        if self.cached:
            notes = (f"{self.cached:,} {'answer' if self.cached == 1 else 'answers'} from the cache", *notes)
        return Result(
            task=self.manifest.task,
            model=self.manifest.model,
            run_dir=run_dir,
            planned=planned,
            scored=self.scored,
            unscored=self.unscored,
            failed=self.failed,
            coverage=self.scored / planned if planned else 0.0,
            metrics={label: metric(column, planned) for label, (metric, column) in labels.items()},
            usage=usage,
            seconds=round(seconds, 3),
            status=status,
            identity=self.manifest.identity,
            lower_is_better=tuple(
                label for label, (metric, column) in labels.items() if column.name in lower or getattr(metric, "lower_is_better", False)
            ),
            scenario=self.manifest.scenario,
            slices=self.slices.estimates(self.columns, self.manifest.trials),
            flags=dict(self.flags.most_common()),
            failures=dict(self.failures.most_common()),
            errors=self.errors,
            leniency={name: Leniency(checked=c[0], gained=c[1], lost=c[2]) for name, c in self.leniency.items()},
            notes=(*self.manifest.notes, *notes),
        )


def labelled(extra: "tuple[Metric, ...]", columns: dict[str, Column]) -> "dict[str, tuple[Metric, Column]]":
    """By the name of its estimate: the mean of every score (or what its counts are pooled to), and the `extra` metrics of every score, each with its column."""
    from assay.metrics.pooled import pooled
    from assay.metrics.scored import mean

    found: dict[str, tuple[Metric, Column]] = {name: (pooled(column) or mean(), column) for name, column in columns.items()}
    for metric in extra:
        for name, column in columns.items():
            found[metric.name if len(columns) == 1 else f"{metric.name} {name}"] = (metric, column)
    return found
