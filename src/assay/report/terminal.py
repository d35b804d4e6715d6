"""Results in a terminal: one table with every estimate drawn, what to know about it, one line of what to do next.

Plain in pipes and with NO_COLOR; 80 columns are enough, more are used.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TextIO

from assay.core.estimate import COVERAGE_FLOOR
from assay.core.run import Manifest, Result
from assay.report.compare import Comparison, counts, sentence
from assay.report.findings import extraction, without_rank
from assay.report.grids import LEAST_AXIS, axis_width, columns, grid, leaderboard, not_told_apart, rows
from assay.report.ranks import boards
from assay.report.settings import incomparable
from assay.report.totals import spent, sums
from assay.report.words import count, duration, listing, plain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.text import Text

Remark = tuple[str, str, str | None]
"""A label, a text, a colour: dim, yellow or red."""

MOST_COLUMNS = 4
ASCII = str.maketrans("●├┤─·—−×↓…┌│└", "o||-.--xv.+|+")


def terminal_table(
    results: Sequence[Result],
    *,
    manifests: Sequence[Manifest] = (),
    comparisons: Sequence[Comparison] = (),
    report: str | None = None,
    advice: Sequence[str] = (),
    floor: float = COVERAGE_FLOOR,
) -> "RenderableType":
    """Results for a rich console: models in columns where up to four fit, otherwise a board for each task and metric.

    `report` is where the HTML report is, `advice` the commands worth typing next.
    """
    return _Screen(results, manifests, comparisons, report, tuple(advice), floor)


def comparison_table(comparisons: Sequence[Comparison]) -> "RenderableType":
    """Paired comparisons for a rich console: each pair of runs once, its metrics below."""
    return _Comparisons(comparisons)


def print_results(results: Sequence[Result], *, file: TextIO | None = None, **more: Any) -> None:
    """Print `terminal_table(results, **more)`."""
    _show(terminal_table(results, **more), file)


def print_comparisons(comparisons: Sequence[Comparison], *, file: TextIO | None = None) -> None:
    """Print `comparison_table(comparisons)`."""
    _show(comparison_table(comparisons), file)


def _show(renderable: "RenderableType", file: TextIO | None) -> None:
    """Print; without styles where NO_COLOR is set, without trailing blanks in a pipe, and where the stream cannot hold a character
    with the nearest one it can."""
    from rich.console import Console

    target = file or sys.stdout
    console = Console(file=target, highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")
    with console.capture() as captured:
        console.print(renderable, crop=False)
    text = captured.get()
    if not console.is_terminal:
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    encoding = getattr(target, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(ASCII).encode(encoding, "replace").decode(encoding)
    target.write(text)


class _Screen:
    """The whole answer to a run; it draws itself as wide as the console is."""

    def __init__(
        self,
        results: Sequence[Result],
        manifests: Sequence[Manifest],
        comparisons: Sequence[Comparison],
        report: str | None,
        advice: tuple[str, ...],
        floor: float,
    ) -> None:
        self.results = results
        self.manifests = manifests
        self.comparisons = comparisons
        self.report = report
        self.advice = advice
        self.boards = boards(results, comparisons, floor=floor)
        self.models = list(dict.fromkeys(result.model for result in results))

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        if not self.results:
            yield "No results. `assay run TASK --model NAME` makes some."
            return
        yield from self._table(options.max_width)
        remarks = [*self._remarks()]
        if remarks:
            yield ""
            yield _remark_grid(remarks)
        yield from _comparison_lines(self.comparisons)
        yield ""
        yield from _unbroken([*self._next()])

    def _table(self, width: int) -> "Iterator[RenderableType]":
        shown = [board for board in self.boards if any(one.estimate.measurable for one in board.standings)]
        if not self.boards:
            yield "Nothing was measured."
        elif len(self.models) == 1:
            yield rows(self.boards, width)
        elif len(self.models) <= MOST_COLUMNS and axis_width(shown, len(self.models), width) >= LEAST_AXIS:
            yield columns(shown, self.models, width)
            yield from not_told_apart(shown, self.models)
        else:
            for index, board in enumerate(shown):
                yield from leaderboard(board, width, gap=index > 0)

    def _remarks(self) -> "Iterator[Remark]":
        """What to know before believing the table; what several runs share is said once."""
        if any(board.lower_is_better for board in self.boards):
            yield "↓", "lower is better", "dim"
        for text in without_rank(self.boards):
            yield "caution", text, "yellow"
        flags = sums(result.flags for result in self.results)
        if flags:
            planned = sum(result.planned for result in self.results)
            yield "answers", " · ".join(f"{name} {times:,}" for name, times in flags.items()) + f" of {planned:,}", None
        for text in extraction(self.results, least=0.0):
            yield "extracted", text, None
        yield from _failures(self.results)
        for result in self.results:
            if result.status != "finished":
                left = result.planned - result.scored - result.unscored - result.failed
                yield result.status, f"{result.task}, {result.model}: {left:,} of {count(result.planned, 'trial')} not reached", "yellow"
        for note in dict.fromkeys(note for result in self.results for note in result.notes):
            yield "note", note, "yellow"
        for task in dict.fromkeys(result.task for result in self.results):
            why = incomparable([each for each in self.manifests if each.task == task])
            if why:
                yield "caution", f"the numbers of {task} cannot be compared: {why}", "yellow"

    def _next(self) -> "Iterator[Remark]":
        yield "spent", " · ".join([*spent(self.results), duration(max(each.seconds for each in self.results))]), "dim"
        if self.report:
            yield "report", self.report, None
        for index, command in enumerate(self.advice):
            yield "" if index else "next", command, None


class _Comparisons:
    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        self.comparisons = comparisons

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        if not self.comparisons:
            yield "Nothing to compare."
        yield from _comparison_lines(self.comparisons, whole=True)


def _comparison_lines(comparisons: Sequence[Comparison], *, whole: bool = False) -> "Iterator[RenderableType]":
    """Each pair of models once; below it a line per task and metric."""
    from rich.text import Text

    pairs: dict[tuple[str, str], list[Comparison]] = {}
    for each in comparisons:
        pairs.setdefault((each.a, each.b), []).append(each)
    for (a, b), own in pairs.items():
        several = len({row.task for row in own}) > 1
        tasks = "" if several else f", {own[0].task}"
        yield Text(plain(f"\n{a} against {b}{tasks}"), style="bold")
        lines: list[Remark] = []
        for row in own:
            text = sentence(row) + (f" · {counts(row)}" if whole and row.difference.measurable else "")
            lines.append((f"  {row.task}" if several else " ", text, None if row.verdict in ("better", "worse") else "dim"))
        for warning in dict.fromkeys(warning for row in own for warning in row.warnings):
            lines.append(("  caution", warning, "yellow"))
        yield _remark_grid(lines)


def _remark_grid(remarks: Sequence[Remark]) -> "RenderableType":
    """Labels in a column of their own; long texts hang below their first line."""
    from rich.text import Text

    table = grid()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text, style in remarks:
        shade = style if style in ("dim", None) else ""
        table.add_row(Text(plain(label), style="dim" if style in ("dim", None) else style), Text(plain(text), style=shade or ""))
    return table


def _unbroken(remarks: Sequence[Remark]) -> "Iterator[Text]":
    """Paths and commands, each whole on a line of its own, however long: they are there to be clicked and copied."""
    from rich.text import Text

    width = max((len(label) for label, _, _ in remarks), default=0)
    for label, text, style in remarks:
        line = Text(f"{label:<{width}}  ", style="dim", no_wrap=True, overflow="ignore")
        yield line.append(plain(text), style=style or "not dim")


def _failures(results: Sequence[Result]) -> "Iterator[Remark]":
    """How often each thing broke, whom it hit where not all were, and the first message."""
    for kind, times in sums(result.failures for result in results).items():
        hit = [result for result in results if kind in result.failures]
        whom = "" if len(hit) == len(results) else f" ({listing([f'{each.task}, {each.model}' for each in hit], 2)})"
        message = next((each.errors[kind] for each in hit if each.errors.get(kind)), "").split("\n")[0]
        message = shorten(message, 200, placeholder=" …")
        yield "failed", f"{times:,} × {kind}{whom}" + (f": {message}" if message else ""), "red"
