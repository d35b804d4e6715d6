"""Elo: what a live page shows while votes come in. It depends on their order, has no interval, and is never the estimate."""

import numpy as np

from assay.stats.clusters import Floats
from assay.stats.ratings_counts import Battles
from assay.stats.ratings_fit import CENTRE


def elo(battles: Battles, *, k: float = 4.0, scale: float = 400.0, begin: float = CENTRE) -> Floats:
    """Elo ratings (count,) after all battles in their order: the winner takes k times what it was not expected to win; a tie is half a win.

    Source: Elo 1978; k = 4 as on the Chatbot Arena.
    """
    ratings = [begin] * battles.count
    gained = (1.0, 0.0, 0.5, 0.5)
    for a, b, outcome in zip(battles.a.tolist(), battles.b.tolist(), battles.outcome.tolist(), strict=True):
        expected = 1.0 / (1.0 + 10.0 ** ((ratings[b] - ratings[a]) / scale))
        moved = k * (gained[outcome] - expected)
        ratings[a] += moved
        ratings[b] -= moved
    return np.array(ratings)
