"""`--to every-eval-ever`: valid by the published schema (0.3.0, in tests/formats/every_eval_ever with its licence, MIT), and true to the run."""

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.formats.inspect.own_run import run_in

from assay.api.importing import import_runs
from assay.formats.every_eval_ever import model_id, stamp_of, write
from assay.store import RunFolder

HERE = Path(__file__).parent
AGGREGATE, LINE = (
    json.loads((HERE / "every_eval_ever" / f"{name}.schema.json").read_text(encoding="utf-8")) for name in ("eval", "instance_level_eval")
)


def exported(folder: RunFolder, out: Path) -> tuple[dict[str, Any], list[dict[str, Any]], list[Path]]:
    paths = [Path(each) for each in write([folder], out)]
    document = json.loads(paths[0].read_text(encoding="utf-8"))
    lines = [json.loads(each) for each in paths[1].read_text(encoding="utf-8").splitlines()] if len(paths) > 1 else []
    jsonschema.validate(document, AGGREGATE)
    for each in lines:
        jsonschema.validate(each, LINE)
    return document, lines, paths


def test_a_run_of_every_kind_of_trial_is_valid(tmp_path: Path) -> None:
    folder = run_in(tmp_path)
    document, lines, paths = exported(folder, tmp_path / "out")
    detail = document["detailed_evaluation_results"]
    assert paths[1] == tmp_path / "out" / detail["file_path"] and detail["file_path"].startswith("data/own/m/1/")
    assert hashlib.sha256(paths[1].read_bytes()).hexdigest() == detail["checksum"] and detail["total_rows"] == len(lines) == 4
    assert detail["additional_details"]["scores_left_out"] == "3"
    kinds = {each["sample_id"]: each["interaction_type"] for each in lines}
    assert kinds == {"plain": "single_turn", "tools": "agentic", "dir/picture": "single_turn"}
    plain = next(each for each in lines if each["sample_id"] == "plain")
    assert plain["output"] == {"raw": ["2"], "reasoning_trace": ["one and one"]} and plain["metadata"]["语"] == "中文"
    tools = next(each for each in lines if each["sample_id"] == "tools")
    assert tools["messages"][1]["tool_calls"] == [{"id": "c1", "name": "add", "arguments": {"x": "1"}}]
    assert tools["evaluation"]["tool_calls_count"] == 2 and tools["evaluation"]["num_turns"] == 3
    assert {each["evaluation_id"] for each in lines} == {document["evaluation_id"]}
    known = {each["evaluation_result_id"] for each in document["evaluation_results"]}
    assert {each["evaluation_result_id"] for each in lines} <= known


def test_uncertainty_is_that_of_our_estimates(tmp_path: Path) -> None:
    folder = run_in(tmp_path)
    result = folder.result()
    assert result is not None
    document, _, _ = exported(folder, tmp_path / "out")
    found = {each["metric_config"]["metric_name"]: each for each in document["evaluation_results"]}
    assert set(found) == {name for name, each in result.metrics.items() if each.value is not None}
    for name, each in found.items():
        estimate, told = result.metrics[name], each["score_details"]["uncertainty"]
        assert each["score_details"]["score"] == estimate.value and told["num_samples"] == estimate.n
        if estimate.low is not None:
            interval = told["confidence_interval"]
            assert (interval["lower"], interval["upper"], interval["method"]) == (estimate.low, estimate.high, estimate.method)
    assert found["number"]["metric_config"]["score_type"] == "binary" and found["judge/fair"]["metric_config"]["score_type"] == "continuous"


@pytest.mark.parametrize("name", ["newest-capitals.eval", "newest-agent.eval", "0.3.9-capitals.json"])
def test_an_imported_log_is_valid(tmp_path: Path, name: str) -> None:
    (run,) = import_runs([str(HERE / "inspect" / "logs" / name)], log_dir=str(tmp_path / "runs"))
    document, lines, _ = exported(RunFolder.open(run.result.run_dir), tmp_path / "out")
    assert document["eval_library"]["name"] == "inspect_ai" and document["eval_library"]["version"].startswith("0.3.")
    assert len(lines) == sum(
        score.value is not None for each in RunFolder.open(run.result.run_dir).records() for score in each.trial.scores
    )
    bounds = {each["metric_config"]["metric_name"]: each["metric_config"].get("max_score") for each in document["evaluation_results"]}
    assert bounds["includes"] == 1.0 and bounds.get("manners/length", "Infinity") == "Infinity"


def test_exported_again_it_is_the_same_file(tmp_path: Path) -> None:
    folder = run_in(tmp_path)
    assert list(write([folder], tmp_path / "out")) == list(write([folder], tmp_path / "out"))


@pytest.mark.parametrize(
    ("model", "found"), [("openai/gpt", "openai/gpt"), ("hf/Qwen/Q3", "hf/Qwen-Q3"), ("gpt", "unknown/gpt"), ("/model", "unknown/model")]
)
def test_models_are_developer_and_name(model: str, found: str) -> None:
    assert model_id(model) == found


def test_times_are_seconds_of_1970() -> None:
    assert stamp_of("1970-01-02T00:00:00") == stamp_of("1970-01-02T01:00:00+01:00") == "86400"
    assert stamp_of("long ago") == "long ago"
