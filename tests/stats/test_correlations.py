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


@pytest.mark.parametrize("measure", [pearson, spearman, kendall])
def test_standard_errors_are_the_jackknifes(measure: object) -> None:
    """Ties and all: what each item adds, in closed form, against leaving each out."""
    dice = np.random.default_rng(4)
    a = dice.integers(0, 8, 300).astype(float)
    b = a + dice.integers(0, 8, 300)
    left_out = np.array([measure(np.delete(a, each), np.delete(b, each)).value for each in range(300)])  # type: ignore[operator]
    jackknife = float(np.sqrt(299 / 300 * ((left_out - left_out.mean()) ** 2).sum()))
    found = measure(a, b)  # type: ignore[operator]
    error = (np.arctanh(found.high) - np.arctanh(found.value)) * (1 - found.value**2) / 1.968
    assert error == pytest.approx(jackknife, rel=0.01)


def test_pearson_of_heavy_tails_is_no_normals() -> None:
    """Fisher's own error, 1/sqrt(n - 3), would miss half of what heavy tails do."""
    dice = np.random.default_rng(5)
    z = dice.standard_t(4, (2000, 2))
    found = pearson(z[:, 0], 0.6 * z[:, 0] + 0.8 * z[:, 1])
    assert np.arctanh(found.high) - np.arctanh(found.value) > 1.3 * 1.96 / np.sqrt(1997)


def test_clusters_of_copies_widen_by_their_number() -> None:
    dice = np.random.default_rng(6)
    a, b = dice.normal(size=(2, 200))
    for measure in (pearson, spearman, kendall):
        one, four = measure(a, b), measure(np.repeat(a, 4), np.repeat(b, 4), np.repeat(np.arange(200), 4))
        assert four.method == "fisher-z-clusters"
        assert (four.high - four.low) == pytest.approx(one.high - one.low, rel=0.02)
