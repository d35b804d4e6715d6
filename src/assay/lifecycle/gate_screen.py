"""A gate on a terminal: the decision first, a line for each rule, what would help, how to get it again."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from assay.lifecycle.gate_words import RULES, decision, gathered, limit, number, ordered, reading, sentence
from assay.lifecycle.gates import Finding, Gate
from assay.report.grids import grid
from assay.report.terminal import show
from assay.report.words import plain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.text import Text

HUES = {"pass": "green", "fail": "bold red", "not measurable": "yellow"}
VERDICTS = {"GO": "bold green", "NO-GO": "bold red", "INCONCLUSIVE": "bold yellow"}
SHORT = {"pass": "pass", "fail": "fail", "not measurable": "open"}
MOST_PASSED = 12


def print_gate(gate: Gate, *, reproduce: str = "", file: TextIO | None = None) -> None:
    """Print a gate's decision; `reproduce` is the command that comes to it."""
    show(_Screen(gate, reproduce), file)


class _Screen:
    def __init__(self, gate: Gate, reproduce: str) -> None:
        self.gate = gate
        self.reproduce = reproduce

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        from rich.text import Text

        gate = self.gate
        verdict, _, rest = decision(gate).partition(":")
        yield Text.assemble((verdict, VERDICTS[gate.verdict]), f":{rest}")
        yield Text(plain(" against ".join(gate.models[each] for each in ("candidate", "baseline") if each in gate.models)), style="dim")
        yield ""
        yield _table(gate, options.max_width)
        hidden = max(0, sum(each.outcome == "pass" for each in gathered(gate.findings)) - MOST_PASSED)
        if hidden:
            yield Text(f"… and {hidden} more that passed: --format json", style="dim")
        yield from self._words()
        yield ""
        yield Text(reading(gate), style="dim")
        for caution in gate.cautions:
            yield Text.assemble(("caution  ", "yellow"), plain(caution))
        if self.reproduce:
            yield Text(f"again  {plain(self.reproduce)}", style="dim", no_wrap=True, overflow="ignore")

    def _words(self) -> "Iterator[RenderableType]":
        """Why a rule failed or was not decided, and what would help."""
        from rich.text import Text

        said = [each for each in ordered(self.gate.findings) if each.outcome == "not measurable"]
        if said:
            yield ""
        for each in said:
            table = grid()
            table.add_column(no_wrap=True)
            table.add_column(overflow="fold")
            table.add_row(Text(SHORT[each.outcome], style=HUES[each.outcome]), Text(plain(f"{_about(each)}: {sentence(each)}")))
            yield table


def _about(found: Finding) -> str:
    return ", ".join(filter(None, (found.task, found.metric, found.part, RULES[found.rule])))


def _table(gate: Gate, width: int) -> "RenderableType":
    """A row a rule: outcome, rule, what it is about, the number, the limit."""

    table = grid()
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    passed = 0
    for each in ordered(gathered(gate.findings)):
        passed += each.outcome == "pass"
        if each.outcome == "pass" and passed > MOST_PASSED:
            continue
        table.add_row(*_cells(each))
    table.expand = width < 80
    return table


def _cells(found: Finding) -> "tuple[Text, ...]":
    from rich.text import Text

    about = " ".join(filter(None, (found.task, found.metric, found.part)))
    return (
        Text(SHORT[found.outcome], style=HUES[found.outcome]),
        Text(RULES[found.rule], style="dim"),
        Text(plain(about)),
        Text(number(found)),
        Text(limit(found), style="dim"),
    )
