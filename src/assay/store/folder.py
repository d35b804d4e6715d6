"""A run folder: the portable truth of one run. Copy it, move it, send it; everything else can be made from it again.

run.json           the manifest, written once
journal-<n>.jsonl  every paid answer, every sample and every trial, as events
report.json        the result, as `assay run --format json` prints it
report.html        the same for people
trials.parquet     one row per score, and bodies.parquet with the texts, made when the run is first read in bulk
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.errors import StoreError, UsageError
from assay.core.places import cache_folder
from assay.core.run import Manifest, Result
from assay.store.files import StoredFiles, broken, make_folder
from assay.store.lock import locked

if TYPE_CHECKING:
    from assay.store.fold import Fold, Record
    from assay.store.trials import Source

MANIFEST, REPORT = "run.json", "report.json"
CLOSING = b'{"event":"closed"'
JOURNAL = re.compile(r"journal-(\d+)\.jsonl")


class _Report(msgspec.Struct):
    """`report.json`: version 1 of the document that `--format json` prints."""

    version: int
    runs: tuple[Result, ...]


class RunFolder:
    """One run at a local path or an fsspec URL.

    The journal is always a local file. Of a remote folder it is kept in the cache folder and uploaded by `sync`; after a
    crash the longer of the two is the truth.
    """

    def __init__(self, place: str | Path, manifest: Manifest) -> None:
        self.files = StoredFiles(str(place))
        self.manifest = manifest
        self._uploaded: dict[str, int] = {}

    @classmethod
    def create(cls, place: str | Path, manifest: Manifest) -> "RunFolder":
        """Make the folder, or take the one that holds the same manifest already. Raises StoreError where another run lives there."""
        files = StoredFiles(str(place))
        there = read_manifest(files)
        if there is None:
            files.write(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        elif there.content_id != manifest.content_id:
            raise StoreError(
                f"{files.place} holds another run, {there.id}.", remedy="Choose another folder with --log-dir, or start with --fresh."
            )
        return cls(files.place, manifest if there is None else there)

    @classmethod
    def open(cls, place: str | Path) -> "RunFolder":
        """The run in a folder. Raises UsageError where there is none."""
        files = StoredFiles(str(place))
        manifest = read_manifest(files)
        if manifest is None:
            raise UsageError(
                f"{files.place} is no run folder: there is no {MANIFEST} in it.", remedy="`assay list runs` shows those there are."
            )
        return cls(files.place, manifest)

    @property
    def path(self) -> str:
        """Where the folder is: an absolute path or a URL."""
        return self.files.place

    @property
    def local(self) -> Path:
        """The folder on this machine: itself, or where the journal of a remote one is kept. Made if need be."""
        folder = spool(self.files.place) if self.files.remote else Path(self.files.place)
        make_folder(folder)
        return folder

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run against other writers on this machine."""
        return locked(self.local)

    def journal(self, shard: int = 0) -> Path:
        """The local file of one shard's journal, with what a remote folder already has of it."""
        name = f"journal-{shard}.jsonl"
        if self.files.remote:
            self._fetch(name, self.files.sizes().get(name, 0))
        return self.local / name

    def journals(self) -> tuple[Path, ...]:
        """The local files of all journals, by shard."""
        if self.files.remote:
            for name, size in self.files.sizes().items():
                if JOURNAL.fullmatch(name):
                    self._fetch(name, size)
        found = [(int(match[1]), path) for path in self.local.iterdir() if (match := JOURNAL.fullmatch(path.name))]
        return tuple(path for _, path in sorted(found))

    def sync(self) -> None:
        """Upload what the journals of a remote folder have gained; of a local one there is nothing to do."""
        if not self.files.remote:
            return
        for path in self.journals():
            size = path.stat().st_size
            if self._uploaded.get(path.name) != size:
                self.files.upload(path.name, path)
                self._uploaded[path.name] = size

    def write(self, name: str, data: bytes | str) -> str:
        """Write a file (`report.html`) into the folder, whole or not at all; returns where it stands."""
        return self.files.write(name, data)

    def write_result(self, result: Result) -> str:
        """Write `report.json`."""
        return self.files.write(REPORT, msgspec.json.format(msgspec.json.encode(_Report(version=1, runs=(result,))), indent=2))

    def result(self) -> Result | None:
        """The result of `report.json`, or None where the run has not come so far."""
        return read_result(self.files)

    def closings(self) -> int:
        """How often a trial was closed in the journals, by counting, without reading them."""
        return sum(occurrences(path, CLOSING) for path in self.journals())

    def fold(self) -> "Fold":
        """The trials of the run, read from its journals; close it, or use it in a `with`."""
        from assay.store.fold import Fold

        return Fold(self.journals())

    def records(self) -> "Iterator[Record]":
        """Every trial with its answer and its sample, one at a time, in little memory."""
        with self.fold() as fold:
            yield from fold

    def summary(self, columns: tuple[str, ...] = ("sample_id", "number", "cluster", "metric", "value")) -> dict[str, Any]:
        """Columns of `trials.parquet` as NumPy arrays (masked where a value is missing), one row per score of a trial."""
        from assay.store.trials import summary

        return summary(self._source(), columns)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a SQL question to the tables `trials` and `bodies`."""
        from assay.store.trials import query

        return query(self._source(), sql)

    def parquet(self) -> Path:
        """The local folder with `trials.parquet` and `bodies.parquet`, made where they are missing or older than the journals."""
        from assay.store.trials import refresh

        return refresh(self._source())

    def _source(self) -> "Source":
        from assay.store.trials import Source

        return Source(path=self.path, journals=self.journals(), homes=(self.local, spool(self.path)))

    def _fetch(self, name: str, size: int) -> None:
        path = self.local / name
        try:
            there = path.stat().st_size if path.exists() else -1
        except OSError as error:
            raise broken(error, path, "read") from error
        if size > max(there, 0):
            partial = path.with_name(f".{name}.download")
            self.files.download(name, partial)
            partial.replace(path)
        if there <= size:
            self._uploaded[name] = size


def occurrences(path: Path, what: bytes) -> int:
    """How often lines of a file begin with `what`."""
    with path.open("rb") as lines:
        return sum(line.startswith(what) for line in lines)


def spool(place: str) -> Path:
    """Where this machine keeps the journals of the remote folder `place`."""
    return cache_folder("spool", blake2b(place.encode(), digest_size=12).hexdigest())


def read_manifest(files: StoredFiles) -> Manifest | None:
    """The manifest in a folder, None where there is none. Raises StoreError where it cannot be understood."""
    data = files.read(MANIFEST)
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise StoreError(
            f"{files.path(MANIFEST)} is damaged: {error}.", remedy="Start the run anew with --fresh; import an imported one again."
        ) from error


def read_result(files: StoredFiles) -> Result | None:
    """The result in a folder, None where there is none. Raises StoreError where it cannot be understood."""
    data = files.read(REPORT)
    if data is None:
        return None
    try:
        report = msgspec.json.decode(data, type=_Report)
    except msgspec.DecodeError as error:
        raise StoreError(f"{files.path(REPORT)} is damaged: {error}.", remedy="Repeat the command: it is written again.") from error
    # A folder may have been moved or copied since: it is where it was opened.
    return msgspec.structs.replace(report.runs[0], run_dir=files.place) if report.runs else None
