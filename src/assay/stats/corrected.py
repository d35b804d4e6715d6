"""A rate measured by an imperfect judge, put right by items whose truth is known: Rogan-Gladen, and prediction-powered inference (PPI++)."""

import math

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values
from assay.stats.quantiles import normal_quantile


def rogan_gladen(positives: int, judged: int, *, right_good: int, good: int, right_bad: int, bad: int, level: float = 0.95) -> Estimate:
    """The true rate behind `positives` of `judged` verdicts of a judge that called `right_good` of `good` truly good items good (sensitivity) and
    `right_bad` of `bad` truly bad ones bad (specificity).

    theta = (p + q0 - 1) / (q0 + q1 - 1); the interval adds a pseudo-count to every rate (Lee et al. 2025, arXiv 2511.21140). Not measurable where
    the judge tells good from bad no better than chance.
    """
    for name, part, whole in (("positives", positives, judged), ("right_good", right_good, good), ("right_bad", right_bad, bad)):
        if not 0 <= part <= whole or whole < 1:
            raise UsageError(f"{name} is {part} of {whole}: it lies between 0 and a whole of at least 1.")
    p, q1, q0 = positives / judged, right_good / good, right_bad / bad
    if q0 + q1 - 1.0 <= 0.0:
        return not_measurable(f"the judge is right on {q1:.0%} of the good and {q0:.0%} of the bad: no better than chance", n=judged)
    z = normal_quantile(0.5 + level / 2.0)
    n2, m1, m0 = judged + z * z, good + 2.0, bad + 2.0
    p2, s1, s0 = (judged * p + z * z / 2.0) / n2, (right_good + 1.0) / m1, (right_bad + 1.0) / m0
    scale = s0 + s1 - 1.0
    if scale <= 0.0:
        return not_measurable("the gold items are too few to show that the judge is better than chance", n=judged)
    theta2 = (p2 + s0 - 1.0) / scale
    doubt0, doubt1 = s0 * (1.0 - s0) / m0, s1 * (1.0 - s1) / m1
    shift = 2.0 * z * z * (-(1.0 - theta2) * doubt0 + theta2 * doubt1)
    error = math.sqrt(p2 * (1.0 - p2) / n2 + (1.0 - theta2) ** 2 * doubt0 + theta2**2 * doubt1) / scale
    value = min(1.0, max(0.0, (p + q0 - 1.0) / (q0 + q1 - 1.0)))
    low, high = theta2 + shift - z * error, theta2 + shift + z * error
    return Estimate(
        value=value,
        low=min(value, max(0.0, low)),
        high=max(value, min(1.0, high)),
        n=judged,
        clusters=judged,
        method="rogan-gladen",
        level=level,
    )


class Powered(msgspec.Struct, frozen=True, kw_only=True):
    """A mean by labels and a judge together. `saving` is the share of the labels' variance that the judge takes away, never above the squared
    correlation of the two; `power` (lambda) how far the judge is trusted, `classical` the estimate by the labels alone."""

    estimate: Estimate
    classical: Estimate
    power: float
    saving: float


def powered_mean(
    labels: ArrayLike, judged: ArrayLike, unlabelled: ArrayLike, *, level: float = 0.95, power: float | None = None
) -> Powered:
    """The mean label of all items, from `labels` (n,) of a random sample, the judge's scores of those (n,) and of the others (N,).

    theta = mean_N(lambda f) + mean_n(Y - lambda f), lambda the best by variance, within 0..1, unless `power` names it. Source: Angelopoulos et al. 2023 (PPI++),
    arXiv 2311.01453. The labelled items must be a random sample: not those the judge was unsure of.
    """
    y, f, g = as_values(labels), as_values(judged), as_values(unlabelled)
    if len(y) != len(f):
        raise UsageError(f"There are {len(y)} labels and {len(f)} verdicts on the labelled items.")
    if len(y) < 2 or len(g) < 1:
        raise UsageError("Prediction-powered inference needs two labelled items or more, and one that is not labelled.")
    n, size = len(y), len(g)
    spread = float(np.concatenate([f, g]).var(ddof=1))
    if power is None:
        shared = float(np.cov(y, f)[0, 1])
        power = 0.0 if spread == 0.0 else min(1.0, max(0.0, shared / ((1.0 + n / size) * spread)))
    value = power * float(g.mean()) + float((y - power * f).mean())
    error2 = power**2 * float(g.var(ddof=1) if size > 1 else spread) / size + float((y - power * f).var(ddof=1)) / n
    plain2 = float(y.var(ddof=1)) / n
    return Powered(
        estimate=_interval(value, error2, n, y, level, "ppi++"),
        classical=_interval(float(y.mean()), plain2, n, y, level, "normal"),
        power=power,
        saving=max(0.0, 1.0 - error2 / plain2) if plain2 > 0.0 else 0.0,
    )


def _interval(value: float, error2: float, n: int, labels: Floats, level: float, method: str) -> Estimate:
    """A normal interval, within 0..1 where all labels lie there."""
    if float(np.ptp(labels)) == 0.0:
        return not_measurable(f"all {n} labels are {labels[0]:g}: there is no spread to reckon with", n=n)
    half = normal_quantile(0.5 + level / 2.0) * math.sqrt(error2)
    low, high = value - half, value + half
    if labels.min() >= 0.0 and labels.max() <= 1.0:
        value, low, high = (min(1.0, max(0.0, each)) for each in (value, low, high))
    return Estimate(value=value, low=low, high=high, n=n, clusters=n, method=method, level=level)


def labels_needed(half_width: float, labels: ArrayLike, judged: ArrayLike, *, level: float = 0.95) -> tuple[int, int]:
    """(labels alone, labels with the judge) for an interval of this half width, from a pilot of labels (n,) and verdicts (n,), with far more items judged
    than labelled."""
    y, f = as_values(labels), as_values(judged)
    if not half_width > 0.0 or len(y) != len(f) or len(y) < 10:
        raise UsageError("A plan needs a half width above 0 and a pilot of ten labels or more, each with its verdict.")
    reach = (normal_quantile(0.5 + level / 2.0) / half_width) ** 2
    spread = float(y.var(ddof=1))
    explained = 0.0 if f.var() == 0.0 else float(np.corrcoef(y, f)[0, 1]) ** 2 if y.var() > 0.0 else 0.0
    return math.ceil(reach * spread), math.ceil(reach * spread * (1.0 - explained))
