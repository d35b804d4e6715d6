"""Two one-sided tests within a margin: worked examples, duality of interval and p-value, sizes, and what cannot be shown."""

from collections.abc import Callable

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.margins import Equivalence, equivalence, hall, score_statistic, unhall


def scores(won: int, lost: int, tied: int) -> tuple[np.ndarray, np.ndarray]:
    a = np.repeat([1.0, 0.0, 1.0], [won, lost, tied])
    return a, np.repeat([0.0, 1.0, 1.0], [won, lost, tied])


def test_a_worked_example_of_the_score_test() -> None:
    """12 won and 9 lost of 200, A truly 5 points worse: the share lost is the larger root of 400 q^2 - 40.85 q + 0.4725, z = 13 / sqrt(200 (2 q - .0525))."""
    n, won, lost, null = 200.0, 12.0, 9.0, -0.05
    linear = -won - lost + (2 * n - won + lost) * null
    assert linear == pytest.approx(-40.85)
    losing = (np.sqrt(linear**2 + 8 * n * lost * null * (1 - null)) - linear) / (4 * n)
    assert losing == pytest.approx(0.0888266, abs=1e-7)
    assert score_statistic(won, lost, n, null) == pytest.approx((3 + 10) / np.sqrt(200 * (2 * losing - 0.0525)), rel=1e-9)
    # Where the null is 0 it is McNemar's (b - c) / sqrt(b + c).
    assert score_statistic(12, 9, 200, 0.0) == pytest.approx(3 / np.sqrt(21))


def test_the_restricted_share_has_the_largest_likelihood() -> None:
    """Tango's closed form against a search: the share lost that makes 12 won and 9 lost likeliest where A is truly 5 points worse."""
    won, lost, n, null = 12, 9, 200, -0.05
    share = np.linspace(0.0501, 0.5, 200_000)
    likelihood = won * np.log(share + null) + lost * np.log(share) + (n - won - lost) * np.log(1 - 2 * share - null)
    best = float(share[np.argmax(likelihood)])
    assert score_statistic(won, lost, n, null) == pytest.approx(13 / np.sqrt(n * (2 * best + null * (1 - null))), rel=1e-4)


def test_clearly_the_same_clearly_worse_and_neither() -> None:
    same = equivalence(*scores(20, 20, 960), margin=0.02)
    assert same.verdict == "equivalent" and same.method == "score" and same.p_value is not None and same.p_value < 0.01
    assert equivalence(*scores(0, 100, 900), margin=0.02).verdict == "different"
    assert equivalence(*scores(0, 100, 900), margin=0.02, form="non-inferiority").verdict == "inferior"
    few = equivalence(*scores(2, 2, 46), margin=0.02)
    assert few.verdict == "not shown" and few.samples_needed is not None and few.samples_needed > 500
    better = equivalence(*scores(100, 0, 900), margin=0.02, form="non-inferiority")
    assert better.verdict == "non-inferior" and equivalence(*scores(100, 0, 900), margin=0.02).verdict == "different"


@pytest.mark.parametrize("seed", range(40))
def test_the_interval_lies_inside_the_margin_exactly_where_the_tests_reject(seed: int) -> None:
    random = np.random.default_rng(seed)
    n, labels = 60, np.repeat(np.arange(20), 3) if seed % 2 else None
    a = (random.random(n) < 0.8).astype(float) if seed % 4 < 2 else random.beta(4, 2, n)
    b = np.where(random.random(n) < random.choice([0.01, 0.1, 0.3]), random.random(n).round() if seed % 4 < 2 else random.random(n), a)
    margin = float(random.choice([0.02, 0.05, 0.1, 0.2]))
    both, one = (equivalence(a, b, labels, margin=margin, form=form) for form in ("equivalence", "non-inferiority"))
    assert both.estimate.low is not None and both.estimate.high is not None and both.p_value is not None and one.p_value is not None
    assert (both.p_value < 0.05) == (-margin < both.estimate.low and both.estimate.high < margin) == (both.verdict == "equivalent")
    assert (one.p_value < 0.05) == (-margin < both.estimate.low) == (one.verdict == "non-inferior")
    assert both.estimate.low <= both.estimate.value <= both.estimate.high  # type: ignore[operator]
    turned = equivalence(b, a, labels, margin=margin)
    assert turned.p_lower == pytest.approx(both.p_upper) and turned.estimate.low == pytest.approx(-both.estimate.high)


def test_no_difference_at_all_shows_only_what_so_many_samples_can() -> None:
    """100 samples without a difference: at most 1 - .05^(1/100) = 2.95 % of others can differ."""
    values = np.linspace(0.1, 0.9, 100)
    shown, not_shown = equivalence(values, values, margin=0.03), equivalence(values, values, margin=0.029)
    assert shown.estimate.high == pytest.approx(1 - 0.05**0.01) and shown.p_value == pytest.approx(0.97**100)
    assert (shown.verdict, not_shown.verdict) == ("equivalent", "not shown") and shown.method == "exact-t"
    five = equivalence(np.ones(5), np.ones(5), margin=0.02)
    assert five.verdict == "not shown" and five.smallest_margin is not None and five.smallest_margin > 0.4


def test_losses_of_one_kind_do_not_pass_as_few() -> None:
    """Nine of ten clusters lose nothing, one loses all: t alone would say too much; 100 samples of which A loses 5 in the mean, and never wins.
    A plain t test passes 12 % of these at a nominal 5 %."""
    random = np.random.default_rng(0)
    for tried in (1, 3):
        passed = 0
        for _ in range(2000):
            a = np.ones((100, tried))
            a[random.random(100) < 0.05] = 0.0
            found = equivalence(a.mean(axis=1) if tried == 1 else a.mean(axis=1) * 0.999, np.ones(100), margin=0.05, form="non-inferiority")
            passed += found.verdict == "non-inferior"
        assert passed / 2000 <= 0.06


def test_hall_and_back() -> None:
    for skewness in (-0.6, -0.1, 0.0, 0.1, 0.6):
        for t in (-3.0, 0.5, 2.5):
            assert unhall(hall(t, skewness), skewness) == pytest.approx(t, abs=1e-9)


def test_what_cannot_be_shown_says_why() -> None:
    nothing: Equivalence = equivalence([], [], margin=0.1)
    assert nothing.verdict == "not measurable" and nothing.estimate.reason == "There is no shared sample."
    one = equivalence([1.0, 0.0], [1.0, 1.0], ["a", "a"], margin=0.1)
    assert one.verdict == "not measurable" and "one group" in str(one.estimate.reason)
    unbounded = equivalence([3.0, 4.0], [3.0, 4.0], margin=0.1)
    assert unbounded.verdict == "not measurable" and "range" in str(unbounded.estimate.reason)
    assert equivalence([3.0, 4.0], [3.0, 4.0], margin=0.1, bounds=(-4.0, 4.0)).verdict == "not shown"


def test_refusals() -> None:
    calls: tuple[Callable[[], Equivalence], ...] = (
        lambda: equivalence([1.0, 1.0], [1.0], margin=0.1),
        lambda: equivalence([1.0, 1.0], [1.0, 0.0], margin=0.0),
        lambda: equivalence([1.0, 1.0], [1.0, 0.0], margin=0.1, alpha=0.5),
        lambda: equivalence([1.0, float("nan")], [1.0, 0.0], margin=0.1),
        lambda: equivalence([1.0, 1.0], [1.0, 0.0], margin=0.1, form="superiority"),  # type: ignore[arg-type]
    )
    for call in calls:
        with pytest.raises(UsageError):
            call()
