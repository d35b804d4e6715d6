"""Leaderboards: HELM's numbers by hand, means and ranks with intervals that hold, what must not be ranked, worst cases."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats import difference, interval
from assay.stats.leaderboards import Scenario, leaderboard, mean_win_rates, worst_case

NAN = float("nan")


def test_helms_win_rates_by_hand() -> None:
    """Column 1: 3 models with values 1, 2, 2: wins 0, 1.5, 1.5 of 2. Column 2, lower is better, one empty. Column 3 has one number and is skipped."""
    found = mean_win_rates([[1, 5, NAN], [2, NAN, 3], [2, 4, NAN]], [False, True, False])
    assert found == pytest.approx([(0 + 0) / 2, 0.75, (0.75 + 1) / 2])
    assert mean_win_rates([[1.0], [NAN]]) == [None, None]


def scores(random: np.random.Generator, accuracy: list[float], n: int) -> np.ndarray:
    """0/1 scores of models on samples of one difficulty each."""
    ease = random.normal(0, 0.2, n)
    return (random.random((len(accuracy), n)) < np.clip(np.array(accuracy)[:, None] + ease, 0, 1)).astype(float)


def test_one_scenario_of_two_models_is_the_paired_comparison() -> None:
    """Mean scores and their intervals are those of `interval`; who beats whom is what the paired t interval says."""
    random = np.random.default_rng(1)
    table, labels = scores(random, [0.5, 0.62], 600), np.arange(600) // 3
    found = leaderboard(["a", "b"], {"s": Scenario(scores=table, clusters=labels)})
    for row in found.rows:
        own = interval(table["ab".index(row.model)], labels, kind="t")
        assert (row.score.value, row.score.low, row.score.high) == pytest.approx((own.value, own.low, own.high))
        assert row.score.method == "t-clusters" and row.score.clusters == 200
    apart = difference(table[1], table[0], labels).estimate
    assert apart.low is not None and (apart.low > 0) == (found.groups == ())


def test_models_that_cannot_be_told_apart_stand_together() -> None:
    random = np.random.default_rng(2)
    table = {name: Scenario(scores=scores(random, [0.3, 0.8, 0.79, 0.5], 800)) for name in ("x", "y", "z")}
    found = leaderboard(["low", "top", "next", "middle"], table)
    assert [row.model for row in found.rows][2:] == ["middle", "low"]
    assert found.groups == (tuple(row.model for row in found.rows[:2]),)
    assert [(row.first, row.last) for row in found.rows] == [(1, 2), (1, 2), (3, 3), (4, 4)]
    assert [row.win_rate.value for row in found.rows][2:] == pytest.approx([1 / 3, 0.0])
    for row in found.rows[:2]:
        assert row.win_rate.low is not None and row.win_rate.high is not None
        assert 0.66 < row.win_rate.low <= (row.win_rate.value or 0) <= row.win_rate.high <= 1.0


def test_win_rates_by_the_matrix_are_helms_of_the_means() -> None:
    random = np.random.default_rng(3)
    tables = [scores(random, [0.3, 0.5, 0.5, 0.7], 50) for _ in range(6)]
    found = leaderboard(list("abcd"), {str(k): Scenario(scores=each, lower_is_better=k == 2) for k, each in enumerate(tables)})
    means = np.array([each.mean(axis=1) for each in tables]).T
    theirs = dict(zip("abcd", mean_win_rates(means, [k == 2 for k in range(6)]), strict=True))
    assert {row.model: row.win_rate.value for row in found.rows} == pytest.approx(theirs)


def test_the_same_model_twice_is_no_difference() -> None:
    """The placebo: equal in every sample, so equal in every draw."""
    table = scores(np.random.default_rng(4), [0.5, 0.9], 200)[[0, 0, 1]]
    found = leaderboard(["one", "two", "other"], {"s": Scenario(scores=table)})
    assert found.groups == (("one", "two"),)
    assert [(row.win_rate.value, row.win_rate.low, row.win_rate.high) for row in found.rows[1:]] == [(0.25, 0.25, 0.25)] * 2


def test_two_models_that_always_differ_are_told_apart_only_by_enough_samples() -> None:
    """All right against all wrong has no spread: six samples are enough for an exact test of one pair, five are not."""
    for n, told in ((5, False), (6, True)):
        found = leaderboard(["wrong", "right"], {"s": Scenario(scores=np.array([[0.0] * n, [1.0] * n]))})
        assert (found.groups == ()) is told


def test_only_shared_samples_count_and_coverage_says_so() -> None:
    table = scores(np.random.default_rng(5), [0.4, 0.6], 100)
    table[0, :30], table[1, 20:40] = NAN, NAN
    found = leaderboard(["a", "b"], {"s": Scenario(scores=table), "empty": Scenario(scores=np.full((2, 10), NAN))})
    assert found.rows[0].score.n == 60 and found.rows[0].score.coverage == pytest.approx(60 / 110)
    assert found.dropped == (("empty", "0 samples in 0 clusters have a score of every model"),)
    nothing = leaderboard(["a", "b"], {"s": Scenario(scores=np.full((2, 10), NAN))})
    assert nothing.rows[0].score.reason == "No scenario has samples that all models share." and nothing.rows[0].first is None


def test_worst_case_is_helms_and_an_identity_placebo_is_nothing() -> None:
    found = worst_case([1, 1, 0, 1], [[1, 0, 0, NAN], [0, 1, 1, NAN]])
    assert found.worst.value == 0.25 and found.original.value == 0.75 and found.drop.estimate.value == -0.5
    assert worst_case([0.5, 0.2], [[0.9, 0.1]], lower_is_better=True).worst.value == pytest.approx(0.55)
    same = worst_case([1, 0, 1, 1] * 10, [[1, 0, 1, 1] * 10])
    assert same.drop.estimate.value == 0.0 and same.drop.won == same.drop.lost == 0
    assert worst_case([1, NAN, 0, 1], [[1, 1, 1, 1]]).worst.coverage == 0.75


def test_a_board_of_a_hundred_models() -> None:
    random = np.random.default_rng(6)
    table = scores(random, list(np.linspace(0.2, 0.8, 100)), 2000)
    found = leaderboard([str(each) for each in range(100)], {"s": Scenario(scores=table)}, resamples=100)
    assert all(row.first is not None and row.last is not None and row.first <= 100 - int(row.model) <= row.last for row in found.rows)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: leaderboard(["a"], {}), "two models"),
        (lambda: leaderboard(["a", "a"], {}), "named once"),
        (lambda: leaderboard(["a", "b"], {"数学": Scenario(scores=[[1, 2]])}), "'数学' must have 2 rows"),
        (lambda: leaderboard(["a", "b"], {"s": Scenario(scores=[[1, float("inf")], [0, 1]])}), "not finite"),
        (lambda: mean_win_rates([1, 2]), "table of models"),
        (lambda: mean_win_rates([[1, 2]], [True]), "all 2 columns"),
        (lambda: worst_case([1, 2], [[1]]), "a place per sample"),
    ],
)
def test_bad_input_is_named(call: object, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        call()  # type: ignore[operator]
