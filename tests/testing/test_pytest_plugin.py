"""The plugin in a pytest of its own, with and without workers: a test for each sample, one verdict on all, and nothing where it is not used."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

APP = """
import pytest

def right(prompt):
    return str(int(prompt.split()[2].rstrip("?")) + 1)

def half(prompt):
    number = int(prompt.split()[2].rstrip("?"))
    return str(number + 1 if number % 2 else number)

ASKED = dict(input="question", target="answer", scorer="number")
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    rows = [{"id": f"q{index}", "question": f"What follows {index}?", "answer": str(index + 1)} for index in range(60)]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\nasyncio_mode = auto\n")
    return tmp_path


def ran(place: Path, body: str, *words: str) -> tuple[int, str]:
    """Exit code and output of a pytest over one test file."""
    (place / "test_app.py").write_text(APP + body, encoding="utf-8")
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "ASSAY_", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words], cwd=place, capture_output=True, text=True, check=False,
        timeout=100, env={**plain, "COLUMNS": "200"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


MARKED = """
@pytest.mark.assay("questions.jsonl", at_least=0.8, **ASKED)
def test_app(sample, evaluate):
    evaluate({app}(sample.prompt))
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_what_is_shown_to_be_too_low_fails_once_with_what_to_read(place, workers):
    code, said = ran(place, MARKED.format(app="half"), *workers, "--junitxml=junit.xml")
    assert code == 1 and "1 failed, 60 passed" in said, said
    assert "number 50.0 [38.7, 61.3] over 60 samples: at least 80.0 is shown not to hold" in said
    assert "FAILED test_app.py::test_app[number > 0.8]" in said
    assert "q0: 0, answered '0', expected '1'. What follows 0?" in said
    suite = ElementTree.parse(place / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("61", "1")
    (case,) = [each for each in suite.iter("testcase") if each.get("name") == "test_app[number > 0.8]"]
    assert "shown not to hold" in str(case.find("failure").get("message"))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_what_is_shown_to_be_high_enough_passes(place, workers):
    code, said = ran(place, MARKED.format(app="right"), *workers)
    assert code == 0 and "61 passed" in said and "at least 80.0 is shown" in said, said


def test_the_number_of_workers_changes_no_estimate(place):
    lines = []
    for words in ((), ("-n", "2")):
        _, said = ran(place, MARKED.format(app="half"), *words)
        lines.append([line for line in said.splitlines() if line.startswith("test_app.py::test_app  ")])
    assert lines[0] == lines[1] and len(lines[0]) == 1


UNDECIDED = """
@pytest.mark.assay("questions.jsonl", at_least=0.5, limit=20, strict={strict}, **ASKED)
def test_app(sample, evaluate):
    evaluate(half)
"""


def test_what_is_shown_neither_way_passes_unless_strict(place):
    code, said = ran(place, UNDECIDED.format(strict=False))
    assert code == 0 and "is not shown either way" in said and "more samples" in said, said
    code, said = ran(place, UNDECIDED.format(strict=True))
    assert code == 1 and "1 failed, 20 passed" in said, said


def test_a_selection_decides_nothing_and_says_how_much_it_covers(place):
    code, said = ran(place, MARKED.format(app="half"), "-k", "q1-2 or q11", "-rs")
    assert code == 0 and "1 passed, 1 skipped" in said, said
    assert "a selection decides nothing about the whole set (coverage 2 %, floor 95 %)" in said
    code, said = ran(place, MARKED.format(app="half"), "-k", "nothing")
    assert code == 5 and "estimates" not in said


def test_tests_that_break_lower_the_coverage_and_are_no_score(place):
    body = """
@pytest.mark.assay("questions.jsonl", at_least=0.8, **ASKED)
def test_app(sample, evaluate):
    if sample.id < "q3":
        raise RuntimeError("the application is down")
    evaluate(right)
"""
    code, said = ran(place, body)
    assert (
        code == 1
        and "23 failed, 37 passed, 1 skipped" in said
        and "coverage 62 %: at least 80.0 is not measurable: too little was scored" in said
    ), said
    code, said = ran(place, body.replace('"q3"', '"z"'))
    assert code == 1 and "none of 60 trials was scored" in said


def test_repeats_are_trials_of_a_sample_and_no_new_samples(place):
    body = """
@pytest.mark.assay("questions.jsonl", trials=3, at_least=0.9, **ASKED)
@pytest.mark.parametrize("tone", ["short", "long"])
async def test_app(sample, evaluate, tone):
    async def app(prompt):
        return half(prompt) if tone == "short" else right(prompt)
    scores = evaluate(await app(sample.prompt))
    assert scores[0].value in (0.0, 1.0)
    evaluate(app)
"""
    code, said = ran(place, body, "-n", "2")
    assert code == 1 and "1 failed, 361 passed" in said, said
    assert "test_app[tone=short]  number 50.0 [38.5, 61.5] over 60 samples" in said
    assert "test_app[tone=long]  number 100.0" in said


def test_a_whole_set_in_one_test(place):
    body = """
async def later(prompt):
    return right(prompt)

def broken(prompt):
    raise OSError("no route")

def test_function(evaluate_all):
    found = evaluate_all(later, "questions.jsonl", **ASKED)
    found.at_least(0.9)
    assert found.estimate().n == 60 and found.estimate("number").value == 1.0

def test_model(evaluate_all):
    evaluate_all("scripted/1", "questions.jsonl", trials=2, limit=40, **ASKED).at_most(0.2)

def test_low(evaluate_all):
    evaluate_all(half, "questions.jsonl", **ASKED).at_least(0.9)

def test_broken(evaluate_all):
    evaluate_all(broken, "questions.jsonl", **ASKED).at_least(0.9)
"""
    code, said = ran(place, body, "-rs")
    assert code == 1 and "1 failed, 2 passed, 1 skipped" in said, said
    assert "AssertionError: number 50.0 [38.7, 61.3] over 60 samples: at least 90.0 is shown not to hold" in said
    assert "all of it: assay view" in said and "no route" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('"absent.jsonl", scorer="number"', "absent.jsonl"),
        ('"questions.jsonl", scorer="numbr", input="question", target="answer"', "Did you mean number"),
        ('"questions.jsonl", at_leest=0.8', "'at_leest'"),
        ('"questions.jsonl", trials=0, **ASKED', "trials and limit"),
        ('"questions.jsonl", at_least="much", **ASKED', "wrong type"),
        ("scorer=3", "takes one source"),
        ("3", "is no source of samples"),
        ('"builtin"', "suite of"),
    ],
)
def test_a_marker_that_cannot_be_says_why_at_collection(place, arguments, words):
    code, said = ran(place, f"@pytest.mark.assay({arguments})\ndef test_app(sample, evaluate):\n    pass\n")
    assert code == 2 and words in said and "INTERNALERROR" not in said, said


def test_a_test_without_the_sample_and_a_bare_evaluate(place):
    code, said = ran(place, '@pytest.mark.assay("questions.jsonl", **ASKED)\ndef test_app(evaluate):\n    pass\n')
    assert code == 2 and "takes no `sample`" in said
    code, said = ran(place, 'def test_app(evaluate):\n    evaluate("3")\n')
    assert code == 1 and "`evaluate` is for tests marked assay" in said


def test_it_loads_nothing_and_says_nothing_where_it_is_not_used(place):
    body = """
import sys
def test_plain(request):
    assert request.config.pluginmanager.has_plugin("assay")
    ours = {name for name in sys.modules if name.split(".")[0] == "assay"}
    assert ours <= {"assay", "assay.core", "assay.core.lazy", "assay.testing", "assay.testing.pytest_plugin"}, ours
    assert not {"numpy", "msgspec", "duckdb", "rich"} & set(sys.modules)
"""
    code, said = ran(place, body, "-p", "no:hypothesispytest", "-p", "no:asyncio", "-c", os.devnull, "--rootdir", ".")
    assert code == 0 and "1 passed" in said and "estimates" not in said, said


def test_a_fixture_of_ones_own_named_sample_is_untouched(place):
    code, said = ran(place, "@pytest.fixture\ndef sample():\n    return 7\ndef test_own(sample):\n    assert sample == 7\n")
    assert code == 0, said
