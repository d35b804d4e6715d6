"""Frames over a pipe, and plain data as JSON: the only things that cross between processes inside a sandbox, and out of it.

Starting a sandbox costs what it imports, and `json` brings `re` and `enum` with it: our own words are encoded here, and `json` is imported
only where something untrusted must be read.
"""

from __future__ import annotations

import marshal
import os
from _json import encode_basestring_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `collections` cost milliseconds at every start
    from typing import Any

LARGEST = 64 * 1024 * 1024
DEEPEST = 100
READ, WRITE = os.read, os.write  # as they were before any program: one that replaces them hears nothing of ours


class Closed(Exception):
    """The other side is gone."""


class Crossing(BaseException):
    """A value that is no plain data. Not an Exception, so that a test's own `except Exception` cannot swallow it."""


def receive_bytes(fd: int, count: int) -> bytes:
    """Exactly `count` bytes. Raises Closed at the end of the stream."""
    parts = []
    while count:
        part = READ(fd, min(count, 1 << 20))
        if not part:
            raise Closed
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def send_bytes(fd: int, data: bytes) -> None:
    """All of `data`, behind its length in four bytes. Raises Closed where nobody reads any more."""
    view = memoryview(len(data).to_bytes(4, "big") + data)
    try:
        while view:
            view = view[WRITE(fd, view) :]
    except (BrokenPipeError, ConnectionResetError) as error:
        raise Closed from error


def receive_trusted(fd: int) -> Any:
    """One frame from Assay itself. Raises Closed at the end."""
    return marshal.loads(receive_bytes(fd, int.from_bytes(receive_bytes(fd, 4), "big")))


def receive(fd: int) -> Any:
    """One frame from anybody. Raises Closed at the end, ValueError for what is no frame."""
    import json

    size = int.from_bytes(receive_bytes(fd, 4), "big")
    if size > LARGEST:
        raise ValueError(f"a frame of {size} bytes")
    return json.loads(receive_bytes(fd, size))


def send(fd: int, value: Any) -> None:
    """One frame."""
    send_bytes(fd, encode(value).encode())


def encode(value: Any) -> str:
    """JSON of texts, whole numbers, finite floats, truth values, None, lists and mappings by text."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return str(encode_basestring_ascii(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{encode(str(key))}: {encode(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(encode, value)) + "]"


class Sight:
    """What two processes see of each other during one call: containers that travel with it keep their identity, so that a change in place
    or a `return xs` means what it means in one process; what is no plain data stays where it is and travels as a number."""

    def __init__(self, keep: Any = None, find: Any = None) -> None:
        self.keep, self.find = keep, find
        self.shared: dict[int, Any] = {}
        self.places: dict[int, int] = {}

    def share(self, number: int, value: Any) -> Any:
        """Remember a container under its number."""
        self.shared[number] = value
        self.places[id(value)] = number
        return value


def flatten(value: Any, depth: int = 0, sight: Sight | None = None, sharing: bool = False) -> Any:
    """A plain value as JSON that keeps its type; subclasses become their base. Raises Crossing for anything else, unless `sight` keeps it.

    `sharing` gives each container that can change a number on the way.
    """
    if depth > DEEPEST:
        raise Crossing("a value nested too deeply")
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        number = int.__index__(value)
        return number if abs(number) < 1 << 62 else ["i", hex(number)]
    if isinstance(value, float):
        return ["x", float.hex(value)]
    if sight is not None and id(value) in sight.places:
        return ["m", sight.places[id(value)]]
    if sight is not None and sharing and isinstance(value, CHANGING):
        number = len(sight.shared)
        sight.share(number, value)
        return ["=", [number, contents(value, depth, sight, True)]]
    return contents(value, depth, sight, sharing)


DICTS = {"Counter": "dC", "OrderedDict": "dO"}
CHANGING = (list, dict, set, bytearray)
TAGS: tuple[tuple[str, Any], ...] = (("l", list), ("t", tuple), ("s", set), ("f", frozenset))


def contents(value: Any, depth: int, sight: Sight | None, sharing: bool = False) -> Any:
    """`flatten` of what holds other values."""
    kind: Any
    for tag, kind in TAGS:
        if isinstance(value, kind):
            parts = list(kind.__iter__(value))
            if not simple(parts):
                parts = [flatten(each, depth + 1, sight, sharing) for each in parts]
            fields = getattr(type(value), "_fields", None) if kind is tuple else None
            return ["nt", [type(value).__name__, list(fields), parts]] if isinstance(fields, tuple) else [tag, parts]
    if isinstance(value, dict):
        pairs = [[flatten(key, depth + 1, sight, sharing), flatten(each, depth + 1, sight, sharing)] for key, each in dict.items(value)]
        return [next((DICTS[each.__name__] for each in type(value).__mro__ if each.__name__ in DICTS), "d"), pairs]
    return flatten_rare(value, depth, sight)


def simple(parts: list[Any]) -> bool:
    """Whether all of these are as JSON has them: a long list of numbers then costs no step for each."""
    kinds = set(map(type, parts))
    if not kinds <= SIMPLE:
        return False
    return int not in kinds or (kinds == {int} and min(parts) > -(1 << 62) and max(parts) < 1 << 62)


SIMPLE = {int, str, bool, type(None)}


def flatten_rare(value: Any, depth: int, sight: Sight | None) -> Any:
    """The plain types one seldom meets, known by their name so that nothing needs importing."""
    if isinstance(value, bytes | bytearray):
        return ["b" if isinstance(value, bytes) else "y", value.hex()]
    if isinstance(value, complex):
        return ["c", [float.hex(value.real), float.hex(value.imag)]]
    if isinstance(value, range):
        return ["r", [value.start, value.stop, value.step]]
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if name in ("collections.deque", "builtins.dict_keys", "builtins.dict_items"):
        return [{"deque": "q", "dict_keys": "dk", "dict_items": "di"}[type(value).__name__], [flatten(each, depth + 1) for each in value]]
    if name in ("decimal.Decimal", "fractions.Fraction"):
        return [name, str(value)]
    if name in ("datetime.date", "datetime.time", "datetime.datetime"):
        return [name, value.isoformat()]
    if name == "datetime.timedelta":
        return [name, [value.days, value.seconds, value.microseconds]]
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return flatten(value.item(), depth + 1, sight)
    if sight is not None and sight.keep is not None:
        return sight.keep(value, name)
    raise Crossing(f"a value of type {name}")


def restore(value: Any, sight: Sight | None = None, depth: int = 0) -> Any:
    """What `flatten` made, as it was; what stayed on the other side is found by `sight`. Raises ValueError for anything malformed."""
    if depth > 2 * DEEPEST:
        raise ValueError("nested too deeply")
    if not isinstance(value, list):
        return value
    tag, body = value
    if tag in CONTAINERS:
        if list not in set(map(type, body)):
            return CONTAINERS[tag](body)
        return CONTAINERS[tag](restore(each, sight, depth + 1) for each in body)
    if tag == "d":
        return {restore(key, sight, depth + 1): restore(each, sight, depth + 1) for key, each in body}
    if tag == "nt":
        from collections import namedtuple

        kind: Any = namedtuple(str(body[0]), [str(each) for each in body[1]], rename=True)  # type: ignore[misc]
        return kind(*(restore(each, sight, depth + 1) for each in body[2]))
    if sight is not None:
        if tag == "m":
            return sight.shared[body]
        if tag == "=":
            return sight.share(int(body[0]), restore(body[1], sight, depth + 1))
        if tag in ("o", "k"):
            return sight.find(tag, body)
    return restore_rare(tag, body)


CONTAINERS: dict[str, Any] = {"l": list, "t": tuple, "s": set, "f": frozenset}


def restore_rare(tag: str, body: Any) -> Any:
    """The counterpart of `flatten_rare`, and the numbers JSON cannot hold."""
    if tag == "x":
        return float.fromhex(body)
    if tag == "i":
        return int(body, 16)
    if tag == "c":
        return complex(*map(float.fromhex, body))
    if tag == "r":
        return range(*body)
    if tag in ("b", "y"):
        return (bytes if tag == "b" else bytearray).fromhex(body)
    if tag == "dk":
        return dict.fromkeys(restore(["l", body])).keys()
    if tag == "di":
        return dict(restore(["l", body])).items()
    if tag in FAMILIES:
        return FAMILIES[tag](body)
    raise ValueError(f"an unknown tag {tag!r}")


def imported(module: str, name: str) -> Any:
    """A class of the standard library, imported once it is needed."""
    return getattr(__import__(module), name)


FAMILIES: dict[str, Any] = {
    "q": lambda body: imported("collections", "deque")(restore(["l", body])),
    "dC": lambda body: imported("collections", "Counter")(restore(["d", body])),
    "dO": lambda body: imported("collections", "OrderedDict")(restore(["d", body])),
    "decimal.Decimal": lambda body: imported("decimal", "Decimal")(body),
    "fractions.Fraction": lambda body: imported("fractions", "Fraction")(*map(int, body.split("/"))),  # never "1e999999999"
    "datetime.date": lambda body: imported("datetime", "date").fromisoformat(body),
    "datetime.time": lambda body: imported("datetime", "time").fromisoformat(body),
    "datetime.datetime": lambda body: imported("datetime", "datetime").fromisoformat(body),
    "datetime.timedelta": lambda body: imported("datetime", "timedelta")(*body),
}
