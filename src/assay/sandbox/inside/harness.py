"""What a forked child does with a program: run it alone, or with its tests in its own process."""

from __future__ import annotations

import atexit
import builtins
import os
import sys
from types import ModuleType

from assay.sandbox.inside.names import borrowed
from assay.sandbox.inside.wire import flatten, receive_bytes, send

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `collections` cost milliseconds at every start
    from typing import Any

FILE = "program.py"
SOURCES: dict[str, str] = {}


class Boundary:
    """Holds back whatever is raised in it, in `error`: programs and tests may raise anything, and Assay's own boundary is not in here."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> Boundary:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        self.error = error
        return True


def enter(files: dict[str, str], folder: str) -> None:
    """Go to the working folder, import from it, and lay out the files there; a name that leaves it is refused."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    for name, text in files.items():
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"the file name {name!r} leaves the working folder")
        if "/" in name:
            os.makedirs(name.rpartition("/")[0], exist_ok=True)  # noqa: PTH103 - pathlib costs start-up time in here
        with open(name, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
            file.write(text)


def depart(code: object = None) -> None:
    """`exit` and `quit`, which `site` would have brought."""
    raise SystemExit(code)


def fresh_main(job: dict[str, Any], packages: list[str], name: str = "__main__") -> dict[str, Any]:
    """A new main module, its streams and its arguments, as an interpreter just started would have them. Returns its namespace.

    Under unit tests its name is another, so that `if __name__ == "__main__"` stays shut, as it does where a harness calls `exec`.
    """
    for each in [each for each in sys.modules if each == "assay" or each.startswith("assay.")]:
        del sys.modules[each]
    vars(builtins).update(exit=depart, quit=depart)
    sys.argv = [FILE, *job["arguments"]]
    if job["packages"]:
        sys.path.extend(packages)
    for stream_name, fd, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        stream = open(fd, mode, encoding="utf-8", errors="backslashreplace" if fd == 2 else "surrogateescape", closefd=False)  # noqa: SIM115
        setattr(sys, stream_name, stream)
        setattr(sys, f"__{stream_name}__", stream)
    module = ModuleType(name)
    module.__dict__.update(__builtins__=builtins, __file__=FILE)
    sys.modules["__main__"] = sys.modules[name] = module
    return module.__dict__


def execute(source: str, namespace: dict[str, Any], name: str = FILE) -> None:
    """Compile and run `source`, remembering its lines for tracebacks."""
    SOURCES[name] = source
    exec(compile(source, name, "exec", dont_inherit=True), namespace)


def finish(error: BaseException | None) -> None:
    """End this process as the interpreter would: a traceback, exit functions, flushed streams, an exit code. Never returns."""
    code = say(error)
    close()
    os._exit(code & 0xFF)


def say(error: BaseException | None) -> int:
    """Write what an exception has to say, and return the exit code it stands for."""
    code = 0
    if isinstance(error, SystemExit):
        given = error.code
        code = given if isinstance(given, int) else 0 if given is None else 1
        if code and not isinstance(given, int):
            sys.stderr.write(f"{given}\n")
    elif error is not None:
        import linecache
        import traceback

        code = 1
        linecache.cache.update({name: (len(text), None, text.splitlines(keepends=True), name) for name, text in SOURCES.items()})
        frames = traceback.TracebackException.from_exception(error, compact=True)
        sys.stderr.writelines(line for line in frames.format() if "<inside" not in line)
        sys.stderr.flush()
    return code


def close() -> None:
    """Wait for the program's threads, run its exit functions, flush its streams."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):  # a program may have put its own before the first two
        flush = getattr(stream, "flush", None)
        if flush is not None:
            with Boundary():  # a program may have closed it
                flush()


def run_plain(job: dict[str, Any], report: int, packages: list[str]) -> None:
    """The program alone; the value it is asked for goes into the report, also where it left by `exit()`."""
    namespace = fresh_main(job, packages)
    with Boundary() as caught:
        execute(job["preamble"], namespace, "<preamble>")
        execute(job["source"], namespace)
    error = caught.error
    if isinstance(error, SystemExit):
        send(report, {"left": True})
    if job["value"] is not None and (error is None or isinstance(error, SystemExit)):
        with Boundary() as caught:
            send(report, {"value": flatten(eval(job["value"], namespace))})
        error = caught.error or error
    finish(error)


class Beside(dict):  # type: ignore[type-arg]
    """The namespace of tests in the program's process: their own names and Python's builtins as they were before the program ran, and
    behind them what the program defines under no builtin's name (but `meant`). What the tests define, the program's functions see."""

    def __init__(self, program: dict[str, Any], own: dict[str, Any]) -> None:
        super().__init__(own)
        self.program, self.meant = program, frozenset[str]()

    def __missing__(self, name: str) -> Any:
        if name in self["__builtins__"] and name not in self.meant:
            raise KeyError(name)
        return self.program[name]

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name not in self["__builtins__"]:
            self.program[name] = value


def run_together(job: dict[str, Any], report: int, tests: int, packages: list[str]) -> None:
    """Program and tests in one process. The tests and the word that proves they ended arrive once the program is loaded.

    What the program puts in the place of a builtin, of this module's functions or of `os.read` is not called: all of it is taken hold of
    before. Its objects take part in the comparisons, and it can walk the frames below it: that remains.
    """
    namespace = fresh_main(job, packages, "program")
    before = Beside(namespace, {"__name__": "tests", "__builtins__": dict(vars(builtins))})
    run, make, tell, listen, leave, done = exec, compile, send, receive_bytes, os._exit, finish
    hooks, known, choose, keep = (sys.settrace, sys.setprofile), set(namespace), borrowed, SOURCES
    with Boundary() as caught:
        execute(job["preamble"], namespace, "<preamble>")
        execute(job["source"], namespace)
        tell(report, {"loaded": True})
        secret = listen(tests, 32)
        source = listen(tests, int.from_bytes(listen(tests, 8), "big")).decode()
        for hook in hooks:
            hook(None)
        keep["<tests>"] = source
        code = make(source, "<tests>", "exec", dont_inherit=True)
        before.meant = frozenset(choose(code, set(namespace) - known, job["entry"], before["__builtins__"]))
        run(code, before)
        tell(report, {"proof": secret.hex()})
    done(caught.error)
    leave(1)


def describe(error: BaseException) -> str:
    """An exception on one line, whatever its own `__str__` does."""
    with Boundary():
        return f"{type(error).__name__}: {error}"[:2000]
    return type(error).__name__
