"""Conditions: the rows of a table for which an expression over their columns holds."""

from collections.abc import Callable

from assay.core.errors import DatasetError
from assay.core.protocols import Dataset
from assay.datasets.rows import Row
from assay.datasets.tables import Table
from assay.datasets.transforms import Selected
from assay.datasets.values import Unmappable


def where(table: Table, condition: str) -> Dataset:
    """The samples whose rows fulfil `condition`, a Jinja expression over the columns: `level == "hard" and year > 2000`.

    A row without the column has None there. Samples keep their ids. Raises DatasetError for an expression that is none, that fails on a
    row, or that holds for no row.
    """
    from assay.datasets.jinja_templates import condition_on  # Jinja would cost a plain table its start

    holds = condition_on(condition, table.columns)
    positions = [position for position, row in table.rows() if _told(holds, row, position + 1)]
    if not positions:
        raise DatasetError(
            f"The condition '{condition}' holds for none of {len(table)} rows.",
            remedy=f"Loosen it. The columns are: {', '.join(table.columns)}.",
        )
    return table if len(positions) == len(table) else Selected(table, positions)


def _told(holds: Callable[[Row], bool], row: Row, number: int) -> bool:
    try:
        return holds(row)
    except Unmappable as error:
        raise DatasetError(f"Row {number}: {str(error).rstrip('.')}.", remedy=error.remedy) from error
