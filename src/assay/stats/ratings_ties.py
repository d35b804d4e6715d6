"""What a tie says: half a win for both, or an outcome of its own (Rao and Kupper; Davidson). Log-likelihoods and their derivatives, per pair."""

import math
from typing import Literal

import msgspec
import numpy as np

from assay.stats.clusters import Floats

Ties = Literal["half", "rao-kupper", "davidson"]
TIES: tuple[Ties, ...] = ("half", "rao-kupper", "davidson")


class Slopes(msgspec.Struct, frozen=True, kw_only=True):
    """Of the log-probability of each outcome (i won, j won, tie), in d = theta_i - theta_j and the tie parameter t, each of shape (P, 3).

    `value`; first derivatives `d`, `t`; second ones `dd`, `dt`, `tt`. The parts in t are zero where there is no such parameter.
    """

    value: Floats
    d: Floats
    t: Floats
    dd: Floats
    dt: Floats
    tt: Floats


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    small = np.exp(-np.abs(x))
    found: Floats = np.where(x >= 0.0, 1.0, small) / (1.0 + small)
    return found


def slopes(ties: Ties, d: Floats, t: float) -> Slopes:
    """The derivatives at differences `d` (P,). Rao-Kupper: t > 0 is the log of their theta; Davidson: t is the log of nu."""
    return {"half": _half, "rao-kupper": _rao_kupper, "davidson": _davidson}[ties](d, t)


def start(ties: Ties, tied: float) -> float:
    """A tie parameter that gives equals the share `tied` of ties, 0 < tied < 1; 0 where there is none."""
    if ties == "davidson":
        return math.log(2.0 * tied / (1.0 - tied))
    return math.log((1.0 + tied) / (1.0 - tied)) if ties == "rao-kupper" else 0.0


def _half(d: Floats, t: float) -> Slopes:
    p, nothing = sigmoid(d), np.zeros((len(d), 3))
    won, lost = -np.logaddexp(0.0, -d), -np.logaddexp(0.0, d)
    return Slopes(
        value=np.stack([won, lost, 0.5 * (won + lost)], axis=1),
        d=np.stack([1.0 - p, -p, 0.5 - p], axis=1),
        dd=np.repeat((-p * (1.0 - p))[:, None], 3, axis=1),
        t=nothing, dt=nothing, tt=nothing,
    )  # fmt: skip


def _rao_kupper(d: Floats, t: float) -> Slopes:
    """P(i wins) = s(d - t), P(j wins) = s(-d - t), a tie is what is left. Source: Rao and Kupper 1967."""
    u, v = sigmoid(d - t), sigmoid(-d - t)
    du, dv = u * (1.0 - u), v * (1.0 - v)
    if t <= 0.0:
        tie, slope, curve = np.full(len(d), -np.inf), 0.0, 0.0
    else:
        excess = math.expm1(2.0 * t)
        tie = math.log(excess) + d - np.logaddexp(d, t) - np.logaddexp(d + t, 0.0)
        slope, curve = 2.0 / excess, -4.0 * (excess + 1.0) / excess**2
    return Slopes(
        value=np.stack([-np.logaddexp(0.0, t - d), -np.logaddexp(0.0, t + d), tie], axis=1),
        d=np.stack([1.0 - u, v - 1.0, v - u], axis=1),
        t=np.stack([u - 1.0, v - 1.0, slope + u + v], axis=1),
        dd=np.stack([-du, -dv, -du - dv], axis=1),
        dt=np.stack([du, -dv, du - dv], axis=1),
        tt=np.stack([-du, -dv, curve - du - dv], axis=1),
    )


def _davidson(d: Floats, t: float) -> Slopes:
    """P(i wins) : P(j wins) : P(tie) = e^(d/2) : e^(-d/2) : e^t. Source: Davidson 1970."""
    half = 0.5 * d
    total = np.logaddexp(np.logaddexp(half, -half), t)
    won, lost, tied = np.exp(half - total), np.exp(-half - total), np.exp(t - total)
    lean = 0.5 * (won - lost)

    def all_three(column: Floats) -> Floats:
        return np.repeat(column[:, None], 3, axis=1)

    return Slopes(
        value=np.stack([half - total, -half - total, t - total], axis=1),
        d=np.stack([0.5 - lean, -0.5 - lean, -lean], axis=1),
        t=np.stack([-tied, -tied, 1.0 - tied], axis=1),
        dd=all_three(lean**2 - 0.25 * (won + lost)),
        dt=all_three(tied * lean),
        tt=all_three(-tied * (1.0 - tied)),
    )
