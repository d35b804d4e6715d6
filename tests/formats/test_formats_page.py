"""docs/formats.md names every format there is, in and out."""

from pathlib import Path

from assay.core.registry import entries, load
from assay.formats.exporters import Exporter
from assay.formats.importers import Importer

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_every_format_stands_on_the_page() -> None:
    into, out = PAGE.split("\n## Out\n")
    assert [name for name in entries("importers") if f"`{name}`" not in into] == []
    assert [name for name in entries("exporters") if f"`{name}`" not in out] == []


def test_every_format_keeps_its_contract() -> None:
    for name in entries("importers"):
        assert isinstance(load("importers", name), Importer)
    for name in entries("exporters"):
        chosen = load("exporters", name)
        assert isinstance(chosen, Exporter) and (chosen.text is None) != (chosen.files is None)
