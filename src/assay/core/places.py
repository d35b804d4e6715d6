"""Places on this machine's disk: the cache folder, and files written whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def cache_folder(*parts: str) -> Path:
    """`$ASSAY_CACHE_DIR`, or `$XDG_CACHE_HOME/assay`, or `~/.cache/assay`; with `parts` a folder or file below it. Nothing is made."""
    own = os.environ.get("ASSAY_CACHE_DIR")
    if own:
        return Path(own).expanduser().joinpath(*parts)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache").joinpath("assay", *parts)


@contextmanager
def written_whole(target: Path, *, keep: bool = False) -> Iterator[Path]:
    """A file to write to, which becomes `target` once the block has ended well: a reader, a crash or a full disk never leaves half of it there.

    Makes the folder. With `keep` a `target` that another process wrote meanwhile stays (it holds the same, and may be in use). Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    writing = target.with_name(f".writing-{secrets.token_hex(8)}")
    os.close(os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    try:
        yield writing
        if not (keep and target.exists()):
            writing.replace(target)
    finally:
        with suppress(OSError):
            writing.unlink()
