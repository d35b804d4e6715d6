"""What tables on a terminal are made of: an empty grid, and an estimate drawn on an axis of characters."""

from typing import TYPE_CHECKING

from assay.core.estimate import Estimate
from assay.report.words import Scale

if TYPE_CHECKING:
    from rich.table import Table

LEAST_AXIS = 6
"""Characters below which a drawing says nothing."""


def draw(estimate: Estimate, scale: Scale, width: int) -> str:
    """A dot and its whisker on an axis of `width` characters; all blank where there is no number."""
    cells = [" "] * width
    if estimate.value is None or width < 1:
        return "".join(cells)

    def cell(value: float) -> int:
        return round(scale.place(value) * (width - 1))

    dot = cell(estimate.value)
    if estimate.low is not None and estimate.high is not None:
        low, high = cell(estimate.low), cell(estimate.high)
        for each in range(low, high + 1):
            cells[each] = "─"
        cells[low], cells[high] = "├", "┤"
    cells[dot] = "●"
    return "".join(cells)


def grid() -> "Table":
    """An empty grid with two blanks between its columns."""
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))
