"""Backend and Launch: how a way to isolate a process is described, and the code that is sent into it."""

import marshal
import os
import secrets
import sys
import sysconfig
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import msgspec

from assay.sandbox.limits import Limits

MODULES = ("wire", "confine", "processes", "names", "harness", "apart", "supervisor")
FLAGS = ("-s", "-S", "-B", "-X", "utf8")
BOOT = """
import marshal, os, sys, types
def take(count):
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part:
            raise SystemExit(3)
        data += part
    return data
sys.path[:] = [path for path in sys.path if path]
inside = sys.modules["assay.sandbox.inside"] = types.ModuleType("assay.sandbox.inside")
for name, code in marshal.loads(take(int.from_bytes(take(4), "big"))):
    module = sys.modules[inside.__name__ + "." + name] = types.ModuleType(name)
    setattr(inside, name, module)
    exec(code, module.__dict__)
module.main()
"""
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # the order of a set is part of a program's behaviour: the same program, the same score
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
FIRST_UID = 1_879_048_192


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """How to start one sandbox: the command, its whole environment, the settings its supervisor gets, what to remove afterwards.

    `socket` says that standard input and output may be one socket; otherwise they are two pipes. `stop` is a command that ends
    what outlives the process started here. `source` sends text instead of compiled code, for another version of Python.
    """

    command: tuple[str, ...]
    settings: dict[str, Any]
    environment: dict[str, str] = {}
    folder: str | None = None
    stop: tuple[str, ...] | None = None
    source: bool = False


class Backend(Protocol):
    """One way to isolate. `tier` is 1 for a namespace of its own, 2 for less, 0 for nothing at all."""

    @property
    def name(self) -> str: ...
    @property
    def tier(self) -> int: ...
    def missing(self) -> str | None:
        """Why it cannot even be tried here, or None."""
        ...

    def remedy(self) -> str:
        """The one command that may mend it."""
        ...

    def version(self) -> str:
        """What a self-test's result depends on, besides the kernel."""
        ...

    def launch(self, limits: Limits, packages: bool) -> Launch: ...


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """The Python that runs programs: its executable, the folders it needs to read, and where installed packages lie."""

    executable: str
    folders: tuple[str, ...]
    packages: tuple[str, ...]
    libraries: str | None


@cache
def interpreter() -> Interpreter:
    """The interpreter Assay itself runs on, outside of any virtual environment."""
    executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    paths = sysconfig.get_paths(vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix, "installed_base": sys.base_prefix})
    shared = sysconfig.get_config_var("LIBDIR") if sysconfig.get_config_var("Py_ENABLE_SHARED") else None
    wanted = [sys.base_prefix, sys.base_exec_prefix, str(Path(executable).parent), paths["stdlib"], paths["platstdlib"], shared]
    found = tuple(dict.fromkeys(os.path.realpath(path) for path in wanted if path and Path(path).is_dir()))
    literal = tuple(path for path in dict.fromkeys(wanted) if path and Path(path).is_dir())
    site = tuple(path for path in sys.path if path.rstrip("/").endswith(("site-packages", "dist-packages")) and Path(path).is_dir())
    return Interpreter(executable=executable, folders=tuple(dict.fromkeys((*literal, *found))), packages=site, libraries=shared)


def environment(folder: str) -> dict[str, str]:
    """The whole environment of a program: nothing of Assay's own."""
    libraries = interpreter().libraries
    return ENVIRONMENT | {"HOME": folder, "TMPDIR": folder} | ({"LD_LIBRARY_PATH": libraries} if libraries else {})


def settings(folder: str, **changes: Any) -> dict[str, Any]:
    """The supervisor's settings, with `changes` over the defaults of a namespace of one's own."""
    plain = {
        "uid": None,
        "keep_reading": False,
        "namespace": True,
        "alone": True,
        "landlock": False,
        "readable": [],
        "writable": [],
        "scratch": [folder],
        "folder": folder,
        "measure_disk": False,
        "packages": [],
        "filtered": True,
    }
    return plain | changes


def unused_uid() -> int:
    """A user id of its own for each sandbox, so that the kernel counts its processes apart."""
    return FIRST_UID + secrets.randbelow(1 << 24)


@cache
def sources() -> tuple[tuple[str, str], ...]:
    """The modules that run inside, as text."""
    folder = files("assay.sandbox.inside")
    return tuple((name, (folder / f"{name}.py").read_text("utf-8")) for name in MODULES)


@cache
def bundle(source: bool) -> bytes:
    """The modules that run inside, in the order they are loaded, as one frame's body."""
    if source:
        return marshal.dumps(sources(), 4)
    return marshal.dumps(tuple((name, compile(text, f"<inside {name}>", "exec", dont_inherit=True)) for name, text in sources()))


@cache
def code_fingerprint() -> str:
    """Changes with everything that decides how programs are isolated."""
    folder = files("assay.sandbox")
    texts = [(folder / name).read_bytes() for name in sorted(each.name for each in folder.iterdir() if each.name.endswith(".py"))]
    return blake2b(b"".join(texts) + bundle(True), digest_size=8).hexdigest()
