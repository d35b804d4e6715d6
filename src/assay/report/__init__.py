"""Runs as tables, pages and documents: what it is, how sure, what next."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.report.compare import Comparison
    from assay.report.document import document, to_json
    from assay.report.html import Report, render_html, write_html
    from assay.report.markdown import to_markdown
    from assay.report.ranks import Board, Standing, boards
    from assay.report.settings import Setting, incomparable, settings_diff
    from assay.report.tabular import to_csv
    from assay.report.terminal import comparison_table, print_comparisons, print_results, terminal_table

_ROOMS = {
    "compare": ("Comparison",),
    "document": ("document", "to_json"),
    "html": ("Report", "render_html", "write_html"),
    "markdown": ("to_markdown",),
    "ranks": ("Board", "Standing", "boards"),
    "settings": ("Setting", "incomparable", "settings_diff"),
    "tabular": ("to_csv",),
    "terminal": ("comparison_table", "print_comparisons", "print_results", "terminal_table"),
}
_HOMES = {name: module for module, names in _ROOMS.items() for name in names}
__all__ = [
    "Board",
    "Comparison",
    "Report",
    "Setting",
    "Standing",
    "boards",
    "comparison_table",
    "document",
    "incomparable",
    "print_comparisons",
    "print_results",
    "render_html",
    "settings_diff",
    "terminal_table",
    "to_csv",
    "to_json",
    "to_markdown",
    "write_html",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.report' has no attribute '{name}'")
    return getattr(import_module(f"assay.report.{_HOMES[name]}"), name)
