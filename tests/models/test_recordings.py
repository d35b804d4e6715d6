"""Recordings: every format a data set may have, and the shapes in which other tools write answers."""

import asyncio
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assay.core.answer import Answer
from assay.core.content import message
from assay.core.errors import DatasetError, ModelError, UsageError
from assay.core.protocols import Request
from assay.models.replay import ReplayModel, open_replay

Rows = list[dict[str, Any]]


def ask(
    model: ReplayModel, sample_id: str = "row-1", number: int = 0, text: str = "?", continuations: tuple[str, ...] | None = None
) -> Answer:
    request = Request(messages=(message("user", text),), sample_id=sample_id, number=number, continuations=continuations)
    return asyncio.run(model.generate(request))


def lost(model: ReplayModel, **asked: Any) -> bool:
    with pytest.raises(ModelError) as caught:
        ask(model, **asked)
    return caught.value.kind == "not_recorded"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Callable[..., ReplayModel]]:
    opened: list[ReplayModel] = []

    def write(content: Rows | bytes, name: str = "out.jsonl", **options: Any) -> ReplayModel:
        lines = content if isinstance(content, bytes) else b"".join(json.dumps(row).encode() + b"\n" for row in content)
        (tmp_path / name).write_bytes(lines)
        opened.append(open_replay(str(tmp_path / name), **options))
        return opened[-1]

    yield write
    for each in opened:
        asyncio.run(each.close())


ROWS: Rows = [{"id": "a", "output": "one"}, {"id": "b", "output": "two"}, {"id": "a", "output": "three"}]


def parquet(rows: Rows, folder: Path) -> bytes:
    (folder / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM read_json('{folder}/x.jsonl')) TO '{folder}/x.parquet' (FORMAT parquet)")
    return (folder / "x.parquet").read_bytes()


class TestFormats:
    @pytest.mark.parametrize("shape", ["array", "pretty", "in an object", "lines", "one row"])
    def test_json(self, file, shape):
        content = {
            "array": json.dumps(ROWS),
            "pretty": json.dumps(ROWS, indent=2),
            "in an object": json.dumps({"model": "m", "answers": ROWS}),
            "lines": "".join(json.dumps(row) + "\n" for row in ROWS),
            "one row": json.dumps(ROWS[0]),
        }[shape]
        model = file(content.encode(), "out.json")
        assert ask(model, "a").text == "one"
        if shape != "one row":
            assert (ask(model, "b").text, ask(model, "a", 1).text) == ("two", "three")

    @pytest.mark.parametrize("packed", [False, True])
    def test_parquet(self, file, tmp_path, packed):
        import gzip

        content = parquet(ROWS, tmp_path)
        model = file(gzip.compress(content) if packed else content, "out.parquet.gz" if packed else "out.parquet")
        assert [ask(model, "a").text, ask(model, "b").text, ask(model, "a", 1).text] == ["one", "two", "three"]

    def test_the_same_answers_are_the_same_model_in_any_of_them(self, file, tmp_path):
        made = [file(ROWS), file(json.dumps(ROWS).encode(), "out.json"), file(parquet(ROWS, tmp_path), "out.parquet")]
        assert made[0].identity == made[1].identity == made[2].identity

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("out.json", b'[{"id": 1}, 2]', "no list of objects"),
            ("out.json", b'[{"id": 1, "output": "x"},', "line 1"),
            ("out.parquet", b"PAR1 no more", "not a Parquet file"),
            ("out.eval", b"no archive", "assay import FILE"),
        ],
    )
    def test_a_broken_one_is_named(self, file, name, content, words):
        with pytest.raises(DatasetError) as caught:
            file(content, name)
        assert words in str(caught.value) and name in str(caught.value)

    def test_another_is_refused_with_those_there_are(self, file):
        with pytest.raises(UsageError, match=r"come as \.jsonl, .*\.parquet.*not as '\.xlsx'"):
            file(b"", "out.xlsx")


def harness(n: int, text: str | None, *, kind: str = "none", **more: Any) -> dict[str, Any]:
    """A line of `samples_TASK_TIME.jsonl`, as lm-eval 0.4 writes it."""
    return {
        "doc_id": n,
        "doc": {"question": f"What is {n} plus {n}?", "answer": f"#### {2 * n}"},
        "target": str(2 * n),
        "arguments": {"gen_args_0": {"arg_0": f"Q: What is {n} plus {n}?\nA:", "arg_1": {"until": ["Q:"], "do_sample": False}}},
        "resps": [[text]],
        "filtered_resps": [text],
        "filter": kind,
        "metrics": ["exact_match"],
        "doc_hash": "x",
        "prompt_hash": "y",
        "target_hash": "z",
        "exact_match": 1.0,
        **more,
    }


class TestHarness:
    def test_joined_by_the_question_and_not_by_the_number_of_the_document(self, file):
        model = file([harness(n, f"It is {2 * n}.") for n in range(3)])
        assert ask(model, "2", text="What is 1 plus 1?").text == "It is 2."
        assert ask(model, "row-3", text="Please: What is 2 plus 2?\nAnswer:").text == "It is 4."
        assert lost(model, sample_id="1", text="Something else, of some length?")

    def test_joined_by_the_documents_own_id(self, file):
        model = file([harness(0, "def f(): ...", doc={"task_id": "HumanEval/0", "prompt": "def f():"})])
        assert ask(model, "HumanEval/0").text == "def f(): ..."

    def test_joined_by_its_prompt_where_the_document_says_nothing(self, file):
        old = [["Q: What is 1 plus 1?\nA:", {"until": ["Q:"]}]]
        for arguments in (old, harness(1, "")["arguments"]):
            model = file([harness(1, "2", doc={"a": 1, "b": 1}, arguments=arguments)])
            assert ask(model, text="Q: What is 1 plus 1?\nA:").text == "2"

    def test_every_filter_writes_the_answer_once_more(self, file):
        rows = [harness(n, f"so {2 * n}", kind=kind) for kind in ("strict-match", "flexible-extract") for n in range(2)]
        model = file(rows)
        assert model.rows == 2 and ask(model, text="What is 1 plus 1?").text == "so 2"
        assert lost(model, number=1, text="What is 1 plus 1?")

    def test_repeats_are_trials(self, file):
        model = file([harness(1, "", resps=[["2", "3", "two"]], filtered_resps=["2"])])
        assert [ask(model, text="What is 1 plus 1?", number=n).text for n in range(3)] == ["2", "3", "two"]

    def test_weighed_choices(self, file):
        resps = [[["-4.5", "False"]], [["-0.25", "True"]]]
        model = file([harness(1, "", resps=resps, filtered_resps=[each[0] for each in resps])])
        answer = ask(model, text="What is 1 plus 1?", continuations=(" 3", " 2"))
        assert answer.choice_logprobs == ((-4.5, 0, 2), (-0.25, 0, 2))

    def test_another_column_is_read_where_asked(self, file):
        model = file([harness(1, "so 2", filtered_resps=["2"])], output="filtered_resps")
        assert ask(model, text="What is 1 plus 1?").text == "2"


def inspect(n: int, epoch: int, text: Any, **more: Any) -> dict[str, Any]:
    """A sample of a log of Inspect."""
    said = {"content": text, "role": "assistant", "source": "generate", "model": "m"}
    return {
        "id": n,
        "epoch": epoch,
        "input": f"What is {n} plus {n}?",
        "target": str(2 * n),
        "messages": [{"role": "user", "content": f"What is {n} plus {n}?"}, said],
        "output": {"model": "openai/m", "choices": [{"message": said, "stop_reason": "stop"}], "usage": {}, "completion": str(text)},
        "scores": {"match": {"value": "C"}},
        **more,
    }


class TestInspect:
    SAMPLES = (
        inspect(1, 1, "2"),
        inspect(1, 2, "two"),
        inspect(2, 1, [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "4"}]),
    )

    def check(self, model: ReplayModel) -> None:
        assert [ask(model, "1", 0).text, ask(model, "1", 1).text] == ["2", "two"]
        last = ask(model, "2")
        assert (last.text, last.reasoning, last.model, last.stop_reason) == ("4", "hm", "openai/m", "stop")
        assert ask(model, "row-7", text="Say: What is 2 plus 2?").text == "4"
        assert lost(model, sample_id="2", number=1)

    def test_a_json_log(self, file):
        log = {
            "version": 2,
            "status": "success",
            "eval": {"task": "t"},
            "plan": {},
            "results": {"scores": [{"name": "match"}]},
            "stats": {},
        }
        self.check(file(json.dumps({**log, "samples": self.SAMPLES}).encode(), "log.json"))

    def test_an_eval_log(self, file):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("header.json", "{}")
            archive.writestr("summaries.json", "[]")
            for each in self.SAMPLES:
                archive.writestr(f"samples/{each['id']}_epoch_{each['epoch']}.json", json.dumps(each))
        self.check(file(out.getvalue(), "log.eval"))

    def test_a_dialogue_as_input_and_a_sample_that_broke(self, file):
        given = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "What is 3 plus 3?"}]}]
        broken = inspect(4, 1, "", output={"model": "m", "choices": []})
        model = file([inspect(3, 1, "6", input=given), broken])
        assert ask(model, text="What is 3 plus 3?").text == "6"
        assert lost(model, sample_id="4")


def batch(name: str, body: Any, status: int = 200) -> dict[str, Any]:
    """A line of the output file of OpenAI's batch API."""
    return {
        "id": f"batch_req_{name}",
        "custom_id": name,
        "response": {"status_code": status, "request_id": "r", "body": body},
        "error": None,
    }


def completion(*texts: str | None, why: str = "stop", **said: Any) -> dict[str, Any]:
    choices = [
        {"index": n, "message": {"role": "assistant", "content": text, **said}, "finish_reason": why} for n, text in enumerate(texts)
    ]
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-x", "choices": choices, "usage": {"total_tokens": 3}}


class TestBatches:
    def test_chat_completions(self, file):
        failed = {"error": {"message": "overloaded"}}
        rows = [
            batch("q0", failed, 503),
            batch("q1", completion("42", why="length", reasoning_content="hm")),
            batch("q2", completion("a", "b")),
            batch("q3", completion(None, refusal="I cannot.")),
            {"id": "r", "custom_id": "q4", "response": None, "error": {"code": "batch_expired", "message": "expired"}},
        ]
        model = file(rows)
        first = ask(model, "q1")
        assert (first.text, first.stop_reason, first.reasoning, first.model) == ("42", "length", "hm", "gpt-x")
        assert [ask(model, "q2", n).text for n in (0, 1)] == ["a", "b"] and ask(model, "q3").text == "I cannot."
        assert lost(model, sample_id="q0") and lost(model, sample_id="q4") and lost(model, sample_id="batch_req_q1")

    def test_responses(self, file):
        said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "42", "annotations": []}]}
        body = {"object": "response", "status": "completed", "model": "gpt-x", "output": [{"type": "reasoning", "summary": []}, said]}
        cut = {**body, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        model = file([batch("q1", body), batch("q2", cut)])
        assert [(ask(model, each).text, ask(model, each).stop_reason) for each in ("q1", "q2")] == [("42", "stop"), ("42", "length")]

    def test_messages_of_anthropic(self, file):
        said = {
            "role": "assistant",
            "model": "claude-x",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "42"}],
        }
        rows = [
            {"custom_id": "q1", "result": {"type": "succeeded", "message": {**said, "stop_reason": "end_turn"}}},
            {"custom_id": "q2", "result": {"type": "errored", "error": {"type": "invalid_request"}}},
            {"custom_id": "q3", "result": {"type": "expired"}},
        ]
        model = file(rows)
        answer = ask(model, "q1")
        assert (answer.text, answer.reasoning, answer.stop_reason, answer.model) == ("42", "hm", "stop", "claude-x")
        assert lost(model, sample_id="q2") and lost(model, sample_id="q3")


@pytest.mark.parametrize("more", [{"custom_id": "x"}, {"resps": [["other"]]}, {"choices": []}])
def test_rows_of_no_known_shape_stay_as_they_are(file, more):
    assert ask(file([{"id": 1, "output": "kept", **more}]), "1").text == "kept"
