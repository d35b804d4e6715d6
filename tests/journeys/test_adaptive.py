"""`assay run --adaptive`: fewer samples, chosen by what earlier runs tell, and the score of the whole set from them."""

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.stage import assay, assert_refused, closed_well

ITEMS = 150
DATA = ("questions.jsonl", "--input", "q", "--target", "a", "--scorer", "number")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 questions of many difficulties, and the recorded answers of 14 models of different ability, 13 of which were asked everything."""
    folder = tmp_path_factory.mktemp("adaptive")
    dice = random.Random(12)
    hard = [dice.gauss(0.0, 1.3) for _ in range(ITEMS)]
    rows = [{"id": f"q{n}", "q": f"第{n}题: {n} + {n}?", "a": 2 * n} for n in range(ITEMS)]
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    for model in range(14):
        able = -1.5 + 3.0 * model / 13 if model < 13 else 0.4
        told = [
            {"id": f"q{n}", "output": str(2 * n if dice.random() < 1 / (1 + math.exp(1.8 * (hard[n] - able))) else 2 * n + 1)}
            for n in range(ITEMS)
        ]
        (folder / f"m{model}.jsonl").write_text("\n".join(map(json.dumps, told)))
    models = [word for model in range(13) for word in ("--model", f"replay/m{model}.jsonl")]
    assert assay("run", *DATA, *models, "--format", "json", cwd=folder).code == 0
    return folder


def truth(folder: Path) -> float:
    rows = [json.loads(line) for line in (folder / "m13.jsonl").read_text().splitlines()]
    return sum(int(row["output"]) == 2 * n for n, row in enumerate(rows)) / ITEMS


def asked(folder: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = assay("run", *DATA, "--model", "replay/m13.jsonl", *words, "--format", "json", cwd=folder).result
    return found


def test_a_fifth_of_the_samples_tell_the_score_of_all(place: Path) -> None:
    run = asked(place, "--adaptive", "30")
    found = run["metrics"]["number"]
    assert (run["planned"], run["scored"], found["n"], found["method"], found["coverage"]) == (30, 30, 30, "adaptive", 1.0)
    # How often the interval holds the truth is for tests/stats/test_items.py; here one run has to be near.
    assert abs(found["value"] - truth(place)) < 0.15 and found["low"] < found["value"] < found["high"] < found["low"] + 0.35
    assert any("30 of 150 samples" in note and "13 earlier models" in note for note in run["notes"])
    assert run["slices"] == {} and run["status"] == "finished"


def test_the_same_command_asks_the_same_samples_and_nothing_twice(place: Path) -> None:
    first = asked(place, "--adaptive", "30")
    again = asked(place, "--adaptive", "30")
    assert {name: value for name, value in first.items() if name != "seconds"} == {
        name: value for name, value in again.items() if name != "seconds"
    }
    fresh = asked(place, "--adaptive", "30", "--fresh")
    assert sorted(closed_well(fresh["run_dir"])) == sorted(closed_well(first["run_dir"]))


def test_a_run_that_was_cut_off_goes_on_with_the_same_samples(place: Path) -> None:
    whole = asked(place, "--adaptive", "30", "--fresh")
    folder = Path(whole["run_dir"])
    journal = folder / "journal-0.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: len(lines) // 2]) + lines[len(lines) // 2][:20])
    (folder / "report.json").unlink()
    rest = asked(place, "--adaptive", "30")
    assert rest["metrics"] == whole["metrics"]


def test_a_comparison_says_that_the_samples_were_chosen(place: Path) -> None:
    run = asked(place, "--adaptive", "30")
    other = next(place.glob("runs/*m12*"))
    rows = assay("compare", other, run["run_dir"], "--format", "json", cwd=place).document["comparisons"]
    assert any("the most informative samples only" in warning for warning in rows[0]["warnings"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--adaptive", "500"), ("the task has 150 samples",)),
        (("--adaptive", "0"), ("at least 1",)),
        (("--adaptive", "20", "--until", "width<0.1"), ("--adaptive and --until",)),
        (("--adaptive", "20", "--log-dir", "elsewhere"), ("0 earlier runs", "elsewhere")),
        (("--adaptive", "20", "--limit", "100"), ("0 earlier runs",)),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(place: Path, words: tuple[str, ...], told: tuple[str, ...]) -> None:
    assert_refused(assay("run", *DATA, "--model", "replay/m13.jsonl", *words, cwd=place), 2, *told)
