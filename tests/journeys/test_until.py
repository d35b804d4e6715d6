"""Stopping by rule through the command: early, the same after a kill, honest about what it looked at."""

import time
from pathlib import Path

from tests.journeys.stage import FIELDS, assay, assert_refused, closed_well, ended, model, start, write_items

from assay.testing import FakeServer

SAMPLES, CONNECTIONS = 600, 16


def test_killed_and_repeated_it_stops_where_it_would_have(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", SAMPLES)
    for place in ("whole", "killed"):
        (tmp_path / place).mkdir()
    with FakeServer(latency=0.01) as server:
        command = (
            "run",
            data,
            *FIELDS,
            *model(server.url),
            "--max-connections",
            str(CONNECTIONS),
            "--until",
            "width<0.15",
            "--format",
            "json",
        )
        whole = assay(*command, cwd=tmp_path / "whole")
        asked = server.stats()["requests"]
        process = start(*command, cwd=tmp_path / "killed")
        until = time.monotonic() + 60
        while process.poll() is None and server.stats()["requests"] < asked + 90 and time.monotonic() < until:
            time.sleep(0.001)
        process.kill()
        ended(process)
        resumed = assay(*command, cwd=tmp_path / "killed")
        total = server.stats()["requests"]
        again = assay(*command, cwd=tmp_path / "killed")
        assert server.stats()["requests"] == total
    assert (whole.code, resumed.code, again.code) == (0, 0, 0), resumed.err
    first, second = whole.result, resumed.result
    stopping = first["stopping"]
    assert stopping["met"] and stopping["asked"] == first["planned"] == first["scored"] == asked < SAMPLES
    assert second["stopping"] == stopping and second["metrics"] == first["metrics"] and second["planned"] == first["planned"]
    assert again.result["stopping"] == stopping
    assert total - 2 * asked <= CONNECTIONS
    assert len(closed_well(second["run_dir"])) == asked
    low, high = (first["metrics"]["number"][end] for end in ("low", "high"))
    assert high - low < 0.15 and stopping["usual"]["low"] > low


def test_the_line_on_the_terminal_names_both_intervals(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 300)
    found = assay("run", data, *FIELDS, "--model", "scripted/1", "--until", "width<0.2", cwd=tmp_path)
    text = " ".join(found.out.split())
    assert found.code == 0 and "stopped by rule after" in text and "of 300 samples" in text and "valid under peeking" in text


def test_bad_rules_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 30)
    command = ("run", data, *FIELDS, "--model", "scripted/1", "--until")
    assert_refused(assay(*command, "wide<0.1", cwd=tmp_path), 2, "wide<0.1", "width<W")
    assert_refused(assay(*command, "width<0", cwd=tmp_path), 2, "above 0")
    assert_refused(assay(*command, "exactly:width<0.1", cwd=tmp_path), 2, "exactly", "number")
    assert_refused(assay(*command, "decided:vs=nowhere", cwd=tmp_path), 2, "no run folder")
    assert not (tmp_path / "runs").exists()
