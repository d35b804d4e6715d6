"""Planning a comparison: a worked example, Frechet's bounds, and the power that is promised, by simulation."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats import samples_needed
from assay.stats.planning import Pair, correlations, detectable_difference, planned_samples, power_at


def test_a_worked_example() -> None:
    """Accuracies 0.7 and 0.73, correlation 0.5: variances 0.21 and 0.1971, covariance 0.5 * sqrt(0.21 * 0.1971) = 0.10172."""
    pair = Pair(baseline=0.7, difference=0.03, correlation=0.5)
    assert pair.variance == pytest.approx(0.21 + 0.1971 - 2 * 0.101724, abs=1e-5)
    assert pair.discordant == pytest.approx(pair.variance + 0.0009)
    assert samples_needed(0.03, variance=pair.variance) == 1777  # (1.959964 + 0.841621)^2 * 0.203652 / 0.0009 = 1776.1


def test_noise_is_what_trials_take_away() -> None:
    once = Pair(baseline=0.5, difference=0.0, correlation=0.2, noise=0.4)
    often = Pair(baseline=0.5, difference=0.0, correlation=0.2, noise=0.4, trials_a=10, trials_b=10)
    assert once.variance == pytest.approx(0.5 - 0.1)
    assert often.variance == pytest.approx(0.5 * 0.6 - 0.1 + 0.4 * 0.5 / 10)


@pytest.mark.parametrize(("p", "q"), [(0.5, 0.5), (0.7, 0.73), (0.1, 0.9), (0.05, 0.5)])
def test_the_bounds_of_a_correlation_are_those_of_a_joint_table(p: float, q: float) -> None:
    both = np.linspace(max(0.0, p + q - 1.0), min(p, q), 5)
    found = (both - p * q) / np.sqrt(p * (1 - p) * q * (1 - q))
    assert correlations(p, q) == (pytest.approx(found[0]), pytest.approx(found[-1]))
    with pytest.raises(UsageError, match="It lies between"):
        Pair(baseline=p, difference=q - p, correlation=found[-1] + 0.01)


@pytest.mark.parametrize(
    ("baseline", "difference", "correlation"), [(0.7, 0.03, 0.5), (0.5, 0.05, 0.3), (0.9, -0.02, 0.6), (0.2, 0.04, 0.0)]
)
def test_the_promised_power_is_reached(baseline: float, difference: float, correlation: float) -> None:
    """20,000 comparisons of the planned size, by a z test on the discordant pairs: 80 % +- 1.5."""
    pair = Pair(baseline=baseline, difference=difference, correlation=correlation)
    n = samples_needed(difference, variance=pair.variance)
    won = (pair.discordant + difference) / 2.0
    counts = np.random.default_rng(4).multinomial(n, [won, won - difference, 1.0 - pair.discordant], size=20_000)
    mean = (counts[:, 0] - counts[:, 1]) / n
    error = np.sqrt(((counts[:, 0] + counts[:, 1]) / n - mean**2) / (n - 1))
    assert float((np.abs(mean / error) > 1.959964).mean()) == pytest.approx(0.8, abs=0.015)
    assert power_at(n, difference, variance=pair.variance) == pytest.approx(0.8, abs=0.002)


@pytest.mark.parametrize("samples", [60, 500, 20_000])
def test_both_ways_agree(samples: int) -> None:
    pair = Pair(baseline=0.6, difference=0.0, correlation=0.4)
    size = detectable_difference(samples, pair)
    assert size is not None
    planned = Pair(baseline=0.6, difference=size, correlation=min(0.4, correlations(0.6, 0.6 + size)[1]))
    assert samples_needed(size, variance=planned.variance) == pytest.approx(samples, abs=1)


def test_what_an_exact_test_of_few_samples_cannot_find_is_not_promised() -> None:
    """Of 5 pairs, all one way, the exact p-value is 2 / 2^5 = .0625: never below .05."""
    pair = Pair(baseline=0.3, difference=0.65, correlation=0.0)
    assert samples_needed(0.65, variance=pair.variance) < 6 <= planned_samples(pair)
    assert power_at(5, 0.65, variance=pair.variance) == 0.0
    assert detectable_difference(5, pair) is None


def test_too_few_samples_find_nothing() -> None:
    assert detectable_difference(2, Pair(baseline=0.5, difference=0.0, correlation=0.0)) is None
