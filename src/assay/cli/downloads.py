"""Downloads: how much is here, how fast, and how long it will take; on a terminal in a line that redraws itself, elsewhere now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from assay.datasets.watching import watching

REDRAWN = 0.2
"""Seconds between two states of the line."""
MB = 1e6
CLEAR = "\r\x1b[2K"


class Downloads:
    """Told of every piece that arrives; draws on standard error."""

    def __init__(self, *, live: bool | None = None) -> None:
        self.live = sys.stderr.isatty() if live is None else live
        self._name = ""
        self._first = 0
        self._started = self._told = time.monotonic()
        self._dirty = False

    def __call__(self, name: str, done: int, total: int | None) -> None:
        """One piece more of a file."""
        from assay.cli.progress import QUIET_SECONDS  # what draws runs would cost every command its start

        now = time.monotonic()
        if name != self._name or done < self._first:
            self._name, self._first, self._started, self._told = name, done, now, now
        if done == total:
            self.clear()
        elif now - self._told >= (REDRAWN if self.live else QUIET_SECONDS):
            self._told = now
            click.echo(f"{CLEAR if self.live else ''}{self.line(done, total, now)}", err=True, nl=not self.live, color=self.live)
            self._dirty = self.live

    def clear(self) -> None:
        """Takes the line away."""
        if self._dirty:
            click.echo(CLEAR, err=True, nl=False, color=True)
        self._dirty = False

    def line(self, done: int, total: int | None, now: float) -> str:
        """The state in one line; the rate is of what came since the file, or its rest, was asked for."""
        from assay.cli.progress import clock

        rate = (done - self._first) / max(now - self._started, 1e-3)
        if total is None:
            return f"fetching {self._name}   {done / MB:,.0f} MB   {rate / MB:,.1f} MB/s"
        left = (total - done) / rate if rate else None
        return f"fetching {self._name}   {done / MB:,.0f} of {total / MB:,.0f} MB   {rate / MB:,.1f} MB/s   ETA {clock(left)}"


@contextmanager
def shown() -> Iterator[None]:
    """Shows every download inside the block."""
    downloads = Downloads()
    with watching(downloads):
        try:
            yield
        finally:
            downloads.clear()
