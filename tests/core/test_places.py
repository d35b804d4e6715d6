"""The cache folder, which every room takes from here, and files that are there whole or not at all."""

import stat
from pathlib import Path

import pytest

from assay.core.places import cache_folder, written_whole
from assay.models.cache import AnswerCache
from assay.sandbox.selftest import cache_file
from assay.store.folder import spool


def test_the_cache_folder_is_named_by_the_nearest_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ASSAY_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder("a", "b") == tmp_path / ".cache/assay/a/b"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    assert cache_folder() == tmp_path / "shared/assay"
    monkeypatch.setenv("ASSAY_CACHE_DIR", "~/own")
    assert cache_folder("a") == tmp_path / "own/a"


def test_every_room_keeps_its_cache_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path))
    answers = AnswerCache()
    answers.close()
    assert answers.path == tmp_path / "answers.sqlite"
    assert cache_file() == tmp_path / "sandbox.json"
    assert spool("memory://runs/a").parent == tmp_path / "spool"


def test_a_failed_writer_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file"
    with written_whole(target) as writing:
        writing.write_text("whole")
    with pytest.raises(KeyError), written_whole(target) as writing:
        writing.write_text("ha")
        raise KeyError
    assert target.read_text() == "whole"
    assert [each.name for each in target.parent.iterdir()] == ["file"]


def test_a_written_file_has_the_rights_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    with written_whole(tmp_path / "whole") as writing:
        writing.write_text("x")
    assert stat.S_IMODE((tmp_path / "whole").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
