"""Trial: one attempt at one sample, the unit of every statistic."""

from typing import Any, Literal

import msgspec

from assay.core.answer import Answer
from assay.core.score import Score

Blame = Literal["endpoint", "sandbox", "simulator", "judge", "scorer", "dataset", "budget", "solver"]


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What broke around the model: never its score. `kind` is a short stable word (`http_500`, `timeout`), `message` is for people."""

    blame: Blame
    kind: str
    message: str
    attempts: int = 1


class Trial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Attempt `number` (0, 1, ...) at the sample `sample_id`: an answer with its scores, or a failure."""

    sample_id: str
    number: int
    answer: Answer | None = None
    scores: tuple[Score, ...] = ()
    failure: Failure | None = None
    cluster: str | None = None
    seconds: float = 0.0
    flags: tuple[str, ...] = ()
    """How the model did badly, where it did: `empty`, `truncated`, `refused`, `unextractable`."""
    detail: dict[str, Any] = {}
    """What came with an imported trial and has no field of its own; no statistic reads it."""
