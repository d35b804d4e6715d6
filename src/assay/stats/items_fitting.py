"""Fitting an item response model: marginal maximum likelihood by EM, with adaptive Gauss-Hermite quadrature over the abilities.

Bock & Aitkin 1981 (marginal likelihood by EM), Pinheiro & Bates 1995 (adaptive nodes: centred and scaled at each model's own posterior, so that
ten thousand items need no more nodes than ten), Papke & Wooldridge 1996 (the logistic quasi-likelihood of shares). The slopes have a normal
prior whose mean and spread are learnt from the items themselves: with few models every item is drawn towards the average one.
"""

import math
from typing import Any

import msgspec
import numpy as np

from assay.core.errors import UsageError
from assay.stats.items import Floats, ItemModel, as_matrix, curve

NODES = {1: 9, 2: 4, 3: 3}
"""Quadrature nodes of each dimension."""
INTERCEPT_VARIANCE = 9.0
SLOPE_VARIANCE = (0.01, 1.0)
"""The learnt spread of slopes stays between these: below, all items are one; above, few models would make any slope look real."""
SLOPE_MEAN = (0.1, 2.5)
LONGEST_STEP = 1.0
CELLS = 2_000_000
"""Models x nodes x items worked on at a time."""


class State(msgspec.Struct, kw_only=True):
    """A fit under way: items `beta` (J, dims + 1) with `covariance`, abilities `theta` (N, dims) with `spread` (N, dims, dims), the slopes' prior."""

    beta: Floats
    covariance: Floats
    theta: Floats
    spread: Floats
    mean: Floats
    variance: Floats


def fit_items(scores: Any, dims: int = 1, *, steps: int = 60, tolerance: float = 0.005) -> ItemModel:
    """Fit `scores` of shape (models, items), in 0..1 with NaN for missing, with `dims` abilities (1 to 3).

    Ends when no item's curve moves by more than `tolerance` logits at average, or after `steps`. Raises UsageError for a matrix that cannot be fitted.
    """
    matrix = as_matrix(scores)
    if dims not in NODES:
        raise UsageError(f"dims is {dims}: an item model has 1 to {max(NODES)} abilities.")
    seen = ~np.isnan(matrix)
    filled = np.where(seen, matrix, 0.0)
    if np.ptp(matrix[seen]) == 0.0:
        raise UsageError("Every score is the same: the items tell no model from another.", remedy="Use harder items, or other models.")
    state = start(filled, seen, dims)
    nodes, weights = quadrature(dims)
    taken = 0
    for taken in range(1, steps + 1):
        before = state.beta.copy()
        maximise(state, filled, seen, nodes, weights, learn=taken > 3)
        locate(state, filled, seen)
        standardise(state)
        if taken > 5 and np.sqrt(np.mean((state.beta - before) ** 2)) < tolerance:
            break
    return finished(state, filled, seen, taken)


def start(filled: Floats, seen: Any, dims: int) -> State:
    """Intercepts from item means, abilities from the leading singular vectors of what the means leave."""
    models, items = filled.shape
    counts = seen.sum(axis=0)
    shares = (filled.sum(axis=0) + 0.5) / (counts + 1.0)
    rest = np.where(seen, filled - filled.sum(axis=0) / np.maximum(counts, 1), 0.0)
    left, _, right = np.linalg.svd(rest, full_matrices=False)
    theta = np.zeros((models, dims))
    found = min(dims, left.shape[1])
    theta[:, :found] = left[:, :found] * math.sqrt(models) * np.where(right[:found].sum(axis=1) < 0.0, -1.0, 1.0)
    beta = np.zeros((items, dims + 1))
    beta[:, 0], beta[:, 1] = np.log(shares / (1.0 - shares)), 1.0
    mean, variance = np.zeros(dims), np.full(dims, 0.3)
    mean[0], variance[0] = 1.0, 0.5
    covariance = np.zeros((items, dims + 1, dims + 1))
    spread = np.tile(0.05 * np.eye(dims), (models, 1, 1))
    return State(beta=beta, covariance=covariance, theta=theta, spread=spread, mean=mean, variance=variance)


def quadrature(dims: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes (Q, dims) and weights (Q,) for a standard normal."""
    points, weights = np.polynomial.hermite_e.hermegauss(NODES[dims])
    grid = np.stack(np.meshgrid(*[points] * dims, indexing="ij"), axis=-1).reshape(-1, dims)
    products = np.stack(np.meshgrid(*[weights / weights.sum()] * dims, indexing="ij"), axis=-1).reshape(-1, dims)
    return grid, products.prod(axis=1)


def maximise(state: State, filled: Floats, seen: Any, nodes: Floats, weights: Floats, *, learn: bool) -> None:
    """One Newton step for every item on the expected log-likelihood; then, where wished, the slopes' prior from all items (empirical Bayes)."""
    dims = state.theta.shape[1]
    places = state.theta[:, None, :] + np.einsum("nkl,ql->nqk", np.linalg.cholesky(state.spread), nodes)
    shares = posterior_weights(state, places, filled, seen, nodes, weights)
    ones = np.concatenate([np.ones((*places.shape[:2], 1)), places], axis=2).reshape(-1, dims + 1)
    squares = (ones[:, :, None] * ones[:, None, :]).reshape(len(ones), -1)
    precision = np.concatenate([[1.0 / INTERCEPT_VARIANCE], 1.0 / state.variance])
    centre = np.concatenate([[0.0], state.mean])
    for part in chunks(filled.shape[1], places.shape[0] * places.shape[1]):
        expected = curve(ones @ state.beta[part].T).reshape(*shares.shape, -1)
        held = shares[:, :, None] * seen[:, None, part]
        slope = (held * (filled[:, None, part] - expected)).reshape(len(ones), -1).T @ ones - (state.beta[part] - centre) * precision
        bend = ((held * expected * (1.0 - expected)).reshape(len(ones), -1).T @ squares).reshape(-1, dims + 1, dims + 1)
        state.covariance[part] = np.linalg.inv(bend + np.diag(precision))
        state.beta[part] += np.clip(np.einsum("jkl,jl->jk", state.covariance[part], slope), -LONGEST_STEP, LONGEST_STEP)
    if learn:
        slopes = state.beta[:, 1:]
        state.mean[0] = np.clip(slopes[:, 0].mean(), *SLOPE_MEAN)
        own = np.diagonal(state.covariance, axis1=1, axis2=2)[:, 1:]
        state.variance = np.clip(((slopes - state.mean) ** 2 + own).mean(axis=0), *SLOPE_VARIANCE)


def posterior_weights(state: State, places: Floats, filled: Floats, seen: Any, nodes: Floats, weights: Floats) -> Floats:
    """The posterior share of each model's nodes, shape (models, nodes): likelihood times prior over the normal they were drawn from."""
    models, count, dims = places.shape
    log = np.log(weights) + 0.5 * (nodes**2).sum(axis=1) - 0.5 * (places**2).sum(axis=2)
    flat = places.reshape(-1, dims)
    for part in chunks(filled.shape[1], models * count):
        logits = (flat @ state.beta[part, 1:].T + state.beta[part, 0]).reshape(models, count, -1)
        log += np.einsum("nj,nqj->nq", filled[:, part], logits) - np.einsum("nj,nqj->nq", seen[:, part] * 1.0, np.logaddexp(0.0, logits))
    log -= log.max(axis=1, keepdims=True)
    shares = np.exp(log)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def chunks(items: int, rows: int) -> list[slice]:
    """Parts of the items such that rows x items of a part fit into memory."""
    size = max(1, CELLS // max(1, rows))
    return [slice(first, min(first + size, items)) for first in range(0, items, size)]


def locate(state: State, filled: Floats, seen: Any) -> None:
    """Two Newton steps of every model's ability towards the mode of its posterior, and its spread there."""
    slopes, dims = state.beta[:, 1:], state.theta.shape[1]
    squares = (slopes[:, :, None] * slopes[:, None, :]).reshape(len(slopes), -1)
    for _ in range(2):
        expected = curve(state.theta @ slopes.T + state.beta[:, 0])
        gradient = np.where(seen, filled - expected, 0.0) @ slopes - state.theta
        bend = (np.where(seen, expected * (1.0 - expected), 0.0) @ squares).reshape(-1, dims, dims) + np.eye(dims)
        state.spread = np.asarray(np.linalg.inv(bend))
        state.theta = np.asarray(state.theta + np.clip(np.einsum("nkl,nl->nk", state.spread, gradient), -LONGEST_STEP, LONGEST_STEP))


def standardise(state: State) -> None:
    """Abilities back to mean 0 and variance 1, the items moved along (parameter-expanded EM: it saves hundreds of steps)."""
    centre = state.theta.mean(axis=0)
    state.theta = state.theta - centre
    state.beta[:, 0] += state.beta[:, 1:] @ centre
    scale = np.sqrt((state.theta**2).mean(axis=0) + np.diagonal(state.spread, axis1=1, axis2=2).mean(axis=0))
    state.theta, state.spread = np.asarray(state.theta / scale), np.asarray(state.spread / np.outer(scale, scale))
    state.beta[:, 1:] *= scale
    state.mean, state.variance = state.mean * scale, np.clip(state.variance * scale**2, *SLOPE_VARIANCE)
    wide = np.concatenate([[1.0], scale])
    state.covariance *= np.outer(wide, wide)


def finished(state: State, filled: Floats, seen: Any, taken: int) -> ItemModel:
    """The fit as a model; the noise of a partial-credit item is its residual variance over P (1 - P), drawn towards 1 by one observation."""
    expected = curve(state.theta @ state.beta[:, 1:].T + state.beta[:, 0])
    spread = np.where(seen, expected * (1.0 - expected), 0.0).sum(axis=0)
    rest = np.where(seen, (filled - expected) ** 2, 0.0).sum(axis=0)
    partial = (seen & (filled > 0.0) & (filled < 1.0)).any(axis=0)
    noise = np.where(partial, np.clip((rest + 0.25) / (spread + 0.25), 0.05, 1.0), 1.0)
    return ItemModel(
        slopes=state.beta[:, 1:].copy(),
        intercepts=state.beta[:, 0].copy(),
        noise=noise,
        covariance=state.covariance,
        scored=seen.sum(axis=0),
        models=len(filled),
        steps=taken,
    )
