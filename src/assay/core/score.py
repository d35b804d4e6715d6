"""Score: what one scorer said of one answer on one criterion."""

from typing import Any, Literal

import msgspec

ScoreKind = Literal["rule", "judge", "human"]

NOTHING_TO_EXTRACT = "nothing to extract"
"""The reason a scorer gives when it found nothing to compare in an answer; the engine counts it as `unextractable`."""

STATISTICS = "statistics"
"""The key of `detail` under which a score brings counts of which its metric is made where that is no mean: {"bleu": [...]}, see `metrics.pooled`."""


class Score(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One scorer's word on one answer.

    `value` is finite, by convention 0..1 unless the metric says otherwise, and None where the answer could not be scored
    through no fault of the model (then `reason` says why). `extracted` is the part of the answer that was compared;
    `method` how it was found; `lenient` what a second, more forgiving extractor would have scored (None: no such extractor).
    """

    scorer: str
    value: float | None
    criterion: str = "score"
    kind: ScoreKind = "rule"
    extracted: str | None = None
    method: str | None = None
    lenient: float | None = None
    reason: str | None = None
    detail: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The metric this score feeds: the scorer, with its criterion where it has several."""
        return metric_name(self.scorer, self.criterion)


def metric_name(scorer: str, criterion: str) -> str:
    """The metric that a scorer's criterion feeds."""
    return scorer if criterion == "score" else f"{scorer}/{criterion}"
