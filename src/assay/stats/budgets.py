"""How many labels a corrected rate will need, before anybody labels: from a pilot of about 50."""

import math

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.stats.clusters import as_values
from assay.stats.correlations import pearson
from assay.stats.quantiles import normal_quantile

_PILOT = 20  # labels below which a pilot says nothing about a correlation


class LabelPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Labels for an interval of +- `half_width`: `alone` without a judge; `with_judge` with it, `at_least` and `at_most` at the ends of the
    correlation's 95 % interval. None where even labelling every item with the judge would not do. `note` says it in words."""

    half_width: float
    alone: int
    with_judge: int | None
    at_least: int | None
    at_most: int | None
    note: str


def plan_labels(labels: ArrayLike, judged: ArrayLike, *, items: int, half_width: float, level: float = 0.95) -> LabelPlan:
    """From a pilot (what people and the judge said of the same random items, shapes (n,)): labels needed for a mean known to +- `half_width`,
    where the judge scores all `items`.

    Var(n) = s^2 (1 - rho^2 (N / (n + N))) / n with N = items - n, the variance of PPI++ at its best lambda.
    """
    truth, scored = as_values(labels), as_values(judged)
    if len(truth) != len(scored) or len(truth) < _PILOT:
        raise UsageError(f"A pilot needs {_PILOT} items or more with label and score, not {len(truth)} and {len(scored)}.")
    if half_width <= 0.0 or items < 1:
        raise UsageError("The half width must be above 0, and the items 1 or more.")
    variance = float(truth.var(ddof=1))
    if variance <= 0.0:
        raise UsageError("All labels of the pilot are the same: it says nothing about the spread.", remedy="Label more items.")
    wanted = (half_width / normal_quantile(0.5 + level / 2.0)) ** 2
    alone = math.ceil(round(variance / wanted, 9))
    found = pearson(truth, scored) if np.ptp(scored) else None
    if found is None or found.value is None or found.low is None or found.high is None or found.value <= 0.0:
        note = f"±{half_width:g} needs {alone:,} labels; this judge saves none of them."
        return LabelPlan(half_width=half_width, alone=alone, with_judge=alone, at_least=alone, at_most=alone, note=note)
    middle, fewest, most = (
        _needed(variance, max(correlation, 0.0) ** 2, items, wanted) for correlation in (found.value, found.high, found.low)
    )
    return LabelPlan(
        half_width=half_width,
        alone=alone,
        with_judge=middle,
        at_least=fewest,
        at_most=most,
        note=_said(half_width, alone, middle, most, items),
    )


def _needed(variance: float, shared: float, items: int, wanted: float) -> int | None:
    """The fewest labels whose PPI++ variance is `wanted`: it falls with each label, so halving finds it."""

    def reached(n: int) -> bool:
        return variance * (1.0 - shared * (items - n) / items) / n <= wanted * (1.0 + 1e-12)

    if not reached(items):
        return None
    low, high = 0, items
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _said(half_width: float, alone: int, middle: int | None, most: int | None, items: int) -> str:
    if middle is None:
        return f"±{half_width:g} needs {alone:,} labels; there are only {items:,} items, and the judge does not close the gap."
    if middle >= alone:
        return f"±{half_width:g} needs {alone:,} labels; this judge saves none of them."
    limit = f"{most:,} at most" if most is not None else "possibly more than there are items"
    return f"±{half_width:g} needs {alone:,} labels, or about {middle:,} with this judge ({limit})."
