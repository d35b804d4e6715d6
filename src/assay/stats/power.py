"""Power: how many samples a comparison needs, and what difference it could have seen."""

import math

import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.stats.quantiles import beta_quantile, normal_quantile, t_quantile


def minimum_detectable_effect(error: float, *, alpha: float = 0.05, power: float = 0.8, freedom: float | None = None) -> float:
    """The smallest true difference that a two-sided test at `alpha` finds with `power`, given the standard error of the difference.

    `freedom`: degrees of freedom of that error, where it comes from so few groups that t quantiles are needed.
    """
    _check(alpha, power)
    if freedom is not None:
        return (t_quantile(1.0 - alpha / 2.0, freedom) + t_quantile(power, freedom)) * error
    return (normal_quantile(1.0 - alpha / 2.0) + normal_quantile(power)) * error


def groups_needed(alpha: float) -> int:
    """How many groups must differ, all one way, before a sign test or an exact McNemar test can reject at `alpha`: 2 / 2^k <= alpha."""
    _check(alpha, 0.5)
    return max(1, math.ceil(round(1.0 - math.log2(alpha), 9)))


def exact_effect(groups: int, *, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest share of `groups` that must truly change, all one way, for an exact two-sided sign test at `alpha` to find it with
    `power`: P(Binomial(groups, share) >= k) = power, k = `groups_needed(alpha)`. None where there are fewer than k groups."""
    _check(alpha, power)
    needed = groups_needed(alpha)
    return None if needed > groups else beta_quantile(power, float(needed), groups - needed + 1.0)


def difference_error(
    n: int,
    *,
    omega2: float,
    sigma2_a: float = 0.0,
    sigma2_b: float = 0.0,
    trials_a: int = 1,
    trials_b: int = 1,
    design_effect: float = 1.0,
) -> float:
    """Standard error of a paired difference over n samples: sqrt(deff (omega^2 + sigma_A^2/K_A + sigma_B^2/K_B) / n).

    `omega2` is the variance over samples of the *expected* difference, `sigma2_*` the variance between trials of one sample,
    `trials_*` the trials per sample. Source: Miller 2024, arXiv 2411.00640, section 5.
    """
    if n < 1 or trials_a < 1 or trials_b < 1 or min(omega2, sigma2_a, sigma2_b, design_effect) < 0.0:
        raise UsageError("Samples and trials must be 1 or more, and variances 0 or more.")
    return math.sqrt(design_effect * (omega2 + sigma2_a / trials_a + sigma2_b / trials_b) / n)


def samples_needed(delta: float, *, variance: float, design_effect: float = 1.0, alpha: float = 0.05, power: float = 0.8) -> int:
    """How many samples a paired comparison needs to find a true difference of `delta`; `variance` is that of one sample's difference,
    omega^2 + sigma_A^2/K_A + sigma_B^2/K_B."""
    _check(alpha, power)
    if delta == 0.0 or variance < 0.0:
        raise UsageError("The difference to find must not be 0, and the variance must not be negative.")
    z = normal_quantile(1.0 - alpha / 2.0) + normal_quantile(power)
    # Rounding before the ceiling keeps 100.00000000000001 from becoming 101.
    return max(1, math.ceil(round(z * z * variance * design_effect / (delta * delta), 9)))


def within_variance(values: ArrayLike, samples: ArrayLike) -> float:
    """sigma^2, the variance between trials of one sample, pooled over samples with two trials or more. `values`, `samples`: shape (trials,)."""
    array = np.asarray(values, dtype=np.float64)
    _, codes = np.unique(np.asarray(samples), return_inverse=True)
    codes = codes.reshape(-1)
    counts = np.bincount(codes)
    means = np.bincount(codes, weights=array) / counts
    freedom = int((counts - 1).sum())
    if freedom < 1:
        raise UsageError("The variance between trials needs a sample with two trials or more.", remedy="Run with --trials 2 or more.")
    return float(((array - means[codes]) ** 2).sum()) / freedom


def _check(alpha: float, power: float) -> None:
    if not (0.0 < alpha < 1.0 and 0.0 < power < 1.0):
        raise UsageError(f"alpha and power lie between 0 and 1, not {alpha} and {power}.")
