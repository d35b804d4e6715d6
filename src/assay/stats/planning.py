"""Planning a paired comparison of two models scored 0 or 1, before either was asked: its variance from two accuracies and their correlation."""

import math

import msgspec

from assay.core.errors import UsageError
from assay.stats.power import exact_effect, groups_needed, samples_needed
from assay.stats.quantiles import normal_quantile


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two models on samples of one kind.

    `baseline` is the accuracy of the one, `baseline + difference` of the other, `correlation` that of their scores on one sample (one trial each),
    `noise` the share of a score's variance that lies between trials of one sample, `trials_a`, `trials_b` how often each is tried.
    """

    baseline: float
    difference: float
    correlation: float
    noise: float = 0.0
    trials_a: int = 1
    trials_b: int = 1

    def __post_init__(self) -> None:
        p, q = self.baseline, self.baseline + self.difference
        if not 0.0 < p < 1.0:
            raise UsageError(f"The baseline is {p:g}: an accuracy lies between 0 and 1.")
        if not 0.0 <= q <= 1.0:
            raise UsageError(
                f"A difference of {self.difference:g} from {p:g} leads to {q:g}, which is no accuracy.",
                remedy=f"It lies between {-p:g} and {1 - p:g}.",
            )
        if not 0.0 <= self.noise < 1.0:
            raise UsageError(f"The noise is {self.noise:g}: a share, from 0 to below 1.")
        low, high = correlations(p, q)
        high = min(high, 1.0 - self.noise)
        if not low - 1e-9 <= self.correlation <= high + 1e-9:
            raise UsageError(
                f"Scores with means {p:g} and {q:g} cannot be correlated by {self.correlation:g}.",
                remedy=f"It lies between {low:.3f} and {high:.3f}.",
            )
        if min(self.trials_a, self.trials_b) < 1:
            raise UsageError("Each model is tried once or more.")

    @property
    def variance(self) -> float:
        """Of one sample's difference of mean scores: omega^2 + sigma_A^2/K_A + sigma_B^2/K_B. Source: Miller 2024, arXiv 2411.00640, section 5."""
        a, b = (each * (1.0 - each) for each in (self.baseline, self.baseline + self.difference))
        omega2 = (1.0 - self.noise) * (a + b) - 2.0 * self.correlation * math.sqrt(a * b)
        return max(0.0, omega2) + self.noise * (b / self.trials_a + a / self.trials_b)

    @property
    def discordant(self) -> float:
        """The share of samples on which one of the two is right and the other wrong, with one trial each."""
        once = msgspec.structs.replace(self, trials_a=1, trials_b=1)
        return once.variance + self.difference**2


def correlations(p: float, q: float) -> tuple[float, float]:
    """The least and the greatest correlation that two 0/1 scores of means p and q can have (Frechet's bounds of their joint table)."""
    scale = math.sqrt(p * (1.0 - p) * q * (1.0 - q))
    if scale == 0.0:
        return 0.0, 0.0
    return (max(0.0, p + q - 1.0) - p * q) / scale, (min(p, q) - p * q) / scale


def planned_samples(pair: Pair, *, design_effect: float = 1.0, alpha: float = 0.05, power: float = 0.8) -> int:
    """How many samples find `pair.difference`: by the normal approximation, and no fewer than an exact test of few samples takes."""
    n = samples_needed(pair.difference, variance=pair.variance, design_effect=design_effect, alpha=alpha, power=power)
    while not is_within_exact_reach(n, pair.difference, alpha=alpha, power=power):
        n += 1 + n // 100
    return n


def is_within_exact_reach(samples: int, difference: float, *, alpha: float, power: float) -> bool:
    """Whether an exact test of so many samples could find the difference if every change went one way: of 5 it never can at .05."""
    least = exact_effect(samples, alpha=alpha, power=power)
    return least is not None and least <= abs(difference) + 1e-12


def detectable_difference(samples: int, pair: Pair, *, design_effect: float = 1.0, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest difference from the baseline that `samples` find with `power`, whatever `pair.difference` says; None where even the largest
    possible one is not found. Upwards, and where the baseline leaves no room downwards."""

    def found(size: float) -> bool:
        low, high = correlations(pair.baseline, pair.baseline + size)
        near = min(max(pair.correlation, low), min(high, 1.0 - pair.noise))
        planned = msgspec.structs.replace(pair, difference=size, correlation=near)
        enough = samples_needed(size, variance=planned.variance, design_effect=design_effect, alpha=alpha, power=power) <= samples
        return enough and is_within_exact_reach(samples, size, alpha=alpha, power=power)

    for most in (1.0 - pair.baseline, -pair.baseline):
        if found(most):
            low, high = 0.0, most
            for _ in range(60):
                middle = (low + high) / 2.0
                low, high = (low, middle) if found(middle) else (middle, high)
            return abs(high)
    return None


def power_at(samples: int, difference: float, *, variance: float, design_effect: float = 1.0, alpha: float = 0.05) -> float:
    """The chance that a two-sided test at `alpha` on `samples` finds a true difference; none where so few samples can never reject."""
    if samples < groups_needed(alpha):
        return 0.0
    error = math.sqrt(design_effect * variance / samples)
    if error == 0.0:
        return 1.0
    reach = normal_quantile(1.0 - alpha / 2.0)
    return normal_cdf(abs(difference) / error - reach) + normal_cdf(-abs(difference) / error - reach)


def normal_cdf(z: float) -> float:
    """P(Z <= z)."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
