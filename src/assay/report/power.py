"""Power in words: what a plan or two runs can see, and what to spend the next call on."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from assay.core.estimate import Estimate
from assay.report.charts import Series, line_band
from assay.report.grids import grid
from assay.report.words import Scale, count, metric_name, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

UNBOUNDED = 1_000_000
"""The number of trials that stands for as many as one likes."""
BARS = "▁▂▃▄▅▆▇█"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison that was planned: `samples` find `difference` from `baseline` with `power`, where two models' scores are correlated by `correlation`.

    `variance` is that of one sample's difference, `discordant` the share of samples on which one of the two is right; `by_trials`: trials of each
    sample -> samples needed, where `noise` says that trials of one sample differ.
    """

    samples: int
    difference: float
    baseline: float
    correlation: float
    noise: float
    trials: int
    trials_b: int
    power: float
    alpha: float
    comparisons: int
    design_effect: float
    variance: float
    discordant: float
    by_trials: dict[int, int] = {}
    notes: tuple[str, ...] = ()


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The variance of a sample's difference: `total` as observed; `between` samples and `within` one sample's trials (of either run), None where each
    sample was tried once. `trials` of each run, on average."""

    total: float
    between: float | None = None
    within: tuple[float, float] | None = None
    trials: tuple[float, float] = (1.0, 1.0)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What two runs tell about comparing such models on one metric, or the `reason` why they tell nothing.

    `difference` is theirs, `wanted` the one to find, `needed` the samples for it, `detectable` what these samples find; `by_trials`: trials of each
    sample -> the difference found (1,000,000 stands for as many as one likes).
    """

    task: str
    metric: str
    samples: int
    clusters: int = 0
    difference: float | None = None
    wanted: float | None = None
    detectable: float | None = None
    needed: int | None = None
    design_effect: float | None = None
    correlation: float | None = None
    spread: Spread | None = None
    by_trials: dict[int, float] = {}
    reason: str | None = None


def points(value: float | None) -> str:
    """A difference in points of a hundred."""
    return "—" if value is None else f"{100.0 * value:.1f}"


def plan_lines(plan: Plan, curve: Mapping[int, float]) -> "Iterator[RenderableType]":
    """The plan: the answer first, then what it rests on, then the curve."""
    from rich.text import Text

    yield Text(f"{count(plan.samples, 'sample')} find a difference of {points(abs(plan.difference))} points", style="bold")
    corrected = f", corrected for {plan.comparisons} comparisons" if plan.comparisons > 1 else ""
    yield Text(f"in {plan.power:.0%} of such comparisons, at a level of {plan.alpha:g}{corrected}".replace("%", " %"))
    table = grid()
    table.add_row(Text("accuracies", style="dim"), f"{points(plan.baseline)} and {points(plan.baseline + plan.difference)}")
    table.add_row(
        Text("correlation", style="dim"), f"{plan.correlation:.2f}; one of the two is right on {points(plan.discordant)} % of the samples"
    )
    if plan.design_effect != 1.0:
        table.add_row(Text("groups", style="dim"), f"the variance is {plan.design_effect:g} times that of independent samples")
    if plan.by_trials:
        told = " · ".join(f"{k}: {n:,}" for k, n in plan.by_trials.items())
        table.add_row(Text("trials", style="dim"), f"samples with so many trials of each, {told}")
    for note in plan.notes:
        table.add_row(Text("note", style="yellow"), note)
    yield ""
    yield table
    yield ""
    line = grid()
    line.add_row(Text("samples", style="dim"), *(f"{n:,}" for n in curve))
    line.add_row(
        Text("power", style="dim"), *(f"{BARS[min(7, int(8 * chance))]} {chance:.0%}".replace("%", " %") for chance in curve.values())
    )
    yield line


def seen_lines(seen: Seen) -> "Iterator[RenderableType]":
    """What two runs could see on one metric, and what more samples or trials would buy."""
    from rich.text import Text

    yield Text(plain(f"{seen.task} · {metric_name(seen.metric, seen.task)}"), style="bold")
    if seen.reason is not None or seen.detectable is None:
        yield Text(f"not measurable: {seen.reason}", style="yellow")
        return
    groups = f" in {seen.clusters:,} groups" if seen.clusters < seen.samples else ""
    yield f"{count(seen.samples, 'shared sample')}{groups} find a difference of {points(seen.detectable)} points in 80 of 100 cases"
    if seen.needed is not None:
        more = "enough" if seen.needed <= seen.samples else f"{seen.needed - seen.samples:,} more"
        yield f"a difference of {points(abs(seen.wanted or 0.0))} points needs about {count(seen.needed, 'sample')} ({more})"
    spread = seen.spread
    if spread is None or spread.between is None or spread.within is None:
        yield Text(
            "each sample was tried once: how much of the spread is chance of the trial cannot be told; --trials 2 tells it", style="dim"
        )
        yield "next call  a new sample"
        return
    share = 1.0 - spread.between / spread.total if spread.total else 0.0
    yield f"{share:.0%} of the spread lies between trials of one sample".replace("%", " %")
    told = " · ".join(f"{'any number' if k == UNBOUNDED else k}: {points(found)}" for k, found in seen.by_trials.items())
    if told:
        yield f"these samples with so many trials of each would find  {told}"
    yield "next call  a new sample; a further trial only where the samples are used up"


def power_chart(plan: Plan, curve: Mapping[int, float]) -> str:
    """The power of the plan over the number of samples, as SVG."""
    scale = Scale(factor=100.0, decimals=0, start=0.0, end=1.0)
    dots = tuple((float(n), Estimate(value=chance, low=None, high=None, n=n, clusters=n, method="power")) for n, chance in curve.items())
    title = f"{plan.samples:,} samples find {points(abs(plan.difference))} points in {plan.power:.0%} of cases"
    return line_band(title, [Series(label="power", points=dots)], scale, x_label="samples", width=560, height=240)
