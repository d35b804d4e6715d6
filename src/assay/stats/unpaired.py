"""The difference of two systems that were asked different samples: only when asked for, because pairing sees far more."""

import math
from collections.abc import Callable

from numpy.typing import ArrayLike

from assay.core.estimate import Estimate
from assay.stats.clusters import as_values, cluster_sums, clustered_error
from assay.stats.differences import Difference, not_tested
from assay.stats.intervals import interval
from assay.stats.power import minimum_detectable_effect

_LEAST_P = 1e-9


def unpaired_difference(
    a: ArrayLike,
    b: ArrayLike,
    a_clusters: ArrayLike | None = None,
    b_clusters: ArrayLike | None = None,
    *,
    bounds: tuple[float, float] | None = None,
    level: float = 0.95,
    coverage: float = 1.0,
) -> Difference:
    """Mean of a minus mean of b, two independent sets of samples (shapes (n,) and (m,)), `method` "unpaired".

    Each side's own interval (Wilson, exact or t, on its clusters) is combined: low = d - sqrt((a - low_a)^2 + (high_b - b)^2), high likewise
    (Newcombe 1998 for two rates; Zou & Donner 2008). The p-value is 1 - the level whose interval ends at 0; below 1e-9 it is 1e-9. `bounds` is
    the range of a score (0..1 where all lie there). Nothing is won, lost or tied, for no sample was asked twice. The two sets must share no
    sample: where they do, take `difference`.
    """
    first, second = as_values(a), as_values(b)
    if not len(first) or not len(second):
        return not_tested("One of the two has no scored sample.", coverage=coverage)
    if bounds is None and min(first.min(), second.min()) >= 0.0 and max(first.max(), second.max()) <= 1.0:
        bounds = (0.0, 1.0)

    def at(wanted: float) -> tuple[float, float, float] | str:
        sides = [interval(values, labels, level=wanted, bounds=bounds) for values, labels in ((first, a_clusters), (second, b_clusters))]
        return _combined(*sides)

    found = at(level)
    if isinstance(found, str):
        return not_tested(found, coverage=coverage)
    value, low, high = found
    sides = [cluster_sums(values, labels) for values, labels in ((first, a_clusters), (second, b_clusters))]
    groups = sum(len(sums) for sums, _ in sides)
    error = math.hypot(*(clustered_error(*side) if len(side[0]) > 1 else 0.0 for side in sides))
    estimate = Estimate(
        value=value, low=low, high=high, n=len(first) + len(second), clusters=groups, method="unpaired", coverage=coverage, level=level
    )
    freedom = min(len(sums) for sums, _ in sides) - 1.0
    mde = minimum_detectable_effect(error, freedom=freedom) if error > 0.0 and freedom >= 1.0 else None
    return Difference(estimate=estimate, p_value=_p_value(at), method="unpaired", mde=mde, won=0, lost=0, tied=0, error=error)


def _combined(a: Estimate, b: Estimate) -> tuple[float, float, float] | str:
    """The difference of two independent estimates with its ends, or why there is none."""
    if a.value is None or a.low is None or a.high is None:
        return a.reason or "The first has no interval."
    if b.value is None or b.low is None or b.high is None:
        return b.reason or "The second has no interval."
    value = a.value - b.value
    return value, value - math.hypot(a.value - a.low, b.high - b.value), value + math.hypot(a.high - a.value, b.value - b.low)


def _p_value(at: Callable[[float], tuple[float, float, float] | str]) -> float:
    """1 - the highest level whose interval leaves 0 out, by halving on a logarithmic scale."""

    def excludes(p: float) -> bool:
        found = at(1.0 - p)
        return not isinstance(found, str) and (found[1] > 0.0 or found[2] < 0.0)

    if not excludes(1.0 - 1e-9):
        return 1.0
    if excludes(_LEAST_P):
        return _LEAST_P
    low, high = math.log(_LEAST_P), 0.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if excludes(min(math.exp(middle), 1.0 - 1e-9)) else (middle, high)
    return min(1.0, math.exp(high))
