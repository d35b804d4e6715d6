"""Limits: what one program may use, and Program and Outcome: what is run and what came of it."""

from typing import Any, Literal

import msgspec

Status = Literal["ok", "error", "timeout", "memory", "output", "killed"]
Check = Literal["apart", "together"]

MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one program may use. `wall` and `cpu` in seconds, `memory`, `disk` and `output` in bytes.

    `wall` counts from the moment the program starts, never the wait for a free place. `cpu` (None: twice the wall limit) is
    per process and bounds what survives everything else. `memory` bounds the address space of each process and the resident
    memory of all together. `output` bounds standard output and standard error, each. `processes` counts threads too.
    """

    wall: float = 10.0
    cpu: float | None = None
    memory: int = 1024 * MIB
    processes: int = 32
    disk: int = 16 * MIB
    output: int = MIB
    files: int = 128

    def __post_init__(self) -> None:
        for name in ("wall", "memory", "processes", "disk", "output", "files"):
            if not getattr(self, name) > 0:
                raise ValueError(f"The limit '{name}' must be above 0, got {getattr(self, name)!r}.")

    @property
    def cpu_seconds(self) -> int:
        """The limit on processor time, in whole seconds, as the kernel takes it."""
        return max(1, round(0.5 + (self.cpu if self.cpu is not None else 2 * self.wall)))


class Program(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Python program nobody trusts, with what it is given.

    `files` (relative name -> text) lie in its working folder. `packages` lets it import what is installed beside Assay;
    `preload` names modules the sandbox imports once, before it forks, so that importing them costs the program nothing.
    `value` is an expression evaluated when the program has ended, in its namespace; its plain value comes back as `Outcome.value`.
    `preamble` is Python of ours that runs first in the same namespace.

    `tests` is Python that judges the program: `Outcome.passed` is True where it ran to its end. With `check` "apart" it runs in a
    process of its own that calls the program's functions from a distance, so that no trick of the program reaches the verdict; only
    plain data (numbers, texts, lists, sets, mappings, ...) crosses, and an object of the program's is equal to nothing but itself. With
    "together" it runs in the program's own process, as the field commonly does; a program could then forge the verdict. Under tests
    `__name__` is not "__main__".

    Two fields are for tests "apart" alone. `given` is Python that runs before them, in their process: what they lean on that must not come
    from the program (imports, a reference). `entry` names what they may take from the program; None: whatever they ask for that is no
    builtin, so that a program cannot bring its own `abs` to be judged by.
    """

    source: str
    stdin: str = ""
    arguments: tuple[str, ...] = ()
    files: dict[str, str] = {}
    packages: bool = False
    preload: tuple[str, ...] = ()
    value: str | None = None
    preamble: str = ""
    tests: str | None = None
    check: Check = "apart"
    given: str = ""
    entry: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in self.files:
            if name.startswith("/") or ".." in name.split("/") or not name or "\0" in name:
                raise ValueError(f"The file name {name!r} must be relative and stay in the program's folder.")


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a program.

    `status`: "ok" ended by itself with exit code 0; "error" with another one; "timeout" cut by the wall or processor limit; "memory" asked
    for more than allowed; "output" wrote more than allowed; "killed" ended by a signal. `passed` is None where there were no tests.
    `crossed` is False where the tests hand the program a value that cannot cross (check "apart" only). `seconds` is wall time.
    `left` is True where the program ended by SystemExit, whatever its code.
    `test_error` holds the end of what the tests raised. `backend` names what isolated the program.
    """

    status: Status
    backend: str
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    passed: bool | None = None
    crossed: bool = True
    test_error: str = ""
    value: Any = None
    reason: str = ""
    left: bool = False
