"""Every registered exporter says what it writes, and writes it: one document, or files at a place of its own, of a run and of two."""

import json
from pathlib import Path

import pytest
from tests.conformance.parts import registered

from assay.api.importing import import_runs
from assay.formats.exporters import exporter
from assay.store import RunFolder


@pytest.mark.parametrize("name", registered("exporters"))
def test_exporter_keeps_the_contract(name: str, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("id,甲,two\n" + "".join(f"q{n},{n % 2},1\n" for n in range(20)), encoding="utf-8")
    places = [each.result.run_dir for each in import_runs([str(tmp_path / "scores.csv")], "matrix", log_dir=str(tmp_path / "runs"))]
    made = exporter(name)
    assert made.what and "\n" not in made.what
    assert (made.text is None) != (made.files is None), "one way, not two and not none"
    if made.text is not None:
        assert "甲" in json.loads(json.dumps(made.text(places)))
    if made.files is not None:
        folders = [RunFolder.open(place) for place in places]
        written = list(made.files(folders, tmp_path / "out"))
        assert written and all(Path(each).stat().st_size > 0 and Path(each).is_relative_to(tmp_path / "out") for each in written)
