"""Reading trials: whole, below their labels, with the thought and the end of an answer."""

import json
from pathlib import Path

from tests.journeys.stage import assay, assert_refused

ANSWER = "<think>" + "Let me see what this could be about. " * 200


def recorded(tmp_path: Path) -> str:
    rows = [{"id": f"q{n}", "question": f"Read this.\nLine two of {n}.\nWhat is it?", "answer": "42"} for n in range(4)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    outputs = ["42", ANSWER, "first line of a long answer\nsecond line " + "word " * 60, "43"]
    (tmp_path / "outputs.jsonl").write_text("".join(json.dumps({"id": f"q{n}", "output": text}) + "\n" for n, text in enumerate(outputs)))
    flags = ("--input", "question", "--target", "answer", "--template", "Be short.\n{input}")
    outcome = assay("run", "items.jsonl", *flags, "--model", "replay/outputs.jsonl", "--format", "json", cwd=tmp_path)
    return str(outcome.result["run_dir"])


def test_failures_are_laid_out_for_reading(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    outcome = assay("view", folder, "--failures", "9", cwd=tmp_path, COLUMNS="80")
    reading = outcome.out[outcome.out.index("answers that went wrong") :]
    lines = reading.splitlines()
    assert "template   Be short." in reading
    assert reading.count("── q") == 3
    start = lines.index("prompt     Read this.")
    assert lines[start + 1].startswith("           Line two of"), "every line begins beside the label"
    labels = {line.split()[0] for line in lines if line and not line.startswith((" ", "─"))}
    assert labels <= {"answers", "template", "{input}", "prompt", "target", "reasoning", "answer", "ended", "flags", "exact"}, labels
    assert max(map(len, lines)) <= 80
    assert "reasoning  Let me see" in reading and "characters left out" in reading
    assert "(nothing was said before the thought was finished)" in reading and "cut off before its end" in reading


def test_any_trial_is_shown_by_its_id(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    right = assay("view", folder, "--sample", "q0", cwd=tmp_path).out
    assert right.count("── q0") == 1 and "answer     42" in right
    whole = assay("view", folder, "--sample", "q1", cwd=tmp_path).out
    assert " ".join(whole.split()).count("could be about") == 200 and "left out" not in whole
    assert_refused(assay("view", folder, "--sample", "Q1", cwd=tmp_path), 2, "'Q1'", "Did you mean q1")
    document = assay("view", folder, "--failures", "9", "--format", "json", cwd=tmp_path).document
    assert {each["sample_id"] for each in document["trials"]} == {"q1", "q2", "q3"}
    assert next(each for each in document["trials"] if each["sample_id"] == "q1")["reasoning"].startswith("Let me see")


def test_what_the_report_advises_is_true(tmp_path: Path) -> None:
    folder = recorded(tmp_path)
    assay("view", folder, "--html", cwd=tmp_path)
    page = (Path(folder) / "report.html").read_text()
    assert "Read every trial" not in page and "--failures 3" in page
