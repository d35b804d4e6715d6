"""The running estimate against the full one."""

import random

import pytest

from assay import metrics


@pytest.mark.parametrize(("trials", "binary"), [(1, True), (4, True), (1, False), (4, False)])
def test_close_to_the_result(trials: int, binary: bool) -> None:
    source = random.Random(5)
    made, running = metrics.Column("x"), metrics.Glance()
    for sample in range(400):
        level = source.random()
        for _ in range(trials):
            value = float(source.random() < level) if binary else level + source.random()
            made.add(sample, None, value)
            running.add(value, sample)
    full, quick = metrics.mean()(made, 400 * trials), running.estimate()
    assert (quick.value, quick.low, quick.high) == pytest.approx((full.value, full.low, full.high), abs=2e-3)
    assert quick.clusters == 400


def test_start() -> None:
    running = metrics.Glance()
    assert not running.estimate(0.0).measurable
    running.add(2.5, "a")
    assert not running.estimate().measurable
    running.add(float("nan"), "b")
    assert running.n == 1
    one = metrics.Glance()
    one.add(1.0, 0)
    found = one.estimate()
    assert (found.value, found.high, found.method) == (1.0, 1.0, "wilson") and found.low is not None and 0.15 < found.low < 0.25


def test_zero_hits_in_repeated_samples_count_samples_only() -> None:
    running, plain = metrics.Glance(), metrics.Glance()
    for sample in range(10):
        plain.add(0.0, sample)
        for _ in range(20):
            running.add(0.0, sample)
    assert running.estimate().high == pytest.approx(plain.estimate().high)


def test_large_values_do_not_lose_the_spread_to_rounding() -> None:
    running = metrics.Glance()
    for each in range(100):
        running.add(1e6 + each % 2, each)
    found = running.estimate()
    assert found.low is not None and found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5025 / 10, rel=0.02)


def test_a_value_too_large_to_square_breaks_nothing() -> None:
    glance = metrics.Glance()
    for place, value in enumerate((1.0, 1e308, 0.0)):
        glance.add(value, place)
    assert glance.estimate().value == 0.5
