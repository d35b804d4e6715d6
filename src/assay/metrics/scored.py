"""The metrics: a column of scored trials in, one estimate out. Each is a frozen struct with a `name`; its fields are its identity."""

import re
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.core.registry import suggest
from assay.metrics.column import Column
from assay.metrics.summary import Reduced, by_sample, coverage_of, mean_estimate, why_empty

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
        return _KINDS[self.kind][0].format(k=self.k)

    @property
    def lower_is_better(self) -> bool:
        """Whether a lower value is the better one, whatever was scored."""
        return self.kind == "unreliability"

    def __call__(self, column: Column, planned: int, *, level: float = 0.95) -> Estimate:
        label, reduce = _KINDS[self.kind]
        counts = "{k}" in label
        empty = why_empty(column, planned)
        if empty is not None:
            return empty
        reduced = by_sample(column)
        if counts and not _is_binary(reduced.values):
            return not_measurable(
                f"{self.name} needs scores of 0 or 1, and '{column.name}' has others.", coverage=coverage_of(column, planned)
            )
        needed = self.k if counts else 2
        enough = reduced.trials >= needed
        if not enough.any():
            most = int(reduced.trials.max())
            reason = (
                f"{self.name} needs at least {needed} scored trials of a sample; the most any has is {most}. Run with --trials {needed}."
            )
            return not_measurable(reason, coverage=coverage_of(column, planned), n=len(enough))
        if not enough.all():
            reduced = by_sample(column, enough[reduced.codes])
        from assay.stats import attempts
        from assay.stats.intervals import interval

        coverage = min(1.0, len(reduced.values) / planned) if planned > 0 else 0.0
        clusters = None if (reduced.clusters < 0).all() else reduced.clusters
        return interval(reduce(attempts, reduced, self.k), clusters, level=level, coverage=coverage)


def _is_binary(values: Any) -> bool:
    return bool(((values == 0.0) | (values == 1.0)).all())


def _passed(reduced: Reduced) -> Any:
    import numpy as np

    return np.bincount(reduced.codes, weights=reduced.values).astype(np.int64)


def _spread(attempts: Any, of: Reduced) -> Any:
    low, high = attempts.grouped_percentiles(of.values, of.codes, of.trials, (0.1, 0.9))
    return high - low


# kind -> (its name, what it makes of the trials of each sample). The functions are given the module `stats.attempts`, which is loaded late.
# A name with a k needs 0/1 scores and k trials of a sample; the others need two.
_KINDS: dict[str, tuple[str, Callable[[Any, Reduced, int], Any]]] = {
    "pass_at": ("pass@{k}", lambda attempts, of, k: attempts.pass_at(of.trials, _passed(of), k)),
    "pass_hat": ("pass^{k}", lambda attempts, of, k: attempts.pass_hat(of.trials, _passed(of), k)),
    "majority": ("maj@{k}", lambda attempts, of, k: attempts.majority_at(of.trials, _passed(of), k)),
    "at_least": ("at_least_{k}", lambda attempts, of, k: attempts.at_least(of.values, of.codes, of.trials, k)),
    "best": ("best", lambda attempts, of, k: attempts.reduce_max(of.values, of.codes, of.trials)),
    "worst": ("worst", lambda attempts, of, k: attempts.reduce_min(of.values, of.codes, of.trials)),
    "aptitude": ("aptitude", lambda attempts, of, k: attempts.grouped_percentiles(of.values, of.codes, of.trials, (0.9,))[0]),
    "unreliability": ("unreliability", lambda attempts, of, k: _spread(attempts, of)),
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


def named(name: str) -> Metric:
    """The metric behind the `name` a run recorded: `mean`, `pass@5`, `pass^3`, `maj@5`, `at_least_2`, `best`, `worst`, `aptitude`, ..."""
    if name == "mean":
        return Mean()
    for kind, (label, _) in _KINDS.items():
        start, counts, _ = label.partition("{k}")
        k = name.removeprefix(start)
        if name == label or (counts and name.startswith(start) and re.fullmatch("[1-9][0-9]{0,5}", k)):
            return _of(kind, int(k) if counts else 1)
    raise UsageError(f"No metric is named '{name}'.", remedy=suggest(name, ["mean", *(label.format(k=5) for label, _ in _KINDS.values())]))
