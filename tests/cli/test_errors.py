"""An error is one document on standard output wherever JSON was asked for, and there alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli import main


def refusal(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code, and what stood on standard output."""
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(str(left.value.code)), capsys.readouterr().out


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSAY_FORMAT", raising=False)


UNKNOWN = ("run", "no_such_task", "--model", "scripted/4")


@pytest.mark.parametrize("flag", [("--format", "json"), ("--format=json",), ("--format", "table", "--format", "json")])
def test_by_the_flag(flag: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out = refusal(*UNKNOWN, *flag, capsys=capsys)
    assert code == 2 and "no_such_task" in json.loads(out)["error"]["message"]


def test_by_the_environment(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_FORMAT", "json")
    code, out = refusal(*UNKNOWN, capsys=capsys)
    assert code == json.loads(out)["error"]["exit_code"] == 2


def test_by_a_configuration_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "flags.toml").write_text('format = "json"\n')
    assert "error" in json.loads(refusal(*UNKNOWN, "--config", "flags.toml", capsys=capsys)[1])


def test_beside_a_configuration_file_that_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "flags.toml").write_text("= nothing")
    assert "damaged" in json.loads(refusal(*UNKNOWN, "--config", "flags.toml", "--format", "json", capsys=capsys)[1])["error"]["message"]


def test_a_flag_goes_before_the_environment(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_FORMAT", "json")
    assert refusal(*UNKNOWN, "--format", "table", capsys=capsys)[1] == ""


def test_nobody_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(*UNKNOWN, capsys=capsys) == (2, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "builtin", "--model", "scripted/4", "--limit", "abc"), "'abc' is not a valid integer"),
        (("run", "builtin"), "Missing option '--model'"),
        (("run", "builtin", "--modle", "x"), "--modle"),
        (("list", "nothing"), "'nothing'"),
        (("rum",), "No command is named 'rum'"),
    ],
)
def test_wrong_usage_is_a_document_too(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = refusal(*words, "--format", "json", capsys=capsys)
    assert code == json.loads(out)["error"]["exit_code"] == 2 and said in json.loads(out)["error"]["message"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A=1\nOPENAI_API_KEY=caf\xe9\n", (".env, line 2", "0xE9", "not valid UTF-8")),
        ("A=1\n".encode("utf-16"), (".env, line 1", "0xFF")),
        (b"A\0B=1\n", (".env holds what no variable can",)),
    ],
)
def test_a_broken_env_file_is_one_message(
    content: bytes, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_bytes(content)
    code, out = refusal("list", "--format", "json", capsys=capsys)
    assert code == 2 and all(word in json.loads(out)["error"]["message"] for word in words), out


def test_an_env_file_with_a_byte_order_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ASSAY_FORMAT", "")
    monkeypatch.delenv("ASSAY_FORMAT")
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfASSAY_FORMAT=json\n")
    assert "error" in json.loads(refusal(*UNKNOWN, capsys=capsys)[1])


@pytest.mark.parametrize("words", [("list",), ("list", "--format", "json"), ("rum", "--format", "json"), ("--help",), ("run", "--help")])
def test_nobody_reads_what_it_writes(words: tuple[str, ...], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "assay", *words], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.returncode == 0 and "Traceback" not in done.stderr and "Broken pipe" not in done.stderr, done.stderr


def test_no_words_are_answered_with_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    shown = capsys.readouterr()
    assert "Commands:" in shown.out + shown.err and "error:" not in shown.err


def test_info_on_data_says_what_is_wrong_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.jsonl").write_text('{"foo": 1}\n')
    code, out = refusal("info", "odd.jsonl", "--format", "json", capsys=capsys)
    assert code == 2 and "no column looks like the input" in json.loads(out)["error"]["message"]
