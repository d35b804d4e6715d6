"""Power: how many samples a comparison needs, what it could see, and what to spend the next call on; from a plan, or from runs."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.errors import UsageError
from assay.report.power import Plan, Seen, Spread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.stats.planning import Pair

TRIALS = (1, 2, 4, 8)
FEW = 30
"""Groups below which the spread is itself uncertain, and t quantiles stand in for normal ones."""


def plan_power(
    *,
    baseline: float,
    correlation: float,
    difference: float | None = None,
    samples: int | None = None,
    noise: float = 0.0,
    trials: tuple[int, int] = (1, 1),
    terms: "Terms",
) -> Plan:
    """The samples for a difference, or the difference that samples find. Raises UsageError for a plan that cannot be."""
    from assay.stats.planning import Pair, planned_samples

    if (difference is None) == (samples is None):
        raise UsageError("Power needs one of two: a difference or a number of samples.", remedy="--difference 0.03, or --samples 500")
    if not -1.0 <= correlation <= 1.0:
        raise UsageError(f"The correlation is {correlation:g}: it lies between -1 and 1.")
    if samples is not None and samples < 1:
        raise UsageError(f"samples is {samples}: at least 1.")
    level, effect = terms.alpha / terms.comparisons, terms.design_effect
    notes: tuple[str, ...] = ()
    if difference is None:
        start = start_of(baseline, correlation, noise, trials)
        difference, allowed = within_reach(samples or 1, start, terms)
        if abs(allowed - correlation) > 1e-9:
            told = f"accuracies of {baseline:.3f} and {baseline + difference:.3f} permit no correlation of {correlation:g}: {allowed:.3f} was used"
            notes, correlation = (told,), allowed
    pair = Pair(baseline=baseline, difference=difference, correlation=correlation, noise=noise, trials_a=trials[0], trials_b=trials[1])

    def needed(each: Pair) -> int:
        return planned_samples(each, design_effect=effect, alpha=level, power=terms.power)

    return Plan(
        samples=samples if samples is not None else needed(pair),
        difference=pair.difference,
        baseline=baseline,
        correlation=correlation,
        noise=noise,
        trials=trials[0],
        trials_b=trials[1],
        power=terms.power,
        alpha=terms.alpha,
        comparisons=terms.comparisons,
        design_effect=effect,
        variance=pair.variance,
        discordant=pair.discordant,
        by_trials={k: needed(msgspec.structs.replace(pair, trials_a=k, trials_b=k)) for k in TRIALS} if noise > 0.0 else {},
        notes=notes,
    )


def start_of(baseline: float, correlation: float, noise: float, trials: tuple[int, int]) -> "Pair":
    """A pair without a difference, with the correlation as it was asked for: what two models of other accuracies permit is seen later."""
    from assay.stats.planning import Pair

    plain = Pair(baseline=baseline, difference=0.0, correlation=0.0, noise=noise, trials_a=trials[0], trials_b=trials[1])
    return msgspec.structs.replace(plain, correlation=min(1.0 - noise, correlation))


def within_reach(samples: int, start: "Pair", terms: "Terms") -> tuple[float, float]:
    """(the smallest difference that so many samples find, the correlation it permits). Raises UsageError where they find none."""
    from assay.stats.planning import correlations, detectable_difference

    found = detectable_difference(
        samples, start, design_effect=terms.design_effect, alpha=terms.alpha / terms.comparisons, power=terms.power
    )
    if found is None:
        raise UsageError(f"{samples} samples find no difference from {start.baseline:g}, however large.", remedy="Plan more samples.")
    difference = found if start.baseline + found <= 1.0 else -found
    low, high = correlations(start.baseline, start.baseline + difference)
    return difference, min(max(start.correlation, low), min(high, 1.0 - start.noise))


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a test must reach: `power` at `alpha`, with `comparisons` corrected together and clusters inflating the variance by `design_effect`."""

    power: float = 0.8
    alpha: float = 0.05
    comparisons: int = 1
    design_effect: float = 1.0

    def __post_init__(self) -> None:
        if not (0.0 < self.power < 1.0 and 0.0 < self.alpha < 1.0):
            raise UsageError(f"power and alpha lie between 0 and 1, not {self.power:g} and {self.alpha:g}.")
        if self.comparisons < 1 or not self.design_effect > 0.0:
            raise UsageError("There is at least 1 comparison, and a design effect above 0.")


def power_of(runs: Sequence[str], *, difference: float | None = None, terms: Terms) -> list[Seen]:
    """What two runs of one task tell about comparing such models: their spread, what they could see, and what more would buy; metric by metric."""
    from assay.store import RunFolder

    if len(runs) != 2:
        raise UsageError("Power is reckoned from two runs of one task.", remedy="Name two, or give --baseline and --correlation.")
    folders = [RunFolder.open(place) for place in runs]
    tasks = {each.manifest.task for each in folders}
    if len(tasks) > 1:
        raise UsageError(f"The runs are of two tasks: {', '.join(sorted(tasks))}.", remedy="Name two runs of one task.")
    tables = [table_of(folder) for folder in folders]
    metrics = [name for name in tables[0] if name in tables[1]]
    if not metrics:
        raise UsageError("The runs share no metric.", remedy="Score both with one scorer: assay score RUN --scorer NAME")
    return [seen(folders[0].manifest.task, name, tables[0][name], tables[1][name], difference, terms) for name in metrics]


Table = dict[str, tuple[str, list[float]]]
"""Sample -> its cluster and the scores of its trials."""


def table_of(folder: Any) -> dict[str, Table]:
    """Every metric's scores by sample."""
    found: dict[str, Table] = {}
    rows = folder.query("select metric, sample_id, coalesce(cluster, sample_id), value from trials where value is not null order by number")
    for metric, sample, cluster, value in rows:
        found.setdefault(metric, {}).setdefault(sample, (cluster, []))[1].append(value)
    return found


def seen(task: str, metric: str, a: Table, b: Table, difference: float | None, terms: Terms) -> Seen:
    """One metric of two runs."""
    import numpy as np

    from assay.stats.clusters import cluster_sums, clustered_error
    from assay.stats.power import minimum_detectable_effect, samples_needed

    shared = [each for each in a if each in b]
    if len(shared) < 2:
        return Seen(task=task, metric=metric, samples=len(shared), reason="the runs share fewer than two scored samples")
    delta = np.array([np.mean(b[each][1]) - np.mean(a[each][1]) for each in shared])
    clusters = np.unique([a[each][0] for each in shared], return_inverse=True)[1].reshape(-1)
    plain = float(delta.var(ddof=1))
    if plain == 0.0:
        return Seen(
            task=task,
            metric=metric,
            samples=len(shared),
            reason="the runs differ by the same on every sample: there is no spread to plan with",
        )
    sums, sizes = cluster_sums(delta, clusters)
    error = clustered_error(sums, sizes) if len(sums) > 1 else math.sqrt(plain / len(delta))
    spread = spread_of([a[each][1] for each in shared], [b[each][1] for each in shared], delta)
    few = len(sums) - 1.0 if len(sums) < FEW else None
    effect, level = max(error**2 * len(delta) / plain, 1e-9), terms.alpha / terms.comparisons
    wanted = difference if difference is not None else float(delta.mean())
    enough = {"design_effect": effect, "alpha": level, "power": terms.power}
    return Seen(
        task=task,
        metric=metric,
        samples=len(shared),
        clusters=len(sums),
        difference=float(delta.mean()),
        wanted=wanted,
        detectable=minimum_detectable_effect(error, alpha=level, power=terms.power, freedom=few),
        needed=samples_needed(wanted, variance=plain, **enough) if wanted else None,
        design_effect=effect,
        correlation=correlation_of([float(np.mean(a[each][1])) for each in shared], [float(np.mean(b[each][1])) for each in shared]),
        spread=spread,
        by_trials=by_trials(spread, len(shared), effect, level, terms.power) if few is None else {},
    )


def spread_of(a: Sequence[Sequence[float]], b: Sequence[Sequence[float]], delta: "NDArray[np.float64]") -> Spread:
    """The variance of a difference, split: between samples, and between the trials of one. Without two trials of some sample the split is not known."""
    import numpy as np

    from assay.stats.power import within_variance

    trials = [np.array([len(each) for each in side]) for side in (a, b)]
    total = float(delta.var(ddof=1))
    if any((counts < 2).all() for counts in trials):
        return Spread(total=total, trials=(float(trials[0].mean()), float(trials[1].mean())))
    within = [
        within_variance(np.concatenate([np.asarray(each, dtype=float) for each in side]), np.repeat(np.arange(len(side)), counts))
        for side, counts in zip((a, b), trials, strict=True)
    ]
    noise = sum(sigma2 * float((1.0 / counts).mean()) for sigma2, counts in zip(within, trials, strict=True))
    return Spread(
        total=total,
        between=max(0.0, total - noise),
        within=(within[0], within[1]),
        trials=(float(trials[0].mean()), float(trials[1].mean())),
    )


def by_trials(spread: Spread, samples: int, effect: float, level: float, power: float) -> dict[int, float]:
    """Trials of each sample -> the difference that these samples would find; empty where the split is not known."""
    from assay.stats.power import difference_error, minimum_detectable_effect

    if spread.between is None or spread.within is None:
        return {}
    found = {}
    for k in (*TRIALS, 1_000_000):
        error = difference_error(
            samples,
            omega2=spread.between,
            sigma2_a=spread.within[0],
            sigma2_b=spread.within[1],
            trials_a=k,
            trials_b=k,
            design_effect=effect,
        )
        found[k] = minimum_detectable_effect(error, alpha=level, power=power)
    return found


def correlation_of(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Pearson's correlation of two models' scores, None where one of them has no spread."""
    import numpy as np

    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    scale = float(first.std() * second.std())
    return float(((first - first.mean()) * (second - second.mean())).mean() / scale) if scale > 0.0 else None
