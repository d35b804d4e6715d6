"""A paired comparison in words: what moved, how sure that is, and what could not have been seen."""

from collections.abc import Sequence

import msgspec

from assay.core.estimate import Estimate
from assay.report.words import Scale, scale_of

MOVED = ("better", "worse")


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """`a` minus `b` on one metric of one task: models under their labels, `a_run` and `b_run` their run folders.

    `verdict` is "better" or "worse" (of `a`); "not certain" where the interval, which is corrected for nothing, leaves 0 out and the
    corrected test does not; "no difference seen" (then `mde` says what could have been); or "not measurable", with a `reason`.
    `adjusted_p` is corrected (Holm) for the `family`: how many comparisons were tested together. `mde` is the true difference found in
    80 of 100 cases at the corrected level, reckoned by `mde_method`. `won` and `lost` hold the ids of samples on which `a` did better and
    worse: scored higher and lower, the other way round where `lower_is_better`. `warnings` say what endangers the comparison.
    `slice` is the part of the samples that was compared, `subject=law`; None for all of them.
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
    family: int = 1
    mde_method: str | None = None
    reason: str | None = None
    a_run: str = ""
    b_run: str = ""
    scenario: str | None = None
    slice: str | None = None

    @property
    def name(self) -> str:
        """What was compared: the task, or the part of it."""
        return self.slice or self.task

    @property
    def said(self) -> str:
        """The verdict in words, with what it rests on."""
        return " ".join(phrases(self))


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
    said = " ".join(phrases(comparison))
    return f"{comparison.metric} {moved(comparison)} {said}" if comparison.difference.measurable else f"{comparison.metric} {said}"


def phrases(comparison: Comparison, *, named: bool = False) -> tuple[str, ...]:
    """What follows from a comparison, in pieces between which a line may break. `named`: the family is told elsewhere."""
    it = comparison
    if it.verdict == "not measurable":
        why, _, remedy = (it.reason or it.difference.reason or "no sample in common").rstrip(".").partition("; ")
        why = why.removesuffix(f" for {it.family:,} comparisons") if named else why
        return ("not measurable:", why, f"({remedy})") if remedy else ("not measurable:", why)
    if it.verdict == "not certain":
        if it.family < 2:
            return ("not certain", f"(the exact test gives p = {it.p_value:.2g})")
        return ("not certain", "once corrected") if named else ("not certain", "once corrected", f"for {it.family:,} comparisons")
    if it.verdict == "no difference seen" and it.mde is not None:
        return (it.verdict, f"(could have seen {difference_scale(it).text(it.mde)})")
    return (it.verdict,)


def corrected(comparisons: Sequence[Comparison]) -> str | None:
    """For how many comparisons the verdicts are corrected, where there is more than one."""
    family = max((each.family for each in comparisons), default=1)
    return f"corrected (Holm) over {family:,} comparisons" if family > 1 else None


def counts(comparison: Comparison) -> str:
    """How many samples moved: lost first."""
    return f"{len(comparison.lost):,} lost, {len(comparison.won):,} won, {comparison.tied:,} the same"
