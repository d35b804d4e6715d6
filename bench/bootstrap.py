"""How long the bootstrap over clusters takes beside one that draws the samples themselves: `python bench/bootstrap.py` (no other load, please)."""

import os
import time
from collections.abc import Callable

import numpy as np

from assay.stats import interval
from assay.stats.bootstrap import bca, resampled_means
from assay.stats.clusters import cluster_sums

SAMPLES, CLUSTERS, RESAMPLES, TARGET = 100_000, 5_000, 1_000, 0.3


def best_of(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the quickest of a few."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def plain(values: np.ndarray, labels: np.ndarray, resamples: int) -> list[float]:
    """What it replaces: draw clusters, put their samples together, take the mean."""
    random, members = np.random.default_rng(0), [values[labels == each] for each in range(CLUSTERS)]
    return [float(np.concatenate([members[each] for each in random.integers(0, CLUSTERS, CLUSTERS)]).mean()) for _ in range(resamples)]


def main() -> None:
    """Measure and print."""
    random = np.random.default_rng(0)
    labels, values = random.integers(0, CLUSTERS, SAMPLES), random.random(SAMPLES)
    named = np.array([f"cluster-{each}" for each in labels])
    sums, sizes = cluster_sums(values, labels)
    print(f"load {os.getloadavg()[0]:.2f}; {RESAMPLES:,} resamples of {SAMPLES:,} samples in {CLUSTERS:,} clusters")
    means = best_of(lambda: resampled_means(sums, sizes, resamples=RESAMPLES, seed=0))
    whole = best_of(lambda: bca(*cluster_sums(values, named), resamples=RESAMPLES, seed=0))
    slow = best_of(lambda: plain(values, labels, 20), 1) * RESAMPLES / 20
    print(f"resampled means              {means:8.3f} s   {slow / means:,.0f} times as fast as drawing the samples ({slow:.1f} s)")
    print(f"BCa from named clusters      {whole:8.3f} s   {'met' if whole <= TARGET else 'MISSED'}: {TARGET} s")
    print(f"interval(kind='bca'), 2,000  {best_of(lambda: interval(values, named, kind='bca')):8.3f} s")


if __name__ == "__main__":
    main()
