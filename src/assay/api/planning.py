"""Planning: which samples a run asks for. Everything, unless an option chooses otherwise."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from assay.api.options import RunOptions
from assay.core.errors import UsageError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Plan, lower_metrics
from assay.core.run import Result
from assay.core.task import Task
from assay.core.trial import Trial
from assay.engine.plan import Everything

if TYPE_CHECKING:
    from assay.api.comparing import Scores


@runtime_checkable
class Choosing(Plan, Protocol):
    """A plan that asks for part of the samples and has the last word on what came of it."""

    @property
    def asked(self) -> int | None:
        """How many trials it asked for in all; None while it would still ask for more."""
        ...

    def conclude(self, result: Result, rest: Sequence[Trial]) -> Result:
        """The result with what the plan knows of it: estimates, notes. `rest` are trials that closed since it was last asked (an interrupted run)."""
        ...


class Planning(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is planned: its `words` are part of the run's id (empty for everything: the same folder as ever), `start` makes the plan."""

    words: str
    start: Callable[[], Plan]


def planning_for(task: Task, options: RunOptions) -> Planning:
    """How the task (already limited) is asked. Raises UsageError for a rule that cannot be followed, before anything is asked."""
    if options.adaptive is not None:
        if options.until is not None:
            raise UsageError("--adaptive and --until both choose the samples.", remedy="Use one of them.")
        from assay.api.adaptive import adaptive_plan

        words, start = adaptive_plan(task, options, options.adaptive)
        return Planning(words=words, start=start)
    if options.until is not None:
        return stopping_by_rule(task, options, options.until)
    return Planning(words="", start=lambda: Everything(samples=len(task.dataset), trials=task.trials, seed=options.seed))


def stopping_by_rule(task: Task, options: RunOptions, text: str) -> Planning:
    """A run that asks until the rule is met."""
    from assay.api.rules import parse_rule, watched_metric
    from assay.api.until import Until, watched_in

    rule = parse_rule(text)
    metric = watched_metric(rule, task)
    named = msgspec.structs.replace(rule, metric=metric)
    if rule.vs is None:
        watched, words = watched_in(task, metric), named.words
    else:
        rival = rival_of(rule.vs, task, metric)
        watched = watched_in(task, metric, rival.by_metric[metric], rival.label)
        words = msgspec.structs.replace(named, vs=rival.manifest.content_id).words
        if not watched.units:
            raise UsageError(
                f"The run in {rule.vs} and this one share no sample that is scored by '{metric}'.",
                remedy="Compare with a run of the same questions, with the same --limit and --seed.",
            )
    lower = metric in lower_metrics(task.scorers)
    return Planning(
        words=f"until {words}",
        start=lambda: Until(rule=named, watched=watched, trials=task.trials, seed=options.seed, lower_is_better=lower),
    )


def rival_of(place: str, task: Task, metric: str) -> "Scores":
    """The scores of the run a rule compares with. Raises UsageError where it is of another task, was scored otherwise, or lacks the metric."""
    from assay.api.comparing import scores_of
    from assay.store import RunFolder

    manifest = RunFolder.open(place).manifest
    if manifest.task != task.name:
        raise UsageError(
            f"The run in {place} is of the task '{manifest.task}', not of '{task.name}'.",
            remedy=f"`assay list runs` shows those of '{task.name}'.",
        )
    if manifest.fingerprints.get("scorers") not in (None, fingerprint(task.scorers)):
        raise UsageError(
            f"The run in {place} was scored by other scorers or settings of them.", remedy="`assay score` gives a run another scorer."
        )
    found = scores_of(place)
    if metric not in found.by_metric:
        there = ", ".join(found.by_metric) or "none"
        raise UsageError(f"The run in {place} has no scores of '{metric}'.", remedy=f"It has: {there}.")
    return found


def trials_planned(plan: Plan, most: int) -> int:
    """How many trials a run's counts are out of: what the plan asked for where it has chosen, `most` otherwise."""
    asked = plan.asked if isinstance(plan, Choosing) else None
    return most if asked is None else asked


def concluded(plan: Plan, result: Result, rest: Sequence[Trial]) -> Result:
    """The result with the plan's last word, where it has one."""
    return plan.conclude(result, rest) if isinstance(plan, Choosing) else result
