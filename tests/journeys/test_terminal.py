"""What a person sees on a real terminal: the live block, Ctrl-C, colours or none."""

import re
from pathlib import Path

import pytest
from tests.journeys.stage import FIELDS, assay, model, on_a_terminal, screen_of, write_items

from assay.testing import FakeServer

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CTRL_C = b"\x03"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_live_block_says_how_far_it_is(tmp_path: Path, columns: int) -> None:
    data = write_items(tmp_path / "items.jsonl", 60)
    with FakeServer(latency=0.1) as server:
        flags = (*FIELDS, *model(server.url), "--max-connections", "4")
        code, written = on_a_terminal("run", data, *flags, cwd=tmp_path, columns=columns)
    assert code == 0, written
    text = ESCAPE.sub("", written)
    assert "█" in text and re.search(r"[1-9]\d? / 60   running [1-9]   failed 0   [\d.]+/s   ETA 0:00:0\d", text), text
    assert re.search(r"[\d.]+ k? ?tokens", text)
    assert re.search(r"items   \d+\.\d \[\d+\.\d, \d+\.\d\]", text), "the running estimate"


def test_ctrl_c_is_told_in_the_block(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 400)
    with FakeServer(latency=0.5) as server:
        flags = (*FIELDS, *model(server.url), "--max-connections", "4")
        code, written = on_a_terminal("run", data, *flags, cwd=tmp_path, keys={" / 400": CTRL_C})
    assert code == 3, written
    text = ESCAPE.sub("", written)
    assert "Ctrl-C again ends at once." in " ".join(text.split())
    assert "^C" not in text, "an echoed key shifts the block"
    screen = screen_of(written, 80)
    assert not [line for line in screen if "█" in line or "ETA" in line or "Stopping" in line], "no frame stays behind"
    assert any("are left. Repeat the command" in line for line in screen), screen


def test_no_color_means_no_styles(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 20)
    with FakeServer() as server:
        command = ("run", data, *FIELDS, *model(server.url))
        coloured = on_a_terminal(*command, cwd=tmp_path)[1]
        plain = on_a_terminal(*command, cwd=tmp_path, NO_COLOR="1")[1]
    assert re.search(r"\x1b\[[0-9;]*m", coloured)
    assert not re.search(r"\x1b\[[0-9;]*[1-9][0-9;]*m", plain), plain


def test_errors_break_between_words_and_paths_not_at_all(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items-with-a-rather-long-name-that-goes-on-and-on-and-on-until-it-ends.jsonl", 20)
    code, written = on_a_terminal("run", "builtn", "--model", "scripted/1", cwd=tmp_path, columns=60)
    lines = ESCAPE.sub("", written).splitlines()
    assert code == 2 and max(map(len, lines)) <= 60, lines
    whole = assay("run", "builtn", "--model", "scripted/1", cwd=tmp_path).err
    assert " ".join(" ".join(lines).split()) == " ".join(whole.split()), "no word was broken"
    code, written = on_a_terminal("run", data, *FIELDS, "--model", "scripted/1", "--log-dir", "runs", cwd=tmp_path, columns=60)
    text = ESCAPE.sub("", written)
    (report,) = (line for line in text.splitlines() if line.startswith("report"))
    path = report.split()[1]
    assert not path.startswith("/") and (tmp_path / path).is_file(), "a path below this folder, in one piece"


def test_a_pipe_has_no_trailing_blanks(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 20)
    out = assay("run", data, *FIELDS, "--model", "scripted/1", "--model", "scripted/2", cwd=tmp_path).out
    assert "scripted" in out and not [line for line in out.splitlines() if line != line.rstrip()]
