"""The parts that read and write logs: differences, archives, values, numbers that are none."""

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.api.importing import import_runs
from assay.core.errors import DatasetError
from assay.formats.inspect.archive import Archive, Damaged, opened
from assay.formats.inspect.difference import difference, patched
from assay.formats.inspect.importer import read
from assay.formats.inspect.logs import counted, decoded
from assay.formats.inspect.samples import Reader, exported, failure_of
from assay.formats.inspect.scores import number_of, plain_scores, scores_of, with_constants
from assay.store import RunFolder

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.0, 1.0, 1.5]) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "set", "in", "items", "type"]), JSON, max_size=5)


@given(OBJECTS, OBJECTS)
def test_a_difference_makes_the_one_of_the_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert json.dumps(patched(other, difference(one, other)), sort_keys=True) == json.dumps(one, sort_keys=True)


@given(OBJECTS)
def test_what_is_equal_has_no_difference(one: dict[str, Any]) -> None:
    assert difference(one, json.loads(json.dumps(one))) == {}


def test_a_difference_says_little_where_little_differs() -> None:
    long = "x" * 1000
    had = {"messages": [{"role": "user", "content": long}, {"role": "assistant", "content": long}]}
    wanted = {"messages": [{"role": "user", "content": long, "id": "1"}, {"role": "assistant", "content": [long]}, {"role": "tool"}]}
    assert len(json.dumps(difference(wanted, had))) < 1300


@pytest.mark.parametrize(
    ("value", "number"),
    [("C", 1.0), ("I", 0.0), ("P", 0.5), ("N", 0.0), ("c", 1.0), (True, 1.0), (3, 3.0), ("0.25", 0.25), ("No", 0.0), ("NaN", None), ("good", None),
     (None, None), (float("inf"), None), ([1], None), ("1e999", None)],
)  # fmt: skip
def test_values(value: Any, number: float | None) -> None:
    found, why = number_of(value)
    assert found == number and (why is None) == (number is not None)


def test_a_list_of_values_is_a_list_of_criteria() -> None:
    scores = scores_of({"several": {"value": [1, "P", "odd"], "explanation": "so"}})
    assert [(each.name, each.value) for each in scores] == [("several/0", 1.0), ("several/1", 0.5), ("several/2", None)]
    value = with_constants(plain_scores(scores))["several"]["value"]
    assert value == {"0": 1.0, "1": 0.5, "2": None}


def test_an_unscored_one_is_nan_for_inspect() -> None:
    (score,) = scores_of({"s": {"value": "NaN", "explanation": "no grade"}})
    assert (score.value, score.reason) == (None, "no grade")
    value = with_constants(plain_scores([score]))["s"]["value"]
    assert value != value


def test_a_text_that_says_nan_stays_a_text() -> None:
    data = rb'{"a": NaN, "b": [-Infinity, "NaN, \"NaN\": NaN"], "Infinity": Infinity, "c": "\\"}'
    assert decoded(data) == {"a": "NaN", "b": ["-Infinity", 'NaN, "NaN": NaN'], "Infinity": "Infinity", "c": "\\"}


def test_events_that_say_nan_are_counted() -> None:
    assert counted(b'[{"event": "score", "value": NaN}, {"event": "model"}, {"event": "model"}]') == {"score": 1, "model": 2}


@pytest.mark.parametrize(
    ("traceback", "blame"),
    [
        (
            'File "/v/inspect_ai/solver/_plan.py", line 1\n  File "/v/inspect_ai/model/_providers/openai.py", line 2\n  File "/v/httpx/_client.py"',
            "endpoint",
        ),
        ('File "/v/inspect_ai/solver/_plan.py", line 1\n  File "/v/inspect_ai/util/_sandbox/docker/docker.py", line 2', "sandbox"),
        ('File "/v/task/run.py", line 1\n    s = await scorer(state, target)\n  File "/mine.py", line 2', "scorer"),
        ('File "/v/task/run.py", line 1\n    s = await scorer(state, target)\n  File "/v/inspect_ai/model/_model.py", line 2', "judge"),
        ('File "/mine.py", line 2', "solver"),
        ("", "solver"),
    ],
)
def test_who_is_to_blame(traceback: str, blame: str) -> None:
    failure = failure_of({"message": "TimeoutError('late')", "traceback": traceback})
    assert (failure.blame, failure.kind) == (blame, "TimeoutError")


def log(path: Path, samples: list[Any], method: int = zipfile.ZIP_DEFLATED, stream: bool = False, **header: Any) -> Path:
    """A small log."""
    spec = {"task": "t", "model": "m", "created": "2026-01-01", "dataset": {"samples": 3}, "config": {"epochs": 2}}
    target = io.BytesIO()
    if stream:
        target.seek = None  # type: ignore[assignment,method-assign]
    with zipfile.ZipFile(Unseekable(target) if stream else target, "w", method) as archive:
        archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": spec, **header}))
        for place, sample in enumerate(samples):
            text = sample if isinstance(sample, str) else json.dumps(sample)
            archive.writestr(f"samples/{place}_epoch_1.json", text)
    path.write_bytes(target.getvalue())
    return path


class Unseekable(io.RawIOBase):
    """A file that cannot be gone back in, so that a zip archive tells sizes behind its members."""

    def __init__(self, target: io.BytesIO) -> None:
        self.target = target

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self.target.write(data)


def sample(**more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "epoch": 1,
        "input": "q",
        "target": "a",
        "messages": [],
        "output": {"choices": []},
        "scores": {},
        "metadata": {},
        **more,
    }


def test_epochs_of_a_sample_may_differ_in_what_a_solver_wrote_to_it(tmp_path: Path) -> None:
    told = [
        sample(epoch=1, metadata={"n": 1, "deep": {"a": [1]}}),
        sample(epoch=2, metadata={"n": 2, "deep": {"a": [2], "b": None}}, input="another", target=["a", "b"]),
        sample(epoch=3, metadata={"n": 1, "deep": {"a": [1]}}),
    ]
    reader = Reader(model="m")
    records = [reader.record(json.loads(json.dumps(each))) for each in told]
    first = records[0].sample
    kept = [msgspec.structs.replace(each, sample=first) for each in records]  # a run folder holds a sample once
    assert [exported(each) for each in kept] == told
    (run,) = read(log(tmp_path / "x.eval", told))
    assert [each.trial.number for each in run.records] == [0, 1, 2] and run.planned == 6


def test_a_cut_archive_whose_sizes_stand_behind_its_members(tmp_path: Path) -> None:
    path = log(tmp_path / "x.eval", [sample(id=n, input="q" * 5000 + str(n)) for n in range(5)], stream=True)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"PK\x01\x02")])
    (run,) = read(path)
    assert [each.trial.sample_id for each in run.records] == ["0", "1", "2", "3", "4"]


def test_an_archive_packed_by_something_else(tmp_path: Path) -> None:
    path = log(tmp_path / "x.eval", [sample()], zipfile.ZIP_BZIP2)
    with pytest.raises(DatasetError, match="method 12"):
        list(read(path))


def test_zstandard_of_several_frames(tmp_path: Path) -> None:
    from backports import zstd

    text = json.dumps({"eval": {}}).encode()
    packed = zstd.compress(text[:5]) + zstd.compress(text[5:])
    name = b"header.json"
    head = struct.pack("<4s5H3I2H", b"PK\x03\x04", 45, 0, 93, 0, 0, 0, len(packed), len(text), len(name), 0)
    path = tmp_path / "x.eval"
    path.write_bytes(head + name + packed)
    with opened(path) as archive:
        assert archive.cut and archive.read("header.json") == text
    path.write_bytes(head + name + b"none" + packed[4:])
    with Archive(path) as archive, pytest.raises(Damaged):
        archive.read("header.json")


def test_a_sample_of_many_events_is_counted_not_kept(tmp_path: Path) -> None:
    events = [{"event": "model" if n % 3 else "tool", "deep": {"n": n, "text": "x" * 20}} for n in range(30_000)]
    path = log(
        tmp_path / "x.eval",
        [sample(events=events, attachments={"h": "L" * 3_000_000}, messages=[{"role": "user", "content": "attachment://h"}])],
    )
    (run,) = read(path)
    (record,) = run.records
    assert record.trial.detail["inspect"]["events"] == {"tool": 10_000, "model": 20_000}
    assert record.trial.answer is not None and len(record.trial.answer.messages[0].text) == 3_000_000
    assert len(msgspec.json.encode(record.trial)) < 3_100_000


def test_a_sample_of_a_strange_shape_is_a_failure_of_the_data_and_the_others_stay(tmp_path: Path) -> None:
    odd: list[Any] = [
        sample(id="odd", messages=[{"content": "no role"}]),
        sample(id="odd", epoch=2),
        sample(id="fine", scores={"m": {"value": "C"}}),
    ]
    log(tmp_path / "x.eval", odd)
    (run,) = import_runs([str(tmp_path / "x.eval")], log_dir=str(tmp_path / "runs"))
    assert (run.result.planned, run.result.scored, run.result.failed) == (6, 2, 1)
    assert run.result.failures == {"dataset:damaged_log": 1}
    folder = RunFolder.open(run.result.run_dir)
    assert {each.trial.sample_id: each.sample is not None for each in folder.records()} == {"odd": True, "fine": True}
    log(tmp_path / "y.eval", [{"epoch": 1}])
    with pytest.raises(DatasetError, match="without an id"):
        list(import_runs([str(tmp_path / "y.eval")], log_dir=str(tmp_path / "runs")))


def test_figures_without_samples_are_all_there_is(tmp_path: Path) -> None:
    results = {
        "total_samples": 6,
        "scores": [{"name": "m", "scorer": "m", "metrics": {"accuracy": {"value": 0.5}, "stderr": {"value": 0.1}}}],
    }
    path = log(tmp_path / "x.eval", [])
    with zipfile.ZipFile(path, "a") as archive:
        start = json.loads(archive.read("_journal/start.json"))
        archive.writestr("header.json", json.dumps({**start, "status": "error", "error": {"message": "it broke"}, "results": results}))
    (run,) = import_runs([str(path)], log_dir=str(tmp_path / "runs"))
    found = run.result.metrics["m"]
    assert (found.value, found.low) == (0.5, pytest.approx(0.304)) and run.result.planned == 6
    assert any("ended with the status 'error': it broke" in each for each in run.result.notes)


def test_more_trials_than_were_planned_are_no_coverage_above_one(tmp_path: Path) -> None:
    log(tmp_path / "x.eval", [sample(id=n, scores={"m": {"value": 1}}) for n in range(9)])
    (run,) = import_runs([str(tmp_path / "x.eval")], log_dir=str(tmp_path / "runs"))
    assert (run.result.planned, run.result.coverage) == (9, 1.0)
