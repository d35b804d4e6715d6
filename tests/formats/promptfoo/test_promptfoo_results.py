"""What `promptfoo eval` wrote becomes runs. `logs` are promptfoo 0.123.1's: three tests, two prompts, its provider `echo` under two labels, --repeat 2."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.stage import assay

LOGS = Path(__file__).parent / "logs"


def imported(folder: Path, place: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = assay("import", place, "--format", "json", cwd=folder).document["runs"]
    return found


@pytest.mark.parametrize("name", ["results.json", "results.jsonl"])
def test_every_provider_and_prompt_with_promptfoos_own_counts(tmp_path: Path, name: str) -> None:
    runs = imported(tmp_path, LOGS / name)
    told = json.loads((LOGS / "results.json").read_text(encoding="utf-8"))["results"]["prompts"]
    assert [each["model"] for each in runs] == ["echo", "echo", "second", "second"]
    for run, column in zip(runs, told, strict=True):
        counts = column["metrics"]
        asked = counts["testPassCount"] + counts["testFailCount"]
        assert run["planned"] == asked == 6
        assert run["metrics"]["passed"]["value"] == pytest.approx(counts["testPassCount"] / asked)
        assert run["metrics"]["score"]["value"] == pytest.approx(counts["score"] / asked)


def test_repeats_are_trials_of_one_sample(tmp_path: Path) -> None:
    run = imported(tmp_path, LOGS / "results.json")[0]
    assert (run["metrics"]["passed"]["n"], run["planned"]) == (3, 6)


def test_two_providers_of_one_prompt_pair_up_and_two_prompts_are_cautioned(tmp_path: Path) -> None:
    first, other, second, _ = (each["run_dir"] for each in imported(tmp_path, LOGS / "results.json"))
    same = assay("compare", first, second, "--format", "json", cwd=tmp_path).document["comparisons"]
    assert {(row["metric"], row["difference"]["n"]) for row in same} == {("passed", 3), ("score", 3), ("form", 0)}
    assert not same[0]["warnings"]
    prompts = assay("compare", first, other, "--format", "json", cwd=tmp_path).document["comparisons"]
    assert prompts[0]["warnings"] == ["they were asked in different ways"]


def test_the_reason_of_a_failed_assertion_survives(tmp_path: Path) -> None:
    run = imported(tmp_path, LOGS / "results.json")[1]
    shown = assay("view", run["run_dir"], "--failures", "1", "--format", "json", cwd=tmp_path).document["trials"][0]
    passed = next(each for each in shown["scores"] if each["name"] == "passed")
    assert passed["value"] == 0 and passed["reason"].startswith("Expected output to")


def test_an_error_is_a_failure_and_no_zero(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (LOGS / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    broken = {
        **rows[0],
        "failureReason": 2,
        "error": "API call error: 500",
        "response": {"error": "API call error: 500"},
        "gradingResult": None,
    }
    (tmp_path / "results.jsonl").write_text("\n".join(json.dumps(row) for row in [broken, *rows[1:]]), encoding="utf-8")
    hit = next(each for each in imported(tmp_path, tmp_path / "results.jsonl") if each["failed"])
    assert (hit["failed"], hit["scored"]) == (1, 5)
    assert "500" in next(iter(hit["errors"].values()))
