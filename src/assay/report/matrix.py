"""Tables of cells: tasks by models, and scenarios by metrics where scenarios share metrics."""

from collections.abc import Mapping, Sequence

import msgspec

from assay.core.estimate import Estimate
from assay.core.run import Result
from assay.metrics import matrices
from assay.report.palette import Palette
from assay.report.words import EMPTY, Scale, interval, metric_name, scale_of, share

SHARED = 0.6
"""Scenarios share metrics where this part of the cells is filled: below it a table is mostly dashes."""


class MatrixCell(msgspec.Struct, frozen=True, kw_only=True):
    """`tint` is 0..9 for a share, the better the higher, None for no colour; `note` is the number of the reason why there is no value."""

    text: str
    interval: str = ""
    n: int = 0
    coverage: str | None = None
    tint: int | None = None
    note: int | None = None


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row with its name in up to three parts."""

    group: str
    name: str
    detail: str
    cells: tuple[MatrixCell, ...]
    lower: bool = False


class MatrixTable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by columns. `reasons` are why cells are empty, in the order of their numbers."""

    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    filled: int
    cells: int
    lower_is_better: frozenset[str]
    reasons: tuple[str, ...]


def model_matrix(results: Sequence[Result], colors: Palette) -> MatrixTable | None:
    """Each metric of each task by model; None where there is one row or one column."""
    columns = tuple(dict.fromkeys(colors.label(each) for each in results))
    by_place = {(each.task, colors.label(each)): each for each in results}
    order = list(dict.fromkeys(colors.respects.get(each.task, "") for each in results))
    asked = sorted(
        dict.fromkeys((each.task, metric) for each in results for metric in each.metrics),
        key=lambda place: order.index(colors.respects.get(place[0], "")),
    )
    if len(columns) < 2 or len(asked) < 2:
        return None
    reasons: dict[str, int] = {}
    rows = []
    for task, metric in asked:
        runs = [by_place.get((task, column)) for column in columns]
        found = [run.metrics.get(metric) if run else None for run in runs]
        lower = any(metric in run.lower_is_better for run in runs if run)
        scale = scale_of(metric, [one for one in found if one is not None], whole=True)
        why = [_why(run, one, metric) for run, one in zip(runs, found, strict=True)]
        cells = tuple(_cell(one, reason, scale, reasons, lower=lower) for one, reason in zip(found, why, strict=True))
        rows.append(MatrixRow(group=colors.respects.get(task, ""), name=task, detail=metric_name(metric, task), cells=cells, lower=lower))
    return _table(columns, rows, reasons, frozenset())


def metric_matrix(results: Sequence[Result], colors: Palette) -> MatrixTable | None:
    """The scenario x metric matrix of all models, as HELM draws it; None unless scenarios share metrics."""
    by_model = matrices(results)
    first = next(iter(by_model.values()), None)
    if first is None or len(first.columns) < 2 or len(first.rows) < 2:
        return None
    scales = {name: scale_of(name, [one for each in results if (one := each.metrics.get(name)) is not None], whole=True) for name in first.columns}  # fmt: skip
    lower = frozenset(name for result in results for name in result.lower_is_better)
    reasons: dict[str, int] = {}
    rows = []
    for at, scenario in enumerate(first.rows):
        for model, matrix in by_model.items():
            cells = tuple(
                _cell(cell.estimate, cell.reason, scales[name], reasons, lower=name in lower)
                for name, cell in zip(first.columns, matrix.cells[at], strict=True)
            )
            rows.append(MatrixRow(group="", name=scenario, detail=model if len(by_model) > 1 else "", cells=cells))
    table = _table(first.columns, rows, reasons, lower)
    return table if table.filled >= SHARED * table.cells else None


def _table(columns: tuple[str, ...], rows: list[MatrixRow], reasons: Mapping[str, int], lower: frozenset[str]) -> MatrixTable:
    cells = [cell for row in rows for cell in row.cells]
    filled = sum(cell.note is None for cell in cells)
    return MatrixTable(columns=columns, rows=tuple(rows), filled=filled, cells=len(cells), lower_is_better=lower, reasons=tuple(reasons))


def _why(run: Result | None, estimate: Estimate | None, metric: str) -> str | None:
    if run is None:
        return "not run"
    return f"the run does not measure {metric}" if estimate is None else estimate.reason


def _cell(estimate: Estimate | None, reason: str | None, scale: Scale, reasons: dict[str, int], *, lower: bool) -> MatrixCell:
    if estimate is None or estimate.value is None:
        return MatrixCell(text=EMPTY, note=reasons.setdefault((reason or "no number").rstrip("."), len(reasons) + 1))
    good = 1.0 - estimate.value if lower else estimate.value
    return MatrixCell(
        text=scale.text(estimate.value),
        interval=interval(estimate, scale),
        n=estimate.n,
        coverage=share(estimate.coverage) if estimate.coverage < 1.0 else None,
        tint=min(9, max(0, int(good * 10))) if scale.is_share else None,
    )
