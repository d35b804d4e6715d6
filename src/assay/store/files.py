"""The files of a run folder, on the local disk or behind any fsspec URL: read whole, written whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.core.errors import MissingPackage, StoreError, boundary
from assay.core.places import written_whole

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
EXTRAS = {"s3": "pip install 'assay[s3]'", "gs": "pip install gcsfs", "gcs": "pip install gcsfs", "abfs": "pip install adlfs"}


def is_remote(path: str) -> bool:
    """Whether a path is a URL of another place than this machine's disk."""
    return "://" in path and not path.startswith("file://")


def local(path: str) -> Path:
    """A local path, absolute, `~` and `file://` resolved."""
    return Path(path.removeprefix("file://")).expanduser().absolute()


def broken(error: OSError, path: object, doing: str) -> StoreError:
    """What the operating system said, as an error that names the path and the way out."""
    if error.errno in FULL:
        remedy = "Make room, then repeat the command: it goes on where it stopped."
    elif error.errno in FORBIDDEN:
        remedy = "Give yourself the right to it, or choose another folder with --log-dir."
    else:
        remedy = "Check the path, or choose another folder with --log-dir."
    return StoreError(f"{path} cannot be {doing}: {error.strerror or error}.", remedy=remedy)


def make_folder(path: Path) -> None:
    """Make a local folder and those above it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise broken(error, path, "made") from error


def write_atomically(path: Path, data: bytes) -> None:
    """Write a local file whole or not at all, and bring it to the disk. Raises StoreError."""
    make_folder(path.parent)
    try:
        with written_whole(path) as writing, writing.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise broken(error, path, "written") from error


class StoredFiles:
    """The files in one folder `place`: an absolute local path or an fsspec URL."""

    def __init__(self, place: str) -> None:
        self.remote = is_remote(place)
        self.place = place.rstrip("/") if self.remote else str(local(place))

    def path(self, name: str = "") -> str:
        """Where the file `name` stands, in words a person can use."""
        return f"{self.place}/{name}" if name else self.place

    def read(self, name: str) -> bytes | None:
        """The whole file, or None where there is none."""
        if not self.remote:
            try:
                return Path(self.path(name)).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None
            except OSError as error:
                raise broken(error, self.path(name), "read") from error
        with _remote(self.path(name), "read") as (system, path):
            try:
                return bytes(system.cat_file(path))
            except FileNotFoundError:
                return None
        return None

    def write(self, name: str, data: bytes | str) -> str:
        """Write a file whole or not at all; returns where it stands. Raises StoreError, and leaves what was there."""
        content = data.encode() if isinstance(data, str) else data
        if not self.remote:
            write_atomically(Path(self.path(name)), content)
        else:
            with _remote(self.path(name), "written") as (system, path):
                system.pipe_file(path, content)
        return self.path(name)

    def upload(self, name: str, source: Path) -> None:
        """Copy a local file to the remote folder."""
        with _remote(self.path(name), "written") as (system, path):
            system.put_file(str(source), path)

    def download(self, name: str, target: Path) -> None:
        """Copy a remote file to the local disk."""
        with _remote(self.path(name), "read") as (system, path):
            system.get_file(path, str(target))

    def sizes(self) -> dict[str, int]:
        """Name -> bytes of every file in the folder (not in folders below it); empty where there is no folder."""
        if not self.remote:
            return {entry.name: entry.stat().st_size for entry in _entries(self.place) if entry.is_file()}
        return {name: size for name, size, kind in self._listing() if kind == "file"}

    def folders(self) -> list[str]:
        """The names of the folders in this one, in order."""
        if not self.remote:
            return sorted(entry.name for entry in _entries(self.place) if entry.is_dir())
        return sorted(name for name, _, kind in self._listing() if kind == "directory")

    def _listing(self) -> list[tuple[str, int, str]]:
        with _remote(self.place, "listed") as (system, path):
            try:
                found = system.ls(path, detail=True, refresh=True) if path else []
            except FileNotFoundError:
                return []
            return [(str(each["name"]).rstrip("/").rsplit("/", 1)[-1], int(each.get("size") or 0), str(each["type"])) for each in found]
        return []


def _entries(place: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(place) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise broken(error, place, "read") from error


@contextmanager
def _remote(url: str, doing: str) -> Iterator[tuple[Any, str]]:
    """The file system behind a URL and the path in it; whatever a driver raises becomes a StoreError that names the URL."""
    import fsspec.core

    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        kind = url.partition("://")[0]
        remedy = EXTRAS.get(kind, "Use a local folder, or install the fsspec driver for it.")
        raise MissingPackage(f"{url} cannot be {doing}: no driver for '{kind}://' is installed.", remedy=remedy) from error
    with boundary("solver") as caught:
        yield system, path
    if caught.failure is not None:
        remedy = "Check the address and your credentials, then repeat the command: it goes on where it stopped."
        raise StoreError(f"{url} cannot be {doing}: {caught.failure.message}.", remedy=remedy)
