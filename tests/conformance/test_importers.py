"""Every registered importer knows its own files from others', and says what is wrong with a broken one instead of breaking."""

from pathlib import Path

import pytest
from tests.conformance.parts import registered

from assay.api.importing import import_runs
from assay.core.errors import AssayError
from assay.core.registry import load
from assay.formats.importers import Importer

STRANGERS = {
    "empty.json": b"",
    "list.json": b"[1, 2, 3]",
    "words.json": '{"name": "甲", "results": 7}'.encode(),
    "rows.jsonl": b'{"question": "1 + 1?", "answer": "2"}\n',
    "noise.eval": bytes(range(256)) * 8,
    "noise.bin": bytes(range(256)) * 8,
    "notes.txt": b"nothing to see",
}


@pytest.mark.parametrize("name", registered("importers"))
def test_importer_keeps_the_contract(name: str, tmp_path: Path) -> None:
    importer = load("importers", name)
    assert isinstance(importer, Importer)
    assert importer.what and len(importer.what) <= 120 and "\n" not in importer.what
    (tmp_path / "folder").mkdir()
    assert not importer.recognises(tmp_path / "folder"), "an empty folder is nobody's"
    for file, content in STRANGERS.items():
        path = tmp_path / file
        path.write_bytes(content)
        importer.recognises(path)  # says yes or no, and never raises


@pytest.mark.parametrize("name", registered("importers"))
@pytest.mark.parametrize("file", STRANGERS)
def test_a_strangers_file_is_refused_by_name(name: str, file: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_bytes(STRANGERS[file])
    with pytest.raises(AssayError) as refused:
        found = list(import_runs([str(path)], name, log_dir=str(tmp_path / "runs")))
        assert found == [], "what is not its own must not become a run"
    assert path.name in refused.value.message
    assert not list((tmp_path / "runs").glob("*")) if (tmp_path / "runs").exists() else True
