"""Live progress: done, running, failed, rate, time left, the running estimate with its interval, tokens and money."""

import sys
import time
from typing import Any

import click

from assay.core.estimate import Estimate
from assay.core.run import Manifest
from assay.engine.events import Happening, RunStopped, StopAsked, TrialClosed, TrialStarted
from assay.metrics.glance import Glance

QUIET_SECONDS = 15.0
"""How often a terminal that cannot redraw gets a line."""


class Progress:
    """Watches every run of a command. On a terminal one live block; elsewhere a line now and then, on standard error."""

    def __init__(self, manifests: list[Manifest], *, live: bool | None = None) -> None:
        self.planned = sum(manifest.planned for manifest in manifests)
        self.several = len(manifests) > 1
        self.done = self.failed = self.recalled = self.running = 0
        self.tokens = 0
        self.cost: float | None = None
        self.estimate = Glance()
        self.started = self._told = time.monotonic()
        self.live = sys.stderr.isatty() if live is None else live
        self._display: Any = None
        self.first_error: str | None = None
        self.stopping = False

    def __enter__(self) -> "Progress":
        if self.live:
            from rich.console import Console
            from rich.live import Live

            self._display = Live(get_renderable=self._text, console=Console(stderr=True), refresh_per_second=5, transient=True)
            self._display.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._display is not None:
            self._display.stop()

    def __call__(self, event: Happening) -> None:
        """Take note of one event."""
        if isinstance(event, TrialStarted):
            self.running += 1
        elif isinstance(event, TrialClosed):
            self._closed(event)
        elif isinstance(event, StopAsked):
            self._stopping(event)
        elif isinstance(event, RunStopped) and event.error is not None:
            self.first_error = self.first_error or event.error.message
        if self._display is None and time.monotonic() - self._told > QUIET_SECONDS:
            self._told = time.monotonic()
            click.echo(self.line(), err=True)

    def _stopping(self, event: StopAsked) -> None:
        if not self.stopping:
            self.stopping = True
            click.echo("\nStopping: answers that are being paid for are waited for; Ctrl-C again ends at once.", err=True)

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
        if trial.scores and trial.scores[0].value is not None:
            self.estimate.add(trial.scores[0].value, trial.cluster or trial.sample_id)

    def line(self) -> str:
        """The state in one line of plain text."""
        asked = self.done - self.recalled
        seconds = max(time.monotonic() - self.started, 1e-3)
        rate = asked / seconds
        left = (self.planned - self.done) / rate if rate > 0 else None
        parts = [
            f"{self.done:,} / {self.planned:,}",
            f"running {max(self.running, 0)}",
            f"failed {self.failed}",
            f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s",
            f"ETA {clock(left)}",
        ]
        estimate = self.estimate.estimate()
        if not self.several and estimate.measurable:
            parts.append(shown(estimate))
        if self.tokens:
            parts.append(f"{self.tokens:,} tokens")
        if self.cost is not None:
            parts.append(f"${self.cost:,.2f}")
        return "   ".join(parts)

    def _text(self) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        bar = ProgressBar(total=max(self.planned, 1), completed=self.done, width=None)
        rows: list[Any] = [bar, Text(self.line())]
        if self.first_error is not None:
            rows.append(Text(f"first error: {self.first_error}"[:300], style="red"))
        return Group(*rows)


def clock(seconds: float | None) -> str:
    """Seconds as 0:00:07; an unknown time as a dash."""
    if seconds is None:
        return "—"
    whole = int(seconds + 0.5)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def shown(estimate: Estimate) -> str:
    """`71.4 [68.9, 73.8]`: rates in percent."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "—"
    return f"{100 * estimate.value:.1f} [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"
