"""A gate in words: what a rule is called, what was found, what should be, and what follows; the same in terminal, Markdown and JUnit."""

from collections.abc import Sequence

import msgspec

from assay.core.estimate import Estimate
from assay.lifecycle.checks import Unit
from assay.lifecycle.gates import Finding, Gate
from assay.report.words import EMPTY, MINUS, Scale, count, money, scale_of

RULES = {
    "coverage": "coverage",
    "missing": "on both sides",
    "no_worse": "no worse",
    "better": "better",
    "at_least": "at least",
    "at_most": "at most",
    "latency": "latency",
    "rates": "rate",
    "budget": "budget",
}
"""What each rule is called for people."""


def title(found: Finding) -> str:
    """`no worse · gsm8k · number · subject=law`."""
    return " · ".join(filter(None, (RULES[found.rule], found.task, found.metric, found.part)))


def written(value: float | None, unit: Unit, *, signed: bool = False, like: Estimate | None = None) -> str:
    """A number in its unit: points and shares of a hundred with one decimal, seconds, dollars, tokens, scores as their metric is written."""
    if value is None:
        return EMPTY
    if unit in ("points", "share"):
        scale = Scale(factor=100.0, decimals=1, start=0.0, end=1.0)
        return scale.signed(value) if signed or unit == "points" else scale.text(value)
    if unit == "seconds":
        return f"{value:.3g} s"
    if unit == "dollars":
        return money(value)
    if unit == "tokens":
        return f"{value:,.0f}"
    scale = scale_of("", [like] if like is not None else [])
    scale = Scale(factor=1.0, decimals=max(scale.decimals, 2) if scale.factor == 1.0 else 3, start=0.0, end=1.0)
    return scale.signed(value) if signed else scale.text(value)


def number(found: Finding) -> str:
    """`−0.8 [−2.1, +0.5]`; one that was counted has no interval."""
    it, unit, signed = found.estimate, found.unit, found.rule in ("no_worse", "better")
    value = written(it.value, unit, signed=signed, like=it)
    if it.low is None or it.high is None or it.low == it.high == it.value:
        return value
    return f"{value} [{written(it.low, unit, signed=signed, like=it)}, {written(it.high, unit, signed=signed, like=it)}]"


def limit(found: Finding) -> str:
    """`> −2.0`; nothing where no number is asked for."""
    if found.rule == "missing" or (found.limit == 0.0 and not found.estimate.measurable):
        return ""
    signed = found.rule in ("no_worse", "better")
    return f"{found.relation} {written(found.limit, found.unit, signed=signed, like=found.estimate)}"


def sentence(found: Finding) -> str:
    """What was found of one rule, in one line, without its name."""
    why = found.reason or "nothing was measured"
    if found.outcome == "not measurable":
        seen = f"{number(found)}, asked {limit(found)}: " if found.estimate.measurable and found.reason != found.estimate.reason else ""
        return f"{seen}{why}" + (f". {found.help}" if found.help else "")
    asked = written(found.limit, found.unit, signed=found.rule in ("no_worse", "better"), like=found.estimate)
    if is_counted(found):
        return f"{number(found)}, asked {limit(found)}"
    side = "above" if (found.relation == ">") is (found.outcome == "pass") else "below"
    return f"{number(found)} over {count(found.estimate.n, 'sample')} lies wholly {side} {asked}"


def is_counted(found: Finding) -> bool:
    """Whether the number was counted, not estimated."""
    return found.relation in (">=", "<=")


def decision(gate: Gate) -> str:
    """The verdict with what it rests on: `NO-GO: 1 of 6 rules is shown to be violated`."""
    total, failed, open_ = len(gate.findings), len(gate.of("fail")), len(gate.of("not measurable"))
    rules = count(total, "rule")
    if gate.verdict == "GO":
        return f"GO: {'the one rule is' if total == 1 else f'all {rules} are'} shown to hold"
    if gate.verdict == "NO-GO":
        return f"NO-GO: {failed} of {rules} {'is' if failed == 1 else 'are'} shown to be violated"
    return f"INCONCLUSIVE: no violation is shown, and {open_} of {rules} {'is' if open_ == 1 else 'are'} not shown to hold"


def gathered(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with one for the coverage of all runs where that of every one will do."""
    covered = [each for each in findings if each.rule == "coverage" and each.outcome == "pass"]
    if len(covered) < 2 or len({each.rule for each in findings}) == 1:
        return list(findings)
    least = min(covered, key=lambda each: each.estimate.value or 0.0)
    one = msgspec.structs.replace(least, task=count(len(covered), "run"), metric="", part="the least of them")
    return [*(each for each in findings if each not in covered), one]


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """What decides first: failures, then what is not measurable, then what passed; within them in the order of the policy."""
    rank = {"fail": 0, "not measurable": 1, "pass": 2}
    return sorted(findings, key=lambda each: rank[each.outcome])


def reading(gate: Gate) -> str:
    """How the intervals are to be read."""
    level = 100.0 * (1.0 - 2.0 * gate.policy.alpha)
    holm = ", violations corrected together (Holm)" if gate.policy.correction == "holm" else ""
    return (
        f"{level:g} % intervals: GO and NO-GO each err in {100.0 * gate.policy.alpha:g} % at most{holm}. In differences {MINUS} is worse."
    )
