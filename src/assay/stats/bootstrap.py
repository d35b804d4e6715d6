"""The bootstrap over clusters, bias-corrected and accelerated (BCa), on cluster sums: the samples themselves are never drawn."""

import math

import numpy as np

from assay.stats.clusters import Floats
from assay.stats.quantiles import normal_quantile

_CELLS = 100_000  # resampled clusters held at once: few enough for the processor's cache, which makes it twice as fast


def resampled_means(sums: Floats, sizes: Floats, *, resamples: int, seed: int) -> Floats:
    """Means of `resamples` draws of C clusters with replacement, shape (resamples,). What comes out does not depend on how many are held at once."""
    random, count = np.random.default_rng(seed), len(sums)
    rows = max(1, _CELLS // count)
    # One complex number holds a cluster's sum and size, so that each draw is looked up once.
    both = sums + 1j * sizes
    means = np.empty(resamples)
    for start in range(0, resamples, rows):
        stop = min(start + rows, resamples)
        totals = both.take(random.integers(0, count, size=(stop - start, count), dtype=np.int32)).sum(axis=1)
        means[start:stop] = totals.real / totals.imag
    return means


def bca(sums: Floats, sizes: Floats, *, level: float = 0.95, resamples: int = 2000, seed: int) -> tuple[float, float]:
    """The BCa interval (low, high) of the mean over all samples; needs C >= 2 and clusters that differ.

    Acceleration from the jackknife over clusters. Source: Efron 1987; Efron & Tibshirani 1993, chapter 14.
    """
    means = resampled_means(sums, sizes, resamples=resamples, seed=seed)
    total, n = float(sums.sum()), float(sizes.sum())
    # Half of the ties count as below: means of few clusters are discrete, and would otherwise look biased.
    below = float((means < total / n).mean() + 0.5 * np.isclose(means, total / n, rtol=1e-12, atol=0.0).mean())
    bias = normal_quantile(min(max(below, 0.5 / resamples), 1.0 - 0.5 / resamples))
    left_out = (total - sums) / (n - sizes)
    spread = left_out.mean() - left_out
    scale = float((spread**2).sum()) ** 1.5
    acceleration = float((spread**3).sum()) / (6.0 * scale) if scale > 0.0 else 0.0
    low, high = (_adjusted(p, bias, acceleration) for p in ((1.0 - level) / 2.0, (1.0 + level) / 2.0))
    return float(np.quantile(means, low)), float(np.quantile(means, high))


def _adjusted(p: float, bias: float, acceleration: float) -> float:
    """The percentile to read where a plain bootstrap would read `p`."""
    z = bias + normal_quantile(p)
    return 0.5 * math.erfc(-(bias + z / (1.0 - acceleration * z)) / math.sqrt(2.0))
