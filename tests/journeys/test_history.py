"""Many runs: found again by task, model, tag and day; asked in SQL; one task followed over months."""

import os
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.stage import assay, assert_refused

import assay as package

MONTHS = (("2026-01-10", 0.50), ("2026-02-11", 0.50), ("2026-03-12", 0.75))


@pytest.fixture
def months(tmp_path: Path) -> Path:
    """Three runs of a task: in March the model was mended; and one run of another task."""
    dice = random.Random(8)
    hard = [dice.random() for _ in range(200)]
    for day, skill in MONTHS:
        write(tmp_path / "exam.csv", day, [int(each < skill or dice.random() < 0.04) for each in hard])
        assay("import", "matrix", "exam.csv", cwd=tmp_path)
    write(tmp_path / "other.csv", "2026-02-01", [1, 0] * 20)
    assay("import", "matrix", "other.csv", cwd=tmp_path)
    return tmp_path


def write(path: Path, day: str, scores: list[int]) -> None:
    path.write_text("id,bot\n" + "".join(f"q{n},{score}\n" for n, score in enumerate(scores)))
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


def listed(folder: Path, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = assay("list", "runs", *words, "--format", "json", cwd=folder).document["runs"]
    return rows


def test_runs_are_found_by_task_model_and_day(months: Path) -> None:
    assert [each["created"][:10] for each in listed(months)] == ["2026-03-12", "2026-02-11", "2026-02-01", "2026-01-10"]
    assert {each["task"] for each in listed(months, "--task", "ex*")} == {"exam"}
    assert len(listed(months, "--since", "2026-02-11")) == 2
    assert listed(months, "--model", "nobody") == []
    assert_refused(assay("list", "runs", "--since", "spring", cwd=months), 2, "--since spring", "2026-01-31")
    assert_refused(assay("list", "tasks", "--tag", "x", cwd=months), 2, "choose among runs")


def test_tags_find_a_run_again_and_come_off(months: Path) -> None:
    newest = listed(months)[0]["run_dir"]
    assert assay("tag", newest, "--add", "每夜", "--add", "release", cwd=months).out.endswith("release 每夜\n")
    assert [(each["run_dir"], each["tags"]) for each in listed(months, "--tag", "每夜")] == [(newest, ["release", "每夜"])]
    assay("tag", newest, "--remove", "每夜", cwd=months)
    assert listed(months, "--tag", "每夜") == [] and len(listed(months, "--tag", "release")) == 1
    assert_refused(assay("tag", newest, "--add", "two words", cwd=months), 2, "'two words' is no tag")


def test_the_list_follows_what_changes_on_the_disk(months: Path) -> None:
    first = listed(months)
    gone = Path(first[0]["run_dir"])
    gone.rename(gone.with_name(".gone"))
    assert listed(months) == first[1:]
    (Path(first[1]["run_dir"]) / "run.json").write_text("{", encoding="utf-8")
    assert "damaged" in str(listed(months))


def test_sql_over_runs_and_trials(months: Path) -> None:
    found = assay("query", "select task, count(*) from runs group by task order by task", "--format", "json", cwd=months).document
    assert found["rows"] == [["exam", 3], ["other", 1]]
    rows = assay("query", "select count(*), avg(value) from trials where task = 'other'", "--format", "json", cwd=months).document["rows"]
    assert rows == [[40, 0.5]]
    assert assay("query", "select max(created) from runs", "--format", "csv", cwd=months).out.startswith("max(created)\n2026-03-12T")
    assert_refused(assay("query", "select nothing from runs", cwd=months), 2, "cannot be asked that", "run_dir")
    assert_refused(assay("query", " ; ", cwd=months), 2, "The question is empty")
    assert_refused(assay("query", "select 1", "--log-dir", "nowhere", cwd=months), 2, "There is no folder 'nowhere'")


def test_what_cannot_be_read_is_named_and_left_out(months: Path) -> None:
    newest = Path(listed(months)[0]["run_dir"])
    (newest / "run.json").write_text("{", encoding="utf-8")
    for words in (("query", "select count(distinct run_dir) from runs"), ("history", "exam")):
        outcome = assay(*words, cwd=months)
        assert outcome.code == 0 and "caution: " in outcome.err and newest.name in outcome.err


def test_damaged_tags_are_not_written_over(months: Path) -> None:
    newest = Path(listed(months)[0]["run_dir"])
    (newest / "tags.json").write_text('["kept"', encoding="utf-8")
    assert_refused(assay("tag", newest, "--add", "x", cwd=months), 3, "tags.json is damaged")
    assert (newest / "tags.json").read_text(encoding="utf-8") == '["kept"'


def test_history_finds_the_month_in_which_the_model_changed(months: Path) -> None:
    (found,) = assay("history", "exam", "--html", "page.html", "--format", "json", cwd=months).document["histories"]
    changes = [(each["created"][:10], each["change"] and each["change"]["verdict"]) for each in found["points"]]
    assert changes == [("2026-01-10", None), ("2026-02-11", "no difference seen"), ("2026-03-12", "better")]
    assert "better on 2026-03-12" in (months / "page.html").read_text(encoding="utf-8")
    assert_refused(assay("history", "exm", cwd=months), 2, "Did you mean exam?")


def test_history_does_not_call_other_samples_a_change(months: Path) -> None:
    write(months / "exam.csv", "2026-04-01", [1] * 150)
    assay("import", "matrix", "exam.csv", cwd=months)
    (found,) = assay("history", "exam", "--format", "json", cwd=months).document["histories"]
    last = found["points"][-1]
    assert last["change"] is None and last["break_"] == "they were asked different samples"


def test_runs_are_a_frame_in_python(months: Path) -> None:
    frame = package.runs(str(months / "runs"), task="exam")
    values = [each[0] for each in frame.order("created").project("value").fetchall()]
    assert len(values) == 3 and values[2] > 0.7 > max(values[:2])
    with pytest.raises(package.AssayError, match="Did you mean task"):
        package.runs(str(months / "runs"), tsk="exam")
