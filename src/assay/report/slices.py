"""Slices on a page: the few that are weaker than the rest of their run for sure, and all of them folded."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import msgspec

from assay.core.estimate import Estimate
from assay.core.run import Result
from assay.report.charts import whisker
from assay.report.overview import grid
from assay.report.palette import Palette
from assay.report.words import EMPTY, count, interval, number, scale_of

ALPHA = 0.05
MOST_WEAK = 3


class Weak(msgspec.Struct, frozen=True, kw_only=True):
    """A slice of one run that is worse than the rest of it: `rest` is the mean outside it, `z` how far the two are apart."""

    dimension: str
    value: str
    run: Result
    estimate: Estimate
    rest: float
    z: float


def slice_sections(results: Sequence[Result], colors: Palette) -> list[dict[str, Any]]:
    """For each task with slices, on its deciding metric: which slices stand out, and a table of all."""
    tasks: dict[str, list[Result]] = {}
    for result in results:
        tasks.setdefault(result.task, []).append(result)
    return [found for task, runs in tasks.items() if (found := _section(task, runs, colors)) is not None]


def weak_slices(runs: Sequence[Result], metric: str) -> tuple[list[Weak], int]:
    """The slices whose difference from the rest of their run is sure after Bonferroni's correction for all slices looked at, and how many those were.

    The difference of two shares has the interval of Newcombe (1998, method 10), built from the intervals the estimates have; that of the
    rest is the run's own, widened for having fewer samples.
    """
    lower = any(metric in run.lower_is_better for run in runs)
    tested = [
        (dimension, value, run, one, run.metrics[metric])
        for run in runs
        if metric in run.metrics
        for dimension, values in run.slices.items()
        for value, found in values.items()
        if (one := found.get(metric)) is not None and one.measurable and one.n < run.metrics[metric].n
    ]
    bound = NormalDist().inv_cdf(1 - ALPHA / 2 / max(1, len(tested)))
    weak = []
    for dimension, value, run, one, whole in tested:
        rest, z = _apart(one, whole, lower=lower)
        if z > bound:
            weak.append(Weak(dimension=dimension, value=value, run=run, estimate=one, rest=rest, z=z))
    return weak, len(tested)


def _apart(one: Estimate, whole: Estimate, *, lower: bool) -> tuple[float, float]:
    """The mean outside a slice, and by how many standard errors the slice is worse; 0 where that cannot be told."""
    if None in (one.value, one.low, one.high, whole.value, whole.low, whole.high):
        return 0.0, 0.0
    value, total = one.value or 0.0, whole.value or 0.0
    others = whole.n - one.n
    rest = min(1.0, max(0.0, (total * whole.n - value * one.n) / others))
    towards = (value - (one.low or 0.0)) if lower else ((one.high or 0.0) - value)
    away = ((whole.high or 0.0) - total) if lower else (total - (whole.low or 0.0))
    unit = NormalDist().inv_cdf(0.5 + one.level / 2)
    error = math.hypot(towards, away * math.sqrt(whole.n / others)) / unit
    gap = value - rest if lower else rest - value
    return rest, gap / error if error > 0 else 0.0


def _section(task: str, runs: Sequence[Result], colors: Palette) -> dict[str, Any] | None:
    metric = next(iter(runs[0].metrics), None)
    dimensions = dict.fromkeys(name for run in runs for name, values in run.slices.items() if len(values) > 1)
    if metric is None or not dimensions:
        return None
    every = [one for run in runs for values in run.slices.values() for found in values.values() if (one := found.get(metric)) is not None]
    if not any(one.measurable for one in every):
        return None
    scale = scale_of(metric, every, whole=True)
    weak, looked = weak_slices(runs, metric) if scale.is_share else ([], 0)
    return {
        "task": task,
        "metric": metric,
        "scale": scale,
        "grid": grid(scale),
        "rows": [
            {
                "slice": f"{each.dimension}: {each.value}",
                "label": colors.label(each.run),
                "color": colors.color(colors.label(each.run)),
                "value": scale.text(each.estimate.value),
                "interval": interval(each.estimate, scale),
                "n": each.estimate.n,
                "rest": scale.text(each.rest),
                "drawing": whisker(each.estimate, scale, colors.color(colors.label(each.run))),
            }
            for each in _shown(weak)
        ],
        "looked": looked,
        "columns": [colors.label(run) for run in runs],
        "dimensions": [{"name": name, "rows": _all(name, runs, metric)} for name in dimensions],
        "size": count(sum(len(_values(name, runs)) for name in dimensions), "slice"),
    }


def _shown(weak: Sequence[Weak]) -> list[Weak]:
    """The weakest slices, each with every run it stands out in; one that repeats another under a second name is left out."""
    found: dict[tuple[str, str], list[Weak]] = {}
    for each in weak:
        found.setdefault((each.dimension, each.value), []).append(each)
    distinct: dict[tuple[Any, ...], list[Weak]] = {}
    for rows in sorted(found.values(), key=lambda rows: -max(each.z for each in rows)):
        distinct.setdefault(tuple((each.run.model, each.estimate.value, each.estimate.n) for each in rows), rows)
    return [each for rows in list(distinct.values())[:MOST_WEAK] for each in rows]


def _values(dimension: str, runs: Sequence[Result]) -> list[str]:
    return list(dict.fromkeys(value for run in runs for value in run.slices.get(dimension, {})))


def _all(dimension: str, runs: Sequence[Result], metric: str) -> list[dict[str, Any]]:
    """Every value of a dimension, a cell per run with the run's own n."""
    rows = []
    for value in _values(dimension, runs):
        cells = []
        for run in runs:
            one = run.slices.get(dimension, {}).get(value, {}).get(metric)
            known = one is not None and one.measurable
            cells.append((number(one, scale_of(metric, [one])), one.n) if known and one is not None else (EMPTY, 0))
        rows.append({"value": value, "cells": cells})
    return rows
