"""Unpaired differences: Newcombe's published example, p-value and interval in one voice, and what pairing would have seen."""

import numpy as np
import pytest

from assay.stats import difference, unpaired_difference


def test_newcombe_published_example() -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10: 56/70 against 48/80 is .2, from .0524 to .3339."""
    found = unpaired_difference(np.repeat([1.0, 0.0], [56, 14]), np.repeat([1.0, 0.0], [48, 32]))
    assert found.estimate.value == pytest.approx(0.2)
    assert [found.estimate.low, found.estimate.high] == pytest.approx([0.0524, 0.3339], abs=5e-5)
    assert found.method == found.estimate.method == "unpaired" and found.estimate.n == 150
    assert found.p_value is not None and found.p_value < 0.01


@pytest.mark.parametrize("seed", range(20))
def test_the_test_rejects_exactly_where_the_interval_leaves_0_out(seed: int) -> None:
    random = np.random.default_rng(seed)
    a, b = (random.random(40) < 0.8).astype(float), random.normal(0.55, 0.3, 60) if seed % 2 else (random.random(60) < 0.55).astype(float)
    labels = np.repeat(np.arange(20), 2)
    found = unpaired_difference(a, b, labels)
    low, high = found.estimate.low, found.estimate.high
    assert low is not None and high is not None and found.p_value is not None
    assert (found.p_value < 0.05) == (low > 0.0 or high < 0.0)
    turned = unpaired_difference(b, a, None, labels)
    assert turned.p_value == pytest.approx(found.p_value) and turned.estimate.low == pytest.approx(-high)


def test_pairing_sees_more() -> None:
    """The same scores: what both find hard cancels out only where the samples are paired."""
    ease = np.random.default_rng(1).random(200)
    a, b = ease + 0.03 + 0.01 * np.sin(np.arange(200)), ease
    paired, apart = difference(a, b, bounds=(-2.0, 2.0)), unpaired_difference(a, b)
    assert paired.p_value is not None and paired.p_value < 1e-6 and apart.p_value is not None and apart.p_value > 0.2
    assert apart.mde is not None and paired.mde is not None and apart.mde > 10 * paired.mde


def test_edges() -> None:
    assert unpaired_difference([], [1.0]).estimate.reason == "One of the two has no scored sample."
    assert unpaired_difference([3.0], [3.0, 4.0]).p_value is None
    same = unpaired_difference(np.ones(10), np.ones(10))
    assert same.estimate.value == 0.0 and same.p_value == 1.0 and same.estimate.low == pytest.approx(-(1 - 0.025**0.1))
    far = unpaired_difference(np.ones(3000), np.zeros(3000))
    assert far.p_value == 1e-9
