"""What several runs add up to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

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
