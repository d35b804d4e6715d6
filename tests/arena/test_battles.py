"""Battles from files: every form gives the same arrays; what is no battle is left out and said, or refused by name."""

import gzip
import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from assay.arena import RateOptions, rate_battles, read_battles
from assay.core.errors import AssayError, DatasetError, UsageError

ROWS = [("x", "y", "a"), ("y", "模型", "tie"), ("模型", "x", "b"), ("y", "x", "both_bad"), ("x", "y", "B")]


def lines(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def plain(*more: dict[str, object]) -> list[dict[str, object]]:
    return [*({"a": a, "b": b, "outcome": outcome} for a, b, outcome in ROWS), *more]


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "csv.gz", "jsonl.gz", "parquet"])
def test_every_form_is_the_same_battles(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"votes.{form}"
    text = {
        "jsonl": "".join(json.dumps(row) + "\n" for row in plain()),
        "json": json.dumps(plain()),
        "csv": "a,b,outcome\n" + "".join(",".join(row) + "\n" for row in ROWS),
    }
    if form == "parquet":
        lines(tmp_path / "votes.jsonl", *plain())
        duckdb.execute(f"COPY (SELECT * FROM read_json('{tmp_path}/votes.jsonl')) TO '{path}' (FORMAT parquet)")
    else:
        content = text[form.removesuffix(".gz")].encode()
        path.write_bytes(gzip.compress(content) if form.endswith("gz") else content)
    found = read_battles(path)
    assert found.names == ("x", "y", "模型")
    assert [*zip(found.a.tolist(), found.b.tolist(), found.outcome.tolist(), strict=True)] == [
        (0, 1, 0),
        (1, 2, 2),
        (2, 0, 1),
        (1, 0, 3),
        (0, 1, 1),
    ]


def test_what_says_nothing_is_left_out_and_counted(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "v.jsonl",
        *plain(
            {"a": "x", "b": "x", "outcome": "a"},
            {"a": "x", "b": None, "outcome": "a"},
            {"a": "x", "b": "y", "outcome": ""},
            {"a": "x", "b": "y"},
        ),
    )
    found = read_battles(path)
    assert (found.rows, len(found.a)) == (9, 5)
    assert dict(found.left_out) == {"a competitor is missing": 1, "a competitor met itself": 1, "no outcome": 2}
    assert any("met itself" in each for each in rate_battles(path).warnings)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("v.jsonl", "", "is empty"),
        ("v.jsonl", '{"a": "x", "b": "y", "outcome": "won"}\n', "'won' "),
        ("v.jsonl", '{"a": "x", "b": "y"}\n', "no column 'outcome'"),
        ("v.csv", "a,b,outcome\n", "no battle"),
        ("v.csv", "a,b,outcome\nx,x,a\n", "met itself 1"),
        ("v.jsonl", '{"a": "x", "b": "y", "outcome": "a"}\n{"a": "x', "line 2|unexpected end|Malformed"),
        ("v.txt", "x", "no file of battles"),
        ("v.parquet", "x", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(AssayError, match=said) as refused:
        read_battles(tmp_path / name)
    assert refused.value.remedy or "met itself" in said


def test_people_and_judges_are_never_mixed_silently(tmp_path: Path) -> None:
    voters = ["ann", "bob", "judge:one", "judge/two", "ann"]
    path = lines(tmp_path / "v.jsonl", *({**row, "voter": voter} for row, voter in zip(plain(), voters, strict=True)))
    with pytest.raises(UsageError, match="3 votes of people and 2 of judges"):
        read_battles(path)
    assert (len(read_battles(path, voters=["human"]).a), len(read_battles(path, voters=["judge:one"]).a)) == (3, 1)
    assert any("mixed, as asked" in each for each in rate_battles(path, RateOptions(voters=("human", "judge"))).warnings)
    with pytest.raises(UsageError, match="no vote of carl"):
        read_battles(path, voters=["carl"])
    lines(path, *({**row, "voter_kind": "oracle"} for row in plain()))
    with pytest.raises(DatasetError, match="no kind of voter"):
        read_battles(path)


def test_style_counts_plain_and_nested(tmp_path: Path) -> None:
    nested = {
        "sum_assistant_a_tokens": 10,
        "sum_assistant_b_tokens": 30,
        "header_count_a": {"h1": 1, "h2": 2},
        "header_count_b": {"h1": 0, "h2": 0},
    }
    found = read_battles(lines(tmp_path / "v.jsonl", *({**row, "conv_metadata": nested} for row in plain())), style=True)
    assert {name: (a[0], b[0]) for name, (a, b) in found.style.items()} == {"tokens": (10, 30), "headers": (3, 0)}
    counted = lines(tmp_path / "w.jsonl", *({**row, "tokens_a": n, "tokens_b": 5} for n, row in enumerate(plain())))
    missing = "CASE WHEN tokens_a = 1 THEN 'nan'::DOUBLE ELSE tokens_a END AS tokens_a"
    duckdb.execute(f"COPY (SELECT * REPLACE ({missing}) FROM read_json('{counted}')) TO '{tmp_path}/w.parquet' (FORMAT parquet)")
    found = read_battles(tmp_path / "w.parquet", style=True)
    assert np.isfinite(found.style["tokens"][0]).all() and dict(found.left_out) == {"no style counts": 1}
    with pytest.raises(DatasetError, match="no style counts"):
        read_battles(lines(tmp_path / "x.jsonl", *plain()), style=True)


def test_samples_that_repeat_are_groups_and_repeated_voters_are_told(tmp_path: Path) -> None:
    rows = [{**row, "sample_id": f"q{n % 7}", "voter": f"v{n % 3}"} for n, row in enumerate(plain() * 8)]
    path = lines(tmp_path / "v.jsonl", *rows)
    rated = rate_battles(path)
    assert (rated.settings["cluster"], rated.ratings.clusters, rated.ratings.method) == ("sample", 7, "sandwich-clusters")
    assert any("3 voters cast 40 votes" in each for each in rated.warnings) and any("7 groups are few" in each for each in rated.warnings)
    assert rate_battles(path, RateOptions(cluster="none")).ratings.clusters is None
    with pytest.raises(UsageError, match="cannot be grouped by voter"):
        rate_battles(lines(path, *plain()), RateOptions(cluster="voter"))
