"""Ability: where a model stands given its scores on some items, and which item would tell the most next."""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from assay.core.errors import UsageError
from assay.stats.items import Floats, ItemModel
from assay.stats.items_fitting import LONGEST_STEP, quadrature

ROUNDS = 25


class Ability(msgspec.Struct, frozen=True, kw_only=True):
    """A posterior of ability: its mode (`map`), mean (`eap`) and covariance; and its `nodes` (Q, dims) with their `weights` (Q,)."""

    map: Any
    eap: Any
    covariance: Any
    nodes: Any
    weights: Any
    items: int

    @property
    def error(self) -> Floats:
        """The posterior standard deviation of each ability."""
        return np.asarray(np.sqrt(np.diagonal(self.covariance)))


def ability(model: ItemModel, asked: Any, scores: Any) -> Ability:
    """The ability behind `scores` (in 0..1) on the items at the positions `asked`; the prior where nothing was asked.

    An item whose curve is itself uncertain weighs less: its variance is noise P (1 - P) plus what the uncertainty of its parameters adds.
    """
    asked, scores = np.asarray(asked, dtype=np.intp).reshape(-1), np.asarray(scores, dtype=np.float64).reshape(-1)
    if len(asked) != len(scores) or not np.all((scores >= 0.0) & (scores <= 1.0)):
        raise UsageError("Ability needs one score between 0 and 1 for each item that was asked.")
    part, dims = model.part(asked), model.dims
    mode, covariance = np.zeros(dims), np.eye(dims)
    for _ in range(ROUNDS if len(asked) else 0):
        expected, information = curves(part, mode)
        gradient = part.slopes.T @ ((scores - expected) / loudness(part, mode)) - mode
        covariance = np.linalg.inv((part.slopes * information[:, None]).T @ part.slopes + np.eye(dims))
        step = np.clip(covariance @ gradient, -LONGEST_STEP, LONGEST_STEP)
        mode = mode + step
        if np.abs(step).max() < 1e-6:
            break
    return spread_out(part, scores, mode, covariance)


def spread_out(part: ItemModel, scores: Floats, mode: Floats, covariance: Floats) -> Ability:
    """Posterior mean and covariance by quadrature around the mode."""
    points, weights = quadrature(part.dims)
    nodes = mode + points @ np.linalg.cholesky(covariance).T
    log = np.log(weights) + 0.5 * (points**2).sum(axis=1) - 0.5 * (nodes**2).sum(axis=1)
    if len(part):
        loud = loudness(part, mode)
        logits = nodes @ part.slopes.T + part.intercepts
        log += logits @ (scores / loud) - np.logaddexp(0.0, logits) @ (1.0 / loud)
    shares = np.exp(log - log.max())
    shares /= shares.sum()
    mean = shares @ nodes
    centred = nodes - mean
    return Ability(map=mode, eap=mean, covariance=(centred * shares[:, None]).T @ centred, nodes=nodes, weights=shares, items=len(part))


def curves(model: ItemModel, place: Floats) -> tuple[Floats, Floats]:
    """Each item's expected score at an ability, and the weight w of its Fisher information w slope slope'."""
    expected = model.expected(place)
    return expected, expected * (1.0 - expected) / loudness(model, place)


def loudness(model: ItemModel, place: Floats) -> Floats:
    """Each item's variance at an ability, in units of P (1 - P): its noise, and what its uncertain parameters add (delta method)."""
    expected = model.expected(place)
    ones = np.concatenate([[1.0], place])
    own = np.einsum("k,jkl,l->j", ones, model.covariance, ones)
    return np.asarray(model.noise + expected * (1.0 - expected) * own)


def information(model: ItemModel, place: Any) -> Floats:
    """Fisher information of each item at an ability along the first dimension: slope^2 P (1 - P) / noise; shape (J,)."""
    place = np.broadcast_to(np.asarray(place, dtype=np.float64), (model.dims,))
    expected = model.expected(place)
    return np.asarray(model.slopes[:, 0] ** 2 * expected * (1.0 - expected) / model.noise)


def most_informative(model: ItemModel, known: Ability, free: Iterable[int] | Any, count: int) -> list[int]:
    """The next `count` items, of the positions `free`, that lower the variance of the whole set's mean the most.

    That variance is g' V g + noise: V the posterior covariance of ability, g the slope of the mean over items. In one dimension g' V g falls
    with Fisher information, so this is its maximum; in several it says information on which ability. An item leaves with its own noise.
    """
    left = np.asarray(list(free), dtype=np.intp)
    part = model.part(left)
    expected, weight = curves(part, known.eap)
    spread = expected * (1.0 - expected)
    towards = spread @ part.slopes
    own = spread * part.noise
    covariance, open_, chosen = known.covariance.copy(), np.ones(len(left), dtype=bool), []
    for _ in range(min(count, len(left))):
        along = part.slopes @ covariance
        gain = (along @ towards) ** 2 * weight / (1.0 + weight * (along * part.slopes).sum(axis=1)) + own
        best = int(np.argmax(np.where(open_, gain, -1.0)))
        open_[best] = False
        chosen.append(int(left[best]))
        covariance = covariance - np.outer(along[best], along[best]) * weight[best] / (
            1.0 + weight[best] * (along[best] @ part.slopes[best])
        )
    return chosen
