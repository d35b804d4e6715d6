"""The middle of a report: training curves, slices, the matrix, what went wrong, what was run; plain data for the page to lay out."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from assay.core.estimate import Estimate
from assay.core.run import Result
from assay.metrics import matrices
from assay.report.charts import Series, line_band, whiskers
from assay.report.ranks import Board
from assay.report.words import EMPTY, Scale, number, scale_of, share

MOST_VALUES = 10
FLAGS = ("empty", "truncated", "refused", "unextractable")


class SliceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a dimension: a number per model, drawn in lanes."""

    label: str
    numbers: tuple[str, ...]
    n: int
    drawing: str


class SliceTable(msgspec.Struct, frozen=True, kw_only=True):
    """One dimension of one task on its deciding metric, the weakest value first; `rest` stands folded."""

    task: str
    metric: str
    dimension: str
    finding: str
    scale: Scale
    rows: tuple[SliceRow, ...]
    rest: tuple[SliceRow, ...]


class MatrixCell(msgspec.Struct, frozen=True, kw_only=True):
    """`tint` is 0..9 for a share, None for no colour; `reason` says why there is no number."""

    text: str
    detail: str
    tint: int | None = None
    reason: str | None = None


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario of one model."""

    scenario: str
    model: str
    cells: tuple[MatrixCell, ...]


class MatrixTable(msgspec.Struct, frozen=True, kw_only=True):
    """Scenarios (and models) by metrics. `reasons` are why cells are empty, with how many."""

    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    filled: int
    cells: int
    models: int
    lower_is_better: frozenset[str]
    reasons: tuple[tuple[str, int], ...]


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What one run's answers and its surroundings did badly."""

    task: str
    model: str
    flags: tuple[int, ...]
    other: str
    unscored: int
    failed: int
    missing: int
    messages: tuple[tuple[str, int, str], ...]


def curves(shown: Sequence[Board], colors: Mapping[str, int]) -> list[str]:
    """A line with its band for each board whose models are three or more steps of one training run."""
    drawn = []
    for board in shown:
        found = [(step_of(one.model), one) for one in board.standings if one.estimate.measurable]
        steps = sorted(((step, one) for step, one in found if step is not None), key=lambda each: each[0][1])
        families = {step[0] for step, _ in steps}
        if len(families) != 1 or len({step[1] for step, _ in steps}) < 3:
            continue
        points = tuple((float(step[1]), one.estimate) for step, one in steps)
        scale = scale_of(board.metric, [one for _, one in points], whole=True)
        first, last = points[0], points[-1]
        title = f"{board.task}, {board.metric}: {_trend(first[1], last[1], scale)}"
        drawn.append(line_band(title, [Series(label="", points=points)], scale, x_label=families.pop().strip("/-_: ").rpartition("/")[2]))
    return drawn


def step_of(model: str) -> tuple[str, int] | None:
    """(what a checkpoint's name begins with, its step); None for a name that does not end in a number."""
    match = re.fullmatch(r"(.*?[^\d.])(\d{1,9})", model)
    return (match[1], int(match[2])) if match else None


def _trend(first: Estimate, last: Estimate, scale: Scale) -> str:
    """The finding of a curve: it rises or falls only where the intervals at its ends do not touch."""
    ends = f"from {scale.text(first.value)} to {scale.text(last.value)}"
    if last.low is not None and first.high is not None and last.low > first.high:
        return f"rises {ends}"
    if last.high is not None and first.low is not None and last.high < first.low:
        return f"falls {ends}"
    return f"no change for sure, {ends}"


def slice_tables(results: Sequence[Result], colors: Mapping[str, int]) -> list[SliceTable]:
    """A table per task and dimension, all models in each row."""
    tasks: dict[str, list[Result]] = {}
    for result in results:
        tasks.setdefault(result.task, []).append(result)
    tables = []
    for task, runs in tasks.items():
        metric = next(iter(runs[0].metrics), None)
        for dimension in dict.fromkeys(name for run in runs for name in run.slices):
            if metric is not None and (table := _slice_table(task, metric, dimension, runs, colors)) is not None:
                tables.append(table)
    return tables


def _slice_table(task: str, metric: str, dimension: str, runs: Sequence[Result], colors: Mapping[str, int]) -> SliceTable | None:
    values = dict.fromkeys(value for run in runs for value in run.slices.get(dimension, {}))
    found = {value: [run.slices.get(dimension, {}).get(value, {}).get(metric) for run in runs] for value in values}
    known = {value: row for value, row in found.items() if any(one is not None and one.measurable for one in row)}
    if not known:
        return None
    scale = scale_of(metric, [one for row in known.values() for one in row if one is not None])
    order = sorted(known, key=lambda value: _mean(known[value]), reverse=any(metric in run.lower_is_better for run in runs))
    palette = [colors[run.model] for run in runs]
    rows = [
        SliceRow(
            label=value,
            numbers=tuple(number(one, scale) if one is not None else EMPTY for one in known[value]),
            n=max((one.n for one in known[value] if one is not None), default=0),
            drawing=whiskers(known[value], scale, palette, lane=20),
        )
        for value in order
    ]
    return SliceTable(
        task=task,
        metric=metric,
        dimension=dimension,
        finding=f"weakest: {order[0]}" if len(order) > 1 else "",
        scale=scale,
        rows=tuple(rows[:MOST_VALUES]),
        rest=tuple(rows[MOST_VALUES:]),
    )


def _mean(row: Sequence[Estimate | None]) -> float:
    numbers = [one.value for one in row if one is not None and one.value is not None]
    return sum(numbers) / len(numbers) if numbers else 0.0


def matrix_table(results: Sequence[Result]) -> MatrixTable | None:
    """The scenario x metric matrix of all models; None where it would be a single cell per model."""
    by_model = matrices(results)
    if not by_model:
        return None
    first = next(iter(by_model.values()))
    if len(first.columns) == 1 and len(first.rows) == 1:
        return None
    scales = {
        name: scale_of(name, [one for result in results if (one := result.metrics.get(name)) is not None], whole=True)
        for name in first.columns
    }
    lower = frozenset(name for result in results for name in result.lower_is_better)
    rows, reasons = [], dict[str, int]()
    for at, scenario in enumerate(first.rows):
        for model, matrix in by_model.items():
            cells = []
            for name, cell in zip(first.columns, matrix.cells[at], strict=True):
                if not cell.filled:
                    why = "not a metric of the task" if cell.reason and " does not measure " in cell.reason else cell.reason or "no number"
                    reasons[why] = reasons.get(why, 0) + 1
                cells.append(_matrix_cell(cell.estimate, cell.reason, scales[name], lower=name in lower))
            rows.append(MatrixRow(scenario=scenario, model=model, cells=tuple(cells)))
    total = len(rows) * len(first.columns)
    return MatrixTable(
        columns=first.columns,
        rows=tuple(rows),
        filled=total - sum(reasons.values()),
        cells=total,
        models=len(by_model),
        lower_is_better=lower,
        reasons=tuple(sorted(reasons.items(), key=lambda each: -each[1])),
    )


def _matrix_cell(estimate: Estimate | None, reason: str | None, scale: Scale, *, lower: bool) -> MatrixCell:
    if estimate is None or estimate.value is None:
        return MatrixCell(text=EMPTY, detail=reason or "no number", reason=reason or "no number")
    tint = None
    if scale.is_share:
        good = 1.0 - estimate.value if lower else estimate.value
        tint = min(9, int(good * 10))
    detail = f"{number(estimate, scale)}, n {estimate.n:,}, coverage {share(estimate.coverage)}"
    return MatrixCell(text=scale.text(estimate.value), detail=detail, tint=tint)


def troubles(results: Sequence[Result]) -> list[Trouble]:
    """One row per run in which anything at all went wrong."""
    found = []
    for each in results:
        missing = max(0, each.planned - each.scored - each.unscored - each.failed)
        if not (each.flags or each.failed or each.unscored or missing):
            continue
        other = ", ".join(f"{name} {count:,}" for name, count in each.flags.items() if name not in FLAGS)
        messages = tuple((kind, count, each.errors.get(kind, "")[:400]) for kind, count in each.failures.items())
        flags = tuple(each.flags.get(name, 0) for name in FLAGS)
        found.append(
            Trouble(
                task=each.task, model=each.model, flags=flags, other=other, unscored=each.unscored,
                failed=each.failed, missing=missing, messages=messages,
            )
        )  # fmt: skip
    return found
