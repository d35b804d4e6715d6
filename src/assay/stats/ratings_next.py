"""Which pair should meet next: the one whose battle is expected to lower the variance of the ratings most."""

import numpy as np
from numpy.typing import NDArray

from assay.stats.clusters import Floats
from assay.stats.ratings_ranks import difference_errors
from assay.stats.ratings_ties import sigmoid


def expected_gains(theta: Floats, bread: Floats, covariance: Floats | None = None) -> Floats:
    """(K, K): by how much one more battle of i and j is expected to lower the sum of the variances of all theta.

    One battle adds w = p (1 - p) to the information of e_i - e_j, so that the inverse A loses w |A (e_i - e_j)|^2 / (1 + w (e_i - e_j)^T A
    (e_i - e_j)) of its trace (Sherman and Morrison). `bread` is A; where the votes have more noise than the model says, `covariance` gives its trace.
    """
    size = len(theta)
    inverse = bread[:size, :size]
    apart = theta[:, None] - theta[None, :]
    weight = sigmoid(apart.ravel()).reshape(apart.shape) * sigmoid(-apart.ravel()).reshape(apart.shape)
    spread = difference_errors(inverse) ** 2
    square = inverse @ inverse
    own = np.diag(square)
    length = own[:, None] + own[None, :] - 2.0 * square
    gains: Floats = weight * length / (1.0 + weight * spread)
    if covariance is not None:
        gains = gains * (float(np.trace(covariance)) / float(np.trace(inverse)))
    np.fill_diagonal(gains, 0.0)
    return gains


def next_pairs(theta: Floats, bread: Floats, count: int = 1) -> NDArray[np.intp]:
    """The `count` pairs that promise most, best first, (count, 2)."""
    gains = np.triu(expected_gains(theta, bread), 1)
    best = np.argsort(-gains, axis=None, kind="stable")[: min(count, len(theta) * (len(theta) - 1) // 2)]
    return np.stack(np.unravel_index(best, gains.shape), axis=1)


def gain_over_uniform(theta: Floats, bread: Floats) -> float:
    """How many battles of a pair drawn at random the best next battle is worth."""
    gains = expected_gains(theta, bread)
    above = gains[np.triu_indices(len(theta), 1)]
    return float(above.max() / above.mean())
