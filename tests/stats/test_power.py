"""Power: Miller's formula, and back again."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats import difference_error, exact_effect, groups_needed, minimum_detectable_effect, samples_needed, within_variance


def test_worked_example() -> None:
    """(1.959964 + 0.841621)^2 * (1/9) / 0.03^2 = 968.99 samples, rounded up; the formula is section 5 of Miller 2024."""
    assert samples_needed(0.03, variance=1 / 9) == 969
    assert minimum_detectable_effect(1.0) == pytest.approx(2.801585, abs=1e-6)


def test_there_and_back() -> None:
    n = samples_needed(0.05, variance=0.2, design_effect=1.5)
    assert minimum_detectable_effect(difference_error(n, omega2=0.2, design_effect=1.5)) <= 0.05
    assert minimum_detectable_effect(difference_error(n - 1, omega2=0.2, design_effect=1.5)) > 0.05


def test_trials_lower_only_the_part_within_samples() -> None:
    once = difference_error(100, omega2=0.1, sigma2_a=0.2, sigma2_b=0.2)
    often = difference_error(100, omega2=0.1, sigma2_a=0.2, sigma2_b=0.2, trials_a=10**6, trials_b=10**6)
    assert once == pytest.approx((0.5 / 100) ** 0.5)
    assert often == pytest.approx((0.1 / 100) ** 0.5, rel=1e-5)


def test_within_variance() -> None:
    assert within_variance([0.0, 1.0, 1.0, 1.0, 0.5], ["a", "a", "b", "b", "c"]) == pytest.approx(0.25)
    values = np.random.default_rng(0).normal(scale=2.0, size=(2000, 4)) + np.arange(2000)[:, None]
    assert within_variance(values.ravel(), np.repeat(np.arange(2000), 4)) == pytest.approx(4.0, rel=0.05)


def test_groups_that_an_exact_test_needs() -> None:
    """2 / 2^6 = .03125 is the first below .05; 2 / 2^12 = .00049 the first below .05 / 72."""
    assert (groups_needed(0.05), groups_needed(0.05 / 72), groups_needed(0.5)) == (6, 12, 2)
    assert exact_effect(5) is None
    assert exact_effect(6) == pytest.approx(0.8 ** (1 / 6))


def test_refusals() -> None:
    for call in (
        lambda: samples_needed(0.0, variance=1.0),
        lambda: minimum_detectable_effect(1.0, power=1.0),
        lambda: difference_error(0, omega2=1.0),
        lambda: within_variance([1.0, 2.0], ["a", "b"]),
    ):
        with pytest.raises(UsageError):
            call()
