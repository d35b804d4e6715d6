"""The designs on which intervals and tests are simulated: one repetition each draws data and asks the code under test whether it held.

Tests here run a few of them; `tools/oracle.py` runs them all at full length and commits what came out to `tests/oracle/coverage.json`.
"""

from collections.abc import Callable, Iterator
from functools import cache
from math import exp, lgamma, log
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from tests.statistics.decision_designs import decisions

from assay.stats import difference, interval, mcnemar

REPETITIONS = 10_000
Draw = Callable[[np.random.Generator], bool]
NORMAL, SAFE, EXACT, SIZE, SAFE_SIZE, POWER = "94-96", "at least 94", "exact", "4-6", "at most 6", "78.5-81.5"
BOUNDS = {NORMAL: (0.94, 0.96), SAFE: (0.94, 1.0), EXACT: (0.0, 1.0), SIZE: (0.04, 0.06), SAFE_SIZE: (0.0, 0.06), POWER: (0.785, 0.815)}


class Design(NamedTuple):
    """One study. `hold` is one repetition: whether the interval held the truth (`measure` "interval coverage"), the test of two equal
    systems rejected ("test size"), or that of two that differ as planned ("test power"). `bound` names the band of `BOUNDS`; `exact` is the share by summing over every outcome, where that
    can be done; `recheck` is how many of the first repetitions a test runs again."""

    name: str
    method: str
    hold: Draw
    bound: str = NORMAL
    measure: str = "interval coverage"
    repetitions: int = REPETITIONS
    exact: float | None = None
    recheck: int = 200

    def held(self, repetitions: int) -> Iterator[bool]:
        """The first repetitions, from a seed of the design's own: a longer study continues a shorter one."""
        random = np.random.default_rng(crc32(f"{self.name} {self.method}".encode()))
        return (bool(self.hold(random)) for _ in range(repetitions))


def rates(random: np.random.Generator, clusters: int, p: float, icc: float) -> np.ndarray:
    """One success probability per cluster: beta, with mean p and intra-cluster correlation icc."""
    return np.full(clusters, p) if icc == 0 else random.beta(p * (1 - icc) / icc, (1 - p) * (1 - icc) / icc, clusters)


def share_held(truth: float, draw: Callable[[], Any], repeats: int = REPETITIONS, **options: Any) -> float:
    """The share of repetitions whose interval holds the truth; `draw` gives (values, clusters)."""
    return sum(holds(truth, *draw(), **options) for _ in range(repeats)) / repeats


def holds(truth: float, values: np.ndarray, clusters: np.ndarray | None = None, **options: Any) -> bool:
    """Whether the interval of the values holds the truth."""
    found = interval(values, clusters, **options)
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def rejects(a: np.ndarray, b: np.ndarray, clusters: np.ndarray | None = None, **options: Any) -> bool:
    """Whether the 5 % test tells the two apart."""
    p_value = difference(a, b, clusters, **options).p_value
    return p_value is not None and p_value < 0.05


def mass(k: int, n: int, p: float) -> float:
    """The probability of k successes in n."""
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p))


def likely(n: int, p: float) -> range:
    """The counts within seven standard deviations: what lies beyond is less than 1e-10."""
    reach = int(7 * (n * p * (1 - p)) ** 0.5) + 7
    return range(max(0, int(n * p) - reach), min(n, int(n * p) + reach) + 1)


def rate(n: int, p: float, kind: str) -> Design:
    """n unclustered 0/1 scores. The interval depends on the number of successes alone, so the exact coverage is a sum."""

    @cache
    def of(k: int) -> bool:
        return holds(p, np.repeat([1.0, 0.0], [k, n - k]), kind=kind)

    exact = sum(mass(k, n, p) for k in likely(n, p) if of(k))
    # Wilson may stand alone on either side of 95 %: only its exact value binds it. The automatic choice must stay on the safe side.
    bound = EXACT if kind == "wilson" else NORMAL if kind == "auto" and n * p >= 50 and n >= 1000 else SAFE
    return Design(f"rate, n = {n}, p = {p}", kind, lambda random: of(int(random.binomial(n, p))), bound, exact=exact)


def clustered_rate(clusters: int, size: int, p: float, icc: float, bound: str = NORMAL) -> Design:
    """0/1 scores in clusters whose success rates differ."""
    labels = np.repeat(np.arange(clusters), size)

    def hold(random: np.random.Generator) -> bool:
        return holds(p, (random.random(clusters * size) < rates(random, clusters, p, icc)[labels]).astype(float), labels)

    n = clusters * size
    return Design(f"rate, n = {n} in {clusters} clusters, p = {p}, ICC = {icc}", "auto", hold, bound)


def repeated(samples: int, trials: int, p: float, icc: float) -> Design:
    """Trials of each sample, reduced to their mean."""

    def hold(random: np.random.Generator) -> bool:
        means = random.binomial(trials, rates(random, samples, p, icc)) / trials
        return holds(p, means, observations=samples * trials)

    return Design(f"rate, n = {samples} with {trials} trials each, p = {p}, ICC = {icc}", "auto", hold)


def clustered_mean(clusters: int, size: int, icc: float) -> Design:
    """Normal scores in clusters with means of their own."""
    labels, between, within = np.repeat(np.arange(clusters), size), icc**0.5, (1 - icc) ** 0.5

    def hold(random: np.random.Generator) -> bool:
        return holds(0.0, between * random.normal(size=clusters)[labels] + within * random.normal(size=clusters * size), labels)

    n = clusters * size
    return Design(f"mean, n = {n} in {clusters} clusters, normal, ICC = {icc}", "t", hold)


def bounded_mean(n: int) -> Design:
    """Scores between 0 and 1."""
    return Design(f"mean, n = {n}, beta(2, 2)", "t", lambda random: holds(0.5, random.beta(2, 2, n)))


def skewed_mean(n: int, kind: str) -> Design:
    """Scores with a long right tail (skewness 1.4)."""
    again = 200 if kind == "t" else 20
    return Design(
        f"mean, n = {n}, gamma(2)",
        kind,
        lambda random: holds(1.0, random.gamma(2.0, 0.5, n), kind=kind),
        recheck=again,
    )


def skewed_clusters(clusters: int, size: int, icc: float) -> Design:
    """Skewed scores in clusters, by the bootstrap over clusters."""
    labels, shared = np.repeat(np.arange(clusters), size), icc * 2.0

    def hold(random: np.random.Generator) -> bool:
        common = random.gamma(shared, 0.5, clusters)[labels]
        return holds(1.0, common + random.gamma(2.0 - shared, 0.5, clusters * size), labels, kind="bca")

    return Design(f"mean, n = {clusters * size} in {clusters} clusters, gamma(2), ICC = {icc}", "bca", hold, recheck=50)


def paired(random: np.random.Generator, n: int, gain: float) -> tuple[np.ndarray, np.ndarray]:
    """0/1 scores of two systems on questions that differ in difficulty; A is `gain` better on the average."""
    ease = 0.2 + 0.5 * random.random(n)
    return (random.random(n) < ease + gain).astype(float), (random.random(n) < ease).astype(float)


def paired_binary(n: int) -> Design:
    """The t interval of the difference of two sets of 0/1 scores."""

    def hold(random: np.random.Generator) -> bool:
        found = difference(*paired(random, n, 0.1)).estimate
        return bool(found.low <= 0.1 <= found.high)  # type: ignore[operator]

    return Design(f"paired difference, n = {n}, 0/1 scores", "t", hold)


def paired_mean(clusters: int, size: int, icc: float, measure: str) -> Design:
    """The difference of two scores that share a difficulty, with an effect per cluster; coverage of 0.1, or size at 0."""
    labels, between, within = np.repeat(np.arange(clusters), size), icc**0.5, (1 - icc) ** 0.5
    n, truth = clusters * size, 0.1 if measure == "interval coverage" else 0.0

    def hold(random: np.random.Generator) -> bool:
        shared = random.normal(size=n)
        moved = truth + (between * random.normal(size=clusters)[labels] if icc else 0.0) + within * random.normal(size=n)
        given = labels if size > 1 else None
        if measure == "test size":
            return rejects(shared + moved, shared, given, test="t")
        found = difference(shared + moved, shared, given, test="t").estimate
        return bool(found.low <= truth <= found.high)  # type: ignore[operator]

    where = f"n = {n} in {clusters} clusters, normal, ICC = {icc}" if size > 1 else f"n = {n}, normal"
    bound = NORMAL if measure == "interval coverage" else SIZE
    return Design(f"paired difference, {where}", "t", hold, bound, measure)


def mcnemar_size(n: int, discordant: float) -> Design:
    """Exact McNemar on two equal systems that disagree on a share of the samples; exact by summing over discordant pairs and wins."""

    @cache
    def rejected(won: int, lost: int) -> bool:
        return mcnemar(won, lost) < 0.05

    def size(m: int) -> float:
        """With m discordant pairs: both tails up to the largest number of wins that is few enough."""
        few = next((k for k in range(m // 2 + 1) if mcnemar(k, m - k) >= 0.05), 0)
        return 2 * sum(mass(k, m, 0.5) for k in range(few))

    exact = sum(mass(m, n, discordant) * size(m) for m in likely(n, discordant) if m)

    def hold(random: np.random.Generator) -> bool:
        won, lost = random.multinomial(n, [discordant / 2, discordant / 2, 1 - discordant])[:2]
        return rejected(int(won), int(lost))

    return Design(f"two equal systems, n = {n}, {discordant:.0%} discordant", "mcnemar", hold, SAFE_SIZE, "test size", exact=exact)


def sign_flip_size(clusters: int, size: int) -> Design:
    """The sign-flip permutation on few samples, or few clusters of samples."""
    labels = np.repeat(np.arange(clusters), size)

    def hold(random: np.random.Generator) -> bool:
        delta = (random.normal(size=clusters) if size > 1 else 0.0) + random.normal(size=(size, clusters))
        return rejects(delta.T.reshape(-1), np.zeros(clusters * size), labels if size > 1 else None, test="sign-flip")

    where = f"n = {clusters * size} in {clusters} clusters" if size > 1 else f"n = {clusters}"
    again = 200 if clusters < 15 else 50  # beyond, 10,000 flips are drawn, which takes its time
    return Design(f"two equal systems, {where}, normal", "sign-flip", hold, SIZE, "test size", recheck=again)


def designs() -> Iterator[Design]:
    """Every study of METHODS, sections 1 and 2, that is about intervals of means and rates and about the paired tests."""
    sizes = ((10, 3), (20, 5), (100, 10), (1000, 10))
    for n in (30, 100, 1000, 10_000):
        yield from (rate(n, p, "auto") for p in (0.01, 0.05, 0.5))
        yield bounded_mean(n)
        yield paired_binary(n)
        yield from (paired_mean(n, 1, 0.0, measure) for measure in ("interval coverage", "test size"))
    yield from (rate(100, 0.01, "wilson"), rate(100, 0.5, "wilson"), rate(30, 0.01, "clopper-pearson"), rate(100, 0.5, "clopper-pearson"))
    for clusters, size in sizes:
        for icc in (0, 0.1, 0.3):
            yield clustered_rate(clusters, size, 0.7, icc)
            yield clustered_mean(clusters, size, icc)
        yield from (paired_mean(clusters, size, 0.3, measure) for measure in ("interval coverage", "test size"))
    for clusters, size in sizes[1:]:
        yield from (clustered_rate(clusters, size, p, icc, SAFE) for p in (0.01, 0.05) for icc in (0.1, 0.3))
    yield from (repeated(n, trials, 0.7, 0.3) for n, trials in ((30, 5), (100, 10), (1000, 3), (10_000, 2)))
    yield from (skewed_mean(n, "t") for n in (30, 100, 1000))
    yield from (skewed_mean(30, "bca"), skewed_mean(100, "bca"), skewed_mean(1000, "bca"), skewed_clusters(100, 100, 0.1))
    yield from (mcnemar_size(100, 0.1), mcnemar_size(1000, 0.1))
    yield from (sign_flip_size(12, 1), sign_flip_size(20, 1), sign_flip_size(12, 5))
    yield from decisions()
