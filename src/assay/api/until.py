"""The plan of `--until`: asks the seeded random order batch by batch, and looks only at whole batches, so that what finished first decides nothing."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import msgspec

from assay.api.rules import Rule
from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.core.run import Result, Stopping
from assay.core.seeds import shuffled
from assay.core.task import Task
from assay.core.trial import Trial
from assay.report.words import METHODS, count, metric_name, number, scale_of

if TYPE_CHECKING:
    from assay.stats import MeanSequence

LEAST, MOST = 10, 50
"""Samples before the first look: a tenth of all, within these; later batches are never smaller."""
SHARE = 8
"""A batch is this part of what was asked before: looks are frequent enough to waste little, and rare enough to keep all connections busy."""

Unit = tuple[int, ...]
"""Positions of samples that are asked together: one sample, or a whole cluster."""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule watches in a task. `ids` by position; `units` in their dataset's order; `baseline` holds the other run's means by sample
    for a rule that decides (then `units` are only those it has); `rival` names its model."""

    metric: str
    ids: Sequence[str]
    units: Sequence[Unit]
    baseline: Mapping[str, float] | None = None
    rival: str = ""

    @property
    def samples(self) -> int:
        """How many samples can be asked."""
        return sum(map(len, self.units))


class Until:
    """Asks until a rule is met or nothing is left. `scores` keeps one mean per sample of the watched metric."""

    learns: ClassVar[bool] = True

    def __init__(self, *, rule: Rule, watched: Watched, trials: int, seed: int, lower_is_better: bool = False) -> None:
        self.rule, self.watched, self.trials, self.lower_is_better = rule, watched, trials, lower_is_better
        clustered = any(len(unit) > 1 for unit in watched.units)
        path = ("clusters",) if clustered else (0,)
        self._order = [watched.units[place] for place in shuffled(len(watched.units), seed, *path)]
        self._next = self._samples = 0
        self._batch: list[Unit] = []
        self._rows: dict[str, tuple[float, int]] = {}
        self._deltas: dict[int, float] = {}
        self._values: dict[int, float] = {}
        self._broken: str | None = None
        self.looks = 0
        self.met = self.over = False
        self.mean = self._sequence((0.0, 1.0))
        self.difference = self._sequence((-1.0, 1.0)) if watched.baseline is not None else None

    def _sequence(self, bounds: tuple[float, float]) -> "MeanSequence":
        from assay.stats import FiniteSet, MeanSequence

        units = self.watched.units
        of = FiniteSet(units=len(units), samples=self.watched.samples) if self.rule.of == "set" else None
        return MeanSequence(bounds=bounds, largest=max(map(len, units)), of=of)

    @property
    def asked(self) -> int | None:
        """Trials asked for in all; None while it goes on."""
        return self._samples * self.trials if self.over else None

    def next(self, results: Sequence[Trial]) -> Sequence[tuple[int, int]]:
        """The next batch; nothing once the rule is met or everything is asked. `results` are all trials of the batch before."""
        for trial in results:
            self._take(trial)
        if self._batch:
            self._look()
        if self.met or self._next >= len(self._order):
            self.over = True
            return ()
        least = max(LEAST, min(MOST, self.watched.samples // 10))
        wanted, start, size = max(least, self._samples // SHARE), self._next, 0
        while self._next < len(self._order) and size < wanted:
            size += len(self._order[self._next])
            self._next += 1
        self._batch = self._order[start : self._next]
        return [(position, number) for number in range(self.trials) for position in chain.from_iterable(self._batch)]

    def _take(self, trial: Trial) -> None:
        for score in trial.scores:
            if score.name == self.watched.metric and score.value is not None and trial.failure is None:
                total, scored = self._rows.get(trial.sample_id, (0.0, 0))
                self._rows[trial.sample_id] = (total + score.value, scored + 1)

    def _look(self) -> None:
        """Take the batch that is whole now into the sequences, and ask the rule."""
        ids, baseline = self.watched.ids, self.watched.baseline
        values = {
            place: total / scored
            for unit in self._batch
            for place in unit
            for total, scored in (self._rows.get(ids[place], (0.0, 0)),)
            if scored
        }
        self._samples += sum(map(len, self._batch))
        self.looks += 1
        try:
            feed(self.mean, self._batch, values)
            if self.difference is not None and baseline is not None:
                deltas = {place: value - baseline[ids[place]] for place, value in values.items()}
                feed(self.difference, self._batch, deltas)
                self._deltas.update(deltas)
        except UsageError as error:
            self._broken = self._broken or error.message
        self._rows.clear()
        self._batch = []
        self.met = self._broken is None and self._is_met()

    def _is_met(self) -> bool:
        found = (self.difference or self.mean).estimate()
        if found.low is None or found.high is None:
            return False
        if self.difference is None:
            return self.rule.narrow(found.low, found.high)
        if self.rule.margin is not None:
            return -self.rule.margin < found.low and found.high < self.rule.margin
        return found.low > 0.0 or found.high < 0.0

    def conclude(self, result: Result, rest: Sequence[Trial]) -> Result:
        """The result with the interval that may be looked at in place of the usual one. `rest`, of a batch that is not whole, is not looked at."""
        metric, coverage = self.watched.metric, result.metrics[self.watched.metric].coverage
        if self._broken is not None:
            broken = f"the rule {self.rule.words} could not be used: {self._broken} Everything was asked."
            return msgspec.structs.replace(result, notes=(*result.notes, broken))
        usual = result.metrics[metric]
        mean = self.mean.estimate(coverage=coverage)
        if not self.looks:
            mean = not_measurable(
                "The rule has not looked yet: it looks when its first batch is whole. Repeat the command.", coverage=coverage
            )
        watched = mean
        if self.difference is not None:
            watched, usual = self.difference.estimate(coverage=coverage), self._usual_difference(coverage)
        stopping = Stopping(
            rule=self.rule.words,
            met=self.met,
            metric=metric,
            asked=self._samples,
            of=self.watched.samples,
            looks=self.looks,
            verdict=self._verdict(watched),
            sequence=watched,
            usual=usual,
        )
        note = told(stopping, result.task, self.watched.rival) if self.looks else None
        return msgspec.structs.replace(
            result,
            metrics={**result.metrics, metric: mean},
            stopping=stopping,
            notes=(*result.notes, note) if note else result.notes,
        )

    def _usual_difference(self, coverage: float) -> Estimate:
        from assay.stats.intervals import interval

        clusters = {place: index for index, unit in enumerate(self.watched.units) for place in unit}
        labels = [clusters[place] for place in self._deltas] if any(len(unit) > 1 for unit in self.watched.units) else None
        return interval([*self._deltas.values()], labels, kind="t", bounds=(-1.0, 1.0), coverage=coverage)

    def _verdict(self, found: Estimate) -> str | None:
        """What a deciding rule says of this run against the other."""
        if self.difference is None:
            return None
        if found.value is None or found.low is None or found.high is None:
            return "not measurable"
        if found.low > 0.0 or found.high < 0.0:
            return "better" if (found.low > 0.0) is not self.lower_is_better else "worse"
        return "within the margin" if self.met else "undecided"


def feed(sequence: "MeanSequence", batch: Sequence[Unit], values: Mapping[int, float]) -> None:
    """One look: each unit's sum of values, how many there are, and how many are missing."""
    there = [[values[place] for place in unit if place in values] for unit in batch]
    sequence.add(
        [sum(each) for each in there], [len(each) for each in there], [len(u) - len(each) for u, each in zip(batch, there, strict=True)]
    )


def told(found: Stopping, task: str, rival: str) -> str:
    """What the rule came to, in a sentence or two."""
    scale = scale_of(found.metric, [found.sequence, found.usual])
    samples = f"{found.asked:,} of {count(found.of, 'sample')}"
    head = f"stopped by rule after {samples}" if found.met else f"the rule was not met; asked {samples}"
    what = metric_name(found.metric, task) + (f" minus that of {rival}" if rival else "")
    verdict = f", {found.verdict}" if found.verdict else ""
    return (
        f"{head}: {found.rule}. {what} {number(found.sequence, scale)}{verdict}: this interval is valid under peeking ({count(found.looks, 'look')}); "
        f"the usual one, {number(found.usual, scale)} ({METHODS.get(found.usual.method, found.usual.method)}), is not"
    )


def watched_in(task: Task, metric: str, baseline: Mapping[str, float] | None = None, rival: str = "") -> Watched:
    """What a rule watches: the task's samples in units; for a rule that decides, only those the other run has scored."""
    ids: list[str] = []
    clusters: dict[str, list[int]] = {}
    for position, sample in enumerate(task.dataset.samples()):
        ids.append(sample.id)
        if baseline is None or sample.id in baseline:
            clusters.setdefault(f"c{sample.cluster}" if sample.cluster is not None else f"s{position}", []).append(position)
    return Watched(metric=metric, ids=ids, units=[tuple(each) for each in clusters.values()], baseline=baseline, rival=rival)
