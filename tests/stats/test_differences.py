"""The paired difference: worked examples, exact tests, what it refuses."""

from math import comb

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats import difference, interval, mcnemar, sign_flip


def test_mcnemar_worked_examples() -> None:
    assert mcnemar(5, 15) == pytest.approx(2 * sum(comb(20, k) for k in range(6)) / 2**20)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(4, 4) == 1.0
    assert mcnemar(0, 6) == pytest.approx(0.03125)


def test_mcnemar_beyond_the_range_of_floats_continues_the_exact_sum() -> None:
    exact = 2 * sum(comb(1300, k) for k in range(601)) / (1 << 1300)
    assert mcnemar(600, 700) == pytest.approx(exact, rel=1e-9)


def test_mcnemar_size_is_the_exact_one() -> None:
    """100 samples, 10 % discordant: the nominal 5 % test rejects in 2.2 % (published value)."""
    n, rate, size = 100, 0.1, 0.0
    for m in range(n + 1):
        rejected = sum(comb(m, k) for k in range(m + 1) if mcnemar(k, m - k) <= 0.05) / 2**m
        size += comb(n, m) * rate**m * (1 - rate) ** (n - m) * rejected
    assert size == pytest.approx(0.022, abs=5e-4)


def test_sign_flip_by_hand() -> None:
    """1, 2, 3: only +++ and --- reach 6, so 2 of 8."""
    assert sign_flip([1.0, 2, 3]) == 0.25
    assert sign_flip([0.0, 0.0]) == 1.0
    assert sign_flip([0.1] * 5) == 2 / 32


@pytest.mark.parametrize("size", [1, 2, 7, 15])
def test_sign_flip_counts_every_pattern(size: int) -> None:
    values = np.random.default_rng(0).normal(0.4, 1, size=size)
    totals = np.array([0.0])
    for value in values:
        totals = np.concatenate([totals + value, totals - value])
    exact = (np.abs(totals) >= abs(values.sum()) - 1e-9).mean()
    assert sign_flip(values) == pytest.approx(exact, rel=1e-12)


def test_sign_flip_reaches_as_far_as_its_groups_allow() -> None:
    """29 groups that all differ one way: 2 of 2^29 patterns, which 10,000 draws could never say."""
    assert sign_flip([1.0] * 29) == pytest.approx(2.0**-28)
    assert sign_flip([0.1, 0.2, 0.3, -0.6]) == 1.0
    assert sign_flip(np.full(100, 1.0), seed=1) == pytest.approx(1 / 10_001)


def test_difference_of_binary_scores() -> None:
    found = difference([1, 0, 1, 1, 0, 1], [0, 0, 1, 0, 0, 0])
    assert (found.won, found.lost, found.tied, found.method, found.p_value) == (3, 0, 3, "mcnemar", 0.25)
    assert found.estimate.value == pytest.approx(0.5)


def test_difference_is_the_interval_of_the_differences_and_antisymmetric() -> None:
    random = np.random.default_rng(3)
    a, b, clusters = random.random(200), random.random(200), np.arange(200) // 4
    found, mirrored = difference(a, b, clusters), difference(b, a, clusters)
    plain = interval(a - b, clusters, kind="t")
    assert (found.estimate.low, found.estimate.high) == pytest.approx((plain.low, plain.high))
    assert mirrored.estimate.low == pytest.approx(-found.estimate.high)  # type: ignore[operator]
    assert mirrored.p_value == pytest.approx(found.p_value)
    assert found.method == "t"


def test_p_value_and_interval_agree() -> None:
    random = np.random.default_rng(4)
    for shift in (0.0, 0.1, 0.2, 0.3):
        found = difference(random.random(60) + shift, random.random(60), test="t")
        assert found.estimate.low is not None and found.estimate.high is not None and found.p_value is not None
        assert (found.p_value < 0.05) == (not found.estimate.low <= 0.0 <= found.estimate.high)


def test_mde_formula() -> None:
    delta = np.tile([0.1, -0.1, 0.3, -0.3], 25)
    found = difference(delta, np.zeros(100))
    assert found.mde == pytest.approx(2.801585 * delta.std(ddof=1) / 10, rel=1e-5)


def test_identical_systems_leave_room() -> None:
    found = difference([0.5] * 20, [0.5] * 20)
    assert (found.p_value, found.tied) == (1.0, 20)
    # 6 of 20 must change, all one way, for 2 / 2^6 <= .05; P(Binomial(20, .3618) >= 6) = .8.
    tail = sum(comb(20, k) * found.mde**k * (1 - found.mde) ** (20 - k) for k in range(6, 21))  # type: ignore[operator]
    assert tail == pytest.approx(0.8)
    seen = found.detectable(0.05)
    assert seen is not None and seen.method == "exact"
    assert found.estimate.low is not None and found.estimate.low < 0.0 < found.estimate.high  # type: ignore[operator]


def test_small_samples_are_permuted_and_nothing_is_not_measurable() -> None:
    assert difference([0.3, 0.5, 0.9], [0.1, 0.2, 0.2]).method == "sign-flip"
    nothing = difference([], [])
    assert not nothing.estimate.measurable and nothing.p_value is None


def test_refusals() -> None:
    with pytest.raises(UsageError, match="same samples"):
        difference([1, 0], [1])
    with pytest.raises(UsageError, match="McNemar"):
        difference([1, 0], [1, 1], ["a", "a"], test="mcnemar")
    with pytest.raises(UsageError, match="no test"):
        difference([1, 0], [1, 1], test="magic")  # type: ignore[arg-type]


def test_what_could_have_been_seen_grows_with_the_correction() -> None:
    delta = np.tile([0.1, -0.1, 0.3, -0.3], 25)
    found = difference(delta, np.zeros(100))
    seen, corrected = found.detectable(0.05), found.detectable(0.05 / 72)
    assert seen is not None and corrected is not None
    assert (seen.effect, seen.method) == (found.mde, "normal")
    assert corrected.effect == pytest.approx((3.391 + 0.841621) * delta.std(ddof=1) / 10, rel=1e-3)


def test_one_changed_sample_does_not_make_a_comparison_sharp() -> None:
    """Of 60 samples one differs: the standard error is 1/60, but McNemar rejects from 6 discordant ones on."""
    found = difference([1] + [0] * 59, [0] * 60)
    seen = found.detectable(0.05)
    assert seen is not None and seen.method == "exact" and seen.effect > 6 / 60


def test_too_few_groups_can_show_nothing_at_a_corrected_level() -> None:
    labels = np.repeat(np.arange(10), 6)
    found = difference(np.ones(60), np.zeros(60), labels)
    assert found.method == "sign-flip" and found.p_value == found.least_p == 2 / 2**10
    assert found.detectable(0.05 / 72) is None
    assert found.detectable(0.05) is not None


def test_few_groups_are_judged_by_t() -> None:
    labels = np.repeat(np.arange(10), 6)
    random = np.random.default_rng(5)
    found = difference(random.random(60), random.random(60), labels)
    seen = found.detectable(0.05)
    assert seen is not None and seen.method == "t" and seen.effect == pytest.approx((2.262157 + 0.883404) * found.error, rel=1e-5)
