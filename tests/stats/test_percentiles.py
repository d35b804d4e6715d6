"""The interval of a percentile: worked counts, exact binomial ranks, what too few values cannot say."""

import numpy as np
import pytest
from scipy.stats import binom

from assay.core.errors import UsageError
from assay.stats import percentile


def test_a_worked_median():
    """Of 9 values the 2nd and the 8th hold the median with 1 - 2 * 10/512 = 96.1 % (Conover, Practical Nonparametric Statistics, 3.2)."""
    found = percentile(np.arange(1.0, 10.0), 0.5, level=0.95)
    assert (found.value, found.low, found.high) == (5.0, 2.0, 8.0)
    assert found.method == "order-statistics" and found.n == 9


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("n", [60, 200, 1000, 100_000])
def test_the_ranks_are_the_tightest_that_the_binomial_allows(n, share):
    found = percentile(np.arange(1.0, n + 1), share, level=0.9)
    low, high = int(found.low), int(found.high)
    assert binom.cdf(low - 1, n, share) <= 0.05 < binom.cdf(low, n, share)
    assert binom.cdf(high - 1, n, share) >= 0.95 > binom.cdf(high - 2, n, share)


def test_too_few_values_say_how_many_it_takes():
    found = percentile(np.ones(40), 0.95, level=0.9)
    assert not found.measurable and found.reason == "40 independent values are too few for this percentile; needs about 59"
    assert percentile(np.arange(59.0), 0.95, level=0.9).measurable and not percentile(np.arange(58.0), 0.95, level=0.9).measurable
    assert percentile([], 0.5).reason == "There is no value."


def test_values_of_one_cluster_count_as_fewer():
    values = np.sort(np.random.default_rng(1).exponential(size=200))
    alone, together = percentile(values, 0.5), percentile(values, 0.5, np.arange(200) // 10)
    assert together.low < alone.low < alone.value < alone.high < together.high and together.clusters == 20
    copies = percentile(np.repeat(values[:40], 5), 0.5, np.repeat(np.arange(40), 5))
    assert copies.low <= percentile(values[:40], 0.5).low


def test_what_cannot_be():
    for share, level in ((0.0, 0.9), (1.0, 0.9), (0.5, 1.0)):
        with pytest.raises(UsageError):
            percentile([1.0], share, level=level)
