"""Correlations: scipy's values on ties and without, intervals that hold the truth, and what has none."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.correlations import kendall, pearson, spearman


@pytest.mark.parametrize("levels", [3, 10, 10_000])
def test_values_are_scipys(levels: int) -> None:
    from scipy import stats

    dice = np.random.default_rng(levels)
    a = dice.integers(0, levels, 200).astype(float)
    b = a + dice.integers(-levels // 2, levels // 2 + 1, 200)
    for ours, theirs in ((pearson, stats.pearsonr), (spearman, stats.spearmanr), (kendall, stats.kendalltau)):
        assert ours(a, b).value == pytest.approx(theirs(a, b).statistic)


@pytest.mark.parametrize(("measure", "truth"), [(pearson, 0.6), (spearman, 0.5818), (kendall, 0.4097)])
def test_intervals_hold_the_truth_of_a_normal(measure: object, truth: float) -> None:
    """2,000 samples of 100 pairs with rho = .6: Spearman 6/pi asin(.3), Kendall 2/pi asin(.6)."""
    dice, held = np.random.default_rng(9), 0
    for _ in range(2_000):
        x = dice.normal(size=100)
        found = measure(x, 0.6 * x + 0.8 * dice.normal(size=100))  # type: ignore[operator]
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 2_000 <= 0.965


def test_what_has_no_correlation_says_why() -> None:
    assert "same for all" in str(pearson([1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6]).reason)
    assert "5 items or more" in str(kendall([1, 2], [1, 2]).reason)
    with pytest.raises(UsageError):
        spearman([1, 2, 3], [1, 2])


def test_perfect_order_leaves_room_for_what_nobody_saw() -> None:
    found = kendall(range(40), range(40))
    assert found.value == found.high == 1.0 and found.low is not None and 0.5 < found.low < 1.0
