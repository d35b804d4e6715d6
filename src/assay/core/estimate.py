"""Estimate: a number that knows how sure it is. Nothing in Assay shows a bare number."""

import msgspec

COVERAGE_FLOOR = 0.95
"""Below this coverage nothing is ranked and no number is trusted, unless the caller names another floor."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A value with its 95 % interval (unless `level` says otherwise).

    `n` samples in `clusters` independent groups; `method` names the interval ("wilson", "t-clusters", ...);
    `coverage` is scored / planned. Without a scored trial `value`, `low` and `high` are None and `reason` says why.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: str
    coverage: float = 1.0
    level: float = 0.95
    reason: str | None = None

    @property
    def measurable(self) -> bool:
        """Whether there is a number at all."""
        return self.value is not None


def not_measurable(reason: str, *, coverage: float = 0.0, n: int = 0) -> Estimate:
    """An estimate that says why there is none."""
    return Estimate(value=None, low=None, high=None, n=n, clusters=0, method="none", coverage=coverage, reason=reason)
