"""Boards as grids for a terminal: a row per metric of one model, models in columns, or models in rows with their ranks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from assay.core.estimate import Estimate
from assay.report.ranks import Board, Standing
from assay.report.words import EMPTY, Scale, interval, listing, number, plain, share

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

LEAST_AXIS, MOST_AXIS = 6, 40


def draw(estimate: Estimate, scale: Scale, width: int) -> str:
    """A dot and its whisker on an axis of `width` characters; all blank where there is no number."""
    cells = [" "] * width
    if estimate.value is None or width < 1:
        return "".join(cells)

    def cell(value: float) -> int:
        return round(scale.place(value) * (width - 1))

    dot = cell(estimate.value)
    if estimate.low is not None and estimate.high is not None:
        low, high = cell(estimate.low), cell(estimate.high)
        for each in range(low, high + 1):
            cells[each] = "─"
        cells[low], cells[high] = "├", "┤"
    cells[dot] = "●"
    return "".join(cells)


def _axis_head(scale: Scale, width: int) -> str:
    start, end = (scale.text(each).removesuffix(".0") for each in (scale.start, scale.end))
    return f"{start}{end:>{max(1, width - len(start))}}"


def _title(board: Board) -> str:
    return f"{board.task} · {board.metric}" + (" ↓" if board.lower_is_better else "")


def _labels(shown: Sequence[Board]) -> list[str]:
    """What a row is called: of one task the metric; of several the task, and behind it the metric from the second one on."""
    several = len({board.task for board in shown}) > 1
    seen: set[str] = set()
    labels = []
    for board in shown:
        name = board.metric if not several else f"{board.task} {board.metric}" if board.task in seen else board.task
        seen.add(board.task)
        labels.append(name + (" ↓" if board.lower_is_better else ""))
    return labels


def grid() -> "Table":
    """An empty grid with two blanks between its columns."""
    from rich.table import Table

    return Table.grid(padding=(0, 2, 0, 0))


def rows(shown: Sequence[Board], width: int) -> "RenderableType":
    """One model: a row per task and metric, with number, drawing, n and coverage."""
    from rich.cells import cell_len
    from rich.text import Text

    labels = _labels(shown)
    scales = _shared(shown)
    numbers = [number(board.standings[0].estimate, scale) for board, scale in zip(shown, scales, strict=True)]
    label = min(max(map(cell_len, labels)), max(12, width // 3))
    axis = max(LEAST_AXIS, min(MOST_AXIS, width - label - max(map(len, numbers)) - 26))
    same = len({(scale.start, scale.end, scale.factor) for scale in scales}) == 1
    table = grid()
    table.add_column(max_width=label, overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, justify="right")
    heads = ("", "", _axis_head(scales[0], axis) if same else "", "n", "coverage")
    table.add_row(*(Text(each, style="dim") for each in heads))
    for name, board, scale, text in zip(labels, shown, scales, numbers, strict=True):
        found = board.standings[0].estimate
        drawing = Text(draw(found, scale, axis), style="cyan")
        table.add_row(Text(plain(name)), _bold_value(text), drawing, Text(f"{found.n:,}", style="dim"), _coverage(board.standings[0]))
    return table


def _shared(shown: Sequence[Board]) -> list[Scale]:
    """Each row's scale; all shares on one axis from 0 to 100, so that rows can be read against each other."""
    import msgspec

    return [msgspec.structs.replace(board.scale, start=0.0, end=1.0) if board.scale.is_share else board.scale for board in shown]


def _bold_value(text: str) -> "Text":
    from rich.text import Text

    value, blank, rest = text.partition(" ")
    return Text.assemble((value, "bold"), blank, rest)


def _coverage(standing: Standing) -> "Text":
    from rich.text import Text

    found = standing.estimate
    if found.coverage >= 1.0:
        return Text("100 %", style="dim")
    return Text(share(found.coverage), style="red" if standing.why is not None else "yellow")


def axis_width(shown: Sequence[Board], models: int, width: int) -> int:
    """How many characters of drawing each of `models` columns leaves room for."""
    from rich.cells import cell_len

    label = max(map(cell_len, [*_labels(shown), "coverage"]))
    return min(MOST_AXIS + 20, (width - min(label, 22)) // models - 2 - _value_width(shown) - 1)


def _value_width(shown: Sequence[Board]) -> int:
    return max((len(board.scale.text(one.estimate.value)) for board in shown for one in board.standings), default=4)


def columns(shown: Sequence[Board], models: Sequence[str], width: int) -> "RenderableType":
    """Models in columns, a row per task and metric, every cell with its own drawing on the axis of its row."""
    from rich.text import Text

    axis = axis_width(shown, len(models), width)
    values = _value_width(shown)
    brackets = max((len(interval(one.estimate, board.scale)) for board in shown for one in board.standings), default=0)
    written = axis - brackets - 1 >= LEAST_AXIS
    axis = axis - brackets - 1 if written else axis
    table = grid()
    table.add_column(max_width=22, overflow="fold")
    for _ in models:
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=values + 1 + axis + (brackets + 1 if written else 0))
    short = _short(models)
    table.add_row("", *(Text(plain(each), style="bold") for each in short))
    scales = _shared(shown)
    if len({(scale.start, scale.end, scale.factor) for scale in scales}) == 1:
        head = " " * (values + 1 + (brackets + 1 if written else 0)) + _axis_head(scales[0], axis)
        table.add_row("", *(Text(head, style="dim") for _ in models))
    for name, board, scale in zip(_labels(shown), shown, scales, strict=True):
        own = {each.model: each for each in board.standings}
        cells = [_cell(own.get(model), scale, values, axis, brackets if written else 0) for model in models]
        table.add_row(Text(plain(name)), *cells)
    table.add_row(Text("coverage", style="dim"), *(_lowest(shown, model) for model in models))
    return table


def _cell(standing: Standing | None, scale: Scale, values: int, axis: int, brackets: int) -> "Text":
    from rich.text import Text

    if standing is None or standing.estimate.value is None:
        return Text(f"{EMPTY:>{values}}", style="dim")
    found = standing.estimate
    text = Text(f"{scale.text(found.value):>{values}} ", style="bold")
    if brackets:
        text.append(f"{interval(found, scale):<{brackets}} ", style="not bold")
    return text.append(draw(found, scale, axis), style="not bold cyan" if standing.first is not None else "not bold dim")


def _lowest(shown: Sequence[Board], model: str) -> "Text":
    own = [one for board in shown for one in board.standings if one.model == model]
    return _coverage(min(own, key=lambda one: one.estimate.coverage))


def _short(models: Sequence[str]) -> list[str]:
    """Names without the path they all share."""
    first, *_ = models
    cut = first.rfind("/") + 1
    while cut > 0 and not all(each.startswith(first[:cut]) for each in models):
        cut = first.rfind("/", 0, cut - 1) + 1
    return [each[cut:] for each in models]


def not_told_apart(shown: Sequence[Board], order: Sequence[str]) -> "Iterator[Text]":
    """A line per group of models among whom nobody is ahead for sure, with the rows it holds for."""
    from rich.text import Text

    together: dict[tuple[str, ...], list[str]] = {}
    short = dict(zip(order, _short(order), strict=True))
    for name, board in zip(_labels(shown), shown, strict=True):
        for start, end in board.groups:
            group = {one.model for one in board.standings[start : end + 1]}
            together.setdefault(tuple(short[model] for model in order if model in group), []).append(name.removesuffix(" ↓"))
    for models, names in together.items():
        yield Text(plain(f"not told apart: {listing(models, 8)} (on {listing(names, 8)})"), style="dim")


def leaderboard(board: Board, width: int, *, gap: bool) -> "Iterator[RenderableType]":
    """One task and metric with any number of models: rank range, bracket, model, number, drawing, coverage."""
    from rich.cells import cell_len
    from rich.text import Text

    numbers = [number(one.estimate, board.scale) for one in board.standings]
    names = _short([one.model for one in board.standings])
    name = min(max(map(cell_len, names)), max(12, width // 3))
    axis = max(LEAST_AXIS, min(MOST_AXIS, width - name - max(map(len, numbers)) - 24))
    table = grid()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(max_width=name, overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    dim = [Text(each, style="dim") for each in ("", "", "", "", _axis_head(board.scale, axis), "coverage")]
    table.add_row(*dim)
    for index, (one, text, shown) in enumerate(zip(board.standings, numbers, names, strict=True)):
        drawing = Text(draw(one.estimate, board.scale, axis), style="cyan" if one.first is not None else "dim")
        table.add_row(one.rank, _bracket(board, index), Text(plain(shown)), _bold_value(text), drawing, _coverage(one))
    yield Text(("\n" if gap else "") + plain(_title(board)), style="bold")
    yield table


def _bracket(board: Board, index: int) -> str:
    """The piece of a bracket beside a row; where groups overlap, the first one is drawn and the ranks say the rest."""
    free = -1
    for start, end in board.groups:
        if start > free:
            if start <= index <= end:
                return "┌" if index == start else "└" if index == end else "│"
            free = end
    return " "
