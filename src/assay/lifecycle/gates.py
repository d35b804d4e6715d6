"""A gate: may the candidate replace the baseline? Every rule passes, fails or is not measurable, and the verdict follows from them.

A pass and a failure are both shown, each by a one-sided test at alpha: the 1 - 2 alpha interval lies wholly on one side of the limit. GO asks
that every rule passes; a candidate that truly breaks one of them gets through only where that one test errs, so the passes need no correction
(an intersection-union test, Berger 1982). NO-GO asks for one violation among many, and would come up by chance the more often the more rules
there are, so violations are corrected together (Holm), as is "better in at least one of these".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from assay.core.estimate import Estimate, not_measurable
from assay.lifecycle.checks import Check, Unit, checks_of
from assay.lifecycle.evidence import Evidence
from assay.lifecycle.policy import Policy

Outcome = Literal["pass", "fail", "not measurable"]
GateVerdict = Literal["GO", "NO-GO", "INCONCLUSIVE"]
EXIT_CODES: dict[str, int] = {"GO": 0, "NO-GO": 1, "INCONCLUSIVE": 3}

_POWER = 0.8
_LEAST_ALPHA = 1e-10
_HOPELESS = 1000.0  # times the samples there are, beyond which more of them are no advice


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one check. `relation` and `limit`: what should hold of the estimate. `reason` says why it is not measurable, `help` what
    would make it so, `samples_needed` with how many samples it would be decided if the truth were what was seen. `p_value` is that of the
    violation (of the improvement in a rule with `any`), corrected, where it was looked for."""

    rule: str
    task: str
    metric: str
    part: str
    outcome: Outcome
    estimate: Estimate
    relation: Literal[">", "<", ">=", "<="]
    limit: float
    unit: Unit
    reason: str | None = None
    help: str | None = None
    samples_needed: int | None = None
    p_value: float | None = None


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict and what it rests on. `baseline` and `candidate`: task -> run folder; `cautions`: what endangers the verdict."""

    verdict: GateVerdict
    policy: Policy
    findings: tuple[Finding, ...]
    baseline: dict[str, str] = {}
    candidate: dict[str, str] = {}
    models: dict[str, str] = {}
    cautions: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 GO, 1 NO-GO, 3 INCONCLUSIVE."""
        return EXIT_CODES[self.verdict]

    def of(self, outcome: Outcome) -> tuple[Finding, ...]:
        """The findings with this outcome."""
        return tuple(each for each in self.findings if each.outcome == outcome)


def decide(policy: Policy, baseline: Mapping[str, Evidence], candidate: Mapping[str, Evidence]) -> tuple[GateVerdict, tuple[Finding, ...]]:
    """Check everything a policy asks; baseline and candidate are task -> run. Raises UsageError for a limit that no score could keep."""
    checks = checks_of(policy, baseline, candidate)
    found = [finding(each, policy.alpha) for each in checks]
    if policy.correction == "holm":
        found = corrected(checks, found, policy.alpha)
    return verdict_of([each.outcome for each in found]), tuple(found)


def verdict_of(outcomes: Sequence[Outcome]) -> GateVerdict:
    """GO where every rule passes, NO-GO where one fails, else INCONCLUSIVE; nothing checked is nothing shown."""
    if "fail" in outcomes:
        return "NO-GO"
    return "GO" if outcomes and all(each == "pass" for each in outcomes) else "INCONCLUSIVE"


def finding(check: Check, alpha: float) -> Finding:
    """What one check says by itself, before violations are corrected."""
    if check.members:
        return _any_of(check, alpha)
    estimate = check.at(alpha) if check.at is not None else not_measurable(check.blocked)
    start = _start(check, estimate)
    if check.blocked or not estimate.measurable:
        reason, _, remedy = (check.blocked or estimate.reason or "").rstrip(".").partition("; ")
        return msgspec.structs.replace(start, reason=reason, help=check.remedy or _as_sentence(remedy) or None)
    if check.fact:
        held = (estimate.value or 0.0) >= check.limit if check.above else (estimate.value or 0.0) <= check.limit
        return msgspec.structs.replace(start, outcome="pass" if held else "fail")
    side = side_of(estimate, check.limit)
    if side:
        return msgspec.structs.replace(start, outcome="pass" if (side > 0) is check.above else "fail")
    needed = samples_needed(estimate, check.limit, alpha)
    return msgspec.structs.replace(start, reason="not shown either way", samples_needed=needed, help=advice(estimate, needed))


def _as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _start(check: Check, estimate: Estimate) -> Finding:
    relation: Literal[">", "<", ">=", "<="] = (">=" if check.fact else ">") if check.above else ("<=" if check.fact else "<")
    return Finding(
        rule=check.rule,
        task=check.task,
        metric=check.metric,
        part=check.part,
        outcome="not measurable",
        estimate=estimate,
        relation=relation,
        limit=check.limit,
        unit=check.unit,
    )


def side_of(estimate: Estimate, limit: float) -> int:
    """1 where the whole interval lies above the limit, -1 where it lies below, 0 where the limit is within or nothing is known."""
    if estimate.low is None or estimate.high is None:
        return 0
    return 1 if estimate.low > limit else -1 if estimate.high < limit else 0


def samples_needed(estimate: Estimate, limit: float, alpha: float) -> int | None:
    """With how many samples the check would be decided in 80 % of cases, were the truth what was seen; None where it lies so near the limit that
    a thousand times as many would not do."""
    from assay.stats.quantiles import normal_quantile

    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    distance = abs(estimate.value - limit)
    reach = estimate.value - estimate.low if estimate.value > limit else estimate.high - estimate.value
    z = normal_quantile(1.0 - alpha)
    if distance <= 0.0:
        return None
    times = ((z + normal_quantile(_POWER)) / z * reach / distance) ** 2
    return math.ceil(estimate.n * times) if times <= _HOPELESS else None


def advice(estimate: Estimate, needed: int | None) -> str:
    """What would decide a check that was not decided."""
    if needed is None:
        return "It lies at the limit itself: more samples will hardly decide it."
    groups = " from other groups" if estimate.clusters < estimate.n else ""
    return f"Needs about {max(1, needed - estimate.n):,} more samples{groups}, if the truth is what was seen."


def smallest_alpha(at: Callable[[float], Estimate], limit: float, *, above: bool, alpha: float) -> float:
    """The p-value of lying on that side of the limit: the smallest alpha whose interval still does; 1 where that of `alpha` does not."""
    wanted = 1 if above else -1
    if side_of(at(alpha), limit) != wanted:
        return 1.0
    if side_of(at(_LEAST_ALPHA), limit) == wanted:
        return _LEAST_ALPHA
    low, high = _LEAST_ALPHA, alpha
    while high > 1.01 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if side_of(at(middle), limit) == wanted else (middle, high)
    return high


def corrected(checks: Sequence[Check], found: Sequence[Finding], alpha: float) -> list[Finding]:
    """The findings after Holm's correction of the violations over every check that was tested."""
    from assay.stats import holm

    tested = [not check.fact and not check.blocked and each.estimate.measurable for check, each in zip(checks, found, strict=True)]
    p_values = [
        (_violation(check, alpha) if each.outcome == "fail" else 1.0) if was_tested else None
        for check, each, was_tested in zip(checks, found, tested, strict=True)
    ]
    adjusted = holm(p_values)
    return [
        _certain(each, p_value, alpha, sum(tested)) if was_tested and each.outcome == "fail" and p_value is not None else each
        for each, p_value, was_tested in zip(found, adjusted, tested, strict=True)
    ]


def _violation(check: Check, alpha: float) -> float:
    """The p-value of a violation; of "better in at least one of these" that of the least sure of them: all must be shown."""
    if check.members:
        return max(_violation(each, alpha) for each in check.members)
    return smallest_alpha(check.at, check.limit, above=not check.above, alpha=alpha) if check.at is not None else 1.0


def _certain(found: Finding, p_value: float, alpha: float, tests: int) -> Finding:
    if p_value <= alpha:
        return msgspec.structs.replace(found, p_value=p_value)
    return msgspec.structs.replace(
        found,
        outcome="not measurable",
        p_value=p_value,
        reason=f"beyond the limit by itself, not certain among {tests:,} rules",
        help="Ask more samples, or gate on this alone.",
    )


def _any_of(check: Check, alpha: float) -> Finding:
    """Better in at least one: the most certain improvement, corrected for how many were looked at."""
    from assay.stats import holm

    found = [finding(each, alpha) for each in check.members]
    open_ = [(check, one) for check, one in zip(check.members, found, strict=True) if one.estimate.measurable and not check.blocked]
    if not open_:
        return msgspec.structs.replace(found[0], task=check.task, metric=check.metric, part=check.part)
    p_values = holm([smallest_alpha(each.at, each.limit, above=True, alpha=alpha) if each.at is not None else 1.0 for each, _ in open_])
    adjusted = [1.0 if each is None else each for each in p_values]
    best = min(range(len(open_)), key=lambda index: (adjusted[index], -(open_[index][1].estimate.value or 0.0)))
    one = open_[best][1]
    if adjusted[best] <= alpha:
        return msgspec.structs.replace(one, outcome="pass", p_value=adjusted[best])
    if len(open_) == len(found) and all(each.outcome == "fail" for each in found):
        return msgspec.structs.replace(one, task=check.task, metric=check.metric, part=check.part)
    return msgspec.structs.replace(
        one,
        outcome="not measurable",
        p_value=adjusted[best],
        reason=f"no improvement is certain among {len(found):,}",
        help=one.help or "Ask more samples, or name the task that should improve.",
    )
