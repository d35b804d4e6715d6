"""The parts of ratings: models of ties, clusters, bootstrap, style, ranks, what holds rank 1 up, the next pair, Elo, the placebo."""

from itertools import product

import msgspec
import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats import ratings_counts, ratings_fit
from assay.stats.ratings import Settings, rate
from assay.stats.ratings_bootstrap import bootstrap
from assay.stats.ratings_counts import Battles, Counts, balanced, battles_of, counted
from assay.stats.ratings_elo import elo
from assay.stats.ratings_fit import fit, laplacian, maximum
from assay.stats.ratings_graph import components
from assay.stats.ratings_next import expected_gains
from assay.stats.ratings_placebo import placebo
from assay.stats.ratings_ranks import ahead, critical_value, level_groups, rank_ranges, separability
from assay.stats.ratings_removal import smallest_removal
from assay.stats.ratings_style import contrast, style_fit
from assay.stats.ratings_ties import TIES, Ties, sigmoid, slopes

STRENGTH = np.array([1.0, 0.4, 0.0, -0.3, -1.1])


def voted(seed: int, strength: np.ndarray, count: int, ties: float = 0.2, **more: np.ndarray) -> Battles:
    random, size = np.random.default_rng(seed), len(strength)
    a = random.integers(0, size, count)
    b = (a + random.integers(1, size, count)) % size
    won = random.random(count) < sigmoid(strength[a] - strength[b])
    return battles_of(a, b, np.where(random.random(count) < ties, 2, np.where(won, 0, 1)), size, **more)


@pytest.mark.parametrize("ties", TIES)
def test_the_slopes_are_those_of_the_likelihood(ties: Ties) -> None:
    d, t, h = np.array([-3.0, -0.4, 0.0, 0.7, 2.5]), 0.6, 1e-5
    here, up, down = (slopes(ties, d + step, t) for step in (0.0, h, -h))
    assert (up.value - down.value) / (2 * h) == pytest.approx(here.d, abs=1e-8)
    assert (up.d - down.d) / (2 * h) == pytest.approx(here.dd, abs=1e-8)
    more, less = slopes(ties, d, t + h), slopes(ties, d, t - h)
    assert (more.value - less.value) / (2 * h) == pytest.approx(here.t, abs=1e-8)
    assert (more.d - less.d) / (2 * h) == pytest.approx(here.dt, abs=1e-8)
    assert (more.t - less.t) / (2 * h) == pytest.approx(here.tt, abs=1e-8)
    if ties != "half":
        assert np.exp(here.value).sum(axis=1) == pytest.approx(np.ones(5)), "win, loss and tie are all there is"


@pytest.mark.parametrize(("ties", "tie"), [("rao-kupper", 0.4), ("davidson", -0.3)])
def test_a_model_of_ties_finds_what_made_the_votes(ties: Ties, tie: float) -> None:
    """Exact expected counts of planted strengths: the fit must give them back."""
    strength = STRENGTH - STRENGTH.mean()
    i, j = np.triu_indices(5, 1)
    shares = np.exp(slopes(ties, strength[i] - strength[j], tie).value) * 1000.0
    n = np.concatenate([shares, np.zeros((len(i), 1))], axis=1)
    found = fit(Counts(i=i, j=j, n=n, squares=n, battles=n, count=5), ties=ties)
    assert found.theta == pytest.approx(strength, abs=1e-6) and found.tie == pytest.approx(tie, abs=1e-6)
    # Where the model is right, the sandwich is the inverse information.
    assert found.covariance == pytest.approx(found.bread[:5, :5], rel=1e-4, abs=1e-9)


def test_clusters_of_one_are_independent_votes_and_doubled_votes_are_one() -> None:
    battles = voted(1, STRENGTH, 2000)
    alone, plain = fit(counted(battles), msgspec.structs.replace(battles, clusters=np.arange(2000))), fit(counted(battles))
    assert alone.covariance == pytest.approx(plain.covariance * 2000 / 1999, rel=1e-9)
    twice = battles_of(*(np.tile(each, 2) for each in (battles.a, battles.b, battles.outcome)), 5, clusters=np.tile(np.arange(2000), 2))
    together = fit(counted(twice), twice)
    assert together.groups == 2000
    assert together.covariance == pytest.approx(alone.covariance, rel=1e-6)
    assert fit(counted(twice)).covariance == pytest.approx(plain.covariance / 2, rel=1e-6), "as independent they would seem worth double"


def test_clusters_in_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    battles = voted(2, STRENGTH, 900, clusters=np.arange(900) % 70)
    whole = fit(counted(battles), battles).covariance
    monkeypatch.setattr(ratings_fit, "_CELLS", 60)
    assert fit(counted(battles), battles).covariance == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("voters", [0, 80])
def test_the_bootstrap_agrees_with_the_sandwich(ties: Ties, voters: int) -> None:
    battles = voted(3, STRENGTH, 3000, clusters=np.arange(3000) % voters if voters else None)  # type: ignore[arg-type]
    counts = counted(battles)
    found = fit(counts, battles, ties=ties)
    drawn = bootstrap(counts, found.theta, found.tie, battles=battles, ties=ties, resamples=600)
    assert len(drawn) == 600
    assert drawn.std(axis=0) == pytest.approx(np.sqrt(np.diag(found.covariance)), rel=0.12)


def test_many_competitors_are_fitted_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting without a table, and conjugate gradients, give what the plain ways give."""
    battles = voted(4, np.linspace(-1, 1, 40), 5000)
    plain = maximum(counted(battles))[0]
    monkeypatch.setattr(ratings_counts, "_TABLE", 1)
    monkeypatch.setattr(ratings_fit, "_DENSE", 2)
    counts = counted(battles)
    assert counts.outcomes()[:, :2].sum() == 2 * (battles.outcome < 2).sum()
    assert maximum(counts)[0] == pytest.approx(plain, abs=1e-6)


def test_the_inverse_is_the_pseudo_inverse(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(9)
    matrix = laplacian(*np.triu_indices(12, 1), random.exponential(1.0, 66), 12)
    assert ratings_fit.inverse(matrix, 12) == pytest.approx(np.linalg.pinv(matrix), abs=1e-10)
    monkeypatch.setattr(ratings_fit, "_SWEPT", 0)
    assert ratings_fit.inverse(matrix, 12) == pytest.approx(np.linalg.pinv(matrix), abs=1e-10)


def test_weights_of_pairs_that_met_often() -> None:
    battles = battles_of([0] * 100 + [1] * 10, [1] * 100 + [2] * 10, [0] * 110, 3)
    assert balanced(battles).weights == pytest.approx([0.01] * 100 + [0.02] * 10)


def test_style_is_held_fixed() -> None:
    """Two equals, one of whom writes twice as long, and votes for length: plain ratings call it better, ratings at equal style do not."""
    random = np.random.default_rng(5)
    count, length = 6000, np.array([2.0, 1.0, 1.0])
    a = random.integers(0, 3, count)
    b = (a + random.integers(1, 3, count)) % 3
    tokens = [100 * length[side] * random.lognormal(0, 0.5, count) for side in (a, b)]
    x = contrast(*tokens)
    outcome = np.where(random.random(count) < sigmoid(0.8 * x), 0, 1)
    battles = battles_of(a, b, outcome, 3)
    plain, styled = fit(counted(battles)), style_fit(battles, x[:, None])
    assert plain.theta[0] > 6 * np.sqrt(plain.covariance[0, 0])
    assert abs(styled.fit.theta[0]) < 3 * np.sqrt(styled.fit.covariance[0, 0])
    assert abs(styled.coefficients[0] - 0.8) < 3 * styled.errors[0]
    assert abs(style_fit(battles, x[:, None], ridge=1e6).coefficients[0]) < 0.01, "the ridge pulls to 0"
    swapped = style_fit(battles_of(b, a, 1 - outcome, 3), contrast(*reversed(tokens))[:, None])
    assert swapped.fit.theta == pytest.approx(styled.fit.theta, abs=1e-9), "the side on which an answer stands says nothing"


def test_style_counts_that_cannot_be() -> None:
    assert contrast([0, 3], [0, 1]) == pytest.approx([0.0, np.sqrt(2)])
    with pytest.raises(UsageError, match="finite"):
        contrast([1.0], [np.nan])


def test_ranks_of_two_apart_and_two_level() -> None:
    theta, covariance = np.array([2.0, 0.05, -0.05, -2.0]), laplacian(*np.triu_indices(4, 1), np.full(6, 0.01), 4)
    critical = critical_value(covariance)
    assert 2.4 < critical < 2.65, "the studentised range of four: 3.63 / sqrt 2 = 2.57"
    sure = ahead(theta, covariance, critical)
    assert rank_ranges(sure).tolist() == [[1, 1], [2, 3], [2, 3], [4, 4]]
    assert level_groups(sure, np.argsort(-theta)) == [(1, 2)]
    assert critical_value(covariance, freedom=5) > critical
    assert separability([5, 3, 3.5], [6, 4, 4.5]) == pytest.approx(2 / 3) and separability([1], [2]) is None


@pytest.mark.parametrize("ties", TIES)
def test_the_smallest_removal_is_the_smallest(ties: Ties) -> None:
    """Against every way of taking one to three votes out."""
    battles = battles_of(
        *np.array(
            [(0, 1, 0)] * 8 + [(0, 1, 1)] * 6 + [(0, 1, 2)] * 3 + [(1, 2, 0)] * 5 + [(1, 2, 1)] * 3 + [(0, 2, 0)] * 4 + [(0, 2, 1)] * 2
        ).T,
        3,
    )
    counts = counted(battles)
    found = smallest_removal(counts, fit(counts, ties=ties))
    assert found is not None and (found.leader, found.rival) == (0, 1)
    cells = [tuple(each) for each in np.argwhere(counts.battles > 0)]
    smallest = next(size for size in (1, 2, 3, 4) if any(_changes(counts, each, ties) for each in product(cells, repeat=size)))
    assert found.votes == smallest == sum(votes for *_, votes in found.cells)


def _changes(counts: Counts, removed: tuple[tuple[int, ...], ...], ties: Ties) -> bool:
    left = counts.battles.copy()
    for row, outcome in removed:
        left[row, outcome] -= 1.0
    if left.min() < 0.0 or components(counts.with_counts(left)).max() > 0:
        return False
    theta, _ = maximum(counts.with_counts(left), ties)
    return bool(theta[0] < theta.max())


def test_the_gain_of_a_battle_is_what_one_more_brings() -> None:
    found = fit(counted(voted(6, STRENGTH, 60)))
    gains = expected_gains(found.theta, found.bread)
    p = float(sigmoid(found.theta[[1]] - found.theta[[4]])[0])
    more = np.linalg.pinv(found.bread) + laplacian(np.array([1]), np.array([4]), np.array([p * (1 - p)]), 5)
    assert gains[1, 4] == pytest.approx(np.trace(found.bread) - np.trace(np.linalg.pinv(more)), rel=1e-6)


def test_elo_by_hand() -> None:
    """The winner of equals takes k / 2; then it is expected to win a little more."""
    found = elo(battles_of([0, 0], [1, 1], [0, 1], 2), k=32)
    assert found[0] == pytest.approx(1016 - 32 / (1 + 10 ** (-32 / 400)), abs=1e-9)
    assert found.sum() == pytest.approx(2000)


def test_the_placebo_finds_sticky_voters_and_spares_the_rest() -> None:
    random = np.random.default_rng(7)
    voters = random.integers(0, 30, 3000)
    a = random.integers(0, 4, 3000)
    b = (a + random.integers(1, 4, 3000)) % 4
    taste = random.normal(0, 1.5, (30, 4))
    sticky = np.where(random.random(3000) < sigmoid(taste[voters, a] - taste[voters, b]), 0, 1)
    found = placebo(battles_of(a, b, sticky, 4), 0, by=voters)
    assert not found.honest and found.apart > 0.15 * found.splits
    assert placebo(battles_of(a, b, random.integers(0, 2, 3000), 4), 0, by=voters).honest
    with pytest.raises(UsageError, match="20 battles"):
        placebo(voted(8, STRENGTH, 20), 0)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (([0], [0], [0]), "itself"),
        (([0], [1], [4]), "outcome"),
        (([0], [1, 2], [0]), "needs a, b"),
        (([0], [-1], [0]), "numbered"),
        (([0.5], [1.0], [0]), "whole numbers"),
    ],
)
def test_arrays_that_are_no_battles(broken: tuple[list[int], ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        battles_of(*broken)


def test_all_ties_are_equal_and_their_interval_is_not_empty() -> None:
    found = rate(battles_of([0, 1, 2] * 5, [1, 2, 0] * 5, [2, 2, 3] * 5), "xyz", Settings(ties="davidson"))
    assert [each.value for each in found.rated] == pytest.approx([1000.0] * 3)
    assert all(each.high - each.low > 100 and each.rank == "1-3" for each in found.rated if each.high and each.low)
    assert found.method == "information" and any("ties" in each for each in found.warnings)
