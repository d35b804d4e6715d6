"""The plan of `--adaptive N`: the most informative samples first, by an item model of earlier runs, and the score of the whole set from them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from assay.api.options import RunOptions
from assay.core.errors import UsageError
from assay.core.estimate import not_measurable
from assay.core.fingerprint import fingerprint
from assay.core.run import Manifest, Result
from assay.core.score import metric_name
from assay.core.task import Task
from assay.core.trial import Trial
from assay.report.words import count

if TYPE_CHECKING:
    from assay.stats.items_whole import Calibration

FULL = 0.8
"""The share of the samples that an earlier run must have scored to tell of them."""


def adaptive_plan(task: Task, options: RunOptions, wanted: int) -> "tuple[str, Callable[[], Adaptive]]":
    """The plan in words, which are part of the run's id, and what starts it. Raises UsageError, before anything is asked, where earlier runs are too few or tell nothing."""
    from assay.stats.items_whole import calibrate

    ids = [sample.id for sample in task.dataset.samples()]
    if wanted >= len(ids):
        raise UsageError(f"--adaptive {wanted:,}: the task has {count(len(ids), 'sample')}.", remedy="Ask fewer, or leave --adaptive out.")
    metric = metric_name(task.scorers[0].name, task.scorers[0].criteria[0])
    runs = list(earlier_runs(task, options, metric, ids))
    known, matrix = matrix_of(ids, [means for _, means in runs])
    try:
        calibration = calibrate(matrix, min(wanted, len(known)), seed=options.seed)
    except UsageError as error:
        where = ", ".join(options.calibrate) or options.log_dir
        raise UsageError(
            f"--adaptive: {error.message[0].lower()}{error.message[1:]}",
            remedy=f"{count(len(runs), 'earlier run')} of '{task.name}' with the same samples and scorers in {where}. {error.remedy}".strip(),
        ) from error
    told = fingerprint(sorted(manifest.id for manifest, _ in runs), wanted, metric)[:16]
    words = f"adaptive {wanted}, calibrated on {len(runs)} runs {told}"
    return words, lambda: Adaptive(calibration=calibration, positions=known, ids=ids, metric=metric, trials=task.trials)


def earlier_runs(task: Task, options: RunOptions, metric: str, ids: Sequence[str]) -> Iterator[tuple[Manifest, Mapping[str, float]]]:
    """Runs of the task with the same samples and scorers that asked nearly all of them, one for each model: the newest."""
    from assay.store import RunFolder, list_runs
    from assay.store.scores import read_scores

    models: set[str] = set()
    for place in options.calibrate or (options.log_dir,):
        for run in list_runs(place):
            manifest = run.manifest
            if manifest is None or manifest.task != task.name or manifest.model in models or manifest.plan:
                continue
            if manifest.fingerprints.get("dataset") != task.dataset.fingerprint or manifest.fingerprints.get("scorers") != fingerprint(
                task.scorers
            ):
                continue
            means = read_scores(RunFolder(run.path, manifest).journals()).means.get(metric, {})
            if sum(each in means for each in ids) >= FULL * len(ids):
                models.add(manifest.model)
                yield manifest, means


def matrix_of(ids: Sequence[str], runs: Sequence[Mapping[str, float]]) -> tuple[list[int], Any]:
    """(positions of the samples that any run scored, scores of shape (runs, those samples) with NaN for missing)."""
    import numpy as np

    known = [place for place, each in enumerate(ids) if any(each in means for means in runs)]
    matrix = np.array([[means.get(ids[place], np.nan) for place in known] for means in runs], dtype=np.float64).reshape(
        len(runs), len(known)
    )
    return known, matrix if matrix.size else np.empty((len(runs), 1))


class Adaptive:
    """Asks batch by batch: each is what would tell the most about the whole set, given all answers so far. The same answers lead to the same samples, so
    a run that was cut off goes on where it stopped."""

    learns: ClassVar[bool] = True

    def __init__(self, *, calibration: "Calibration", positions: Sequence[int], ids: Sequence[str], metric: str, trials: int) -> None:
        from assay.stats.items_ability import ability

        self.calibration, self.positions, self.ids, self.metric, self.trials = calibration, positions, ids, metric, trials
        self._items = {ids[position]: item for item, position in enumerate(positions)}
        self._scores: dict[int, tuple[float, int]] = {}
        self._asked: list[int] = []
        self._known = ability(calibration.model, [], [])
        self.over = False

    @property
    def asked(self) -> int | None:
        """Trials asked for in all; None while it goes on."""
        return len(self._asked) * self.trials if self.over else None

    def next(self, results: Sequence[Trial]) -> Sequence[tuple[int, int]]:
        """The next batch of samples, each as often as it is tried; nothing once enough were asked."""
        from assay.stats.items_ability import ability, most_informative
        from assay.stats.items_whole import batch

        self._take(results)
        wanted = self.calibration.count
        if len(self._asked) >= wanted:
            self.over = True
            return ()
        items, values = self._told()
        self._known = ability(self.calibration.model, items, values)
        free = sorted(set(range(len(self.positions))) - set(self._asked))
        chosen = most_informative(self.calibration.model, self._known, free, batch(len(self._asked), wanted))
        self._asked += chosen
        return [(self.positions[item], number) for number in range(self.trials) for item in chosen]

    def _take(self, results: Sequence[Trial]) -> None:
        for trial in results:
            item = self._items.get(trial.sample_id)
            for score in trial.scores:
                if item is not None and score.name == self.metric and score.value is not None and trial.failure is None:
                    total, times = self._scores.get(item, (0.0, 0))
                    self._scores[item] = (total + score.value, times + 1)

    def _told(self) -> tuple[list[int], list[float]]:
        """The items that have a score, in the order they were asked, and their scores; one beyond 0..1 is drawn to its end."""
        items = [item for item in self._asked if item in self._scores]
        return items, [min(1.0, max(0.0, self._scores[item][0] / self._scores[item][1])) for item in items]

    def conclude(self, result: Result, rest: Sequence[Trial]) -> Result:
        """The result with the whole set's score. What else was measured stands on samples that were chosen for being informative, so it is no estimate
        of anything."""
        from assay.stats.items_whole import estimate_whole

        self._take(rest)
        items, values = self._told()
        found = (
            estimate_whole(self.calibration, items, values)
            if self.over
            else not_measurable("the run was cut off before all its samples were asked")
        )
        asked = len(self._asked) * self.trials
        coverage = sum(times for _, times in self._scores.values()) / asked if asked else 0.0
        chosen = "adaptively chosen samples are no fair part of the set: only the score they were chosen for is estimated"
        metrics = {name: not_measurable(chosen, coverage=each.coverage, n=each.n) for name, each in result.metrics.items()}
        metrics[self.metric] = msgspec.structs.replace(found, coverage=min(1.0, coverage))
        c = self.calibration
        told = (
            f"adaptive: {len(self._asked):,} of {count(len(self.ids), 'sample')}, chosen and read by an item model of {c.models} earlier models; "
            f"left out in their turn, they were missed by {100 * c.error:.1f} points on average (a random subset: {100 * c.subset_error:.1f})"
        )
        unknown = len(self.ids) - len(self.positions)
        more = (f"{count(unknown, 'sample')} that no earlier run scored are left out of the estimate",) if unknown else ()
        return msgspec.structs.replace(result, metrics=metrics, slices={}, notes=(*result.notes, told, *more))
