"""The line that says how far a download is."""

import pytest

from assay.cli.downloads import CLEAR, Downloads


def fed(monkeypatch: pytest.MonkeyPatch, *, live: bool, pieces: list[tuple[float, int, int | None]]) -> None:
    now = [0.0]
    monkeypatch.setattr("assay.cli.downloads.time.monotonic", lambda: now[0])
    downloads = Downloads(live=live)
    for now[0], done, total in pieces:
        downloads("test.parquet", done, total)


def test_a_terminal_sees_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    gigabyte = 1_000_000_000
    fed(
        monkeypatch,
        live=True,
        pieces=[(1.0, 0, 2 * gigabyte), (1.1, 10, 2 * gigabyte), (11.0, gigabyte, 2 * gigabyte), (21.0, 2 * gigabyte, 2 * gigabyte)],
    )
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"{CLEAR}fetching test.parquet   1,000 of 2,000 MB   100.0 MB/s   ETA 0:00:10{CLEAR}"


def test_elsewhere_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fed(monkeypatch, live=False, pieces=[(0.0, 0, None), (5.0, 5_000_000, None), (20.0, 20_000_000, None), (21.0, 21_000_000, 21_000_000)])
    assert capsys.readouterr().err == "fetching test.parquet   20 MB   1.0 MB/s\n"


def test_a_small_download_says_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fed(monkeypatch, live=True, pieces=[(0.0, 500, 1000), (0.1, 1000, 1000)])
    assert capsys.readouterr().err == ""
