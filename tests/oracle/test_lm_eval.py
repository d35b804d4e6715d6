"""Assay and lm-eval on the same tasks and the same server: the same requests, byte for byte, and the same scores (committed by `make oracle`)."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tests.formats.lm_eval.ours import names, ran
from tests.formats.lm_eval.server import serving
from tests.formats.lm_eval.tasks import CHAT, GROUP, SUITE, compact

SAID: dict[str, Any] = json.loads((Path(__file__).parent / "lm_eval.json").read_text(encoding="utf-8"))
TASKS: dict[str, dict[str, Any]] = {row["asked_for"]: row for row in SAID["tasks"]}


def test_lm_eval_was_asked_for_every_task_of_the_suite() -> None:
    assert SAID["tools"] == ["lm_eval[api]==0.4.13"]
    assert set(TASKS) == {*names(), GROUP} and len(names()) >= 30


@pytest.mark.parametrize("name", TASKS)
def test_requests_are_identical_and_scores_equal(name: str, tmp_path: Path) -> None:
    theirs = TASKS[name]
    with serving(SUITE) as server:
        mine = ran(name, server, tmp_path, flags=CHAT.get(name))
    ours = compact(mine)
    assert ours["first"] == theirs["first"]
    assert ours["asked"] == theirs["asked"]
    # Every task answers something right and something wrong somewhere: the comparison can fail.
    assert all(run.scored == run.planned for run in mine["runs"])
    for task, row in theirs["results"].items():
        for key, value in row.items():
            found = mine["results"][task][key]
            assert found is not None and math.isclose(found, value, rel_tol=1e-9, abs_tol=1e-12), f"{task} {key}: {found}, lm-eval {value}"


def test_scores_tell_tasks_apart() -> None:
    accuracies = {
        value
        for row in TASKS.values()
        for found in row["results"].values()
        for key, value in found.items()
        if key.startswith(("acc", "exact"))
    }
    assert len(accuracies) >= 10


def test_nearly_every_task_of_lm_eval_without_python_is_read() -> None:
    (share,) = SAID["read"]
    assert share["read"] + share["refused"] + share["python"] == share["tasks"] and share["read"] >= 0.99 * (
        share["read"] + share["refused"]
    )
