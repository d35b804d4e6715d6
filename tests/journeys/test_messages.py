"""Messages say what happened, to which thing, what to do, in a person's words; nothing of our insides."""

import json
import re
import socket
from pathlib import Path

import pytest
from tests.journeys.stage import FIELDS, assay, assert_refused, write_items

INSIDE = ("keyword argument", "ssl:default", "Errno", "Connect call", "('")


def test_a_wrong_option_is_answered_with_the_ones_there_are(tmp_path: Path) -> None:
    wrong = assay("run", "builtin", "--model", "tiny/latest", "-M", "bach=3", cwd=tmp_path)
    assert_refused(wrong, 2, "'tiny' has no option 'bach'", "Did you mean batch?", "It has: batch")
    wrong = assay("run", "builtin", "--model", "scripted/1", "-T", "leevl=3", cwd=tmp_path)
    assert_refused(wrong, 2, "'builtin' has no option 'leevl'", "Did you mean level?", "It has: seed, level")
    assert not any(each in wrong.err for each in INSIDE)


@pytest.mark.parametrize(("flag", "own"), [("--scorer", "scorers"), ("--input", "questions"), ("--template", "questions")])
def test_what_is_for_data_files_is_said_to_be(tmp_path: Path, flag: str, own: str) -> None:
    assert_refused(assay("run", "builtin", "--model", "scripted/1", flag, "number", cwd=tmp_path), 2, f"{flag} is for data files", own)


@pytest.mark.parametrize("count", [1, 200])
def test_a_server_that_is_not_running_is_named_with_how_to_start_it(tmp_path: Path, count: int) -> None:
    data = write_items(tmp_path / "items.jsonl", count)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    outcome = assay("run", data, *FIELDS, "--model", "ollama/llama3", "-M", f"base_url=http://{place}/v1", cwd=tmp_path)
    assert outcome.code == 3
    said = " ".join((outcome.out + outcome.err).split())
    assert f"Nobody answers at {place}. Is ollama running? Start it: ollama serve." in said
    assert not any(each in said for each in INSIDE), said
    if count == 1:
        assert "1 sample ·" in said and "1 trial failed. Repeat the command to try it again." in said


def test_a_wrong_key_of_a_config_file_is_answered_with_flags(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    (tmp_path / "assay.toml").write_text("max_tokns = 5\n")
    outcome = assay("run", data, *FIELDS, "--model", "scripted/1", "--config", "assay.toml", cwd=tmp_path)
    assert_refused(outcome, 2, "max_tokns", "Did you mean max_tokens", "model_option")
    listed = outcome.err.partition("There are: ")[2].strip(" .\n").split(", ")
    assert not {"M", "T", "m", "tasks"} & set(listed), listed


def test_a_file_that_is_not_there_is_answered_with_near_misses_only(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    for number in range(40):
        (tmp_path / f"other-{number}.txt").write_text("")
        (tmp_path / f"table-{number}.csv").write_text("")
    (tmp_path / "outputs.jsonl").write_text("")
    recorded = assay("run", data, *FIELDS, "--model", "replay/output.jsonl", cwd=tmp_path)
    assert_refused(recorded, 2, "output.jsonl", "Did you mean outputs.jsonl")
    asked = assay("run", "itms.jsonl", "--model", "scripted/1", cwd=tmp_path)
    assert_refused(asked, 2, "Did you mean items.jsonl")
    assert "other-" not in recorded.err and "table-" not in asked.err


@pytest.mark.parametrize(
    ("task", "host"), [("gsm8k", "http://127.0.0.1:9"), ("cmmlu", "https://raw.githubusercontent.com")], ids=["a hub", "another host"]
)
def test_data_that_cannot_be_reached_is_infrastructure(tmp_path: Path, task: str, host: str) -> None:
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    outcome = assay("run", task, "--model", "scripted/1", cwd=tmp_path, HF_ENDPOINT="http://127.0.0.1:9", HF_HUB_OFFLINE="", **proxy)
    assert_refused(outcome, 3, f"{host} cannot be reached")
    assert not any(each in outcome.err for each in INSIDE), outcome.err
    assert ("HF_ENDPOINT" in outcome.err) == (task == "gsm8k"), "a mirror of the hub does not mirror another host"


def test_one_is_no_plural(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(json.dumps({"question": "1?", "answer": "1"}))
    command = ("run", "one.jsonl", "--input", "question", "--target", "answer", "--model", "scripted/1")
    said = "".join(assay(*command, *more, cwd=tmp_path).out for more in ((), ("--dry-run", "--max-tokens", "1")))
    said += assay(*command, cwd=tmp_path).err + assay("validate", "one.jsonl", cwd=tmp_path).out
    assert not re.search(r"\b1 (samples|trials|requests|tokens|answers|findings)\b", said), said
