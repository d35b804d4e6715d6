"""How datasets keep what they fetched or unpacked in the cache folder: whole or not at all, one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.core import places
from assay.core.errors import DatasetError


@contextmanager
def written_whole(target: Path, *, keep: bool = False) -> Iterator[Path]:
    """As `core.places.written_whole`. Raises DatasetError where the folder cannot be written or the disk is full."""
    try:
        with places.written_whole(target, keep=keep) as writing:
            yield writing
    except OSError as error:
        raise unwritable(target, error) from error


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Holds back other processes that would fetch the same file, until the block ends; where the system has no such locks, nobody."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unwritable(target: Path, error: OSError) -> DatasetError:
    """The error for a cache that cannot be written."""
    return DatasetError(
        f"The cache folder {target.parent} cannot be written: {error.strerror or error}.",
        remedy="Set ASSAY_CACHE_DIR to a folder with room that can be written.",
    )
