"""Score matrices: a table of one row an item and one column a model, or of one row an answer. Every model becomes a run."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import DatasetError, UsageError, quoted
from assay.core.registry import meant
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Trial
from assay.datasets.formats import kind_of, rows_of
from assay.formats.importers import ImportedRun, Importer
from assay.store.fold import Record

IDS = ("id", "item", "item_id", "sample_id", "question_id", "")
"""What the column of item ids is called, where nobody names it; else it is the first."""
LETTERS = {"c": 1.0, "i": 0.0, "p": 0.5, "n": 0.0, "true": 1.0, "false": 0.0}
"""Inspect's letters (correct, incorrect, partial, no answer) and booleans, as numbers."""
MISSING = ("", "nan", "null", "none", "na", "n/a", "-", "—")
ABOUT = ("cluster", "category", "task", "subject", "skill", "question", "prompt", "input", "target", "group", "language")
"""Columns of these names tell of the item; they are never scores."""


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """What a table holds: `samples` by row, and each model's scores and reasons (None where there is a score) in the same order."""

    samples: list[Sample]
    scores: dict[str, list[float | None]]


def read(
    place: Path,
    *,
    id: str = "",
    task: str = "",
    metric: str = "score",
    metadata: str | Sequence[str] = (),
    cluster: str = "",
    scale: float = 1.0,
    lower_is_better: bool = False,
) -> Iterator[ImportedRun]:
    """One run per model of a CSV, TSV, JSONL, JSON or Parquet table.

    `id` names the column of item ids, `metadata` those that tell of the item, `cluster` the one that names what an item came from; all others are models. Scores lie between 0 and `scale`. A repeated id is another trial of that item. Raises DatasetError for a
    cell that is no score, naming row and column.
    """
    if not 0.0 < scale < math.inf:
        raise UsageError(f"scale is {scale}: it is what a full score counts, and more than 0.")
    rows = rows_of([place])
    about = {*listed(metadata), *([cluster] if cluster else [])}
    matrix = collected(rows.scan(), rows.name, Layout(id=id, about=about, cluster=cluster, scale=scale))
    for model, scores in matrix.scores.items():
        yield ImportedRun(
            task=task or place.name.partition(".")[0],
            model=model,
            tool="a score matrix",
            records=records(matrix.samples, scores, metric),
            lower_is_better=(metric,) if lower_is_better else (),
        )


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns are what; empty where it has to be found out."""

    id: str
    about: set[str]
    cluster: str
    scale: float


def listed(names: str | Sequence[str]) -> tuple[str, ...]:
    """Names in a list, or in one text with commas."""
    return tuple(each.strip() for each in names.split(",") if each.strip()) if isinstance(names, str) else tuple(names)


def collected(rows: Iterator[tuple[int, dict[str, Any]]], name: str, layout: Layout) -> Matrix:
    """The whole table. Raises DatasetError for one that is no matrix."""
    samples: list[Sample] = []
    scores: dict[str, list[float | None]] = {}
    key = ""
    for number, row in rows:
        if not samples:
            key = id_column(list(row), name, layout)
        for model in columns(row, key, layout):
            own = scores.setdefault(model, [None] * len(samples))
            own.append(score_of(row.get(model), f"{name}, row {number}, column '{model}'", layout.scale))
        item = str(row.get(key) if row.get(key) is not None else "").strip()
        if not item:
            raise DatasetError(f"{name}, row {number}: the item has no id in the column '{key}'.", remedy="Give every item an id.")
        samples.append(sample_of(item, row, {*scores, key}, layout.cluster))
        for own in scores.values():
            own.extend([None] * (len(samples) - len(own)))
    if not samples or not scores:
        what = "rows" if not samples else f"column of scores beside '{key}'"
        raise DatasetError(f"{name} has no {what}.", remedy="Expected one row an item: an id, then a column per model.")
    for model, own in scores.items():
        if all(each is None for each in own):
            raise DatasetError(f"{name}: the column '{model}' holds no score.", remedy=f"If it tells of the item: -T metadata={model}")
    return Matrix(samples=samples, scores=scores)


def id_column(names: Sequence[str], table: str, layout: Layout) -> str:
    """The column of item ids. Raises UsageError for a named column that is not there."""
    for wanted in (layout.id, *layout.about):
        if wanted and wanted not in names:
            raise UsageError(
                f"{table} has no column '{wanted}'.", remedy=f"{meant(wanted, list(names))} It has: {', '.join(names)}.".lstrip()
            )
    return layout.id or next((each for each in names if each.lower() in IDS), names[0] if names else "")


def columns(row: dict[str, Any], key: str, layout: Layout) -> list[str]:
    """The columns of a row that are models."""
    return [each for each in row if each != key and each not in layout.about and each.lower() not in ABOUT]


def score_of(cell: Any, where: str, scale: float) -> float | None:
    """A cell as a score between 0 and 1, None where it is empty. Raises DatasetError for what is none."""
    if isinstance(cell, str):
        text = cell.strip().lower()
        if text in MISSING:
            return None
        if text in LETTERS:
            return LETTERS[text]
        try:
            cell = float(text)
        except ValueError:
            raise DatasetError(
                f"{where}: '{quoted(text, 40)}' is no score.",
                remedy="A score is a number, C, I, P or N, true or false, or empty. A column that tells of the item: -T metadata=COLUMN",
            ) from None
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if not isinstance(cell, int | float):
        raise DatasetError(f"{where}: a {type(cell).__name__} is no score.", remedy="A score is a number.")
    value = float(cell) / scale
    if not 0.0 <= value <= 1.0:
        raise DatasetError(f"{where}: {cell:g} lies outside 0..{scale:g}.", remedy="Say what a full score counts: -T scale=100")
    return value


def sample_of(item: str, row: dict[str, Any], used: set[str], cluster: str) -> Sample:
    """What the table tells of an item."""
    about = {name: value for name, value in row.items() if name not in used and value not in (None, "")}
    lowered = {name.lower(): value for name, value in about.items()}
    prompt = next((str(lowered[name]) for name in ("input", "prompt", "question") if name in lowered), "")
    target = lowered.get("target")
    group = about.get(cluster) if cluster else lowered.get("cluster")
    kept = {name: value for name, value in about.items() if name.lower() not in ("input", "prompt", "question", "target", "cluster")}
    return Sample(
        id=item, input=prompt, target=None if target is None else str(target), cluster=None if group is None else str(group), metadata=kept
    )


def records(samples: Sequence[Sample], scores: Sequence[float | None], metric: str) -> Iterator[Record]:
    """A model's column as trials: the second row of an item is its second trial."""
    tried: dict[str, int] = {}
    for sample, value in zip(samples, scores, strict=True):
        number = tried.get(sample.id, 0)
        tried[sample.id] = number + 1
        reason = "the matrix has no score here" if value is None else None
        score = Score(scorer=metric, value=value, reason=reason)
        yield Record(trial=Trial(sample_id=sample.id, number=number, scores=(score,), cluster=sample.cluster), sample=sample)


MATRIX = Importer(
    what="a table: item id, then a column of scores per model (CSV, TSV, JSONL, Parquet)",
    read=read,
    recognises=lambda place: place.is_file() and kind_of(place) in ("csv", "tsv", "parquet") and not place.name.startswith("details_"),
)
