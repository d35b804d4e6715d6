"""promptfoo configurations are tasks, and every assertion says what promptfoo says of the same output. `parity/expected.json` is promptfoo's own verdict
on parity/promptfooconfig.yaml, asked of its provider `echo`."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.stage import assay, assert_refused

from assay.core.answer import Answer, Timing
from assay.formats.promptfoo.config import load_tasks

PARITY = Path(__file__).parent / "parity"
EXPECTED: list[dict[str, Any]] = json.loads((PARITY / "expected.json").read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize(
    "place", range(len(EXPECTED)), ids=[f"{place}-{row['description'] or row['vars']['text']}" for place, row in enumerate(EXPECTED)]
)
def test_the_verdict_is_promptfoos(place: int) -> None:
    (task,) = load_tasks(str(PARITY), {})
    (sample,) = task.dataset.samples([place])
    told = EXPECTED[place]
    text = told["output"] if isinstance(told["output"], str) else json.dumps(told["output"])
    found = asyncio.run(task.scorers[0](sample, Answer(text=text, timing=Timing(seconds=0.01)), None))  # type: ignore[arg-type]
    passed, score = found
    assert (bool(passed.value), score.value) == (told["success"], pytest.approx(told["score"])), passed


def test_there_are_as_many_tests_as_promptfoo_ran() -> None:
    (task,) = load_tasks(str(PARITY), {})
    assert len(task.dataset) == len(EXPECTED) == 28
    assert [sample.prompt for sample in task.dataset.samples()] == [
        row["output"] if isinstance(row["output"], str) else sample.prompt
        for row, sample in zip(EXPECTED, task.dataset.samples(), strict=True)
    ]


def test_a_configuration_runs_and_its_task_is_named(tmp_path: Path) -> None:
    run = assay("run", f"promptfoo:{PARITY}", "--model", "scripted/Hello World", "--format", "json", cwd=tmp_path).result
    assert run["task"] == "parity" and run["planned"] == 28
    assert 0 < run["metrics"]["promptfoo/passed"]["value"] < 1


@pytest.mark.parametrize(
    ("assertion", "words"),
    [
        ("{type: regex, value: '('}", ("/(/ cannot be read", "test 1")),
        ("{type: javascript, value: 'true'}", ("'javascript' is not known here", "test 1")),
        ("{type: contians, value: x}", ("'contians'", "Did you mean contains")),
        ("{type: python, value: 'True'}", ("-T trust=true",)),
        ("{type: equals, value: 'file://x.txt'}", ("from a file",)),
        ("{type: equals, value: x, transform: 'output.trim()'}", ("'transform'",)),
    ],
)
def test_what_cannot_be_decided_is_refused_by_name(tmp_path: Path, assertion: str, words: tuple[str, ...]) -> None:
    (tmp_path / "promptfooconfig.yaml").write_text(f"prompts: ['{{{{q}}}}']\ntests: [{{vars: {{q: a}}, assert: [{assertion}]}}]\n")
    assert_refused(assay("run", "promptfoo:.", "--model", "scripted/x", cwd=tmp_path), 2, *words)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("prompts: [a]\nscenarios: []\n", ("'scenarios' is not read here",)),
        ("tests: []\n", ("has no prompts",)),
        ("prompts: ['{{ q | nosuch }}']\ntests: [{vars: {q: a}, assert: [{type: equals, value: a}]}]\n", ("cannot be filled", "nosuch")),
        ("prompts: ['{{ q }}']\ntests: [{vars: {r: a}, assert: [{type: equals, value: a}]}]\n", ("cannot be filled", "'q' is undefined")),
        ("prompts: ['x']\ntests: [{vars: {q: a}}]\n", ("no test has an assertion",)),
        ("prompts: [file://gone.txt]\n", ("gone.txt", "not there")),
        ("prompts: [a\n", ("is no YAML",)),
        ("prompts: [a]\ntests: [file://gone.csv]\n", ("gone.csv",)),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, config: str, words: tuple[str, ...]) -> None:
    (tmp_path / "promptfooconfig.yaml").write_text(config)
    assert_refused(assay("run", "promptfoo:promptfooconfig.yaml", "--model", "scripted/x", cwd=tmp_path), 2, *words)


def test_python_assertions_run_where_they_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(
        "def get_assert(output, context):\n    return {'pass': context['vars']['q'] in output, 'score': 0.25, 'reason': 'mine'}\n"
    )
    (tmp_path / "c.yaml").write_text(
        "prompts: ['{{q}}']\ntests:\n- vars: {q: a}\n  assert: [{type: python, value: 'len(output) == 3'}, {type: python, value: file://rule.py}]\n"
    )
    run = assay("run", "promptfoo:c.yaml", "-T", "trust=true", "--model", "scripted/abc", "--format", "json", cwd=tmp_path).result
    assert (run["metrics"]["promptfoo/passed"]["value"], run["metrics"]["promptfoo"]["value"]) == (1.0, 0.625)


def test_a_rubric_is_asked_of_the_judge(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "prompts: ['{{q}}']\ntests: [{vars: {q: a}, assert: [{type: llm-rubric, value: is polite, threshold: 0.5}]}]\n"
    )
    judge = 'scripted/{"reason": "rude", "pass": true, "score": 0.4}'
    run = assay("run", "promptfoo:c.yaml", "--model", "scripted/go away", "--judge", judge, "--format", "json", cwd=tmp_path).result
    assert (run["metrics"]["promptfoo/passed"]["value"], run["metrics"]["promptfoo"]["value"]) == (0.0, 0.4)
    broken = assay(
        "run", "promptfoo:c.yaml", "--model", "scripted/go away", "--judge", "scripted/no idea", "--format", "json", cwd=tmp_path
    ).result
    assert broken["scored"] == 0 and "no verdict" in str(broken["errors"])
