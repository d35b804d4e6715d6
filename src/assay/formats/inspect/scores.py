"""Scores of Inspect as Assay's, and back: letters, numbers, truths, texts, mappings and lists."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from assay.core.score import Score, ScoreKind

Plain = dict[str, Any]
LETTERS = {"c": 1.0, "p": 0.5, "i": 0.0, "n": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
"""Inspect's letters (correct, partial, incorrect, no answer) and words for true and false, as its own metrics count them."""
NOT_A_NUMBER = ("NaN", "Infinity", "-Infinity")
"""How the reader of logs writes numbers that are none; Inspect writes NaN for a score it could not give."""


def scores_of(given: Mapping[str, Plain] | None, invalid: str | None = None) -> tuple[Score, ...]:
    """The scores of a sample; with `invalid`, why a person took the sample out, none has a value."""
    return tuple(score for name, plain in (given or {}).items() for score in of_scorer(name, plain, invalid))


def of_scorer(name: str, plain: Plain, invalid: str | None) -> Iterator[Score]:
    """What one scorer said: one score, or one for each criterion of a mapping or place of a list."""
    value = plain.get("value")
    values: dict[str, Any]
    if isinstance(value, dict):
        values = value
    elif isinstance(value, list):
        values = {str(place): each for place, each in enumerate(value)}
    else:
        values = {"score": value}
    explained = plain.get("explanation")
    for place, (criterion, each) in enumerate(values.items()):
        number, why = number_of(each)
        if invalid is not None:
            number, why = None, invalid
        unscored = why if explained is None or invalid is not None else explained
        yield Score(
            scorer=name,
            criterion=criterion,
            value=number,
            kind=kind_of(name, plain),
            extracted=plain.get("answer") if isinstance(plain.get("answer"), str) else None,
            reason=explained if number is not None else unscored if unscored != "" else why,
            detail=dict(plain.get("metadata") or {}) if place == 0 else {},
        )


def number_of(value: Any) -> tuple[float | None, str | None]:
    """A value as a number, or why it is none."""
    if isinstance(value, bool | int | float):
        return (float(value), None) if math.isfinite(value) else (None, f"the value {value} is no number")
    if isinstance(value, str) and value not in NOT_A_NUMBER:
        known = LETTERS.get(value.strip().lower())
        if known is not None:
            return known, None
        try:
            number = float(value)
        except ValueError:
            return None, f"the value '{value}' is no number"
        return (number, None) if math.isfinite(number) else (None, f"the value {value} is no number")
    return None, "Inspect has no value here" if value is None or isinstance(value, str) else f"a {type(value).__name__} is no value"


def kind_of(name: str, plain: Plain) -> ScoreKind:
    """Who gave a score: a person who edited its value last, a model that graded, or a rule."""
    edits = [each for each in plain.get("history") or () if each.get("value", "UNCHANGED") != "UNCHANGED"]
    if edits and edits[-1].get("provenance"):
        return "human"
    return "judge" if name.startswith("model_graded") or "grading" in (plain.get("metadata") or {}) else "rule"


def plain_scores(scores: Sequence[Score]) -> dict[str, Plain]:
    """Scores as Inspect writes them, those of one scorer together; a score without a value is NaN there."""
    ordered = sorted(enumerate(scores), key=lambda each: first_place(scores, each[1].scorer))
    return {name: plain_score([score for _, score in group]) for name, group in groupby(ordered, key=lambda each: each[1].scorer)}


def first_place(scores: Sequence[Score], scorer: str) -> int:
    """Where a scorer first speaks."""
    return next(place for place, each in enumerate(scores) if each.scorer == scorer)


def plain_score(scores: Sequence[Score]) -> Plain:
    """What one scorer said."""
    first = scores[0]
    if len(scores) == 1 and first.criterion == "score":
        value: Any = "NaN" if first.value is None else first.value
    else:
        value = {each.criterion: each.value for each in scores}
    plain: Plain = {"value": value}
    if first.extracted is not None:
        plain["answer"] = first.extracted
    if first.reason is not None:
        plain["explanation"] = first.reason
    if first.detail:
        plain["metadata"] = first.detail
    return {**plain, "history": []}


def with_constants(scores: Mapping[str, Plain]) -> dict[str, Plain]:
    """Scores whose values are numbers again where they were none."""
    return {name: {**plain, "value": constant(plain["value"])} for name, plain in scores.items()}


def constant(value: Any) -> Any:
    """A value, with a number that is none in place of its name."""
    if isinstance(value, str) and value in NOT_A_NUMBER:
        return float(value.lower().replace("infinity", "inf"))
    if isinstance(value, dict):
        return {key: constant(each) for key, each in value.items()}
    return [constant(each) for each in value] if isinstance(value, list) else value
