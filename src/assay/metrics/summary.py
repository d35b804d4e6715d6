"""From a column of scored trials to an estimate: trials become one value per sample, samples stand in clusters."""

from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.estimate import Estimate, not_measurable
from assay.metrics.column import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Reduced(msgspec.Struct, frozen=True, kw_only=True):
    """A column by sample: `codes` (trial -> sample 0..n-1), `trials` (per sample), `clusters` (per sample), `values` (per trial)."""

    values: Any
    codes: Any
    trials: Any
    clusters: Any


def by_sample(column: Column, keep: "NDArray[np.bool_] | None" = None) -> Reduced:
    """The column's trials sorted out by sample; `keep` masks trials. A sample without a declared cluster is its own."""
    import numpy as np

    values, samples, clusters = (
        # A copy: an array that numpy looks into cannot grow.
        np.array(part, dtype=kind)
        for part, kind in ((column.values, np.float64), (column.samples, np.uintc), (column.clusters, np.uintc))
    )
    if keep is not None:
        values, samples, clusters = values[keep], samples[keep], clusters[keep]
    _, first, codes, trials = np.unique(samples, return_index=True, return_inverse=True, return_counts=True)
    declared = clusters[first].astype(np.int64)
    own = -1 - np.arange(len(first))
    return Reduced(values=values, codes=codes.reshape(-1), trials=trials, clusters=np.where(declared > 0, declared, own))


def coverage_of(column: Column, planned: int) -> float:
    """Scored / planned trials; trials beyond the plan never lift it above 1."""
    return min(1.0, len(column) / planned) if planned > 0 else 0.0


def why_empty(column: Column, planned: int) -> Estimate | None:
    """Not measurable where nothing was scored, with the reason; None where there is something."""
    if len(column):
        return None
    if planned <= 0 and not column.unscored:
        return not_measurable(f"No trial was planned for '{column.name}'.")
    if column.unscored:
        return not_measurable(f"{_none_of(column.unscored)} that closed was scored by '{column.name}'.")
    return not_measurable(f"{_none_of(planned)} planned was scored by '{column.name}' yet.")


def _none_of(trials: int) -> str:
    return f"None of the {trials} trials" if trials != 1 else "Not the one trial"


def mean_estimate(column: Column, planned: int, *, level: float = 0.95) -> Estimate:
    """The mean over sample means with its clustered interval."""
    empty = why_empty(column, planned)
    if empty is not None:
        return empty
    import numpy as np

    from assay.stats.intervals import interval

    reduced = by_sample(column)
    means = np.bincount(reduced.codes, weights=reduced.values) / reduced.trials
    binary = bool(((reduced.values == 0.0) | (reduced.values == 1.0)).all())
    clusters = None if (reduced.clusters < 0).all() else reduced.clusters
    observations = len(reduced.values) if binary else None
    return interval(means, clusters, observations=observations, level=level, coverage=coverage_of(column, planned))
