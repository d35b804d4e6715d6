"""A configuration file says what flags say, as a person would write it."""

from pathlib import Path
from typing import Any

import click
import pytest

from assay.cli.run import command

WRITTEN = {
    ".toml": 'model = "scripted/4"\nscorer = "number"\nstop = "END"\nlimit = 3\ntasks = "sums.jsonl"\n[task-option]\nshuffle_choices = true\nwhere = "a > 1"\n',
    ".yaml": 'model: scripted/4\nscorer: number\nstop: END\nlimit: 3\ntasks: sums.jsonl\ntask_option: {shuffle_choices: true, where: "a > 1"}\n',
    ".json": '{"model": ["scripted/4"], "scorer": ["number"], "stop": ["END"], "limit": 3, "tasks": ["sums.jsonl"],'
    ' "task_option": ["shuffle_choices=true", "where=a > 1"]}',
}


def parsed(path: Path, *words: str) -> dict[str, Any]:
    with click.Context(command):
        return dict(command.make_context("run", ["--config", str(path), *words]).params)


@pytest.mark.parametrize("suffix", WRITTEN)
def test_one_value_of_a_flag_that_may_be_repeated_needs_no_list(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"flags{suffix}"
    path.write_text(WRITTEN[suffix])
    found = parsed(path)
    assert (found["models"], found["scorers"], found["stop"], found["limit"]) == (("scripted/4",), ("number",), ("END",), 3)
    assert found["tasks"] == ("sums.jsonl",)
    assert found["task_options"] == ("shuffle_choices=true", "where=a > 1")
    assert parsed(path, "--model", "tiny/latest")["models"] == ("tiny/latest",)
