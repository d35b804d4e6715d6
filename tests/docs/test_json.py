"""The JSON documents are what docs/json.md says: its tables become a JSON Schema, and what the commands print is validated against it."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from assay.cli import app
from assay.core.card import Card
from assay.core.run import Manifest, Result
from assay.store import RunFolder

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| `(?P<key>\w+)`(?P<optional>\??) \| (?P<type>[^|]+) \|", re.MULTILINE)
PLAIN = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean", "null": "null"}


def tables() -> dict[str, Any]:
    """Heading -> schema of its table."""
    parts = HEADING.split(PAGE.read_text(encoding="utf-8"))[1:]
    return {name: table for name, body in zip(parts[::2], parts[1::2], strict=True) if (table := schema_of_table(body))}


def schema_of_table(body: str) -> dict[str, Any]:
    rows = list(ROW.finditer(body))
    return {
        "type": "object",
        "properties": {row["key"]: schema_of(row["type"].strip()) for row in rows},
        "required": [row["key"] for row in rows if not row["optional"]],
        "additionalProperties": False,
    }


def schema_of(written: str) -> dict[str, Any]:
    """The schema of a type as the page writes it."""
    if written.startswith("list of "):
        return {"type": "array", "items": schema_of(written.removeprefix("list of "))}
    if written.startswith("map of "):
        return {"type": "object", "additionalProperties": schema_of(written.removeprefix("map of "))}
    if " or " in written:
        return {"anyOf": [schema_of(each) for each in written.split(" or ")]}
    if written == "any":
        return {}
    if link := re.fullmatch(r"\[(.+)\]\(#[\w-]+\)", written):
        return {"$ref": f"#/$defs/{link[1]}"}
    return {"type": PLAIN[written]}


TABLES = tables()


def assert_conforms(document: Any, name: str) -> None:
    jsonschema.validate(document, {**TABLES[name], "$defs": TABLES}, cls=jsonschema.Draft202012Validator)


def printed(*arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--format", "json"], prog_name="assay", standalone_mode=False)
    assert done.exception is None, done.exception
    assert done.return_value in (code, None if code == 0 else code), done.output
    return json.loads(done.stdout, parse_constant=pytest.fail)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with questions, two recordings and the runs of both; one lacks an answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    questions = [{"id": f"q{n}", "question": f"{n} + 1?", "answer": n + 1, "level": n % 2} for n in range(12)]
    Path("questions.jsonl").write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
    for name, wrong in (("a", 2), ("b", 4)):
        rows = [{"id": f"q{n}", "output": f"ANSWER: {n + 1 + (n == wrong)}"} for n in range(12) if (name, n) != ("b", 0)]
        Path(f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_the_page_is_read(folder: Path) -> None:
    assert {"run", "Run", "Estimate", "compare", "validate", "list", "info", "sandbox", "run --dry-run"} <= TABLES.keys()
    assert len(TABLES) > 20
    with pytest.raises(jsonschema.ValidationError):
        assert_conforms({"version": 1, "runs": [], "more": 0}, "run")
    with pytest.raises(jsonschema.ValidationError):
        assert_conforms({"version": 1, "runs": [{}]}, "run")


def test_the_tables_name_every_field() -> None:
    for name, kind in (("Run", Result), ("Manifest", Manifest), ("Card", Card)):
        assert set(TABLES[name]["properties"]) == set(kind.__struct_fields__), name


def test_run_view_score_compare_info_and_list(folder: Path) -> None:
    flags = ["questions.jsonl", "--scorer", "number", "--scorer", "exact", "-T", 'metadata=["level"]']
    document = printed("run", *flags, "-m", "replay/a.jsonl", "-m", "replay/b.jsonl", code=3)
    assert_conforms(document, "run")
    first, second = document["runs"]
    assert first["slices"] and second["failures"] and second["errors"] and first["leniency"]
    assert not [run for run in document["runs"] if run["planned"] != run["scored"] + run["unscored"] + run["failed"]]
    places = [run["run_dir"] for run in document["runs"]]
    assert_conforms(printed("view"), "run")
    read = printed("view", *places, "--failures", "3", "--sample", "q0")
    assert_conforms(read, "run")
    assert {(each["sample_id"], each["answer"] is None) for each in read["trials"]} >= {("q0", False), ("q0", True)} and len(
        read["trials"]
    ) > 2
    assert_conforms(printed("score", places[0], "--scorer", "includes"), "run")
    compared = printed("compare", *places)
    assert_conforms(compared, "compare")
    assert compared["comparisons"][0]["won"] and compared["settings"]
    assert_conforms(printed("export", places[0]), "run")
    assert_conforms(printed("export", *places, "--to", "csv"), "export")
    made = printed("export", *places, "--to", "parquet", "--out", "tables")
    assert_conforms(made, "export")
    assert len(made["files"]) == 2 and all(Path(each).is_file() for each in made["files"])
    assert_conforms(printed("info", places[0]), "info")
    assert_conforms(printed("tag", *places, "--add", "nightly"), "tag")
    assert_conforms(printed("list", "runs"), "list")
    assert_conforms(printed("query", "select task, value, created, tags from runs"), "query")
    assert_conforms(printed("history", "questions"), "history")
    assert_conforms(printed("compare", *places, "--by", "level"), "compare")
    assert_conforms(printed("power", *places), "power")
    assert_conforms(printed("power", places[0]), "power")
    assert_conforms(printed("power", "--difference", "0.1", "--baseline", "0.5", "--correlation", "0.2", "--noise", "0.1"), "power")
    manifest = RunFolder.open(places[0]).files.read("run.json")
    assert manifest is not None
    assert_conforms(json.loads(manifest), "Manifest")


def test_what_is_imported(folder: Path) -> None:
    Path("scores.csv").write_text("id,one,two\n" + "".join(f"q{n},{n % 2},1\n" for n in range(12)), encoding="utf-8")
    assert_conforms(printed("import", "matrix", "scores.csv"), "run")


def test_gate(folder: Path) -> None:
    flags = ["questions.jsonl", "--scorer", "number", "-T", 'metadata=["level"]']
    places = [run["run_dir"] for run in printed("run", *flags, "-m", "replay/a.jsonl", "-m", "replay/b.jsonl", code=3)["runs"]]
    Path("gate.toml").write_text(
        '[[no_worse]]\nmargin = 0.1\n[[better]]\nany = true\n[[at_least]]\nslice = "level"\nvalue = 0.1\n'
        '[[latency]]\nseconds = 1\n[[rates]]\nof = "empty"\nat_most = 0.9\n[[budget]]\ntokens = 9\n[[at_least]]\ntask = "absent"\nvalue = 0.1\n',
        encoding="utf-8",
    )
    sides = ["--baseline", places[0], "--candidate", places[1], "--policy", "gate.toml"]
    document = printed("gate", *sides, code=3)
    assert_conforms(document, "gate")
    assert {each["rule"] for each in document["rules"]} == {"coverage", "no_worse", "better", "at_least", "latency", "rates", "budget"}
    assert {each["outcome"] for each in document["rules"]} == {"pass", "not measurable"} and document["verdict"] == "INCONCLUSIVE"


def test_ratings(folder: Path) -> None:
    rows = [{"a": "x", "b": "y", "outcome": each} for each in ("a", "b", "tie", "a")] + [{"a": "z", "b": "x", "outcome": "a"}]
    Path("votes.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert_conforms(printed("arena", "rate", "votes.jsonl"), "arena rate")


def test_a_metric_without_a_scored_trial(folder: Path) -> None:
    Path("c.jsonl").write_text('{"id": "other", "output": "1"}', encoding="utf-8")
    document = printed("run", "questions.jsonl", "--scorer", "number", "-m", "replay/c.jsonl", code=3)
    assert_conforms(document, "run")
    (run,) = document["runs"]
    assert run["metrics"]["number"]["value"] is None
    assert run["metrics"]["number"]["reason"]


def test_what_asks_no_model(folder: Path) -> None:
    assert_conforms(printed("run", "questions.jsonl", "-m", "scripted/1", "--max-tokens", "5", "--dry-run"), "run --dry-run")
    assert_conforms(printed("run", "questions.jsonl", "-m", "scripted/1", "--dry-run"), "run --dry-run")
    assert_conforms(printed("validate", "builtin_safety"), "validate")
    found = printed("validate", "questions.jsonl", code=1)
    assert_conforms(found, "validate")
    assert found["validations"][0]["findings"]
    for kind in ("tasks", "models", "scorers", "generators"):
        assert_conforms(printed("list", kind), "list")
    assert_conforms(printed("info", "builtin"), "info")
    for name in ("scripted/1", "openai/x", "openai", "number", "arithmetic", "choice", "ifeval"):
        assert_conforms(printed("info", name), "info")


def test_sandbox() -> None:
    document = CliRunner().invoke(app, ["sandbox", "--format", "json"], prog_name="assay", standalone_mode=False)
    assert_conforms(json.loads(document.stdout), "sandbox")
