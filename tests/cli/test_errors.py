"""An error is one document on standard output wherever JSON was asked for, and there alone."""

import json
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
