"""The scenario x metric matrix (HELM): what was measured, and which cells are empty."""

from collections.abc import Sequence

import msgspec

from assay.core.estimate import Estimate
from assay.core.run import Result


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: an estimate (which may itself say why it is not measurable), or None with the reason why nothing was run."""

    estimate: Estimate | None
    reason: str | None = None

    @property
    def filled(self) -> bool:
        """Whether a number stands here."""
        return self.estimate is not None and self.estimate.measurable


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Scenarios in rows, metrics in columns; `cells[row][column]`, every one of them there."""

    model: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


def matrices(results: Sequence[Result]) -> dict[str, Matrix]:
    """One matrix per model over the same rows and columns, so that what one model was not asked shows as empty.

    A row is a scenario; where several tasks share one, or none is named, it is the task. Of two results of the same model and task the
    later one counts.
    """
    labels = _row_labels(results)
    rows = tuple(dict.fromkeys(labels[_key(result)] for result in results))
    columns = tuple(dict.fromkeys(name for result in results for name in result.metrics))
    found: dict[str, dict[str, Result]] = {}
    for result in results:
        found.setdefault(result.model, {})[labels[_key(result)]] = result
    return {
        model: Matrix(
            model=model, rows=rows, columns=columns, cells=tuple(tuple(_cell(own.get(row), name) for name in columns) for row in rows)
        )
        for model, own in found.items()
    }


def _key(result: Result) -> tuple[str | None, str]:
    return result.scenario, result.task


def _row_labels(results: Sequence[Result]) -> dict[tuple[str | None, str], str]:
    tasks: dict[str, set[str]] = {}
    for result in results:
        if result.scenario is not None:
            tasks.setdefault(result.scenario, set()).add(result.task)
    labels = {}
    for scenario, task in map(_key, results):
        alone = scenario is not None and len(tasks[scenario]) == 1
        labels[scenario, task] = (scenario or task) if alone or scenario is None else f"{scenario}/{task}"
    return labels


def _cell(result: Result | None, metric: str) -> Cell:
    if result is None:
        return Cell(estimate=None, reason="not run")
    estimate = result.metrics.get(metric)
    if estimate is None:
        return Cell(estimate=None, reason=f"{result.task} does not measure {metric}")
    return Cell(estimate=estimate, reason=estimate.reason)
