"""Ranks as ranges: by hand, by simulation near ties, and where nothing can be said."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats import ranking, ranking_of, simultaneous_differences


def test_ranks_and_groups_by_hand() -> None:
    """Four competitors: 2 beats 0 and 3, 1 beats 3, the rest is open. Best first: 2, 1, 0, 3."""
    beats = np.zeros((4, 4), bool)
    beats[2, 0] = beats[2, 3] = beats[1, 3] = True
    found = ranking_of([0.5, 0.7, 0.8, 0.2], beats)
    assert found.order == (2, 1, 0, 3)
    assert found.first == (2, 1, 1, 3) and found.last == (4, 3, 2, 4)
    assert found.groups == ((2, 1), (1, 0), (0, 3))


def test_one_group_of_all_and_groups_of_none() -> None:
    assert ranking_of([1.0, 2.0, 3.0], np.zeros((3, 3))).groups == ((2, 1, 0),)
    sure = ranking([3.0, 2.0, 1.0], [[0, 0.5, 1.5], [-1.5, 0, 0.5], [-2.5, -1.5, 0]])
    assert sure.groups == () and sure.first == sure.last == (1, 2, 3)
    assert ranking([], []).order == () and ranking([1.0], [[0.0]]).first == (1,)


def test_groups_are_the_longest_runs_without_a_pair_apart() -> None:
    """Against the definition, spelled out, on random decisions."""
    random = np.random.default_rng(1)
    for _ in range(200):
        count = int(random.integers(1, 9))
        beats = np.triu(random.random((count, count)) < 0.3, 1)
        runs = [(a, b) for a in range(count) for b in range(a + 1, count) if not beats[a : b + 1, a : b + 1].any()]
        longest = [run for run in runs if not any(other != run and other[0] <= run[0] and run[1] <= other[1] for other in runs)]
        groups = ranking_of(-np.arange(float(count)), beats).groups
        assert [(group[0], group[-1]) for group in groups] == longest


def test_two_competitors_need_no_allowance_for_many() -> None:
    """One pair: the critical value is the normal one, with few degrees of freedom the t one."""
    pair = simultaneous_differences([0.6, 0.5], np.diag([0.01, 0.02]), draws=400_000)
    assert pair.critical == pytest.approx(1.96, abs=0.01)
    assert pair.high[0, 1] == pytest.approx(0.1 + pair.critical * 0.03**0.5) and pair.low[1, 0] == -pair.high[0, 1]
    assert simultaneous_differences([0.6, 0.5], np.diag([0.01, 0.02]), freedom=5, draws=400_000).critical == pytest.approx(2.57, abs=0.03)


def test_critical_value_of_equal_independent_means_is_tukeys() -> None:
    """The studentised range of 10 means at 5 % is 4.474 (tables), over sqrt 2."""
    found = simultaneous_differences(np.zeros(10), np.eye(10), draws=200_000)
    assert found.critical * 2**0.5 == pytest.approx(4.474, abs=0.03)


def test_intervals_hold_together_and_ranks_with_them() -> None:
    """Twenty correlated competitors, three of them tied: all differences held at once, and all ranks, in 95 % or more; a bootstrap of each
    rank by itself holds for all in far fewer."""
    random = np.random.default_rng(2)
    truth = np.repeat(np.arange(5.0), 4)[:18]
    mixing = random.normal(size=(18, 18)) / 4
    covariance = mixing @ mixing.T + 0.05 * np.eye(18)
    best, worst = 1 + (truth[None, :] > truth[:, None]).sum(axis=1), (truth[None, :] >= truth[:, None]).sum(axis=1)
    root = np.linalg.cholesky(covariance)
    together = ranked = naive = 0
    for _ in range(400):
        seen = truth + root @ random.normal(size=18)
        found = simultaneous_differences(seen, covariance, draws=2000)
        delta = truth[:, None] - truth[None, :]
        together += bool(((found.low <= delta) & (delta <= found.high)).all())
        places = ranking(seen, found.low)
        ranked += bool((np.array(places.first) <= best).all() and (np.array(places.last) >= worst).all())
        drawn = seen + random.normal(size=(200, 18)) @ root.T
        ranks = 1 + np.argsort(np.argsort(-drawn, axis=1), axis=1)
        low, high = np.quantile(ranks, [0.025, 0.975], axis=0)
        naive += bool((low <= best).all() and (high >= worst).all())
    assert together / 400 == pytest.approx(0.95, abs=0.035)
    assert ranked / 400 >= 0.93
    assert naive / 400 < 0.5, "the control: what the simultaneous intervals are for"


def test_singular_covariance_and_pairs_without_spread() -> None:
    """Centred ratings have a singular covariance; a model entered twice has no spread against itself, which decides nothing."""
    centre = np.eye(3) - 1 / 3
    assert simultaneous_differences([2.0, 0.0, -2.0], 0.01 * centre).beats.tolist() == [
        [False, True, True],
        [False, False, True],
        [False, False, False],
    ]
    twice = simultaneous_differences([2.0, 1.0, -2.0], [[0.01, 0.01, 0], [0.01, 0.01, 0], [0, 0, 0.01]])
    assert twice.low[0, 1] == -np.inf and twice.high[0, 1] == np.inf and twice.beats[0, 2]
    assert not simultaneous_differences([1.0, 0.0], np.zeros((2, 2))).beats.any()


def test_bad_input_is_named() -> None:
    with pytest.raises(UsageError, match="2 x 2"):
        simultaneous_differences([1.0, 2.0], np.eye(3))
    with pytest.raises(UsageError, match="not NaN"):
        ranking([1.0, 2.0], [[0, np.nan], [0, 0]])
    with pytest.raises(UsageError, match="level"):
        simultaneous_differences([1.0, 2.0], np.eye(2), level=95)
