"""Comparisons on a page: one forest for each pair of runs, tasks as rows, one axis around zero; what changed stands folded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from assay.report.charts import whisker
from assay.report.compare import Comparison, difference_scale, moved, sentence
from assay.report.overview import grid_step
from assay.report.readings import FLIP_LIMIT, Reading, reading
from assay.report.words import Scale, listing, nice_step
from assay.store import Flips, Record

if TYPE_CHECKING:
    from assay.report.html import Report

FEW_FLIPS, MANY_FLIPS = 3, 8


def pairs(report: "Report", order: Sequence[str]) -> list[dict[str, Any]]:
    """Every pair of runs, the open ones first: the last against the one before it, and the model in front against the next."""
    found: dict[tuple[str, str], list[Comparison]] = {}
    for each in report.comparisons:
        found.setdefault((each.a, each.b), []).append(each)
    last = list(dict.fromkeys(each.model for each in report.results))[-2:]
    eye_catching = {frozenset(last), frozenset(order[:2])}
    is_open = {names: len(found) <= 2 or frozenset(names) in eye_catching for names in found}
    shown = sorted(found, key=lambda names: not is_open[names])
    few = len({(each.task, each.metric) for each in report.comparisons}) > 2
    return [_pair(*names, found[names], report, opened=is_open[names], most=FEW_FLIPS if few else MANY_FLIPS) for names in shown]


def _pair(a: str, b: str, rows: Sequence[Comparison], report: "Report", *, opened: bool, most: int) -> dict[str, Any]:
    flips = [
        {"task": each.task, **_flips(found, most)}
        for each in rows
        if opened and (found := report.flips.get((each.task, each.metric, b, a))) is not None
    ]
    return {
        "a": a,
        "b": b,
        "open": opened,
        "summary": _summary(rows),
        "groups": _groups(rows),
        "changed": [each for each in rows if each.difference.measurable],
        "flips": flips,
        "warnings": _warnings(rows),
    }


def _summary(rows: Sequence[Comparison]) -> str:
    """`7 better, 5 no difference seen`, in the order of concern."""
    verdicts = [each.verdict for each in rows]
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
        found.append({"scale": scale, "grid": grid_step(scale), "rows": drawn})
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
