"""A paired comparison in words: what moved, how sure that is, and what could not have been seen."""

import msgspec

from assay.core.estimate import Estimate
from assay.report.words import Scale, scale_of


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """`a` minus `b` on one metric of one task.

    `verdict` is "better" or "worse" (of `a`), "no difference seen" (then `mde` says what could have been), or "not measurable".
    `adjusted_p` is corrected (Holm) for all comparisons made together. `won` and `lost` hold the ids of samples on which `a` did
    better and worse: scored higher and lower, the other way round where `lower_is_better`. `warnings` say what endangers the comparison.
    """

    task: str
    metric: str
    a: str
    b: str
    difference: Estimate
    p_value: float | None
    adjusted_p: float | None
    mde: float | None
    verdict: str
    method: str
    won: tuple[str, ...]
    lost: tuple[str, ...]
    tied: int
    lower_is_better: bool = False
    warnings: tuple[str, ...] = ()


def difference_scale(comparison: Comparison) -> Scale:
    """Points of a hundred for shares, the metric's own unit for others."""
    found = comparison.difference
    sizes = [abs(each) for each in (found.value, found.low, found.high) if each is not None]
    as_share = Estimate(value=max(sizes, default=0.0), low=None, high=None, n=0, clusters=0, method="")
    return scale_of(comparison.metric, [as_share])


def moved(comparison: Comparison) -> str:
    """`+3.7 [+1.6, +5.8]`."""
    found, scale = comparison.difference, difference_scale(comparison)
    if found.low is None or found.high is None:
        return scale.signed(found.value)
    return f"{scale.signed(found.value)} [{scale.signed(found.low)}, {scale.signed(found.high)}]"


def sentence(comparison: Comparison) -> str:
    """`accuracy +3.7 [+1.6, +5.8] better`, or what could have been seen where no difference was."""
    if not comparison.difference.measurable:
        return f"{comparison.metric} not measurable: {comparison.difference.reason or 'no sample in common'}"
    text = f"{comparison.metric} {moved(comparison)} {comparison.verdict}"
    if comparison.verdict == "no difference seen" and survives_alone(comparison):
        return f"{text} once corrected for all comparisons made"
    if comparison.verdict == "no difference seen" and comparison.mde is not None:
        text += f" (could have seen {difference_scale(comparison).text(comparison.mde)})"
    return text


def survives_alone(comparison: Comparison) -> bool:
    """Whether the interval, which is corrected for nothing, leaves 0 out."""
    low, high = comparison.difference.low, comparison.difference.high
    return low is not None and high is not None and (low > 0 or high < 0)


def counts(comparison: Comparison) -> str:
    """How many samples moved: lost first."""
    return f"{len(comparison.lost):,} lost, {len(comparison.won):,} won, {comparison.tied:,} the same"
