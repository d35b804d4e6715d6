"""Comparisons on a terminal: a list in columns below the results of a run, or each pair whole, with what both reached."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from assay.core.run import Manifest, Result
from assay.report.compare import MOVED, Comparison, corrected, counts, moved, phrases
from assay.report.grids import LEAST_AXIS, draw, grid
from assay.report.settings import CONTENT, plain_name, settings_diff
from assay.report.standings import GAP, HUES, axis_head
from assay.report.words import EMPTY, interval, metric_name, plain, scale_of, share

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

MOST_AXIS = 30
LEAST_VERDICT = 22
"""Room for the longest phrase of a usual verdict, `(could have seen 42.6)`."""

MOST_SETTINGS = 8


def comparison_list(family: Sequence[Comparison], listed: Sequence[Comparison], width: int) -> "Iterator[RenderableType]":
    """The `listed` ones of a family: task, metric, difference with its interval, verdict; a verdict breaks between its phrases only."""
    from rich.text import Text

    if not listed:
        return
    for (a, b), own in _by_pair(listed).items():
        names = {row.name for row in own}
        only = f" · {own[0].task}" if len({row.task for row in own}) == 1 else ""
        yield Text(plain(f"\n{a} against {b}{only}"), style="bold")
        yield _columns(own, width, several=len(names) > 1)
        for warning in dict.fromkeys(warning for row in own for warning in row.warnings):
            yield Text.assemble(("caution  ", "yellow"), plain(warning))
    told = corrected(family)
    if told:
        others = len({(each.a, each.b) for each in family}) - len({(each.a, each.b) for each in listed})
        rest = f" · {others:,} more {'pair' if others == 1 else 'pairs'} in the report" if others else ""
        yield Text(f"{told}{rest}", style="dim")


def _by_pair(comparisons: Sequence[Comparison]) -> dict[tuple[str, str], list[Comparison]]:
    pairs: dict[tuple[str, str], list[Comparison]] = {}
    for each in comparisons:
        pairs.setdefault((each.a, each.b), []).append(each)
    return pairs


def _columns(own: Sequence[Comparison], width: int, *, several: bool) -> "RenderableType":
    from rich.cells import cell_len
    from rich.console import Group
    from rich.text import Text

    labels = [row.name if several else "" for row in own]
    metrics = [metric_name(row.metric, row.task) for row in own]
    numbers = [_aligned(row, own) for row in own]
    label, metric, number = max(map(cell_len, labels)), max(map(cell_len, metrics)), max(map(len, numbers))
    fixed = (label + GAP if several else 0) + metric + GAP + number + GAP
    beside = width - fixed >= LEAST_VERDICT
    table = grid()
    for wide in (*([label] if beside and several else []), *([metric] if beside else []), None, None):
        table.add_column(max_width=wide, overflow="fold", no_wrap=wide is None)
    pieces: list[RenderableType] = [table]
    seen = ""
    for row, name, what, text in zip(own, labels, metrics, numbers, strict=True):
        free = width - fixed if beside else max(12, width - number - GAP)
        number_cell = Text(text, style="" if row.verdict in MOVED else "dim")
        verdict = Text(plain(_filled(phrases(row, named=True), free)), style=_hue(row))
        names = [*([Text(plain(name if name != seen else ""))] if several else []), Text(plain(what), style="dim")]
        seen = name
        if beside:
            table.add_row(*names, number_cell, verdict)
            continue
        table = grid()
        table.add_row(number_cell, verdict)
        pieces += [Text("  ").join(each for each in (Text(plain(name)) if several else Text(), names[-1]) if each), table]
    return Group(*(pieces if beside else pieces[1:]))


def _aligned(row: Comparison, own: Sequence[Comparison]) -> str:
    """The difference with its value flush right among the others."""
    if row.difference.value is None:
        return EMPTY
    values = max(len(moved(each).split(" ")[0]) for each in own)
    value, _, rest = moved(row).partition(" ")
    return f"{value:>{values}} {rest}"


def _hue(row: Comparison) -> str:
    return {"better": "bold green", "worse": "bold red", "not measurable": "yellow", "not certain": "yellow"}.get(row.verdict, "dim")


def _filled(pieces: Sequence[str], width: int) -> str:
    """The phrases on as few lines as they need; broken only where one alone is too long."""
    from textwrap import wrap

    lines: list[str] = []
    for piece in pieces:
        if lines and len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines += wrap(piece, width, break_on_hyphens=False) or [piece]
    return "\n".join(lines)


def pair_blocks(
    comparisons: Sequence[Comparison], results: Sequence[Result], manifests: Sequence[Manifest], width: int
) -> "Iterator[RenderableType]":
    """Each pair of runs once: on each metric what both reached, their difference, and how many samples moved; then what differs between
    the settings, and what endangers the comparison."""
    from rich.text import Text

    by_run = {each.run_dir: each for each in results}
    made = {result.run_dir: manifest for result, manifest in zip(results, manifests, strict=False)}
    pairs: dict[tuple[str, str, str], list[Comparison]] = {}
    for each in comparisons:
        pairs.setdefault((each.a, each.b, each.task), []).append(each)
    for index, ((a, b, task), own) in enumerate(pairs.items()):
        yield Text(("\n" if index else "") + plain(f"{a} against {b} · {task}"), style="bold")
        whole, parts = [row for row in own if row.slice is None], [row for row in own if row.slice is not None]
        for row in whole:
            yield _block(row, by_run, width)
        if parts:
            yield ""
            yield _columns(parts, width, several=True)
        yield from _differing(own[0], made)
        for warning in dict.fromkeys(warning for row in own for warning in row.warnings):
            yield Text.assemble(("caution  ", "yellow"), plain(warning))
    told = corrected(comparisons)
    if told:
        yield Text(f"\n{told}", style="dim")


def _block(row: Comparison, by_run: dict[str, Result], width: int) -> "RenderableType":
    """One metric of one pair: a row for each run, a row for their difference."""
    from rich.cells import cell_len
    from rich.console import Group
    from rich.text import Text

    sides = [(name, by_run[run].metrics[row.metric]) for name, run in ((row.a, row.a_run), (row.b, row.b_run)) if run in by_run]
    scale = scale_of(row.metric, [found for _, found in sides], whole=True)
    labels = [name for name, _ in sides]
    label = min(max([len("difference"), *map(cell_len, labels)]), width * 2 // 5)
    values = max([len(scale.text(found.value)) for _, found in sides] + [len(moved(row).split(" ")[0])])
    written = max([len(interval(found, scale)) for _, found in sides] + [len(moved(row).partition(" ")[2])])
    covered = any(found.coverage < 1.0 for _, found in sides)
    fixed = label + values + written + 1 + 2 * GAP + (8 + GAP if covered else 0)
    axis = max(LEAST_AXIS, min(MOST_AXIS, width - fixed))
    table = grid()
    for wide in (label, None, None, *([None] if covered else [])):
        table.add_column(max_width=wide, overflow="fold", no_wrap=wide is None)
    name = metric_name(row.metric, row.task) + (" ↓" if row.lower_is_better else "")
    head = axis_head([scale], "%" if scale.is_share else "", axis) if sides else ""
    table.add_row(*(Text(plain(each), style="dim") for each in (name, "", head, *(["coverage"] if covered else []))))
    for (model, found), hue in zip(sides, HUES[1::-1], strict=False):
        number = Text.assemble((f"{scale.text(found.value):>{values}}", "bold"), f" {interval(found, scale)}".rstrip())
        coverage = Text(share(found.coverage) if found.coverage < 1.0 else "", style="yellow")
        table.add_row(Text(plain(model)), number, Text(draw(found, scale, axis), style=hue), *([coverage] if covered else []))
    value, _, rest = moved(row).partition(" ")
    verdict = Text(plain(_filled(phrases(row, named=True), max(width - fixed, LEAST_VERDICT))), style=_hue(row))
    table.add_row("difference", Text.assemble((f"{value:>{values}}", "bold"), f" {rest}".rstrip()), verdict)
    if not row.difference.measurable:
        return table
    return Group(table, Text(" " * (label + GAP) + counts(row), style="dim"))


def _differing(row: Comparison, made: dict[str, Manifest]) -> "Iterator[Text]":
    """The settings in which two runs differ, a line each."""
    from rich.text import Text

    if row.a_run not in made or row.b_run not in made:
        return
    found = [
        each
        for each in settings_diff([made[row.a_run], made[row.b_run]])
        if not each.name.endswith(CONTENT) and each.name != "model.weights"
    ]
    for each in found[:MOST_SETTINGS]:
        a, b = (value if value != EMPTY else "not set" for value in each.values)
        yield Text.assemble(("differs  ", "dim"), plain(f"{plain_name(each.name)}: {_cut(a)}, before {_cut(b)}"))
    if len(found) > MOST_SETTINGS:
        yield Text(f"differs  {len(found) - MOST_SETTINGS} more settings: in the report", style="dim")


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
