"""Runs are found by their content: the same command finds its run, another one never does."""

import msgspec
import pytest

from assay.core.answer import Usage
from assay.core.fingerprint import fingerprint
from assay.core.run import Result, run_id
from assay.store import RunFolder, earlier_journals, find_run, list_runs, run_folder
from assay.store.runs import folder_name


def test_the_same_command_finds_its_run_even_under_another_name(tmp_path, manifest):
    made = run_folder(tmp_path, manifest())
    assert find_run(tmp_path, manifest(id="later", created="later")).path == made.path
    (tmp_path / folder_name(manifest())).rename(tmp_path / "my favourite run")
    found = run_folder(tmp_path, manifest(id="later"))
    assert found.path == str(tmp_path / "my favourite run")
    assert found.manifest.id == "r1"


@pytest.mark.parametrize("change", [{"identity": "b" * 32}, {"seed": 1}, {"samples": 2}, {"trials": 2}])
def test_another_content_is_another_run(tmp_path, manifest, change):
    run_folder(tmp_path, manifest())
    assert find_run(tmp_path, manifest(**change)) is None
    assert len({run_folder(tmp_path, manifest(**change)).path, run_folder(tmp_path, manifest()).path}) == 2


def test_the_names_of_task_and_model_are_not_the_identity(tmp_path, manifest):
    made = run_folder(tmp_path, manifest())
    assert run_folder(tmp_path, manifest(task="renamed", model="alias/x")).path == made.path


def test_fresh_runs_stand_beside_and_the_newest_is_resumed(tmp_path, manifest):
    first = run_folder(tmp_path, manifest(created="2026-01-01"))
    second = run_folder(tmp_path, manifest(id="r2", created="2026-01-02"), fresh=True)
    third = run_folder(tmp_path, manifest(id="r3", created="2026-01-03"), fresh=True)
    assert len({first.path, second.path, third.path}) == 3
    assert find_run(tmp_path, manifest()).path == third.path


def test_the_id_is_that_of_the_folder_and_a_folder_with_an_older_id_is_found(tmp_path, manifest):
    asked = manifest()
    asked = msgspec.structs.replace(asked, id=run_id(asked.identity, asked.seed, asked.samples, asked.trials))
    assert folder_name(asked).endswith(f"__{asked.id}")
    old = msgspec.structs.replace(asked, id=fingerprint(asked.identity, asked.seed, asked.trials)[:12])
    made = RunFolder.create(tmp_path / folder_name(old), old)
    assert run_folder(tmp_path, asked).path == made.path
    assert RunFolder.create(made.path, asked).manifest == old


PARTS = {"model": "m" * 32, "solver": "s" * 32, "decoding": "d" * 32, "dataset": "x", "scorers": "y"}


@pytest.mark.parametrize(
    ("change", "useful"),
    [
        ({"samples": 99, "fingerprints": {**PARTS, "dataset": "other"}}, True),
        ({"trials": 5}, True),
        ({"identity": "b" * 32, "fingerprints": {**PARTS, "scorers": "other"}}, True),
        ({}, False),
        ({"seed": 1}, False),
        *(({"identity": "b" * 32, "fingerprints": {**PARTS, part: "other"}}, False) for part in ("model", "solver", "decoding")),
    ],
)
def test_answers_are_looked_for_in_runs_that_asked_alike(tmp_path, manifest, change, useful):
    there = run_folder(tmp_path, manifest(**{"fingerprints": PARTS, **change}))
    there.journal().touch()
    assert earlier_journals(tmp_path, manifest(fingerprints=PARTS)) == ((there.journal(),) if useful else ())


def test_names_that_are_no_names_become_one(tmp_path, manifest):
    folder = run_folder(tmp_path, manifest(task="../../etc/passwd", model="org/模型:8b\n" + "x" * 300))
    assert folder.path.startswith(str(tmp_path))
    assert len(folder.path.removeprefix(str(tmp_path))) < 150


def test_a_long_name_keeps_its_head_and_its_tail(manifest):
    name = folder_name(manifest(task="t", model="replay//home/somebody/data/recorded/answers/of/a/model/aqua_test.jsonl.gz")).split("__")[1]
    assert name.startswith("replay-home-somebody") and name.endswith("aqua_test.jsonl.gz") and "..." in name and len(name) == 60
    assert "__" + "m" * 60 + "__" in folder_name(manifest(model="m" * 60))


def test_a_damaged_neighbour_hinders_nobody_but_is_listed(tmp_path, manifest):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{" + manifest().identity)
    run_folder(tmp_path, manifest())
    assert find_run(tmp_path, manifest()) is not None
    problems = [each.problem for each in list_runs(tmp_path)]
    assert [each is None for each in problems] == [True, False]


def test_runs_are_listed_newest_first_with_their_results(tmp_path, manifest):
    for number in range(3):
        folder = RunFolder.create(tmp_path / f"r{number}", manifest(id=f"r{number}", created=f"2026-01-0{number + 1}"))
    result = Result(
        task="t",
        model="m",
        run_dir=folder.path,
        planned=1,
        scored=1,
        unscored=0,
        failed=0,
        coverage=1.0,
        metrics={},
        usage=Usage(),
        seconds=0.0,
    )
    folder.write_result(result)
    (tmp_path / "unrelated").mkdir()
    (tmp_path / ".hidden").mkdir()
    listed = list_runs(tmp_path)
    assert [each.manifest.id for each in listed] == ["r2", "r1", "r0"]
    assert [each.result for each in listed] == [result, None, None]
    assert [each.path for each in list_runs(folder.path)] == [folder.path]
    assert list_runs(tmp_path / "nothing") == ()


def test_remote_runs_are_found_too(manifest):
    made = run_folder("memory://found/logs", manifest())
    assert find_run("memory://found/logs", manifest(id="x")).path == made.path
    assert [each.path for each in list_runs("memory://found/logs")] == [made.path]
