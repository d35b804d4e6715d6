"""Item response models: how hard each item is and how well it tells models apart, from a matrix of scores.

The chance of a full score is logistic in ability: P = 1 / (1 + exp(-(intercept + slope . ability))), ability standard normal (Birnbaum's two-parameter
model; difficulty = -intercept / slope). A score between 0 and 1 is read as a quasi-binomial response: the same curve is its mean, and
`noise` times P (1 - P) its variance, so that columns of 0/1 and of partial credit stand in one model.
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError

Floats = NDArray[np.float64]
STEEPEST = 30.0
"""Logits beyond which a curve is taken as flat."""


class ItemModel(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt of J items from `models` models, in `dims` abilities.

    `slopes` (J, dims), `intercepts` (J,), `noise` (J,): 1 for 0/1 items, less where partial credit varies less; `covariance` (J, dims + 1, dims + 1)
    of (intercept, slopes); `scored` (J,): how many models have a score of the item.
    """

    slopes: Any
    intercepts: Any
    noise: Any
    covariance: Any
    scored: Any
    models: int
    steps: int

    def __len__(self) -> int:
        return len(self.intercepts)

    @property
    def dims(self) -> int:
        """How many abilities the model has."""
        return int(self.slopes.shape[1])

    @property
    def discrimination(self) -> Floats:
        """How steeply each item separates models along the first, common ability; shape (J,)."""
        found: Floats = self.slopes[:, 0]
        return found

    @property
    def difficulty(self) -> Floats:
        """The ability at which each item is solved half the time; shape (J,). Infinite (signed) for an item that separates nobody."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.where(self.discrimination != 0.0, -self.intercepts / self.discrimination, -np.inf * np.sign(self.intercepts))
        return found

    def expected(self, ability: ArrayLike) -> Floats:
        """The expected score of each item at abilities of shape (dims,) or (n, dims): shape (J,) or (n, J)."""
        return curve(np.asarray(ability, dtype=np.float64) @ self.slopes.T + self.intercepts)

    def part(self, keep: NDArray[Any]) -> "ItemModel":
        """The model of some of the items."""
        fields = {name: getattr(self, name)[keep] for name in ("slopes", "intercepts", "noise", "covariance", "scored")}
        return msgspec.structs.replace(self, **fields)


def curve(logits: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -STEEPEST, STEEPEST))))


def as_matrix(scores: Any, *, models: int = 2) -> Floats:
    """Scores of shape (models, items) as numbers between 0 and 1, NaN where there is none.

    Raises UsageError for what is no such matrix, and for fewer than `models` models with a score.
    """
    try:
        matrix = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The scores are no numbers: {error}.", remedy="Give numbers between 0 and 1, NaN for what is missing.") from error
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise UsageError(f"The scores have the shape {matrix.shape}: one row a model, one column an item is needed.")
    wrong = ~np.isnan(matrix) & ~((matrix >= 0.0) & (matrix <= 1.0))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise UsageError(
            f"The score of model {row} on item {column} is {matrix[row, column]:g}: an item model needs scores between 0 and 1.",
            remedy="Divide by the largest possible score.",
        )
    held = ~np.isnan(matrix).all(axis=1)
    if held.sum() < models:
        raise UsageError(f"{int(held.sum())} of {len(matrix)} models have scores: an item model needs at least {models}.")
    return matrix[held] if not held.all() else matrix
