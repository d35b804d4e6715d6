"""Tables: rows read as samples; what is wrong with a file is said before a model is asked."""

import json
import tracemalloc
from pathlib import Path

import pytest

from assay import Card, datasets
from assay.core.content import Image, Text
from assay.core.errors import DatasetError
from assay.core.protocols import Dataset

ROWS = [{"question": f"What is {n} plus {n}?", "answer": 2 * n, "subject": "sums" if n % 2 else "evens"} for n in range(5)]


def problem(source, **fields) -> str:
    with pytest.raises(DatasetError) as caught:
        len(datasets.table(source, **{"input": "question", "target": "answer", **fields}))
    return str(caught.value)


def test_columns_become_samples(write):
    table = datasets.table(write(ROWS), input="question", target="answer", metadata=("subject",))
    assert isinstance(table, Dataset)
    assert len(table) == 5
    samples = list(table.samples())
    assert [each.id for each in samples] == ["row-1", "row-2", "row-3", "row-4", "row-5"]
    assert samples[3].input == "What is 3 plus 3?"
    assert samples[3].target == "6"
    assert samples[3].metadata == {"subject": "sums"}
    assert [each.id for each in table.samples([4, 0, 4])] == ["row-5", "row-1", "row-5"]


@pytest.mark.parametrize(
    ("metadata", "skills"), [((), ["reading"]), (("subject",), ["reading"]), ({"skills": lambda row: [row["subject"]]}, ["evens"])]
)
def test_a_cards_skills_are_its_samples_unless_each_row_has_its_own(write, metadata, skills):
    card = Card(source="org/name", revision="0" * 40, licence="mit", languages=("en",), version="1", skills=("reading",))
    table = datasets.table(card, data=write(ROWS), input="question", target="answer", metadata=metadata)
    assert next(table.samples()).metadata["skills"] == skills


class TestAColumnThatComesLate:
    LATE = [{"question": f"{n}?", "answer": n} for n in range(150)] + [{"question": "150?", "answer": 1, "rare": "seen"}]

    @pytest.mark.parametrize("wanted", [("rare",), {"x": "rare"}])
    def test_is_a_column(self, write, wanted):
        table = datasets.table(write(self.LATE), input="question", target="answer", metadata=wanted)
        assert [len(each.metadata) for each in table.samples([0, 150])] == [0, 1]
        assert table.columns == ("question", "answer", "rare")

    def test_is_a_place_in_a_template(self, write):
        assert "line 1: the column 'rare', which the template uses, has no value" in problem(write(self.LATE), input="{question} {rare}")

    def test_is_named_among_those_there_are(self, write):
        assert "Did you mean rare? There are: question, answer, rare." in problem(write(self.LATE), input="rarre")

    def test_is_found_by_its_usual_name(self, write):
        rows = [{"question": f"{n}?"} for n in range(120)] + [{"question": "120?", "answer": 1}]
        table = datasets.plain_table(write(rows), allow_missing_target=True)
        assert [each.target for each in table.samples([0, 120])] == [None, "1"]

    def test_changes_nothing_where_nobody_wants_it(self, write):
        plain = [{"question": each["question"], "answer": each["answer"]} for each in self.LATE]
        made = [
            datasets.table(write(rows, name), input="question", target="answer")
            for rows, name in ((self.LATE, "a.jsonl"), (plain, "b.jsonl"))
        ]
        assert made[0].fingerprint == made[1].fingerprint


def test_nothing_is_read_before_it_is_needed(tmp_path):
    table = datasets.table(tmp_path / "absent.jsonl", input="question")
    with pytest.raises(DatasetError, match="does not exist"):
        len(table)


def test_a_missing_file_is_answered_with_its_neighbours(write):
    path = write(ROWS, "questions.jsonl")
    assert "Did you mean questions.jsonl?" in problem(path.with_name("question.jsonl"))


def test_ids_come_from_the_data_where_it_has_them(write):
    path = write([{"id": 7, "q": "a", "key": "x"}, {"id": "b", "q": "c", "key": "y"}])
    assert [each.id for each in datasets.table(path, input="q").samples()] == ["7", "b"]
    assert [each.id for each in datasets.table(path, input="q", id="key").samples()] == ["x", "y"]
    assert [each.id for each in datasets.table(path, input="q", id="{key}/{id}").samples()] == ["x/7", "y/b"]
    assert [each.id for each in datasets.table(path, input="q", id="row").samples()] == ["row-1", "row-2"]


def test_a_wrong_column_is_answered_with_the_near_miss_and_all_columns(write):
    said = problem(write(ROWS), input="qestion")
    assert "no column 'qestion'" in said
    assert "Did you mean question? There are: question, answer, subject." in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no rows"),
        (b"\n \n\r\n", "holds no rows"),
        (b'{"question": "a", "answer": 1}\n{"question": "b", "answer"\n', "line 2 is not valid JSON"),
        (b'{"question": "a", "answer": 1}\n["b", 2]\n', "line 2 holds an array, not an object"),
        (
            b'{"question": "a", "answer": 1}\n\n{"question": "caf\xe9", "answer": 2}\n',
            'line 3: byte 18 of it (0xE9, after \'{\\"question\\": \\"caf\')',
        ),
        ('{"question": "a", "answer": 1}\n'.encode("utf-16"), "is UTF-16"),
        (b'{"question": "a", "answer": 1}\n{"question": "b"}\n', "line 2: the target (column 'answer') is missing"),
        (b'{"question": "a", "answer": null}\n', "line 1: the target (column 'answer') is missing"),
        (b'{"question": "a", "answer": NaN}\n', "line 1: the target (column 'answer') is missing"),
        (b'{"question": "a", "answer": " "}\n', "line 1: the target (column 'answer') is missing"),
        (b'{"question": "a", "answer": []}\n', "line 1: the target (column 'answer') is missing"),
        (b'{"question": "  ", "answer": 1}\n', "line 1: the input (column 'question') is empty"),
        (b'{"question": "half \\ud800", "answer": 1}\n', "line 1 holds half of a surrogate pair"),
    ],
)
def test_bad_input_gets_one_clear_message(write, content, said):
    message = problem(write(content))
    assert said in message
    assert "data.jsonl" in message
    assert len(message) < 600


def test_repeated_ids_are_named_with_their_lines(write):
    said = problem(write([{"id": name, "question": "a", "answer": "b"} for name in ("x", "y", "x", "z", "y", "x")]))
    assert "2 ids stand in more than one row: 'x' in 1, 3, 6; 'y' in 2, 5." in said
    assert "--id row" in said
    assert "1 id stands in more than one row" in problem(write([{"id": "x", "question": "a", "answer": "b"}] * 2))


def test_missing_targets_can_be_allowed(write):
    path = write([{"q": "a", "a": "1"}, {"q": "b"}])
    with pytest.raises(DatasetError, match="-T allow_missing_target=true"):
        len(datasets.table(path, input="q", target="a"))
    assert [each.target for each in datasets.table(path, input="q", target="a", allow_missing_target=True).samples()] == ["1", None]


def test_byte_order_mark_crlf_and_no_last_newline(write):
    path = write(b'\xef\xbb\xbf{"q": "\xe4\xbd\xa0\xe5\xa5\xbd", "a": 1}\r\n\r\n{"q": "two", "a": 2}')
    table = datasets.table(path, input="q", target="a")
    assert [(each.input, each.target) for each in table.samples([1, 0])] == [("two", "2"), ("你好", "1")]


def test_a_sample_of_five_megabytes(write):
    long = "word " * 1_000_000
    table = datasets.table(write([{"q": long, "a": "x"}, {"q": "short", "a": "y"}]), input="q", target="a")
    assert [len(each.prompt) for each in table.samples([1, 0])] == [5, 5_000_000]


def test_what_only_python_writes_is_read(write):
    table = datasets.table(write(b'{"q": "a", "a": 1, "score": NaN, "big": 1e999}\n'), input="q", target="a", metadata={"n": "a"})
    assert next(table.samples()).metadata == {"n": 1}


def test_a_file_that_changes_under_a_run_is_noticed(write):
    path = write(ROWS)
    table = datasets.table(path, input="question", target="answer")
    assert len(table) == 5
    write(ROWS[::-1])
    with pytest.raises(DatasetError, match="changed while it was being used"):
        next(table.samples())


def test_functions_of_the_row_and_what_they_raise(write):
    path = write([{"q": "a", "a": "steps #### 4"}, {"q": "b"}])
    said = problem(path, input="q", target=lambda row: row["a"].split("####")[-1].strip())
    assert "line 2: the function that takes the target failed with KeyError: 'a'. The row's columns are q." in said


def test_conversations_with_pictures(write):
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}]
    sample = next(datasets.table(write([{"chat": messages, "a": "a cat"}]), input="chat", target="a").samples())
    assert [each.role for each in sample.messages] == ["system", "user"]
    assert sample.messages[1].content == (Text(text="What is this?"), Image(uri="data:image/png;base64,AA=="))


@pytest.mark.parametrize("chat", [[], ["text"], [{"role": "narrator", "content": "x"}], [{"role": "user"}]])
def test_a_broken_conversation_is_named(write, chat):
    assert "line 1:" in problem(write([{"question": chat, "answer": "x"}]))


def test_several_targets_stay_several(write):
    table = datasets.table(write([{"q": "a", "answers": {"text": ["1", "one"]}}]), input="q", target="answers.text")
    assert next(table.samples()).target == ("1", "one")


class TestFingerprint:
    def test_is_of_the_content_not_of_the_file(self, write):
        one = datasets.table(write(ROWS, "one.jsonl"), input="question", target="answer")
        spaced = b"\n".join(json.dumps(row, indent=None, separators=(" , ", " : ")).encode() + b"\r\n" for row in ROWS)
        two = datasets.table(write(spaced, "two.jsonl"), input="{question}", target=lambda row: row["answer"])
        assert one.fingerprint == two.fingerprint

    @pytest.mark.parametrize("change", [{"question": "Other?"}, {"answer": 99}])
    def test_changes_with_any_row(self, write, change):
        one = datasets.table(write(ROWS, "one.jsonl"), input="question", target="answer")
        two = datasets.table(write([*ROWS[:-1], {**ROWS[-1], **change}], "two.jsonl"), input="question", target="answer")
        assert one.fingerprint != two.fingerprint

    def test_changes_with_the_prompt_the_metadata_and_the_order(self, write):
        path, back = write(ROWS), write(ROWS[::-1], "back.jsonl")
        made = [
            datasets.table(path, input="question", target="answer"),
            datasets.table(path, input="Q: {question}", target="answer"),
            datasets.table(path, input="question", target="answer", metadata=("subject",)),
            datasets.table(back, input="question", target="answer"),
        ]
        assert len({each.fingerprint for each in made}) == 4

    def test_sees_what_a_function_closes_over(self):
        def of(level):
            return datasets.from_rows([{"q": "a", "easy": 1, "hard": 2}], input="q", target=lambda row: row[level])

        assert of("easy").fingerprint != of("hard").fingerprint


def test_rows_from_python():
    table = datasets.from_rows(ROWS, input="question", target="answer", metadata=("subject",))
    assert [each.target for each in table.samples([4, 1])] == ["8", "2"]
    assert next(table.samples()).id == "row-1"
    with pytest.raises(DatasetError, match="holds no rows"):
        len(datasets.from_rows([], input="question"))


def test_memory_stays_flat_over_many_rows(tmp_path: Path):
    path = tmp_path / "many.jsonl"
    with path.open("w") as file:
        for number in range(60_000):
            file.write(f'{{"id": "q{number}", "question": "{"Some words of a question. " * 10}{number}", "answer": "{number}"}}\n')
    tracemalloc.start()
    try:
        table = datasets.table(path, input="question", target="answer")
        assert len(table) == 60_000
        last = next(table.samples([59_999]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert last.id == "q59999"
    assert path.stat().st_size > 18_000_000
    assert peak < 10_000_000


def test_the_front_door_loads_nothing_early():
    import subprocess
    import sys

    program = "import sys; from assay import datasets; heavy = {'duckdb', 'jinja2', 'urllib.request', 'numpy'}; datasets.table; print(heavy & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "set()"


def test_every_public_name_is_there():
    assert all(getattr(datasets, name) is not None for name in datasets.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = datasets.nothing
