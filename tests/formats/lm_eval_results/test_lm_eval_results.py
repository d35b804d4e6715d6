"""lm-eval's own results become runs. `logs` were written by lm-eval 0.4.13 with its model `dummy` on tasks of 12 documents: `first` all of them,
`limited` the first ten of two tasks, `figures` one task without samples."""

import json
import shutil
from pathlib import Path

import pytest
from tests.journeys.stage import assay, assert_refused

LOGS = Path(__file__).parent / "logs"


def imported(folder: Path, *places: str | Path) -> dict[tuple[str, str], dict]:
    runs = assay("import", *places, "--format", "json", cwd=folder).document["runs"]
    return {(each["task"], each["model"]): each for each in runs}


def test_every_task_with_lm_evals_own_figures(tmp_path: Path) -> None:
    runs = {task: run for (task, _), run in imported(tmp_path, LOGS / "first").items()}
    assert list(runs) == ["my_gen", "my_mc", "my_roll"]
    (path,) = LOGS.glob("first/results_*.json")
    told = json.loads(path.read_text())["results"]
    for task, metric, key in (
        ("my_gen", "exact_match,strict", "exact_match,strict"),
        ("my_mc", "acc", "acc,none"),
        ("my_mc", "acc_norm", "acc_norm,none"),
    ):
        assert runs[task]["metrics"][metric]["value"] == pytest.approx(told[task][key])
    assert runs["my_mc"]["metrics"]["acc"]["n"] == 12
    assert not [note for note in runs["my_mc"]["notes"] if "reported" in note]


def test_a_figure_weighted_by_length_says_that_it_differs(tmp_path: Path) -> None:
    run = next(run for (task, _), run in imported(tmp_path, LOGS / "first").items() if task == "my_roll")
    assert run["lower_is_better"] == ["word_perplexity", "bits_per_byte"]
    assert any(note.startswith("word_perplexity was reported as 1.12072") for note in run["notes"])


def test_prompts_options_and_likelihoods_survive(tmp_path: Path) -> None:
    runs = imported(tmp_path, LOGS / "first")
    place = next(run["run_dir"] for (task, _), run in runs.items() if task == "my_mc")
    (trial,) = assay("view", place, "--sample", "3", "--format", "json", cwd=tmp_path).document["trials"]
    assert trial["input"] == "Q: What is 3+3? 问\nA:"
    assert trial["target"] == ["6"]
    assert trial["answer"] in ("6", "7", "99")


def test_answers_are_scored_again_without_a_model(tmp_path: Path) -> None:
    runs = imported(tmp_path, LOGS / "first")
    place = next(run["run_dir"] for (task, _), run in runs.items() if task == "my_mc")
    (again,) = assay("score", place, "--scorer", "likelihood", "--format", "json", cwd=tmp_path).document["runs"]
    before = next(run for (task, _), run in runs.items() if task == "my_mc")
    assert again["metrics"]["likelihood/acc"]["value"] == pytest.approx(before["metrics"]["acc"]["value"])
    assert again["metrics"]["likelihood/acc_norm"]["value"] == pytest.approx(before["metrics"]["acc_norm"]["value"])


def test_two_runs_pair_up_by_document_and_say_what_is_missing(tmp_path: Path) -> None:
    runs = imported(tmp_path, LOGS / "first", LOGS / "limited")
    places = [run["run_dir"] for (task, _), run in runs.items() if task == "my_mc"]
    rows = assay("compare", *places, "--format", "json", cwd=tmp_path).document["comparisons"]
    assert {(row["metric"], row["difference"]["n"]) for row in rows} == {("acc", 10), ("acc_norm", 10)}
    assert all("only those with the same id" in " ".join(row["warnings"]) for row in rows)


def test_figures_alone_are_kept_and_not_compared(tmp_path: Path) -> None:
    runs = imported(tmp_path, LOGS / "figures", LOGS / "first")
    figures = next(run for (task, model), run in runs.items() if model == "dummy/qdpv68r5")
    assert figures["metrics"]["acc"]["method"] == "reported standard error"
    assert "cut or replaced" not in assay("view", figures["run_dir"], cwd=tmp_path).out
    assert 0 <= figures["metrics"]["acc"]["low"] < figures["metrics"]["acc"]["value"] < figures["metrics"]["acc"]["high"]
    other = next(run for (task, model), run in runs.items() if task == "my_mc" and model != "dummy/qdpv68r5")
    rows = assay("compare", figures["run_dir"], other["run_dir"], "--format", "json", cwd=tmp_path)
    found = {row["metric"]: (row["verdict"], row["reason"]) for row in rows.document["comparisons"]}
    why = "dummy/qdpv68r5 has no scored trials here; import or run it with its samples"
    assert found == {"acc": ("not measurable", why), "acc_norm": ("not measurable", why)}


def test_a_file_cut_off_is_named_with_its_line(tmp_path: Path) -> None:
    (source,) = LOGS.glob("first/samples_my_mc*")
    cut = tmp_path / source.name
    cut.write_bytes(source.read_bytes()[:3000])
    assert_refused(assay("import", cut.name, cwd=tmp_path), 2, "line 4", "cut off")
    assert not [each for each in (tmp_path / "runs").glob("*") if each.is_dir()]


def test_samples_alone_are_a_run(tmp_path: Path) -> None:
    (source,) = LOGS.glob("first/samples_my_mc*")
    (tmp_path / "gpt2").mkdir()
    shutil.copy(source, tmp_path / "gpt2")
    assert list(imported(tmp_path, f"gpt2/{source.name}")) == [("my_mc", "gpt2")]


def test_odd_values_are_unscored_with_their_reason(tmp_path: Path) -> None:
    (source,) = LOGS.glob("first/samples_my_mc*")
    rows = [json.loads(line) for line in source.read_text().splitlines()]
    for row, value in zip(rows, (float("nan"), "C", None, True, "1.0"), strict=False):
        row["acc"] = value
    (tmp_path / "samples_odd_2026-01-01T00-00-00.0.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (run,) = imported(tmp_path, "samples_odd_2026-01-01T00-00-00.0.jsonl").values()
    assert run["unscored"] == 3 and run["metrics"]["acc"]["coverage"] == pytest.approx(9 / 12)
