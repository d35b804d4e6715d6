"""The middle of a report: training curves, what went wrong, how far to trust the extraction, what was run; plain data for the page to lay out."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from assay.core.estimate import Estimate
from assay.core.run import Manifest, Result
from assay.report.charts import Series, line_band
from assay.report.palette import Palette, folder_of
from assay.report.ranks import Board
from assay.report.settings import settings_diff
from assay.report.words import Scale, listing, scale_of

FLAGS = ("empty", "truncated", "refused", "unextractable")


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What one run's answers and its surroundings did badly; `label` says whose run it is."""

    task: str
    label: str
    planned: int
    flags: tuple[int, ...]
    other: str
    unscored: int
    failed: int
    missing: int
    messages: tuple[tuple[str, int, str], ...]


def curves(shown: Sequence[Board]) -> list[str]:
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


def troubles(results: Sequence[Result], colors: Palette) -> list[Trouble]:
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
                task=each.task, label=colors.label(each), planned=each.planned, flags=flags, other=other, unscored=each.unscored,
                failed=each.failed, missing=missing, messages=messages,
            )
        )  # fmt: skip
    return found


def differing(manifests: Sequence[Manifest]) -> list[dict[str, Any]]:
    """What differs between the runs of a task; tasks with the same differences stand over one table."""
    tables: dict[Any, list[str]] = {}
    for task in dict.fromkeys(each.task for each in manifests):
        own = [each for each in manifests if each.task == task]
        if rows := settings_diff(own):
            tables.setdefault((tuple(each.model for each in own), rows), []).append(task)
    return [{"tasks": tasks, "columns": columns, "rows": rows} for (columns, rows), tasks in tables.items()]


def every_setting(manifests: Sequence[Manifest]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every setting once: its values, each with the runs that have it (nobody named where all do)."""
    found: dict[str, dict[str, list[Manifest]]] = {}
    for each in manifests:
        for name, value in _settings_of(each).items():
            found.setdefault(name, {}).setdefault(str(value), []).append(each)
    return [(name, [(value, _whose(own, manifests)) for value, own in values.items()]) for name, values in found.items()]


def _settings_of(manifest: Manifest) -> dict[str, Any]:
    card = manifest.card
    facts = {name: value for name, value in manifest.settings.items() if name not in ("task", "model", "command")}
    facts |= {f"{name} (content)": value for name, value in manifest.fingerprints.items()}
    if card is not None:
        facts |= {"source": card.source, "revision": card.revision, "licence": card.licence, "known issues": "; ".join(card.known_issues)}
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _whose(own: Sequence[Manifest], everybody: Sequence[Manifest]) -> str:
    """Whom a value concerns: nobody named for all, else tasks or models where it is all of theirs, else runs."""
    if len(own) == len(everybody):
        return ""
    for part in ("task", "model"):
        names = list(dict.fromkeys(getattr(each, part) for each in own))
        if sum(getattr(each, part) in names for each in everybody) == len(own):
            return listing(names, 3)
    return listing([f"{each.task}, {each.model}" for each in own], 2)


def runs(results: Sequence[Result], colors: Palette) -> list[dict[str, Any]]:
    """One row per run, its folder by its own name."""
    return [{"result": each, "label": colors.label(each), "folder": folder_of(each)} for each in results]
