"""Worlds of models and items, made apart from the code that has to find them again."""

from typing import Any

import numpy as np


def planted(models: int, items: int, seed: int, dims: int = 1) -> tuple[Any, Any, Any, Any]:
    """(abilities, slopes, difficulties, 0/1 scores): every item asks for one of `dims` correlated skills."""
    dice = np.random.default_rng(seed)
    common = dice.normal(size=(models, 1))
    skills = np.sqrt(0.7) * common + np.sqrt(0.3) * dice.normal(size=(models, dims)) if dims > 1 else common
    slope, hard, asks = dice.lognormal(0.3, 0.3, items), dice.normal(0.0, 1.2, items), dice.integers(0, dims, items)
    chance = 1.0 / (1.0 + np.exp(-slope * (skills[:, asks] - hard)))
    return skills[:, 0], slope, hard, (dice.random((models, items)) < chance).astype(float)
