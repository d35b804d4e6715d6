"""Formats: the same rows from any file are the same samples; damaged files say where."""

import csv
import gzip
import io
import json
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay import datasets
from assay.core.errors import DatasetError
from assay.core.places import cache_folder
from assay.datasets.cache import written_whole
from assay.datasets.formats import rows_of

ROWS = [
    {"question": 'Comma, "quote" and\nline break', "answer": "1"},
    {"question": "中文：今天天气很好吗？", "answer": "好"},
    {"question": "tab\tand 'single' \\ back", "answer": "{answer}"},
]


def as_csv(rows, delimiter=",", ending="\r\n", mark="") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=ending)
    writer.writeheader()
    writer.writerows(rows)
    return (mark + out.getvalue()).encode()


def as_parquet(rows, path: Path) -> bytes:
    lines = path.with_suffix(".lines")
    lines.write_bytes(b"\n".join(msgspec.json.encode(row) for row in rows))
    with duckdb.connect() as connection:
        source = f"read_json('{lines}', format='newline_delimited', columns={{'question': 'VARCHAR', 'answer': 'VARCHAR'}})"
        connection.execute(f"COPY (SELECT * FROM {source}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def table(path, **fields):
    return datasets.table(path, **{"input": "question", "target": "answer", **fields})


def problem(path, **fields) -> str:
    with pytest.raises(DatasetError) as caught:
        len(table(path, **fields))
    return str(caught.value)


@pytest.fixture
def plain(write) -> str:
    return table(write(ROWS, "plain.jsonl")).fingerprint


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", b"\n".join(json.dumps(row).encode() for row in ROWS)),
        ("a.json", json.dumps(ROWS, indent=2).encode()),
        ("b.json", json.dumps(ROWS, ensure_ascii=False).encode("utf-8-sig")),
        ("c.json", json.dumps({"version": 1, "data": ROWS}).encode()),
        ("d.json", json.dumps({"train": [{"question": "no", "answer": "no"}], "test": ROWS}).encode()),
        ("e.json", b"\n".join(json.dumps(row).encode() for row in ROWS)),
        ("a.csv", as_csv(ROWS)),
        ("b.csv", as_csv(ROWS, ending="\n", mark="\ufeff")),
        ("c.csv", as_csv(ROWS, delimiter=";")),
        ("d.csv", as_csv(ROWS, delimiter="\t")),
        ("a.tsv", as_csv(ROWS, delimiter="\t")),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_gives_the_same_dataset(write, plain, name, content, packed):
    path = write(gzip.compress(content), name + ".gz") if packed else write(content, name)
    assert table(path).fingerprint == plain
    assert [each.prompt for each in table(path).samples([2, 1])] == [ROWS[2]["question"], ROWS[1]["question"]]


def test_parquet_gives_the_same_dataset(tmp_path, plain):
    as_parquet(ROWS, tmp_path / "a.parquet")
    assert table(tmp_path / "a.parquet").fingerprint == plain


def test_packed_parquet_gives_it_too(tmp_path, plain):
    packed = gzip.compress(as_parquet(ROWS, tmp_path / "a.parquet"))
    (tmp_path / "b.parquet.gz").write_bytes(packed)
    assert table(tmp_path / "b.parquet.gz").fingerprint == plain
    (tmp_path / "cut.parquet.gz").write_bytes(packed[:-20])
    with pytest.raises(DatasetError, match=r"cut\.parquet\.gz is cut off"):
        len(table(tmp_path / "cut.parquet.gz"))
    (tmp_path / "no.parquet.gz").write_bytes(gzip.compress(b"PAR1 but no more"))
    with pytest.raises(DatasetError, match=r"no\.parquet\.gz is not a Parquet file"):
        len(table(tmp_path / "no.parquet.gz"))


def test_parquet_with_lists_objects_bytes_and_no_values(tmp_path):
    path = tmp_path / "it's.parquet"
    with duckdb.connect() as connection:
        cells = "'Which?' AS question, ['p', 'q'] AS choices, 1 AS answer, {'bytes': '\\x89PNG'::BLOB, 'path': 'x.png'} AS image, '\\xFF'::BLOB AS raw, NULL AS gone, 'NaN'::DOUBLE AS odd"
        connection.execute(f"COPY (SELECT {cells}) TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
    kept = ("image", "raw", "gone")
    sample = next(table(path, choices="choices", metadata=kept).samples())
    assert (sample.choices, sample.target) == (("p", "q"), "B")
    assert sample.metadata == {"image": {"bytes": "iVBORw==", "path": "x.png"}, "raw": "/w=="}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                field: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
                for field in ("question", "answer")
            }
        ).filter(lambda row: row["question"].strip() and row["answer"].strip()),
        min_size=1,
        max_size=8,
    ),
    packed=st.booleans(),
)
def test_any_rows_survive_any_format(tmp_path, rows, packed):
    contents = {
        "x.jsonl": b"\n".join(msgspec.json.encode(row) for row in rows),
        "x.json": msgspec.json.encode(rows),
        "x.csv": as_csv(rows),
        "x.tsv": as_csv(rows, "\t"),
    }
    expected = [(row["question"], row["answer"]) for row in rows]
    made = set()
    for name, content in contents.items():
        path = tmp_path / (name + ".gz" if packed else name)
        path.write_bytes(gzip.compress(content) if packed else content)
        read = table(path)
        assert [(each.input, each.target) for each in read.samples()] == expected
        made.add(read.fingerprint)
    assert len(made) == 1


def test_a_conversion_is_made_once_and_by_content(write, cache):
    first = write(as_csv(ROWS), "a.csv")
    second = write(as_csv(ROWS), "other.csv")
    assert rows_of([first]).path == rows_of([second]).path
    assert len(list((cache / "tables").iterdir())) == 1
    write(as_csv(ROWS[:1]), "a.csv")
    assert len(table(first)) == 1
    assert len(table(second)) == 3


def test_a_conversion_made_by_another_process_meanwhile_stays(tmp_path):
    target = tmp_path / "x"
    with written_whole(target, keep=True) as mine:
        mine.write_text("same")
        target.write_text("same")
        theirs = target.stat().st_ino
    assert target.stat().st_ino == theirs
    assert list(tmp_path.glob(".writing-*")) == []


def test_files_of_a_folder_by_split(write):
    write(ROWS[:1], "set/train.jsonl")
    write(ROWS[1:2], "set/test-00000-of-00002.jsonl")
    folder = write(gzip.compress(b"".join(json.dumps(row).encode() for row in ROWS[2:])), "set/test-00001-of-00002.jsonl.gz").parent
    assert [each.target for each in table(folder).samples()] == ["好", "{answer}"]
    assert len(datasets.table(folder, "train", input="question")) == 1
    with pytest.raises(DatasetError, match=r"no file for the split 'validation'.*Its tables are: test-00000"):
        len(datasets.table(folder, "validation", input="question"))


def test_a_cut_gz_says_how_much_of_it_is_there(write):
    packed = gzip.compress(b"".join(json.dumps({"question": f"Question {n}", "answer": n}).encode() + b"\n" for n in range(2000)))
    said = problem(write(packed[: len(packed) // 2], "cut.jsonl.gz"))
    assert "cut.jsonl.gz is cut off" in said
    assert 500 < int(said.split("after ")[1].split()[0]) < 1500
    assert not list(cache_folder("tables").iterdir())


def test_a_damaged_gz(write):
    packed = bytearray(
        gzip.compress(b"".join(json.dumps({"question": f"Question {n}", "answer": n}).encode() + b"\n" for n in range(2000)))
    )
    packed[-6] ^= 0xFF
    assert "bad.jsonl.gz is damaged" in problem(write(bytes(packed), "bad.jsonl.gz"))


def test_a_gz_of_several_parts_and_one_without_its_suffix(write):
    parts = b"".join(gzip.compress(json.dumps(row).encode() + b"\n") for row in ROWS)
    assert len(table(write(parts, "parts.jsonl.gz"))) == 3
    assert len(table(write(parts, "parts.jsonl"))) == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "holds no rows"),
        ("a.csv", b"question,answer\n", "holds no rows"),
        ("a.csv", b"question,answer\na,1\nb,c,2\n", "line 3: 3 cells, but the header has 2 columns"),
        ("a.csv", b"question,answer,question\na,1,b\n", "names 'question' more than once"),
        ("a.csv", b'question,answer\na,1\n"b,2\n', "near line 3: unexpected end of data"),
        ("a.csv", b'question,answer\n"a"b,1\n', "expected after"),
        ("a.csv", "question,answer\n你好,1\n".encode("gb18030"), "not valid UTF-8 at or after line 1"),
        ("a.csv", "question,answer\na,1\n".encode("utf-16"), "is UTF-16"),
        ("a.csv", b"question,answer\na,\n", "row 1: the target (column 'answer') is missing"),
        ("a.json", b"", "holds no rows"),
        ("a.json", b"[]", "holds no rows"),
        ("a.json", b'[{"question": "a", "answer": 1},\n {"question": "b", "answer": 2}', "line 2 is not valid JSON: the array never ends"),
        ("a.json", b'[{"question": "a", "answer": 1},\n {"question": "b" "answer": 2}]', "line 2 is not valid JSON"),
        ("a.json", b'[{"question": "a", "answer": 1}] x', "more text after the array"),
        ("a.json", b'[{"question": "a", "answer": 1}, 3]', "item 2 is no object"),
        ("a.json", b'{"train": [{"a": 1}], "dev": [{"a": 1}]}', "has no split 'test'"),
        ("a.json", b'[{"question": "caf\xe9", "answer": 1}]', "not valid UTF-8"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.parquet", b"PAR1 but no more", "is not a Parquet file"),
        ("a.xlsx", b"PK", "no known format"),
    ],
)
def test_bad_files_get_one_clear_message(write, name, content, said):
    message = problem(write(content, name))
    assert said in message
    assert name in message


def test_a_long_cell_and_the_csv_limit_is_put_back(write):
    before = csv.field_size_limit()
    long = "word " * 1_000_000
    assert len(next(table(write(as_csv([{"question": long, "answer": "x"}]), "long.csv")).samples()).prompt) == len(long)
    assert csv.field_size_limit() == before


def test_json_longer_than_the_window(write):
    rows = [{"question": f"{n} " + "x" * 400_000, "answer": n} for n in range(8)]
    assert [each.target for each in table(write(json.dumps(rows).encode(), "long.json")).samples()] == [str(n) for n in range(8)]


def test_a_cache_that_cannot_be_written(write, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "file"))
    assert "Set ASSAY_CACHE_DIR to a folder" in problem(write(as_csv(ROWS), "a.csv"))
