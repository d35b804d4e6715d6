"""Tests apart from the program they judge: the program serves its functions in one process, the tests call them from another.

Plain data crosses. Whatever else the program returns stays where it is: the tests hold a `Far` object, which can be called, read and
walked through, but which is equal to nothing but itself. So no method of the program ever decides a comparison.
"""

from __future__ import annotations

import builtins
import os
import sys
from io import TextIOWrapper
from types import ModuleType

from assay.sandbox.inside.harness import Boundary, close, describe, execute, finish, fresh_main, say
from assay.sandbox.inside.names import borrowed
from assay.sandbox.inside.wire import Closed, Crossing, Sight, flatten, receive, receive_trusted, restore, send, send_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `collections` cost milliseconds at every start
    from typing import Any

HEARD = 1 << 12
SPOKEN = ("__name__", "__qualname__")


class Line:
    """One end of the line between a program and its tests: it asks the other end, and answers what that asks meanwhile."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming, self.outgoing = incoming, outgoing

    def keep(self, value: Any, name: str) -> Any:
        """How a value that is no plain data travels. Raises Crossing where it does not."""
        raise Crossing(f"a value of type {name}")

    def find(self, tag: str, body: Any) -> Any:
        """What the other end means by a number."""
        raise ValueError(f"an unknown tag {tag!r}")

    def perform(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the other end asked for. Raises Closed, Crossing or whatever the doing of it raises."""
        raise ValueError(f"nobody does {request['ask']!r} here")

    def ask(self, what: str, whom: Any, arguments: tuple[Any, ...] = (), named: dict[str, Any] | None = None) -> Any:
        """Let the other end do something; its value. Raises what it raised, as the builtin exception nearest to it."""
        sight = Sight(self.keep, self.find)
        packed = [flatten(each, 0, sight, True) for each in arguments]
        also = {key: flatten(each, 0, sight, True) for key, each in (named or {}).items()}
        self.say({"ask": what, "whom": whom, "arguments": packed, "named": also})
        reply = self.receive()
        while "ask" in reply:
            self.say(self.answer(reply))
            reply = self.receive()
        return self.opened(reply, sight)

    def say(self, message: dict[str, Any]) -> None:
        """One frame; whoever has come this far has `json` loaded, which is quicker with long lists."""
        import json

        send_bytes(self.outgoing, json.dumps(message).encode())

    def receive(self) -> dict[str, Any]:
        """One frame that is a mapping."""
        frame = receive(self.incoming)
        if not isinstance(frame, dict):
            raise ValueError("no mapping")
        return frame

    def opened(self, reply: dict[str, Any], sight: Sight) -> Any:
        """The value in a reply, once the containers that went along have their new content."""
        if "crossing" in reply:
            raise Crossing(str(reply["crossing"]))
        for number, now in reply.get("changed", {}).items():
            replace(sight.shared[int(number)], restore(now, sight))
        if "raised" in reply:
            raise error_of(reply, sight)
        return restore(reply["value"], sight)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what the other end asks: the value or what was raised, and how it changed the containers that came along."""
        sight = Sight(self.keep, self.find)
        reply: dict[str, Any] = {}
        with Boundary() as caught:
            arguments = [restore(each, sight) for each in request["arguments"]]
            named = {key: restore(each, sight) for key, each in request["named"].items()}
            before = {number: shallow(each, sight) for number, each in sight.shared.items()}
            with Boundary() as inner:
                value = self.perform(request | {"arguments": arguments, "named": named})
            after = {str(number): shallow(each, sight) for number, each in sight.shared.items()}
            reply["changed"] = {number: now for number, now in after.items() if now != before[int(number)]}
            if inner.error is None:
                return {"value": flatten(value, 0, sight)} | reply
            raise inner.error
        error = caught.error or RuntimeError("no answer")
        if isinstance(error, Crossing):
            return {"crossing": str(error)}
        if isinstance(error, Closed):
            raise error
        return reply | said_of(error, sight)


def shallow(container: Any, sight: Sight) -> Any:
    """A container's content, in which other containers of the same call are numbers."""
    number = sight.places.pop(id(container))
    try:
        return flatten(container, 0, sight)
    finally:
        sight.places[id(container)] = number


def replace(target: Any, now: Any) -> None:
    """Give a changed argument its new content, in place, as the program's own call would have."""
    if isinstance(target, list | bytearray):
        target[:] = now
    elif isinstance(target, dict | set):
        target.clear()
        target.update(now)


def said_of(error: BaseException, sight: Sight) -> dict[str, Any]:
    """An exception as it travels: the builtin nearest to it, its arguments where they are plain data, its text."""
    names = [each.__name__ for each in type(error).__mro__ if getattr(builtins, each.__name__, None) is each]
    said: dict[str, Any] = {"raised": names[0] if names else "Exception", "kind": type(error).__name__, "text": ""}
    with Boundary():
        said["text"] = str(error)[:100_000]
    with Boundary():
        said["arguments"] = flatten(tuple(error.args))
    return said


def error_of(said: dict[str, Any], sight: Sight) -> BaseException:
    """The exception a reply tells of; where its arguments do not make its text, the text alone."""
    kind = getattr(builtins, str(said["raised"]), Exception)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = Exception
    text = str(said.get("text", ""))
    if "arguments" in said:
        with Boundary():
            error = kind(*restore(said["arguments"]))
            if str(error) == text:
                return error
    try:
        return kind(text)
    except TypeError:  # UnicodeDecodeError and its like want five arguments
        return ValueError(text)


class Echo(TextIOWrapper):
    """Standard output that remembers what one call wrote: tests may look at it."""

    heard: list[str]

    def write(self, text: str) -> int:
        if len(self.heard) < HEARD:
            self.heard.append(text[:HEARD])
        return super().write(text)


class Server(Line):
    """The program's end."""

    def __init__(self, incoming: int, outgoing: int, namespace: dict[str, Any]) -> None:
        super().__init__(incoming, outgoing)
        self.namespace = namespace
        self.kept: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.theirs: dict[int, Any] = {}
        self.watched: dict[str, Any] = {}

    def keep(self, value: Any, name: str) -> Any:
        for number, each in self.theirs.items():
            if each is value:
                return ["k", number]
        number = self.numbers.setdefault(id(value), len(self.kept))
        if number == len(self.kept):
            self.kept.append(value)
        truth = True
        with Boundary():
            truth = bool(value)
        return ["o", [number, truth, name]]

    def find(self, tag: str, body: Any) -> Any:
        if tag == "k":
            number = int(body)
            return self.theirs.setdefault(number, lambda *arguments, **named: self.ask("call", number, arguments, named))
        return self.namespace[body] if isinstance(body, str) else self.kept[body]

    def perform(self, request: dict[str, Any]) -> Any:
        value = self.find("o", request["whom"])
        return DEEDS[request["ask"]](value, *request["arguments"], **request["named"])

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        heard: list[str] = []
        if isinstance(sys.stdout, Echo):
            sys.stdout.heard = heard
        reply = super().answer(request)
        if heard:
            reply["said"] = "".join(heard)
        reply["globals"] = self.globals()
        return reply

    def globals(self) -> dict[str, Any]:
        """The plain globals that tests read and that have another value than they were last told."""
        fresh = {}
        for name, last in self.watched.items():
            with Boundary():
                now = flatten(self.namespace[name])
                if now != last:
                    fresh[name] = self.watched[name] = now
        return fresh


def far_iterator(value: Any) -> Any:
    """An iterator that stays here."""
    return Walk(iter(value))


class Walk:
    """An iterator of the program. A wrapper, so that a plain list's does not cross as something else."""

    def __init__(self, items: Any) -> None:
        self.items = items

    def __next__(self) -> Any:
        return next(self.items)


DEEDS: dict[str, Any] = {
    "call": lambda value, *arguments, **named: value(*arguments, **named),
    "get": lambda value, name: getattr(value, name),
    "set": lambda value, name, now: setattr(value, name, now),
    "item": lambda value, place: value[place],
    "length": lambda value: len(value),
    "walk": far_iterator,
    "next": lambda value: next(value),
    "text": lambda value: str(value),
    "sight": lambda value: repr(value),
}


def serve(job: dict[str, Any], incoming: int, outgoing: int, packages: list[str]) -> None:
    """Load the program, say what it defines, then do with it what the tests ask."""
    namespace = fresh_main(job, packages, "program")
    before = set(namespace)
    server = Server(incoming, outgoing, namespace)
    sys.stdout = Echo(sys.stdout.buffer, encoding="utf-8", errors="surrogateescape")
    sys.stdout.heard = []
    with Boundary() as caught:
        execute(job["preamble"], namespace, "<preamble>")
        execute(job["source"], namespace)
    if caught.error is not None:
        code = say(caught.error)
        send(outgoing, {"failed": describe(caught.error)})
        close()
        os._exit(code & 0xFF)
    send(outgoing, {"defined": {name: kind_of(value) for name, value in namespace.items() if name not in before}})
    try:
        server.watched = dict.fromkeys(receive(incoming)["watch"])
        server.globals()
        while True:
            server.say(server.answer(server.receive()))
    except Closed:
        finish(None)


def kind_of(value: Any) -> Any:
    """How a global of the program reaches the tests: as a module of the same name, as plain data, or as an object that stays."""
    if isinstance(value, ModuleType) and value.__name__.partition(".")[0] in sys.stdlib_module_names:
        return {"module": value.__name__}
    with Boundary():
        return {"value": flatten(value)}
    return {"far": type(value).__name__}


class Far:
    """An object of the program, seen from the tests. What can be asked of it gives data; what would be a verdict (equality, order,
    arithmetic) is not asked."""

    def __init__(self, judge: Judge, whom: Any, truth: bool, kind: str) -> None:
        self.__dict__.update(_far=whom, _judge=judge, _truth=truth, _kind=kind)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._judge.ask("call", self._far, arguments, named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in SPOKEN:  # a protocol of Python's: numpy would follow an address it is given
            raise AttributeError(name)
        return self._judge.ask("get", self._far, (name,))

    def __setattr__(self, name: str, value: Any) -> None:
        self._judge.ask("set", self._far, (name, value))

    def __getitem__(self, place: Any) -> Any:
        return self._judge.ask("item", self._far, (place,))

    def __len__(self) -> int:
        return int(self._judge.ask("length", self._far))

    def __iter__(self) -> Any:
        return self._judge.ask("walk", self._far)

    def __next__(self) -> Any:
        return self._judge.ask("next", self._far)

    def __bool__(self) -> bool:
        return bool(self._truth)

    def __str__(self) -> str:
        return str(self._judge.ask("text", self._far))

    def __repr__(self) -> str:
        return str(self._judge.ask("sight", self._far))


class Judge(Line):
    """The tests' end. Everything that comes in is hostile: only plain data, and numbers of things the tests handed over, are understood."""

    def __init__(self, incoming: int, outgoing: int, namespace: dict[str, Any]) -> None:
        super().__init__(incoming, outgoing)
        self.namespace = namespace
        self.crossings: list[str] = []
        self.handed: list[Any] = []
        self.known: dict[Any, Far] = {}

    def keep(self, value: Any, name: str) -> Any:
        if type(value) is Far:
            return ["o", value._far]
        if callable(value):
            if value not in self.handed:
                self.handed.append(value)
            return ["k", self.handed.index(value)]
        self.crossings.append(f"the tests hand over a value of type {name}")
        raise Crossing(self.crossings[-1])

    def find(self, tag: str, body: Any) -> Any:
        if tag == "k":
            return self.handed[body]
        number, truth, kind = body
        return self.known.setdefault(number, Far(self, int(number), truth is True, str(kind)))

    def perform(self, request: dict[str, Any]) -> Any:
        if request["ask"] != "call":
            raise ValueError("a program may only call what it was handed")
        return self.handed[request["whom"]](*request["arguments"], **request["named"])

    def opened(self, reply: dict[str, Any], sight: Sight) -> Any:
        for name, value in reply.get("globals", {}).items():
            if name in self.watched:
                self.namespace[name] = restore(value)
        if reply.get("said"):
            sys.stdout.write(str(reply["said"]))
        return super().opened(reply, sight)

    def stand_in(self, name: str, kind: dict[str, Any]) -> Any:
        """What the tests see under a name the program defines."""
        if "module" in kind and kind["module"].partition(".")[0] in sys.stdlib_module_names:
            __import__(kind["module"])
            return sys.modules[kind["module"]]
        if "value" in kind:
            return restore(kind["value"])
        return Far(self, name, True, str(kind.get("far", "")))

    watched: frozenset[str] = frozenset()


def judge(report: int, incoming: int, outgoing: int, packages: list[str]) -> None:
    """Read the tests from the wire (nobody else in the sandbox ever holds them), run them against the program, report."""
    request = receive_trusted(0)
    if receive(incoming) != {"locked": True}:
        os._exit(70)
    send(report, {"locked": True})
    send(report, {"taken": True})
    namespace = fresh_main({"arguments": (), "packages": request["packages"]}, packages, "tests")
    line = Judge(incoming, outgoing, namespace)
    with Boundary() as caught:
        hello = receive(incoming)
        if "failed" in hello:
            raise ImportError(str(hello["failed"]))
        execute(request["given"], namespace, "<given>")
        code = compile(request["tests"], "<tests>", "exec", dont_inherit=True)
        defined = hello["defined"]
        names = borrowed(code, defined, request["entry"])
        line.watched = frozenset(name for name in names if "value" in defined[name])
        send(outgoing, {"watch": sorted(line.watched)})
        for name in names:
            namespace[name] = line.stand_in(name, defined[name])
        exec(code, namespace)
    error = caught.error
    text = "" if error is None else "the program ended before its tests did" if isinstance(error, Closed) else describe(error)
    if text and line.known:
        kinds = sorted({far._kind for far in line.known.values()})
        text += f" (the program gave values that are no plain data: {', '.join(kinds)[:200]})"
    passed = error is None and not line.crossings
    send(report, {"passed": passed, "crossed": not line.crossings, "error": (line.crossings or [text])[0]})
    os._exit(0)
