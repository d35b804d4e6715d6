"""What the committed studies of ratings say: intervals hold the truth, rank ranges too, votes that stick together need clusters, chosen pairs save votes."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.statistics.rating_designs import STUDIES, holding

ROWS: dict[str, dict[str, Any]] = {
    row["study"]: row for row in json.loads((Path(__file__).parent / "rating_coverage.json").read_text(encoding="utf-8"))["studies"]
}


def test_every_study_was_run_at_length() -> None:
    assert set(ROWS) == set(STUDIES)
    assert all(row["repetitions"] >= 10_000 for row in ROWS.values())


@pytest.mark.parametrize("study", [name for name in STUDIES if name != "next pair"])
def test_intervals_hold_the_truth(study: str) -> None:
    row = ROWS[study]
    assert 0.94 <= row["intervals"] <= 0.96
    # Few voters estimate the spread of differences roughly: all ranks at once may miss by a point.
    assert row["ranks"] >= (0.935 if "voters" in study else 0.94)
    if "voters" in study:
        assert row["as independent"] < 0.92


def test_the_next_pair_saves_votes() -> None:
    row = ROWS["next pair"]
    assert row["error chosen"] < 0.75 * row["error random"]


def test_the_code_still_does_what_the_study_saw() -> None:
    """The first repetitions again: 1,000 intervals, within four standard errors."""
    assert holding(200, size=5, count=200, spread=0.5)["intervals"] == pytest.approx(
        ROWS["5 competitors, 200 battles"]["intervals"], abs=0.028
    )
