"""The way to Inspect and back: what Assay knows survives it, and what Inspect's own reader told of both sides (`make oracle --only inspect`)."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inspect.own_run import records, run_in, whole

from assay.core.errors import UsageError
from assay.formats.inspect.exporter import write
from assay.formats.inspect.importer import read

LOGS = Path(__file__).parent / "logs"
STUDY = Path(__file__).parents[2] / "oracle" / "inspect.json"


def changed(log: Path, target: Path, change: Any) -> Path:
    """A log whose samples went through `change`."""
    with zipfile.ZipFile(log) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("samples/"):
                plain = json.loads(data)
                change(plain)
                data = json.dumps(plain).encode()
            copy.writestr(name, data)
    return target


def test_a_run_of_ours_comes_back_equal(tmp_path: Path) -> None:
    folder = run_in(tmp_path)
    (path,) = write([folder], tmp_path / "logs")
    (run,) = read(Path(path))
    assert (run.task, run.model, run.seed, run.planned, run.created) == ("own", "m/1", 7, 5, "2026-11-25")
    assert run.settings["decoding.temperature"] == 0.5 and run.notes == ()
    assert [whole(each) for each in run.records] == [whole(each) for each in folder.records()] == [whole(each) for each in records()]


def test_it_comes_back_equal_after_inspect_wrote_it_anew() -> None:
    """`own.again.eval` is our export as Inspect read it and wrote it again."""
    (run,) = read(LOGS / "own.again.eval")
    assert (run.task, run.model) == ("own", "m/1")
    assert sorted(map(whole, run.records)) == sorted(map(whole, records()))


def test_what_was_changed_in_inspect_counts(tmp_path: Path) -> None:
    def change(plain: dict[str, Any]) -> None:
        if plain["id"] == "plain" and plain["scores"]:
            plain["scores"]["number"]["value"] = "I"

    (path,) = write([run_in(tmp_path)], tmp_path / "logs")
    (run,) = read(changed(Path(path), tmp_path / "changed.eval", change))
    values = {(each.trial.sample_id, each.trial.number): [score.value for score in each.trial.scores] for each in run.records}
    assert values["plain", 0] == [0.0] and values["dir/picture", 1] == [1.0]


def test_what_the_reader_of_inspect_told_of_our_export() -> None:
    told = json.loads((LOGS / "own.eval.told.json").read_text(encoding="utf-8"))
    assert (told["header"]["status"], told["header"]["eval"]["task"], told["summaries"]) == ("success", "own", 5)
    samples = {(each["id"], each["epoch"]): each for each in told["samples"]}
    for record in records():
        trial, sample = record.trial, samples[record.trial.sample_id, record.trial.number + 1]
        if trial.failure is not None:
            assert "坏了" in sample["error"]["message"]
            continue
        assert trial.answer is not None and sample["output"].get("completion", "") == trial.answer.text
        for score in trial.scores:
            value = sample["scores"][score.scorer]["value"]
            if score.criterion == "score":
                assert value == ("NaN" if score.value is None else score.value)
            else:
                assert value.get(score.criterion) == score.value
    calls = [call for each in samples["tools", 1]["messages"] for call in each.get("tool_calls", ())]
    assert [(each["function"], each.get("arguments")) for each in calls] == [("add", {"x": 1}), ("add", None)]
    means = {(each["scorer"], each["name"]): each["metrics"]["mean"]["value"] for each in told["header"]["results"]["scores"]}
    assert means["judge", "fair"] == 0.25 and means["number", "number"] == 1.0


def test_no_log_lost_anything_on_its_way_through_assay() -> None:
    """The reader of Inspect found no difference between a log and what came back from Assay, headers included."""
    rows = {each["log"]: each for each in json.loads(STUDY.read_text(encoding="utf-8"))["logs"]}
    kept = {each.name for each in LOGS.iterdir() if ".told" not in each.name and ".again" not in each.name}
    assert set(rows) == kept
    assert {name: row["differences"] for name, row in rows.items() if row["differences"]} == {}
    for name, row in rows.items():
        (run,) = read(LOGS / name)
        found = list(run.records)
        assert len(found) == row["samples"]
        assert sum(len({each.scorer for each in record.trial.scores}) for record in found) == row["scores"]


def test_one_file_is_one_run(tmp_path: Path) -> None:
    folder = run_in(tmp_path)
    assert list(write([folder], tmp_path / "deep" / "x.eval")) == [str(tmp_path / "deep" / "x.eval")]
    with pytest.raises(UsageError, match="2 runs"):
        list(write([folder, folder], tmp_path / "x.eval"))


def test_the_log_is_a_zip_that_any_version_of_inspect_unpacks(tmp_path: Path) -> None:
    (path,) = write([run_in(tmp_path)], tmp_path)
    with zipfile.ZipFile(path) as log:
        assert {each.compress_type for each in log.infolist()} == {zipfile.ZIP_DEFLATED}
        assert log.namelist()[0] == "_journal/start.json" and {"header.json", "summaries.json"} <= set(log.namelist())
        assert len(json.loads(log.read("summaries.json"))) == 5
