"""Group: tasks whose scores are also put together into one."""

import msgspec

from assay.core.estimate import Estimate


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of a group: the mean of its tasks' estimates, weighted by samples or each task alike.

    `criteria` names the scorer's criteria that are put together, each for itself; None means those there are.
    """

    metric: str
    criteria: tuple[str, ...] | None = None
    weight_by_size: bool = True


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group by name, with its tasks and what is put together of their scores."""

    name: str
    tasks: tuple[str, ...]
    aggregates: tuple[Aggregate, ...] = ()


class GroupResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a group came to on one model; `tasks` are those it was made of."""

    group: str
    model: str
    tasks: tuple[str, ...]
    metrics: dict[str, Estimate]
