"""One task over time: every run's estimate on one axis, and what changed since the run before, on a terminal and on a page."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from assay.core.estimate import Estimate
from assay.report.charts import Series, line_band
from assay.report.compare import Comparison, moved, phrases
from assay.report.grids import LEAST_AXIS, draw, grid
from assay.report.words import count, interval, metric_name, plain, scale_of, share

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_AXIS = 40
SECONDS_PER_DAY = 86_400.0


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the task: when, of which model, what it came to, under which tags. `change` is the paired difference to the run before it of the same model;
    `break_` says what is not the same as before (other samples, other scorers), so that a step there is none of the model's."""

    created: str
    model: str
    estimate: Estimate
    run_dir: str
    tags: tuple[str, ...] = ()
    change: Comparison | None = None
    break_: str | None = None

    @property
    def day(self) -> float:
        """Days since 1970, for an axis."""
        return datetime.fromisoformat(self.created).timestamp() / SECONDS_PER_DAY


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of one task on one metric, the oldest first."""

    task: str
    metric: str
    points: tuple[Point, ...]
    lower_is_better: bool = False

    @property
    def models(self) -> list[str]:
        """The models, as they first come up."""
        return list(dict.fromkeys(each.model for each in self.points))


def history_table(history: History, width: int) -> "Iterator[RenderableType]":
    """A row for each run: when, its estimate drawn, what changed."""
    from rich.text import Text

    scale = scale_of(history.metric, [each.estimate for each in history.points], whole=True)
    arrow = " ↓ lower is better" if history.lower_is_better else ""
    yield Text(
        plain(f"{history.task} · {metric_name(history.metric, history.task)}{arrow} · {count(len(history.points), 'run')}"), style="bold"
    )
    for model in history.models:
        own = [each for each in history.points if each.model == model]
        yield Text(plain(f"\n{model}"), style="bold")
        numbers = [scale.text(each.estimate.value) for each in own]
        ends = [interval(each.estimate, scale) for each in own]
        axis = max(LEAST_AXIS, min(MOST_AXIS, width - 18 - max(map(len, numbers)) - max(map(len, ends)) - 36))
        table = grid()
        for point, value, written in zip(own, numbers, ends, strict=True):
            number = Text.assemble((f"{value:>{max(map(len, numbers))}}", "bold"), f" {written}")
            table.add_row(Text(moment(point.created), style="dim"), number, draw(point.estimate, scale, axis), Text(plain(said(point))))
        yield table


def moment(created: str) -> str:
    """A time in this machine's zone, to the minute."""
    return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")


def said(point: Point) -> str:
    """What changed at a run, in words; with its tags, and its coverage where that is not whole."""
    parts = []
    if point.break_ is not None:
        parts.append(f"not as before: {point.break_}")
    elif point.change is not None:
        told = " ".join(phrases(point.change))
        parts.append(f"{moved(point.change)} {told}" if point.change.difference.measurable else told)
    if point.estimate.coverage < 1.0:
        parts.append(f"coverage {share(point.estimate.coverage)}")
    return " · ".join([*parts, *(f"#{tag}" for tag in point.tags)])


def history_chart(history: History) -> str:
    """The estimates over time as SVG: a line with its band for each model."""
    scale = scale_of(history.metric, [each.estimate for each in history.points])
    series = [
        Series(label=model, points=tuple((each.day, each.estimate) for each in history.points if each.model == model), color=place)
        for place, model in enumerate(history.models)
    ]
    return line_band(headline(history), series, scale, x_text=day_text, width=760, height=260)


def headline(history: History) -> str:
    """The finding: what changed from the first run to the last, or that nothing shows."""
    name = metric_name(history.metric, history.task)
    steps = [each for each in history.points if each.change is not None and each.change.verdict in ("better", "worse")]
    if not steps:
        return f"{history.task}, {name}: no change that shows, in {count(len(history.points), 'run')}"
    last = steps[-1]
    times = f"; {count(len(steps), 'change')} in all" if len(steps) > 1 else ""
    return f"{history.task}, {name}: {last.model} {last.change.verdict if last.change else ''} on {last.created[:10]}{times}"


def day_text(day: float) -> str:
    """A day on an axis."""
    return datetime.fromtimestamp(day * SECONDS_PER_DAY).astimezone().strftime("%Y-%m-%d")


def history_page(histories: Sequence[History]) -> str:
    """The page of a task's histories: a chart and a table for each metric."""
    from importlib.metadata import version

    from assay.report.html import environment

    parts = [
        {
            "chart": history_chart(each),
            "metric": metric_name(each.metric, each.task),
            "rows": [
                {
                    "it": point,
                    "number": number_of(point, each),
                    "moment": moment(point.created),
                    "said": said(point),
                    "folder": point.run_dir.rstrip("/").rpartition("/")[2],
                }
                for point in reversed(each.points)
            ],
        }
        for each in histories
    ]
    headlines = [headline(each) for each in histories]
    return (
        environment()
        .get_template("history.html.j2")
        .render(version=version("assay"), task=histories[0].task, headlines=headlines, parts=parts)
    )


def number_of(point: Point, history: History) -> str:
    """A run's estimate with its interval."""
    scale = scale_of(history.metric, [each.estimate for each in history.points])
    return f"{scale.text(point.estimate.value)} {interval(point.estimate, scale)}"
