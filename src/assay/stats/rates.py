"""Intervals for rates: Wilson and the exact Clopper-Pearson, also for counts that clusters have made worth less than they look."""

import math

from assay.core.errors import UsageError
from assay.stats.quantiles import beta_quantile, normal_quantile


def wilson(successes: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (low, high) for `successes` of `n`. Both may be fractional (effective counts).

    Source: Wilson 1927; Brown, Cai & DasGupta 2001.
    """
    _check_counts(successes, n)
    z = normal_quantile(0.5 + level / 2.0)
    p, z2 = successes / n, z * z
    centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = z / (1.0 + z2 / n) * math.sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n))
    return (0.0 if successes <= 0.0 else max(0.0, centre - half)), (1.0 if successes >= n else min(1.0, centre + half))


def clopper_pearson(successes: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """The exact interval (low, high) for `successes` of `n`: never covers less than `level`, mostly more. Source: Clopper & Pearson 1934."""
    _check_counts(successes, n)
    tail = (1.0 - level) / 2.0
    low = 0.0 if successes <= 0.0 else beta_quantile(tail, successes, n - successes + 1.0)
    high = 1.0 if successes >= n else beta_quantile(1.0 - tail, successes + 1.0, n - successes)
    return low, high


def at_most(successes: float, n: float, *, level: float = 0.95) -> float:
    """The one-sided exact upper bound: "at most this, with 95 %". With no success it is 1 - 0.05^(1/n), about 3/n."""
    _check_counts(successes, n)
    return 1.0 if successes >= n else beta_quantile(level, successes + 1.0, n - successes)


def _check_counts(successes: float, n: float) -> None:
    if not (n > 0.0 and 0.0 <= successes <= n):
        raise UsageError(f"A rate needs 0 <= successes <= n and n > 0, not {successes} of {n}.")
