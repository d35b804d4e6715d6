"""How few votes hold rank 1 up: the smallest number found whose removal puts somebody else in front."""

from collections.abc import Iterator

import msgspec
import numpy as np

from assay.stats.clusters import Floats
from assay.stats.ratings_counts import Counts
from assay.stats.ratings_fit import Fit, information, inverse, maximum, three
from assay.stats.ratings_graph import components
from assay.stats.ratings_ties import Ties, slopes

_RIVALS = 5  # candidates for rank 1 that are looked at, those the linear estimate finds nearest


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """Removing `votes` battles puts competitor `rival` in front of `leader`; `cells` says which: (i, j, outcome 0 to 3 as i sees it, how many)."""

    votes: int
    leader: int
    rival: int
    cells: tuple[tuple[int, int, int, int], ...]


def smallest_removal(counts: Counts, fitted: Fit) -> Removal | None:
    """The fewest battles found whose removal changes rank 1, by the influence of each on the gap and then by refitting; None where none was found.

    It is a set that was refitted without, so no more are needed; that none is smaller is not proved. Needs unweighted battles.
    Source: Broderick, Giordano and Meager 2020, arXiv 2011.14999; for rankings Huang et al. 2025, arXiv 2508.11847.
    """
    leader = int(np.argmax(fitted.theta))
    if counts.count < 2:
        return None
    linear = sorted(
        (votes, rival) for rival in range(counts.count) if rival != leader and (votes := _linear(counts, fitted, leader, rival)) is not None
    )
    best: Removal | None = None
    for votes, rival in linear[:_RIVALS]:
        if best is not None and votes > 1.5 * best.votes:
            break
        found = _verified(counts, fitted, leader, rival, best.votes if best else None)
        best = found if found is not None and (best is None or found.votes < best.votes) else best
    return best


def _influence(counts: Counts, fitted: Fit, leader: int, rival: int) -> Floats:
    """By how much removing one battle of each pair and outcome moves theta_rival - theta_leader, (P, 4), to first order."""
    here = slopes(fitted.ties, fitted.theta[counts.i] - fitted.theta[counts.j], fitted.tie)
    way = fitted.bread[rival] - fitted.bread[leader]
    pull = (way[counts.i] - way[counts.j])[:, None] * here.d
    if len(way) > counts.count:
        pull = pull + way[counts.count] * here.t
    found: Floats = -pull[:, [0, 1, 2, 2]]
    return found


def _linear(counts: Counts, fitted: Fit, leader: int, rival: int) -> int | None:
    """How many battles the influences say."""
    pull, available = _influence(counts, fitted, leader, rival).ravel(), counts.battles.ravel()
    order = np.argsort(-pull)
    order = order[(pull[order] > 0.0) & (available[order] > 0.0)]
    gap = float(fitted.theta[leader] - fitted.theta[rival])
    total = np.cumsum(pull[order] * available[order])
    at = int(np.searchsorted(total, gap))
    if at >= len(order):
        return None
    before = float(total[at - 1]) if at else 0.0
    return int(available[order[:at]].sum() + np.floor((gap - before) / pull[order[at]]) + 1)


def _verified(counts: Counts, fitted: Fit, leader: int, rival: int, most: int | None) -> Removal | None:
    """Battles are taken out in steps, the influences reckoned anew after each, until a refit puts another in front; the last step is then
    shortened to what it needs."""
    left, taken = counts, np.zeros_like(counts.battles)
    for now, room in _steps(counts, fitted, leader, rival):
        left, taken = now, counts.battles - now.battles
        if room is None:
            break
        if most is not None and taken.sum() >= most:
            return None
    else:
        return None
    rows, outcomes = np.nonzero(taken)
    cells = tuple((int(counts.i[row]), int(counts.j[row]), int(o), int(taken[row, o])) for row, o in zip(rows, outcomes, strict=True))
    theta, _ = maximum(left, fitted.ties, fitted.theta)
    return Removal(votes=int(taken.sum()), leader=leader, rival=int(np.argmax(theta)), cells=cells)


def _steps(counts: Counts, fitted: Fit, leader: int, rival: int) -> Iterator[tuple[Counts, int | None]]:
    """(what is left, None once rank 1 has changed) after each step of removing."""
    left, now = counts, fitted
    for _ in range(60):
        needed = _linear(left, now, leader, rival)
        if needed is None:
            return
        order = _order(left, now, leader, rival)
        # Half of what seems needed, so that the influences stay true; the last few one by one.
        size = max(1, needed // 2) if needed > 3 else needed
        following = _without(left, order, size)
        if not _is_whole(following):
            return
        changed = _refitted(following, now.ties, now.theta)
        if changed.theta[leader] < changed.theta.max():
            yield _shortened(left, order, size, leader, now), None
            return
        left, now = following, changed
        yield left, needed


def _order(counts: Counts, fitted: Fit, leader: int, rival: int) -> list[tuple[int, int]]:
    """Pairs and outcomes whose removal helps the rival, most first."""
    pull = _influence(counts, fitted, leader, rival)
    return [(int(at) // 4, int(at) % 4) for at in np.argsort(-pull, axis=None) if pull.flat[at] > 0.0]


def _without(counts: Counts, order: list[tuple[int, int]], votes: int) -> Counts:
    battles = counts.battles.copy()
    for row, outcome in order:
        taken = min(votes, battles[row, outcome])
        battles[row, outcome] -= taken
        votes -= int(taken)
        if votes <= 0:
            break
    return counts.with_counts(battles)


def _shortened(counts: Counts, order: list[tuple[int, int]], enough: int, leader: int, fitted: Fit) -> Counts:
    """The fewest of a step's removals that still put another in front, by halving."""
    low, high = 0, enough
    while high - low > 1:
        middle = (low + high) // 2
        theta, _ = maximum(_without(counts, order, middle), fitted.ties, fitted.theta)
        low, high = (low, middle) if theta[leader] < theta.max() else (middle, high)
    return _without(counts, order, high)


def _is_whole(counts: Counts) -> bool:
    """Whether everybody can still be rated."""
    return int(components(counts).max()) == 0


def _refitted(counts: Counts, ties: Ties, begin: Floats) -> Fit:
    theta, tie = maximum(counts, ties, begin)
    n, here = three(counts.n), slopes(ties, theta[counts.i] - theta[counts.j], tie)
    bread = inverse(information(counts, n, here, ties), counts.count)
    return Fit(theta=theta, tie=tie, bread=bread, covariance=bread[: counts.count, : counts.count], ties=ties)
