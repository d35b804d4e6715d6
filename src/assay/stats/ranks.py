"""Who may stand where: ranks as ranges, and groups that cannot be told apart, from simultaneous intervals of all pairwise differences."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError
from assay.stats.clusters import Floats, as_values

Bools = NDArray[np.bool_]
_NOISE = 1e-12  # variance of a difference, relative to the variances of the two, that is rounding


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """The place of each of K competitors.

    `order` names them best first (positions 0..K-1); `first` and `last` are the best and the worst rank (1..K) each may hold, in the order
    they came; `groups` are the longest runs of neighbours in `order` no two of which can be told apart, each two or more, none within another.
    """

    order: tuple[int, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]


class Pairwise(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals of all differences, that hold together: row i, column j is i minus j, shapes (K, K).

    `critical` is the quantile of the largest |t| over all pairs; where a difference has no spread its interval is unbounded (-inf..inf).
    """

    low: Floats
    high: Floats
    critical: float
    level: float = 0.95

    @property
    def beats(self) -> Bools:
        """Whether i is better than j for sure, shape (K, K)."""
        return self.low > 0.0


def simultaneous_differences(
    values: ArrayLike,
    covariance: ArrayLike,
    *,
    level: float = 0.95,
    freedom: float | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Pairwise:
    """Intervals of the differences of K estimates that all hold at once with probability `level`: (v_i - v_j) +- c * SE_ij.

    `values`: shape (K,), larger is better; `covariance`: shape (K, K), of the estimates (it may be singular, as that of centred ratings is).
    c is the `level` quantile of max |(Z_i - Z_j) / SE_ij| over normal draws with that covariance; `freedom` (degrees of freedom of an error that
    few clusters gave) makes them Student's t. Source: Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91:476; Klein, Wright &
    Wieczorek 2020. A bootstrap of the ranks themselves fails where two are close.
    """
    means, spread = as_values(values), np.asarray(covariance, dtype=np.float64)
    count = len(means)
    if spread.shape != (count, count) or not np.isfinite(spread).all():
        raise UsageError(
            f"The covariance of {count} values must be {count} x {count} finite numbers, not an array of shape {spread.shape}."
        )
    if not 0.0 < level < 1.0:
        raise UsageError(f"The level of an interval lies between 0 and 1, not {level}.")
    variances = np.diag(spread)
    squares = variances[:, None] + variances[None, :] - spread - spread.T
    known = squares > _NOISE * (variances[:, None] + variances[None, :])
    np.fill_diagonal(known, False)
    errors = np.sqrt(np.where(known, squares, np.inf))
    critical = _critical(spread, errors, level=level, freedom=freedom, draws=draws, seed=seed) if known.any() else 0.0
    delta = means[:, None] - means[None, :]
    half = critical * np.where(known, errors, np.inf) if critical else np.full((count, count), np.inf)
    np.fill_diagonal(half, 0.0)
    return Pairwise(low=delta - half, high=delta + half, critical=critical, level=level)


def _critical(spread: Floats, errors: Floats, *, level: float, freedom: float | None, draws: int, seed: int) -> float:
    """The quantile of the largest |t| over all pairs whose error is finite."""
    random, count = np.random.default_rng(seed), len(spread)
    roots, vectors = np.linalg.eigh((spread + spread.T) / 2.0)
    drawn = random.standard_normal((draws, count)) @ (vectors * np.sqrt(np.maximum(roots, 0.0))).T
    drawn = np.ascontiguousarray(drawn.T)
    largest = np.zeros(draws)
    for one in range(count - 1):
        apart = np.abs(drawn[one + 1 :] - drawn[one]) / errors[one, one + 1 :, None]
        np.maximum(largest, apart.max(axis=0), out=largest)
    if freedom is not None:
        largest /= np.sqrt(random.chisquare(freedom, draws) / freedom)
    return float(np.quantile(largest, level))


def ranking(values: ArrayLike, low: ArrayLike) -> Ranking:
    """The ranks each of K competitors may hold, from the lower ends of simultaneous intervals of their differences.

    `values`: shape (K,), larger is better; they only order the competitors. `low`: shape (K, K), the lower end of i minus j; -inf where the two
    were not compared. Whoever has an interval above 0 against another stands before it; all the rank ranges hold together with the probability
    of the intervals. For a measure that is better when lower, pass it negated.
    """
    means, ends = as_values(values), np.asarray(low, dtype=np.float64)
    if (len(means) and ends.shape != (len(means), len(means))) or np.isnan(ends).any():
        raise UsageError(
            f"The differences of {len(means)} values must be {len(means)} x {len(means)} lower ends, not an array of shape {ends.shape}.",
            remedy="A pair that was not compared is -inf, not NaN.",
        )
    return ranking_of(means, ends > 0.0)


def ranking_of(values: ArrayLike, beats: ArrayLike) -> Ranking:
    """The same from decisions: `beats[i, j]` says that i is better than j for sure; shapes (K,) and (K, K)."""
    means, sure = as_values(values), np.array(beats, dtype=np.bool_)
    if not len(means):
        return Ranking(order=(), first=(), last=(), groups=())
    if sure.shape != (len(means), len(means)):
        raise UsageError(f"The decisions on {len(means)} competitors must be {len(means)} x {len(means)}, not of shape {sure.shape}.")
    np.fill_diagonal(sure, False)
    order = np.argsort(-means, kind="stable")
    return Ranking(
        order=_whole(order),
        first=_whole(1 + sure.sum(axis=0)),
        last=_whole(len(means) - sure.sum(axis=1)),
        groups=tuple(_whole(order[start : end + 1]) for start, end in _runs((sure | sure.T)[np.ix_(order, order)])),
    )


def _runs(apart: Bools) -> list[tuple[int, int]]:
    """The longest runs (from, to) of neighbours no two of whom are `apart`, each at least two long and none inside another."""
    found: list[tuple[int, int]] = []
    start = 0
    # From the last one ahead of it that it is apart from, nobody at or before that one can share a run with it.
    for end in range(len(apart)):
        ahead = np.flatnonzero(apart[:end, end])
        following = max(start, int(ahead[-1]) + 1) if len(ahead) else start
        if following > start:
            if end - 1 > start:
                found.append((start, end - 1))
            start = following
    if len(apart) - 1 > start:
        found.append((start, len(apart) - 1))
    return found


def _whole(array: "NDArray[Any]") -> tuple[int, ...]:
    return tuple(int(each) for each in array)
