"""Several attempts at one sample: pass@k, pass^k, maj@k, aptitude, unreliability, and the plain reducers."""

from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError
from assay.stats.clusters import Floats

_SUBSETS = 5_000  # up to this many subsets are enumerated; beyond, as many are drawn


def pass_at(trials: ArrayLike, passed: ArrayLike, k: int) -> Floats:
    """The probability that at least one of k attempts drawn from a sample's trials passes: 1 - C(n-c, k) / C(n, k), per sample.

    `trials` n and `passed` c have shape (samples,), every n >= k. Computed as a product, so nothing overflows. Source: Chen et al. 2021.
    """
    n, c = _counts(trials, passed, k)
    return 1.0 - _none_drawn(n, c, k)


def pass_hat(trials: ArrayLike, passed: ArrayLike, k: int) -> Floats:
    """The probability that all of k attempts drawn from a sample's trials pass (pass^k): C(c, k) / C(n, k), per sample. Source: tau-bench."""
    n, c = _counts(trials, passed, k)
    return _none_drawn(n, n - c, k)


def majority_at(trials: ArrayLike, passed: ArrayLike, k: int) -> Floats:
    """The probability that more than half of k attempts drawn from a sample's trials pass, per sample; an even split counts one half.

    This is maj@k of values. Where the extracted answers are at hand, `plurality_at` votes on them instead.
    """
    n, c = _counts(trials, passed, k)
    lookup, codes = np.unique(np.stack([n, c]), axis=1, return_inverse=True)
    chances = [_majority(int(total), int(good), k) for total, good in lookup.T]
    result: Floats = np.asarray(chances, dtype=np.float64)[codes.reshape(-1)]
    return result


def _majority(n: int, c: int, k: int) -> float:
    ways = sum((2 if 2 * hits > k else 1) * comb(c, hits) * comb(n - c, k - hits) for hits in range((k + 1) // 2, min(c, k) + 1))
    return ways / (2 * comb(n, k))


def plurality_at(answers: list[str], right: set[str] | frozenset[str], k: int, *, seed: int = 0) -> float:
    """The probability that the most frequent of k drawn answers of one sample is right; ties are split evenly (self-consistency).

    Every subset is counted where there are at most 5,000, otherwise 5,000 seeded draws. Source: Wang et al. 2022, arXiv 2203.11171.
    """
    from itertools import combinations

    if not 1 <= k <= len(answers):
        raise UsageError(f"maj@{k} needs at least {k} answers, there are {len(answers)}.")
    if comb(len(answers), k) <= _SUBSETS:
        drawn: Any = combinations(answers, k)
        count = comb(len(answers), k)
    else:
        random = np.random.default_rng(seed)
        drawn, count = ([answers[i] for i in random.choice(len(answers), k, replace=False)] for _ in range(_SUBSETS)), _SUBSETS
    return sum(_share_right(subset, right) for subset in drawn) / count


def _share_right(subset: "tuple[str, ...] | list[str]", right: set[str] | frozenset[str]) -> float:
    votes: dict[str, int] = {}
    for answer in subset:
        votes[answer] = votes.get(answer, 0) + 1
    most = max(votes.values())
    leaders = [answer for answer, count in votes.items() if count == most]
    return sum(answer in right for answer in leaders) / len(leaders)


def _counts(trials: ArrayLike, passed: ArrayLike, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    n, c = np.asarray(trials, dtype=np.int64), np.asarray(passed, dtype=np.int64)
    if k < 1:
        raise UsageError(f"k must be 1 or more, not {k}.")
    if n.size and int(n.min()) < k:
        raise UsageError(f"{k} attempts cannot be drawn from {int(n.min())} trials.", remedy=f"Run every sample {k} times or more.")
    if ((c < 0) | (c > n)).any():
        raise UsageError("The number of passed trials must lie between 0 and the number of trials.")
    return n, c


def _none_drawn(n: NDArray[np.int64], c: NDArray[np.int64], k: int) -> Floats:
    """C(n-c, k) / C(n, k) as prod_{i<k} (n-c-i) / (n-i); the first factor that is not positive makes it 0."""
    steps = np.arange(k)
    left = np.maximum(n[:, None] - c[:, None] - steps, 0)
    result: Floats = np.prod(left / (n[:, None] - steps), axis=1)
    return result


def aptitude(values: ArrayLike) -> float:
    """What one sample's better trials reach: their 90th percentile (linear). Source: arXiv 2505.06120."""
    return float(np.quantile(np.asarray(values, dtype=np.float64), 0.9))


def unreliability(values: ArrayLike) -> float:
    """How far one sample's trials lie apart: 90th minus 10th percentile (linear). Source: arXiv 2505.06120."""
    low, high = np.quantile(np.asarray(values, dtype=np.float64), [0.1, 0.9])
    return float(high - low)


def grouped_percentiles(values: Floats, codes: NDArray[np.intp], counts: NDArray[np.intp], shares: tuple[float, ...]) -> list[Floats]:
    """Percentiles (linear) of each group of values at once: one array of shape (groups,) per share. `codes` are 0..groups-1."""
    order = np.lexsort((values, codes))
    ordered, starts = values[order], np.cumsum(counts) - counts
    found = []
    for share in shares:
        position = share * (counts - 1)
        below = np.floor(position).astype(np.intp)
        above = np.minimum(below + 1, counts - 1)
        weight = position - below
        found.append(ordered[starts + below] * (1.0 - weight) + ordered[starts + above] * weight)
    return found


def reduce_max(values: Floats, codes: NDArray[np.intp], counts: NDArray[np.intp]) -> Floats:
    """The best of each sample's trials. It grows with the number of trials: compare only runs with equally many."""
    return grouped_percentiles(values, codes, counts, (1.0,))[0]


def reduce_min(values: Floats, codes: NDArray[np.intp], counts: NDArray[np.intp]) -> Floats:
    """The worst of each sample's trials."""
    return grouped_percentiles(values, codes, counts, (0.0,))[0]


def reduce_majority(values: Floats, codes: NDArray[np.intp], counts: NDArray[np.intp]) -> Floats:
    """1 where more than half of a sample's trials pass (value >= 0.5), one half on an even split, else 0."""
    share = np.bincount(codes, weights=(values >= 0.5).astype(np.float64), minlength=len(counts)) / counts
    result: Floats = np.where(share > 0.5, 1.0, np.where(share == 0.5, 0.5, 0.0))
    return result


def at_least(values: Floats, codes: NDArray[np.intp], counts: NDArray[np.intp], k: int) -> Floats:
    """1 where at least `k` of a sample's trials pass (value >= 0.5), else 0."""
    return (np.bincount(codes, weights=(values >= 0.5).astype(np.float64), minlength=len(counts)) >= k).astype(np.float64)
