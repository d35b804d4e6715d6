"""Logs that four versions of Inspect wrote, against what its newest reader tells of them (`make oracle --only inspect` writes both)."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assay.core.content import Image, Text, ToolCall, ToolResult
from assay.core.errors import DatasetError
from assay.formats.importers import ImportedRun, importer_for
from assay.formats.inspect.importer import read
from assay.formats.inspect.samples import exported
from assay.store.fold import Record

LOGS = Path(__file__).parent / "logs"
NAMES = sorted(
    each.name
    for each in LOGS.iterdir()
    if each.suffix in (".eval", ".json") and not each.name.startswith("own") and ".told" not in each.name
)


def run_of(name: str, **options: Any) -> tuple[ImportedRun, dict[tuple[str, int], Record]]:
    (run,) = read(LOGS / name, **options)
    return run, {(each.trial.sample_id, each.trial.number): each for each in run.records}


def told_of(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((LOGS / f"{name}.told.json").read_text(encoding="utf-8"))
    return told


def said(value: Any) -> Any:
    """A value without its empty parts; numbers that are none by their names."""
    if isinstance(value, dict):
        return {key: each for key, inner in value.items() if (each := said(inner)) not in (None, [], {})}
    if isinstance(value, list):
        return [said(each) for each in value]
    return "NaN" if isinstance(value, float) and value != value else value


def lacking(wanted: Any, found: Any, place: str = "") -> list[str]:
    """Where something that the reader tells is not found; times and defaults that it adds to old logs are its own."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        ours = {"detail", "type", "completion", "redacted", "history", "turn_count", "summary"}
        keys = [key for key in wanted if key in found or key not in ours]
        return [each for key in keys for each in lacking(wanted[key], found.get(key), f"{place}.{key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [each for at, pair in enumerate(zip(wanted, found, strict=True)) for each in lacking(*pair, f"{place}[{at}]")]
    same = (
        wanted == found
        or (wanted == "UNCHANGED" and found is None)
        or (isinstance(wanted, str) and place.rpartition(".")[2] in ("started_at", "completed_at") and bool(found))
    )
    return [] if same else [f"{place}: {wanted!r} / {found!r}"]


@pytest.mark.parametrize("name", NAMES)
def test_all_that_the_reader_of_inspect_tells_is_there(name: str) -> None:
    _, records = run_of(name)
    told = told_of(name)["samples"]
    assert len(records) == len(told) > 0
    for sample in told:
        record = records[str(sample["id"]), sample["epoch"] - 1]
        assert lacking(sample, said(exported(record))) == []


@pytest.mark.parametrize("name", NAMES)
def test_it_stands_in_our_own_words(name: str) -> None:
    _, records = run_of(name)
    numbers = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0, "yes": 1.0, "rude": None, "NaN": None}
    for sample in told_of(name)["samples"]:
        record = records[str(sample["id"]), sample["epoch"] - 1]
        assert record.sample is not None
        asked = sample["input"]
        assert record.sample.prompt == (asked if isinstance(asked, str) else "\n\n".join(text_of(each) for each in asked))
        assert list(record.sample.targets) == (sample["target"] if isinstance(sample["target"], list) else [sample["target"]])
        if "error" in sample:
            assert record.trial.failure is not None and record.trial.answer is None
            continue
        answer = record.trial.answer
        assert answer is not None and answer.text == sample["output"]["completion"]
        assert [each.role for each in answer.messages] == [each["role"] for each in sample["messages"]]
        for message, plain in zip(answer.messages, sample["messages"], strict=True):
            results = "".join(each.content for each in message.content if isinstance(each, ToolResult))
            assert message.text + results == (text_of(plain) or plain.get("error", {}).get("message", ""))
            calls = [(each.id, each.name, each.arguments) for each in message.content if isinstance(each, ToolCall)]
            assert calls == [(each["id"], each["function"], each["arguments"]) for each in plain.get("tool_calls", ())]
        if "invalidation" not in sample:
            given = {each.name: each.value for each in record.trial.scores}
            for scorer, score in sample["scores"].items():
                values = score["value"] if isinstance(score["value"], dict) else {"": score["value"]}
                if isinstance(score["value"], list):
                    values = {str(place): value for place, value in enumerate(score["value"])}
                for criterion, value in values.items():
                    assert given[f"{scorer}/{criterion}" if criterion else scorer] == (numbers[value] if isinstance(value, str) else value)


def text_of(plain: dict[str, Any]) -> str:
    content = plain["content"]
    return content if isinstance(content, str) else "".join(each["text"] for each in content if each["type"] == "text")


def test_what_an_agent_did(tmp_path: Path) -> None:
    run, records = run_of("newest-agent.eval")
    assert (run.task, run.model, run.planned) == ("agent", "mockllm/model", 7)
    tools = records["tools", 0].trial.answer
    assert tools is not None and tools.reasoning == "1 and 2 is 3" and tools.text == "3"
    assert tools.messages[1].content[1] == ToolCall(id="call_1_2", name="add", arguments={"x": 1, "y": 2})
    assert tools.messages[2].content == (ToolResult(id="call_1_2", content="3"),)
    fails = records["fails", 0].trial.answer
    assert fails is not None and fails.messages[2].content == (ToolResult(id="call_13_1", content="13 is not added", failed=True),)
    long = records["long/slash", 0].trial.answer
    assert long is not None and isinstance(result := long.messages[2].content[0], ToolResult) and len(result.content) > 3000
    picture = records["picture", 0].sample
    assert picture is not None and isinstance(picture.input, tuple)
    assert isinstance(picture.input[1].content[0], Text)
    assert isinstance(image := picture.input[1].content[1], Image) and image.uri.startswith("data:image/png;base64,")
    broken = records["broken", 0].trial.failure
    assert broken is not None and (broken.blame, broken.kind) == ("solver", "RuntimeError") and "坏了" in broken.message
    dialogue = records["dialogue", 0]
    assert dialogue.sample is not None and dialogue.trial.answer is not None
    assert dialogue.sample.metadata["inspect"] == {"sandbox": {"type": "local"}, "files": ["note.txt"]}
    assert (dialogue.sample.choices, dialogue.trial.answer.stop_reason, dialogue.trial.flags) == (("red", "blue"), "length", ("truncated",))
    endless = records["endless", 0].trial
    assert endless.answer is not None and endless.answer.notes == ("stopped by Inspect's message limit (8)",)
    assert endless.detail["inspect"]["set"]["limit"]["type"] == "message" and endless.detail["inspect"]["set"]["store"]["seen"]["n"] == 1
    assert endless.answer.usage.input_tokens > 0 and endless.detail["inspect"]["events"]["model"] == 5
    graded = {name: next(each for each in records[name, 0].trial.scores if each.scorer == "model_graded_qa") for name in ("tools", "fails")}
    assert (
        {each.kind for each in graded.values()} == {"judge"} and graded["tools"].value == 1.0 and graded["tools"].reason == "Fine. GRADE: C"
    )
    assert (graded["fails"].value, graded["fails"].reason) == (None, "Grade not found in model output: ?")
    assert len(records["broken", 0].trial.detail["inspect"]["set"]["error_retries"]) == 1


def test_scores_of_every_kind_settings_and_reported_figures() -> None:
    run, records = run_of("newest-capitals.eval")
    scores = {each.name: each for each in records["3", 0].trial.scores}
    assert (scores["includes"].value, scores["includes"].extracted) == (0.0, "i do not know.")
    assert (scores["manners/length"].value, scores["manners/polite"].value) == (14.0, 0.0)
    assert scores["manners/length"].detail == {"seen": [1, {"deep": None}]}
    assert scores["grade"].reason == "14 characters 字"
    assert (scores["unsure"].value, scores["unsure"].reason) == (None, "the grader said nothing")
    rude = next(each for record in records.values() for each in record.trial.scores if each.name == "tone" and each.value is None)
    assert rude.reason == "the value 'rude' is no number"
    assert records["3", 0].trial.cluster == "sea" and records["1", 0].trial.cluster is None
    assert {number for _, number in records} == {0, 1} and run.planned == 8
    assert run.settings["task_version"] == 3 and run.settings["decoding.temperature"] == 0.5 and run.settings["config.epochs"] == 2
    assert run.settings["solver"].startswith("system_message(") and run.settings["packages.inspect_ai"].startswith("0.3.")
    assert run.settings["tags"] == "oracle" and run.settings["metadata.owner"] == "geographers"
    assert run.reported["includes"].value == 0.625 and run.reported["includes accuracy (max)"].value == 1.0
    assert run.reported["manners/length"].value == 8.125 and run.reported["includes"].low == pytest.approx(0.625 - 1.96 * 0.125)


def test_edited_scores_and_invalidated_samples() -> None:
    run, records = run_of("newest-edited.eval")
    edited = next(each for each in records["3", 0].trial.scores if each.name == "includes")
    assert (edited.value, edited.kind, edited.reason) == (1.0, "human", "read again")
    taken = records["4", 0].trial
    assert {each.value for each in taken.scores} == {None}
    assert taken.scores[0].reason == "invalidated by bob: the question leaked"
    assert any("invalidated" in each for each in run.notes)


def test_one_fingerprint_of_what_was_asked_whatever_was_answered() -> None:
    prints = []
    for name in ("newest-capitals.eval", "newest-capitals.json", "newest-edited.eval", "0.3.120-capitals.eval", "0.3.9-capitals.json"):
        run, _ = run_of(name)
        prints.append(run.fingerprints["dataset"])
    assert len(set(prints)) == 1


def test_events_are_kept_where_they_are_asked_for() -> None:
    for name in ("newest-agent.eval", "newest-chunked.eval"):
        _, records = run_of(name, events=True)
        kept = exported(records["tools", 0])
        assert [each["event"] for each in kept["events"]].count("model") == 3 and kept["events_data"]["messages"]


def test_a_run_that_was_interrupted() -> None:
    run, records = run_of("newest-interrupted.eval")
    assert (run.planned, len(records)) == (6, 3)
    assert any("interrupted" in each for each in run.notes)


@pytest.mark.parametrize("name", ["newest-agent.eval", "newest-chunked.eval", "newest-capitals.eval", "0.3.58-agent.eval"])
def test_a_log_that_was_cut_off_anywhere(tmp_path: Path, name: str) -> None:
    data, (_, whole) = (LOGS / name).read_bytes(), run_of(name)
    found = []
    for part in range(1, 40):
        path = tmp_path / f"{part}.eval"
        path.write_bytes(data[: len(data) * part // 40])
        try:
            (run,) = read(path)
        except DatasetError as error:
            assert "does not tell what was run" in str(error) or "no member" in str(error)
            continue
        records = list(run.records)
        read_whole = [each for each in records if each.trial.failure is None or each.trial.failure.kind != "damaged_log"]
        for each in read_whole:
            expected = whole[each.trial.sample_id, each.trial.number]
            assert each.sample == expected.sample and each.trial.scores == expected.trial.scores
        assert run.planned == len(whole) and any("cut off" in each for each in run.notes)
        found.append(len(read_whole))
    assert found == sorted(found) and found[-1] >= len(whole) - 1, found


def test_a_damaged_sample_is_a_failure_of_the_data(tmp_path: Path) -> None:
    data = bytearray((LOGS / "0.3.58-agent.eval").read_bytes())
    with zipfile.ZipFile(LOGS / "0.3.58-agent.eval") as log:
        info = log.getinfo("samples/picture_epoch_1.json")
    data[info.header_offset + 200] ^= 0xFF
    path = tmp_path / "damaged.eval"
    path.write_bytes(data)
    (run,) = read(path)
    failed = [each.trial for each in run.records if each.trial.failure is not None and each.trial.failure.blame == "dataset"]
    assert [each.sample_id for each in failed] == ["picture"]
    assert failed[0].failure is not None and failed[0].failure.kind == "damaged_log"


@pytest.mark.parametrize("text", ["", "no log at all", "PK\x03\x04 but not much of a zip archive, though long enough"])
def test_what_is_no_log_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.eval"
    path.write_text(text)
    with pytest.raises(DatasetError, match=r"x\.eval"):
        list(read(path))


def test_a_json_log_that_was_cut_off_is_refused_with_a_remedy(tmp_path: Path) -> None:
    data = (LOGS / "newest-capitals.json").read_bytes()
    path = tmp_path / "x.json"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DatasetError, match="no whole JSON document"):
        list(read(path))


def test_a_folder_of_logs_is_many_runs(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("newest-agent.eval", "0.3.9-capitals.json"):
        (tmp_path / "deep" / name).write_bytes((LOGS / name).read_bytes())
    (tmp_path / "notes.json").write_text('{"version": 1}')
    assert importer_for(tmp_path)[0] == "inspect"
    assert [each.tool for each in read(tmp_path)] == ["Inspect 0.3.9", "Inspect 0.3.285"]


def test_other_json_is_not_taken_for_a_log(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"version": 1, "status": "fine"}')
    with pytest.raises(DatasetError, match="no log of Inspect"):
        list(read(path))
