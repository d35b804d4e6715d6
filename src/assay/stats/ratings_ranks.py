"""Who stands where: rank ranges from simultaneous intervals of all differences, groups that cannot be told apart, separability."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.stats.clusters import Floats
from assay.stats.quantiles import normal_quantile, t_quantile

DRAWS = 4000
_MOST = 200  # competitors above which the critical value is Bonferroni's: drawing all differences would take seconds
_CELLS = 2_000_000


def difference_errors(covariance: Floats) -> Floats:
    """The standard error of each difference theta_i - theta_j, (K, K)."""
    own = np.diag(covariance)
    found: Floats = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2.0 * covariance, 0.0))
    return found


def critical_value(covariance: Floats, *, level: float = 0.95, freedom: float | None = None, seed: int = 0, draws: int = DRAWS) -> float:
    """How many standard errors every difference may be off at once: the `level` quantile of max |z_i - z_j| / se_ij, z ~ N(0, covariance).

    `freedom`: degrees of freedom where the covariance stands on few clusters. Above 200 competitors Bonferroni's value, which is larger.
    """
    size = len(covariance)
    if size < 2:
        return normal_quantile(0.5 + level / 2.0)
    pairs = size * (size - 1) / 2.0
    if size > _MOST:
        p = 1.0 - (1.0 - level) / (2.0 * pairs)
        return normal_quantile(p) if freedom is None else t_quantile(p, freedom)
    random, largest = np.random.default_rng(seed), []
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float32)
    i, j = np.triu_indices(size, 1)
    errors = difference_errors(covariance)[i, j]
    scale = (1.0 / np.where(errors > 0.0, errors, np.inf)).astype(np.float32)
    for block in _blocks(draws, int(pairs)):
        z = random.standard_normal((block, size), dtype=np.float32) @ root.T
        furthest = np.abs((z[:, i] - z[:, j]) * scale).max(axis=1).astype(np.float64)
        largest.append(furthest if freedom is None else furthest / np.sqrt(random.chisquare(freedom, block) / freedom))
    return float(np.quantile(np.concatenate(largest), level))


def _blocks(draws: int, pairs: int) -> Iterator[int]:
    """Draws, as many at once as fit."""
    size = max(1, _CELLS // pairs)
    for start in range(0, draws, size):
        yield min(size, draws - start)


def ahead(theta: Floats, covariance: Floats, critical: float) -> NDArray[np.bool_]:
    """(K, K): whether i is ahead of j for sure, all pairs at once."""
    found: NDArray[np.bool_] = theta[:, None] - theta[None, :] > critical * difference_errors(covariance)
    np.fill_diagonal(found, False)
    return found


def rank_ranges(sure: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The ranks each may hold, (K, 2): the first is one more than those surely ahead of it, the last leaves room for those surely behind."""
    return np.stack([1 + sure.sum(axis=0), len(sure) - sure.sum(axis=1)], axis=1)


def level_groups(sure: NDArray[np.bool_], order: NDArray[np.intp]) -> list[tuple[int, int]]:
    """The longest runs (from, to) of neighbours in `order` of whom nobody is surely ahead of another; at least two long, none inside another."""
    sorted_, found = sure[np.ix_(order, order)] | sure[np.ix_(order, order)].T, list[tuple[int, int]]()
    end = 0
    for start in range(len(order)):
        end = max(end, start)
        while end + 1 < len(order) and not sorted_[start : end + 1, end + 1].any():
            end += 1
        if end > start and (not found or end > found[-1][1]):
            found.append((start, end))
    return found


def separability(low: ArrayLike, high: ArrayLike) -> float | None:
    """The share of pairs whose intervals do not touch; None with fewer than two. Source: Li et al. 2024, arXiv 2406.11939."""
    lows, highs = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    if len(lows) < 2:
        return None
    apart = lows[:, None] > highs[None, :]
    return float(apart.sum()) / (len(lows) * (len(lows) - 1) / 2.0)
