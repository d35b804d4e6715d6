"""Ratings of the arena's battles equal the reference, for people and for each judge."""

import json
from pathlib import Path

import numpy as np
import pytest
from tools.oracles.real_battles import real_battles

from assay.stats.ratings import bradley_terry
from assay.stats.ratings_counts import Battles

pytestmark = pytest.mark.replay


@pytest.mark.parametrize("voter", ["human", "gpt4"])
def test_the_reference_ratings(fixtures: Path, voter: str) -> None:
    told = json.loads((fixtures / "judge/arena_votes_3judges/reference_ratings.json").read_text())[voter]["bt"]
    given = Battles(**{key: np.array(value) for key, value in real_battles(str(fixtures))[voter].items()}, count=len(told))
    values, *_ = bradley_terry(given)
    assert dict(zip(sorted(told), values, strict=True)) == pytest.approx(told, abs=0.1)
