"""Columns to estimates: coverage, clusters, trials, what is not measurable."""

import math
from importlib.metadata import entry_points

import numpy as np
import pytest

from assay import metrics
from assay.core.errors import UsageError
from assay.stats import wilson


def column(flags: dict[int, list[float | None]], clusters: dict[int, str] | None = None) -> metrics.Column:
    made = metrics.Column("exact")
    for sample, values in flags.items():
        for value in values:
            made.add(sample, (clusters or {}).get(sample), value)
    return made


def test_plain_rate_is_wilson_with_its_coverage() -> None:
    found = metrics.mean()(column({i: [float(i % 4 != 0)] for i in range(40)}), 50)
    assert (found.value, found.n, found.clusters, found.method, found.coverage) == (0.75, 40, 40, "wilson", 0.8)
    assert (found.low, found.high) == pytest.approx(wilson(30, 40))


def test_trials_are_reduced_before_samples_count() -> None:
    """A sample with five trials weighs as much as one with a single trial."""
    found = metrics.mean()(column({0: [1.0] * 5, 1: [0.0], 2: [1.0, 0.0]}), 8)
    assert (found.value, found.n) == (0.5, 3)


def test_declared_clusters_and_samples_without_one() -> None:
    found = metrics.mean()(column({i: [i / 10] for i in range(8)}, {0: "a", 1: "a", 2: "b", 3: "b"}), 8)
    assert (found.n, found.clusters, found.method) == (8, 6, "t-clusters")


def test_order_of_trials_changes_nothing() -> None:
    pairs = [(i % 17, float((i * 7) % 5 == 0)) for i in range(200)]
    forward, backward = metrics.Column("x"), metrics.Column("x")
    for sample, value in pairs:
        forward.add(sample, str(sample % 6), value)
    for sample, value in reversed(pairs):
        backward.add(sample, str(sample % 6), value)
    one, other = metrics.mean()(forward, 200), metrics.mean()(backward, 200)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_unscored_and_not_finite_values_lower_coverage_only() -> None:
    made = column({0: [1.0, None], 1: [0.0, math.nan], 2: [1.0, math.inf]})
    found = metrics.mean()(made, 6)
    assert (len(made), made.unscored, found.coverage) == (3, 3, 0.5)
    assert found.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("made", "planned", "word"),
    [(column({}), 0, "planned"), (column({}), 5, "yet"), (column({0: [None], 1: [None]}), 2, "None of the 2 trials")],
)
@pytest.mark.parametrize("metric", ["mean", "pass@2", "aptitude"])
def test_nothing_scored_is_not_measurable(made: metrics.Column, planned: int, word: str, metric: str) -> None:
    found = metrics.named(metric)(made, planned)
    assert not found.measurable and found.coverage == 0.0
    assert word in (found.reason or "")


def test_more_trials_than_planned_do_not_lift_coverage_above_one() -> None:
    assert metrics.mean()(column({0: [1.0, 0.0], 1: [1.0]}), 1).coverage == 1.0


def test_attempts() -> None:
    made = column({0: [1.0, 0.0, 0.0], 1: [1.0, 1.0, 0.0], 2: [0.0, 0.0, 0.0]})
    assert metrics.named("pass@1")(made, 9).value == pytest.approx(1 / 3)
    assert metrics.named("pass@2")(made, 9).value == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert metrics.named("pass^2")(made, 9).value == pytest.approx((0 + 1 / 3 + 0) / 3)
    assert metrics.named("maj@3")(made, 9).value == pytest.approx(1 / 3)
    assert metrics.named("at_least_2")(made, 9).value == pytest.approx(1 / 3)
    assert metrics.named("best")(made, 9).value == pytest.approx(2 / 3)
    assert metrics.named("worst")(made, 9).value == 0.0
    spread = np.percentile([1, 0, 0], 90), np.percentile([1, 1, 0], 10)
    assert metrics.named("aptitude")(made, 9).value == pytest.approx((spread[0] + 1.0 + 0.0) / 3)
    assert [each.lower_is_better for each in (metrics.unreliability(), metrics.best(), metrics.pass_at(2))] == [True, False, False]
    assert metrics.named("unreliability")(made, 9).value == pytest.approx((spread[0] + 1.0 - spread[1]) / 3)


def test_too_few_trials_says_how_many_are_needed() -> None:
    found = metrics.named("pass@5")(column({0: [1.0, 0.0], 1: [1.0]}), 3)
    assert not found.measurable
    assert "at least 5" in (found.reason or "") and "is 2" in (found.reason or "")


def test_samples_with_too_few_trials_lower_the_coverage() -> None:
    found = metrics.named("pass@2")(column({0: [1.0, 0.0], 1: [1.0, 1.0], 2: [0.0, None]}), 6)
    assert (found.value, found.n) == (1.0, 2)
    assert found.coverage == pytest.approx(4 / 6)


def test_pass_at_refuses_graded_scores() -> None:
    found = metrics.named("pass@2")(column({0: [0.5, 0.7]}), 2)
    assert "0 or 1" in (found.reason or "")


def test_names_round_trip_and_wrong_ones_say_what_there_is() -> None:
    for metric in (
        metrics.mean(),
        metrics.pass_at(5),
        metrics.pass_hat(3),
        metrics.majority(7),
        metrics.at_least(2),
        metrics.best(),
        metrics.aptitude(),
    ):
        assert metrics.named(metric.name) == metric
    for wrong in ("pass@0", "pass@", "maen", "unknown"):
        with pytest.raises(UsageError, match="There are"):
            metrics.named(wrong)
    with pytest.raises(UsageError):
        metrics.pass_at(0)


def test_every_entry_point_makes_a_named_metric() -> None:
    points = {point.name: point.load() for point in entry_points(group="assay.metrics")}
    assert {"mean", "pass_at", "pass_hat", "majority", "aptitude", "unreliability"} <= set(points)
    for name, factory in points.items():
        made = factory(2) if name in ("pass_at", "pass_hat", "majority", "at_least") else factory()
        assert isinstance(made.name, str)


def test_an_estimate_does_not_lock_the_column() -> None:
    made = column({0: [1.0], 1: [0.0]})
    first = metrics.mean()(made, 3)
    made.add(2, None, 1.0)
    assert (first.n, metrics.mean()(made, 3).n) == (2, 3)


def test_a_hundred_thousand_trials_take_sixteen_bytes_each() -> None:
    made = metrics.Column("x")
    for index in range(1000):
        made.add(index, None, 1.0)
    assert sum(part.itemsize for part in (made.samples, made.clusters, made.values)) == 16
