"""A glance at a run that is not over, for the progress bar: constant work per score, no numpy."""

import math

from assay.core.estimate import Estimate, not_measurable
from assay.stats.quantiles import normal_quantile
from assay.stats.rates import wilson

LARGEST = 1e100


class Glance:
    """The mean so far, with a 95 % interval: Wilson for 0/1 values, normal otherwise, on clusters where a sample or source comes up again.

    A quick look, not the result: trials count equally, where the result is the mean over sample means.
    """

    __slots__ = ("_binary", "_groups", "_origin", "_products", "_sizes", "_squares", "high", "low", "n", "total")

    def __init__(self) -> None:
        self.n = 0
        self.total = 0.0
        self.low, self.high = math.inf, -math.inf
        self._binary = True
        self._origin = 0.0
        self._groups: dict[str | int, tuple[float, int]] = {}
        # Sums over clusters of (sum of values)^2, (sum of values) * size and size^2: enough for the clustered standard error.
        self._squares = self._products = 0.0
        self._sizes = 0

    def add(self, value: float, cluster: str | int) -> None:
        """One scored trial; `cluster` is its declared cluster, or else its sample. What is not finite, or too large to square, is left out."""
        if not abs(value) < LARGEST:
            return
        self.n += 1
        self.total += value
        self.low, self.high = min(self.low, value), max(self.high, value)
        self._binary = self._binary and value in (0.0, 1.0)
        if self.n == 1:
            self._origin = value
        # Counted from the first value, so that large values do not drown their spread in rounding.
        moved = value - self._origin
        total, size = self._groups.get(cluster, (0.0, 0))
        self._squares += (total + moved) ** 2 - total**2
        self._products += (total + moved) * (size + 1) - total * size
        self._sizes += 2 * size + 1
        self._groups[cluster] = (total + moved, size + 1)

    def estimate(self, coverage: float = 1.0) -> Estimate:
        """The estimate so far; not measurable before the first score, or before two different clusters of values other than 0/1."""
        if not self.n:
            return not_measurable("Nothing is scored yet.", coverage=coverage)
        mean, clusters = self.total / self.n, len(self._groups)
        error2 = self._error2(mean - self._origin, clusters)
        if self._binary:
            effective = float(clusters) if error2 <= 0.0 else min(float(self.n), mean * (1.0 - mean) / error2)
            of = effective if clusters < self.n else float(self.n)
            low, high = wilson(mean * of, of)
            method = "wilson" if clusters == self.n else "wilson-clusters"
        elif error2 > 0.0:
            half = normal_quantile(0.975) * math.sqrt(error2)
            low, high, method = mean - half, mean + half, "normal" if clusters == self.n else "normal-clusters"
        else:
            return not_measurable("There is no spread yet.", coverage=coverage, n=self.n)
        if self.low >= 0.0 and self.high <= 1.0:
            low, high = max(0.0, low), min(1.0, high)
        return Estimate(value=mean, low=min(low, mean), high=max(high, mean), n=self.n, clusters=clusters, method=method, coverage=coverage)

    def _error2(self, mean: float, clusters: int) -> float:
        if clusters < 2:
            return 0.0
        spread = self._squares - 2.0 * mean * self._products + mean * mean * self._sizes
        # Differences of large sums: what is left below this is rounding.
        if spread <= 1e-12 * max(self._squares, mean * mean * self._sizes):
            return 0.0
        return clusters / (clusters - 1.0) * spread / (self.n * self.n)
