"""What several runs add up to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from assay.core.run import Result
from assay.report.words import money, tokens


def sums(many: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts by name, added up, in the order the names first come."""
    total: Counter[str] = Counter()
    for each in many:
        total.update(each)
    return dict(total)


def spent(results: Sequence[Result]) -> list[str]:
    """Tokens in and out, and money where a price is known; what is nothing is left out."""
    used = sum(each.usage.input_tokens + each.usage.output_tokens for each in results)
    costs = [each.usage.cost for each in results if each.usage.cost is not None]
    return [*([tokens(used)] if used else []), *([money(sum(costs))] if costs else [])]


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """How many of `checked` answers a more forgiving extractor scores higher and lower, over all runs of a task."""

    task: str
    metric: str
    checked: int
    gained: int
    lost: int


def extractions(results: Sequence[Result]) -> list[Extraction]:
    """A row for each scorer that has a more forgiving extractor, also where it changes nothing."""
    found: dict[tuple[str, str], list[int]] = {}
    for result in results:
        for metric, one in result.leniency.items():
            sums = found.setdefault((result.task, metric), [0, 0, 0])
            for index, number_of in enumerate((one.checked, one.gained, one.lost)):
                sums[index] += number_of
    return [Extraction(task=task, metric=metric, checked=a, gained=b, lost=c) for (task, metric), (a, b, c) in found.items()]
