"""Any statistic that depends on its items through totals alone: its bootstrap, its jackknife and its interval, without redrawing an item."""

import math
from collections.abc import Callable

import numpy as np

from assay.stats.clusters import Floats
from assay.stats.quantiles import normal_quantile, t_quantile

Statistic = Callable[[Floats], Floats]
"""Totals, shape (R, k), to the statistic of each row, shape (R,); NaN where a row does not define it."""

RESAMPLES = 1000
_CELLS = 4_000_000  # drawn weights held at once: 32 MB
_UNDEFINED = 0.05  # share of resamples without a value above which there is no interval


def resampled_totals(parts: Floats, *, resamples: int, seed: int) -> Floats:
    """Totals of `resamples` draws of the rows of `parts` (C, k) with replacement, shape (resamples, k).

    Equal rows are drawn together, as multinomial counts: 100,000 items with a few hundred different rows cost no more than those.
    """
    random, count = np.random.default_rng(seed), len(parts)
    rows, copies = distinct(parts)
    totals = np.empty((resamples, parts.shape[1]))
    step = max(1, _CELLS // len(rows))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        totals[start : start + size] = drawn_weights(random, copies, count, size) @ rows
    return totals


def drawn_weights(random: np.random.Generator, copies: Floats, count: int, size: int) -> Floats:
    """How often each distinct row is drawn in `count` draws, shape (size, rows)."""
    if len(copies) < count // 2:
        return random.multinomial(count, copies / count, size=size).astype(np.float64)
    # Nearly all rows differ: counting drawn places is ten times as fast as a multinomial over them.
    owners = np.repeat(np.arange(len(copies)), copies.astype(np.intp))
    drawn = owners[random.integers(0, count, size=(size, count), dtype=np.int32)]
    drawn += (np.arange(size) * len(copies))[:, None]
    return np.bincount(drawn.ravel(), minlength=size * len(copies)).reshape(size, len(copies)).astype(np.float64)


def distinct(parts: Floats) -> tuple[Floats, Floats]:
    """The different rows of `parts` and how often each occurs."""
    order = np.lexsort(parts.T)
    ordered = parts[order]
    fresh = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    starts = np.flatnonzero(fresh)
    return np.ascontiguousarray(ordered[starts]), np.diff(np.append(starts, len(parts))).astype(np.float64)


def totals_interval(
    parts: Floats, statistic: Statistic, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """The bootstrap interval (low, high) of `statistic(sum of parts)`; `parts` has one row per item (or cluster), C >= 2.

    None where more than 5 % of the resamples leave the statistic undefined.
    """
    draws = statistic(resampled_totals(parts, resamples=resamples, seed=seed))
    total = parts.sum(axis=0)
    rows, copies = distinct(parts)
    return bca_of(draws, float(statistic(total[None, :])[0]), statistic(total - rows), copies, level=level)


def bca_of(draws: Floats, value: float, left_out: Floats, copies: Floats, *, level: float = 0.95) -> tuple[float, float] | None:
    """The BCa interval from bootstrap draws of a statistic, its value, and its values without one item each (`copies`: how often each occurs).

    The level is widened as t with C-1 degrees of freedom is wider than the normal, because the spread was estimated from C items
    (Hesterberg 2015, "expanded" percentiles). Source: Efron 1987.
    """
    known = draws[np.isfinite(draws)]
    if len(known) < (1.0 - _UNDEFINED) * len(draws):
        return None
    count = float(copies.sum())
    near = np.isclose(known, value, rtol=1e-12, atol=1e-14)
    below = float(((known < value) & ~near).mean() + 0.5 * near.mean())
    bias = normal_quantile(min(max(below, 0.5 / len(known)), 1.0 - 0.5 / len(known)))
    held = np.isfinite(left_out)
    centre = float(np.dot(copies[held], left_out[held])) / float(copies[held].sum())
    spread = centre - left_out[held]
    scale = float(np.dot(copies[held], spread**2)) ** 1.5
    acceleration = float(np.dot(copies[held], spread**3)) / (6.0 * scale) if scale > 0.0 else 0.0
    reach = t_quantile(0.5 + level / 2.0, count - 1.0) * math.sqrt(count / (count - 1.0))
    low, high = (_percentile(z, bias, acceleration) for z in (-reach, reach))
    return float(np.quantile(known, low)), float(np.quantile(known, high))


def _percentile(z: float, bias: float, acceleration: float) -> float:
    moved = bias + z
    shrunk = 1.0 - acceleration * moved
    # Beyond the pole of the formula the percentile is the end it was going to.
    if shrunk <= 0.0:
        return 0.0 if moved < 0.0 else 1.0
    return 0.5 * math.erfc(-(bias + moved / shrunk) / math.sqrt(2.0))
