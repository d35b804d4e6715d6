"""What an assertion asks, and what it said."""

from typing import Any

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One assertion of a test: `kind` without its `not-`, `value` with the variables filled in. `holds` says how it is decided."""

    kind: str
    value: Any = None
    threshold: float | None = None
    weight: float = 1.0
    negated: bool = False
    metric: str | None = None
    checks: tuple["Check", ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one assertion said."""

    passed: bool
    score: float
    reason: str
