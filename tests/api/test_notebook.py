"""From inside a running event loop, as in a notebook, the verbs of `import assay` work as they do elsewhere."""

from pathlib import Path

import pytest

import assay
from assay.models.scripted import open_scripted
from assay.testing import check_model, check_scorer


@pytest.fixture
def task() -> assay.Task:
    rows = [{"id": str(n), "q": f"What is {n} + 0?", "a": "4"} for n in range(6)]
    card = assay.Card(source="generated", revision="1", licence="CC0-1.0", languages=("en",), version="1")
    dataset = assay.datasets.from_rows(rows, input="q", target="a")
    return assay.Task(name="fours", dataset=dataset, solver=assay.dialogue.ask_once, scorers=(assay.scorers.exact(),), card=card)


async def test_run_score_again_and_validate(task: assay.Task, tmp_path: Path) -> None:
    (result,) = assay.run(task, "scripted/4", log_dir=str(tmp_path))
    assert result.metrics["exact"].value == 1.0
    (again,) = assay.rescore(result.run_dir, "includes")
    assert (again.scored, again.metrics["includes"].value) == (6, 1.0)
    (validation,) = assay.validate(task)
    assert validation.checked == 6


async def test_parts_are_checked() -> None:
    assert check_model(open_scripted("4")).text == "4"
    sample = assay.Sample(id="s", input="2 + 2", target="4")
    check_scorer(assay.scorers.exact(), right=[(sample, "4")], wrong=[(sample, "5")])
