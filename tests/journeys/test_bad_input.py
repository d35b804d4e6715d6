"""Bad input: each gets one clear message that says what, where and what to do, the right exit code, and loses nothing already done."""

import gzip
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journeys.stage import FIELDS, assay, assert_refused, closed_well, ended, model, planted, start, write_items

from assay.testing import FakeServer

KEY = "sk-journey-0123456789abcdef"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def write_rows(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_an_empty_data_set(tmp_path: Path, server: FakeServer) -> None:
    data = write_rows(tmp_path / "empty.jsonl")
    assert_refused(assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path), 2, "empty", "empty.jsonl")


def test_duplicate_ids_are_named(tmp_path: Path, server: FakeServer) -> None:
    row = {"id": "same", "question": "[item 1]", "answer": "1"}
    data = write_rows(tmp_path / "twice.jsonl", row, {**row, "id": "other"}, row)
    assert_refused(assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path), 2, "'same'", "twice.jsonl", "--id row")


def test_a_target_that_is_missing(tmp_path: Path, server: FakeServer) -> None:
    data = write_rows(tmp_path / "gap.jsonl", {"question": "[item 1]", "answer": "1"}, {"question": "[item 2]", "answer": None})
    assert_refused(assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path), 2, "gap.jsonl", "target", "row")


def test_a_wrong_column_is_answered_with_those_there_are(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    outcome = assay("run", data, "--input", "qestion", "--target", "answer", *model(server.url), cwd=tmp_path)
    assert_refused(outcome, 2, "qestion", "Did you mean question?", "id, question, answer")


def test_a_column_nobody_can_guess(tmp_path: Path, server: FakeServer) -> None:
    data = write_rows(tmp_path / "odd.jsonl", {"foo": "[item 1]", "bar": "1"})
    assert_refused(assay("run", data, *model(server.url), cwd=tmp_path), 2, "--input COLUMN", "foo, bar")


def test_bytes_that_are_no_text(tmp_path: Path, server: FakeServer) -> None:
    data = tmp_path / "latin.jsonl"
    data.write_bytes(b'{"question": "[item 1]", "answer": "1"}\n{"question": "caf\xe9 [item 2]", "answer": "2"}\n')
    assert_refused(assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path), 2, "latin.jsonl", "UTF-8", "2")


def test_a_line_that_is_no_json(tmp_path: Path, server: FakeServer) -> None:
    data = tmp_path / "torn.jsonl"
    data.write_text('{"question": "[item 1]", "answer": "1"}\n{"question": "[item 2]", "ans\n')
    assert_refused(assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path), 2, "torn.jsonl", "2")


def test_a_truncated_gz(tmp_path: Path, server: FakeServer) -> None:
    whole = write_items(tmp_path / "items.jsonl", 200).read_bytes()
    data = tmp_path / "cut.jsonl.gz"
    data.write_bytes(gzip.compress(whole)[:-200])
    assert_refused(assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path), 2, "cut.jsonl.gz", "truncated")


def test_a_file_that_is_not_there(tmp_path: Path, server: FakeServer) -> None:
    assert_refused(assay("run", "nowhere.jsonl", *FIELDS, *model(server.url), cwd=tmp_path), 2, "nowhere.jsonl")


def test_a_sample_of_five_megabytes(tmp_path: Path, server: FakeServer) -> None:
    long = {"id": "long", "question": "word " * 1_000_000 + "[item 1]", "answer": str((613 + 271) % 1000)}
    data = write_rows(tmp_path / "long.jsonl", long)
    outcome = assay("run", data, *FIELDS, *model(server.url), "--format", "json", cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    assert outcome.result["scored"] == 1 and outcome.result["metrics"]["number"]["value"] == 1.0
    page = assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path)
    assert page.code == 0 and len(page.out) < 10_000
    assert (Path(outcome.result["run_dir"]) / "report.html").stat().st_size < 1_000_000


@pytest.mark.skipif(os.geteuid() == 0, reason="to root every folder is writable")
def test_a_log_folder_without_the_right_to_write(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    (tmp_path / "locked").mkdir(mode=0o500)
    assert_refused(assay("run", data, *FIELDS, *model(server.url), "--log-dir", "locked/runs", cwd=tmp_path), 3, "locked", "--log-dir")


def test_a_log_folder_that_cannot_be_made(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    (tmp_path / "file").write_text("not a folder")
    assert_refused(assay("run", data, *FIELDS, *model(server.url), "--log-dir", "file/runs", cwd=tmp_path), 3, "file/runs", "--log-dir")


FULL_DISK = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, -1)); from assay.cli import main; main(sys.argv[1:])"


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """The limit on a file's size stands for the disk: the write that passes it fails as one on a full disk does."""
    count = 300
    data = write_items(tmp_path / "items.jsonl", count)
    with FakeServer() as server:
        command = ("run", data, *FIELDS, *model(server.url), "--max-connections", "8", "--format", "json")
        full = ended(start(*command, cwd=tmp_path, program=(sys.executable, "-c", FULL_DISK)))
        assert_refused(full, 3, "journal", "cannot be written", "Make room", "repeat")
        (folder,) = (tmp_path / "runs").iterdir()
        kept = closed_well(folder)
        assert 0 < len(kept) < count
        again = assay(*command, cwd=tmp_path)
        stats = server.stats()
    assert again.code == 0, again.err
    assert again.result["scored"] == count
    assert again.result["metrics"]["number"]["value"] == pytest.approx(planted([f"q{item}" for item in range(count)]))
    closed = closed_well(folder)
    assert closed[: len(kept)] == kept and len(set(closed)) == len(closed) == count
    assert stats["requests"] - count <= 12  # the window of 8 connections


def test_a_page_that_finds_no_room_leaves_the_numbers_on_the_screen(tmp_path: Path) -> None:
    """The journal of two samples fits below the limit, the page does not."""
    data = write_items(tmp_path / "items.jsonl", 2)
    with FakeServer() as server:
        command = ("run", data, *FIELDS, *model(server.url))
        for form in ("json", "table"):
            full = ended(
                start(*command, "--format", form, cwd=tmp_path, program=(sys.executable, "-c", FULL_DISK.replace("60_000", "9_000")))
            )
            assert full.code == 3 and "The report cannot be written" in full.err, full.err
            assert "Traceback" not in full.err
            assert full.result["scored"] == 2 if form == "json" else "number" in full.out
        assert server.stats()["requests"] == 2


def test_a_provider_nobody_knows(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, *FIELDS, "--model", "opnai/gpt", cwd=tmp_path), 2, "'opnai'", "Did you mean openai")


def test_a_model_without_a_provider(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, *FIELDS, "--model", "gpt", cwd=tmp_path), 2, "'gpt'", "provider/name")


def test_a_model_that_does_not_exist(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 30)
    with FakeServer(models=("large-v2", "small-v2")) as server:
        outcome = assay("run", data, *FIELDS, *model(server.url, name="large-v1"), cwd=tmp_path)
    assert_refused(outcome, 2, "large-v1", "does not exist", "Did you mean large-v2")


@pytest.mark.parametrize("place", ["environment", "option", ".env"])
def test_a_wrong_key_is_never_shown(tmp_path: Path, place: str) -> None:
    data = write_items(tmp_path / "items.jsonl", 30)
    with FakeServer(key="another") as server:
        named = ("--model", "openai/fake", "-M", f"base_url={server.url}")
        if place == ".env":
            (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\n")
        given = ("-M", f"api_key={KEY}") if place == "option" else ()
        env = {"OPENAI_API_KEY": KEY} if place == "environment" else {}
        refusal = assay("run", data, *FIELDS, *named, *given, cwd=tmp_path, **env)
        assert_refused(refusal, 2, "401", "key")
        server.set(key=KEY)
        accepted = assay("run", data, *FIELDS, *named, *given, cwd=tmp_path, **env)
    assert accepted.code == 0, accepted.err
    kept = [path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert len(kept) >= 4
    assert not any(KEY.encode() in each for each in (*kept, *(text.encode() for text in (refusal.err, accepted.out, accepted.err))))


def test_a_key_that_is_missing(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, *FIELDS, "--model", "openai/gpt", cwd=tmp_path), 2, "key", "OPENAI_API_KEY")


def test_a_dry_run_needs_no_key(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    for provider in ("openai", "anthropic", "google", "huggingface"):
        outcome = assay("run", data, *FIELDS, "--model", f"{provider}/gpt", "--dry-run", cwd=tmp_path, HF_TOKEN="")
        assert outcome.code == 0 and "3 requests" in outcome.out, outcome.err
    assert not (tmp_path / "runs").exists()


def test_an_endpoint_that_answers_html(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 30)
    with FakeServer(html=True) as server:
        assert_refused(assay("run", data, *FIELDS, *model(server.url), cwd=tmp_path), 2, "HTML", server.url, "/v1")


def test_streams_cut_in_the_middle_are_asked_again(tmp_path: Path) -> None:
    count = 60
    data = write_items(tmp_path / "items.jsonl", count)
    with FakeServer(cut=0.1) as server:
        outcome = assay("run", data, *FIELDS, *model(server.url, "stream=true"), "--format", "json", cwd=tmp_path)
        assert server.stats()["cut"] > 0
    assert outcome.code == 0, outcome.err
    assert outcome.result["metrics"]["number"]["value"] == pytest.approx(planted([f"q{item}" for item in range(count)]))


def test_streams_that_are_always_cut_are_failures_not_short_answers(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 6)
    with FakeServer(cut=1.0) as server:
        outcome = assay("run", data, *FIELDS, *model(server.url, "stream=true"), "--retries", "0", "--format", "json", cwd=tmp_path)
    assert outcome.code == 3, outcome.err
    assert (outcome.result["scored"], outcome.result["failed"]) == (0, 6)
    assert outcome.result["metrics"]["number"]["value"] is None
    assert list(outcome.result["failures"]) == ["endpoint:cut"]


BENCHMARK = '''"""Ten items, and a scorer that cannot read one of them."""

from typing import ClassVar

import msgspec

from assay import Score, Task, datasets, dialogue


class Picky(msgspec.Struct, frozen=True, kw_only=True):
    """Raises on the sample q3."""

    name: ClassVar[str] = "picky"
    criteria: ClassVar[tuple[str, ...]] = ("score",)

    def __call__(self, sample, answer, context):
        if sample.id == "q3":
            raise ZeroDivisionError("no measure for q3")
        return (Score(scorer=self.name, value=1.0),)


def mine() -> Task:
    data = datasets.table("items.jsonl", "test", input="question", target="answer")
    return Task(name="mine", dataset=data, solver=dialogue.ask_once, scorers=(Picky(),))
'''


def test_a_scorer_that_raises_on_one_sample(tmp_path: Path, server: FakeServer) -> None:
    write_items(tmp_path / "items.jsonl", 10)
    (tmp_path / "bench.py").write_text(BENCHMARK)
    command = ("run", "bench.py", *model(server.url))
    outcome = assay(*command, "--format", "json", cwd=tmp_path)
    assert outcome.code == 3, outcome.err
    result = outcome.result
    assert (result["scored"], result["unscored"], result["failed"], result["coverage"]) == (9, 1, 0, 0.9)
    assert result["metrics"]["picky"]["value"] == 1.0 and result["metrics"]["picky"]["n"] == 9
    assert "no measure for q3" in " ".join(result["errors"].values())
    table = assay(*command, "--min-coverage", "0.9", cwd=tmp_path)
    assert table.code == 0 and "ZeroDivisionError: no measure for q3" in table.out + table.err, table.out + table.err


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('broken on import')\n", ("bench.py", "broken on import")),
        ("def mine( -> Task: ...\n", ("bench.py", "line 1")),
        ("import surely_not_installed\n", ("bench.py", "surely_not_installed")),
        ("x = 1\n", ("bench.py", "returns a Task")),
    ],
)
def test_a_benchmark_file_that_is_broken(tmp_path: Path, source: str, words: tuple[str, ...]) -> None:
    (tmp_path / "bench.py").write_text(source)
    assert_refused(assay("run", "bench.py", "--model", "scripted/echo", cwd=tmp_path), 2, *words)


def test_a_task_nobody_knows(tmp_path: Path, server: FakeServer) -> None:
    assert_refused(assay("run", "biultin", *model(server.url), cwd=tmp_path), 2, "'biultin'", "Did you mean builtin")


def test_a_scorer_nobody_knows(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, "--scorer", "numbr", *model(server.url), cwd=tmp_path), 2, "'numbr'", "Did you mean number")


def test_two_scorers_of_one_name(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    both = ("--scorer", "number:after=ANSWER:")
    assert_refused(assay("run", data, *FIELDS, *both, *model(server.url), cwd=tmp_path), 2, "two scorers are named 'number'", "name=")
    named = ("--scorer", "number:after=ANSWER:,name=marked")
    done = assay("run", data, *FIELDS, *named, *model(server.url), "--format", "json", cwd=tmp_path)
    assert set(done.document["runs"][0]["metrics"]) == {"number", "marked"}


def test_a_flag_nobody_knows(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, "--limt", "3", *model(server.url), cwd=tmp_path), 2, "--limt", "--limit")


def test_a_command_nobody_knows(tmp_path: Path) -> None:
    assert_refused(assay("rum", cwd=tmp_path), 2, "'rum'", "Did you mean run")


def test_an_option_the_model_does_not_take(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, *FIELDS, *model(server.url, "straem=true"), cwd=tmp_path), 2, "'straem'", "Did you mean stream")
    assert_refused(assay("run", data, *FIELDS, *model(server.url, "timeout=3"), cwd=tmp_path), 2, "timeout", "--timeout SECONDS")


@pytest.mark.parametrize("flag", ["--limit", "--trials", "--max-connections"])
def test_none_is_no_number_of_anything(tmp_path: Path, server: FakeServer, flag: str) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, *FIELDS, *model(server.url), flag, "0", cwd=tmp_path), 2, flag[2:].replace("-", "_"), "at least 1")


def test_a_model_named_twice(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    assert_refused(assay("run", data, *FIELDS, *model(server.url), *model(server.url), cwd=tmp_path), 2, "openai-compatible/fake", "twice")


def test_a_run_folder_that_is_none(tmp_path: Path) -> None:
    for command in (("view", "nothing"), ("compare", "nothing", "either"), ("score", "nothing", "--scorer", "exact")):
        assert_refused(assay(*command, cwd=tmp_path), 2, "nothing", "no run folder")


def test_a_config_file_with_a_wrong_word(tmp_path: Path, server: FakeServer) -> None:
    data = write_items(tmp_path / "items.jsonl", 3)
    (tmp_path / "assay.toml").write_text("max_tokns = 5\n")
    assert_refused(assay("run", data, *FIELDS, *model(server.url), "--config", "assay.toml", cwd=tmp_path), 2, "max_tokns", "max_tokens")
