"""Ratings and standard errors of three judges and of people, Elo, and the separability that Arena-Hard published."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from assay.arena import RateOptions, read_battles
from assay.arena.rating import rate_battles
from assay.stats.ratings_counts import battles_of
from assay.stats.ratings_elo import elo
from assay.stats.ratings_ranks import separability

pytestmark = pytest.mark.replay
VOTES = "judge/arena_votes_3judges"


@pytest.mark.parametrize("voter", ["human", "gpt4", "claude3opus", "gpt35"])
def test_ratings_and_errors_of_every_voter(fixtures: Path, voter: str) -> None:
    told = json.loads((fixtures / VOTES / "reference_ratings.json").read_text())[voter]
    rated = rate_battles(fixtures / VOTES / "battles.jsonl.gz", RateOptions(outcome=voter, cluster="none"))
    assert {each.competitor: each.value for each in rated.ratings.rated} == pytest.approx(told["bt"], abs=0.1)
    assert {each.competitor: each.error for each in rated.ratings.rated} == pytest.approx(told["se_sandwich_centered"], abs=0.01)


def test_elo_in_the_order_of_the_file(fixtures: Path) -> None:
    told = json.loads((fixtures / VOTES / "reference_ratings.json").read_text())["human_elo_k4"]
    file = read_battles(fixtures / VOTES / "battles.jsonl.gz", outcome="human")
    assert dict(zip(file.names, elo(battles_of(file.a, file.b, file.outcome)), strict=True)) == pytest.approx(told, abs=0.001)


@pytest.mark.parametrize(
    ("name", "other", "level", "published"),
    [
        ("alpaca_LC", "alpaca", 95, 87.89),
        ("alpaca", "alpaca", 95, 71.05),
        ("arena_hard", "arena_hard", 95, 84.21),
        ("mt_bench", "mt_bench", 95, 36.32),
        ("20k_votes", None, 95, 68.95),
        ("alpaca_LC", "alpaca", 80, 93.16),
        ("alpaca", "alpaca", 80, 82.63),
        ("arena_hard", "arena_hard", 80, 91.05),
        ("mt_bench", "mt_bench", 80, 55.26),
    ],
)
def test_separability_as_published(fixtures: Path, name: str, other: str | None, level: int, published: float) -> None:
    """arXiv 2406.11939: 20 models that all leaderboards share; an interval from the quantiles of the bootstrap."""
    folder = fixtures / "judge/arena_bootstraps"
    with gzip.open(folder / f"bootstrap_stats_{name}.jsonl.gz", "rt") as file:
        rows = {row["model"].lower(): row["results"] for row in map(json.loads, file)}
    shared = json.loads((folder / "alpaca_to_arena.json").read_text())
    to_hard, to_mt = (json.loads((folder / f"arena_to_{each}.json").read_text()) for each in ("arena_hard", "mt_bench"))
    names = {
        None: shared.values(),
        "alpaca": shared,
        "arena_hard": [to_hard.get(each, each) for each in shared.values()],
        "mt_bench": [to_mt.get(each) for each in shared.values()],
    }[other]
    chosen = [np.array(rows[each.lower()]) for each in names]
    assert len(chosen) == 20
    tails = [(100 - level) / 200, (100 + level) / 200]
    low, high = np.array([np.quantile(each, tails) for each in chosen]).T
    found = separability(low, high)
    assert found is not None and round(100 * found, 2) == published
