"""Comparing runs: the paired difference over the samples they share, metric by metric, and the samples on which they part."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import msgspec

from assay.core.errors import UsageError
from assay.core.run import Manifest
from assay.report.compare import Comparison
from assay.report.settings import cautions, unpairable

if TYPE_CHECKING:
    from assay.stats import Difference

ALPHA = 0.05


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """A run's scores by metric and sample: the mean over its trials; `clusters` by sample."""

    manifest: Manifest
    by_metric: dict[str, dict[str, float]]
    clusters: dict[str, str]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs on one metric: run `a` is compared with run `b` over the samples `shared`."""

    a: Scores
    b: Scores
    metric: str
    shared: tuple[str, ...]

    def values(self, run: Scores) -> list[float]:
        """One run's values of the shared samples, in their order."""
        own = run.by_metric[self.metric]
        return [own[each] for each in self.shared]

    def difference(self) -> "Difference":
        """What the two differ by; not measurable where they cannot be compared."""
        from assay.stats import difference, not_tested

        a, b = self.a.manifest, self.b.manifest
        if len(self.shared) < 2:
            return not_tested("they share fewer than two scored samples")
        if why := unpairable(a, b):
            return not_tested(why)
        labels: dict[str, int] = {}
        clusters = [labels.setdefault(self.a.clusters.get(each, "\0" + each), len(labels)) for each in self.shared]
        planned = max(a.samples, b.samples)
        return difference(
            self.values(self.a),
            self.values(self.b),
            None if len(labels) == len(self.shared) else clusters,
            coverage=min(1.0, len(self.shared) / planned) if planned else 0.0,
        )

    def comparison(self, found: "Difference", adjusted_p: float | None) -> Comparison:
        """The difference with its corrected p-value, and what follows."""
        lower = self.metric in self.a.manifest.lower_is_better
        up, down = (self.b, self.a) if lower else (self.a, self.b)
        moved = list(zip(self.shared, self.values(up), self.values(down), strict=True)) if found.estimate.measurable else []
        return Comparison(
            task=self.a.manifest.task,
            metric=self.metric,
            a=self.a.manifest.model,
            b=self.b.manifest.model,
            difference=found.estimate,
            p_value=found.p_value,
            adjusted_p=adjusted_p,
            mde=found.mde,
            verdict=verdict_of(found, adjusted_p, lower_is_better=lower),
            method=found.method,
            won=tuple(each for each, one, other in moved if one > other),
            lost=tuple(each for each, one, other in moved if one < other),
            tied=found.tied,
            lower_is_better=lower,
            warnings=warnings_of(self.a.manifest, self.b.manifest, len(self.shared)),
        )


def compare(runs: Sequence[str]) -> list[Comparison]:
    """Every pair of the run folders on the same task, the later named minus the earlier. Raises UsageError where no two share a task."""
    from assay.stats import holm

    found = [scores_of(place) for place in runs]
    runs_of_one_task = [(b, a) for a, b in combinations(found, 2) if a.manifest.task == b.manifest.task]
    if not runs_of_one_task:
        tasks = ", ".join(sorted({each.manifest.task for each in found}))
        raise UsageError(f"No two of these runs are of the same task ({tasks}).", remedy="Name two runs of one task; `assay list runs`.")
    pairs = [pair_of(a, b, metric) for a, b in runs_of_one_task for metric in a.by_metric if metric in b.by_metric]
    differences = [each.difference() for each in pairs]
    adjusted = holm([each.p_value for each in differences])
    return [pair.comparison(each, p_value) for pair, each, p_value in zip(pairs, differences, adjusted, strict=True)]


def pair_of(a: Scores, b: Scores, metric: str) -> Pair:
    """Two runs on one metric."""
    other = b.by_metric[metric]
    return Pair(a=a, b=b, metric=metric, shared=tuple(each for each in a.by_metric[metric] if each in other))


def scores_of(place: str) -> Scores:
    """Read a run folder's scores, in little memory."""
    from assay.store import RunFolder

    folder = RunFolder.open(place)
    with folder.fold() as fold:
        means = {metric: {each: mean for each, (mean, _) in own.items()} for metric, own in fold.means().items()}
        ids = {sample_id for own in means.values() for sample_id in own}
        clusters = {sample_id: sample.cluster for sample_id in ids if (sample := fold.sample(sample_id)) is not None and sample.cluster}
    return Scores(manifest=folder.manifest, by_metric=means, clusters=clusters)


def verdict_of(found: "Difference", adjusted_p: float | None, *, lower_is_better: bool) -> str:
    """What a difference says of `a`."""
    value = found.estimate.value
    if value is None:
        return "not measurable"
    if adjusted_p is None or adjusted_p > ALPHA:
        return "no difference seen"
    return "better" if (value > 0) is not lower_is_better else "worse"


def warnings_of(a: Manifest, b: Manifest, shared: int) -> tuple[str, ...]:
    """What endangers a comparison of two runs."""
    smaller = min(a.samples, b.samples)
    few = (f"they share {shared:,} scored samples of {smaller:,}",) if shared < 0.95 * smaller else ()
    return (*cautions(a, b), *few)
