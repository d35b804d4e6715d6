"""Recorded answers as a model: formats, joins, trials, and what a wrong file is answered with."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest

from assay.core.answer import Answer
from assay.core.content import message
from assay.core.errors import DatasetError, ModelError, UsageError
from assay.core.protocols import Request
from assay.engine.build import build_model
from assay.models.replay import ReplayModel, open_replay


def ask(model: ReplayModel, sample_id: str = "", number: int = 0, text: str = "?") -> Answer:
    return asyncio.run(model.generate(Request(messages=(message("user", text),), sample_id=sample_id, number=number)))


@pytest.fixture
def file(tmp_path: Path) -> Any:
    opened: list[ReplayModel] = []

    def write(content: str | bytes, name: str = "out.jsonl", **options: Any) -> ReplayModel:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        opened.append(open_replay(str(path), **options))
        return opened[-1]

    yield write
    for each in opened:
        asyncio.run(each.close())


ROWS = '{"id": "a", "output": "one"}\n\n{"id": 7, "output": "seven"}\n{"id": "a", "output": "two"}\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("out.jsonl", ROWS),
        ("out.jsonl", "\ufeff" + ROWS.replace("\n", "\r\n")),
        ("out.jsonl.gz", gzip.compress(ROWS.encode(), mtime=0)),
        ("out.csv", 'id,output\na,one\n7,seven\n\n"a",two\n'),
        ("out.tsv", "id\toutput\na\tone\n7\tseven\na\ttwo\n"),
    ],
)
def test_formats_and_trials(file: Any, name: str, content: str | bytes) -> None:
    model = file(content, name)
    assert [ask(model, "a", 0).text, ask(model, "a", 1).text, ask(model, "7").text] == ["one", "two", "seven"]
    assert any("1 sample has several rows" in each for each in model.notes)
    for missing in (("a", 2), ("b", 0)):
        with pytest.raises(ModelError) as caught:
            ask(model, *missing)
        assert caught.value.kind == "not_recorded" and not caught.value.fatal and missing[0] in str(caught.value)


def test_cells_with_line_ends_commas_and_quotes(file: Any) -> None:
    model = file('id,answer\n1,"line one\nline, ""two"" 天"\n2,plain\n', "out.csv")
    assert ask(model, "1").text == 'line one\nline, "two" 天' and ask(model, "2").text == "plain"


def test_lists_hold_trials(file: Any) -> None:
    model = file('{"id": "a", "generations": ["x", "y"]}\n{"id": "a", "generations": ["z"]}\n{"id": "b", "generations": []}')
    assert [ask(model, "a", number).text for number in range(3)] == ["x", "y", "z"]
    with pytest.raises(ModelError, match="b"):
        ask(model, "b")


def test_a_trial_column_wins_over_the_order_and_repeats_are_reported(file: Any) -> None:
    rows = [
        '{"id": "a", "trial": 1, "output": "second"}',
        '{"id": "a", "trial": 0, "output": "first"}',
        '{"id": "a", "trial": 0, "output": "again"}',
    ]
    model = file("\n".join(rows))
    assert [ask(model, "a", 0).text, ask(model, "a", 1).text] == ["first", "second"]
    assert any("1 row repeats" in each for each in model.notes)


def test_joined_by_prompt_where_ids_do_not_help(file: Any) -> None:
    model = file('{"question": " How many? ", "response": "3"}')
    assert ask(model, "row-0", text="How many?").text == "3"
    both = file('{"id": "theirs", "question": "How many?", "response": "3"}', "both.jsonl")
    assert ask(both, "ours", text="How many?").text == "3"


RECORDED = [
    '{"question": "How many legs has a spider in total?", "response": "8"}',
    '{"question": "How many  legs has\\nan ant in total?", "response": "6"}',
    '{"question": "Why?", "response": "because"}',
]


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("How many legs has a spider in total?\nA) 6\nB) 8", "8"),
        ("Answer with a number.\n\nQuestion: How many legs has an ant in total?\nAnswer:", "6"),
        ("Say it briefly.\nWhy?\n", "because"),
    ],
)
def test_joined_by_the_one_recorded_input_in_a_rendered_prompt(file: Any, prompt: str, answer: str) -> None:
    model = file("\n".join(RECORDED))
    assert ask(model, "data-1", text=prompt).text == answer
    assert any("1 prompt was joined by the one recorded input" in each for each in model.notes)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("How many legs has a spider in total? 8\n\nHow many legs has an ant in total?", "2 recorded inputs stand in its prompt"),
        ("Question: Why?", "by input (column 'question')"),
        ("How many legs has a spider", "-M by=row"),
        ("How many legs has a spider in total?!", "--id COLUMN"),
    ],
    ids=["few-shot", "too short", "cut", "another word"],
)
def test_what_is_not_certainly_the_prompt_is_not_joined(file: Any, prompt: str, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        ask(file("\n".join(RECORDED)), "data-1", text=prompt)
    assert words in str(caught.value) and caught.value.kind == "not_recorded"


def test_csv_and_trials_are_joined_by_a_rendered_prompt_too(file: Any) -> None:
    model = file('question,trial,response\n"What is asked\nhere, then?",0,x\n"What is asked\nhere, then?",1,y\n', "out.csv")
    prompt = "Q: What is asked\nhere, then?\nA:"
    assert [ask(model, "data-1", number, prompt).text for number in (0, 1)] == ["x", "y"]


def test_joined_by_row_where_asked(file: Any) -> None:
    model = file('{"foo": 1, "output": "first"}\n\n{"foo": 2, "output": ["second", "again"]}', by="row")
    assert [ask(model, "row-1").text, ask(model, "test-2").text, ask(model, "row-2", 1).text] == ["first", "second", "again"]
    with pytest.raises(ModelError, match="joined by row number"):
        ask(model, "row-3")
    for own in ("item-1", "w1", "1", "data"):
        with pytest.raises(UsageError, match="id of the data's own") as caught:
            ask(model, own)
        assert "--id row" in caught.value.remedy
    assert model.identity != file('{"foo": 1, "output": "first"}', id="foo").identity
    with pytest.raises(UsageError, match="by=row"):
        file('{"id": 1, "output": "x"}', by="id")


def test_null_is_an_empty_answer_and_a_missing_key_is_none(file: Any) -> None:
    model = file('{"id": "a", "output": null}\n{"id": "b", "output": ""}\n{"id": "c"}\n{"id": "d", "output": [null, "x"]}')
    assert [ask(model, each).text for each in "abd"] == ["", "", ""]
    assert ask(model, "d", 1).text == "x"
    with pytest.raises(ModelError, match="holds no answer"):
        ask(model, "c")


def test_thoughts_and_other_shapes(file: Any) -> None:
    rows = [
        '{"id": 1, "output": "<think>hm</think>42"}',
        '{"id": 2, "output": "<think>hm"}',
        '{"id": 3, "output": 5}',
        '{"id": 4, "output": {"k": 1}}',
        '{"id": 5, "output": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}',
        '{"id": 6, "output": "x", "finish_reason": "length", "reasoning": "because"}',
    ]
    model = file("\n".join(rows))
    assert (ask(model, "1").text, ask(model, "1").reasoning) == ("42", "hm")
    assert (ask(model, "2").text, ask(model, "2").stop_reason) == ("", "length")
    assert [ask(model, str(number)).text for number in (3, 4, 5)] == ["5", '{"k":1}', "a"]
    assert (ask(model, "6").stop_reason, ask(model, "6").reasoning) == ("length", "because")


def test_columns_by_name(file: Any) -> None:
    model = file('{"uid": "a", "id": "no", "gpt4": "yes", "output": "no"}', id="uid", output="gpt4")
    assert ask(model, "a").text == "yes"


def test_output_is_preferred_to_the_gold_answer(file: Any) -> None:
    assert ask(file('{"id": 1, "answer": "gold", "prediction": "guess"}'), "1").text == "guess"


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ('{"id": 1, "output": "x"}', {"output": "otput"}, ("otput", "Did you mean output", "id, output")),
        ('{"id": 1, "foo": "x"}', {}, ("foo", "-M output=")),
        ('{"foo": 1, "output": "x"}', {}, ("foo", "-M id=")),
    ],
)
def test_a_wrong_column_is_answered_with_those_there_are(file: Any, content: str, options: dict[str, str], words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        file(content, **options)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("out.jsonl", b'{"id": 1, "output": "x"}\n{"id": 2, "outp', ("line 2",)),
        ("out.jsonl", b'{"id": 1, "output": "x"}\n[1]\n', ("line 2",)),
        ("out.jsonl", b'{"id": 1, "output": "\xff"}\n', ("line 1",)),
        ("out.jsonl", b"\n", ("no recorded answer",)),
        ("out.csv", b"id,output\n1,a\n2,b,c\n", ("line 3", "3 cells under 2")),
        ("out.csv", b"id,output\n1,\xff\n", ("line 2",)),
        ("out.jsonl.gz", gzip.compress(b'{"id": 1, "output": "x"}\n' * 50, mtime=0)[:-12], ("gz",)),
        ("out.jsonl.gz", b"plain", ("gz",)),
    ],
    ids=["cut line", "no mapping", "no utf-8", "empty", "short row", "no utf-8 in csv", "cut gz", "no gz"],
)
def test_a_bad_file_is_named_with_its_line(file: Any, name: str, content: bytes, words: tuple[str, ...]) -> None:
    with pytest.raises(DatasetError) as caught:
        file(content, name)
    assert all(word in str(caught.value) for word in (*words, name))


def test_a_missing_file_is_answered_with_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "outputs.jsonl").write_text(ROWS)
    with pytest.raises(UsageError, match=r"Did you mean outputs\.jsonl"):
        open_replay(str(tmp_path / "output.jsonl"))
    with pytest.raises(UsageError, match="no option"):
        build_model(f"replay/{tmp_path}/outputs.jsonl", {"idd": "x"})


def test_identity_is_the_content_not_the_place(file: Any) -> None:
    first, moved, other = file(ROWS, "a.jsonl"), file(ROWS, "b.jsonl"), file(ROWS.replace("one", "eins"), "c.jsonl")
    assert first.identity == moved.identity != other.identity
