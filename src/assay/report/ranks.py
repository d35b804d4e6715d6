"""Who stands where on one metric, and who cannot be told apart: ranks are ranges."""

from collections.abc import Sequence

import msgspec

from assay.core.estimate import COVERAGE_FLOOR, Estimate
from assay.core.run import Result
from assay.report.compare import Comparison
from assay.report.words import Scale, scale_of
from assay.stats.ranks import ranking_of


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One model's place: `first` to `last` are the ranks it may hold (None where it is not ranked, and `why`). `alone`: nobody else is."""

    model: str
    result: Result
    estimate: Estimate
    first: int | None
    last: int | None
    why: str | None = None
    alone: bool = False

    @property
    def rank(self) -> str:
        """`1`, `2-4`, or an em dash: also of one that nobody else is measured against."""
        if self.alone or self.first is None or self.last is None:
            return "—"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The models on one metric of one task, best first. `groups` are runs of neighbours (from, to) no two of which can be told apart.
    `unsure` says why some pair could not have been told apart whatever the answers were."""

    task: str
    metric: str
    scale: Scale
    standings: tuple[Standing, ...]
    groups: tuple[tuple[int, int], ...]
    paired: bool
    lower_is_better: bool = False
    unsure: str | None = None

    @property
    def ranked(self) -> tuple[Standing, ...]:
        """Those that have a rank."""
        return tuple(each for each in self.standings if each.first is not None)


def boards(results: Sequence[Result], comparisons: Sequence[Comparison] = (), *, floor: float = COVERAGE_FLOOR) -> list[Board]:
    """A board for each task and each of its metrics, in the order they come."""
    asked: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        for metric in result.metrics:
            asked.setdefault((result.task, metric), []).append(result)
    return [board(task, metric, rows, comparisons, floor=floor) for (task, metric), rows in asked.items()]


def board(
    task: str, metric: str, results: Sequence[Result], comparisons: Sequence[Comparison] = (), *, floor: float = COVERAGE_FLOOR
) -> Board:
    """The standing of each model: by a paired comparison of the two where there is one, else by intervals that do not touch."""
    own = [each for each in comparisons if (each.task, each.metric, each.slice) == (task, metric, None)]
    # A pair with a difference that no test could confirm is compared all the same: its intervals must not settle what the test could not.
    compared = {(each.a, each.b): each.verdict for each in own if each.verdict != "not measurable" or each.difference.measurable}
    lower = any(metric in each.lower_is_better for each in results)
    sign = -1.0 if lower else 1.0
    ranked = [each for each in results if each.metrics[metric].measurable and each.metrics[metric].coverage >= floor]
    ranked.sort(key=lambda each: (-sign * (each.metrics[metric].value or 0.0), each.model))
    # A table of pairs: boards have tens of models, not thousands. They are sorted, so falling numbers stand for their values.
    beats = [[_is_better(a, b, metric, compared, sign) for b in ranked] for a in ranked]
    places = ranking_of([-float(each) for each in range(len(ranked))], beats)
    standings = [
        Standing(model=one.model, result=one, estimate=one.metrics[metric], first=first, last=last, alone=len(ranked) == 1)
        for one, first, last in zip(ranked, places.first, places.last, strict=True)
    ]
    rest = [_unranked(each, metric, floor) for each in results if each not in ranked]
    return Board(
        task=task,
        metric=metric,
        scale=scale_of(metric, [each.metrics[metric] for each in results], whole=len(results) == 1),
        standings=(*standings, *rest),
        groups=tuple((group[0], group[-1]) for group in places.groups),
        paired=bool(compared),
        lower_is_better=lower,
        unsure=next((each.reason for each in own if each.verdict == "not measurable" and each.difference.measurable), None),
    )


def _is_better(a: Result, b: Result, metric: str, compared: dict[tuple[str, str], str], sign: float) -> bool:
    """Whether `a` is better than `b` for sure: the verdict of their comparison, or else intervals apart."""
    for pair, wanted in (((a.model, b.model), "better"), ((b.model, a.model), "worse")):
        if pair in compared:
            return compared[pair] == wanted
    one, other = a.metrics[metric], b.metrics[metric]
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low > other.high if sign > 0 else one.high < other.low


def _unranked(result: Result, metric: str, floor: float) -> Standing:
    estimate = result.metrics[metric]
    why = estimate.reason or "no estimate"
    if estimate.measurable:
        why = f"coverage is below the floor of {floor:.0%}".replace("%", " %")
    return Standing(model=result.model, result=result, estimate=estimate, first=None, last=None, why=why)
