"""Scoring again: what the earlier run did not reach stays unreached, and the result says so."""

from pathlib import Path

import msgspec
import pytest

import assay
from assay.core.journal import Closed
from assay.store import RunFolder


def run_of_six(place: Path) -> RunFolder:
    rows = [{"id": str(n), "q": f"What is {n} + 0?", "a": "4"} for n in range(6)]
    dataset = assay.datasets.from_rows(rows, input="q", target="a")
    task = assay.Task(name="fours", dataset=dataset, solver=assay.dialogue.ask_once, scorers=(assay.scorers.exact(),))
    (result,) = assay.run(task, "scripted/4", log_dir=str(place))
    return RunFolder.open(result.run_dir)


def cut_after(folder: RunFolder, closings: int) -> None:
    """Leaves the journal as a killed run would: whole up to its `closings`-th closing."""
    kept, count = [], 0
    for line in folder.journal().read_bytes().splitlines(keepends=True):
        kept.append(line)
        count += line.startswith(b'{"event":"closed"')
        if count == closings:
            break
    folder.journal().write_bytes(b"".join(kept))


@pytest.mark.parametrize(("closings", "status"), [(6, "finished"), (4, "interrupted")])
def test_the_status_is_that_of_what_was_scored(tmp_path: Path, closings: int, status: str) -> None:
    folder = run_of_six(tmp_path)
    cut_after(folder, closings)
    (again,) = assay.rescore(folder.path, "includes")
    assert (again.status, again.scored, again.planned) == (status, closings, 6)
    assert RunFolder.open(again.run_dir).result() == again


def test_a_failed_trial_stays_failed_and_no_model_is_asked(tmp_path: Path) -> None:
    folder = run_of_six(tmp_path)
    lines = folder.journal().read_bytes().splitlines(keepends=True)
    closed = msgspec.json.decode(lines[-1], type=Closed)
    broken = msgspec.structs.replace(closed.trial, scores=(), failure=assay.Failure(blame="endpoint", kind="http_500", message="HTTP 500"))
    lines[-1] = msgspec.json.encode(Closed(trial=broken)) + b"\n"
    folder.journal().write_bytes(b"".join(lines))
    (again,) = assay.rescore(folder.path, "includes")
    assert (again.scored, again.failed, again.status) == (5, 1, "finished")
    assert again.usage == assay.Usage()
