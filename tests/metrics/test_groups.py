"""Scores of a group: weights, intervals, and what is missing."""

import math

import numpy as np
import pytest

from assay.core.estimate import Estimate, not_measurable
from assay.metrics.groups import combined
from assay.stats.intervals import interval


def estimate(value: float, low: float, high: float, n: int = 10) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=n, clusters=n, method="wilson")


def test_weights_and_limits_of_a_worked_example() -> None:
    """0.8 of 30 and 0.5 of 10: 0.725 by size, 0.65 each alike; distances to the limits add up as squares."""
    parts = {"a": estimate(0.8, 0.7, 0.86, 30), "b": estimate(0.5, 0.3, 0.7, 10)}
    by_size = combined(parts, {"a": 30.0, "b": 10.0})
    assert by_size.value == pytest.approx(0.725) and by_size.n == 40
    assert by_size.low == pytest.approx(0.725 - math.hypot(0.75 * 0.1, 0.25 * 0.2))
    assert by_size.high == pytest.approx(0.725 + math.hypot(0.75 * 0.06, 0.25 * 0.2))
    assert combined(parts, {"a": 1.0, "b": 1.0}).value == pytest.approx(0.65)


def test_a_part_without_a_value_leaves_the_whole_without_one_and_is_named() -> None:
    found = combined({"a": estimate(0.8, 0.7, 0.9), "b": not_measurable("nobody answered")}, {"a": 1.0, "b": 1.0})
    assert found.value is None and found.reason == "b: nobody answered"


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng, truths, sizes = np.random.default_rng(4), (0.9, 0.6, 0.3), (20, 60, 40)
    whole = float(np.average(truths, weights=sizes))
    hits = 0
    for _ in range(2000):
        parts = {str(size): interval((rng.random(size) < truth).astype(float)) for truth, size in zip(truths, sizes, strict=True)}
        found = combined(parts, {str(size): float(size) for size in sizes})
        assert found.low is not None and found.high is not None
        hits += found.low <= whole <= found.high
    assert 0.935 <= hits / 2000 <= 0.975
