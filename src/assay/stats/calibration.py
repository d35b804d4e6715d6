"""Calibration: does a stated confidence of 0.8 come true in 80 %? ECE, Brier score, and what selective answering would gain."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values, cluster_codes, clustered_error, effective_clusters
from assay.stats.intervals import interval
from assay.stats.quantiles import t_quantile

_LEAST = 300  # items below which ten bins hold too few to tell bias from noise
_RESAMPLES = 400


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One bin of a reliability curve: `n` items, their mean confidence and the share that came true."""

    n: int
    confidence: float
    accuracy: float


def reliability_curve(confidence: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> tuple[Bin, ...]:
    """The reliability curve over bins of equal mass, in order of confidence. Equal confidences are never split."""
    stated, right = _pairs(confidence, correct)
    codes = _equal_mass(stated, bins)
    return tuple(
        Bin(n=int((codes == each).sum()), confidence=float(stated[codes == each].mean()), accuracy=float(right[codes == each].mean()))
        for each in np.unique(codes)
    )


def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, clusters: ArrayLike | None = None, *, bins: int = 10, coverage: float = 1.0, seed: int = 0
) -> Estimate:
    """ECE: the mean over items of |mean confidence - share right| of their bin; bins of equal mass, 10 by default.

    `confidence` in 0..1 and `correct` (0/1), shapes (n,). Below 300 items it is not measurable. The interval is the
    clustered normal one with the bins held fixed, its lower end moved down by the upward bias that a bootstrap over clusters shows
    (without that it covers as little as 75 % near 0), and 0 where a perfectly calibrated system with the same confidences would
    reach this ECE in 5 % of cases, because ECE is never below 0 and noise alone lifts it. Source: Naeini et al. 2015; Nixon et al. 2019.
    """
    stated, right = _pairs(confidence, correct)
    if len(stated) < _LEAST or (clusters is not None and len(np.unique(np.asarray(clusters))) < 2):
        reason = f"The calibration error needs at least {_LEAST} items from 2 clusters or more; there are {len(stated)} items."
        return not_measurable(reason, coverage=coverage, n=len(stated))
    codes = _equal_mass(stated, bins)
    groups, count = cluster_codes(clusters, len(stated))
    width = int(codes.max()) + 1
    gaps = np.bincount(groups * width + codes, weights=right - stated, minlength=count * width).astype(np.float64).reshape(count, width)
    value = float(np.abs(gaps.sum(axis=0)).sum()) / len(stated)
    sizes = np.bincount(groups, minlength=count).astype(np.float64)
    half = t_quantile(0.975, max(1.0, effective_clusters(sizes) - 1.0)) * clustered_error(gaps @ np.sign(gaps.sum(axis=0)), sizes)
    bias = _resampled_mean(gaps, sizes, seed) - value
    low, high = value - bias - half, value + half
    if value <= noise_floor(stated, bins=bins, seed=seed):
        low = 0.0
    return Estimate(
        value=value,
        low=min(max(low, 0.0), value),
        high=min(max(high, value), 1.0),
        n=len(stated),
        clusters=count,
        method="bias-adjusted-clusters" if count < len(stated) else "bias-adjusted",
        coverage=coverage,
    )


def noise_floor(confidence: ArrayLike, *, bins: int = 10, quantile: float = 0.95, seed: int = 0) -> float:
    """The ECE that a perfectly calibrated system with these confidences stays below with probability `quantile`: the negative control."""
    stated = as_values(confidence)
    codes = _equal_mass(stated, bins)
    random = np.random.default_rng(seed)
    found = [
        np.abs(np.bincount(codes, weights=(random.random(len(stated)) < stated) - stated)).sum() / len(stated) for _ in range(_RESAMPLES)
    ]
    return float(np.quantile(found, quantile))


def _resampled_mean(gaps: Floats, sizes: Floats, seed: int) -> float:
    """The mean ECE over draws of clusters with replacement; `gaps` has shape (C, bins)."""
    random, count = np.random.default_rng(seed), len(sizes)
    found = np.empty(_RESAMPLES)
    for each in range(_RESAMPLES):
        weights = np.bincount(random.integers(0, count, count), minlength=count).astype(np.float64)
        found[each] = np.abs(weights @ gaps).sum() / (weights @ sizes)
    return float(found.mean())


def brier_score(confidence: ArrayLike, correct: ArrayLike, clusters: ArrayLike | None = None, *, coverage: float = 1.0) -> Estimate:
    """The Brier score: the mean of (confidence - correct)^2, 0 is best, with its interval. Source: Brier 1950."""
    stated, right = _pairs(confidence, correct)
    return interval((stated - right) ** 2, clusters, kind="t", bounds=(0.0, 1.0), coverage=coverage)


def selective_accuracy(
    confidence: ArrayLike, correct: ArrayLike, clusters: ArrayLike | None = None, *, acceptance: float = 0.8, coverage: float = 1.0
) -> Estimate:
    """Accuracy on the most confident share `acceptance` of the items; items as confident as the last one accepted are accepted too."""
    stated, right = _pairs(confidence, correct)
    if not 0.0 < acceptance <= 1.0:
        raise UsageError(f"The acceptance lies above 0 and is at most 1, not {acceptance}.")
    if not len(stated):
        return not_measurable("There is no value.", coverage=coverage)
    kept = stated >= np.sort(stated)[::-1][max(1, round(acceptance * len(stated))) - 1]
    labels = None if clusters is None else np.asarray(clusters)[kept]
    return interval(right[kept], labels, coverage=coverage)


def risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> tuple[Floats, Floats]:
    """The risk-coverage curve: for every number k of accepted items, most confident first, (k/n, share wrong among them).

    Items of equal confidence share their mean risk, so their order does not matter. Source: El-Yaniv & Wiener 2010.
    """
    stated, right = _pairs(confidence, correct)
    order = np.argsort(-stated, kind="stable")
    _, codes, counts = np.unique(-stated[order], return_inverse=True, return_counts=True)
    codes = codes.reshape(-1)
    risk = (np.bincount(codes, weights=1.0 - right[order]) / counts)[codes]
    accepted = np.arange(1, len(stated) + 1)
    return accepted / len(stated), np.cumsum(risk) / accepted


def area_under_risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> float:
    """AURC, the mean risk over all acceptances: 0 is best, the plain error rate is what random confidence gives. Source: Geifman et al. 2019."""
    _, risk = risk_coverage(confidence, correct)
    if not len(risk):
        raise UsageError("The area under the risk-coverage curve needs at least one item.")
    return float(risk.mean())


def _pairs(confidence: ArrayLike, correct: ArrayLike) -> tuple[Floats, Floats]:
    stated, right = as_values(confidence), as_values(correct)
    if len(stated) != len(right):
        raise UsageError(f"There must be one confidence per outcome, not {len(stated)} and {len(right)}.")
    if len(stated) and (stated.min() < 0.0 or stated.max() > 1.0):
        raise UsageError("Confidences must lie between 0 and 1.")
    if not ((right == 0.0) | (right == 1.0)).all():
        raise UsageError("Outcomes must be 0 or 1.")
    return stated, right


def _equal_mass(stated: Floats, bins: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Bin of each item, 0 and up without gaps, as HELM has them: the sorted confidences cut into parts of equal size, and an edge midway between
    the last of one part and the first of the next. Equal confidences lie on one side of every edge."""
    if bins < 1:
        raise UsageError(f"There must be 1 bin or more, not {bins}.")
    if not len(stated):
        return np.empty(0, dtype=np.intp)
    ordered, parts = np.sort(stated), min(bins, len(stated))
    # Where the items do not divide evenly the first parts are one larger.
    size, larger = divmod(len(stated), parts)
    cuts = np.arange(1, parts) * size + np.minimum(np.arange(1, parts), larger)
    edges = np.unique((ordered[cuts - 1] + ordered[cuts]) / 2.0)
    _, dense = np.unique(np.searchsorted(edges, stated, side="left"), return_inverse=True)
    found: np.ndarray[tuple[int], np.dtype[np.intp]] = dense.reshape(-1)
    return found
