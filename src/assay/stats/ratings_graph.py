"""Who can be rated at all: those whom wins and losses connect both ways. For all others the likelihood has no maximum (Ford 1957)."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.stats.ratings_counts import Counts

Mask = NDArray[np.bool_]


class Unrated(msgspec.Struct, frozen=True, kw_only=True):
    """Why a competitor has no rating, and the battle that would help."""

    reason: str
    remedy: str


class _Edges:
    """Whom each competitor has taken something from: a win, or its share of a tie; and the other way round."""

    def __init__(self, counts: Counts) -> None:
        tied = counts.n[:, 2] + counts.n[:, 3] > 0.0
        for_i, for_j = tied | (counts.n[:, 0] > 0.0), tied | (counts.n[:, 1] > 0.0)
        self.count = counts.count
        self.source = np.concatenate([counts.i[for_i], counts.j[for_j]])
        self.target = np.concatenate([counts.j[for_i], counts.i[for_j]])

    def reached(self, start: Mask, *, backwards: bool = False) -> Mask:
        """Everybody who is at the end of a chain from `start`, `start` among them."""
        source, target = (self.target, self.source) if backwards else (self.source, self.target)
        found = start.copy()
        while True:
            fresh = target[found[source] & ~found[target]]
            if not len(fresh):
                return found
            found[fresh] = True


def components(counts: Counts) -> NDArray[np.intp]:
    """The strongly connected component of each competitor, as labels of shape (count,)."""
    edges, labels = _Edges(counts), np.full(counts.count, -1, dtype=np.intp)
    for label in range(counts.count):
        rest = np.flatnonzero(labels < 0)
        if not len(rest):
            break
        start = np.zeros(counts.count, dtype=np.bool_)
        start[rest[np.argmax(_activity(counts)[rest])]] = True
        labels[edges.reached(start) & edges.reached(start, backwards=True)] = label
    return labels


def _activity(counts: Counts) -> Any:
    met = counts.met
    return np.bincount(counts.i, weights=met, minlength=counts.count) + np.bincount(counts.j, weights=met, minlength=counts.count)


def rateable(counts: Counts) -> Mask:
    """The largest group whose members wins and losses connect both ways (of several as large, the one with most battles); nobody where no
    group has two members."""
    labels = components(counts)
    sizes = np.bincount(labels, minlength=1)
    battles = np.bincount(labels, weights=_activity(counts), minlength=len(sizes))
    best = max(range(len(sizes)), key=lambda label: (sizes[label], battles[label]))
    return labels == best if sizes[best] > 1 else np.zeros(counts.count, dtype=np.bool_)


def unrated(counts: Counts, rated: Mask, names: Sequence[str], order: Sequence[int]) -> dict[int, Unrated]:
    """Why each competitor outside `rated` has no rating, and what would give it one. `order`: the rated, best first."""
    if not rated.any():
        return _one_way(counts, names)
    edges, outcomes = _Edges(counts), counts.outcomes()
    below, above = edges.reached(rated), edges.reached(rated, backwards=True)
    busiest = names[max(order, key=lambda each: int(outcomes[each].sum()))]
    best, last, found = names[order[0]], names[order[-1]], {}
    for each in np.flatnonzero(~rated):
        won, lost, *level = (int(value) for value in outcomes[each])
        if won + lost + sum(level) == 0:
            why = Unrated(reason="it was in no battle", remedy=f"Let it meet {busiest}: a win and a loss, or a tie.")
        elif above[each]:
            all_won = (
                f"it won {_all(won)}"
                if won and not lost + sum(level)
                else "neither it nor those it lost to or tied with ever lost to one of the rated"
            )
            why = Unrated(
                reason=f"{all_won}: nothing bounds its rating from above", remedy=f"A battle against {best} that it does not win."
            )
        elif below[each]:
            all_lost = (
                f"it lost {_all(lost)}"
                if lost and not won + sum(level)
                else "neither it nor those it beat or tied with ever beat one of the rated"
            )
            why = Unrated(
                reason=f"{all_lost}: nothing bounds its rating from below", remedy=f"A battle against {last} that it does not lose."
            )
        else:
            joined = f"no chain of battles joins it with the {int(rated.sum())} that are rated"
            why = Unrated(reason=joined, remedy=f"Battles against {busiest}: a win and a loss, or a tie.")
        found[int(each)] = why
    return found


def _one_way(counts: Counts, names: Sequence[str]) -> dict[int, Unrated]:
    """Nobody can be rated: every battle goes one way, so any distance between two fits the votes."""
    outcomes, found = counts.outcomes(), {}
    won, lost = counts.n[:, 0] > 0.0, counts.n[:, 1] > 0.0
    for each in range(counts.count):
        below = np.concatenate([counts.j[won & (counts.i == each)], counts.i[lost & (counts.j == each)]])
        above = np.concatenate([counts.j[lost & (counts.i == each)], counts.i[won & (counts.j == each)]])
        if not len(below) and not len(above):
            found[each] = Unrated(reason="it was in no battle", remedy="Let it meet one of the others: a win and a loss, or a tie.")
            continue
        what = f"it won {_all(int(outcomes[each, 0]))}" if not len(above) else ""
        what = what or (
            f"it lost {_all(int(outcomes[each, 1]))}" if not len(below) else "every battle goes one way: whom it beat never beat it"
        )
        rival, wanted = (int(below[0]), "win") if len(below) else (int(above[0]), "lose")
        found[each] = Unrated(
            reason=f"{what}, so any distance fits the votes", remedy=f"A battle against {names[rival]} that it does not {wanted}."
        )
    return found


def _all(battles: int) -> str:
    return "its one battle" if battles == 1 else f"all its {battles:,} battles"
