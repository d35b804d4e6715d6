"""The paired difference of two systems over the samples they share: estimate, test, and what it could have seen."""

from math import comb
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values, cluster_sums, clustered_error, effective_clusters
from assay.stats.intervals import interval
from assay.stats.power import exact_effect, minimum_detectable_effect
from assay.stats.quantiles import beta_cdf, t_two_sided

Test = Literal["auto", "t", "mcnemar", "sign-flip"]
_SMALL = 30  # clusters below which the sign-flip permutation replaces the t test
_EXACT = 30  # clusters up to which all 2^C sign patterns are counted


class Detectable(msgspec.Struct, frozen=True, kw_only=True):
    """A minimum detectable effect. `method`: `normal` or `t` (from the standard error), `exact` (from the binomial, every change one way)."""

    effect: float
    method: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A minus B over shared samples.

    `estimate` holds the mean difference with its interval; `p_value` is two-sided and None where nothing could be tested;
    `method` names the test; `mde` is the smallest true difference this comparison finds with 80 % power at alpha .05 (`detectable`
    says it for other levels); `won`, `lost`, `tied` count samples on which A scored higher, lower, the same. `error` is the standard
    error; `span` the largest difference one sample can have, where that is known.
    """

    estimate: Estimate
    p_value: float | None
    method: str
    mde: float | None
    won: int
    lost: int
    tied: int
    error: float = 0.0
    span: float | None = None

    @property
    def least_p(self) -> float:
        """The smallest p-value the test can give with this many groups, whatever the answers: 0 for the t test."""
        return 2.0 ** (1 - self.estimate.clusters) if self.method in ("mcnemar", "sign-flip") else 0.0

    def detectable(self, alpha: float) -> Detectable | None:
        """The smallest true difference found with 80 % power by a test at `alpha`; None where the test cannot reject, or nothing was tested.

        Of McNemar's test no less than the exact test needs; where nothing differs there is no standard error, and only that is left.
        """
        groups = self.estimate.clusters
        if self.p_value is None or self.least_p > alpha:
            return None
        share = exact_effect(groups, alpha=alpha)
        exact = Detectable(effect=share * self.span, method="exact") if share is not None and self.span is not None else None
        if self.error <= 0.0:
            return exact
        few = groups < _SMALL and self.method != "mcnemar"
        effect = minimum_detectable_effect(self.error, alpha=alpha, freedom=groups - 1.0 if few else None)
        if self.method == "mcnemar" and exact is not None and exact.effect > effect:
            return exact
        return Detectable(effect=effect, method="t" if few else "normal")


def difference(
    a: ArrayLike,
    b: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    test: Test = "auto",
    bounds: tuple[float, float] | None = None,
    level: float = 0.95,
    coverage: float = 1.0,
    seed: int = 0,
) -> Difference:
    """The paired difference a - b, one value per shared sample in the same order (shapes (n,)), with a t interval on clusters.

    `bounds` is the range of a difference (-1..1 where all scores lie in 0..1). `test="auto"` takes exact McNemar for 0/1 scores of
    unclustered samples, the sign-flip permutation (exact up to 30 clusters, else 10,000 flips drawn with `seed`) below 30 clusters,
    and the t test elsewhere. Raises UsageError where the two do not pair up.
    """
    first, second = as_values(a), as_values(b)
    if len(first) != len(second):
        raise UsageError(f"A paired difference needs the same samples on both sides, not {len(first)} and {len(second)}.")
    if not len(first):
        return not_tested("The two share no scored sample.", coverage=coverage)
    delta = first - second
    sums, sizes = cluster_sums(delta, clusters)
    scores = np.concatenate([first, second])
    if bounds is None and scores.min() >= 0.0 and scores.max() <= 1.0:
        bounds = (-1.0, 1.0)
    estimate = interval(delta, clusters, kind="t", bounds=bounds, level=level, coverage=coverage)
    error = clustered_error(sums, sizes) if len(sums) > 1 else 0.0
    won, lost = int((delta > 0.0).sum()), int((delta < 0.0).sum())
    binary = bool(((scores == 0.0) | (scores == 1.0)).all())
    chosen = _choose(test, binary=binary, clustered=len(sums) < len(delta), count=len(sums))
    p_value = _p_value(chosen, sums, sizes, won=won, lost=lost, seed=seed)
    found = Difference(
        estimate=estimate,
        p_value=p_value,
        method=chosen if p_value is not None else "none",
        mde=None,
        won=won,
        lost=lost,
        tied=len(delta) - won - lost,
        error=error,
        span=None if bounds is None else min(-bounds[0], bounds[1]),
    )
    seen = found.detectable(0.05)
    return found if seen is None else msgspec.structs.replace(found, mde=seen.effect)


def _choose(test: Test, *, binary: bool, clustered: bool, count: int) -> Test:
    if test == "mcnemar" and (clustered or not binary):
        raise UsageError("McNemar's test is for 0/1 scores of samples that are not clustered.", remedy="Use test='t' or test='sign-flip'.")
    if test not in ("auto", "t", "mcnemar", "sign-flip"):
        raise UsageError(f"There is no test '{test}'.", remedy="There are: auto, t, mcnemar, sign-flip.")
    if test != "auto":
        return test
    if binary and not clustered:
        return "mcnemar"
    return "sign-flip" if count < _SMALL else "t"


def _p_value(test: Test, sums: Floats, sizes: Floats, *, won: int, lost: int, seed: int) -> float | None:
    if test == "mcnemar":
        return mcnemar(won, lost)
    if test == "sign-flip":
        return sign_flip(sums, seed=seed)
    if len(sums) < 2:
        return None
    error = clustered_error(sums, sizes)
    if error <= 1e-12 * float(np.abs(sums).max()):
        return 1.0 if not sums.any() else None
    return t_two_sided(float(sums.sum() / sizes.sum()) / error, max(1.0, effective_clusters(sizes) - 1.0))


def mcnemar(won: int, lost: int) -> float:
    """The exact two-sided p-value of McNemar's test: twice the smaller binomial tail of the discordant pairs at 1/2, at most 1."""
    if won < 0 or lost < 0:
        raise UsageError("Counts of discordant pairs cannot be negative.")
    n, few = won + lost, min(won, lost)
    if n <= 1000:
        tail: int = sum(comb(n, k) for k in range(few + 1))
        return min(1.0, float(2 * tail / 2**n))
    # P(X <= few) of a binomial(n, 1/2) as a beta tail: 2^n leaves the range of floats.
    return min(1.0, 2.0 * beta_cdf(0.5, float(n - few), few + 1.0))


def sign_flip(sums: ArrayLike, *, draws: int = 10_000, seed: int = 0) -> float:
    """The two-sided p-value of the sign-flip permutation test on the clusters' summed differences: exact up to 30 clusters that differ
    from 0, else (1 + flips at least as far from 0) / (1 + draws). Source: Fisher 1935; Phipson & Smyth 2010 for the added one."""
    moved = np.asarray(sums, dtype=np.float64)
    moved = moved[moved != 0.0]
    # Sums of floats in another order differ in the last digits.
    observed = abs(float(moved.sum())) - 1e-12 * float(np.abs(moved).sum())
    if len(moved) <= _EXACT:
        return _all_flips(moved, observed)
    random = np.random.default_rng(seed)
    reached, rows = 0, max(1, 4_000_000 // len(moved))
    for start in range(0, draws, rows):
        flips = random.integers(0, 2, size=(min(rows, draws - start), len(moved)), dtype=np.int8)
        reached += int((np.abs((2.0 * flips - 1.0) @ moved) >= observed).sum())
    return (1 + reached) / (1 + draws)


def _all_flips(moved: Floats, observed: float) -> float:
    """The share of all 2^C sign patterns whose sum is at least `observed` from 0. Every pattern is one of the first half of the clusters
    and one of the second, so 2^(C/2) sums of each, sorted, are enough to count them (Horowitz & Sahni 1974)."""
    if observed <= 0.0:
        return 1.0
    left, right = (_pattern_sums(half) for half in np.array_split(moved, 2))
    right.sort()
    # The patterns come in pairs of opposite sums: those beyond -observed are as many as those beyond +observed.
    beyond = len(right) - np.searchsorted(right, observed - left, side="left")
    return 2.0 * float(beyond.sum()) / float(len(left) * len(right))


def _pattern_sums(moved: Floats) -> Floats:
    totals = np.zeros(1)
    for value in moved:
        totals = np.concatenate([totals + value, totals - value])
    return totals


def not_tested(reason: str, *, coverage: float = 0.0) -> Difference:
    """The difference of two that cannot be compared, and why."""
    return Difference(estimate=not_measurable(reason, coverage=coverage), p_value=None, method="none", mde=None, won=0, lost=0, tied=0)
