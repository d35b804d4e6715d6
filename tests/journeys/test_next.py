"""What a screen tells a person to type can be typed as it stands."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.journeys.stage import COMMAND, FIELDS, ended, environment, start, write_items


@pytest.mark.parametrize("found", [True, False], ids=["on PATH", "not on PATH"])
def test_the_next_command_can_be_typed(tmp_path: Path, found: bool) -> None:
    data = write_items(tmp_path / "items.jsonl", 5)
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "assay").write_text(Path(COMMAND).read_text())
    (folder / "assay").chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}" if found else "/usr/bin:/bin"
    ran = ended(start("run", data, *FIELDS, "--model", "scripted/1", cwd=tmp_path, program=(".venv/bin/assay",), PATH=path))
    (line,) = (line for line in ran.out.splitlines() if line.startswith("next"))
    command = line.removeprefix("next").strip()
    assert command.startswith("assay view" if found else ".venv/bin/assay view"), command
    typed = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(tmp_path, PATH=path), capture_output=True, text=True)
    assert typed.returncode == 0 and "number" in typed.stdout, typed.stderr


@pytest.mark.slow
def test_the_demo_ends_with_commands_that_can_be_typed(tmp_path: Path) -> None:
    ran = ended(start("demo", cwd=tmp_path, PATH="/usr/bin:/bin"))
    assert ran.code == 0, ran.err
    told = re.findall(r"^(?:next)? +(\S+) (?:view|list|run)", ran.out + ran.err, re.M)
    assert len(told) >= 5 and set(told) == {COMMAND}, ran.out + ran.err
