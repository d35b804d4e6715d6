"""Which tasks a name stands for."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.datasets.test_hubs import Storage, serving

from assay.api import resolve_tasks
from assay.core.errors import DatasetError, UnknownName, UsageError
from assay.core.registry import entries
from assay.datasets.formats import SUFFIXES


@pytest.mark.parametrize("suffix", [each for each, kind in SUFFIXES.items() if kind == "jsonl"])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_whatever_can_be_read_as_a_table_is_a_data_file(tmp_path: Path, suffix: str, packed: str) -> None:
    content = json.dumps({"question": "1 + 1?", "answer": 2}).encode()
    path = tmp_path / f"sums.v2{suffix}{packed}"
    path.write_bytes(gzip.compress(content) if packed else content)
    (task,) = resolve_tasks([str(path)])
    assert task.name == "sums.v2" and len(task.dataset) == 1


ROWS = [{"question": f"{n} + 1?", "answer": str(n + 1), "level": "hard" if n % 2 else "easy"} for n in range(6)]
QUIZ = [{"question": f"Which, {n}?", "options": ["left", "right", "up"], "answer": n % 3} for n in range(9)]


def put(path: Path, rows: list[dict[str, Any]]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Storage]]:
    """A hub that holds org/name with the configurations one and two."""
    storage = Storage()
    lines = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)
    storage.listings["/api/datasets/org/name/revision/main"] = ("a" * 40, ["one/test.jsonl", "one/train.jsonl", "two/test.jsonl"])
    storage.listings["/api/datasets/org/plain/revision/v2"] = ("b" * 40, ["test.jsonl"])
    for path in ("org/name/resolve/" + "a" * 40 + "/one/test.jsonl", "org/name/resolve/" + "a" * 40 + "/one/train.jsonl"):
        storage.files[f"/datasets/{path}"] = lines
    storage.files[f"/datasets/org/plain/resolve/{'b' * 40}/test.jsonl"] = lines
    storage.files["/raw/data.jsonl?download=true"] = lines
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    for url in serving(storage):
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield url, storage


def test_whatever_a_table_is_made_from_is_a_task(hub: tuple[str, Storage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, _ = hub
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "folder" / "test.jsonl", ROWS)
    named = {
        "hf/org/name/one": "name/one",
        "hf/org/plain@v2": "plain",
        f"{url}/raw/data.jsonl?download=true": "data",
        "folder": "folder",
        "./folder/../folder": "folder",
    }
    for source, name in named.items():
        (task,) = resolve_tasks([source], {"input": "{question}", "target": "answer"})
        assert (task.name, len(task.dataset)) == (name, 6), source
    (train,) = resolve_tasks(["hf/org/name/one"], {"split": "train"})
    assert len(train.dataset) == 6
    with pytest.raises(DatasetError, match=r"-T split=NAME"):
        resolve_tasks(["hf/org/name/one"], {"split": "validation"})


def test_a_benchmark_goes_before_a_folder_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "builtin_safety" / "test.jsonl", ROWS)
    assert len(resolve_tasks(["builtin_safety"])[0].dataset) > 6
    assert len(resolve_tasks(["./builtin_safety"])[0].dataset) == 6


def test_what_is_no_name_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownName, match="Did you mean builtin"):
        resolve_tasks(["biultin"])
    with pytest.raises(UsageError, match=r"no file or folder 'org/name'\. A table of the hub is written hf/org/name"):
        resolve_tasks(["org/name"])


def test_a_run_folder_is_no_data(tmp_path: Path) -> None:
    put(tmp_path / "run" / "journal-0.jsonl", ROWS)
    (tmp_path / "run" / "run.json").write_text("{}")
    with pytest.raises(UsageError, match="is a run, not data"):
        resolve_tasks([str(tmp_path / "run")])


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["fa/test.jsonl", "fb/test.jsonl"], ["fa/test", "fb/test"]),
        (["fa/test.jsonl", "other.jsonl"], ["test", "other"]),
        (["x/fa/test.jsonl", "y/fa/test.jsonl", "fb/test.jsonl"], ["x/fa/test", "y/fa/test", "fb/test"]),
        (["test.jsonl", "test.ndjson"], ["test.jsonl", "test.ndjson"]),
    ],
)
def test_files_of_one_name_are_told_apart_by_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], names: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in paths:
        put(tmp_path / path, ROWS)
    assert [task.name for task in resolve_tasks(paths)] == names


def test_data_can_be_named_and_the_same_twice_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "a.jsonl", ROWS)
    assert resolve_tasks([path], {"name": "sums"})[0].name == "sums"
    with pytest.raises(UsageError, match=r"'a' is asked for twice.*-T name=NAME"):
        resolve_tasks([path, path])


def test_where_keeps_some_rows(tmp_path: Path) -> None:
    (task,) = resolve_tasks([put(tmp_path / "a.jsonl", ROWS)], {"where": 'level == "hard"'})
    assert [each.id for each in task.dataset.samples()] == ["row-2", "row-4", "row-6"]


def test_choices_are_shuffled_by_a_seed_and_scored_by_their_new_letters(tmp_path: Path) -> None:
    path = put(tmp_path / "quiz.jsonl", QUIZ)
    plain, once, again, other = (
        [(each.choices, each.target, each.prompt) for each in resolve_tasks([path], options)[0].dataset.samples()]
        for options in ({}, {"shuffle_choices": True}, {"shuffle_choices": True}, {"shuffle_choices": True, "seed": 1})
    )
    assert plain != once == again != other
    for row, (choices, target, prompt) in zip(QUIZ, once, strict=True):
        assert choices["ABC".index(target)] == row["options"][row["answer"]] and f"{target}. {row['options'][row['answer']]}" in prompt


def test_examples_come_from_another_file_or_another_split(tmp_path: Path) -> None:
    path = put(tmp_path / "data" / "test.jsonl", ROWS)
    shots = put(tmp_path / "data" / "train.jsonl", [{"question": f"{n} + 5?", "answer": str(n + 5)} for n in range(10)])
    by_file, by_split = (
        [each.prompt for each in resolve_tasks([source], {"shots": 2, "shots_from": named})[0].dataset.samples()]
        for source, named in ((path, shots), (str(tmp_path / "data"), "train"))
    )
    assert by_file == by_split
    assert all(prompt.count("+ 5?\n") == 2 and prompt.endswith(f"\n\n{row['question']}") for prompt, row in zip(by_file, ROWS, strict=True))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shots": 3}, "3 examples need a source. Say which: -T shots_from=FILE"),
        ({"shots_from": "train.jsonl"}, "Say how many: -T shots=5"),
        ({"shots": "many", "shots_from": "x"}, "shots is 'many': it must be a whole number"),
        ({"shuffle_choices": 1}, "shuffle_choices is 1: it must be true or false"),
        ({"shuffle_choices": True}, "has no choices to shuffle"),
        ({"where": True}, "where is True: it must be an expression"),
        ({"shot": 3}, "no option 'shot'. Did you mean shots"),
    ],
)
def test_an_option_that_cannot_be_is_answered_with_what_can(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_tasks([put(tmp_path / "a.jsonl", ROWS)], options)
    assert words in str(caught.value)


def test_a_prefix_before_the_colon_names_the_tool_a_task_was_written_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def loader(name: str, options: Any) -> Any:
        asked.append((name, dict(options)))
        return resolve_tasks([put(tmp_path / "sums.jsonl", ROWS)])

    point = SimpleNamespace(name="other-tool", load=lambda: loader, dist=None)
    known = {**entries("task_formats"), "other-tool": point}
    for module in ("assay.api.tasks", "assay.core.registry"):
        monkeypatch.setattr(f"{module}.entries", lambda kind: known if kind == "task_formats" else entries(kind))
    (task,) = resolve_tasks(["other-tool:a/b.jsonl:c"], {"shots": 3, "input": None})
    assert task.name == "sums" and asked == [("a/b.jsonl:c", {"shots": 3})]
    with pytest.raises(UnknownName, match="other-tol:a"):
        resolve_tasks(["other-tol:a"])
