"""Correlations of two measures of the same items: Pearson's, Spearman's and Kendall's tau-b, with intervals that assume no distribution."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values, cluster_codes, clustered_error, effective_clusters
from assay.stats.quantiles import t_quantile

Integers = NDArray[np.int64]
_FEWEST = 5  # items below which the spread of a correlation cannot be estimated


def pearson(a: ArrayLike, b: ArrayLike, clusters: ArrayLike | None = None, *, level: float = 0.95) -> Estimate:
    """Pearson's correlation of two measures of the same items, shapes (n,), with its interval.

    The standard error comes from each item's influence (no normal distribution is assumed; `clusters` of items may go together), the interval
    is t on Fisher's z. Source: Fisher 1921; Efron 1982 for the influence function.
    """
    first, second, refused = _pairs(a, b)
    if refused is not None:
        return refused
    x, y = _standard(first), _standard(second)
    value = float(np.mean(x * y))
    return _interval(value, x * y - value * (x * x + y * y) / 2.0, clusters, level, furthest=_furthest(x, y))


def spearman(a: ArrayLike, b: ArrayLike, clusters: ArrayLike | None = None, *, level: float = 0.95) -> Estimate:
    """Spearman's rank correlation, shapes (n,), ties at their mid-rank, with its interval: an item counts by its own place and by how it moves
    the ranks of the others."""
    first, second, refused = _pairs(a, b)
    if refused is not None:
        return refused
    x, y = _standard(_ranks(first)), _standard(_ranks(second))
    value = float(np.mean(x * y))
    own = x * y - value * (x * x + y * y) / 2.0
    moved = _pushed(first, y - value * x) / _ranks(first).std() + _pushed(second, x - value * y) / _ranks(second).std()
    return _interval(value, own + moved, clusters, level, furthest=_furthest(x, y))


def kendall(a: ArrayLike, b: ArrayLike, clusters: ArrayLike | None = None, *, level: float = 0.95) -> Estimate:
    """Kendall's tau-b, shapes (n,): pairs in the same order minus pairs in opposite order, over the pairs not tied; O(n log n).

    Source: Knight 1966 for the counting; Brown & Benedetti 1977 for the standard error, here from each item's influence.
    """
    first, second, refused = _pairs(a, b)
    if refused is not None:
        return refused
    n = len(first)
    x, y = _dense(first), _dense(second)
    # For each item: others in the same order minus others in opposite order; and the others it is tied with.
    order = 2 * (_below(x, y) + _below(-x, -y)) - _untied(x, y)
    untied_x, untied_y = n - np.bincount(x)[x], n - np.bincount(y)[y]
    concordance, room_x, room_y = float(order.sum()), float(untied_x.sum()), float(untied_y.sum())
    value = concordance / math.sqrt(room_x * room_y)
    influence = 2.0 * n * (order / math.sqrt(room_x * room_y) - value / 2.0 * (untied_x / room_x + untied_y / room_y))
    return _interval(value, influence, clusters, level, furthest=None)


def _pairs(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats, Estimate | None]:
    first, second = as_values(a), as_values(b)
    if len(first) != len(second):
        raise UsageError(f"A correlation needs both measures of every item, not {len(first)} and {len(second)}.")
    n = len(first)
    if n < _FEWEST:
        return first, second, not_measurable(f"A correlation needs {_FEWEST} items or more, and there are {n}.", coverage=1.0, n=n)
    if not np.ptp(first) or not np.ptp(second):
        return first, second, not_measurable("One of the two measures is the same for all items.", coverage=1.0, n=n)
    return first, second, None


def _standard(values: Floats) -> Floats:
    scaled = (values - values.mean()) / max(float(np.abs(values).max()), 1e-300)
    return np.asarray(scaled / scaled.std())


def _furthest(x: Floats, y: Floats) -> float:
    return float(max(np.abs(x).max(), np.abs(y).max()))


def _dense(values: Floats) -> Integers:
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _ranks(values: Floats) -> Floats:
    """Mid-ranks as shares of n."""
    codes = _dense(values)
    counts = np.bincount(codes)
    found: Floats = ((np.cumsum(counts) - counts / 2.0) / len(values))[codes]
    return found


def _pushed(values: Floats, pull: Floats) -> Floats:
    """What an item adds by standing below others: the mean pull of those above it, half of those level with it, centred."""
    codes = _dense(values)
    sums = np.bincount(codes, weights=pull)
    above = (sums.sum() - np.cumsum(sums) + sums / 2.0)[codes] / len(values)
    found: Floats = above - above.mean()
    return found


def _below(x: Integers, y: Integers) -> Integers:
    """For each item, how many others are smaller in both: a merge sort over y, all pairs of blocks of one width at once."""
    n = len(x)
    x, y = x - x.min(), y - y.min()
    # Of equal x the larger y comes first, so that an item never finds its ties before it with a smaller y.
    order = np.lexsort((-y, x))
    ranked = y[order]
    counts = np.zeros(n, dtype=np.int64)
    places, span, width = np.arange(n), int(ranked.max()) + 1, 1
    while width < n:
        block = places // (2 * width)
        # Keys sort by block, then by y: within a block, those of its left half that are smaller lie before.
        left = (places // width) % 2 == 0
        keys = np.sort(block[left] * span + ranked[left])
        right = ~left
        starts = np.searchsorted(keys, block[right] * span)
        counts[right] += np.searchsorted(keys, block[right] * span + ranked[right]) - starts
        width *= 2
    found = np.empty(n, dtype=np.int64)
    found[order] = counts
    return found


def _untied(x: Integers, y: Integers) -> Integers:
    """For each item, how many others differ from it in both."""
    both = _dense((x * (int(y.max()) + 1) + y).astype(np.float64))
    untied: Integers = len(x) - np.bincount(x)[x] - np.bincount(y)[y] + np.bincount(both)[both]
    return untied


def _interval(value: float, influence: Floats, clusters: ArrayLike | None, level: float, furthest: float | None) -> Estimate:
    n, value = len(influence), min(max(value, -1.0), 1.0)
    codes, count = cluster_codes(clusters, n)
    sizes = np.bincount(codes, minlength=count).astype(np.float64)
    suffix = "" if count == n else "-clusters"
    shared: dict[str, Any] = {"n": n, "clusters": count, "level": level}
    if count < _FEWEST:
        return not_measurable(f"A correlation needs {_FEWEST} independent items, and there are {count}.", coverage=1.0, n=n)
    if 1.0 - abs(value) < 1e-12:
        # No pair is out of order, but a share u of items that nobody saw may be: (1 - u)^C = (1 - level) / 2.
        unseen = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / effective_clusters(sizes))
        loss = 2.0 * (2.0 * unseen - unseen**2) if furthest is None else 2.0 * unseen * furthest**2
        end = max(-1.0, 1.0 - loss)
        low, high = (end, 1.0) if value > 0.0 else (-1.0, -end)
        return Estimate(value=value, low=low, high=high, method="clopper-pearson" + suffix, **shared)
    error = clustered_error(np.bincount(codes, weights=influence, minlength=count).astype(np.float64), sizes)
    half = t_quantile(0.5 + level / 2.0, max(1.0, effective_clusters(sizes) - 1.0)) * error / (1.0 - value**2)
    low, high = math.tanh(math.atanh(value) - half), math.tanh(math.atanh(value) + half)
    return Estimate(value=value, low=low, high=high, method="fisher-z" + suffix, **shared)
