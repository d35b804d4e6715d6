"""Ratings from battles: by hand, against arena-rank on the same battles, and who cannot be rated."""

import json
from pathlib import Path

import numpy as np
import pytest
from tools.oracles.inputs import invented_battles

from assay.stats.ratings import Settings, bradley_terry, rate
from assay.stats.ratings_counts import Battles

ORACLE = {each["name"]: each for each in json.loads((Path(__file__).parents[1] / "oracle" / "ratings.json").read_text())["sets"]}


def battles(*rows: tuple[int, int, int], count: int) -> Battles:
    a, b, outcome = (np.array(each) for each in zip(*rows, strict=True))
    return Battles(a=a, b=b, outcome=outcome, count=count)


def test_two_competitors_by_hand() -> None:
    """30 wins to 10: theta = ln 3, so 400 log10(3) = 190.85 points apart, around 1000."""
    rows = [(0, 1, 0)] * 30 + [(0, 1, 1)] * 10
    values, *_ = bradley_terry(battles(*rows, count=2))
    assert values == pytest.approx([1000 + 95.424, 1000 - 95.424], abs=0.01)


def test_a_tie_and_both_bad_count_half() -> None:
    plain, *_ = bradley_terry(battles(*[(0, 1, 0)] * 5, *[(0, 1, 1)] * 3, count=2))
    halves, *_ = bradley_terry(battles(*[(0, 1, 0)] * 4, *[(0, 1, 1)] * 2, (0, 1, 2), (0, 1, 3), count=2))
    assert halves == pytest.approx(plain, abs=1e-6)


def test_ratings_and_errors_are_arena_ranks() -> None:
    made = invented_battles(1_000_000, 100)
    given = Battles(**{key: np.array(value) for key, value in made.items()}, count=100)
    values, low, high, _ = bradley_terry(given)
    told = np.array(ORACLE["invented"]["ratings"])
    assert np.abs(values - told[:, 0]).max() <= 0.1
    assert np.abs((high - low) / 2 / 1.959964 - told[:, 1]).max() <= 0.1


def test_balanced_weights_are_arena_ranks() -> None:
    made = invented_battles(50_000, 30)
    given = Battles(**{key: np.array(value) for key, value in made.items()}, count=30)
    names = [f"{n:02}" for n in range(30)]
    found = {each.competitor: each for each in rate(given, names, Settings(balanced=True)).ratings}
    told = np.array(ORACLE["balanced"]["ratings"])
    assert [found[name].value for name in names] == pytest.approx(told[:, 0], abs=0.1)


def test_who_cannot_be_rated_says_why_and_the_rest_is() -> None:
    """C won everything; D and E only met each other; F met nobody."""
    rows = [(0, 1, 0)] * 6 + [(0, 1, 1)] * 5 + [(2, 0, 0)] * 4 + [(3, 4, 0)] * 2 + [(3, 4, 1)]
    found = {each.competitor: each for each in rate(battles(*rows, count=6), list("ABCDEF")).ratings}
    assert found["A"].value is not None and found["B"].value is not None
    for name in "CDEF":
        assert found[name].value is None and found[name].reason and found[name].remedy
    assert len({found[name].reason for name in "CF"}) == 2


def test_perfectly_separated_battles_rate_nobody() -> None:
    found = rate(battles((0, 1, 0), (0, 2, 0), (1, 2, 0), count=3), list("abc"))
    assert all(each.value is None and each.reason for each in found.ratings)
