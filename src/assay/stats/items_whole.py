"""The score of a whole set from some of its items: what was observed, what the item model expects of the rest, and an interval that earlier models earned.

The model's own spread (of ability, of the items' curves, of chance) is never the whole truth: skills that the model has no name for shift a new model.
So the same choice of items is played on every earlier model, left out of the fit, and the interval is widened until it would have held them
(split into folds; conformal prediction, Vovk et al. 2005, with the model's spread as scale; with fewer than 39 models a t quantile of the scaled errors).
"""

import math
from typing import Any

import msgspec
import numpy as np

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.items import Floats, ItemModel, as_matrix
from assay.stats.items_ability import Ability, ability, loudness, most_informative
from assay.stats.items_fitting import fit_items
from assay.stats.quantiles import t_quantile

FEWEST = 8
"""Earlier models below which an interval would be a guess."""
MANY = 39
"""Earlier models from which on the 95 % quantile of their errors is one of them."""
ROUNDS = 6
FOLDS = 7


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """An item model with what it was worth on `models` earlier models, each left out in its turn, when `count` items were asked.

    `factor` stretches the model's own standard deviation to a 95 % interval; `error` is the mean absolute error of the whole set's score,
    `subset_error` that of the plain mean of a random subset as large.
    """

    model: ItemModel
    count: int
    factor: float
    error: float
    subset_error: float
    models: int


def dimensions(models: int) -> int:
    """How many abilities so many models can tell apart."""
    return 3 if models >= 40 else 2 if models >= 20 else 1


def calibrate(scores: Any, count: int, *, seed: int = 0) -> Calibration:
    """Fit `scores` (models, items), 0..1 with NaN for missing, and learn from the models themselves how far `count` items lead astray.

    Raises UsageError for fewer than 8 models, or where every score is the same.
    """
    matrix = as_matrix(scores)
    models = len(matrix)
    if models < FEWEST:
        raise UsageError(
            f"{models} earlier models are too few to learn the items from.",
            remedy=f"At least {FEWEST} are needed; ask all items of {FEWEST - models} more.",
        )
    if not 1 <= count <= matrix.shape[1]:
        raise UsageError(f"{count} of {matrix.shape[1]} items cannot be asked.", remedy="Ask between 1 and all of them.")
    dims, random = dimensions(models), np.random.default_rng(seed)
    scaled, errors, plain = [], [], []
    for left_out in np.array_split(random.permutation(models), min(FOLDS, models)):
        fitted = fit_items(np.delete(matrix, left_out, axis=0), dims)
        for row in matrix[left_out]:
            there = np.flatnonzero(~np.isnan(row))
            if len(there) <= count:
                continue
            asked, known = played(fitted, row, there, count)
            value, spread = whole(fitted, known, asked, row[asked], there)
            truth = float(row[there].mean())
            errors.append(value - truth)
            scaled.append((value - truth) / max(spread, 1e-9))
            plain.append(float(row[random.choice(there, count, replace=False)].mean()) - truth)
    if len(scaled) < FEWEST:
        raise UsageError(f"{len(scaled)} earlier models have scores of more than {count} items.", remedy="Ask fewer items.")
    return Calibration(
        model=fit_items(matrix, dims),
        count=count,
        factor=stretch(np.array(scaled)),
        error=float(np.abs(errors).mean()),
        subset_error=float(np.abs(plain).mean()),
        models=models,
    )


def stretch(scaled: Floats) -> float:
    """The factor on the model's spread that holds 95 % of a new model's errors, from those of the earlier ones."""
    m = len(scaled)
    if m >= MANY:
        place = min(m, math.ceil(0.95 * (m + 1)))
        return float(np.sort(np.abs(scaled))[place - 1])
    return float(t_quantile(0.975, m - 1.0) * math.sqrt(float((scaled**2).mean()) * (1.0 + 1.0 / m)))


def played(model: ItemModel, row: Floats, there: Any, count: int) -> tuple[list[int], Ability]:
    """The items an adaptive run would ask of a model whose scores are known, and the ability it finds."""
    asked: list[int] = []
    known = ability(model, [], [])
    while len(asked) < count:
        free = np.setdiff1d(there, asked)
        asked += most_informative(model, known, free, batch(len(asked), count))
        known = ability(model, asked, row[asked])
    return asked, known


def batch(asked: int, count: int) -> int:
    """How many items are asked before ability is reckoned anew."""
    return min(max(1, -(-count // ROUNDS)), count - asked)


def whole(model: ItemModel, known: Ability, asked: Any, scores: Floats, there: Any) -> tuple[float, float]:
    """(mean score over the items `there`, its standard deviation by the model): what was asked as it was, the rest as expected."""
    asked, there = np.asarray(asked, dtype=np.intp), np.asarray(there, dtype=np.intp)
    rest = np.setdiff1d(there, asked)
    total, size = float(np.asarray(scores).sum()), len(there)
    if not len(rest):
        return total / size, 0.0
    part = model.part(rest)
    by_node = part.expected(known.nodes).sum(axis=1)
    expected = float(known.weights @ by_node)
    ability_variance = float(known.weights @ (by_node - expected) ** 2)
    curve = part.expected(known.eap)
    chance = float((curve * (1.0 - curve) * loudness(part, known.eap)).sum())
    return (total + expected) / size, math.sqrt(ability_variance + chance) / size


def estimate_whole(calibration: Calibration, asked: Any, scores: Any, *, items: int | None = None) -> Estimate:
    """The mean score over all items from the `scores` (0..1) on the positions `asked`, with its 95 % interval; method `adaptive`.

    `n` is the number of items asked. Not measurable where nothing was scored.
    """
    model = calibration.model
    positions, values = np.asarray(asked, dtype=np.intp), np.asarray(scores, dtype=np.float64)
    if not len(positions):
        return not_measurable("none of the items that were asked has a score")
    known = ability(model, positions, values)
    size = len(model) if items is None else items
    value, spread = whole(model, known, positions, values, np.arange(size))
    # Asked for fewer items than planned (some broke), the factor was earned with more: the share that is missing widens it.
    factor = calibration.factor * math.sqrt(max(1.0, calibration.count / len(positions)))
    half = factor * spread
    return Estimate(
        value=value,
        low=max(0.0, value - half),
        high=min(1.0, value + half),
        n=len(positions),
        clusters=len(positions),
        method="adaptive",
        coverage=1.0,
    )
