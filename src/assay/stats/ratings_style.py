"""Ratings with style held fixed: how long an answer is and how it is set must not count as how good it is."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import AssayError, UsageError
from assay.stats.clusters import Floats
from assay.stats.ratings_counts import Battles
from assay.stats.ratings_fit import Fit, inverse, laplacian, summed_outer
from assay.stats.ratings_ties import sigmoid

RIDGE = 1.0


class StyleFit(msgspec.Struct, frozen=True, kw_only=True):
    """Ratings at equal style: `fit`, whose bread is (K + F, K + F); `coefficients` (F,): what one standard deviation of a covariate adds to theta_a - theta_b,
    with `errors` (F,)."""

    fit: Fit
    coefficients: Any
    errors: Any


def contrast(a: ArrayLike, b: ArrayLike) -> Floats:
    """(a - b) / (a + b) of two counts per battle, 0 where both are 0, over its root mean square: which side a stands on changes its sign only.

    Shapes (n,). Raises UsageError for negative or missing counts.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    both = first + second
    if first.shape != second.shape or not bool(((first >= 0.0) & (second >= 0.0) & np.isfinite(both)).all()):
        raise UsageError("Style counts must be finite, not negative, and there for both answers.")
    found: Floats = np.divide(first - second, both, out=np.zeros_like(both), where=both > 0.0)
    spread = float(np.sqrt((found**2).mean())) if len(found) else 0.0
    return found / spread if spread > 0.0 else found


def contrasts(pairs: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Floats:
    """`contrast` of each named pair of counts, (n, F). Raises UsageError naming the count that cannot be used."""
    columns = []
    for name, (a, b) in pairs.items():
        try:
            columns.append(contrast(a, b))
        except UsageError as error:
            raise UsageError(f"'{name}': {error.message}") from error
    return np.stack(columns, axis=1)


def style_fit(battles: Battles, covariates: Floats, *, ridge: float = RIDGE) -> StyleFit:
    """Bradley-Terry with covariates (n, F) beside theta; ties half; `ridge` pulls each coefficient to 0 as a normal prior of variance 1/ridge does.

    Newton on the battles themselves; sandwich covariance, by cluster where battles carry clusters. Source: Li et al. 2024, "Does style matter?" (LMArena).
    """
    size, width = battles.count, covariates.shape[1]
    scored = np.array([1.0, 0.0, 0.5, 0.5])[battles.outcome]
    weights = np.ones(battles.size) if battles.weights is None else battles.weights
    found = np.zeros(size + width)
    for _ in range(60):
        p = sigmoid(found[battles.a] - found[battles.b] + covariates @ found[size:])
        rest = weights * (scored - p)
        slope = np.append(_pulled(battles, rest), covariates.T @ rest - ridge * found[size:])
        bread = inverse(_information(battles, covariates, weights * p * (1.0 - p), ridge), size)
        step = bread @ slope
        largest = float(np.abs(step).max())
        found = found + step * min(1.0, 4.0 / largest if largest > 4.0 else 1.0)
        if largest < 1e-9:
            break
    else:
        raise AssayError("The ratings with style do not converge.", remedy="Leave out a count that hardly varies.")
    found[:size] -= found[:size].mean()
    return _finished(battles, covariates, found, bread, rest)


def _finished(battles: Battles, covariates: Floats, found: Floats, bread: Floats, rest: Floats) -> StyleFit:
    size, groups = battles.count, None
    if battles.clusters is None:
        meat = _information(battles, covariates, rest**2, 0.0)
    else:
        meat, groups = summed_outer(battles, rest, [rest * column for column in covariates.T])
    covariance = bread @ meat @ bread
    robust = bool(np.trace(meat[:size, :size]) > 1e-9 * battles.size)
    covariance = covariance if robust else bread
    fitted = Fit(
        theta=found[:size], tie=0.0, bread=bread, covariance=covariance[:size, :size], ties="half", groups=groups, robust=robust
    )  # fmt: skip
    return StyleFit(fit=fitted, coefficients=found[size:], errors=np.sqrt(np.diag(covariance)[size:]))


def _pulled(battles: Battles, values: Floats) -> Floats:
    size = battles.count
    total = np.bincount(battles.a, weights=values, minlength=size) - np.bincount(battles.b, weights=values, minlength=size)
    return total.astype(np.float64, copy=False)


def _information(battles: Battles, covariates: Floats, weights: Floats, ridge: float) -> Floats:
    """sum of w x x^T over battles, x = (e_a - e_b, covariates)."""
    size = battles.count
    pairs = (
        np.bincount(battles.a * size + battles.b, weights=weights, minlength=size * size).reshape(size, size).astype(np.float64, copy=False)
    )
    i, j = np.triu_indices(size, 1)
    theta = laplacian(i, j, (pairs + pairs.T)[i, j], size)
    weighted = weights[:, None] * covariates
    cross = np.stack([_pulled(battles, column) for column in weighted.T], axis=1)
    own = covariates.T @ weighted + ridge * np.eye(covariates.shape[1])
    return np.block([[theta, cross], [cross.T, own]])
