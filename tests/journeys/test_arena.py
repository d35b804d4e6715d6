"""`assay arena rate`: the fixed form, the names others use, and what is no battle."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.stage import assay, assert_refused

SKILL = {"甲": 1.2, "b": 0.4, "c": 0.0, "d": -0.8}


def votes(count: int = 800) -> list[dict[str, Any]]:
    dice = random.Random(3)
    rows = []
    for n in range(count):
        a, b = dice.sample(list(SKILL), 2)
        won = dice.random() < 1 / (1 + 2.718281828 ** (SKILL[b] - SKILL[a]))
        outcome = "tie" if dice.random() < 0.15 else "both_bad" if dice.random() < 0.05 else "a" if won else "b"
        rows.append({"sample_id": f"q{n % 200}", "a": a, "b": b, "outcome": outcome, "voter": f"v{n % 30}"})
    return rows


def rated(folder: Path, rows: list[dict[str, Any]], *words: str) -> Any:
    (folder / "votes.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return assay("arena", "rate", "votes.jsonl", *words, "--format", "json", cwd=folder).document


def test_the_form_that_is_fixed(tmp_path: Path) -> None:
    document = rated(tmp_path, votes())
    rows = document["ratings"]
    assert [each["competitor"] for each in rows] == ["甲", "b", "c", "d"]
    assert all(each["low"] < each["value"] < each["high"] and each["battles"] > 300 for each in rows)
    assert sum(each["value"] for each in rows) / 4 == pytest.approx(1000)


def test_the_arenas_own_names_mean_the_same(tmp_path: Path) -> None:
    words = {"a": "model_a", "b": "model_b", "tie": "tie", "both_bad": "tie (bothbad)"}
    theirs = [
        {"question_id": row["sample_id"], "model_a": row["a"], "model_b": row["b"], "winner": words[row["outcome"]]} for row in votes()
    ]
    ours = {each["competitor"]: each["value"] for each in rated(tmp_path, votes())["ratings"]}
    assert {each["competitor"]: each["value"] for each in rated(tmp_path, theirs)["ratings"]} == pytest.approx(ours)


@pytest.mark.parametrize(
    "words", [("--interval", "bootstrap"), ("--ties", "davidson"), ("--ties", "rao-kupper"), ("--cluster", "voter"), ("--balanced",)]
)
def test_every_way_of_rating_agrees_on_the_order(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert [each["competitor"] for each in rated(tmp_path, votes(), *words)["ratings"]] == ["甲", "b", "c", "d"]


def test_a_page_and_a_screen(tmp_path: Path) -> None:
    rated(tmp_path, votes())
    outcome = assay("arena", "rate", "votes.jsonl", "--out", "ratings.html", cwd=tmp_path)
    assert outcome.code == 0 and "甲" in outcome.out and "rank 1" in outcome.out
    assert "<svg" in (tmp_path / "ratings.html").read_text(encoding="utf-8")


def test_who_was_never_compared_is_not_measurable(tmp_path: Path) -> None:
    rows = [*votes(), {"a": "new", "b": "newer", "outcome": "a"}]
    found = {each["competitor"]: each for each in rated(tmp_path, rows)["ratings"]}
    assert found["new"]["value"] is None and found["new"]["reason"] and found["甲"]["value"] is not None


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"a": "x", "b": "y", "outcome": "wins"}], ("wins",)),
        ([{"a": "x", "b": "y"}], ("outcome",)),
        ([], ("votes.jsonl",)),
    ],
)
def test_what_is_no_battle_is_refused_by_name(tmp_path: Path, rows: list[dict[str, Any]], words: tuple[str, ...]) -> None:
    (tmp_path / "votes.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert_refused(assay("arena", "rate", "votes.jsonl", cwd=tmp_path), 2, *words)
