"""History: the runs of one task below a folder, in order of time, with what changed from one to the next."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from assay.api.comparing import compare
from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.core.run import Manifest, Result
from assay.report.compare import Comparison
from assay.report.history import History, Point
from assay.report.settings import DECISIVE
from assay.store import Indexed, indexed

if TYPE_CHECKING:
    import duckdb

MOST_STEPS = 40
"""Of each model the last runs that are compared with the one before: each comparison reads both journals."""


def history_of(task: str, *, log_dir: str = "runs", model: str | None = None, metric: str | None = None) -> list[History]:
    """The runs of a task, metric by metric. Raises UsageError where there is none, saying which tasks there are."""
    found = [each for each in indexed(log_dir) if each.run.manifest is not None and each.run.result is not None]
    own = [each for each in reversed(found) if manifest_of(each).task == task and model in (None, manifest_of(each).model)]
    if not own:
        there = sorted({manifest_of(each).task for each in found})
        whom = f" on {model}" if model else ""
        raise UsageError(f"{log_dir} holds no finished run of '{task}'{whom}.", remedy=suggest(task, there))
    metrics = list(dict.fromkeys(name for each in own for name in result_of(each).metrics))
    if metric is not None and metric not in metrics:
        raise UsageError(f"No run of '{task}' has the metric '{metric}'.", remedy=suggest(metric, metrics))
    changes = steps(own)
    wanted = metrics if metric is None else [metric]
    return [each for name in wanted if (each := of_metric(task, name, own, changes)).points]


def steps(own: Sequence[Indexed]) -> dict[tuple[str, str], Comparison]:
    """(run folder, metric) -> its difference to the run before of the same model. Each pair of neighbours is a family of its own: the question is what
    one step did."""
    found: dict[tuple[str, str], Comparison] = {}
    for model in dict.fromkeys(manifest_of(each).model for each in own):
        line = [each for each in own if manifest_of(each).model == model][-MOST_STEPS - 1 :]
        for before, after in pairwise(line):
            if unlike(manifest_of(before), manifest_of(after)) is None:
                found.update({(after.run.path, row.metric): row for row in compare([before.run.path, after.run.path])})
    return found


def of_metric(task: str, metric: str, own: Sequence[Indexed], changes: dict[tuple[str, str], Comparison]) -> History:
    """One metric's history."""
    points, last = [], dict[str, Manifest]()
    for each in own:
        manifest, estimate = manifest_of(each), result_of(each).metrics.get(metric)
        if estimate is None or not estimate.measurable:
            continue
        before = last.get(manifest.model)
        last[manifest.model] = manifest
        points.append(
            Point(
                created=manifest.created,
                model=manifest.model,
                estimate=estimate,
                run_dir=each.run.path,
                tags=each.tags,
                change=changes.get((each.run.path, metric)),
                break_=None if before is None else unlike(before, manifest),
            )
        )
    return History(
        task=task, metric=metric, points=tuple(points), lower_is_better=any(metric in result_of(each).lower_is_better for each in own)
    )


def unlike(before: Manifest, after: Manifest) -> str | None:
    """Why a step between two runs is none of the model's, or None."""
    parts = [meaning for part, meaning in DECISIVE.items() if before.fingerprints.get(part) != after.fingerprints.get(part)]
    return "; ".join(parts) or None


def manifest_of(found: Indexed) -> Manifest:
    """The manifest of a run that has one."""
    assert found.run.manifest is not None
    return found.run.manifest


def result_of(found: Indexed) -> Result:
    """The result of a run that has one."""
    assert found.run.result is not None
    return found.run.result


def runs(log_dir: str = "runs", **columns: Any) -> "duckdb.DuckDBPyRelation":
    """What all runs below a folder came to, a row for each run and metric, as a DuckDB relation: `.df()` makes it a pandas frame, `.pl()` a Polars one,
    `.filter("value > 0.8")`, `.order("created")`, `.fetchall()` work as they are. `columns` choose rows: runs(task="gsm8k", model="tiny/latest").

    The columns are those of `assay.store.index.COLUMNS`. Raises UsageError for a column that is not there.
    """
    from assay.store.index import COLUMNS, database, quoted

    for name in columns:
        if name not in COLUMNS:
            raise UsageError(f"Runs have no column '{name}'.", remedy=suggest(name, list(COLUMNS)))
    relation = database(log_dir).table("runs")
    for name, value in columns.items():
        relation = relation.filter(f"{name} is null" if value is None else f"{name} = {quoted(str(value))}")
    return relation
