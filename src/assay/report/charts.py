"""Charts as SVG text: dots with whiskers for the rows of a table, lines with bands. No library, no script, no network.

Colours are CSS variables (`--ink`, `--soft`, `--line`, `--s1` to `--s8`) with a fallback, so that one chart serves light, dark and paper. The
title states the finding; what is drawn is labelled where it stands. All foreign text is escaped.
"""

from collections.abc import Callable, Sequence
from html import escape

import msgspec

from assay.core.estimate import Estimate
from assay.report.words import EMPTY, Scale, number, plain, ticks

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


PAPER, INK, SOFT, LINE = "var(--paper, #fdfdfc)", "var(--ink, #1b1c1e)", "var(--soft, #5b5f66)", "var(--line, #e3e3df)"


def _text(x: float | str, y: float, text: str, *, anchor: str = "start", color: str = SOFT, size: int = 12) -> str:
    where = x if isinstance(x, str) else f"{x:.1f}"
    return f'<text x="{where}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}">{escape(plain(text))}</text>'


def _per_cent(place: float) -> str:
    return f"{1 + 98 * place:.2f}%"


def whiskers(
    estimates: Sequence[Estimate | None], scale: Scale, colors: Sequence[int], *, lane: float = 22, faint: Sequence[bool] = ()
) -> str:
    """Dots with their whiskers, one lane of `lane` pixels each, as wide as the place they stand in: the body of a table cell.

    Cells drawn on one scale line up below each other and below `axis`. `faint` marks what stands on too little: its dot is hollow.
    """
    height = lane * max(1, len(estimates)) if lane >= 12 else lane * len(estimates) + 12
    lines = "".join(
        f'<line x1="{_per_cent(scale.place(tick))}" x2="{_per_cent(scale.place(tick))}" y1="0" y2="{height}" stroke="{LINE}"/>'
        for tick in ticks(scale.start, scale.end)
    )
    marks = "".join(
        _whisker(
            each, scale, lane * index + (lane / 2 if lane >= 12 else 6 + lane / 2), paint(color), hollow=index < len(faint) and faint[index]
        )
        for index, (each, color) in enumerate(zip(estimates, colors, strict=True))
        if each is not None
    )
    names = "; ".join(number(each, scale) if each is not None else EMPTY for each in estimates)
    return f'<svg class="whiskers" role="img" aria-label="{escape(names)}" width="100%" height="{height}">{lines}{marks}</svg>'


def _whisker(estimate: Estimate, scale: Scale, y: float, color: str, *, hollow: bool) -> str:
    if estimate.value is None:
        return ""
    parts = []
    if estimate.low is not None and estimate.high is not None:
        low, high = _per_cent(scale.place(estimate.low)), _per_cent(scale.place(estimate.high))
        parts.append(f'<line x1="{low}" x2="{high}" y1="{y}" y2="{y}" stroke="{color}" stroke-width="2"/>')
        parts += [f'<line x1="{end}" x2="{end}" y1="{y - 4}" y2="{y + 4}" stroke="{color}" stroke-width="2"/>' for end in (low, high)]
    look = f'r="4" fill="{PAPER}" stroke="{color}" stroke-width="1.5"' if hollow else f'r="4.5" fill="{color}"'
    parts.append(f'<circle cx="{_per_cent(scale.place(estimate.value))}" cy="{y}" {look}/>')
    return "".join(parts)


def axis(scale: Scale) -> str:
    """The numbers above a column of `whiskers`."""
    found = ticks(scale.start, scale.end)
    decimals = 0 if scale.is_share and all(abs(each * 100 - round(each * 100)) < 1e-6 for each in found) else scale.decimals
    shown = msgspec.structs.replace(scale, decimals=decimals)
    labels = []
    for tick in found:
        place = scale.place(tick)
        anchor = "start" if place < 0.03 else "end" if place > 0.97 else "middle"
        kind = "end" if tick in (found[0], found[-1]) else "mid"
        labels.append(f'<g class="{kind}">{_text(_per_cent(place), 12, shown.text(tick), anchor=anchor, size=11)}</g>')
    return f'<svg class="axis" aria-hidden="true" width="100%" height="16">{"".join(labels)}</svg>'


def line_band(title: str, series: Sequence[Series], scale: Scale, *, x_label: str = "", width: int = 460, height: int = 200) -> str:
    """Estimates along a number (a training step, a turn): a line, its interval as a band, labelled at its end."""
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
        parts.append(_text(at(x, scale.start)[0], height - bottom + 16, f"{x:,g}", anchor="middle", size=11))
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
        f'<svg role="img" aria-label="{name}" viewBox="0 0 {width} {height:g}" width="100%" font-family="inherit">{body}</svg></figure>'
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
