"""Battles as integer arrays, and as the counts of each pair: all that ratings need."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError
from assay.stats.clusters import Floats, cluster_codes

Ints = NDArray[np.intp]

OUTCOMES = ("a", "b", "tie", "both_bad")
"""What the outcome codes 0 to 3 mean."""

_TABLE = 1 << 24  # cells up to which battles are counted in one table of all ordered pairs
_FLOOR = 50.0


class Battles(msgspec.Struct, frozen=True, kw_only=True):
    """Battles of `count` competitors. `a`, `b` (n,): competitors 0..count-1; `outcome` (n,): 0 a won, 1 b won, 2 tie, 3 both bad;
    `weights` (n,) or None; `clusters` (n,): which battles belong together (a prompt, a voter), as 0..C-1, or None."""

    a: Any
    b: Any
    outcome: Any
    count: int
    weights: Any = None
    clusters: Any = None

    @property
    def size(self) -> int:
        """How many battles."""
        return len(self.a)

    def only(self, kept: Any) -> "Battles":
        """The battles at `kept` (a mask or positions)."""
        parts = {name: None if (part := getattr(self, name)) is None else part[kept] for name in ("weights", "clusters")}
        return Battles(a=self.a[kept], b=self.b[kept], outcome=self.outcome[kept], count=self.count, **parts)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in each pair that met. `i`, `j` (P,), i < j; `n` (P, 4): weights of i won, j won, tie, both bad; `squares` the same of
    squared weights; `battles` (P, 4) how many battles."""

    i: Any
    j: Any
    n: Any
    squares: Any
    battles: Any
    count: int

    @property
    def met(self) -> Floats:
        """How many battles of each pair, shape (P,)."""
        total: Floats = self.battles.sum(axis=1)
        return total

    def outcomes(self) -> NDArray[np.int64]:
        """Per competitor: battles won, lost, tied, both bad; shape (count, 4)."""
        found = np.zeros((self.count, 4))
        for side, order in ((self.i, [0, 1, 2, 3]), (self.j, [1, 0, 2, 3])):
            for column, source in enumerate(order):
                found[:, column] += np.bincount(side, weights=self.battles[:, source], minlength=self.count)
        return found.round().astype(np.int64)

    def within(self, kept: NDArray[np.bool_]) -> "Counts":
        """The pairs both of whose competitors are kept, renumbered in their order."""
        numbers, rows = np.cumsum(kept) - 1, kept[self.i] & kept[self.j]
        return Counts(
            i=numbers[self.i[rows]], j=numbers[self.j[rows]], n=self.n[rows], squares=self.squares[rows], battles=self.battles[rows],
            count=int(kept.sum()),
        )  # fmt: skip

    def with_counts(self, battles: Floats) -> "Counts":
        """The same pairs with other numbers of unweighted battles."""
        return msgspec.structs.replace(self, n=battles, squares=battles, battles=battles)


def battles_of(
    a: ArrayLike,
    b: ArrayLike,
    outcome: ArrayLike,
    count: int | None = None,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> Battles:
    """Checked battles. `count` competitors (default: the highest number named, and one). `clusters`: any labels.

    Raises UsageError for arrays that do not fit, a battle of a competitor with itself, a code that is no outcome, a weight that is not positive.
    """
    first, second, codes = (_integers(name, each) for name, each in (("a", a), ("b", b), ("outcome", outcome)))
    if not len(first) == len(second) == len(codes):
        raise UsageError(f"Every battle needs a, b and an outcome, not {len(first)}, {len(second)} and {len(codes)} of them.")
    highest = 1 + max(int(first.max()), int(second.max())) if len(first) else 0
    count = highest if count is None else count
    if len(first):
        if min(int(first.min()), int(second.min())) < 0 or highest > count:
            raise UsageError(f"Competitors are numbered from 0 to {count - 1}.")
        if int(codes.min()) < 0 or int(codes.max()) > 3:
            raise UsageError("An outcome is 0 (a won), 1 (b won), 2 (tie) or 3 (both bad).")
        if bool((first == second).any()):
            raise UsageError("A battle of a competitor with itself says nothing.", remedy="Leave it out.")
    given = None
    if weights is not None:
        given = np.asarray(weights, dtype=np.float64)
        if given.shape != first.shape or not bool((np.isfinite(given) & (given > 0.0)).all()):
            raise UsageError("There must be one finite, positive weight per battle.")
    groups = None if clusters is None else cluster_codes(clusters, len(first))[0]
    return Battles(a=first, b=second, outcome=codes, count=count, weights=given, clusters=groups)


def _integers(name: str, values: ArrayLike) -> Ints:
    array: NDArray[Any] = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise UsageError(f"'{name}' must be one flat array of whole numbers, not {array.dtype} of shape {array.shape}.")
    return array.astype(np.intp, copy=False)


def counted(battles: Battles) -> Counts:
    """Battles as counts of pairs, in whichever order the two were shown."""
    count, table = battles.count, battles.count * battles.count * 4
    if table > _TABLE:
        return _counted_sparsely(battles)
    keys = (battles.a * count + battles.b) * 4 + battles.outcome
    found: list[Floats] = []
    for weights in (None, battles.weights, None if battles.weights is None else battles.weights**2):
        if weights is None and found:
            found.append(found[0])
            continue
        ordered = np.bincount(keys, weights=weights, minlength=table).reshape(count, count, 4).astype(np.float64, copy=False)
        found.append(ordered + ordered.transpose(1, 0, 2)[:, :, [1, 0, 2, 3]])
    i, j = np.nonzero(np.triu(found[0].sum(axis=2), 1))
    return Counts(i=i, j=j, battles=found[0][i, j], n=found[1][i, j], squares=found[2][i, j], count=count)


def _counted_sparsely(battles: Battles) -> Counts:
    """The same where a table of all pairs would be too large."""
    swapped = battles.a > battles.b
    low, high = np.minimum(battles.a, battles.b), np.maximum(battles.a, battles.b)
    codes = np.where(swapped & (battles.outcome < 2), 1 - battles.outcome, battles.outcome)
    pairs, rows = np.unique(low * battles.count + high, return_inverse=True)
    keys, shape = rows * 4 + codes, (len(pairs), 4)
    weights = np.ones(battles.size) if battles.weights is None else battles.weights
    n, squares, plain = (np.bincount(keys, weights=each, minlength=len(pairs) * 4).reshape(shape) for each in (weights, weights**2, None))
    return Counts(
        i=pairs // battles.count, j=pairs % battles.count, n=n, squares=squares, battles=plain.astype(np.float64), count=battles.count
    )


def balanced(battles: Battles) -> Battles:
    """Each battle weighted by 1 / max(battles of its pair, 50), so that pairs that met often do not rule the rating."""
    keys = np.minimum(battles.a, battles.b) * battles.count + np.maximum(battles.a, battles.b)
    _, rows, met = np.unique(keys, return_inverse=True, return_counts=True)
    weights = (1.0 / np.maximum(met, _FLOOR))[rows.reshape(-1)]
    return msgspec.structs.replace(battles, weights=weights if battles.weights is None else weights * battles.weights)
