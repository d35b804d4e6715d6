"""Confidence sequences: an interval of a mean that may be looked at after every value, as often as one likes, and holds at all looks together.

For each candidate mean m somebody bets against it. With constant bets the gambler's capital is the product of 1 - b + b x / m over the
values x (in 0..1): where m is the mean, it never grows on average, so it reaches 2 / alpha with a chance of at most alpha / 2 however long
one plays (Ville 1939). All m against which the capital got that far are excluded from below; from above the same is played with 1 - x and
1 - m. Fourteen bets b share the capital, for nobody knows the best one.
Source: Waudby-Smith & Ramdas 2024, "Estimating means of bounded random variables by betting" (hedged capital, diversified constant bets,
and its part on sampling without replacement).
"""

from math import log

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values, cluster_sums

BETS: Floats = 0.97 * 0.5 ** np.arange(14.0)
"""The shares of the capital that are bet; the best one for n values with spread s is about m sqrt(10 / n) / s."""

LATTICE = 256
"""Values are kept as counts on this many steps of 0..1, one between two steps as a share of both: the logarithm is concave, so that can
only lower the capital, and by less than anybody can see (about 1e-6 of the width)."""

HALVINGS = 40


class FiniteSet(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn from without putting back: `units` (samples, or clusters of them) that hold `samples` in all."""

    units: int
    samples: int


class MeanSequence:
    """The confidence sequence of a mean, fed look by look; each look costs the same, however much was seen before.

    By default the mean is the population's, of which the samples are a random part. With `of`, it is the mean of that finite set itself,
    from which the units are drawn in random order: with everything seen, nothing is left to know. `largest` is the size of the largest
    cluster there can be (1: no clusters); `bounds` the range of a value, `level` of all looks together.
    """

    def __init__(
        self, *, bounds: tuple[float, float] = (0.0, 1.0), level: float = 0.95, largest: int = 1, of: FiniteSet | None = None
    ) -> None:
        if not bounds[0] < bounds[1] or not np.isfinite(bounds).all():
            raise UsageError(f"A confidence sequence needs a finite range of values, not {bounds[0]:g} to {bounds[1]:g}.")
        if not 0.0 < level < 1.0:
            raise UsageError(f"The level of an interval lies between 0 and 1, not {level}.")
        self.bounds, self.level, self.largest, self.of = bounds, level, largest, of
        self.n = self.units = self.looks = 0
        self._sum = 0.0
        self._below, self._above = _Side(largest, of), _Side(largest, of)

    def add(self, sums: ArrayLike, sizes: ArrayLike | None = None, missing: ArrayLike | None = None) -> None:
        """One look's worth of units: the sum of each one's values and how many those are (shapes (k,); one each when None).

        `missing` counts the samples of a unit that have no value. For the population they are left out; in a finite set they could be
        anything, and the interval leaves room for that. Raises UsageError for a value beyond the bounds.
        """
        totals = as_values(sums)
        seen = np.ones(len(totals)) if sizes is None else as_values(sizes)
        lost = np.zeros(len(totals)) if missing is None else as_values(missing)
        if len(seen) != len(totals) or len(lost) != len(totals):
            raise UsageError(f"There must be one size for each of the {len(totals)} sums.")
        low, high = self.bounds
        hits = (totals - low * seen) / (high - low)
        slack = 1e-9 * np.maximum(seen, 1.0)
        if (hits < -slack).any() or (hits > seen + slack).any():
            raise UsageError(f"A value lies outside the range of this confidence sequence, {low:g} to {high:g}.")
        whole = seen + lost if self.of is not None else seen
        if whole.size and whole.max() > self.largest:
            raise UsageError(f"A cluster has {whole.max():g} samples, more than the largest there can be ({self.largest}).")
        hits = np.clip(hits, 0.0, seen)
        there = whole > 0
        self._below.add(hits[there], whole[there])
        self._above.add((seen - hits)[there], whole[there])
        self._sum += float(totals.sum())
        self.n += int(seen.sum())
        self.units += int((seen > 0).sum())
        self.looks += 1

    def estimate(self, *, coverage: float = 1.0) -> Estimate:
        """The mean so far with the interval that holds at every look."""
        if not self.n:
            return not_measurable("There is no value.", coverage=coverage)
        threshold = log(2.0 / (1.0 - self.level))
        low, high = self.bounds
        value = self._sum / self.n
        least = low + (high - low) * self._below.bound(threshold)
        most = high - (high - low) * self._above.bound(threshold)
        return Estimate(
            value=value,
            low=min(least, value),
            high=max(most, value),
            n=self.n,
            clusters=self.units,
            method="betting" + ("-set" if self.of is not None else "") + ("-clusters" if self.largest > 1 else ""),
            coverage=coverage,
            level=self.level,
        )


class _Block(msgspec.Struct, frozen=True):
    """Units that are bet on alike: values `x` of units of size `z` (both in units of the largest), `weight` times. Before them `hits` of
    `size` had been drawn and `left` units were left (infinitely many: a population)."""

    x: Floats
    z: Floats
    weight: Floats
    hits: float
    size: float
    left: float

    def growth(self, mean: float) -> Floats:
        """The logarithm of what each bet makes of its capital against a mean; infinite where that mean is impossible by now."""
        # What is left must have, on average, what the mean still lacks.
        lacking = 0.0 if self.left == np.inf else (self.hits - mean * self.size) / self.left
        centre = mean - lacking
        if centre <= 0.0:
            return np.full(len(BETS), np.inf if self.x.any() else -np.inf)
        gains = (self.x + mean * (1.0 - self.z)) / centre
        return np.asarray(np.log1p(BETS[:, None] * (gains[None, :] - 1.0)) @ self.weight)


class _Side:
    """The bets that a mean is larger than a candidate; fed with 1 - x it bets that the mean is smaller.

    A population needs one table of counts. Drawn from a finite set, each look is a block with its own centre: the mean of what was left
    when it began. Within a block that is kept, which is on the safe side: by Maclaurin's inequality the product of k draws without
    replacement is on average at most the k-th power of the mean of what is drawn from.
    """

    def __init__(self, largest: int, of: FiniteSet | None) -> None:
        self._largest, self._of = float(largest), of
        self._tables: dict[float, Floats] = {}
        self._blocks: list[_Block] = []
        self._drawn, self._hits, self._size = 0, 0.0, 0.0

    def add(self, hits: Floats, sizes: Floats) -> None:
        """Units of `sizes` samples with `hits` in them, 0 <= hits <= sizes."""
        if self._of is not None and len(hits):
            left = self._of.units - self._drawn
            if len(hits) > left or self._size + sizes.sum() > self._of.samples + 1e-9:
                raise UsageError(f"More was drawn than the {self._of.samples} samples of the set.")
            tables: dict[float, Floats] = {}
            self._count(tables, hits, sizes)
            self._blocks.append(self._block(tables, self._hits / self._largest, self._size / self._largest, float(left)))
        else:
            self._count(self._tables, hits, sizes)
        self._drawn += len(hits)
        self._hits += float(hits.sum())
        self._size += float(sizes.sum())

    def bound(self, threshold: float) -> float:
        """The least mean that is not excluded; the capital falls as the candidate grows, so it is found by halving."""
        least, most = 0.0, 1.0
        if self._of is not None:
            least = self._hits / self._of.samples
            most = 1.0 - (self._size - self._hits) / self._of.samples
        blocks = self._blocks if self._of is not None else [self._block(self._tables, 0.0, 0.0, float("inf"))]
        low, high = least, most
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            if self._capital(blocks, middle) >= threshold:
                low = middle
            else:
                high = middle
        return low

    def _capital(self, blocks: list[_Block], mean: float) -> float:
        grown = np.zeros(len(BETS))
        for block in blocks:
            grown += block.growth(mean)
        largest = float(grown.max())
        if not np.isfinite(largest):
            return largest
        return largest + log(float(np.exp(grown - largest).mean()))

    def _count(self, tables: dict[float, Floats], hits: Floats, sizes: Floats) -> None:
        for size in np.unique(sizes):
            share = hits[sizes == size] / size * LATTICE
            step = np.minimum(np.floor(share), LATTICE - 1).astype(np.intp)
            beyond = share - step
            table = tables.setdefault(float(size), np.zeros(LATTICE + 1))
            table += np.bincount(step, weights=1.0 - beyond, minlength=LATTICE + 1)
            table += np.bincount(step + 1, weights=beyond, minlength=LATTICE + 1)

    def _block(self, tables: dict[float, Floats], hits: float, size: float, left: float) -> _Block:
        x, z, weight = [], [], []
        for of, table in tables.items():
            steps = np.flatnonzero(table)
            z.append(np.full(len(steps), of / self._largest))
            x.append(steps / LATTICE * of / self._largest)
            weight.append(table[steps])
        empty = [np.zeros(0)]
        return _Block(np.concatenate(x or empty), np.concatenate(z or empty), np.concatenate(weight or empty), hits, size, left)


def mean_sequence(
    values: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    largest: int | None = None,
    of: FiniteSet | None = None,
    level: float = 0.95,
    coverage: float = 1.0,
) -> Estimate:
    """The mean of one value per sample, shape (n,), with an interval that holds however often it is looked at while n grows.

    `clusters`: labels, shape (n,); whole clusters must have been drawn, and `largest` is the size of the largest there can be (of those
    seen, when None). `of` makes it the mean of a finite set. Raises UsageError for values beyond the bounds.
    """
    sums, sizes = cluster_sums(as_values(values), clusters)
    most = int(sizes.max()) if largest is None and len(sizes) else largest or 1
    found = MeanSequence(bounds=bounds, level=level, largest=most, of=of)
    found.add(sums, sizes)
    return found.estimate(coverage=coverage)


def difference_sequence(
    a: ArrayLike,
    b: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    bounds: tuple[float, float] = (-1.0, 1.0),
    largest: int | None = None,
    of: FiniteSet | None = None,
    level: float = 0.95,
    coverage: float = 1.0,
) -> Estimate:
    """The mean of the paired differences a - b, as `mean_sequence`; `bounds` is the range of a difference."""
    first, second = as_values(a), as_values(b)
    if len(first) != len(second):
        raise UsageError(f"A paired difference needs the same samples on both sides, not {len(first)} and {len(second)}.")
    return mean_sequence(first - second, clusters, bounds=bounds, largest=largest, of=of, level=level, coverage=coverage)


def first_exclusion(
    values: ArrayLike,
    mean: float,
    *,
    sizes: ArrayLike | None = None,
    largest: int = 1,
    of: FiniteSet | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    level: float = 0.95,
) -> int | None:
    """After how many units somebody who looks after each of them finds `mean` excluded for the first time; None: never.

    `values` are sums of the units, in the order they came, `sizes` how many samples each holds (one each when None).
    """
    low, high = bounds
    size = np.ones(len(as_values(values))) if sizes is None else as_values(sizes)
    z = size / largest
    x = (as_values(values) - low * size) / (high - low) / largest
    candidate, threshold = (mean - low) / (high - low), log(2.0 / (1.0 - level))
    found = [_crossing(x, z, candidate, of, threshold), _crossing(z - x, z, 1.0 - candidate, of, threshold)]
    return min((each for each in found if each is not None), default=None)


def _crossing(x: Floats, z: Floats, mean: float, of: FiniteSet | None, threshold: float) -> int | None:
    """After how many units the capital against `mean` reaches the threshold."""
    lacking = np.zeros(len(x))
    if of is not None:
        lacking[1:] = np.cumsum(x - mean * z)[:-1] / (of.units - np.arange(1, len(x)))
    centre = mean - lacking
    wins = x + mean * (1.0 - z)
    # Where nothing can be left to win (but for rounding), the mean is impossible only if there is something after all.
    empty = centre <= 1e-9
    possible = ~empty | ((centre > -1e-9) & (wins <= 1e-9))
    gains = np.where(empty, 1.0, wins / np.where(empty, 1.0, centre))
    paths = np.cumsum(np.log1p(BETS[:, None] * (gains[None, :] - 1.0)), axis=1)
    # The capital is the mean of the bets' capitals: it reaches no further than the luckiest of them.
    if possible.all() and paths.max(initial=-np.inf) < threshold:
        return None
    beyond = np.logaddexp.reduce(paths, axis=0) - log(len(BETS)) >= threshold
    beyond |= np.logical_or.accumulate(~possible)
    return int(beyond.argmax()) + 1 if beyond.any() else None
