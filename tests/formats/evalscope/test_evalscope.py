"""What EvalScope wrote becomes a run. `logs` are EvalScope 1.14.1's own: six questions of its `general_mcq`, asked of a fake server that was right on three."""

import json
from pathlib import Path

import pytest
from tests.journeys.stage import assay

LOGS = Path(__file__).parent / "logs"


def test_evalscopes_own_figure(tmp_path: Path) -> None:
    run = assay("import", LOGS, "--format", "json", cwd=tmp_path).result
    told = json.loads((LOGS / "reports/fake/general_mcq.json").read_text(encoding="utf-8"))
    assert (run["task"], run["model"], run["scored"]) == ("general_mcq", told["model_name"], 6)
    assert run["metrics"]["accuracy"]["value"] == pytest.approx(told["metrics"][0]["score"]) == pytest.approx(0.5)


def test_the_answers_are_scored_again(tmp_path: Path) -> None:
    run = assay("import", LOGS, "--format", "json", cwd=tmp_path).result
    again = assay(
        "score", run["run_dir"], "--scorer", "pattern:expression=ANSWER: ([A-D]),group=1", "--format", "json", cwd=tmp_path
    ).result
    assert again["metrics"]["pattern"]["value"] == pytest.approx(0.5)


def test_a_score_that_failed_is_unscored(tmp_path: Path) -> None:
    (path,) = LOGS.glob("reviews/fake/*.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows[1]["sample_score"]["score"] |= {"status": "error", "value": {"accuracy": 0.0}, "explanation": "the judge timed out"}
    copy = tmp_path / "out/reviews/fake" / path.name
    copy.parent.mkdir(parents=True)
    copy.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    run = assay("import", "out", "--format", "json", cwd=tmp_path).result
    assert (run["scored"], run["unscored"]) == (5, 1) and "the judge timed out" in run["errors"].values()
