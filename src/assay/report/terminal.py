"""Results in a terminal: what it is, every estimate drawn with its interval, what to know about it, one line of what to do next.

Plain in pipes and with NO_COLOR; 80 columns are enough, more are used.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Literal, TextIO

from assay.core.estimate import COVERAGE_FLOOR
from assay.core.run import Manifest, Result
from assay.report.compare import Comparison
from assay.report.differences import comparison_list, pair_blocks
from assay.report.findings import extraction, without_rank
from assay.report.grids import grid
from assay.report.ranks import boards
from assay.report.settings import incomparable
from assay.report.standings import more_models, standings_table
from assay.report.totals import spent, sums
from assay.report.words import count, duration, failure_name, listing, plain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.text import Text

Remark = tuple[str, str, str | None]
"""A label, a text, a colour: dim, yellow or red."""

Pairs = Literal["all", "neighbours", "last"]
"""Which of the comparisons are listed; all of them are corrected together."""

ASCII = str.maketrans("●├┤─·—−×↓…┌│└", "o||-.--xv.+|+")


def terminal_table(
    results: Sequence[Result],
    *,
    manifests: Sequence[Manifest] = (),
    comparisons: Sequence[Comparison] = (),
    report: str | None = None,
    advice: Sequence[str] = (),
    floor: float = COVERAGE_FLOOR,
    pairs: Pairs = "all",
) -> "RenderableType":
    """Results for a rich console: what was run, a block for each task and metric, the comparisons of `pairs` of models.

    `report` is where the HTML report is, `advice` the commands worth typing next.
    """
    return _Screen(results, manifests, comparisons, report, tuple(advice), floor, pairs)


def comparison_table(
    comparisons: Sequence[Comparison],
    *,
    results: Sequence[Result] = (),
    manifests: Sequence[Manifest] = (),
    advice: Sequence[str] = (),
) -> "RenderableType":
    """Paired comparisons for a rich console: each pair of runs with what both reached (of `results`), by how much they differ, and in
    which settings (of `manifests`, one for each result)."""
    return _Comparisons(comparisons, results, manifests, tuple(advice))


def print_results(results: Sequence[Result], *, file: TextIO | None = None, **more: Any) -> None:
    """Print `terminal_table(results, **more)`."""
    show(terminal_table(results, **more), file)


def print_comparisons(comparisons: Sequence[Comparison], *, file: TextIO | None = None, **more: Any) -> None:
    """Print `comparison_table(comparisons, **more)`."""
    show(comparison_table(comparisons, **more), file)


def show(renderable: "RenderableType", file: TextIO | None) -> None:
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
        pairs: Pairs,
    ) -> None:
        self.results = results
        self.manifests = manifests
        self.comparisons = comparisons
        self.report = report
        self.advice = advice
        self.pairs = pairs
        self.boards = boards(results, comparisons, floor=floor)
        self.models = list(dict.fromkeys(result.model for result in results))

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        if not self.results:
            yield "No results. `assay run TASK --model NAME` makes some."
            return
        yield _header(self.results, self.manifests)
        yield from self._table(options.max_width)
        remarks = [*self._remarks()]
        if remarks:
            yield ""
            yield remark_grid(remarks)
        yield from comparison_list(self.comparisons, self._listed(), options.max_width)
        yield ""
        yield from unbroken([*self._next()])

    def _table(self, width: int) -> "Iterator[RenderableType]":
        shown = [board for board in self.boards if any(one.estimate.measurable for one in board.standings)]
        if not shown:
            scored = sum(result.scored for result in self.results)
            yield f"{count(scored, 'trial')} scored, and no number with an interval." if scored else "Nothing was measured."
            return
        yield standings_table(shown, self.models, width)
        more = more_models(shown) if len(self.models) > 1 else 0
        if more:
            yield _dim(f"… and {count(more, 'more model')}: assay view --open")

    def _listed(self) -> list[Comparison]:
        """The comparisons that are shown."""
        order: dict[str, list[str]] = {}
        for result in self.results:
            order.setdefault(result.task, []).append(result.model)
        neighbours = {task: [*zip(own[1:], own[:-1], strict=True)] for task, own in order.items()}
        if self.pairs == "last":
            neighbours = {task: own[-1:] for task, own in neighbours.items()}
        return [each for each in self.comparisons if self.pairs == "all" or (each.a, each.b) in neighbours.get(each.task, ())]

    def _remarks(self) -> "Iterator[Remark]":
        """What to know before believing the table; what several runs share is said once."""
        if any(board.lower_is_better for board in self.boards):
            yield "↓", "lower is better", "dim"
        if any(one.first != one.last for board in self.boards for one in board.standings):
            yield "rank", "a range: those who share it cannot be told apart", "dim"
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
    def __init__(
        self, comparisons: Sequence[Comparison], results: Sequence[Result], manifests: Sequence[Manifest], advice: tuple[str, ...]
    ) -> None:
        self.comparisons = comparisons
        self.results = results
        self.manifests = manifests
        self.advice = advice

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        if not self.comparisons:
            yield from nothing_in_common(self.results)
        if len(self.results) > 2 and len({each.model for each in self.results}) > 2:
            yield from self._many(options.max_width)
        else:
            yield from pair_blocks(self.comparisons, self.results, self.manifests, options.max_width)
        if self.advice:
            yield ""
            yield from unbroken([("" if index else "next", command, None) for index, command in enumerate(self.advice)])

    def _many(self, width: int) -> "Iterator[RenderableType]":
        """Three models or more: who cannot be told from whom, then every pair in a line."""
        shown = boards(self.results, self.comparisons)
        yield _header(self.results, self.manifests)
        yield standings_table(shown, list(dict.fromkeys(each.model for each in self.results)), width)
        yield _dim("rank: a range; those who share it cannot be told apart")
        for text in without_rank(shown):
            yield remark_grid([("caution", text, "yellow")])
        yield from comparison_list(self.comparisons, self.comparisons, width)


def nothing_in_common(results: Sequence[Result]) -> "Iterator[str]":
    """Why runs of one task cannot be compared: no metric is in two of them."""
    yield "Nothing to compare: the runs share no metric."
    for each in results:
        yield f"{each.model}, {each.task}: {listing(list(each.metrics)) or 'no metric'}"
    yield "`assay score RUN --scorer NAME` gives a run another scorer's metric, asking no model."


def _header(results: Sequence[Result], manifests: Sequence[Manifest]) -> "Text":
    """`builtin_choice · tiny/step-0900 · 40 samples · seed 0`."""
    from rich.text import Text

    tasks = list(dict.fromkeys(each.task for each in results))
    models = list(dict.fromkeys(each.model for each in results))
    distinct = len({each.model for each in manifests}) or len(models)
    samples = {each.task: each.samples for each in manifests}
    trials = sorted({each.trials for each in manifests})
    asked = f"{count(sum(samples.values()), 'sample')}" if samples else count(sum(each.planned for each in results), "trial")
    if trials and trials[-1] > 1:
        asked += f" × {trials[0]}{f'-{trials[-1]}' if len(trials) > 1 else ''} trials"
    seeds = sorted({each.seed for each in manifests})
    parts = [
        tasks[0] if len(tasks) == 1 else f"{len(tasks)} tasks",
        models[0]
        if len(models) == 1
        else f"{len(models)} models"
        if distinct == len(models)
        else f"{len(models)} runs of {count(distinct, 'model')}",
        asked,
        *([f"seed {listing([str(each) for each in seeds])}"] if seeds else []),
    ]
    return Text(plain(" · ".join(parts)), style="bold")


def _dim(text: str) -> "Text":
    from rich.text import Text

    return Text(text, style="dim")


def remark_grid(remarks: Sequence[Remark]) -> "RenderableType":
    """Labels in a column of their own; long texts hang below their first line."""
    from rich.text import Text

    table = grid()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text, style in remarks:
        shade = style if style in ("dim", None) else ""
        table.add_row(Text(plain(label), style="dim" if style in ("dim", None) else style), Text(plain(text), style=shade or ""))
    return table


def unbroken(remarks: Sequence[Remark]) -> "Iterator[Text]":
    """Paths and commands, each whole on a line of its own, however long: they are there to be clicked and copied."""
    from rich.text import Text

    width = max((len(label) for label, _, _ in remarks), default=0)
    for label, text, style in remarks:
        line = Text(f"{label:<{width}}  ", style="dim", no_wrap=True, overflow="ignore")
        yield line.append(plain(text), style=style or "not dim")


def _failures(results: Sequence[Result]) -> "Iterator[Remark]":
    """How often each thing broke, whom it hit where not all were, and the first message; kinds that one name tells are one line."""
    named: dict[str, tuple[list[str], str]] = {}
    for kind in sums(result.failures for result in results):
        message = next((each.errors[kind] for each in results if each.errors.get(kind)), "").split("\n")[0]
        name = failure_name(kind, message)
        named.setdefault(name, ([], message))[0].append(kind)
    for name, (kinds, message) in named.items():
        times = sum(result.failures.get(kind, 0) for result in results for kind in kinds)
        hit = [result for result in results if any(kind in result.failures for kind in kinds)]
        whom = "" if len(hit) == len(results) else f" ({listing([f'{each.task}, {each.model}' for each in hit], 2)})"
        # A message that begins with its name says the rest of it only.
        between, told = (". ", message.removeprefix(name).lstrip(". ")) if message.startswith(name) else (": ", message)
        told = shorten(told, 200, placeholder=" …")
        yield "failed", f"{times:,} × {name}{whom}" + (between + told if told else ""), "red"
