"""Item response models: parameters found again, what cannot be fitted, and the whole set's score from a few items."""

import numpy as np
import pytest
from tests.stats.planted_items import planted

from assay.core.errors import UsageError
from assay.stats.items_ability import ability, information, most_informative
from assay.stats.items_fitting import fit_items
from assay.stats.items_whole import FEWEST, calibrate, estimate_whole, played, whole


def test_planted_difficulties_slopes_and_abilities_are_found_again() -> None:
    theta, slope, hard, scores = planted(models=400, items=40, seed=1)
    model = fit_items(scores)
    assert np.corrcoef(model.difficulty, hard)[0, 1] > 0.97
    assert np.corrcoef(model.discrimination, slope)[0, 1] > 0.8
    found = [float(ability(model, np.arange(40), row).eap[0]) for row in scores]
    assert np.corrcoef(found, theta)[0, 1] > 0.9


def test_a_key_that_is_wrong_has_a_negative_slope() -> None:
    _, _, _, scores = planted(models=300, items=30, seed=2)
    scores[:, 7] = 1.0 - scores[:, 7]
    model = fit_items(scores)
    assert model.discrimination[7] < 0.0 < np.delete(model.discrimination, 7).min()


def test_missing_cells_and_partial_credit_stand_in_one_model() -> None:
    _, _, hard, scores = planted(models=200, items=30, seed=3)
    scores[:, ::3] = 0.25 + 0.5 * scores[:, ::3]
    scores[np.random.default_rng(1).random(scores.shape) < 0.3] = np.nan
    model = fit_items(scores)
    assert np.isfinite(model.slopes).all() and (model.noise[::3] < 1.0).all() and (model.noise[1::3] == 1.0).all()
    assert np.corrcoef(model.difficulty[1::3], hard[1::3])[0, 1] > 0.9


def test_the_most_informative_item_of_one_ability_is_fishers() -> None:
    """P(1 - P) slope^2, by hand: 2^2 * 0.25 = 1 for the steep item at its own difficulty."""
    _, _, _, scores = planted(models=300, items=20, seed=4)
    model = fit_items(scores)
    expected = model.expected(np.zeros(1))
    assert information(model, 0.0) == pytest.approx(model.slopes[:, 0] ** 2 * expected * (1 - expected) / model.noise)
    assert len(set(most_informative(model, ability(model, [], []), range(20), 20))) == 20


@pytest.mark.parametrize("dims", [1, 2])
def test_the_interval_holds_the_whole_score_of_models_it_never_saw(dims: int) -> None:
    """30 planted worlds, 8 held-out models in each: 240 intervals from 30 of 200 items."""
    held = []
    for seed in range(30):
        _, _, _, scores = planted(models=38, items=200, seed=100 + seed, dims=dims)
        calibration = calibrate(scores[:30], 30, seed=seed)
        for row in scores[30:]:
            asked, _ = played(calibration.model, row, np.arange(200), 30)
            found = estimate_whole(calibration, asked, row[asked])
            held.append(found.low <= row.mean() <= found.high)
    assert np.mean(held) >= 0.93


def test_everything_asked_is_the_score_itself() -> None:
    _, _, _, scores = planted(models=30, items=25, seed=5)
    model = fit_items(scores)
    row = scores[3]
    assert whole(model, ability(model, np.arange(25), row), np.arange(25), row, np.arange(25)) == (pytest.approx(row.mean()), 0.0)


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (np.ones((12, 20)), "Every score is the same"),
        (np.full((FEWEST - 1, 20), 0.5), "too few"),
        (np.full((12, 20), 3.0), "between 0 and 1"),
        (np.ones(5), "one row a model"),
        ([["C", "I"], ["I", "C"]], "no numbers"),
    ],
)
def test_what_tells_nothing_is_refused(matrix: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        calibrate(matrix, 5)
