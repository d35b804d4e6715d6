"""The interval of a percentile: two of the sorted values, which binomial counts choose, whatever the distribution."""

import math
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import as_values, cluster_sums, effective_clusters
from assay.stats.intervals import design_effect
from assay.stats.quantiles import beta_cdf, normal_quantile, t_quantile


def percentile(
    values: ArrayLike, share: float, clusters: ArrayLike | None = None, *, level: float = 0.95, coverage: float = 1.0
) -> Estimate:
    """The value below which `share` (0..1) of the `values` (shape (n,), any unit) lie, with the exact interval between two of them.

    Of n independent values the k-th smallest lies above the percentile with probability P(Binomial(n, share) < k). Values in `clusters` count
    as fewer, by the design effect of lying below the percentile. Where no value reaches so far the estimate is not measurable and says how
    many it takes. Source: Thompson 1936; Woodruff 1952 for clusters.
    """
    if not (0.0 < share < 1.0 and 0.0 < level < 1.0):
        raise UsageError(f"A percentile and its level lie between 0 and 1, not {share} and {level}.")
    array = as_values(values)
    if not len(array):
        return not_measurable("There is no value.", coverage=coverage)
    ordered, tail, n = np.sort(array), (1.0 - level) / 2.0, len(array)
    value = float(ordered[min(n - 1, math.ceil(round(n * share, 9)) - 1)])
    sums, sizes = cluster_sums((array <= value).astype(np.float64), clusters)
    count = n
    if len(sums) < n and 0.0 < float(sums.sum()) < n:
        freedom = max(1.0, effective_clusters(sizes) - 1.0)
        shrink = (normal_quantile(1.0 - tail) / t_quantile(1.0 - tail, freedom)) ** 2
        count = max(1, math.floor(n / design_effect(sums, sizes, n) * shrink))
    elif len(sums) < n:
        count = max(1, math.floor(effective_clusters(sizes)))
    ranks = _ranks(count, share, tail)
    if ranks is None:
        needed = values_needed(share, tail)
        reason = f"{count:,} independent {'value is' if count == 1 else 'values are'} too few for this percentile; needs about {needed:,}"
        return not_measurable(reason, coverage=coverage, n=n)
    # Ranks among `count` independent values, taken outwards to ranks among all.
    low, high = math.floor(ranks[0] * n / count), math.ceil(ranks[1] * n / count)
    return Estimate(
        value=value,
        low=float(ordered[max(0, low - 1)]),
        high=float(ordered[min(n, high) - 1]),
        n=n,
        clusters=len(sums),
        method="order-statistics" if len(sums) == n else "order-statistics-clusters",
        coverage=coverage,
        level=level,
    )


def values_needed(share: float, tail: float) -> int:
    """How many independent values it takes until the extreme ones bound the percentile on both sides: share^n and (1 - share)^n <= tail."""
    return math.ceil(round(math.log(tail) / math.log(max(share, 1.0 - share)), 9))


def _ranks(n: int, share: float, tail: float) -> tuple[int, int] | None:
    """The largest rank that lies above the percentile with probability `tail` at most, and the smallest that lies below it so; from 1."""
    low = _first(lambda k: _below(k, n, share) > tail, n) - 1
    high = _first(lambda k: _below(k, n, share) >= 1.0 - tail, n)
    return (low, high) if low >= 1 and high <= n else None


def _below(k: int, n: int, share: float) -> float:
    """P(Binomial(n, share) < k): the k-th smallest value lies above the percentile."""
    if k <= 0:
        return 0.0
    return 1.0 if k > n else 1.0 - beta_cdf(share, float(k), n - k + 1.0)


def _first(holds: Callable[[int], bool], n: int) -> int:
    """The first rank in 1..n+1 for which something that stays true is true."""
    return bisect_left(range(1, n + 1), True, key=holds) + 1
