"""`assay import matrix`: one run per model, and what is no matrix."""

import json
from pathlib import Path

import pytest
from tests.journeys.stage import Outcome, assay

from assay.api.importing import import_runs
from assay.store import list_runs

TABLE = "item,category,strong,weak\n" + "".join(f"q{n},{'甲' if n % 2 else '乙'},{int(n % 10 != 0)},{int(n % 3 == 0)}\n" for n in range(60))


def imported(folder: Path, text: str, *more: str, name: str = "scores.csv") -> Outcome:
    (folder / name).write_text(text, encoding="utf-8")
    return assay("import", "matrix", name, *more, "--format", "json", cwd=folder)


def test_one_run_per_model(tmp_path: Path) -> None:
    runs = imported(tmp_path, TABLE).document["runs"]
    assert [(each["task"], each["model"], each["scored"]) for each in runs] == [("scores", "strong", 60), ("scores", "weak", 60)]
    assert runs[0]["metrics"]["score"]["value"] == pytest.approx(0.9)
    assert runs[1]["metrics"]["score"]["value"] == pytest.approx(1 / 3)
    assert set(runs[0]["slices"]["category"]) == {"甲", "乙"}


def test_imported_runs_are_compared_like_ours(tmp_path: Path) -> None:
    strong, weak = (each["run_dir"] for each in imported(tmp_path, TABLE).document["runs"])
    (found,) = assay("compare", weak, strong, "--format", "json", cwd=tmp_path).document["comparisons"]
    assert found["difference"]["value"] == pytest.approx(0.9 - 1 / 3)
    assert (found["verdict"], found["difference"]["n"]) == ("better", 60)


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    first, again = (imported(tmp_path, TABLE).document["runs"] for _ in range(2))
    assert first == again
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_another_content_is_another_run(tmp_path: Path) -> None:
    imported(tmp_path, TABLE)
    imported(tmp_path, TABLE.replace("q7,甲,1", "q7,甲,0"))
    assert sorted(each.name.split("__")[1] for each in (tmp_path / "runs").iterdir()) == ["strong", "strong", "weak"]


def test_what_is_empty_is_unscored_not_zero(tmp_path: Path) -> None:
    (run,) = imported(tmp_path, "id,m\na,1\nb,\nc,NaN\nd,C\ne,I\nf,P\n").document["runs"]
    assert (run["scored"], run["unscored"], run["metrics"]["score"]["value"]) == (4, 2, pytest.approx(2.5 / 4))


def test_a_repeated_item_is_another_trial(tmp_path: Path) -> None:
    (run,) = imported(tmp_path, "id,m\na,1\na,0\nb,1\nb,1\n").document["runs"]
    assert (run["planned"], run["metrics"]["score"]["n"], run["metrics"]["score"]["value"]) == (4, 2, 0.75)


def test_lines_of_json_and_a_scale(tmp_path: Path) -> None:
    rows = [{"question_id": str(n), "cluster": f"text {n // 4}", "gpt": 10 * n} for n in range(11)]
    (run,) = imported(tmp_path, "\n".join(map(json.dumps, rows)), "-T", "scale=100", name="scores.jsonl").document["runs"]
    assert (run["metrics"]["score"]["value"], run["metrics"]["score"]["clusters"]) == (0.5, 3)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("id,m\na,great\n", ("row 1", "'m'", "'great'", "-T metadata=COLUMN")),
        ("id,m\na,1\nb,7\n", ("row 2", "'m'", "outside 0..1", "-T scale=100")),
        ("id,m\n,1\n", ("row 1", "no id")),
        ("id\na\n", ("no column of scores",)),
        ("id,m,notes\na,1,\nb,0,\n", ("'notes'", "-T metadata=notes")),
        ("", ("scores.csv",)),
    ],
)
def test_what_is_no_matrix_is_named(tmp_path: Path, text: str, named: tuple[str, ...]) -> None:
    outcome = imported(tmp_path, text)
    assert outcome.code == 2
    assert all(each in outcome.err for each in named), outcome.err
    assert not any((tmp_path / "runs").glob("*")) if (tmp_path / "runs").exists() else True


def test_an_unknown_option_and_an_unknown_format(tmp_path: Path) -> None:
    outcome = imported(tmp_path, TABLE, "-T", "metricc=f1")
    assert outcome.code == 2 and "Did you mean metric?" in outcome.err
    (tmp_path / "notes.txt").write_text("nothing")
    outcome = assay("import", "notes.txt", cwd=tmp_path)
    assert outcome.code == 2 and "no known format" in outcome.err and "matrix" in outcome.err


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    outcome = imported(tmp_path, TABLE, "--log-dir", "taken")
    assert outcome.code == 3 and "cannot be written to taken" in outcome.err and "Traceback" not in outcome.err


def test_a_remote_folder_holds_the_runs(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(TABLE, encoding="utf-8")
    found = list(import_runs([str(tmp_path / "scores.csv")], "matrix", log_dir="memory://imports/runs"))
    assert [each.result.scored for each in found] == [60, 60]
    assert len(list_runs("memory://imports/runs")) == 2 and not Path("memory:").exists()


def test_runs_that_were_moved_are_where_they_are_now(tmp_path: Path) -> None:
    imported(tmp_path, TABLE, "--log-dir", "old")
    (tmp_path / "old").rename(tmp_path / "new")
    runs = imported(tmp_path, TABLE, "--log-dir", "new").document["runs"]
    assert len(runs) == 2 and all(Path(each["run_dir"]).is_dir() and "/new/" in each["run_dir"] for each in runs)
    shown = assay("view", runs[0]["run_dir"], cwd=tmp_path)
    assert shown.code == 0 and "old/" not in shown.out


def test_scores_without_answers_are_not_scored_again(tmp_path: Path) -> None:
    (run, _) = imported(tmp_path, TABLE).document["runs"]
    outcome = assay("score", run["run_dir"], "--scorer", "number", cwd=tmp_path)
    assert outcome.code == 2 and "holds no answers" in outcome.err
    assert len(list((tmp_path / "runs").iterdir())) == 2
