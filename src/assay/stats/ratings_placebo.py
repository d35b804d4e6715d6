"""The placebo of ratings: one competitor entered twice. Whoever finds its two halves apart more often than 5 % has intervals that are too narrow."""

import msgspec
import numpy as np

from assay.core.errors import UsageError
from assay.stats.clusters import cluster_codes
from assay.stats.quantiles import normal_quantile
from assay.stats.rates import wilson
from assay.stats.ratings_counts import Battles, Ints, counted
from assay.stats.ratings_fit import fit
from assay.stats.ratings_graph import rateable
from assay.stats.ratings_ties import Ties


class Placebo(msgspec.Struct, frozen=True, kw_only=True):
    """In `apart` of `splits` random halvings of one competitor's battles a 95 % interval told the halves apart; `low` to `high` is the interval of that
    share, which should hold .05. `skipped`: halvings in which one half could not be rated."""

    splits: int
    apart: int
    low: float
    high: float
    skipped: int

    @property
    def honest(self) -> bool:
        """Whether the share is not above 5 % for sure."""
        return self.low <= 0.05


def placebo(battles: Battles, competitor: int, *, by: Ints | None = None, ties: Ties = "half", splits: int = 200, seed: int = 0) -> Placebo:
    """Enter `competitor` twice: its battles are dealt at random to it and to a double, `splits` times, and the two rated as two.

    `by` (n,): labels that stay together when dealt, a voter or a prompt: with them the placebo shows whether treating votes as independent
    is honest. Raises UsageError for a competitor with fewer than 20 battles.
    """
    own = np.flatnonzero((battles.a == competitor) | (battles.b == competitor))
    if len(own) < 20:
        raise UsageError(f"A placebo needs 20 battles of one competitor, not {len(own)}.")
    labels, count = cluster_codes(None if by is None else np.asarray(by)[own], len(own))
    random, apart, done, double = np.random.default_rng(seed), 0, 0, battles.count
    for _ in range(splits):
        moved = own[(random.random(count) < 0.5)[labels]]
        a, b = battles.a.copy(), battles.b.copy()
        a[moved], b[moved] = (np.where(side[moved] == competitor, double, side[moved]) for side in (battles.a, battles.b))
        split = msgspec.structs.replace(battles, a=a, b=b, count=battles.count + 1)
        counts = counted(split)
        if not rateable(counts).all():
            continue
        found, done = fit(counts, split, ties=ties), done + 1
        pair = found.covariance[np.ix_([competitor, double], [competitor, double])]
        error = float(np.sqrt(pair[0, 0] + pair[1, 1] - 2.0 * pair[0, 1]))
        apart += abs(float(found.theta[competitor] - found.theta[double])) > normal_quantile(0.975) * error
    low, high = wilson(apart, done) if done else (0.0, 1.0)
    return Placebo(splits=done, apart=apart, low=low, high=high, skipped=splits - done)
