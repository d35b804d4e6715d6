"""Confidence sequences: by hand, by simulation, against their own slow form, and where they must refuse."""

import numpy as np
import pytest
from tests.statistics.peeking import designs, peeks

from assay.core.errors import UsageError
from assay.stats import FiniteSet, MeanSequence, difference_sequence, first_exclusion, interval, mean_sequence
from assay.stats.sequences import BETS


def test_one_value_by_hand() -> None:
    # Capital after one hit: the mean of 1 - b + b / m, which is 1 + mean(b) (1 / m - 1); it reaches 2 / .05 = 40 at the bound.
    found = mean_sequence([1.0])
    assert found.low == pytest.approx(1.0 / (1.0 + 39.0 / BETS.mean()), abs=1e-9)
    assert (found.value, found.high, found.method) == (1.0, 1.0, "betting")


def test_a_rate_by_its_definition() -> None:
    values = np.array([1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    low = mean_sequence(values, level=0.5).low
    assert low is not None
    capital = np.mean([np.prod(1.0 - b + b * values / low) for b in BETS])
    assert capital == pytest.approx(4.0, rel=1e-6)


def test_each_value_once_more_or_all_at_once_is_the_same() -> None:
    values = np.random.default_rng(1).random(300)
    bit = MeanSequence()
    for value in values:
        bit.add([value])
    whole = mean_sequence(values)
    assert bit.estimate().low == pytest.approx(whole.low)
    assert bit.estimate().high == pytest.approx(whole.high)
    assert mean_sequence(np.sort(values)) == pytest.approx(whole) or mean_sequence(np.sort(values)).low == pytest.approx(whole.low)


def test_counts_on_a_lattice_are_on_the_safe_side_and_lose_nothing_anybody_sees() -> None:
    values = np.random.default_rng(2).beta(3, 2, 2_000)
    found = mean_sequence(values)
    assert found.low is not None and found.high is not None and found.value is not None
    inside = found.low + 1e-3 * (found.high - found.low)
    assert first_exclusion(values, found.low - 1e-9) is not None
    # What the exact capital excludes at the end, the lattice may keep only by a thousandth of the width.
    exact = np.mean([np.prod(1.0 - b + b * values / inside) for b in BETS])
    assert exact < 40.0


def test_a_finite_set_seen_whole_leaves_nothing_to_know_and_is_never_wider() -> None:
    values = (np.random.default_rng(3).random(800) < 0.7).astype(float)
    found = MeanSequence(of=FiniteSet(units=800, samples=800))
    for start in range(0, 800, 100):
        found.add(values[start : start + 100])
        own, population = found.estimate(), mean_sequence(values[: start + 100])
        assert own.low is not None and own.high is not None and population.low is not None and population.high is not None
        assert own.high - own.low <= population.high - population.low + 1e-9
    assert (own.low, own.high) == pytest.approx((values.mean(), values.mean()), abs=1e-9)
    assert own.method == "betting-set"
    with pytest.raises(UsageError, match="More was drawn"):
        found.add([1.0])


def test_what_has_no_value_in_a_finite_set_could_be_anything() -> None:
    found = MeanSequence(of=FiniteSet(units=100, samples=100))
    found.add([1.0] * 80 + [0.0] * 20, [1.0] * 80 + [1.0] * 10 + [0.0] * 10, [0.0] * 90 + [1.0] * 10)
    whole = found.estimate()
    assert (whole.low, whole.high) == pytest.approx((0.8, 0.9), abs=1e-9)
    assert (whole.n, whole.value) == (90, pytest.approx(80 / 90))


def test_clusters_weigh_as_many_samples_as_they_hold() -> None:
    values, labels = [1.0] * 10 + [0.0] * 5, [0] * 10 + [1, 2, 3, 4, 5]
    found = mean_sequence(values, labels)
    assert (found.value, found.n, found.clusters, found.method) == (pytest.approx(2 / 3), 15, 6, "betting-clusters")
    assert found.low is not None and (alone := mean_sequence(values).low) is not None and found.low < alone


def test_a_difference_is_seen_and_its_sign_is_right() -> None:
    a, b = np.ones(200), (np.arange(200) % 2).astype(float)
    found = difference_sequence(a, b)
    assert found.value == 0.5 and found.low is not None and found.low > 0.3
    other = difference_sequence(b, a)
    assert other.high is not None and other.high == pytest.approx(-found.low)


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (lambda: mean_sequence([0.5, 1.5]), "outside the range"),
        (lambda: mean_sequence([float("nan")]), "finite"),
        (lambda: mean_sequence([0.5], bounds=(0.0, float("inf"))), "finite range"),
        (lambda: mean_sequence([0.5], level=1.0), "level"),
        (lambda: mean_sequence([1.0, 1.0], [0, 0], largest=1), "more than the largest"),
        (lambda: difference_sequence([1.0], [1.0, 0.0]), "same samples"),
        (lambda: MeanSequence().add([1.0, 0.0], [1.0]), "one size for each"),
    ],
)
def test_refused(bad: object, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        bad()  # type: ignore[operator]


def test_nothing_seen_is_not_measurable() -> None:
    assert mean_sequence([]).value is None
    only_missing = MeanSequence()
    only_missing.add([0.0], [0.0], [1.0])
    assert only_missing.estimate().reason == "There is no value."


@pytest.mark.parametrize("design", [each for each in designs() if "10,000" not in each.name], ids=lambda each: each.name)
def test_the_truth_is_hardly_ever_excluded_at_any_look(design: object) -> None:
    missed = sum(design.missed(seed) for seed in range(200))  # type: ignore[attr-defined]
    assert missed <= 18  # 5 % of 200 is 10; 18 or more come by chance in 1 of 100


def test_fifty_peeks_at_no_difference() -> None:
    seen = [peeks(seed) for seed in range(60)]
    assert sum(sequence for sequence, _ in seen) <= 7
    assert sum(naive for _, naive in seen) >= 10  # the usual test is wrong in three of ten


def test_the_usual_interval_would_fail_here() -> None:
    """The control of the simulation above: looked at after each value, the fixed-n interval excludes the truth most of the time."""
    random, missed = np.random.default_rng(5), 0
    for _ in range(40):
        values = (random.random(400) < 0.5).astype(float)
        looks = [interval(values[:n]) for n in range(20, 400, 10)]
        missed += any(not each.low <= 0.5 <= each.high for each in looks)  # type: ignore[operator]
    assert missed >= 8


def test_large_and_still_quick_to_look_at() -> None:
    found = MeanSequence()
    values = np.random.default_rng(6).random(100_000)
    for part in np.array_split(values, 100):
        found.add(part)
    assert len(found._below._tables) == 1  # what is kept does not grow with what was seen
    estimate = found.estimate()
    assert estimate.n == 100_000 and estimate.low is not None and estimate.low < 0.5 < (estimate.high or 0.0)
