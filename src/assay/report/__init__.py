"""Runs as tables, pages and documents: what it is, how sure, what next."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.report.compare import Comparison as Comparison
    from assay.report.document import document as document
    from assay.report.document import to_json as to_json
    from assay.report.html import Report as Report
    from assay.report.html import render_html as render_html
    from assay.report.html import write_html as write_html
    from assay.report.markdown import to_markdown as to_markdown
    from assay.report.ranks import Board as Board
    from assay.report.ranks import Standing as Standing
    from assay.report.ranks import boards as boards
    from assay.report.settings import Setting as Setting
    from assay.report.settings import incomparable as incomparable
    from assay.report.settings import settings_diff as settings_diff
    from assay.report.tabular import to_csv as to_csv
    from assay.report.terminal import comparison_table as comparison_table
    from assay.report.terminal import print_comparisons as print_comparisons
    from assay.report.terminal import print_results as print_results
    from assay.report.terminal import terminal_table as terminal_table
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.report.compare": ("Comparison",),
            "assay.report.document": ("document", "to_json"),
            "assay.report.html": ("Report", "render_html", "write_html"),
            "assay.report.markdown": ("to_markdown",),
            "assay.report.ranks": ("Board", "Standing", "boards"),
            "assay.report.settings": ("Setting", "incomparable", "settings_diff"),
            "assay.report.tabular": ("to_csv",),
            "assay.report.terminal": ("comparison_table", "print_comparisons", "print_results", "terminal_table"),
        },
    )
