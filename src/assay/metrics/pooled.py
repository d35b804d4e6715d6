"""Metrics of a whole set that are no mean over its samples: corpus BLEU, chrF and TER, perplexity per word, F1, Matthews' correlation.

Each score brings `statistics` (counts); the metric is a function of their sums. Its interval is the delete-one jackknife's over clusters
(Efron and Stein 1981), with Student's t; perplexities on the scale of their logarithm.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.estimate import Estimate, not_measurable
from assay.metrics.column import Column
from assay.metrics.summary import by_sample, coverage_of, why_empty

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_CHRF_BETA = 2.0
_ORDERS = 4


class Pooled(msgspec.Struct, frozen=True, kw_only=True):
    """A function of the sums of the scores' statistics. `kind` names it: `bleu` (4 counts of matches, 4 of n-grams, both lengths), `chrf`
    (answer's, reference's and common n-grams of each order), `ter` (edits, reference words), `perplexity` and `bits` (nats, units), `f1`
    (true positives, false positives, false negatives), `mcc` (a confusion matrix row by row)."""

    kind: str

    @property
    def name(self) -> str:
        return self.kind

    def __call__(self, column: Column, planned: int, *, level: float = 0.95) -> Estimate:
        empty = why_empty(column, planned)
        if empty is not None:
            return empty
        coverage = coverage_of(column, planned)
        if not column.width or len(column.statistics) != column.width * len(column):
            return not_measurable(f"The scores of '{column.name}' bring no counts to make {self.kind} of.", coverage=coverage)
        sums = by_cluster(column)
        function, inverse = _KINDS[self.kind], math.exp if self.kind == "perplexity" else float
        found = jackknife(function, sums, level)
        if found is None:
            reason = f"{self.kind} cannot be computed from these answers" if len(sums) > 1 else "one independent sample gives no interval"
            return not_measurable(f"{column.name}: {reason}.", coverage=coverage, n=len(sums))
        value, low, high = (inverse(each) for each in found)
        least, most = _RANGES[self.kind]
        low, high = min(value, max(low, least)), max(value, min(high, most))
        samples = len(set(column.samples))
        return Estimate(value=value, low=low, high=high, n=samples, clusters=len(sums), method="jackknife", coverage=coverage, level=level)


def pooled(column: Column) -> Pooled | None:
    """What a column's counts are pooled to; None for one whose mean is meant."""
    return Pooled(kind=column.pooled) if column.pooled in _KINDS else None


def by_cluster(column: Column) -> "Floats":
    """The statistics summed by independent group, shape (groups, width)."""
    import numpy as np

    reduced = by_sample(column)
    rows = np.array(column.statistics, dtype=np.float64).reshape(-1, column.width)
    _, codes = np.unique(reduced.clusters[reduced.codes], return_inverse=True)
    sums = np.zeros((codes.max() + 1, column.width))
    np.add.at(sums, codes.reshape(-1), rows)
    return sums


def jackknife(function: "Callable[[Floats], Floats]", sums: "Floats", level: float) -> tuple[float, float, float] | None:
    """(value, low, high) of a function of column sums, which takes many rows of sums at once; None where it is not defined."""
    import numpy as np

    from assay.stats.quantiles import t_quantile

    total, count = sums.sum(axis=0), len(sums)
    value = float(function(total[None, :])[0])
    if count < 2 or not math.isfinite(value):
        return None
    without = function(total[None, :] - sums)
    if not np.isfinite(without).all():
        return None
    error = math.sqrt((count - 1) / count * float(((without - without.mean()) ** 2).sum()))
    half = t_quantile(0.5 + level / 2.0, count - 1) * error
    return value, value - half, value + half


def _ratio(over: "Floats", under: "Floats", otherwise: float) -> "Floats":
    import numpy as np

    return np.divide(over, under, out=np.full_like(over, otherwise), where=under > 0)


def _bleu(sums: "Floats") -> "Floats":
    """Papineni et al. 2002, smoothed where an order has no match as sacrebleu does by default (each time half as much); 0..100."""
    import numpy as np

    correct, total, said, wanted = sums[:, :_ORDERS], sums[:, _ORDERS : 2 * _ORDERS], sums[:, -2], sums[:, -1]
    brevity = np.where(said < wanted, np.exp(1.0 - _ratio(wanted, said, math.inf)), 1.0)
    halves, logs, alive = np.ones(len(sums)), np.zeros(len(sums)), np.ones(len(sums), bool)
    for order in range(_ORDERS):
        alive &= total[:, order] > 0
        missed = alive & (correct[:, order] == 0)
        halves = np.where(missed, halves * 2.0, halves)
        share = np.where(missed, _ratio(np.ones(len(sums)), halves * total[:, order], 1.0), _ratio(correct[:, order], total[:, order], 1.0))
        logs += np.where(alive, np.log(np.where(share > 0, share, 1.0)), -math.inf)
    return np.where((correct > 0).any(axis=1), 100.0 * brevity * np.exp(logs / _ORDERS), 0.0)


def _chrf(sums: "Floats") -> "Floats":
    """Popović 2015: F2 of the mean precision and mean recall over the orders that both texts have; 0..100."""
    import numpy as np

    said, wanted, common = sums[:, 0::3], sums[:, 1::3], sums[:, 2::3]
    both = (said > 0) & (wanted > 0)
    orders = both.sum(axis=1)
    precision = _ratio(np.where(both, _ratio(common, said, 0.0), 0.0).sum(axis=1), orders.astype(float), 0.0)
    recall = _ratio(np.where(both, _ratio(common, wanted, 0.0), 0.0).sum(axis=1), orders.astype(float), 0.0)
    factor = _CHRF_BETA**2
    return 100.0 * _ratio((1.0 + factor) * precision * recall, factor * precision + recall, 0.0)


def _ter(sums: "Floats") -> "Floats":
    """Snover et al. 2006: edits per reference word, in per cent."""
    import numpy as np

    return 100.0 * np.where(sums[:, 1] > 0, _ratio(sums[:, 0], sums[:, 1], 0.0), np.where(sums[:, 0] > 0, 1.0, 0.0))


def _nats(sums: "Floats") -> "Floats":
    return _ratio(sums[:, 0], sums[:, 1], math.nan)


def _f1(sums: "Floats") -> "Floats":
    """Of the class 1; 0 where there is none in answers and targets."""
    return _ratio(2.0 * sums[:, 0], 2.0 * sums[:, 0] + sums[:, 1] + sums[:, 2], 0.0)


def _mcc(sums: "Floats") -> "Floats":
    """Gorodkin 2004: the correlation of answers and targets over K classes; 0 where one of them is constant."""
    import numpy as np

    classes = round(math.sqrt(sums.shape[1]))
    table = sums.reshape(-1, classes, classes)
    whole, right = table.sum(axis=(1, 2)), np.trace(table, axis1=1, axis2=2)
    wanted, said = table.sum(axis=2), table.sum(axis=1)
    over = right * whole - (wanted * said).sum(axis=1)
    under = (whole**2 - (said**2).sum(axis=1)) * (whole**2 - (wanted**2).sum(axis=1))
    return _ratio(over, np.sqrt(under), 0.0)


_KINDS: "dict[str, Callable[[Any], Any]]" = {
    "bleu": _bleu,
    "chrf": _chrf,
    "ter": _ter,
    "perplexity": _nats,
    "bits": lambda sums: _nats(sums) / math.log(2.0),
    "f1": _f1,
    "mcc": _mcc,
}
_RANGES = {
    "bleu": (0.0, 100.0),
    "chrf": (0.0, 100.0),
    "ter": (0.0, math.inf),
    "perplexity": (0.0, math.inf),
    "bits": (0.0, math.inf),
    "f1": (0.0, 1.0),
    "mcc": (-1.0, 1.0),
}
