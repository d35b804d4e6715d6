"""Trials as a fold over journals: the last closing of each trial, its answer and its sample, in memory that holds places, never bodies."""

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from assay.core.answer import Answer
from assay.core.journal import Call, Closed, Head, JournalEvent, Seen, TrialHead, standing
from assay.core.sample import Sample
from assay.core.trial import Trial
from assay.store.files import broken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Place = tuple[int, int, int]
"""Which file, at which byte, how many bytes."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A trial with its answer in it, and its sample where the journal has it."""

    trial: Trial
    sample: Sample | None = None


class Places:
    """Where the events of one kind stand: 128-bit digests of their names beside their places, 40 bytes an event."""

    def __init__(self) -> None:
        self._digests = bytearray()
        self._places = array("q")
        self._ranks = bytearray()
        self._sorted: tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]] | None = None

    def add(self, name: str, place: Place, rank: int = 0) -> None:
        """Note an event; of one name the highest rank wins, then the last."""
        self._digests += digest(name)
        self._places.extend(place)
        self._ranks.append(rank)

    def winners(self) -> "NDArray[np.int64]":
        """The places of the events that count, one per name, shape (names, 3), in the order they were written."""
        import numpy as np

        _, _, places = self._index()
        return places[np.lexsort((places[:, 1], places[:, 0]))]

    def find(self, name: str) -> Place | None:
        """The place of the event of one name."""
        import numpy as np

        high, low, places = self._index()
        wanted = np.frombuffer(digest(name), dtype=np.uint64)
        at = int(np.searchsorted(high, wanted[0]))
        while at < len(high) and high[at] == wanted[0]:
            if low[at] == wanted[1]:
                file, offset, length = (int(each) for each in places[at])
                return file, offset, length
            at += 1
        return None

    def _index(self) -> "tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]]":
        import numpy as np

        if self._sorted is None:
            names = np.frombuffer(bytes(self._digests), dtype=np.uint64).reshape(-1, 2)
            places = np.frombuffer(self._places.tobytes(), dtype=np.int64).reshape(-1, 3)
            ranks = np.frombuffer(bytes(self._ranks), dtype=np.uint8)
            order = np.lexsort((np.arange(len(ranks)), ranks, names[:, 1], names[:, 0]))
            names = names[order]
            last = np.ones(len(order), dtype=bool)
            last[:-1] = (names[1:] != names[:-1]).any(axis=1)
            self._sorted = (names[last, 0], names[last, 1], places[order[last]])
            self._digests, self._places, self._ranks = bytearray(), array("q"), bytearray()
        return self._sorted


def digest(name: str) -> bytes:
    """16 bytes that stand for a name."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Fold:
    """The trials of a run. Iterate it for records, or over `heads` to choose before reading texts.

    Takes the journals as long as they are when it is made; closed, it opens a file again for each record asked for. A torn last line (its writer was killed) is not there;
    `damaged` counts other lines that cannot be read, which are left out.
    """

    def __init__(self, journals: Sequence[Path]) -> None:
        self.paths = tuple(journals)
        self.damaged = 0
        self._calls, self._closed, self._seen = Places(), Places(), Places()
        self._decode: msgspec.json.Decoder[Any] = msgspec.json.Decoder(JournalEvent)
        self._head = msgspec.json.Decoder(Head)
        self._files: list[BinaryIO] = []
        for path in self.paths:
            self._read_file(path)
        self._winners = self._closed.winners()

    def __enter__(self) -> "Fold":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the files go."""
        for file in self._files:
            file.close()

    def __len__(self) -> int:
        return len(self._winners)

    def __iter__(self) -> Iterator[Record]:
        return (self.record(place) for place in self._places())

    def heads(self) -> Iterator[tuple[Place, TrialHead]]:
        """Every trial without its texts, with the place that `record` takes."""
        return ((place, head) for place in self._places() if (head := self._head.decode(self._line(place)).trial) is not None)

    def means(self, metric: str | None = None) -> dict[str, dict[str, tuple[float, Place]]]:
        """Metric -> sample id -> (mean value over its scored trials, the place of the last of them); of every metric, or of one."""
        sums: dict[str, dict[str, tuple[float, int, Place]]] = {}
        for place, head in self.heads():
            for score in head.scores:
                if score.value is not None and metric in (None, score.name):
                    own = sums.setdefault(score.name, {})
                    total, count, _ = own.get(head.sample_id, (0.0, 0, place))
                    own[head.sample_id] = (total + score.value, count + 1, place)
        return {name: {each: (total / count, place) for each, (total, count, place) in own.items()} for name, own in sums.items()}

    def record(self, place: Place) -> Record:
        """The trial closed at `place`, whole."""
        event = self._decode.decode(self._line(place))
        trial: Trial = event.trial
        if isinstance(event, Closed) and event.call is not None and trial.answer is None:
            trial = msgspec.structs.replace(trial, answer=self._answer(event.call))
        return Record(trial=trial, sample=self.sample(trial.sample_id))

    def sample(self, sample_id: str) -> Sample | None:
        """A sample by its id."""
        place = self._seen.find(sample_id)
        event = self._decode.decode(self._line(place)) if place is not None else None
        return event.sample if isinstance(event, Seen) else None

    def _answer(self, key: str) -> Answer | None:
        place = self._calls.find(key)
        event = self._decode.decode(self._line(place)) if place is not None else None
        return event.answer if isinstance(event, Call) else None

    def _places(self) -> Iterator[Place]:
        for file, offset, length in self._winners:
            yield int(file), int(offset), int(length)

    def _line(self, place: Place) -> bytes:
        file, offset, length = place
        source = self._files[file]
        if source.closed:
            with self.paths[file].open("rb") as again:
                again.seek(offset)
                return again.read(length)
        source.seek(offset)
        return source.read(length)

    def _read_file(self, path: Path) -> None:
        decode = msgspec.json.Decoder(Head).decode
        number, offset = len(self._files), 0
        try:
            file = path.open("rb")
            self._files.append(file)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                try:
                    self._note(decode(line), (number, offset, len(line)))
                except msgspec.MsgspecError:
                    self.damaged += 1
                offset += len(line)
        except OSError as error:
            self.close()
            raise broken(error, path, "read") from error

    def _note(self, line: Head, place: Place) -> None:
        if line.event == "call" and line.key is not None:
            self._calls.add(line.key, place)
        elif line.event == "closed" and line.trial is not None:
            self._closed.add(f"{line.trial.number}\0{line.trial.sample_id}", place, rank=standing(line.trial))
        elif line.event == "sample" and line.sample is not None:
            self._seen.add(line.sample.id, place)
