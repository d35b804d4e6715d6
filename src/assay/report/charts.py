"""Charts: dots with whiskers for the rows of a table, drawn by style; lines with bands as SVG. No library, no script, no network.

Colours are CSS variables (`--ink`, `--soft`, `--line`, `--s1` to `--s8`) with a fallback, so that one chart serves light, dark and paper. The
title states the finding; what is drawn is labelled where it stands. All foreign text is escaped.
"""

from collections.abc import Callable, Sequence
from html import escape

import msgspec

from assay.core.estimate import Estimate
from assay.report.words import Scale, plain, ticks

SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#777777")
"""Okabe and Ito's colours, the light ones last: they stay apart for every kind of colour vision."""

_Place = Callable[[float, float], tuple[float, float]]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a chart: its label and its points (x, estimate), from left to right; `color` is its place in the palette."""

    label: str
    points: tuple[tuple[float, Estimate], ...]
    color: int = 0


def paint(color: int) -> str:
    """The CSS colour of the series `color` (0, 1, ...); beyond the palette they repeat."""
    index = color % len(SERIES)
    return f"var(--s{index + 1}, {SERIES[index]})"


INK, SOFT, LINE = "var(--ink, #1b1c1e)", "var(--soft, #5b5f66)", "var(--line, #e3e3df)"


def _text(x: float | str, y: float, text: str, *, anchor: str = "start", color: str = SOFT, size: int = 12) -> str:
    where = x if isinstance(x, str) else f"{x:.1f}"
    return f'<text x="{where}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}">{escape(plain(text))}</text>'


def whisker(estimate: Estimate | None, scale: Scale, color: int | None, *, faint: bool = False) -> str:
    """A dot with its whisker as wide as the place it stands in, drawn by the page's style: three numbers and a class.

    Those drawn on one scale line up below each other and below `axis`. `faint` marks what stands on too little: its dot is hollow. The
    number and its interval stand beside it as text, so it says nothing to a screen reader. Without a colour it is drawn in ink.
    """
    if estimate is None or estimate.value is None:
        return ""
    places = [("v", estimate.value)]
    if estimate.low is not None and estimate.high is not None:
        places += [("a", estimate.low), ("b", estimate.high)]
    style = ";".join(f"--{name}:{_short(scale.place(value))}" for name, value in places)
    shade = "ink" if color is None else f"c{color % len(SERIES)}"
    look = f"w {shade}{' faint' if faint else ''}{'' if len(places) > 1 else ' bare'}"
    return f'<i class="{look}" style="{style}"></i>'


def _short(place: float) -> str:
    """A place on an axis with what a screen can show of it."""
    return f"{place:.4f}".rstrip("0").rstrip(".") or "0"


def axis(scale: Scale) -> str:
    """The numbers above a column of `whisker`s."""
    found = ticks(scale.start, scale.end)
    decimals = 0 if scale.is_share and all(abs(each * 100 - round(each * 100)) < 1e-6 for each in found) else scale.decimals
    shown = msgspec.structs.replace(scale, decimals=decimals)
    labels = []
    for tick in found:
        place = scale.place(tick)
        side = "l" if place < 0.03 else "r" if place > 0.97 else "m"
        labels.append(f'<b class="{side}" style="--v:{_short(place)}">{escape(plain(shown.text(tick)))}</b>')
    return f'<span class="axis" aria-hidden="true">{"".join(labels)}</span>'


def line_band(
    title: str,
    series: Sequence[Series],
    scale: Scale,
    *,
    x_label: str = "",
    x_text: Callable[[float], str] = "{:,g}".format,
    width: int = 340,
    height: int = 170,
) -> str:
    """Estimates along a number (a training step, a turn, a day): a line, its interval as a band, labelled at its end. `x_text` writes the number."""
    known = [(x, one) for each in series for x, one in each.points if one.value is not None]
    if not known:
        return ""
    left, right, top, bottom = 40.0, 130.0 if len(series) > 1 else 52.0, 8.0, 34.0
    first, last = min(x for x, _ in known), max(x for x, _ in known)

    def at(x: float, value: float) -> tuple[float, float]:
        across = (x - first) / (last - first) if last > first else 0.5
        return left + across * (width - left - right), top + (1 - scale.place(value)) * (height - top - bottom)

    parts = []
    for tick in ticks(scale.start, scale.end, 4):
        y = at(first, tick)[1]
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>')
        parts.append(_text(left - 8, y + 4, scale.text(tick).removesuffix(".0"), anchor="end", size=11))
    for x in _spread(sorted({x for x, _ in known}), 7):
        parts.append(_text(at(x, scale.start)[0], height - bottom + 16, x_text(x), anchor="middle", size=11))
    parts.append(_text((left + width - right) / 2, height - 2, x_label, anchor="middle", size=11))
    for each in series:
        parts.append(_line_of(each, scale, at))
    return _figure(title, "".join(parts), height, width)


def _line_of(series: Series, scale: Scale, at: _Place) -> str:
    color = paint(series.color)
    points = [(x, one) for x, one in series.points if one.value is not None]
    if not points:
        return ""
    upper = [at(x, one.high) for x, one in points if one.high is not None]
    lower = [at(x, one.low) for x, one in points if one.low is not None]
    middle = [at(x, one.value) for x, one in points if one.value is not None]
    parts = [f'<polygon points="{_points([*upper, *reversed(lower)])}" fill="{color}" fill-opacity="0.16"/>']
    parts.append(f'<polyline points="{_points(middle)}" fill="none" stroke="{color}" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>' for x, y in middle]
    end_x, end_y = middle[-1]
    label = f"{scale.text(points[-1][1].value)} {_cut(series.label, 14)}".strip()
    parts.append(_text(end_x + 9, end_y + 4, label, color=INK))
    return "".join(parts)


def _figure(title: str, body: str, height: float, width: int) -> str:
    name = escape(plain(title))
    return (
        f'<figure class="chart"><figcaption>{name}</figcaption>'
        f'<svg role="img" aria-label="{name}" viewBox="0 0 {width} {height:g}" width="100%" font-family="inherit"><title>{name}</title>{body}</svg></figure>'
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _spread(values: Sequence[float], most: int) -> list[float]:
    """At most `most` of the values, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    step = (len(values) - 1) / (most - 1)
    return [values[round(index * step)] for index in range(most)]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(1, limit - 1)] + "…"
