"""Who is told how far a download is: nobody, unless a caller watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[str, int, int | None], None]
"""Called with (file name, bytes so far, bytes in all where known); the two are equal once it is whole."""

WATCHER: ContextVar[Progress | None] = ContextVar("WATCHER", default=None)


@contextmanager
def watching(progress: Progress) -> Iterator[None]:
    """Tells `progress` of every download inside the block."""
    token = WATCHER.set(progress)
    try:
        yield
    finally:
        WATCHER.reset(token)
