"""What all rule scorers share: the declared fields, the target that must be there, and the score of an answer with nothing in it."""

from functools import cache
from typing import Any, ClassVar, get_type_hints

import msgspec

from assay.core.answer import Answer
from assay.core.errors import ScorerError, UsageError
from assay.core.sample import Sample
from assay.core.score import NOTHING_TO_EXTRACT, Score
from assay.scorers.extract import Found

SHOWN = 2_000
"""Characters of the extracted text that a score keeps: a 5 MB answer must not be written twice into the journal."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The ground of every rule scorer: a frozen struct whose fields (and whose tag, which carries the scorer's version) are its identity.

    `heavy` scorers burn CPU: the engine runs them in a worker process, with None for the context. `lower_is_better` names the criteria
    whose lower value is the better one.
    """

    heavy: ClassVar[bool] = False
    criteria: ClassVar[tuple[str, ...]] = ("score",)
    lower_is_better: ClassVar[tuple[str, ...]] = ()
    name: str = "rule"

    def __post_init__(self) -> None:
        for field, kind in kinds(type(self)).items():
            try:
                msgspec.convert(getattr(self, field), kind)
            except msgspec.ValidationError as error:
                raise UsageError(
                    f"The scorer '{self.name}' cannot take {getattr(self, field)!r} for '{field}': {error}.",
                    remedy=f"See its fields: {', '.join(self.__struct_fields__)}.",
                ) from error

    def targets(self, sample: Sample) -> tuple[str, ...]:
        """Every accepted answer. Raises ScorerError where the sample has none: that is the dataset's fault, never the model's."""
        if not sample.targets:
            raise ScorerError(
                f"Sample '{sample.id}' has no target, which the scorer '{self.name}' compares with.",
                kind="no_target",
                remedy="Name the column that holds the expected answer (--target), or drop the sample.",
            )
        return sample.targets

    def unusable(self, sample: Sample, target: str, expected: str) -> ScorerError:
        """The error for a target that this scorer cannot compare with."""
        return ScorerError(
            f"The target {target[:80]!r} of sample '{sample.id}' is not {expected}, which the scorer '{self.name}' needs.",
            kind="bad_target",
            remedy="Correct the target, or choose another scorer.",
        )

    def score(self, value: float, found: Found, *, lenient: float | None = None, criterion: str = "score", **detail: Any) -> Score:
        """A score of what was found in the answer."""
        return Score(
            scorer=self.name,
            criterion=criterion,
            value=value,
            extracted=cut(found.text),
            method=found.method,
            lenient=lenient,
            detail=detail,
        )

    def nothing(self, answer: Answer, why: str, *, lenient: float | None = None, criterion: str = "score", value: float = 0.0) -> Score:
        """The score of an answer in which there is nothing to compare: the model's doing, so `value` (0 unless lower is better)."""
        return Score(
            scorer=self.name,
            criterion=criterion,
            value=value,
            method="none",
            lenient=lenient,
            reason=NOTHING_TO_EXTRACT,
            detail={"because": because(answer, why)},
        )


@cache
def kinds(scorer: type[Rule]) -> dict[str, Any]:
    """Field -> type of a scorer's settings, which come from a command line as often as from Python."""
    hints = get_type_hints(scorer)
    return {field: hints[field] for field in scorer.__struct_fields__}


def because(answer: Answer, why: str) -> str:
    """Why there is nothing: what the model did stands before what the extractor missed."""
    if answer.stop_reason == "content_filter":
        return "stopped by a content filter"
    if not answer.text.strip():
        return "empty answer, cut inside its reasoning or before it began" if answer.stop_reason == "length" else "empty answer"
    return f"truncated answer; {why}" if answer.stop_reason == "length" else why


def cut(text: str) -> str:
    """A text short enough to keep beside a score."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
