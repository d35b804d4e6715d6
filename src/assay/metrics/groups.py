"""Scores of a group: the estimates of several tasks put together, with an interval made of theirs."""

import math
from collections.abc import Iterable, Mapping, Sequence

from assay.core.estimate import Estimate, not_measurable
from assay.core.group import Aggregate, Group, GroupResult
from assay.core.run import Result
from assay.core.score import metric_name


def combined(parts: Mapping[str, Estimate], weights: Mapping[str, float]) -> Estimate:
    """The weighted mean of independent estimates (by task).

    The interval recovers each part's variance from its own limits: the squared weighted distances from value to limit add up
    (MOVER: Zou and Donner 2008, Statistics in Medicine 27:1693). Where a part has no value, the whole has none, and the reason names it.
    """
    missing = next((task for task, each in parts.items() if each.value is None), None)
    samples = sum(each.n for each in parts.values())
    total = sum(weights[task] for task in parts)
    coverage = sum(weights[task] * each.coverage for task, each in parts.items()) / total if total else 0.0
    if missing is not None or not total:
        reason = f"{missing}: {parts[missing].reason}" if missing is not None else "no task of the group has a sample"
        return not_measurable(reason, coverage=coverage, n=samples)
    value = low = high = 0.0
    for task, each in parts.items():
        assert each.value is not None and each.low is not None and each.high is not None
        share = weights[task] / total
        value += share * each.value
        low += (share * (each.value - each.low)) ** 2
        high += (share * (each.high - each.value)) ** 2
    clusters = sum(each.clusters for each in parts.values())
    return Estimate(
        value=value,
        low=value - math.sqrt(low),
        high=value + math.sqrt(high),
        n=samples,
        clusters=clusters,
        method="mover",
        coverage=coverage,
    )


def of_group(group: Group, results: Sequence[Result]) -> GroupResult | None:
    """One model's results put together; None where the group puts nothing together or none of its tasks has such a score."""
    inside = [each for each in results if each.task in group.tasks]
    metrics: dict[str, Estimate] = {}
    for aggregate in group.aggregates:
        for label in labels_of(aggregate, inside):
            parts = {each.task: each.metrics[label] for each in inside if label in each.metrics}
            weights = {task: float(part.n) if aggregate.weight_by_size else 1.0 for task, part in parts.items()}
            metrics[label] = combined(parts, weights)
    if not metrics:
        return None
    return GroupResult(group=group.name, model=inside[0].model, tasks=tuple(each.task for each in inside), metrics=metrics)


def labels_of(aggregate: Aggregate, results: Iterable[Result]) -> list[str]:
    """The estimates that an aggregate means, by their names."""
    there = dict.fromkeys(label for result in results for label in result.metrics)
    if aggregate.criteria is not None:
        wanted = [metric_name(aggregate.metric, each) for each in aggregate.criteria]
        return [label for label in wanted if label in there]
    return [label for label in there if label == aggregate.metric or label.startswith(f"{aggregate.metric}/")]


def of_groups(groups: Iterable[Group], results: Sequence[Result]) -> list[GroupResult]:
    """Every group on every model, in their order."""
    models = dict.fromkeys(each.model for each in results)
    found = (of_group(group, [each for each in results if each.model == model]) for group in groups for model in models)
    return [each for each in found if each is not None]
