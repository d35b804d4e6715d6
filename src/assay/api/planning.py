"""Planning: which samples a run asks for. Everything, unless an option chooses otherwise."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from assay.api.options import RunOptions
from assay.core.protocols import Plan
from assay.core.run import Result
from assay.core.task import Task
from assay.core.trial import Trial
from assay.engine.plan import Everything


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
    return Planning(words="", start=lambda: Everything(samples=len(task.dataset), trials=task.trials, seed=options.seed))


def trials_planned(plan: Plan, most: int) -> int:
    """How many trials a run's counts are out of: what the plan asked for where it has chosen, `most` otherwise."""
    asked = plan.asked if isinstance(plan, Choosing) else None
    return most if asked is None else asked


def concluded(plan: Plan, result: Result, rest: Sequence[Trial]) -> Result:
    """The result with the plan's last word, where it has one."""
    return plan.conclude(result, rest) if isinstance(plan, Choosing) else result
