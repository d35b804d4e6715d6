"""Live progress: done, running, failed, rate, time left, tokens and money, the running estimates with their intervals, the first error."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from assay.core.run import Manifest
from assay.engine.events import Happening, RunStopped, StopAsked, TrialClosed, TrialStarted
from assay.metrics.glance import Glance
from assay.report.words import number, scale_of

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

QUIET_SECONDS = 15.0
"""How often a terminal that cannot redraw gets a line."""
LEAST_BAR, MOST_BAR = 16, 60
"""Characters of the bar beside the counts; with less room it has a line of its own."""
MOST_ESTIMATES = 12
"""Lines of running estimates: a block that is taller than the screen cannot be redrawn."""
STOPPING = "Stopping: answers that are being paid for are waited for; Ctrl-C again ends at once."


class Progress:
    """Watches every run of a command. On a terminal one live block; elsewhere a line now and then, on standard error."""

    def __init__(self, manifests: list[Manifest], *, live: bool | None = None) -> None:
        self.planned = sum(manifest.planned for manifest in manifests)
        self.runs = {manifest.id: (manifest.task, manifest.model) for manifest in manifests}
        self.estimates = {manifest.id: Glance() for manifest in manifests}
        self.metrics: dict[str, str] = {}
        self.done = self.failed = self.recalled = self.running = 0
        self.tokens = 0
        self.cost: float | None = None
        self.started = self._told = time.monotonic()
        self.live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" if live is None else live
        self._open = ExitStack()
        self.first_error: str | None = None
        self.stopping = False

    def __enter__(self) -> "Progress":
        if self.live:
            from rich.console import Console
            from rich.live import Live

            from assay.cli.options import colour_system

            console = Console(stderr=True, highlight=False, color_system=colour_system())
            self._open.enter_context(no_echoed_keys())
            self._open.enter_context(Live(get_renderable=lambda: Block(self), console=console, refresh_per_second=5, transient=True))
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def __call__(self, event: Happening) -> None:
        """Take note of one event."""
        if isinstance(event, TrialStarted):
            self.running += 1
        elif isinstance(event, TrialClosed):
            self._closed(event)
        elif isinstance(event, StopAsked):
            self._stopping()
        elif isinstance(event, RunStopped) and event.error is not None:
            self.first_error = self.first_error or event.error.message
        if not self.live and time.monotonic() - self._told > QUIET_SECONDS:
            self._told = time.monotonic()
            click.echo(self.line(), err=True)

    def _stopping(self) -> None:
        """Said in the live block, which would be torn by a line written into it; elsewhere once."""
        if not self.stopping and not self.live:
            click.echo(STOPPING, err=True)
        self.stopping = True

    def _closed(self, event: TrialClosed) -> None:
        self.done += 1
        if event.recalled:
            self.recalled += 1
        else:
            self.running -= 1
        trial = event.trial
        if trial.failure is not None:
            self.failed += 1
            if self.first_error is None:
                self.first_error = f"{trial.failure.blame}: {trial.failure.message}"
            return
        if trial.answer is not None and not event.recalled:
            usage = trial.answer.usage
            self.tokens += usage.input_tokens + usage.output_tokens
            if usage.cost is not None:
                self.cost = (self.cost or 0.0) + usage.cost
        if trial.scores and trial.scores[0].value is not None and event.run in self.estimates:
            self.metrics[event.run] = trial.scores[0].name
            self.estimates[event.run].add(trial.scores[0].value, trial.cluster or trial.sample_id)

    @property
    def counts(self) -> list[str]:
        """How far it has come and how fast it goes."""
        asked = self.done - self.recalled
        seconds = max(time.monotonic() - self.started, 1e-3)
        rate = asked / seconds
        left = (self.planned - self.done) / rate if rate > 0 else None
        return [
            f"{self.done:,} / {self.planned:,}",
            f"running {max(self.running, 0)}",
            f"failed {self.failed}",
            f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s",
            f"ETA {clock(left)}",
        ]

    @property
    def spent(self) -> list[str]:
        """Tokens and money, as far as they are known."""
        from assay.report.words import money, tokens

        return [*([tokens(self.tokens)] if self.tokens else []), *([money(self.cost)] if self.cost is not None else [])]

    def by_task(self) -> dict[str, list[tuple[str, str]]]:
        """Task -> (model, estimate so far as the reports write it) of every run with one."""
        found: dict[str, list[tuple[str, str]]] = {}
        for run, (task, model) in self.runs.items():
            estimate = self.estimates[run].estimate()
            if estimate.measurable:
                shown = number(estimate, scale_of(self.metrics[run], [estimate]))
                found.setdefault(task, []).append((model, shown))
        return found

    def line(self) -> str:
        """The state in one line of plain text; of several runs without their estimates, which would fill a log."""
        found = [shown for row in self.by_task().values() for _, shown in row] if len(self.runs) == 1 else []
        return "   ".join([*self.counts, *found, *self.spent])


class Block:
    """The state as a block of lines, none longer than the console is wide: cut between words, never inside one."""

    def __init__(self, state: Progress) -> None:
        self.state = state

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[Text]":
        from rich.text import Text

        state, width = self.state, options.max_width
        for text in (*bar_lines(state, width, ascii_only=options.ascii_only), fitting(state.spent, width), *estimate_lines(state, width)):
            if text:
                yield Text(text, no_wrap=True)
        if state.first_error is not None:
            yield from first_lines(Text(f"first error: {state.first_error}", style="red"), console, width, 2)
        if state.stopping:
            yield from first_lines(Text(STOPPING, style="yellow"), console, width, 2)


def bar_lines(state: Progress, width: int, *, ascii_only: bool) -> list[str]:
    """The bar with the counts beside it; below it where there is no room."""
    counts = fitting(state.counts, width)
    room = width - len(counts) - 2
    length = min(room if room >= LEAST_BAR else width, MOST_BAR)
    full = min(length, length * state.done // max(state.planned, 1))
    on, off = ("#", "-") if ascii_only else ("█", "░")
    bar = on * full + off * (length - full)
    return [f"{bar}  {counts}"] if room >= LEAST_BAR else [bar, counts]


def estimate_lines(state: Progress, width: int) -> list[str]:
    """The running estimate of one run; of several one line a task, its models side by side, the last ones where not all fit."""
    rows = state.by_task()
    if len(state.runs) == 1:
        return [fitting([task, own[0][1]], width) for task, own in rows.items()]
    lines = []
    label = min(max(map(len, rows), default=0), max(12, width // 3))
    several = len({model for _, model in state.runs.values()}) > 1
    for task, own in list(rows.items())[-MOST_ESTIMATES:]:
        cells = [f"{model.rpartition('/')[2]} {shown}" if several else shown for model, shown in own]
        while len(cells) > 1 and len("   ".join(cells)) > width - label - 2:
            del cells[0]
        lines.append(fitting([f"{task:<{label}}", *cells], width, gap="  "))
    return lines


def fitting(parts: Sequence[str], width: int, gap: str = "   ") -> str:
    """As many of the parts, from the first on, as one line holds; a first one that is too long is cut."""
    kept = list(parts)
    while len(kept) > 1 and len(gap.join(kept)) > width:
        del kept[-1]
    text = gap.join(kept)
    return text if len(text) <= width else text[: width - 1] + "…"


def first_lines(text: "Text", console: "Console", width: int, most: int) -> "list[Text]":
    """A text wrapped between words, its first `most` lines; an ellipsis says that there was more."""
    lines = list(text.wrap(console, width))
    if len(lines) > most:
        last = lines[most - 1]
        last.rstrip()
        while last.cell_len > width - 2 and " " in last.plain:
            last.right_crop(len(last) - last.plain.rindex(" "))
        last.append(" …")
    return lines[:most]


@contextmanager
def no_echoed_keys() -> Iterator[None]:
    """Keep the terminal from writing `^C` into the block, which would shift it and leave an old frame behind."""
    if not in_foreground():
        yield
        return
    import termios

    before = termios.tcgetattr(sys.stdin)
    quiet: list[Any] = [*before]
    quiet[3] &= ~termios.ECHOCTL
    termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        if in_foreground():
            termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


def in_foreground() -> bool:
    """Whether standard input is a terminal that is ours to set: from the background the attempt would stop the process."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (AttributeError, OSError, ValueError):
        return False


def clock(seconds: float | None) -> str:
    """Seconds as 0:00:07; an unknown time as a dash."""
    if seconds is None:
        return "—"
    whole = int(seconds + 0.5)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
