"""The settings of a run, as the command line and `assay.run` take them."""

from typing import Any

import msgspec

from assay.core.errors import UsageError
from assay.core.estimate import COVERAGE_FLOOR
from assay.core.protocols import Decoding
from assay.core.registry import suggest

BESIDE = ("judge", "simulator", "attacker")
DECODING = ("temperature", "top_p", "max_tokens", "stop", "reasoning_effort", "logprobs")


class RunOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to run.

    `limit` samples (a seeded, fair part), `trials` attempts at each (None: what the task says). `max_connections` per endpoint,
    `rpm` / `tpm` caps per minute, `timeout` seconds for one answer, `retries` after the first attempt. `budget` in US dollars and
    `token_budget` in tokens cap the whole run. `cache` reuses answers of earlier runs. `fresh` starts a run anew that could be resumed.
    `roles` names the models beside the one under test: {"judge": "provider/name"}, or simulator, attacker; a model as it is will do too.
    `adaptive` asks only so many samples, the most informative ones by what earlier runs of the task tell (those in `calibrate`, else in `log_dir`), and
    estimates the score of all. `until` is a rule that ends the run early, looked at in a way that stays honest ("width<0.03", "decided:vs=runs/OLD").
    `min_coverage` is the floor below which no number is trusted. `command` is what was typed, for the report.
    """

    limit: int | None = None
    until: str | None = None
    adaptive: int | None = None
    calibrate: tuple[str, ...] = ()
    trials: int | None = None
    seed: int = 0
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    reasoning_effort: str | None = None
    logprobs: int | None = None
    max_connections: int = 64
    rpm: int | None = None
    tpm: int | None = None
    timeout: float = 600.0
    retries: int = 6
    budget: float | None = None
    token_budget: int | None = None
    cache: bool = False
    fresh: bool = False
    log_dir: str = "runs"
    min_coverage: float = COVERAGE_FLOOR
    sandbox: str = "auto"
    roles: dict[str, Any] = {}
    task_options: dict[str, Any] = {}
    model_options: dict[str, Any] = {}
    command: str | None = None

    def __post_init__(self) -> None:
        for name in ("limit", "adaptive", "trials", "max_connections", "rpm", "tpm", "token_budget", "max_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} is {value}: it must be at least 1.")
        for name in ("temperature", "top_p", "budget", "retries"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise UsageError(f"{name} is {value}: it must be a number from 0 up.")
        if not 0 < self.timeout < float("inf"):
            raise UsageError(f"timeout is {self.timeout}: it is in seconds, and more than 0.")
        for role in self.roles:
            if role not in BESIDE:
                raise UsageError(f"There is no role '{role}' for a model.", remedy=suggest(role, BESIDE))
        if not 0 <= self.min_coverage <= 1:
            raise UsageError(f"min_coverage is {self.min_coverage}: it is a share, between 0 and 1.")

    def decoding(self, default: Decoding) -> Decoding:
        """The task's decoding with what was asked for here on top."""
        asked = {name: getattr(self, name) for name in DECODING if getattr(self, name) not in (None, ())}
        return msgspec.structs.replace(default, **asked)


DEFAULTS = RunOptions()
"""What holds where nothing is said, on the command line too."""


def options_from(values: dict[str, Any]) -> RunOptions:
    """Keyword arguments as options; an unknown one is a UsageError with near misses."""
    known = RunOptions.__struct_fields__
    for name in values:
        if name not in known:
            raise UsageError(f"'{name}' is no option of a run.", remedy=suggest(name, known))
    try:
        return msgspec.convert(values, RunOptions, strict=True)
    except msgspec.ValidationError as error:
        raise UsageError(f"A run option has the wrong type: {error}.") from error
