"""From a policy and the runs to the checks that it makes: each an estimate that can be had at any alpha, a limit, and the side to be on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.core.registry import meant
from assay.lifecycle.evidence import Evidence, Spent
from assay.lifecycle.policy import KINDS, AtLeast, AtMost, Better, Budget, Latency, MetricRule, NoWorse, Policy, Rate, Rule
from assay.report.settings import unpairable
from assay.report.words import count, listing, share

Unit = Literal["points", "score", "share", "seconds", "dollars", "tokens"]
"""How numbers are written: `points` and `share` in per cent, `score` in the metric's own unit."""


class Check(msgspec.Struct, kw_only=True):
    """One thing to decide. It holds where the truth lies `above` (or below) the `limit`.

    `at(alpha)` is the estimate with its 1 - 2 alpha interval. A check that cannot be decided is `blocked` by a reason, with a `remedy`.
    `fact`: the number is counted, not estimated, and no test. `members`: the checks of which one is enough.
    """

    rule: str
    task: str
    metric: str = ""
    part: str = ""
    at: Callable[[float], Estimate] | None = None
    limit: float = 0.0
    above: bool = True
    unit: Unit = "score"
    blocked: str = ""
    remedy: str = ""
    fact: bool = False
    members: list["Check"] = []

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about: of two with one key the later rule counts."""
        return self.rule, self.task, self.metric, self.part


Sides = tuple[Mapping[str, Evidence], Mapping[str, Evidence]]
"""Baseline and candidate, each task -> run."""


def checks_of(policy: Policy, baseline: Mapping[str, Evidence], candidate: Mapping[str, Evidence]) -> list[Check]:
    """Every check of a policy, kind by kind, the coverage of the runs first. Raises UsageError for a margin no score could pass."""
    sides = (baseline, candidate)
    found: dict[tuple[str, ...], Check] = {}
    for check in (*_coverage(policy, sides), *_missing(policy, sides)):
        found[check.key] = check
    for rule in policy.rules:
        for check in _of_rule(rule, policy, sides):
            found.pop(check.key, None)
            found[check.key] = check
    return list(found.values())


def _of_rule(rule: Rule, policy: Policy, sides: Sides) -> Iterator[Check]:
    tasks = [each for each in sides[1] if fnmatchcase(each, rule.task)]
    name = next(kind for kind, made in KINDS.items() if type(rule) is made)
    if not tasks:
        known = [*dict.fromkeys((*sides[0], *sides[1]))]
        only = " of the candidate" if any(fnmatchcase(each, rule.task) for each in sides[0]) else ""
        remedy = meant(rule.task, known) or f"There are: {listing(known, 8)}."
        yield Check(rule=name, task=rule.task, blocked=f"no run{only} has a task '{rule.task}'", remedy=remedy)
        return
    if isinstance(rule, Budget) and rule.per == "run":
        yield from _totals(rule, {task: sides[1][task] for task in tasks})
        return
    if isinstance(rule, MetricRule):
        yield from _metric_checks(rule, name, tasks, policy, sides)
        return
    for task in tasks:
        run = sides[1][task]
        if isinstance(rule, Latency):
            yield _latency(rule, task, run)
        elif isinstance(rule, Rate):
            yield Check(rule=name, task=task, metric=rule.of, at=_rate(run, rule.of), limit=rule.at_most, above=False, unit="share")
        elif isinstance(rule, Budget):
            yield from _per_sample(rule, task, run)


def _rate(run: Evidence, kind: str) -> Callable[[float], Estimate]:
    return lambda alpha: run.rate(kind, alpha)


def _coverage(policy: Policy, sides: Sides) -> Iterator[Check]:
    """A fact for each run: the coverage of its worst metric."""
    for side, runs in zip(("baseline", "candidate"), sides, strict=True):
        for task, run in runs.items():
            least = min((run.coverage(each) for each in run.columns), default=0.0)
            failed = sum(run.failed.values())
            why = f"coverage {share(least)} is below the floor of {share(policy.coverage)}" + (
                f": {count(failed, 'trial')} failed" if failed else ""
            )
            command = run.manifest.settings.get("command")
            yield Check(
                rule="coverage",
                task=task,
                part=side,
                at=_fact(least, run.manifest.planned, "scored / planned"),
                limit=policy.coverage,
                unit="share",
                fact=True,
                blocked=why if least < policy.coverage else "",
                remedy=f"Repeat the run: it goes on where it stopped{f': {command}' if command else ''}."
                if least < policy.coverage
                else "",
            )


def _fact(value: float, n: int, method: str) -> Callable[[float], Estimate]:
    found = Estimate(value=value, low=value, high=value, n=n, clusters=n, method=method)
    return lambda alpha: found


def _missing(policy: Policy, sides: Sides) -> Iterator[Check]:
    """Tasks that one side lacks, where the policy compares."""
    if policy.missing == "ignore" or not policy.compares:
        return
    patterns = [each.task for each in (*policy.no_worse, *policy.better)]
    before, after = sides
    for have, lack, runs, others in (("baseline", "candidate", before, after), ("candidate", "baseline", after, before)):
        for task in runs:
            if task not in others and any(fnmatchcase(task, each) for each in patterns):
                remedy = f'Run {task} on the {lack}, or leave it out of both (missing = "ignore").'
                yield Check(rule="missing", task=task, part=lack, blocked=f"the {have} has this task and the {lack} has not", remedy=remedy)


def _metric_checks(rule: MetricRule, name: str, tasks: Sequence[str], policy: Policy, sides: Sides) -> Iterator[Check]:
    made: list[Check] = []
    compares = isinstance(rule, NoWorse | Better)
    for task in tasks:
        if compares and task not in sides[0]:
            continue
        a, b = sides[1][task], sides[0].get(task)
        names = list(dict.fromkeys((*a.columns, *(b.columns if compares and b else ()))))
        wanted = [each for each in names if fnmatchcase(each, rule.metric)]
        if not wanted:
            remedy = meant(rule.metric, names) or f"There are: {listing(names, 8) or 'none'}."
            made.append(Check(rule=name, task=task, metric=rule.metric, blocked=f"no metric '{rule.metric}' was scored", remedy=remedy))
        for metric in wanted:
            made += _of_metric(rule, name, policy, metric, a, b if compares else None)
    if isinstance(rule, Better) and rule.any and len(made) > 1:
        yield Check(rule=name, task=rule.task, metric=rule.metric, part=rule.slice or "", limit=rule.by, unit=made[0].unit, members=made)
    else:
        yield from made


def _of_metric(rule: MetricRule, name: str, policy: Policy, metric: str, a: Evidence, b: Evidence | None) -> Iterator[Check]:
    """The checks of one metric: one of all its samples, or one for each part."""
    start = Check(rule=name, task=a.manifest.task, metric=metric)
    for run, side in ((a, "candidate"), *(((b, "baseline"),) if b is not None else ())):
        if metric not in run.columns:
            other = "baseline" if side == "candidate" else "candidate"
            remedy = "`assay score RUN --scorer NAME` gives a run another scorer's metric, asking no model."
            yield msgspec.structs.replace(start, blocked=f"only the {other} was scored by '{metric}'", remedy=remedy)
            return
    if b is not None and (why := unpairable(a.manifest, b.manifest)):
        yield msgspec.structs.replace(start, blocked=why, remedy="Score both alike: `assay score RUN --scorer NAME` asks no model.")
        return
    thin = _too_thin(policy, metric, a, b)
    for part, ids in _parts(rule, a, b, metric).items():
        check = msgspec.structs.replace(start, part=part)
        blocked, remedy = thin
        if not blocked and len(ids) < max(2 if b else 1, rule.least):
            blocked, remedy = f"{count(len(ids), 'sample')} of this part", "Ask more of its samples, or lower `least`."
        yield _measured(rule, check, metric, ids, a, b) if not blocked else msgspec.structs.replace(check, blocked=blocked, remedy=remedy)


def _too_thin(policy: Policy, metric: str, a: Evidence, b: Evidence | None) -> tuple[str, str]:
    """Why too little of a metric is there to decide anything on, and what helps; two empty texts where there is enough."""
    for run, side in ((a, "candidate"), *(((b, "baseline"),) if b is not None else ())):
        if run.coverage(metric) < policy.coverage:
            return f"the {side}'s coverage is {share(run.coverage(metric))}", "Repeat its run: it goes on where it stopped."
    if b is None:
        return "", ""
    mine, others = a.columns[metric].sums, b.columns[metric].sums
    shared, smaller = len(mine.keys() & others.keys()), min(len(mine), len(others))
    if shared < 2 or shared < policy.coverage * smaller:
        what = "no scored sample" if not shared else f"{shared:,} scored samples of {smaller:,}"
        return f"the runs share {what}", "Run both on the same data with the same --limit and --seed."
    return "", ""


def _parts(rule: MetricRule, a: Evidence, b: Evidence | None, metric: str) -> dict[str, list[str]]:
    """Part -> its samples; one unnamed part of all of them where no slice is asked for."""
    ids = [each for each in a.columns[metric].sums if b is None or each in b.columns[metric].sums]
    if rule.slice is None:
        return {"": ids}
    from assay.metrics.slices import slices_of

    dimension, _, pattern = rule.slice.partition("=")
    parts = {
        f"{dimension}={label}": [each for each in ids if each in members]
        for label, members in slices_of(dimension, a.metadata).items()
        if fnmatchcase(label, pattern or "*")
    }
    return {part: own for part, own in parts.items() if len(own) >= rule.least} or {rule.slice: []}


def _measured(rule: MetricRule, check: Check, metric: str, ids: list[str], a: Evidence, b: Evidence | None) -> Check:
    columns = [run.columns[metric] for run in (a, b) if run is not None]
    bounded = all(each.is_share for each in columns)
    replace = msgspec.structs.replace
    if b is None:
        above = isinstance(rule, AtLeast)
        value = rule.value if isinstance(rule, AtLeast | AtMost) else 0.0
        if bounded and not 0.0 <= value <= 1.0:
            raise UsageError(
                f"[[{check.rule}]] value is {value:g}, and {metric} of {check.task} lies in 0 to 1.", remedy="80 % is value = 0.8."
            )
        return replace(check, at=lambda alpha: a.mean(metric, ids, alpha), limit=value, above=above, unit="share" if bounded else "score")
    size = rule.margin if isinstance(rule, NoWorse) else rule.by if isinstance(rule, Better) else 0.0
    if bounded and size >= 1.0:
        raise UsageError(
            f"[[{check.rule}]] asks for a difference of {size:g}, and {metric} of {check.task} lies in 0 to 1.",
            remedy=f"{size:g} points of a hundred are {size / 100:g}.",
        )
    return replace(
        check,
        at=_difference(metric, ids, a, b),
        limit=-size if isinstance(rule, NoWorse) else size,
        unit="points" if bounded else "score",
    )


def _difference(metric: str, ids: list[str], a: Evidence, b: Evidence) -> Callable[[float], Estimate]:
    """The paired difference in the direction in which more is better."""
    from assay.stats.margins import equivalence

    one, other = ([run.columns[metric].mean(each) for each in ids] for run in (a, b))
    up, down = (other, one) if metric in a.manifest.lower_is_better else (one, other)
    coverage = min(a.coverage(metric), b.coverage(metric))
    groups = a.groups(ids)
    return lambda alpha: equivalence(up, down, groups, margin=1.0, form="non-inferiority", alpha=alpha, coverage=coverage).estimate


def _latency(rule: Latency, task: str, run: Evidence) -> Check:
    from assay.stats import percentile

    what = "first token" if rule.first_token else "answer"
    took = [(each.sample_id, each.first_token if rule.first_token else each.seconds) for each in run.spent]
    known = [(sample_id, seconds) for sample_id, seconds in took if seconds is not None]
    check = Check(rule="latency", task=task, metric=f"p{rule.percentile:g} {what}", limit=rule.seconds, above=False, unit="seconds")
    if not known:
        why = "no answer was streamed: no time to the first token" if rule.first_token and run.spent else "the run recorded no time"
        return msgspec.structs.replace(check, blocked=why, remedy="Recorded and imported answers have none: ask the model itself.")
    ids, seconds = [each for each, _ in known], [each for _, each in known]
    groups = run.groups(ids) if run.clusters else ids if len(set(ids)) < len(ids) else None
    coverage = len(known) / run.manifest.planned if run.manifest.planned else 0.0
    check.at = lambda alpha: percentile(seconds, rule.percentile / 100.0, groups, level=1.0 - 2.0 * alpha, coverage=min(1.0, coverage))
    return check


def _totals(rule: Budget, runs: Mapping[str, Evidence]) -> Iterator[Check]:
    """Facts: what all these runs spent together."""
    task = rule.task if len(runs) > 1 else next(iter(runs))
    asked: tuple[tuple[Unit, float | None], ...] = (("dollars", rule.dollars), ("tokens", rule.tokens))
    for unit, limit in asked:
        if limit is None:
            continue
        check = Check(rule="budget", task=task, metric=unit, limit=limit, above=False, unit=unit, fact=True)
        spent = [_total(run, unit) for run in runs.values()]
        known = [each for each in spent if each is not None]
        if len(known) < len(spent):
            why = "not every price is known" if unit == "dollars" else "a run has no result yet"
            yield msgspec.structs.replace(check, blocked=why, remedy="Give the price of the model, or limit tokens instead.")
        else:
            yield msgspec.structs.replace(check, at=_fact(sum(known), sum(each.manifest.planned for each in runs.values()), "sum"))


def _total(run: Evidence, unit: str) -> float | None:
    if run.result is None:
        return None
    usage = run.result.usage
    return usage.cost if unit == "dollars" else float(usage.input_tokens + usage.output_tokens)


def _per_sample(rule: Budget, task: str, run: Evidence) -> Iterator[Check]:
    asked: tuple[tuple[Unit, float | None, Callable[[Spent], float | None]], ...] = (
        ("dollars", rule.dollars, lambda each: each.dollars),
        ("tokens", rule.tokens, lambda each: float(each.tokens)),
    )
    for unit, limit, of in asked:
        if limit is not None:
            yield Check(rule="budget", task=task, metric=f"{unit} a sample", at=_spending(run, of), limit=limit, above=False, unit=unit)


def _spending(run: Evidence, of: Callable[[Spent], float | None]) -> Callable[[float], Estimate]:
    """The mean of what the trials of a sample cost together."""
    from assay.stats import interval

    sums: dict[str, float] = {}
    for each in run.spent:
        value = of(each)
        if value is None:
            nothing = not_measurable("the price of an answer is not known", n=len(run.spent))
            return lambda alpha: nothing
        sums[each.sample_id] = sums.get(each.sample_id, 0.0) + value
    ids = list(sums)
    return lambda alpha: interval(list(sums.values()), run.groups(ids), level=1.0 - 2.0 * alpha)
