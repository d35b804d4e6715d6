"""The Bradley-Terry fit of counted battles by Newton's method, and its sandwich covariance.

P(i beats j) = 1 / (1 + e^-(theta_i - theta_j)); theta is centred at 0. Everything here supposes that the maximum exists (see ratings_graph).
"""

import math
from typing import Any

import msgspec
import numpy as np

from assay.core.errors import AssayError, UsageError
from assay.stats.clusters import Floats
from assay.stats.ratings_counts import Battles, Counts
from assay.stats.ratings_ties import Slopes, Ties, slopes, start

SCALE = 400.0 / math.log(10.0)
"""Rating points per unit of theta: 400 points are odds of ten to one."""

CENTRE = 1000.0
MOST = 5000  # competitors whose covariance is held at once: 200 MB a matrix
_DENSE = 64  # competitors above which Newton's equations are solved by conjugate gradients: small threaded solves wait for each other
_SWEPT = 150  # parameters up to which an inverse is found without LAPACK
_STEPS = 100
_CELLS = 4_000_000


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """`theta` (K,) centred at 0; `tie` the tie parameter; `bread` (K + E, K + E) the inverse information, E = 1 with a tie parameter; `covariance` (K, K)
    of theta; `groups` the clusters it stands on, None without; `robust` False where the votes show no spread and the covariance is the inverse information."""

    theta: Any
    tie: float
    bread: Any
    covariance: Any
    ties: Ties
    groups: int | None = None
    robust: bool = True


def maximum(counts: Counts, ties: Ties = "half", begin: Floats | None = None) -> tuple[Floats, float]:
    """(theta centred at 0, tie parameter) of the largest likelihood. Raises AssayError where it does not exist."""
    n = three(counts.n)
    theta = np.zeros(counts.count) if begin is None else begin.copy()
    tie = start(ties, float(n[:, 2].sum() / n.sum())) if ties != "half" else 0.0
    here, value = _at(counts, n, ties, theta, tie)
    for _ in range(_STEPS):
        step, tie_step, gain = _newton(counts, n, ties, here)
        if gain < 1e-12 * max(1.0, abs(value)) and float(np.abs(step).max(initial=0.0)) < 1e-7:
            return theta - theta.mean(), tie
        size, new = 1.0, -math.inf
        while size > 1e-6:
            here, new = _at(counts, n, ties, theta + size * step, tie + size * tie_step)
            if new >= value - 1e-13 * abs(value):
                break
            size *= 0.5
        theta, tie, value = theta + size * step, tie + size * tie_step, new
        theta -= theta.mean()
    raise AssayError("The ratings do not converge.", remedy="Is there a competitor who won or lost everything?")


def three(n: Floats) -> Floats:
    """Counts of i won, j won, neither: a battle in which both were bad is a tie to every model of ties."""
    return np.stack([n[:, 0], n[:, 1], n[:, 2] + n[:, 3]], axis=1)


def _at(counts: Counts, n: Floats, ties: Ties, theta: Floats, tie: float) -> tuple[Slopes, float]:
    found = slopes(ties, theta[counts.i] - theta[counts.j], tie)
    return found, float((n[n > 0.0] * found.value[n > 0.0]).sum())


def _newton(counts: Counts, n: Floats, ties: Ties, here: Slopes) -> tuple[Floats, float, float]:
    """The step in theta and in the tie parameter, and twice the gain it promises."""
    slope = _to_competitors(counts, (n * here.d).sum(axis=1))
    if counts.count > _DENSE and ties == "half":
        step = _conjugate(counts, -(n * here.dd).sum(axis=1), slope)
        return step, 0.0, float(slope @ step)
    extra = [] if ties == "half" else [float((n * here.t).sum())]
    full = np.append(slope, extra)
    step = np.linalg.solve(_pinned(information(counts, n, here, ties), counts.count), full)
    return step[: counts.count], float(step[-1]) if extra else 0.0, float(full @ step)


def _to_competitors(counts: Counts, per_pair: Floats) -> Floats:
    """What each pair says for i and against j, summed per competitor."""
    size = counts.count
    total = np.bincount(counts.i, weights=per_pair, minlength=size) - np.bincount(counts.j, weights=per_pair, minlength=size)
    return total.astype(np.float64, copy=False)


def information(counts: Counts, n: Floats, here: Slopes, ties: Ties) -> Floats:
    """The observed information, (K, K), with a row more for the tie parameter. Rows of theta sum to 0."""
    size = counts.count
    curve = -(n * here.dd).sum(axis=1)
    found = laplacian(counts.i, counts.j, curve, size)
    if ties == "half":
        return found
    cross = _to_competitors(counts, -(n * here.dt).sum(axis=1))
    return np.block([[found, cross[:, None]], [cross[None, :], np.array([[-(n * here.tt).sum()]])]])


def laplacian(i: Any, j: Any, weights: Floats, size: int) -> Floats:
    """sum of w (e_i - e_j)(e_i - e_j)^T over the pairs, each of which comes once."""
    found = np.zeros((size, size))
    found[i, j] = found[j, i] = -weights
    found[np.arange(size), np.arange(size)] = -found.sum(axis=1)
    return found


def _pinned(matrix: Floats, size: int) -> Floats:
    """The matrix with its free direction, all theta alike, held fast: its inverse is the pseudo-inverse but for that direction."""
    pinned: Floats = matrix.copy()
    pinned[:size, :size] += max(float(np.trace(matrix[:size, :size])), 1e-300) / size**2
    return pinned


def inverse(matrix: Floats, size: int) -> Floats:
    """The pseudo-inverse of an information matrix whose theta block has all theta alike as its only free direction."""
    pinned = _pinned(matrix, size)
    found = _swept(pinned) if len(pinned) <= _SWEPT else np.asarray(np.linalg.inv(pinned), dtype=np.float64)
    block = found[:size, :size]
    block -= block.mean(axis=0, keepdims=True)
    block -= block.mean(axis=1, keepdims=True)
    return found


def _swept(matrix: Floats) -> Floats:
    """The inverse of a positive definite matrix by Gauss and Jordan. LAPACK's threads take up to 50 times as long where other processes hold the cores."""
    found = matrix.copy()
    for k in range(len(found)):
        pivot, column = found[k, k], found[:, k].copy()
        row = found[k] / pivot
        found -= column[:, None] * row
        found[k], found[:, k] = row, -column / pivot
        found[k, k] = 1.0 / pivot
    return found


def _conjugate(counts: Counts, weights: Floats, target: Floats) -> Floats:
    """Solves the Laplacian system of many competitors by conjugate gradients, preconditioned by its diagonal."""
    size = counts.count
    diagonal = np.bincount(counts.i, weights=weights, minlength=size) + np.bincount(counts.j, weights=weights, minlength=size)
    rest: Floats = target.copy()
    found = np.zeros(size)
    ready = rest / diagonal
    way, dot = ready.copy(), float(rest @ ready)
    for _ in range(20 * size):
        if dot <= 1e-24 * max(1.0, float(target @ (target / diagonal))):
            break
        pushed = _to_competitors(counts, weights * (way[counts.i] - way[counts.j]))
        step = dot / float(way @ pushed)
        found += step * way
        rest -= step * pushed
        ready = rest / diagonal
        dot, before = float(rest @ ready), dot
        way = ready + dot / before * way
    centred: Floats = found - found.mean()
    return centred


def fit(counts: Counts, battles: Battles | None = None, *, ties: Ties = "half") -> Fit:
    """Ratings with their sandwich covariance H^-1 G H^-1: battles independent, or, where `battles` carry clusters, those of a cluster together.

    Source: White 1982; Liang and Zeger 1986 for clusters, with the factor C / (C - 1).
    """
    if counts.count > MOST:
        raise UsageError(f"{counts.count:,} competitors are too many: {MOST:,} at most.", remedy="Rate those who matter most.")
    theta, tie = maximum(counts, ties)
    n, here = three(counts.n), slopes(ties, theta[counts.i] - theta[counts.j], tie)
    bread = inverse(information(counts, n, here, ties), counts.count)
    clustered = battles is not None and battles.clusters is not None
    meat, groups = clustered_meat(battles, theta, tie, ties) if battles is not None and clustered else (_meat(counts, here, ties), None)
    # All battles tied, or all of one cluster: the scores have no spread at all, and a sandwich of nothing would be an interval of no width.
    robust = bool(
        np.trace(meat[: counts.count, : counts.count]) > 1e-9 * np.trace(information(counts, n, here, ties)[: counts.count, : counts.count])
    )
    covariance = bread @ meat @ bread if robust else bread
    return Fit(
        theta=theta, tie=tie, bread=bread, covariance=covariance[: counts.count, : counts.count], ties=ties, groups=groups, robust=robust
    )


def _meat(counts: Counts, here: Slopes, ties: Ties) -> Floats:
    """G of independent battles: a sum over the outcomes of each pair, by their squared weights."""
    n = three(counts.squares)
    found = laplacian(counts.i, counts.j, (n * here.d**2).sum(axis=1), counts.count)
    if ties == "half":
        return found
    cross = _to_competitors(counts, (n * here.d * here.t).sum(axis=1))
    return np.block([[found, cross[:, None]], [cross[None, :], np.array([[(n * here.t**2).sum()]])]])


def clustered_meat(battles: Battles, theta: Floats, tie: float, ties: Ties) -> tuple[Floats, int]:
    """G = sum over clusters of the outer product of their summed scores, with C / (C - 1); and C."""
    here = slopes(ties, theta[battles.a] - theta[battles.b], tie)
    rows, column = np.arange(battles.size), np.minimum(battles.outcome, 2)
    weights = 1.0 if battles.weights is None else battles.weights
    d, extras = weights * here.d[rows, column], [] if ties == "half" else [weights * here.t[rows, column]]
    return summed_outer(battles, d, extras)


def summed_outer(battles: Battles, d: Floats, extras: list[Floats]) -> tuple[Floats, int]:
    """The clustered G of scores d (e_a - e_b) with further parameters `extras`, each (n,); clusters a block at a time."""
    size, codes = battles.count, battles.clusters
    width, groups = size + len(extras), int(codes.max()) + 1
    order = np.argsort(codes, kind="stable")
    a, b, codes, d = battles.a[order], battles.b[order], codes[order], d[order]
    extras = [each[order] for each in extras]
    block, meat = max(1, _CELLS // width), np.zeros((width, width))
    for first in range(0, groups, block):
        low, high = np.searchsorted(codes, [first, first + block])
        local, last = (codes[low:high] - first) * width, min(block, groups - first) * width
        sums = np.bincount(local + a[low:high], weights=d[low:high], minlength=last)
        sums -= np.bincount(local + b[low:high], weights=d[low:high], minlength=last)
        for column, each in enumerate(extras, size):
            sums += np.bincount(local + column, weights=each[low:high], minlength=last)
        table = sums.reshape(-1, width)
        meat += table.T @ table
    return (meat * (groups / (groups - 1.0)) if groups > 1 else np.zeros_like(meat)), groups
