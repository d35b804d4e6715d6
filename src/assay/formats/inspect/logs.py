"""Logs of Inspect as plain data: what the run was, and its samples one at a time, whatever the version and the shape of the file.

An `.eval` archive holds `header.json` (or, of a run that was interrupted, `_journal/start.json`) and a file a sample, whole or as a shell with its
messages, attachments and events in chunks. A `.json` log is one document. Events are counted, not kept, unless they are asked for.
"""

import mmap
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import DatasetError
from assay.formats.inspect.archive import Archive, Damaged, opened

WHOLE = re.compile(r"samples/(?P<id>.*)_epoch_(?P<epoch>\d+)\.json", re.DOTALL)
SHELL = re.compile(r"samples/(?P<id>.*)_epoch_(?P<epoch>\d+)/sample\.json", re.DOTALL)
HEADER, START, REDUCTIONS = "header.json", "_journal/start.json", "reductions.json"
REFERENCES = ("attachment://", "tc://")
HEAVY = ("events", "events_data", "attachments", "timelines", "transcript")
"""What tells a sample's story again, in events that refer to messages and attachments."""

# JSON of Inspect names numbers that are none; a text is stepped over whole, so that one which says NaN stays as it is.
CONSTANT = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b')


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A sample that is in the log and cannot be read, and why."""

    id: str
    epoch: int
    reason: str


class EventHead(msgspec.Struct, frozen=True, gc=False):
    """What of an event is read to count it."""

    event: str = "unknown"


Sample = dict[str, Any]


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """One log: its `header` (`version`, `status`, `eval`, `plan`, `results`, `stats`, ...) and its `reductions`. `cut` says that the file ends early,
    `interrupted` that the run did. `names` are the members that hold samples (of a `.json` log: none, its samples lie in `path`)."""

    path: Path
    header: dict[str, Any]
    reductions: list[Any] | None = None
    cut: bool = False
    interrupted: bool = False
    names: tuple[str, ...] = ()

    def samples(self, *, events: bool = False) -> Iterator[Sample | Lost]:
        """The samples, one in memory at a time."""
        return archived(self, events) if self.path.suffix == ".eval" else listed(self.path, events)


def read_log(path: Path) -> Log:
    """What a log says of its run. Raises DatasetError for a file that is none, or too damaged to tell what was run."""
    return read_archive(path) if path.suffix == ".eval" else read_document(path)


def read_archive(path: Path) -> Log:
    """An `.eval` log, whole, interrupted or cut off."""
    with opened(path) as archive:
        told: dict[str, Any] | None = None
        trouble = "it holds neither header.json nor _journal/start.json"
        for name in (HEADER, START):
            if told is None and name in archive.members:
                try:
                    told = {"status": "started", **decoded(archive.read(name))}
                    interrupted = name == START
                except (Damaged, msgspec.DecodeError) as error:
                    trouble = f"its {name} cannot be read: {error}"
        names = (*archive.matching(WHOLE), *archive.matching(SHELL))
        if told is None or not isinstance(told.get("eval"), dict):
            raise DatasetError(
                f"'{path}' does not tell what was run: {trouble}. {len(names)} of its samples are there.",
                remedy="Copy it again from where it was written; or run it again: inspect eval-retry LOG.",
            )
        reductions = None
        if REDUCTIONS in archive.members:
            try:
                reductions = decoded(archive.read(REDUCTIONS))
            except (Damaged, msgspec.DecodeError):
                reductions = None  # they are reckoned from the scores, which are there
        return Log(path=path, header=told, reductions=reductions, cut=archive.cut, interrupted=interrupted, names=names)


def archived(log: Log, events: bool) -> Iterator[Sample | Lost]:
    """The samples of an archive."""
    with Archive(log.path) as archive:
        for name in log.names:
            whole = WHOLE.fullmatch(name)
            match = whole or SHELL.fullmatch(name)
            try:
                yield of_parts(archive, name, events) if whole is None else of_document(archive.read(name), events)
            except (Damaged, msgspec.DecodeError, UnicodeDecodeError) as error:
                assert match is not None
                yield Lost(id=match["id"], epoch=int(match["epoch"]), reason=str(error))


def decoded(data: bytes | mmap.mmap | msgspec.Raw, kind: Any = Any) -> Any:
    """A JSON value of a kind; numbers that are none become texts."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError:
        return msgspec.json.decode(without_constants(bytes(data)), type=kind)


def fields(data: bytes | mmap.mmap | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """A JSON object whose values are left undecoded."""
    found: dict[str, msgspec.Raw] = decoded(data, dict[str, msgspec.Raw])
    return found


def without_constants(data: bytes) -> bytes:
    """JSON with NaN and infinities as texts."""
    return CONSTANT.sub(lambda match: match[0] if match[0].startswith(b'"') else b'"' + match[0] + b'"', data)


def of_document(data: bytes | msgspec.Raw, events: bool) -> Sample:
    """A sample from its one JSON object, with its attachments where they are referred to."""
    parts = fields(data)
    if "transcript" in parts:
        told = fields(parts.pop("transcript"))
        parts.setdefault("events", told.get("events", msgspec.Raw(b"[]")))
        parts.setdefault("attachments", told.get("content", msgspec.Raw(b"{}")))
    sample = {name: decoded(value) for name, value in parts.items() if name not in HEAVY}
    if "attachments" in parts:
        sample = resolved(sample, decoded(parts["attachments"]))
    if events:
        sample.update({name: decoded(parts[name]) for name in HEAVY if name in parts})
    elif counts := counted(parts.get("events")):
        sample["events"] = counts
    return sample


def counted(events: bytes | msgspec.Raw | None) -> dict[str, int]:
    """How many events there are of each kind."""
    if events is None:
        return {}
    heads: list[EventHead] = decoded(events, list[EventHead])
    return dict(Counter(each.event for each in heads))


def resolved(value: Any, attachments: dict[str, str]) -> Any:
    """Plain data with what was set apart back in its place."""
    if isinstance(value, str):
        for protocol in REFERENCES:
            if value.startswith(protocol):
                return attachments.get(value[len(protocol) :], value)
        return value
    if isinstance(value, dict):
        return {key: resolved(each, attachments) for key, each in value.items()}
    if isinstance(value, list):
        return [resolved(each, attachments) for each in value]
    return value


def of_parts(archive: Archive, shell: str, events: bool) -> Sample:
    """A sample from its shell and its chunks: its conversation names places in the messages, its texts places in the attachments."""
    folder = shell.removesuffix("sample.json")
    if archive.cut and next(reversed(archive.members)).startswith(folder):
        raise Damaged("the log ends inside of it")
    sample: Sample = decoded(archive.read(shell))
    if f"{folder}metadata.json" in archive.members:
        sample["metadata"] = decoded(archive.read(f"{folder}metadata.json"))
    pool = sequence(archive, folder + "messages/")
    ranges = sample.pop("message_refs", ())
    if any(end > len(pool) for _, end in ranges):
        raise Damaged(f"{len(pool)} of its messages are there")
    chosen = [pool[place] for start, end in ranges for place in range(start, end)]
    apart = {str(place): text for place, text in enumerate(sequence(archive, folder + "attachments/"))}
    sample = resolved({**sample, "messages": chosen}, apart)
    if events:
        calls = sequence(archive, folder + "calls/")
        told = {"events": sequence(archive, folder + "events/"), "attachments": apart, "events_data": {"messages": pool, "calls": calls}}
        return {**sample, **told}
    kinds: Counter[str] = Counter()
    for name in chunks(archive, folder + "events/"):
        kinds.update(counted(archive.read(name)))
    return {**sample, "events": dict(kinds)} if kinds else sample


def chunks(archive: Archive, folder: str) -> list[str]:
    """The members that hold a sequence, in its order; each is named by the place of its first item."""
    numbers = [name.removeprefix(folder).removesuffix(".json") for name in archive.members if name.startswith(folder)]
    return [f"{folder}{number}.json" for number in sorted((each for each in numbers if each.isdigit()), key=int)]


def sequence(archive: Archive, folder: str) -> list[Any]:
    """A whole sequence."""
    return [item for name in chunks(archive, folder) for item in decoded(archive.read(name))]


def read_document(path: Path) -> Log:
    """A `.json` log. Raises DatasetError where it is none, naming the byte where it breaks."""
    with path.open("rb") as file:
        try:
            parts = fields(mapped(file.fileno(), path))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DatasetError(
                f"'{path}' is no whole JSON document: {error}.", remedy="Was it copied whole? A .eval log can be read in part."
            ) from error
        told = {name: decoded(value) for name, value in parts.items() if name not in ("samples", "reductions")}
        reductions = decoded(parts["reductions"]) if "reductions" in parts else None
    if not isinstance(told.get("eval"), dict):
        raise DatasetError(f"'{path}' is no log of Inspect: it has no 'eval'.", remedy="Name another format: assay import FORMAT FILE.")
    return Log(path=path, header=told, reductions=reductions, interrupted=told.get("status") == "started")


def mapped(number: int, path: Path) -> mmap.mmap:
    """A file as memory that the system takes back when it needs it. Raises DatasetError for an empty one."""
    try:
        return mmap.mmap(number, 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise DatasetError(f"'{path}' is empty.", remedy="Was it copied whole?") from error


def listed(path: Path, events: bool) -> Iterator[Sample]:
    """The samples of a `.json` log."""
    with path.open("rb") as file:
        found = fields(mapped(file.fileno(), path)).get("samples")
    for each in msgspec.json.decode(found, type=list[msgspec.Raw] | None) or () if found is not None else ():
        yield of_document(each, events)
