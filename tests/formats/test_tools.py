"""Results of OpenCompass, EvalScope, HELM and OpenAI evals become runs that are compared and scored again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.formats import written
from tests.journeys.stage import assay, assert_refused

GOOD, BAD = [n % 5 != 0 for n in range(60)], [n % 3 != 0 for n in range(60)]


def imported(folder: Path, *places: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = assay("import", *places, "--format", "json", cwd=folder).document["runs"]
    return found


def one_of(folder: Path, *places: str | Path) -> dict[str, Any]:
    (found,) = imported(folder, *places)
    return found


WRITERS: dict[str, tuple[Callable[[Path, str, list[bool]], Any], str, str]] = {
    "opencompass": (lambda place, model, right: written.write_opencompass(place / "20260102_030405", model, right), "sums", "accuracy"),
    "evalscope": (lambda place, model, right: written.write_evalscope(place / "20260102_030405", model, right), "gsm8k", "acc"),
    "helm": (
        lambda place, model, right: written.write_helm(place / "suite", model, right, perturbed=False),
        "mmlu:subject=anatomy,method=multiple_choice_joint",
        "exact_match",
    ),
    "openai-evals": (
        lambda place, model, right: written.write_openai_evals(place / f"{model}.jsonl", model, right),
        "sums.dev.v0",
        "accuracy",
    ),
}


@pytest.mark.parametrize("tool", WRITERS)
def test_two_models_are_recognised_paired_and_told_apart(tmp_path: Path, tool: str) -> None:
    write, task, metric = WRITERS[tool]
    write(tmp_path / "theirs", "good", GOOD)
    write(tmp_path / "theirs", "bad", BAD)
    runs = sorted(imported(tmp_path, "theirs"), key=lambda each: str(each["model"]))
    assert [(each["task"], each["model"]) for each in runs] == [(task, "bad"), (task, "good")]
    assert [each["metrics"][metric]["value"] for each in runs] == [pytest.approx(sum(BAD) / 60), pytest.approx(sum(GOOD) / 60)]
    assert all(each["coverage"] == 1 and not [note for note in each["notes"] if "reported" in note] for each in runs)
    rows = assay("compare", *(each["run_dir"] for each in runs), "--format", "json", cwd=tmp_path).document["comparisons"]
    row = next(each for each in rows if each["metric"] == metric)
    assert row["difference"]["value"] == pytest.approx((sum(GOOD) - sum(BAD)) / 60)
    assert row["difference"]["n"] == 60 and not row["warnings"]


@pytest.mark.parametrize("details", ["list", "object"])
def test_opencompass_details_in_either_form(tmp_path: Path, details: str) -> None:
    written.write_opencompass(tmp_path / "20260102_030405", "qwen", GOOD, details=details)
    run = one_of(tmp_path, "20260102_030405")
    assert run["metrics"]["accuracy"]["value"] == pytest.approx(0.8)
    (trial,) = assay("view", run["run_dir"], "--sample", "3", "--format", "json", cwd=tmp_path).document["trials"]
    assert (trial["input"], trial["target"], trial["answer"]) == ("4加4是多少?", ["8"], "是 8")


def test_opencompass_predictions_alone_are_to_be_scored(tmp_path: Path) -> None:
    written.write_opencompass(tmp_path / "20260102_030405", "qwen", GOOD, details="none", parts=4)
    run = one_of(tmp_path, "20260102_030405")
    assert (run["planned"], run["unscored"], run["metrics"]["accuracy"]["value"]) == (60, 60, None)
    assert any("assay score RUN" in note for note in run["notes"])
    again = assay("score", run["run_dir"], "--scorer", "number", "--format", "json", cwd=tmp_path).result
    assert again["metrics"]["number"]["value"] == pytest.approx(0.8)


def test_a_missing_part_of_a_prediction_is_named(tmp_path: Path) -> None:
    written.write_opencompass(tmp_path / "20260102_030405", "qwen", GOOD, parts=3)
    (tmp_path / "20260102_030405/predictions/qwen/sums_1.json").unlink()
    assert_refused(assay("import", "20260102_030405", cwd=tmp_path), 2, "sums_1.json is missing")


def test_opencompass_by_perplexity(tmp_path: Path) -> None:
    written.write_opencompass_perplexity(tmp_path / "20260102_030405", "qwen", GOOD)
    assert one_of(tmp_path, "20260102_030405")["metrics"]["accuracy"]["value"] == pytest.approx(0.8)


def test_evalscope_subsets_are_slices_and_thoughts_stay_apart(tmp_path: Path) -> None:
    written.write_evalscope(tmp_path / "out", "qwen", GOOD)
    run = one_of(tmp_path, "out")
    assert set(run["slices"]["subset"]) == {"main", "socratic"}
    assert run["usage"]["input_tokens"] == 9 * 60
    (trial,) = assay("view", run["run_dir"], "--sample", "main/1", "--format", "json", cwd=tmp_path).document["trials"]
    assert (trial["answer"], trial["reasoning"]) == ("ANSWER: 1", "想")


def test_evalscope_0_reviews(tmp_path: Path) -> None:
    written.write_old_evalscope(tmp_path / "out", "qwen", GOOD)
    run = one_of(tmp_path, "out")
    assert run["task"] == "arc" and run["metrics"]["AverageAccuracy"]["value"] == pytest.approx(0.8)


def test_helm_perturbed_instances_are_samples_of_their_own_in_one_cluster(tmp_path: Path) -> None:
    written.write_helm(tmp_path / "suite", "openai/gpt", GOOD)
    run = one_of(tmp_path, "suite")
    found = run["metrics"]["exact_match"]
    assert (found["n"], found["clusters"]) == (120, 60)
    assert set(run["metrics"]) == {"exact_match", "quasi_exact_match"}
    assert "misspellings" in run["slices"]["perturbation"]


def test_helm_without_its_instances_has_its_figures(tmp_path: Path) -> None:
    place = written.write_helm(tmp_path / "suite", "openai/gpt", GOOD)
    (place / "per_instance_stats.json").unlink()
    run = one_of(tmp_path, "suite")
    assert run["metrics"]["exact_match"]["value"] == pytest.approx(0.8) and run["metrics"]["exact_match"]["method"] == "reported"
    assert any("per_instance_stats.json is missing" in note for note in run["notes"])


def test_an_eval_log_without_an_end_says_so(tmp_path: Path) -> None:
    path = written.write_openai_evals(tmp_path / "log.jsonl", "gpt", GOOD)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-40]))
    run = one_of(tmp_path, "log.jsonl")
    assert any("no final report" in note for note in run["notes"]) and run["scored"] < 60


@pytest.mark.parametrize("value", ["C", float("nan"), None, [], {"a": 1}])
def test_what_is_no_number_is_unscored(tmp_path: Path, value: Any) -> None:
    path = written.write_openai_evals(tmp_path / "log.jsonl", "gpt", GOOD[:10])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[2]["data"]["correct"] = value
    path.write_text("\n".join(map(json.dumps, rows)))
    run = one_of(tmp_path, "log.jsonl")
    assert (run["scored"], run["unscored"]) == (9, 1)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    written.write_helm(tmp_path / "suite", "openai/gpt", GOOD)
    (path,) = tmp_path.rglob("scenario_state.json")
    path.write_bytes(path.read_bytes()[:2000])
    assert_refused(assay("import", "suite", cwd=tmp_path), 2, "scenario_state.json", "cut off")


@pytest.mark.parametrize("newer", [True, False])
def test_leaderboard_details_of_both_layouts(tmp_path: Path, newer: bool) -> None:
    written.write_details(tmp_path / "out", "org/model", GOOD, newer=newer)
    run = one_of(tmp_path, "out")
    assert (run["task"], run["model"]) == ("lighteval|yesno|0", "org/model")
    assert set(run["metrics"]) == {"acc", "acc_norm"} and run["metrics"]["acc"]["value"] == pytest.approx(0.8)
    again = assay("score", run["run_dir"], "--scorer", "likelihood", "--format", "json", cwd=tmp_path).result
    assert again["metrics"]["likelihood/acc"]["value"] == pytest.approx(0.8)


def test_a_standard_error_is_no_metric(tmp_path: Path) -> None:
    written.write_openai_evals(tmp_path / "log.jsonl", "gpt", GOOD)
    assert list(one_of(tmp_path, "log.jsonl")["metrics"]) == ["accuracy"]


def test_a_helm_instance_without_statistics_is_unscored_by_each_metric(tmp_path: Path) -> None:
    place = written.write_helm(tmp_path / "suite", "openai/gpt", GOOD, perturbed=False)
    path = place / "per_instance_stats.json"
    path.write_text(json.dumps(json.loads(path.read_text())[:-1]))
    run = one_of(tmp_path, "suite")
    assert set(run["metrics"]) == {"exact_match", "quasi_exact_match"}
    assert (run["unscored"], run["metrics"]["exact_match"]["coverage"]) == (1, pytest.approx(59 / 60))
