"""Comparisons on a page: one forest for each pair of runs, tasks as rows, one axis around zero; what changed stands folded."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from assay.report.charts import whisker
from assay.report.compare import Comparison, difference_scale, moved, sentence
from assay.report.overview import grid
from assay.report.readings import FLIP_LIMIT, Reading, reading
from assay.report.words import Scale, listing, nice_step
from assay.store import Flips, Record

FlipsByPlace = Mapping[tuple[str, str, str, str], Flips]
"""Flips by (task, metric, b, a)."""

FEW_FLIPS, MANY_FLIPS = 2, 8


def pairs(comparisons: Sequence[Comparison], flips: FlipsByPlace, models: Sequence[str], order: Sequence[str]) -> list[dict[str, Any]]:
    """Every pair of runs, the open ones first: the last of `models` against the one before it, and the first of `order` against the next."""
    found: dict[tuple[str, str], list[Comparison]] = {}
    for each in comparisons:
        found.setdefault((each.a, each.b), []).append(each)
    wanted = {frozenset(models[-2:]), frozenset(order[:2])}
    wanted |= {frozenset(names) for names in list(found)[-1:] if frozenset(models[-2:]) not in map(frozenset, found)}
    is_open = {names: len(found) <= 2 or frozenset(names) in wanted for names in found}
    shown = sorted(found, key=lambda names: not is_open[names])
    most = FEW_FLIPS if len({(each.task, each.metric) for each in comparisons}) > 2 else MANY_FLIPS
    return [_pair(*names, found[names], flips, opened=is_open[names], most=most) for names in shown]


def _pair(a: str, b: str, rows: Sequence[Comparison], flips: FlipsByPlace, *, opened: bool, most: int) -> dict[str, Any]:
    parted = [
        {"task": each.task, **_flips(found, most)} for each in rows if (found := flips.get((each.task, each.metric, b, a))) is not None
    ]
    return {
        "a": a,
        "b": b,
        "open": opened,
        "summary": _summary(rows),
        "groups": _groups(rows),
        "changed": [each for each in rows if each.difference.measurable],
        "flips": parted,
        "warnings": _warnings(rows),
    }


def _summary(rows: Sequence[Comparison]) -> str:
    """`7 better, 5 no difference seen`, in the order of concern."""
    verdicts = [each.verdict for each in rows]
    if len(verdicts) == 1:
        return verdicts[0]
    known = ("worse", "better", *dict.fromkeys(each for each in verdicts if each not in ("worse", "better")))
    return ", ".join(f"{verdicts.count(each)} {each}" for each in known if each in verdicts)


def _groups(rows: Sequence[Comparison]) -> list[dict[str, Any]]:
    """The rows by unit, each unit on an axis of its own: all differences of shares together."""
    units: dict[str, list[Comparison]] = {}
    for each in rows:
        units.setdefault("" if difference_scale(each).is_share else each.metric, []).append(each)
    found = []
    for own in units.values():
        scale = _axis(own)
        drawn = [
            {
                "it": each,
                "value": moved(each).partition(" ")[0],
                "interval": moved(each).partition(" ")[2],
                "verdict": sentence(each).removeprefix(f"{each.metric} {moved(each)} "),
                "drawing": whisker(each.difference, scale, None),
            }
            for each in own
        ]
        found.append({"scale": scale, "grid": grid(scale), "rows": drawn})
    return found


def _axis(rows: Sequence[Comparison]) -> Scale:
    """A scale that holds every interval, with zero in its middle."""
    ends = [abs(end) for each in rows for end in (each.difference.value, each.difference.low, each.difference.high) if end is not None]
    reach = max(ends, default=1.0) or 1.0
    step = nice_step(reach)
    return msgspec.structs.replace(difference_scale(rows[0]), start=-step, end=step)


def _warnings(rows: Sequence[Comparison]) -> list[str]:
    """Each warning once, with the tasks it concerns where it does not concern all."""
    tasks = list(dict.fromkeys(each.task for each in rows))
    found: dict[str, list[str]] = {}
    for each in rows:
        for warning in each.warnings:
            found.setdefault(warning, []).append(each.task)
    return [warning if set(hit) == set(tasks) else f"{warning} ({listing(list(dict.fromkeys(hit)))})" for warning, hit in found.items()]


def _flips(found: Flips, most: int) -> dict[str, Any]:
    """Lost first, then won, then both wrong."""
    kinds = (
        ("lost", found.lost, found.lost_examples),
        ("won", found.won, found.won_examples),
        ("both wrong", found.both_wrong, found.wrong_examples),
    )
    return {
        "metric": found.metric,
        "both": found.both,
        "kinds": [
            {"name": name, "number": number, "flips": [_flip(each.a, each.b) for each in shown[:most]]} for name, number, shown in kinds
        ],
    }


def _flip(before: Record, after: Record) -> dict[str, Reading]:
    return {"before": reading(before, limit=FLIP_LIMIT), "after": reading(after, limit=FLIP_LIMIT)}
