"""Every name on a screen is a name to type."""

from pathlib import Path

import pytest
from tests.journeys.stage import assay


@pytest.mark.slow
def test_the_tasks_of_a_suite_are_run_and_described_by_the_names_shown(tmp_path: Path) -> None:
    shown = assay("run", "builtin", "--model", "scripted/1", "--limit", "1", "--format", "json", "--min-coverage", "0", cwd=tmp_path)
    names = [run["task"] for run in shown.document["runs"]]
    assert len(names) > 8
    ran = assay("run", *names, "--model", "scripted/1", "--limit", "1", "--format", "json", "--min-coverage", "0", cwd=tmp_path)
    assert [run["task"] for run in ran.document["runs"]] == names, ran.err
    assert assay("info", "builtin_steps_en", cwd=tmp_path).code == 0
