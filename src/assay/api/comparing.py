"""Comparing runs: the paired difference over the samples they share, metric by metric, and the samples on which they part."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.errors import UsageError
from assay.core.estimate import COVERAGE_FLOOR
from assay.core.registry import suggest
from assay.core.run import Manifest
from assay.report.compare import Comparison
from assay.report.settings import cautions, labels, unpairable
from assay.report.words import count, share

if TYPE_CHECKING:
    from assay.stats import Difference

ALPHA = 0.05
FEWEST = 5
"""Shared samples from which on a slice is compared."""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """A run's scores by metric and sample: the mean over its trials; `clusters` by sample, `metadata` where it was asked for. `label` is what its
    model is called here."""

    place: str
    label: str
    manifest: Manifest
    by_metric: dict[str, dict[str, float]]
    clusters: dict[str, str]
    metadata: dict[str, dict[str, Any]] = {}
    coverage: dict[str, float] = {}

    def covered(self, metric: str) -> float:
        """The share of the trials that were asked for which have a score of this metric."""
        return self.coverage.get(metric, 0.0)


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The comparisons that are corrected together: `size` were tested. `level` is what Holm's procedure left for those it did not
    reject: a p-value up to it would have been rejected too, so it says what could have been seen."""

    size: int
    level: float


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs on one metric: run `a` is compared with run `b` over the samples `shared`; with a `slice`, over those of them that belong to it,
    of `planned`."""

    a: Scores
    b: Scores
    metric: str
    shared: tuple[str, ...]
    slice: str | None = None
    planned: int

    def values(self, run: Scores) -> list[float]:
        """One run's values of the shared samples, in their order."""
        own = run.by_metric[self.metric]
        return [own[each] for each in self.shared]

    def difference(self) -> "Difference":
        """What the two differ by; not measurable where they cannot be compared."""
        from assay.stats import difference, not_tested

        a, b = self.a.manifest, self.b.manifest
        empty = [each.label for each in (self.a, self.b) if not each.by_metric[self.metric]]
        if empty:
            return not_tested(f"{' and '.join(empty)} has no scored trials here; import or run it with its samples")
        if len(self.shared) < 2:
            return not_tested("they share fewer than two scored samples")
        if why := unpairable(a, b):
            return not_tested(why)
        labels: dict[str, int] = {}
        clusters = [labels.setdefault(self.a.clusters.get(each, "\0" + each), len(labels)) for each in self.shared]
        return difference(
            self.values(self.a),
            self.values(self.b),
            None if len(labels) == len(self.shared) else clusters,
            coverage=min(1.0, len(self.shared) / self.planned, self.covered) if self.planned else 0.0,
        )

    @property
    def covered(self) -> float:
        """The lower coverage of the two."""
        return min(self.a.covered(self.metric), self.b.covered(self.metric))

    def comparison(self, found: "Difference", adjusted_p: float | None, family: Family, floor: float) -> Comparison:
        """The difference with its corrected p-value, and what follows; below the `floor` of coverage nothing does: what is missing may be what is hard."""
        lower = self.metric in self.a.manifest.lower_is_better
        up, down = (self.b, self.a) if lower else (self.a, self.b)
        moved = list(zip(self.shared, self.values(up), self.values(down), strict=True)) if found.estimate.measurable else []
        verdict, reason = verdict_of(found, adjusted_p, family, lower_is_better=lower)
        if found.estimate.measurable and self.covered < floor:
            told = f"coverage is {share(self.covered)}, below the floor of {share(floor)}; what is missing may be what is hard"
            verdict, reason = "not measurable", told
        seen = found.detectable(family.level)
        return Comparison(
            task=self.a.manifest.task,
            metric=self.metric,
            a=self.a.label,
            b=self.b.label,
            difference=found.estimate,
            p_value=found.p_value,
            adjusted_p=adjusted_p,
            mde=seen.effect if seen else None,
            mde_method=seen.method if seen else None,
            verdict=verdict,
            reason=reason,
            family=family.size,
            method=found.method,
            won=tuple(each for each, one, other in moved if one > other),
            lost=tuple(each for each, one, other in moved if one < other),
            tied=found.tied,
            lower_is_better=lower,
            warnings=() if self.slice else warnings_of(self.a.manifest, self.b.manifest, len(self.shared)),
            a_run=self.a.place,
            b_run=self.b.place,
            scenario=self.a.manifest.scenario,
            slice=self.slice,
        )


def compare(runs: Sequence[str], *, by: Sequence[str] = (), floor: float = COVERAGE_FLOOR) -> list[Comparison]:
    """Every pair of the run folders on the same task, the later named minus the earlier; and where `by` names metadata (`subject`), on each part
    of the samples that has a value of it in common. No verdict stands on less coverage than `floor`. One family of all pairs, metrics and parts, corrected together. Raises UsageError where no
    two share a task, or where no sample has such metadata."""
    from assay.stats import holm

    read = [scores_of(place, metadata=bool(by)) for place in runs]
    names = labels([each.manifest for each in read])
    found = [msgspec.structs.replace(each, label=name) for each, name in zip(read, names, strict=True)]
    runs_of_one_task = [(b, a) for a, b in combinations(found, 2) if a.manifest.task == b.manifest.task]
    if not runs_of_one_task:
        tasks = ", ".join(sorted({each.manifest.task for each in found}))
        raise UsageError(f"No two of these runs are of the same task ({tasks}).", remedy="Name two runs of one task; `assay list runs`.")
    whole = [pair_of(a, b, metric) for a, b in runs_of_one_task for metric in a.by_metric if metric in b.by_metric]
    pairs = [each for pair in whole for each in (pair, *(parts_of(pair, by) if by else ()))]
    if by and len(pairs) == len(whole):
        raise UsageError(
            f"No value of {' or '.join(by)} has {FEWEST} samples that both runs scored.", remedy="Leave out --by, or ask more samples."
        )
    differences = [each.difference() for each in pairs]
    adjusted = holm([each.p_value for each in differences])
    family = family_of(adjusted)
    return [pair.comparison(each, p_value, family, floor) for pair, each, p_value in zip(pairs, differences, adjusted, strict=True)]


def family_of(adjusted: Sequence[float | None]) -> Family:
    """The family of these corrected p-values."""
    tested = [each for each in adjusted if each is not None]
    rejected = sum(each <= ALPHA for each in tested)
    return Family(size=len(tested), level=ALPHA / max(1, len(tested) - rejected))


def pair_of(a: Scores, b: Scores, metric: str) -> Pair:
    """Two runs on one metric."""
    other = b.by_metric[metric]
    planned = max(a.manifest.samples, b.manifest.samples)
    return Pair(a=a, b=b, metric=metric, shared=tuple(each for each in a.by_metric[metric] if each in other), planned=planned)


def parts_of(pair: Pair, by: Sequence[str]) -> Iterator[Pair]:
    """The pair on each slice with at least FEWEST shared samples. Raises UsageError for a dimension that slices nothing."""
    from assay.metrics.slices import slices_of

    metadata = pair.a.metadata
    for dimension in by:
        members = slices_of(dimension, metadata)
        if not members:
            known = sorted({name for about in metadata.values() for name in about if slices_of(name, metadata)})
            raise UsageError(f"No sample of '{pair.a.manifest.task}' has a '{dimension}' to slice by.", remedy=suggest(dimension, known))
        for value, inside in members.items():
            shared = tuple(each for each in pair.shared if each in inside)
            if len(shared) >= FEWEST:
                yield msgspec.structs.replace(pair, shared=shared, slice=f"{dimension}={value}", planned=len(inside))


def scores_of(place: str, *, metadata: bool = False) -> Scores:
    """Read a run folder's scores, in little memory."""
    from assay.store import RunFolder
    from assay.store.scores import read_scores

    folder = RunFolder.open(place)
    found = read_scores(folder.journals(), metadata=metadata)
    result = folder.result()
    planned = result.planned if result is not None else folder.manifest.planned
    return Scores(
        place=folder.path,
        label=folder.manifest.model,
        manifest=folder.manifest,
        by_metric=found.means or {name: {} for name in folder.manifest.metrics},
        clusters=found.clusters,
        metadata=found.metadata,
        coverage={name: min(1.0, times / planned) for name, times in found.scored.items()} if planned else {},
    )


def verdict_of(found: "Difference", adjusted_p: float | None, family: Family, *, lower_is_better: bool) -> tuple[str, str | None]:
    """What a difference says of `a`, and of one that cannot be measured why."""
    value, low, high = found.estimate.value, found.estimate.low, found.estimate.high
    if value is None or low is None or high is None:
        return "not measurable", found.estimate.reason
    if adjusted_p is None:
        return "not measurable", "every sample differs by the same: there is no spread to test"
    if adjusted_p <= ALPHA:
        return "better" if (value > 0) is not lower_is_better else "worse", None
    if found.least_p > family.level:
        return "not measurable", too_few(found, family)
    return ("not certain" if low > 0 or high < 0 else "no difference seen"), None


def too_few(found: "Difference", family: Family) -> str:
    """Why the test could not have rejected, whatever the answers were, and how many groups it takes."""
    from assay.stats import groups_needed

    noun, plural, groups = ("sample", "samples", found.estimate.clusters)
    if groups < found.estimate.n:
        noun, plural = "group", "groups"
    many = f" for {family.size:,} comparisons" if family.size > 1 else ""
    return f"{count(groups, noun, plural)} {'is' if groups == 1 else 'are'} too few{many}; needs about {groups_needed(ALPHA / family.size)}"


def warnings_of(a: Manifest, b: Manifest, shared: int) -> tuple[str, ...]:
    """What endangers a comparison of two runs."""
    smaller = min(a.samples, b.samples)
    few = (f"they share {shared:,} scored samples of {smaller:,}",) if shared < 0.95 * smaller else ()
    ruled = tuple(
        f"{each.model} was stopped by a rule ({each.plan.removeprefix('until ')}): this interval is for numbers of samples fixed beforehand"
        for each in (a, b)
        if each.plan.startswith("until ")
    )
    chosen = tuple(
        f"{each.model} was asked the most informative samples only: the difference is that on these samples"
        for each in (a, b)
        if each.plan.startswith("adaptive ")
    )
    return (*cautions(a, b), *few, *ruled, *chosen)
