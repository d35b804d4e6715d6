"""One document on standard output from every command, and files only where somebody asked for them."""

from pathlib import Path

import pytest
from tests.journeys.stage import FIELDS, assay, write_items


@pytest.mark.parametrize(
    "typed", [("list", "modles"), ("run",), ("run", "builtin", "--no-such-flag"), ("nonsense",), ("export", "nothing"), ("info",)]
)
def test_an_error_of_any_kind_is_one_document(tmp_path: Path, typed: tuple[str, ...]) -> None:
    outcome = assay(*typed, "--format", "json", cwd=tmp_path)
    assert outcome.code == 2 and outcome.document["error"]["exit_code"] == 2, outcome
    assert len(outcome.complaints) == 1 and outcome.document["error"]["message"] in outcome.err
    assert assay(*typed, "--format", "json", "--format", "table", cwd=tmp_path).out == ""


def test_export_writes_where_it_says(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 6)
    ran = assay("run", data, *FIELDS, "--model", "scripted/1", "--model", "scripted/2", "--format", "json", cwd=tmp_path)
    first, second = (run["run_dir"] for run in ran.document["runs"])
    page = Path(first) / "report.html"
    assay("view", first, "--html", cwd=tmp_path)
    before, there = page.read_bytes(), sorted(tmp_path.iterdir())
    assert assay("export", first, "--to", "html", cwd=tmp_path).out.startswith("<!doctype html>")
    assert assay("export", first, "--to", "csv", cwd=tmp_path).out.count("\n") == 2
    assert assay("export", first, "--format", "json", cwd=tmp_path).document["runs"][0]["run_dir"] == first
    refusal = assay("export", first, "--to", "parquet", cwd=tmp_path)
    assert refusal.code == 2 and "--out FOLDER" in refusal.err
    assert page.read_bytes() == before and sorted(tmp_path.iterdir()) == there, "nothing was asked for, nothing was written"
    named = assay("export", first, second, "--to", "html", "--out", "made/page.html", cwd=tmp_path)
    assert named.out == "made/page.html\n" and (tmp_path / "made/page.html").is_file()
    blocked = assay("export", first, "--to", "csv", "--out", "items.jsonl/x.csv", cwd=tmp_path)
    assert blocked.code == 2 and "cannot be written" in blocked.err and "Traceback" not in blocked.err


def test_a_page_and_a_document_together(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 6)
    ran = assay("run", data, *FIELDS, "--model", "scripted/1", "--model", "scripted/2", "--format", "json", cwd=tmp_path)
    places = [run["run_dir"] for run in ran.document["runs"]]
    compared = assay("compare", *places, "--html", "page.html", "--format", "json", cwd=tmp_path)
    assert compared.document["comparisons"] and "page.html" in compared.err and (tmp_path / "page.html").is_file()
    viewed = assay("view", places[0], "--html", "--format", "json", cwd=tmp_path)
    assert viewed.document["runs"] and "report.html" in viewed.err and (Path(places[0]) / "report.html").is_file()
