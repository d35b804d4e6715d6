"""Designs for looking while it runs: how often the truth is excluded at any look, and how wide the price of looking is."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.stats import FiniteSet, MeanSequence, difference, first_exclusion, interval, samples_needed

Floats = NDArray[np.float64]
Drawn = tuple[Floats, Floats, float]
"""Sums by unit, sizes by unit, the mean that is true."""
PEEKS = 50


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """`draw` makes the units of one repetition; `largest` the largest cluster; `of` a finite set; `bounds` of a value."""

    name: str
    draw: Callable[[np.random.Generator], Drawn]
    largest: int = 1
    of: FiniteSet | None = None
    bounds: tuple[float, float] = (0.0, 1.0)

    def missed(self, seed: int) -> bool:
        """Whether somebody who looks after every single unit ever finds the truth outside."""
        sums, sizes, truth = self.draw(np.random.default_rng((7, seed)))
        found = first_exclusion(sums, truth, sizes=sizes, largest=self.largest, of=self.of, bounds=self.bounds)
        return found is not None

    def widths(self, seed: int) -> tuple[float, float]:
        """The width with everything seen, and that of the interval for a fixed number of samples."""
        sums, sizes, _ = self.draw(np.random.default_rng((7, seed)))
        sequence = MeanSequence(bounds=self.bounds, largest=self.largest)
        sequence.add(sums, sizes)
        wide = sequence.estimate()
        values, labels = np.repeat(sums / sizes, sizes.astype(int)), np.repeat(np.arange(len(sizes)), sizes.astype(int))
        usual = interval(values, labels if self.largest > 1 else None, bounds=self.bounds)
        assert wide.low is not None and wide.high is not None and usual.low is not None and usual.high is not None
        return wide.high - wide.low, usual.high - usual.low


def rate(p: float, n: int) -> Callable[[np.random.Generator], Drawn]:
    return lambda random: ((random.random(n) < p).astype(float), np.ones(n), p)


def repeated(p: float, n: int, trials: int) -> Callable[[np.random.Generator], Drawn]:
    """Samples with difficulties of their own, each the mean of its trials."""
    return lambda random: (random.binomial(trials, random.beta(4 * p, 4 * (1 - p), n)) / trials, np.ones(n), p)


def clustered(p: float, units: int, largest: int) -> Callable[[np.random.Generator], Drawn]:
    """Clusters of 1 to `largest` samples that share much of their luck."""

    def draw(random: np.random.Generator) -> Drawn:
        sizes = random.integers(1, largest + 1, units).astype(float)
        return random.binomial(sizes.astype(int), random.beta(2 * p, 2 * (1 - p), units)).astype(float), sizes, p

    return draw


def lopsided(units: int) -> Callable[[np.random.Generator], Drawn]:
    """Single samples of mean 0.9 and clusters of ten of mean 0.5: the mean over samples is not that over clusters."""

    def draw(random: np.random.Generator) -> Drawn:
        large = random.random(units) < 0.5
        sizes = np.where(large, 10, 1)
        return random.binomial(sizes, np.where(large, 0.5, 0.9)).astype(float), sizes.astype(float), 5.9 / 11.0

    return draw


def paired(agree: float, n: int, gain: float = 0.0) -> Callable[[np.random.Generator], Drawn]:
    """Differences of two systems that agree on a share of the samples; `gain` is the true difference."""
    won = (1.0 - agree + gain) / 2.0

    def draw(random: np.random.Generator) -> Drawn:
        luck = random.random(n)
        return (luck < won) * 1.0 - (luck > agree + won) * 1.0, np.ones(n), gain

    return draw


def from_set(p: float, n: int) -> Callable[[np.random.Generator], Drawn]:
    """All of a finite set in random order: the truth is its own mean."""

    def draw(random: np.random.Generator) -> Drawn:
        values = np.zeros(n)
        values[: round(p * n)] = 1.0
        random.shuffle(values)
        return values, np.ones(n), float(values.mean())

    return draw


def designs() -> list[Design]:
    """Rates common and rare, repeated trials, clusters, paired differences, finite sets."""
    return [
        *(Design(name=f"rate p={p} n={n:,}", draw=rate(p, n)) for p in (0.5, 0.9, 0.01) for n in (100, 1_000, 10_000)),
        Design(name="rate p=0.001 n=10,000", draw=rate(0.001, 10_000)),
        *(Design(name=f"4 trials p=0.7 n={n:,}", draw=repeated(0.7, n, 4)) for n in (100, 2_000)),
        *(Design(name=f"clusters of 1-10, p=0.6, C={c:,}", draw=clustered(0.6, c, 10), largest=10) for c in (100, 1_000)),
        Design(name="clusters of 1-10, p=0.02, C=1,000", draw=clustered(0.02, 1_000, 10), largest=10),
        Design(name="singles of 0.9, tens of 0.5, C=500", draw=lopsided(500), largest=10),
        *(Design(name=f"paired, agree 0.8, n={n:,}", draw=paired(0.8, n), bounds=(-1.0, 1.0)) for n in (200, 5_000)),
        *(Design(name=f"a set of {n:,}, p=0.7", draw=from_set(0.7, n), of=FiniteSet(units=n, samples=n)) for n in (200, 2_000)),
    ]


def peeks(seed: int, n: int = 2_000) -> tuple[bool, bool]:
    """Two equal systems looked at 50 times: whether the sequence, and whether the usual test, ever sees a difference."""
    deltas, _, _ = paired(0.8, n)(np.random.default_rng((50, seed)))
    sequence, step = MeanSequence(bounds=(-1.0, 1.0)), n // PEEKS
    rejected = naive = False
    for look in range(1, PEEKS + 1):
        sequence.add(deltas[(look - 1) * step : look * step])
        found = sequence.estimate()
        assert found.low is not None and found.high is not None
        rejected = rejected or found.low > 0.0 or found.high < 0.0
        p_value = difference(deltas[: look * step], np.zeros(look * step), test="t", bounds=(-1.0, 1.0)).p_value
        naive = naive or (p_value is not None and p_value <= 0.05)
    return rejected, naive


def savings(gain: float, agree: float, repetitions: int, most: int = 10_000) -> dict[str, Any]:
    """After how many of 10,000 samples a rule that decides stops, beside a number fixed beforehand for 80 % power (known difference)."""
    stops = [
        first_exclusion(paired(agree, most, gain)(np.random.default_rng((9, seed)))[0], 0.0, bounds=(-1.0, 1.0))
        for seed in range(repetitions)
    ]
    asked = np.array([most if stop is None else stop for stop in stops])
    return {
        "difference": gain,
        "agree": agree,
        "decided": round(sum(stop is not None for stop in stops) / repetitions, 3),
        "median": int(np.median(asked)),
        "ninth decile": int(np.quantile(asked, 0.9)),
        "of": most,
        "fixed for 80 %": samples_needed(gain, variance=1.0 - agree - gain**2),
    }
