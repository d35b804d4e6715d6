"""Somebody's Python is read without warnings: that `"\\d"` should have been raw is nothing a score depends on, nor an error under `-W error`."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unwarned() -> Iterator[None]:
    """Parse or compile inside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
