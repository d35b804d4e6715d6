"""Folders of YAML: includes, groups and tags, what is refused and how it is told."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.formats.lm_eval.tasks import SUITE

from assay.api import resolve_tasks
from assay.core.errors import DatasetError, UnknownName, UsageError
from assay.formats.lm_eval.catalogue import Catalogue

TASK: dict[str, Any] = {
    "task": "capitals",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": "rows.jsonl"}},
    "test_split": "test",
    "doc_to_text": "Capital of {{country}}?",
    "doc_to_target": "capital",
    "generation_kwargs": {"until": ["\n"]},
}
ROWS = '{"country": "Miel", "capital": "Ostra"}\n{"country": "Kolb", "capital": "Varn"}\n'


def put(folder: Path, name: str = "capitals", **changes: Any) -> Path:
    (folder / "rows.jsonl").write_text(ROWS, encoding="utf-8")
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({**TASK, **changes}), encoding="utf-8")
    return path


def task_of(folder: Path, name: str = "capitals", **options: Any) -> Any:
    (task,) = resolve_tasks([f"lm-eval:{name}"], {"folder": str(folder), **options})
    return task


def test_a_task_by_name_and_by_file_is_the_same_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path)
    named, (by_file,) = task_of(tmp_path), resolve_tasks([f"lm-eval:{path}"])
    assert named.fingerprint == by_file.fingerprint and named.name == "capitals"
    monkeypatch.setenv("ASSAY_INCLUDE_PATH", str(tmp_path))
    assert resolve_tasks(["lm-eval:capitals"])[0].fingerprint == named.fingerprint
    assert [sample.prompt for sample in named.dataset.samples()] == ["Capital of Miel?", "Capital of Kolb?"]
    assert named.decoding.stop == ("\n",) and named.decoding.max_tokens == 256 and named.decoding.temperature == 0.0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"doc_to_texts": "x"}, "'doc_to_texts'"),
        ({"metric_list": [{"metric": "exact_matsch"}]}, "'exact_matsch'"),
        ({"metric_list": [{"metric": "acc"}]}, "'acc' is for"),
        ({"metric_list": [{"metric": "exact_match", "aggregation": "median"}]}, "'median'"),
        ({"metric_list": [{"metric": "exact_match", "ignore_cases": True}]}, "'ignore_cases'"),
        ({"filter_list": [{"name": "x", "filter": [{"function": "rejex"}]}]}, "'rejex'"),
        ({"filter_list": [{"name": "x", "filter": [{"function": "regex", "pattern": "a"}]}]}, "'pattern'"),
        ({"filter_list": [{"name": "x", "filter": [{"function": "regex", "regex_pattern": "("}]}]}, "regular expression"),
        ({"generation_kwargs": {"untill": "x"}}, "'untill'"),
        ({"fewshot_config": {"sampler": "balanced"}}, "'balanced'"),
        ({"fewshot_config": {"fewshot_indices": [1]}}, "does nothing with it"),
        ({"output_type": "essay"}, "essay"),
        ({"num_fewshot": "five"}, "num_fewshot"),
        ({"doc_to_image": "photo"}, "`doc_to_image`"),
        ({"unsafe_code": True}, "`unsafe_code`"),
        ({"test_split": None}, "test_split"),
        ({"dataset_kwargs": {"data_files": {"test": "rows.jsonl"}, "streaming": True}}, "'streaming'"),
    ],
)
def test_what_is_unknown_or_wrong_is_refused_naming_the_file_and_the_key(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    path = put(tmp_path, **changes)
    with pytest.raises(UsageError) as caught:
        task_of(tmp_path)
    assert told in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize(
    "line",
    ["process_docs: !function utils.clean", "doc_to_text: !function utils.ask", "metric_list: [{metric: !function utils.f}]", "class: x"],
)
def test_python_is_refused_and_never_imported(tmp_path: Path, line: str) -> None:
    (tmp_path / "utils.py").write_text("raise SystemExit('this file was run')", encoding="utf-8")
    path = put(tmp_path, "plain")
    kept = [each for each in path.read_text(encoding="utf-8").splitlines() if not each.startswith(line.partition(":")[0] + ":")]
    path.write_text("\n".join([*kept, line]), encoding="utf-8")
    with pytest.raises(UsageError, match=r"only lm-eval itself can run.*--trust") as caught:
        task_of(tmp_path)
    assert str(path) in str(caught.value)


def test_a_missing_include_names_the_file_and_who_includes_it(tmp_path: Path) -> None:
    put(tmp_path, include="nowhere.yaml")
    with pytest.raises(UsageError, match=r"nowhere\.yaml, which .*capitals\.yaml includes, cannot be read"):
        task_of(tmp_path)


def test_a_circle_of_includes_is_told(tmp_path: Path) -> None:
    put(tmp_path, include="other.yaml")
    put(tmp_path, "other", task="other", include="capitals.yaml")
    with pytest.raises(UsageError, match="includes itself: "):
        task_of(tmp_path)


def test_includes_are_chained_and_own_keys_win(tmp_path: Path) -> None:
    put(tmp_path, "base", description="Base. ")
    (tmp_path / "middle.yaml").write_text("include: base.yaml\ntask: middle\ndescription: 'Middle. '\n", encoding="utf-8")
    (tmp_path / "top.yaml").write_text("include: middle.yaml\ntask: top\n", encoding="utf-8")
    assert next(task_of(tmp_path, "top").dataset.samples()).prompt == "Middle. Capital of Miel?"


def test_an_unknown_name_says_what_it_might_have_meant(tmp_path: Path) -> None:
    put(tmp_path)
    with pytest.raises(UnknownName, match="Did you mean capitals"):
        task_of(tmp_path, "capitels")


def test_a_group_that_holds_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("group: one\ntask: [two]\n", encoding="utf-8")
    (tmp_path / "two.yaml").write_text("group: two\ntask: [one]\n", encoding="utf-8")
    with pytest.raises(UsageError, match="one > two > one"):
        resolve_tasks(["lm-eval:one"], {"folder": str(tmp_path)})


def test_tags_are_found_and_groups_change_their_tasks() -> None:
    catalogue = Catalogue((SUITE,))
    assert list(catalogue.chosen("mmlu_like_tasks").tasks) == ["mmlu_like_craft", "mmlu_like_stem"]
    chosen = catalogue.chosen("mmlu_like")
    assert [group.name for group in chosen.groups] == ["mmlu_like::inner", "mmlu_like"]
    assert chosen.tasks["arc_like"].keys["num_fewshot"] == 1 and "num_fewshot" not in catalogue.tasks["arc_like"].keys


def test_a_row_without_what_a_template_names_is_told_with_its_number(tmp_path: Path) -> None:
    put(tmp_path, doc_to_text="{{country.name.first}}")
    with pytest.raises(DatasetError, match=r"capitals, row 1: doc_to_text cannot be filled"):
        list(task_of(tmp_path).dataset.samples())


def test_a_template_cannot_leave_its_sandbox(tmp_path: Path) -> None:
    put(tmp_path, doc_to_text="{{ country.__class__.__mro__ }}")
    with pytest.raises(DatasetError, match="cannot be filled"):
        list(task_of(tmp_path).dataset.samples())


def test_too_few_examples_are_told(tmp_path: Path) -> None:
    put(tmp_path)
    with pytest.raises(DatasetError, match="draws 9 examples, and there are 2"):
        list(task_of(tmp_path, num_fewshot=9).dataset.samples())


@pytest.mark.parametrize(("option", "value"), [("num_fewshot", 1), ("fewshot_seed", 5), ("system_instruction", "Be brief.")])
def test_what_shapes_a_prompt_is_part_of_the_identity(tmp_path: Path, option: str, value: Any) -> None:
    put(tmp_path)
    assert task_of(tmp_path, **{option: value}).dataset.fingerprint != task_of(tmp_path).dataset.fingerprint


def test_trust_without_lm_eval_says_what_to_install(tmp_path: Path) -> None:
    path = put(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "process_docs: !function utils.clean\n", encoding="utf-8")
    pytest.importorskip("jinja2")
    from importlib.util import find_spec

    if find_spec("lm_eval") is not None:
        pytest.skip("lm_eval is installed here")
    with pytest.raises(Exception, match=r"assay\[lm-eval\]"):
        task_of(tmp_path, trust=True)
