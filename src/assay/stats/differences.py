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
from assay.stats.power import minimum_detectable_effect
from assay.stats.quantiles import beta_cdf, t_two_sided

Test = Literal["auto", "t", "mcnemar", "sign-flip"]
_SMALL = 30  # clusters below which the sign-flip permutation replaces the t test
_EXACT = 14  # clusters up to which all 2^C sign patterns are tried


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A minus B over shared samples.

    `estimate` holds the mean difference with its interval; `p_value` is two-sided and None where nothing could be tested;
    `method` names the test; `mde` is the smallest true difference this comparison finds with 80 % power at alpha .05 (None where
    the differences show no spread); `won`, `lost`, `tied` count samples on which A scored higher, lower, the same.
    """

    estimate: Estimate
    p_value: float | None
    method: str
    mde: float | None
    won: int
    lost: int
    tied: int


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
    unclustered samples, the sign-flip permutation (exact up to 14 clusters, else 10,000 flips drawn with `seed`) below 30 clusters,
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
    return Difference(
        estimate=estimate,
        p_value=p_value,
        method=chosen if p_value is not None else "none",
        mde=minimum_detectable_effect(error) if error > 0.0 else None,
        won=won,
        lost=lost,
        tied=len(delta) - won - lost,
    )


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
    """The two-sided p-value of the sign-flip permutation test on the clusters' summed differences: exact up to 14 clusters that differ
    from 0, else (1 + flips at least as far from 0) / (1 + draws). Source: Fisher 1935; Phipson & Smyth 2010 for the added one."""
    moved = np.asarray(sums, dtype=np.float64)
    moved = moved[moved != 0.0]
    observed = abs(float(moved.sum())) * (1.0 - 1e-12)  # sums of floats in another order differ in the last digits
    if len(moved) <= _EXACT:
        totals = np.zeros(1)
        for value in moved:
            totals = np.concatenate([totals + value, totals - value])
        return float((np.abs(totals) >= observed).mean())
    random = np.random.default_rng(seed)
    reached, rows = 0, max(1, 4_000_000 // len(moved))
    for start in range(0, draws, rows):
        flips = random.integers(0, 2, size=(min(rows, draws - start), len(moved)), dtype=np.int8)
        reached += int((np.abs((2.0 * flips - 1.0) @ moved) >= observed).sum())
    return (1 + reached) / (1 + draws)


def not_tested(reason: str, *, coverage: float = 0.0) -> Difference:
    """The difference of two that cannot be compared, and why."""
    return Difference(estimate=not_measurable(reason, coverage=coverage), p_value=None, method="none", mde=None, won=0, lost=0, tied=0)
