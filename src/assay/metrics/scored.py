"""The metrics: a column of scored trials in, one estimate out. Each is a frozen struct with a `name`; its fields are its identity."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.core.registry import suggest
from assay.metrics.column import Column
from assay.metrics.summary import Reduced, by_sample, coverage_of, mean_estimate, why_empty

if TYPE_CHECKING:
    from assay.stats.clusters import Floats

__all__ = [
    "Column",
    "Metric",
    "aptitude",
    "at_least",
    "best",
    "majority",
    "mean",
    "named",
    "pass_at",
    "pass_hat",
    "summarise",
    "unreliability",
]


class Metric(Protocol):
    """What turns a column into an estimate. `planned` counts trials; coverage is scored / planned. One whose lower value is the better
    one whatever the column holds says so by a true `lower_is_better`; others take the direction of the column."""

    @property
    def name(self) -> str: ...
    def __call__(self, column: Column, planned: int, *, level: float = 0.95) -> Estimate: ...


class Mean(msgspec.Struct, frozen=True, kw_only=True):
    """The mean over sample means."""

    @property
    def name(self) -> str:
        return "mean"

    def __call__(self, column: Column, planned: int, *, level: float = 0.95) -> Estimate:
        return mean_estimate(column, planned, level=level)


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """The mean over samples of what `kind` makes of each sample's trials, of which it needs `k`.

    Samples with fewer scored trials than `k` do not count, and lower the coverage; where none has enough, it is not measurable.
    """

    kind: str
    k: int = 1

    @property
    def name(self) -> str:
        return _KINDS[self.kind].label.format(k=self.k)

    @property
    def lower_is_better(self) -> bool:
        """Whether a lower value is the better one, whatever was scored."""
        return self.kind == "unreliability"

    def __call__(self, column: Column, planned: int, *, level: float = 0.95) -> Estimate:
        kind = _KINDS[self.kind]
        empty = why_empty(column, planned)
        if empty is not None:
            return empty
        reduced = by_sample(column)
        if kind.binary and not _is_binary(reduced.values):
            return not_measurable(
                f"{self.name} needs scores of 0 or 1, and '{column.name}' has others.", coverage=coverage_of(column, planned)
            )
        needed = self.k if kind.counts else 2
        enough = reduced.trials >= needed
        if not enough.any():
            most = int(reduced.trials.max())
            reason = (
                f"{self.name} needs at least {needed} scored trials of a sample; the most any has is {most}. Run with --trials {needed}."
            )
            return not_measurable(reason, coverage=coverage_of(column, planned), n=len(enough))
        if not enough.all():
            reduced = by_sample(column, enough[reduced.codes])
        from assay.stats.intervals import interval

        coverage = min(1.0, len(reduced.values) / planned) if planned > 0 else 0.0
        clusters = None if (reduced.clusters < 0).all() else reduced.clusters
        return interval(kind.reduce(reduced, self.k), clusters, level=level, coverage=coverage)


def _is_binary(values: Any) -> bool:
    return bool(((values == 0.0) | (values == 1.0)).all())


def _passed(reduced: Reduced) -> Any:
    import numpy as np

    return np.bincount(reduced.codes, weights=reduced.values).astype(np.int64)


def _pass_at(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    return attempts.pass_at(reduced.trials, _passed(reduced), k)


def _pass_hat(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    return attempts.pass_hat(reduced.trials, _passed(reduced), k)


def _majority(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    return attempts.majority_at(reduced.trials, _passed(reduced), k)


def _at_least(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    return attempts.at_least(k)(reduced.values, reduced.codes, reduced.trials)


def _best(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    return attempts.reduce_max(reduced.values, reduced.codes, reduced.trials)


def _worst(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    return attempts.reduce_min(reduced.values, reduced.codes, reduced.trials)


def _aptitude(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    return attempts.grouped_percentiles(reduced.values, reduced.codes, reduced.trials, (0.9,))[0]


def _unreliability(reduced: Reduced, k: int) -> "Floats":
    from assay.stats import attempts

    low, high = attempts.grouped_percentiles(reduced.values, reduced.codes, reduced.trials, (0.1, 0.9))
    return high - low


class _Kind(msgspec.Struct, frozen=True):
    label: str
    reduce: Callable[[Reduced, int], Any]
    binary: bool
    counts: bool
    """Whether k says how many trials are needed; the others need two."""


_KINDS = {
    "pass_at": _Kind("pass@{k}", _pass_at, binary=True, counts=True),
    "pass_hat": _Kind("pass^{k}", _pass_hat, binary=True, counts=True),
    "majority": _Kind("maj@{k}", _majority, binary=True, counts=True),
    "at_least": _Kind("at_least_{k}", _at_least, binary=True, counts=True),
    "best": _Kind("best", _best, binary=False, counts=False),
    "worst": _Kind("worst", _worst, binary=False, counts=False),
    "aptitude": _Kind("aptitude", _aptitude, binary=False, counts=False),
    "unreliability": _Kind("unreliability", _unreliability, binary=False, counts=False),
}


def _of(kind: str, k: int = 1) -> Attempts:
    if k < 1:
        raise UsageError(f"k must be 1 or more, not {k}.")
    return Attempts(kind=kind, k=k)


def mean() -> Mean:
    """The mean over sample means: the default."""
    return Mean()


def pass_at(k: int) -> Attempts:
    """pass@k: the chance that at least one of k attempts passes. Needs 0/1 scores and k trials of a sample."""
    return _of("pass_at", k)


def pass_hat(k: int) -> Attempts:
    """pass^k: the chance that all of k attempts pass. Needs 0/1 scores and k trials of a sample."""
    return _of("pass_hat", k)


def majority(k: int) -> Attempts:
    """maj@k of scores: the chance that more than half of k attempts pass; an even split counts one half."""
    return _of("majority", k)


def at_least(k: int) -> Attempts:
    """The share of samples with at least k passing trials."""
    return _of("at_least", k)


def best() -> Attempts:
    """The mean of each sample's best trial. It grows with the number of trials."""
    return _of("best")


def worst() -> Attempts:
    """The mean of each sample's worst trial. It falls with the number of trials."""
    return _of("worst")


def aptitude() -> Attempts:
    """The mean of each sample's 90th percentile over its trials (arXiv 2505.06120)."""
    return _of("aptitude")


def unreliability() -> Attempts:
    """The mean of each sample's 90th minus 10th percentile over its trials (arXiv 2505.06120)."""
    return _of("unreliability")


_SHORT = {"pass@": "pass_at", "pass^": "pass_hat", "maj@": "majority", "at_least_": "at_least"}
_PLAIN = ("mean", "best", "worst", "aptitude", "unreliability")


def named(name: str) -> Metric:
    """The metric behind the `name` a run recorded: `mean`, `pass@5`, `pass^3`, `maj@5`, `at_least_2`, `best`, `worst`, `aptitude`, ..."""
    found = re.fullmatch(r"(pass@|pass\^|maj@|at_least_)([1-9][0-9]{0,5})", name)
    if found:
        return _of(_SHORT[found[1]], int(found[2]))
    if name == "mean":
        return Mean()
    if name in _PLAIN:
        return _of(name)
    raise UsageError(f"No metric is named '{name}'.", remedy=suggest(name, [*_PLAIN, "pass@5", "pass^5", "maj@5", "at_least_2"]))


def summarise(column: Column, planned: int, *, metric: "str | Metric" = "mean", level: float = 0.95) -> Estimate:
    """One estimate of a column. `planned` trials are the denominator of the coverage.

    Trials of a sample become one value, samples stand in their declared cluster or for themselves. Nothing scored, or too little
    for the metric: not measurable, with the reason. Raises UsageError for an unknown metric.
    """
    return (named(metric) if isinstance(metric, str) else metric)(column, planned, level=level)
