"""Logs of Inspect from the command line: taken in, compared, scored again, read, given back."""

import json
from pathlib import Path

from tests.journeys.stage import assay

LOGS = Path(__file__).parents[1] / "formats" / "inspect" / "logs"


def test_logs_are_runs_like_ours(tmp_path: Path) -> None:
    for name in ("newest-capitals.eval", "newest-edited.eval", "newest-interrupted.eval", "newest-agent.eval"):
        (tmp_path / name).write_bytes((LOGS / name).read_bytes())
    runs = assay("import", "newest-capitals.eval", "newest-edited.eval", "--format", "json", cwd=tmp_path).document["runs"]
    assert [(each["task"], each["scored"], each["planned"]) for each in runs] == [("capitals", 6, 8), ("capitals", 5, 8)]
    assert runs[0]["metrics"]["includes"]["value"] == 0.625 and runs[0]["metrics"]["includes"]["clusters"] == 3
    assert not any("includes was reported" in each for each in runs[0]["notes"])
    assert any("tone was reported as 0.875" in each for each in runs[0]["notes"])

    first, second = (each["run_dir"] for each in runs)
    compared = assay("compare", first, second, "--format", "json", cwd=tmp_path).document["comparisons"]
    assert {each["metric"] for each in compared} >= {"includes", "grade"}

    (again,) = assay("score", first, "--scorer", "includes", "--format", "json", cwd=tmp_path).document["runs"]
    assert again["metrics"]["includes"]["value"] == 0.625 and again["scored"] == 8

    shown = assay("view", first, "--sample", "2", "--format", "json", cwd=tmp_path).document["trials"]
    assert [(each["number"], each["answer"], each["target"]) for each in shown] == [
        (0, "北京。", ["北京", "Beijing"]),
        (1, "上海", ["北京", "Beijing"]),
    ]

    (cut,) = assay("import", "newest-interrupted.eval", "--format", "json", cwd=tmp_path).document["runs"]
    assert (cut["planned"], cut["scored"], cut["coverage"]) == (6, 3, 0.5) and any("interrupted" in each for each in cut["notes"])

    files = assay("export", first, again["run_dir"], "--to", "inspect", "--out", "back", "--format", "json", cwd=tmp_path).document["files"]
    back = assay("import", "back", "--format", "json", cwd=tmp_path).document["runs"]
    assert len(files) == len(back) == 2
    assert {each["metrics"]["includes"]["value"] for each in back} == {0.625}


def test_a_log_cut_off_says_so_and_one_that_tells_nothing_is_refused(tmp_path: Path) -> None:
    data = (LOGS / "newest-agent.eval").read_bytes()
    (tmp_path / "cut.eval").write_bytes(data[: len(data) // 2])
    (tmp_path / "stub.eval").write_bytes(data[:500])
    (run,) = assay("import", "cut.eval", "--format", "json", cwd=tmp_path).document["runs"]
    assert 0 < run["scored"] + run["failed"] < run["planned"] == 7
    assert any("cut off" in each for each in run["notes"])
    outcome = assay("import", "stub.eval", cwd=tmp_path)
    assert outcome.code == 2 and "stub.eval" in outcome.err and "Was it copied whole?" in outcome.err


def test_a_log_is_also_a_model_that_answers_again(tmp_path: Path) -> None:
    """`replay/LOG.eval`, of today's logs (Zstandard, NaN) and of old ones."""
    rows = [{"id": "1", "q": "What is the capital of France?", "a": "Paris"}]
    (tmp_path / "capitals.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for name in ("newest-capitals.eval", "0.3.120-capitals.eval"):
        (tmp_path / name).write_bytes((LOGS / name).read_bytes())
        words = ("run", "capitals.jsonl", "-T", "input=q", "-T", "target=a", "--scorer", "includes", "--model", f"replay/{name}")
        (run,) = assay(*words, "--format", "json", cwd=tmp_path).document["runs"]
        assert (run["scored"], run["metrics"]["includes"]["value"]) == (1, 1.0)


def test_every_exporter_is_named_and_writes(tmp_path: Path) -> None:
    (tmp_path / "log.eval").write_bytes((LOGS / "newest-capitals.eval").read_bytes())
    (run,) = assay("import", "log.eval", "--format", "json", cwd=tmp_path).document["runs"]
    help_text = assay("export", "--help", cwd=tmp_path).out
    for name in ("csv", "html", "inspect", "json", "markdown", "parquet", "trials-csv", "every-eval-ever"):
        assert name in help_text
        outcome = assay("export", run["run_dir"], "--to", name, "--out", f"out-{name}", "--format", "json", cwd=tmp_path)
        assert outcome.code == 0, outcome.err
        assert all((tmp_path / each).is_file() for each in outcome.document["files"])
    table = next((tmp_path / "out-trials-csv").iterdir()).read_text(encoding="utf-8")
    assert table.splitlines()[0].startswith("sample_id,number,cluster,metric,value") and len(table.splitlines()) == 1 + 8 * 9
    outcome = assay("export", run["run_dir"], "--to", "inspct", cwd=tmp_path)
    assert outcome.code == 2 and "Did you mean inspect?" in outcome.err
    outcome = assay("export", run["run_dir"], "--to", "inspect", cwd=tmp_path)
    assert outcome.code == 2 and "--out FOLDER" in outcome.err
    assert json.loads(assay("export", run["run_dir"], "--to", "json", cwd=tmp_path).out)["runs"][0]["task"] == "capitals"
