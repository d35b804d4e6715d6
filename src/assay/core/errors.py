"""One tree of errors. A message names the thing, says what was expected and what to do next."""

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from assay.core.trial import Blame, Failure


class AssayError(Exception):
    """The root. `remedy` says what to do next; `exit_code` is what the command line returns."""

    exit_code: int = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class UsageError(AssayError):
    """The person asked for something that cannot be: a wrong flag, an unknown name, a file that is not there."""


class MissingKey(UsageError):
    """A model whose key nobody set. `described` is the model all the same: to name it and to reckon with it, never to ask it."""

    def __init__(self, message: str, *, remedy: str = "", described: Any = None) -> None:
        super().__init__(message, remedy=remedy)
        self.described = described


class UnknownOption(UsageError):
    """An `option` that a part does not take."""

    def __init__(self, message: str, *, remedy: str = "", option: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.option = option


class UnknownName(UsageError):
    """A name nobody registered."""


class DatasetError(AssayError):
    """A dataset that cannot be read as asked."""


class DatasetAbsent(DatasetError):
    """A dataset that is not on this machine and cannot be fetched."""


class DatasetUnreachable(DatasetAbsent):
    """A dataset that cannot be had now, for what lies between us and it."""

    exit_code = 3


class MissingPackage(AssayError):
    """A part that needs a package which is not installed."""


@contextmanager
def needed(what: str, extra: str) -> Iterator[None]:
    """Where `what` imports a package that a plain install leaves out: one that is not there raises MissingPackage, which says to install `extra`."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"{what} needs the package '{error.name}', which is not installed.", remedy=f"pip install '{extra}'"
        ) from error


class StoreError(AssayError):
    """A run folder that cannot be written or read."""

    exit_code = 3


class InfrastructureError(AssayError):
    """What is around the model broke too much to tell anything."""

    exit_code = 3


class BrokenAround(AssayError):
    """Something around the model broke during one trial; the engine turns it into a Failure, never into a score."""

    exit_code = 3
    blame: ClassVar[Blame] = "solver"

    def __init__(self, message: str, *, kind: str = "error", remedy: str = "", attempts: int = 1) -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind
        self.attempts = attempts


class ModelError(BrokenAround):
    """An endpoint that did not answer. `retryable` says whether asking again can help; `retry_after` in seconds, where the endpoint named it;
    `status` the HTTP status; `fatal` marks what no other sample can escape (a wrong key, an unknown model): the run stops with a message;
    `absent` that nobody listens at the address at all."""

    blame = "endpoint"

    def __init__(
        self,
        message: str,
        *,
        kind: str = "error",
        remedy: str = "",
        attempts: int = 1,
        retryable: bool = False,
        retry_after: float | None = None,
        fatal: bool = False,
        absent: bool = False,
    ) -> None:
        super().__init__(message, kind=kind, remedy=remedy, attempts=attempts)
        self.retryable = retryable
        self.retry_after = retry_after
        self.fatal = fatal
        self.absent = absent
        if fatal:
            self.exit_code = UsageError.exit_code


class SandboxError(BrokenAround):
    """The sandbox itself failed (not the code in it)."""

    blame = "sandbox"


class ScorerError(BrokenAround):
    """A scorer raised or could not run."""

    blame = "scorer"


class SimulatorError(BrokenAround):
    """A simulated user broke."""

    blame = "simulator"


class JudgeError(BrokenAround):
    """A judge gave nothing that can be read as a verdict."""

    blame = "judge"


class BudgetExceeded(BrokenAround):
    """The cap on money or tokens of the whole run is reached."""

    blame = "budget"


class Caught:
    """What `boundary` caught, if anything."""

    __slots__ = ("failure",)

    def __init__(self) -> None:
        self.failure: Failure | None = None


def failure_of(error: Exception, blame: Blame) -> Failure:
    """An exception as a Failure: our own errors say who is to blame, of a stranger's the caller's word counts."""
    if isinstance(error, BrokenAround):
        return Failure(blame=error.blame, kind=error.kind, message=str(error), attempts=error.attempts)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].name}, line {frames[-1].lineno})" if frames else ""
    return Failure(blame=blame, kind=type(error).__name__, message=f"{type(error).__name__}: {error}{place}"[:2000])


@contextmanager
def boundary(blame: Blame) -> Iterator[Caught]:
    """The one place with a broad `except`: other people's code runs inside; what it raises becomes a Failure.

    What must stop the whole run passes through: wrong usage, a full disk, a spent budget, a key no endpoint takes.
    """
    caught = Caught()
    try:
        yield caught
    except (UsageError, StoreError, BudgetExceeded):
        raise
    except SystemExit as error:
        caught.failure = failure_of(RuntimeError(f"it called exit({error.code})"), blame)
    except Exception as error:
        if isinstance(error, ModelError) and error.fatal:
            raise
        caught.failure = failure_of(error, blame)


def quoted(text: str, limit: int = 200) -> str:
    """A foreign text for a message: one line, cut, with control characters escaped."""
    shown = json.dumps(text[: limit + 1], ensure_ascii=False)[1:-1]
    return shown if len(text) <= limit else shown[:limit] + "..."
