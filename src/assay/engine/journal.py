"""The journal of a run: an append-only file of events that survives `kill -9`, and the index that makes a run resume.

One write per call or closing, `fdatasync` about once a second from a thread of its own. The index holds offsets, never bodies, so
a run of 100,000 trials resumes in little memory.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from assay.core.answer import Answer, Usage
from assay.core.errors import StoreError
from assay.core.journal import DONE, Call, Closed, Head, JournalEvent, PaidHead, Seen, standing
from assay.core.trial import Trial

SYNC_SECONDS = 1.0

_sync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync


class EarlierAnswers:
    """The answers in other runs' journals, `paths`: read when first asked for, never written, and what is damaged there passed over."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths
        self._places: dict[str, tuple[int, int, int]] = {}
        self._files: list[int] | None = None
        self._decode = msgspec.json.Decoder(Call).decode

    def recall(self, key: str) -> Call | None:
        """The call under a key, if one of the runs made it."""
        if self._files is None:
            self._files = [number for path in self.paths if (number := self._index(path)) is not None]
        place = self._places.get(key)
        return None if place is None else self._decode(os.pread(*place))

    def close(self) -> None:
        """Let the files go."""
        for number in self._files or ():
            os.close(number)

    def _index(self, path: Path) -> int | None:
        decode = msgspec.json.Decoder(Head).decode
        try:
            number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        offset = 0
        with os.fdopen(os.dup(number), "rb") as lines:
            for line in lines:
                with suppress(msgspec.MsgspecError):
                    if line.startswith(b'{"event":"call"') and (key := decode(line).key) is not None:
                        self._places[key] = (number, len(line), offset)
                offset += len(line)
        return number


class FileJournal:
    """A journal in one file, `path`; the caller holds the run folder's lock.

    An answer it lacks but an `earlier` journal has is taken over as `reused`; `taken_over` counts them. `damaged` holds the numbers
    of lines that cannot be read; what they held is done again, everything else is kept.
    """

    def __init__(self, path: Path, earlier: Sequence[Path] = ()) -> None:
        self.path = path
        self.usage = Usage()
        self.calls = self.taken_over = 0
        self.damaged: list[int] = []
        self._earlier = EarlierAnswers(earlier)
        self._encode = msgspec.json.Encoder().encode
        self._decode: msgspec.json.Decoder[Any] = msgspec.json.Decoder(JournalEvent)
        self._calls: dict[str, tuple[int, int]] = {}
        self._closed: dict[tuple[str, int], tuple[int, int]] = {}
        self._seen: set[str] = set()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"The journal {path} cannot be opened: {error.strerror}.", remedy="Choose another --log-dir.") from error
        self._size = self._load()
        self._dirty = threading.Event()
        self._ended = threading.Event()
        self._syncer = threading.Thread(target=self._sync_for_ever, name="journal-sync", daemon=True)
        self._syncer.start()

    def append(self, *events: msgspec.Struct) -> None:
        """Write events in one go; they are the kernel's when this returns. A full disk leaves the file as it was before and raises StoreError.

        What this process wrote it does not ask for again, so only what was there at the start is indexed.
        """
        self._write(b"".join(self._encode(event) + b"\n" for event in events))
        for event in events:
            if isinstance(event, Call):
                self._count(event.answer.usage, event.reused)
            elif isinstance(event, Seen):
                self._seen.add(event.sample.id)
        if not self._dirty.is_set():
            self._dirty.set()

    def recall(self, key: str) -> Answer | None:
        """The answer of an earlier call, if it was paid for: by this run, or by one of the earlier ones."""
        place = self._calls.get(key)
        if place is not None:
            event = self._read(place)
            return event.answer if isinstance(event, Call) else None
        call = self._earlier.recall(key)
        if call is None:
            return None
        self.append(msgspec.structs.replace(call, reused=True))
        return call.answer

    def closed(self, sample_id: str, number: int) -> Trial | None:
        """The trial that ended well, with its answer; None where it is still to do."""
        place = self._closed.get((sample_id, number))
        if place is None:
            return None
        event = self._read(place)
        if not isinstance(event, Closed):
            return None
        if event.call is None:
            return event.trial
        return msgspec.structs.replace(event.trial, answer=self.recall(event.call))

    @property
    def held(self) -> int:
        """How many trials had ended well when the file was opened."""
        return len(self._closed)

    def seen(self, sample_id: str) -> bool:
        """Whether the sample's content is in the file already."""
        return sample_id in self._seen

    def close(self) -> None:
        """Bring everything to the disk and let the file go."""
        self._ended.set()
        self._dirty.set()
        self._syncer.join()
        os.close(self._file)
        self._earlier.close()

    def _write(self, lines: bytes) -> None:
        view, rest = memoryview(lines), 0
        try:
            while rest < len(lines):
                rest += os.write(self._file, view[rest:])
        except OSError as error:
            os.ftruncate(self._file, self._size)
            raise StoreError(
                f"The journal {self.path} cannot be written: {error.strerror}.",
                remedy="Make room (or choose another --log-dir) and repeat the command: everything answered so far is kept.",
            ) from error
        self._size += len(lines)

    def _count(self, usage: Usage, reused: bool) -> None:
        if reused:
            self.taken_over += 1
            return
        self.usage = self.usage + usage
        self.calls += 1

    def _load(self) -> int:
        """Index what is there; a torn last line (the writer was killed) is cut off. Returns the size that is good."""
        decode = msgspec.json.Decoder(PaidHead).decode
        offset = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    os.ftruncate(self._file, offset)
                    break
                try:
                    self._index(decode(line), offset, len(line))
                except msgspec.MsgspecError:
                    self.damaged.append(number)
                offset += len(line)
        return offset

    def _index(self, head: PaidHead, offset: int, length: int) -> None:
        if head.event == "call" and head.key is not None:
            self._calls[head.key] = (offset, length)
            self._count(head.answer.usage if head.answer else Usage(), head.reused)
        elif head.trial is not None:
            if standing(head.trial) == DONE:
                self._closed[head.trial.sample_id, head.trial.number] = (offset, length)
        elif head.sample is not None:
            self._seen.add(head.sample.id)

    def _read(self, place: tuple[int, int]) -> Any:
        offset, length = place
        return self._decode.decode(os.pread(self._file, length, offset))

    def _sync_for_ever(self) -> None:
        while True:
            self._dirty.wait()
            self._dirty.clear()
            _sync(self._file)
            if self._ended.wait(SYNC_SECONDS):
                _sync(self._file)
                return
