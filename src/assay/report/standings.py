"""Boards on a terminal: every number with its interval in digits, drawn on an axis that its neighbours share, and a rank that is a range."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from assay.report.grids import LEAST_AXIS, draw, grid
from assay.report.ranks import Board, Standing
from assay.report.words import EMPTY, Scale, interval, metric_name, plain, share

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

MOST_ROWS = 6
"""Models of one board that are shown; of more the leading ones and the one named last."""

MOST_AXIS = 40
GAP = 2

HUES = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#f0e442")
"""Okabe and Ito's colours that can be read on black and on white; the same model has the same one in every block."""


def standings_table(shown: Sequence[Board], models: Sequence[str], width: int) -> "RenderableType":
    """Models on tasks: one block for each board, its task and metric beside its models where that leaves room for the drawing, else
    above them. One model has a row for each board."""
    return _rows(shown, width) if len(models) == 1 else _blocks(shown, models, width)


def more_models(shown: Sequence[Board]) -> int:
    """How many models the blocks leave out."""
    return max((len(board.standings) - MOST_ROWS for board in shown if len(board.standings) > MOST_ROWS), default=0)


def short_names(models: Sequence[str]) -> list[str]:
    """Names without the path they all share."""
    first, *_ = models
    cut = first.rfind("/") + 1
    while cut > 0 and not all(each.startswith(first[:cut]) for each in models):
        cut = first.rfind("/", 0, cut - 1) + 1
    return [each[cut:] for each in models]


def axis_head(scales: Sequence[Scale], word: str, width: int) -> str:
    """`0 ── % right ── 100` over drawings that share an axis; nothing over such that do not."""
    if len({(scale.start, scale.end, scale.factor) for scale in scales}) != 1:
        return ""
    start, end = (scales[0].text(each).removesuffix(".0") for each in (scales[0].start, scales[0].end))
    free = width - len(start) - len(end)
    word = word if len(word) + 2 <= free else word[:1]
    if word and free >= len(word) + 6:
        return f"{start} {f' {word} '.center(free - 2, '─')} {end}"
    if word and len(word) + 2 <= free:
        return start + word.center(free) + end
    return start + " " * max(1, free) + end


def on_axis(scale: Scale, scales: Sequence[Scale]) -> bool:
    """Whether a value of this scale may be drawn below the one head there is: where shares are drawn, nothing else is."""
    return scale.is_share or not any(each.is_share for each in scales)


def axis_word(shown: Sequence[Board]) -> str:
    """What the numbers on the axis are."""
    shares = [board for board in shown if board.scale.is_share]
    if not shares:
        return ""
    rates = all(
        one.estimate.method.startswith(("wilson", "clopper-pearson"))
        for board in shares
        for one in board.standings
        if one.estimate.measurable
    )
    return "% right" if rates and not any(board.lower_is_better for board in shares) else "%"


def whole_scales(shown: Sequence[Board]) -> list[Scale]:
    """Each board's scale; of several, all shares on one axis from 0 to 100, so that they can be read against each other."""
    if len(shown) == 1 and len(shown[0].standings) > 1:
        return [shown[0].scale]
    return [msgspec.structs.replace(board.scale, start=0.0, end=1.0) if board.scale.is_share else board.scale for board in shown]


def _blocks(shown: Sequence[Board], models: Sequence[str], width: int) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    names = dict(zip(models, short_names(models), strict=True))
    hues = {model: HUES[index % len(HUES)] for index, model in enumerate(models)}
    sizes = _Sizes(shown, list(names.values()), width)
    scales = whole_scales(shown)
    head = ["rank", "", "", axis_head([scale for scale in scales if scale.is_share] or scales, axis_word(shown), sizes.axis)]
    heads = [_dim(each) for each in [*([""] if sizes.beside else []), *head, *(["coverage"] if sizes.covered else [])]]
    pieces: list[RenderableType] = []
    table = sizes.table()
    table.add_row(*heads)
    for index, (board, scale) in enumerate(zip(shown, scales, strict=True)):
        labels = [Text(plain(board.task), style="bold"), _dim(_metric(board, scale))]
        standings = _chosen(board, names, given=sizes.several)
        if not sizes.beside:
            pieces += [*([table] if index == 0 else []), Text.assemble(labels[0], "  ", labels[1])]
            table = sizes.table()
            pieces.append(table)
        elif index and len(models) > 2:
            table.add_row()
        for row in range(max(len(standings), 2 if sizes.beside else 0)):
            label = [labels[row] if row < 2 else Text()] if sizes.beside else []
            table.add_row(
                *label, *(sizes.cells(standings[row], scale, names, hues, on_axis(scale, scales)) if row < len(standings) else [])
            )
    return Group(*pieces) if pieces else table


def _chosen(board: Board, order: Mapping[str, str], *, given: bool) -> list[Standing]:
    """The standings that are shown, best first, or in the order `given` where blocks stand below each other."""
    found = list(board.standings)
    if len(found) > MOST_ROWS:
        last = max(found, key=lambda one: list(order).index(one.model))
        found = found[:MOST_ROWS] if last in found[:MOST_ROWS] else [*found[: MOST_ROWS - 1], last]
    return sorted(found, key=lambda one: list(order).index(one.model)) if given else found


def _metric(board: Board, scale: Scale) -> str:
    """`exact · n 180`, and what a reader of the axis has to know."""
    sizes = sorted({one.estimate.n for one in board.standings if one.estimate.measurable})
    n = f" · n {sizes[0]:,}" + (f"-{sizes[-1]:,}" if len(sizes) > 1 else "") if sizes else ""
    own = "" if scale.is_share else f" · {scale.text(scale.start)} to {scale.text(scale.end)}"
    return metric_name(board.metric, board.task) + (" ↓" if board.lower_is_better else "") + own + n


class _Sizes:
    """How wide the columns of blocks are."""

    def __init__(self, shown: Sequence[Board], names: Sequence[str], width: int) -> None:
        from rich.cells import cell_len

        standings = [one for board in shown for one in board.standings]
        self.several = len(shown) > 1
        self.covered = any(one.estimate.coverage < 1.0 for one in standings)
        self.values = max(len(board.scale.text(one.estimate.value)) for board in shown for one in board.standings)
        written = max(len(interval(one.estimate, board.scale)) for board in shown for one in board.standings)
        self.written = self.values + 1 + written
        self.ranks = max(4, *(len(one.rank) for one in standings))
        self.name = min(max(map(cell_len, names)), max(12, width // 3))
        fixed = self.ranks + self.name + self.written + 3 * GAP + (8 + GAP if self.covered else 0)
        beside = max(max(cell_len(board.task), cell_len(_metric(board, board.scale))) for board in shown)
        self.beside = width - fixed - beside - GAP >= LEAST_AXIS + 4
        self.label = beside
        self.axis = max(LEAST_AXIS, min(MOST_AXIS, width - fixed - (beside + GAP if self.beside else 0)))

    def table(self) -> "Table":
        """An empty table with the columns of every block."""
        table = grid()
        if self.beside:
            table.add_column(max_width=self.label, overflow="fold")
        table.add_column(justify="right", no_wrap=True, min_width=self.ranks)
        table.add_column(min_width=self.name, max_width=self.name, overflow="fold")
        table.add_column(no_wrap=True, min_width=self.written)
        table.add_column(no_wrap=True, min_width=self.axis)
        if self.covered:
            table.add_column(justify="right", no_wrap=True, min_width=8)
        return table

    def cells(self, one: Standing, scale: Scale, names: Mapping[str, str], hues: Mapping[str, str], drawn: bool) -> "list[Text]":
        """One model's row: rank, name, number, drawing, and coverage where some is missing."""
        from rich.text import Text

        drawing = Text(draw(one.estimate, scale, self.axis) if drawn else "", style=hues[one.model] if one.first is not None else "dim")
        rank = Text(one.rank, style="bold" if one.first == one.last == 1 and not one.alone else "dim" if one.first is None else "")
        found = [rank, Text(plain(names[one.model])), self.number(one, scale), drawing]
        return [*found, *([_coverage(one)] if self.covered else [])]

    def number(self, one: Standing, scale: Scale) -> "Text":
        """`48.3 [41.0, 55.7]`, the values in a column."""
        from rich.text import Text

        if one.estimate.value is None:
            return Text(f"{EMPTY:>{self.values}}", style="dim")
        return Text.assemble((f"{scale.text(one.estimate.value):>{self.values}}", "bold"), f" {interval(one.estimate, scale)}")


def _rows(shown: Sequence[Board], width: int) -> "Table":
    """One model: a row for each task and metric."""
    from rich.cells import cell_len
    from rich.text import Text

    scales = whole_scales(shown)
    tasks = len({board.task for board in shown}) > 1
    labels = [board.task for board in shown] if tasks else [""] * len(shown)
    metrics = [metric_name(board.metric, board.task) + (" ↓" if board.lower_is_better else "") for board in shown]
    values = max(len(scale.text(board.standings[0].estimate.value)) for board, scale in zip(shown, scales, strict=True))
    written = max(len(interval(board.standings[0].estimate, scale)) for board, scale in zip(shown, scales, strict=True))
    covered = any(board.standings[0].estimate.coverage < 1.0 for board in shown)
    label, metric = min(max(map(cell_len, labels)), max(12, width // 3)), min(max(map(cell_len, metrics)), max(10, width // 4))
    fixed = (label + GAP if tasks else 0) + metric + values + 1 + written + 6 + 3 * GAP + (8 + GAP if covered else 0)
    axis = max(LEAST_AXIS, min(MOST_AXIS, width - fixed))
    table = grid()
    for wide in (*([label] if tasks else []), metric, None, None):
        table.add_column(max_width=wide, overflow="fold", no_wrap=wide is None)
    for _ in range(2 if covered else 1):
        table.add_column(no_wrap=True, justify="right")
    head = axis_head([scale for scale in scales if scale.is_share] or scales, axis_word(shown), axis)
    table.add_row(*(_dim(each) for each in [*([""] if tasks else []), "", "", head, "n", *(["coverage"] if covered else [])]))
    seen = ""
    for board, scale, name, what in zip(shown, scales, labels, metrics, strict=True):
        one = board.standings[0]
        found = one.estimate
        number = Text.assemble((f"{scale.text(found.value):>{values}}", "bold"), f" {interval(found, scale)}".rstrip())
        drawing = Text(draw(found, scale, axis) if on_axis(scale, scales) else "", style=HUES[0])
        first = [Text(plain(name if name != seen else ""))] if tasks else []
        table.add_row(*first, _dim(what), number, drawing, _dim(f"{found.n:,}"), *([_coverage(one)] if covered else []))
        seen = name
    return table


def _dim(text: str) -> "Text":
    from rich.text import Text

    return Text(plain(text), style="dim")


def _coverage(standing: Standing) -> "Text":
    """Nothing where all was scored: it is said only where it is missing."""
    from rich.text import Text

    found = standing.estimate
    if found.coverage >= 1.0:
        return Text()
    return Text(share(found.coverage), style="red" if standing.why is not None else "yellow")
