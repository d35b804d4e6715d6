"""The designs of decisions: within a margin, among many, unpaired, at a planned size, and where variance comes from.

Each repetition answers one question with yes or no, as in `designs.py`, which lists these among its own.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.stats import benjamini_hochberg, difference, equivalence, samples_needed, unpaired_difference, variance_split
from assay.stats.planning import Pair

if TYPE_CHECKING:
    from tests.statistics.designs import Design

MARGIN = 0.05
Scores = tuple[np.ndarray, np.ndarray, np.ndarray | None]


def pairs(random: np.random.Generator, n: int, loss: float, discordant: float) -> Scores:
    """0/1 scores of which a share is discordant; A is worse by `loss`."""
    drawn = random.random(n)
    lost, won = (discordant + loss) / 2, (discordant - loss) / 2
    return (drawn >= lost).astype(float), ((drawn < lost) | (drawn >= lost + won)).astype(float), None


def tried(random: np.random.Generator, n: int, loss: float, trials: int) -> Scores:
    """Means of 0/1 trials on samples of differing difficulty; A is worse by `loss` on each."""
    ease = loss + (1 - loss) * random.beta(2, 1, n)
    return random.binomial(trials, ease - loss) / trials, random.binomial(trials, ease) / trials, None


def grouped(random: np.random.Generator, clusters: int, size: int, loss: float) -> Scores:
    """Normal scores in clusters with effects of their own (ICC .3); A is worse by `loss` standard deviations."""
    labels = np.repeat(np.arange(clusters), size)
    delta = 0.3**0.5 * random.normal(size=clusters)[labels] + 0.7**0.5 * random.normal(size=clusters * size) - loss
    return delta, np.zeros(clusters * size), labels


def regressions(random: np.random.Generator, clusters: int, size: int, loss: float) -> Scores:
    """What a release breaks: one cluster in ten loses some of its samples, and nothing is won."""
    labels = np.repeat(np.arange(clusters), size)
    broken = (random.random(clusters) < 0.1)[labels] & (random.random(clusters * size) < loss / 0.1)
    return 1.0 - broken, np.ones(clusters * size), labels


def within_margin(name: str, draw: Any, margin: float, form: Any, bound: str) -> "Design":
    """A is worse by exactly the margin: whether it passes all the same, which 5 % may."""
    from tests.statistics.designs import Design

    def hold(random: np.random.Generator) -> bool:
        a, b, labels = draw(random)
        return equivalence(a, b, labels, margin=margin, form=form).verdict in ("equivalent", "non-inferior")

    return Design(f"at the margin, {name}", form, hold, bound, "test size")


def margins() -> Iterator["Design"]:
    """Equivalence and non-inferiority at their margin."""
    from tests.statistics.designs import SAFE_SIZE, SIZE

    for form in ("non-inferiority", "equivalence"):
        # At small n both sides must pass in one interval, which makes equivalence conservative; 0/1 counts are discrete.
        for n, discordant in ((30, 0.2), (100, 0.2), (1000, 0.1), (10_000, 0.2)):
            bound = SIZE if n >= 1000 else SAFE_SIZE
            yield within_margin(
                f"n = {n}, {discordant:.0%} discordant", lambda random, n=n, d=discordant: pairs(random, n, MARGIN, d), MARGIN, form, bound
            )
        for clusters, size in ((30, 1), (20, 5), (100, 10), (1000, 10)):
            bound = SIZE if form == "non-inferiority" or clusters >= 100 else SAFE_SIZE
            where = f"n = {clusters * size} in {clusters} clusters, normal" if size > 1 else f"n = {clusters}, normal"
            yield within_margin(where, lambda random, c=clusters, s=size: grouped(random, c, s, 0.3), 0.3, form, bound)
    for n, trials in ((30, 5), (100, 4), (1000, 2)):
        bound = SIZE if n >= 1000 else SAFE_SIZE
        yield within_margin(
            f"n = {n} with {trials} trials each",
            lambda random, n=n, k=trials: tried(random, n, MARGIN, k),
            MARGIN,
            "non-inferiority",
            bound,
        )
    for clusters in (100, 1000):
        yield within_margin(
            f"n = {10 * clusters} in {clusters} clusters, one in ten broken",
            lambda random, c=clusters: regressions(random, c, 10, MARGIN), MARGIN, "non-inferiority", SAFE_SIZE,
        )  # fmt: skip


def discoveries(tests: int, real: int) -> "Design":
    """Benjamini-Hochberg at 5 %: whether a discovery picked at random is false, the mean of which is the false discovery rate; exactly
    .05 (tests - real) / tests for independent tests."""
    from tests.statistics.designs import SAFE_SIZE, SIZE, Design

    def hold(random: np.random.Generator) -> bool:
        z = random.normal(size=tests)
        z[:real] += 3.0
        p_values = [float(each) for each in _two_sided(z)]
        found = [place for place, each in enumerate(benjamini_hochberg(p_values)) if each is not None and each <= 0.05]
        return bool(found) and found[int(random.integers(len(found)))] >= real

    bound = SAFE_SIZE if real else SIZE
    return Design(
        f"false discoveries, {tests} tests, {real} real",
        "benjamini-hochberg",
        hold,
        bound,
        "test size",
        exact=0.05 * (tests - real) / tests,
    )


def _two_sided(z: np.ndarray) -> np.ndarray:
    from math import erfc

    return np.array([erfc(abs(each) / 2**0.5) for each in z])


def unpaired(name: str, draw: Any, bound: str) -> "Design":
    """Two equal systems on samples of their own: whether the test tells them apart."""
    from tests.statistics.designs import Design

    def hold(random: np.random.Generator) -> bool:
        found = unpaired_difference(*draw(random)).estimate
        return not found.low <= 0.0 <= found.high  # type: ignore[operator]

    return Design(f"two equal systems, {name}", "unpaired", hold, bound, "test size", recheck=100)


def unpaired_designs() -> Iterator["Design"]:
    """Rates, means and clusters, alike and unlike in size."""
    from tests.statistics.designs import SAFE_SIZE, SIZE, rates

    for n, m, p in ((100, 300, 0.7), (1000, 1000, 0.7), (10_000, 3000, 0.5)):
        yield unpaired(
            f"n = {n} and {m}, p = {p}", lambda random, n=n, m=m, p=p: ((random.random(n) < p) * 1.0, (random.random(m) < p) * 1.0), SIZE
        )
    yield unpaired(
        "n = 1000 and 1000, p = 0.01", lambda random: ((random.random(1000) < 0.01) * 1.0, (random.random(1000) < 0.01) * 1.0), SAFE_SIZE
    )
    yield unpaired("n = 30 and 100, normal, sd 1 and 3", lambda random: (random.normal(size=30), 3 * random.normal(size=100)), SIZE)
    labels = np.repeat(np.arange(100), 5)

    def clustered(random: np.random.Generator) -> tuple[np.ndarray, ...]:
        a, b = ((random.random(500) < rates(random, 100, 0.7, 0.3)[labels]) * 1.0 for _ in range(2))
        return a, b, labels, labels

    yield unpaired("n = 500 and 500 in 100 clusters each, p = 0.7, ICC = 0.3", clustered, SIZE)


def planned(baseline: float, gain: float, correlation: float) -> "Design":
    """As many samples as `samples_needed` names: whether the t test finds the planned difference of two 0/1 systems."""
    from tests.statistics.designs import POWER, Design

    pair = Pair(baseline=baseline, difference=gain, correlation=correlation)
    n = samples_needed(gain, variance=pair.variance)

    def hold(random: np.random.Generator) -> bool:
        a, b, _ = pairs(random, n, -gain, pair.discordant)
        p_value = difference(a, b, test="t").p_value
        return p_value is not None and p_value < 0.05

    return Design(f"planned, {100 * gain:g} points from {baseline:g}, correlation {correlation:g}, n = {n}", "t", hold, POWER, "test power")


def planned_groups(clusters: int, size: int) -> "Design":
    """Clusters as many as a design effect asks for; trials of each sample as many as planned."""
    from tests.statistics.designs import POWER, Design

    icc, omega2, sigma2, trials = 0.2, 0.1, 0.3, 3
    variance, effect = omega2 + 2 * sigma2 / trials, 1.0 + (size - 1) * icc * omega2 / (omega2 + 2 * sigma2 / trials)
    # Of the difference itself, not of its noise, a share icc is common to a cluster.
    gain = ((1.959964 + 0.841621) ** 2 * variance * effect / (clusters * size)) ** 0.5
    n = samples_needed(gain, variance=variance, design_effect=effect)
    assert abs(n - clusters * size) <= 1
    labels = np.repeat(np.arange(clusters), size)

    def hold(random: np.random.Generator) -> bool:
        common = (icc * omega2) ** 0.5 * random.normal(size=clusters)[labels]
        expected = gain + common + ((1 - icc) * omega2) ** 0.5 * random.normal(size=clusters * size)
        noise = (sigma2 / trials) ** 0.5 * (random.normal(size=clusters * size) - random.normal(size=clusters * size))
        p_value = difference(expected + noise, np.zeros(clusters * size), labels, test="t").p_value
        return p_value is not None and p_value < 0.05

    return Design(f"planned, {clusters} clusters of {size}, {trials} trials", "t", hold, POWER, "test power")


def component(name: str, n: int, trials: int, kind: str, lost: float = 0.0) -> "Design":
    """Whether a component's interval holds the planted variance; some of the trials are lost."""
    from tests.statistics.designs import SAFE, Design

    labels = np.repeat(np.arange(n), trials)

    def hold(random: np.random.Generator) -> bool:
        if kind == "normal":
            values = 0.6**0.5 * random.normal(size=n)[labels] + 0.4**0.5 * random.normal(size=n * trials)
            truth = {"sample": 0.6, "trial": 0.4}
        else:
            values = (random.random(n * trials) < random.beta(1.4, 0.6, n)[labels]).astype(float)
            truth = {"sample": 0.07, "trial": 0.14}
        kept = random.random(n * trials) >= lost
        found = next(each for each in variance_split(values[kept], labels[kept]).components if each.name == name).variance
        return found.low <= truth[name] <= found.high  # type: ignore[operator]

    ragged = f", {lost:.0%} lost" if lost else ""
    return Design(f"{name} variance, n = {n} with {trials} trials each, {kind}{ragged}", "jackknife", hold, SAFE)


def decisions() -> Iterator["Design"]:
    """Every study of this file."""
    yield from margins()
    yield from (discoveries(20, 0), discoveries(20, 4), discoveries(200, 40))
    yield from unpaired_designs()
    yield from (planned(0.7, 0.03, 0.5), planned(0.5, 0.05, 0.3), planned(0.9, -0.02, 0.6), planned(0.2, 0.04, 0.0))
    yield from (planned_groups(100, 5), planned_groups(300, 3))
    for n, trials, lost in ((30, 4, 0.0), (100, 2, 0.0), (100, 4, 0.3), (1000, 2, 0.2)):
        for kind in ("normal", "0/1"):
            yield from (component(name, n, trials, kind, lost) for name in ("sample", "trial"))
