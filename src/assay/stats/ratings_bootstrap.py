"""Bootstrap intervals of ratings: battles drawn anew as counts of pairs and outcomes, all resamples fitted together."""

from collections.abc import Iterator

import numpy as np

from assay.stats.clusters import Floats
from assay.stats.ratings_counts import Battles, Counts
from assay.stats.ratings_fit import three
from assay.stats.ratings_ties import slopes

RESAMPLES = 1000
_CELLS = 8_000_000
_FAR = 12.0
"""A difference in theta beyond this is no maximum any more: in that resample somebody won or lost everything."""


def bootstrap(
    counts: Counts,
    theta: Floats,
    tie: float,
    *,
    battles: Battles | None = None,
    ties: str = "half",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Floats:
    """theta of each resample that has a maximum, (R', K), centred.

    Without clusters a multinomial draw over the pairs and outcomes; where `battles` carry clusters, whole clusters are drawn. Weights go along.
    """
    random = np.random.default_rng(seed)
    clustered = battles is not None and battles.clusters is not None
    draws = _clusters(battles, counts, random) if battles is not None and clustered else _cells(counts, random)
    rows, found, left = max(1, _CELLS // max(counts.count**2, counts.n.size)), [], resamples
    while left:
        block = min(rows, left)
        drawn = np.stack([next(draws) for _ in range(block)])
        found.append(_fitted(counts, drawn, theta, tie, ties))
        left -= block
    return np.concatenate(found)


def _cells(counts: Counts, random: np.random.Generator) -> Iterator[Floats]:
    total, weight = counts.battles.sum(), np.divide(counts.n, counts.battles, out=np.zeros_like(counts.n), where=counts.battles > 0.0)
    share = (counts.battles / total).ravel()
    while True:
        yield random.multinomial(int(total), share).reshape(counts.n.shape) * weight


def _clusters(battles: Battles, counts: Counts, random: np.random.Generator) -> Iterator[Floats]:
    """Draws of whole clusters; the pairs of a resample are those of `counts`, in its order."""
    size, groups = battles.count, int(battles.clusters.max()) + 1
    at = np.full(size * size, -1, dtype=np.intp)
    at[counts.i * size + counts.j] = np.arange(len(counts.i))
    swapped = battles.a > battles.b
    pair = at[np.minimum(battles.a, battles.b) * size + np.maximum(battles.a, battles.b)]
    cell = pair * 4 + np.where(swapped & (battles.outcome < 2), 1 - battles.outcome, battles.outcome)
    weights = np.ones(battles.size) if battles.weights is None else battles.weights
    while True:
        times = np.bincount(random.integers(0, groups, groups), minlength=groups)
        yield np.bincount(cell, weights=weights * times[battles.clusters], minlength=counts.n.size).reshape(counts.n.shape)


def _fitted(counts: Counts, drawn: Floats, theta: Floats, tie: float, ties: str) -> Floats:
    """Newton's method on (R, P, 4) counts at once, from the fit of all battles; resamples without a maximum are left out."""
    size, resamples = counts.count, len(drawn)
    n = np.stack([three(each) for each in drawn])
    extra = 0 if ties == "half" else 1
    now = np.tile(np.append(theta, [tie] if extra else []), (resamples, 1))
    step = np.zeros_like(now)
    for _ in range(25):
        full, information = _system(counts, n, now, ties)
        step = np.linalg.solve(information, full[:, :, None])[:, :, 0]
        largest = np.abs(step).max(axis=1)
        now = now + step * np.minimum(1.0, 2.0 / np.maximum(largest, 2.0))[:, None]
        now[:, :size] -= now[:, :size].mean(axis=1, keepdims=True)
        now = np.clip(now, -60.0, 60.0)
        if float(largest.max()) < 1e-7:
            break
    spread = now[:, :size].max(axis=1) - now[:, :size].min(axis=1)
    reach = max(_FAR, 2.0 * float(theta.max() - theta.min()))
    kept: Floats = now[(np.abs(step).max(axis=1) < 1e-4) & (spread < reach)][:, :size]
    return kept


def _system(counts: Counts, n: Floats, now: Floats, ties: str) -> tuple[Floats, Floats]:
    """Slopes (R, K + E) and pinned information matrices (R, K + E, K + E)."""
    size, width, rows = counts.count, now.shape[1], np.arange(len(now))
    shape = (len(now), len(counts.i), 3)
    flat = (now[:, counts.i] - now[:, counts.j]).ravel()
    parts = [slopes(ties, flat, 0.0)] if ties == "half" else None  # type: ignore[arg-type]
    if parts is None:
        each = [slopes(ties, now[row, counts.i] - now[row, counts.j], float(now[row, size])) for row in rows]  # type: ignore[arg-type]
        d, t, dd, dt, tt = (np.stack([getattr(one, name) for one in each]) for name in ("d", "t", "dd", "dt", "tt"))
    else:
        d, dd = parts[0].d.reshape(shape), parts[0].dd.reshape(shape)
    pull, curve = (n * d).sum(axis=2), -(n * dd).sum(axis=2)
    full, information = np.zeros((len(now), width)), np.zeros((len(now), width, width))
    incidence = np.zeros((len(counts.i), size))
    incidence[np.arange(len(counts.i)), counts.i], incidence[np.arange(len(counts.i)), counts.j] = 1.0, -1.0
    full[:, :size] = pull @ incidence
    information[:, counts.i, counts.j] = information[:, counts.j, counts.i] = -curve
    information[:, np.arange(size), np.arange(size)] = curve @ np.abs(incidence)
    if parts is None:
        full[:, size] = (n * t).sum(axis=(1, 2))
        information[:, :size, size] = information[:, size, :size] = -(n * dt).sum(axis=2) @ incidence
        information[:, size, size] = -(n * tt).sum(axis=(1, 2))
    information[:, :size, :size] += (curve.sum(axis=1) / size**2 + 1e-9)[:, None, None]
    information[:, np.arange(size), np.arange(size)] += 1e-9
    return full, information
