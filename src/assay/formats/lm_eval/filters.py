"""lm-eval's filters: what is done to the answers of one question before they are scored."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.formats.lm_eval.config import Config
from assay.formats.lm_eval.yaml_files import Settings

NUMBER = r"#### (\-?[0-9\.\,]+)"
"""The pattern where a filter names none."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One filter with its settings."""

    function: str
    options: dict[str, Any] = {}


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """Filters one after the other, under a name that the scores bear."""

    name: str
    steps: tuple[Step, ...] = (Step(function="take_first"),)

    def __call__(self, answers: Sequence[Any], choices: Sequence[str] | None) -> Any:
        """What is left of the answers: one of them, or a list. `choices` are the column of that name."""
        found: Any = list(answers)
        for step in self.steps:
            found = FILTERS[step.function][0](found, choices, **step.options)
        return found


def pipelines_of(config: Config, found: Settings) -> tuple[Pipeline, ...]:
    """The pipelines of a task. Raises UsageError for a filter or a setting that lm-eval does not have."""
    where = f"{found.where('filter_list')}: filter_list"
    if config.filter_list is None:
        return (Pipeline(name="none"),)
    made = []
    for item in config.filter_list:
        name, steps = item.get("name"), item.get("filter")
        if not isinstance(name, str) or not isinstance(steps, list) or not steps:
            raise UsageError(f"{where} must hold mappings with `name` and `filter`, not {item!r}.")
        made.append(Pipeline(name=name, steps=tuple(step_of(each, where) for each in steps)))
    names = [each.name for each in made]
    if len(set(names)) < len(names):
        raise UsageError(f"{where} names two pipelines '{next(each for each in names if names.count(each) > 1)}'.")
    return tuple(made)


def step_of(item: Any, where: str) -> Step:
    """One checked filter."""
    function = item.get("function") if isinstance(item, Mapping) else None
    if not isinstance(function, str) or function not in FILTERS:
        raise UsageError(f"{where}: there is no filter '{function}'.", remedy=suggest(str(function), list(FILTERS)))
    options = {str(key): value for key, value in item.items() if key != "function"}
    known = FILTERS[function][1]
    unknown = [key for key in options if key not in known]
    if unknown:
        raise UsageError(
            f"{where}: the filter '{function}' has no setting '{unknown[0]}'.", remedy=f"It has: {', '.join(known) or 'none'}."
        )
    if function == "take_first_k" and not isinstance(options.get("k"), int):
        raise UsageError(f"{where}: the filter 'take_first_k' needs `k`, a whole number.")
    if isinstance(options.get("mapping_dict"), dict):
        # Answers are texts, so that a number or a truth among the keys is never met.
        options["mapping_dict"] = {key: value for key, value in options["mapping_dict"].items() if isinstance(key, str)}
    try:
        re.compile(options.get("regex_pattern", ""))
    except (re.error, TypeError) as error:
        raise UsageError(f"{where}: regex_pattern is no regular expression: {error}.") from error
    return Step(function=function, options=options)


def take_first(answers: Sequence[Any], choices: Any) -> Any:
    """The first answer alone."""
    return answers[0]


def take_first_k(answers: Sequence[Any], choices: Any, *, k: int) -> list[Any]:
    """The first k answers."""
    if len(answers) < k:
        raise ValueError(f"take_first_k takes {k} answers, and a question is asked {len(answers)} times: raise `repeats`")
    return list(answers[:k])


def majority_vote(answers: Sequence[Any], choices: Any) -> list[Any]:
    """The answer that was given most often; of equals the earliest."""
    return [Counter(answers).most_common(1)[0][0]]


def each_by(change: Callable[[str], str], answers: Sequence[str], choices: Any) -> list[str]:
    """Every answer changed."""
    return [change(each) for each in answers]


def map_filter(
    answers: Sequence[Any], choices: Any, *, mapping_dict: Mapping[Any, Any] | None = None, default_value: Any = None
) -> list[Any]:
    """Every answer looked up."""
    return [(mapping_dict or {}).get(each, default_value) for each in answers]


def regex(
    answers: Sequence[Any], choices: Any, *, regex_pattern: str = NUMBER, group_select: int = 0, fallback: str = "[invalid]"
) -> list[str]:
    """Of every answer the match number `group_select`, of its groups the first that is not empty."""
    return [_found(regex_pattern, each, group_select, fallback) for each in answers]


def _found(pattern: str, answer: Any, select: int, fallback: str) -> str:
    matches = re.findall(pattern, answer if isinstance(answer, str) else "")
    if not matches:
        return fallback
    match = matches[select]
    if isinstance(match, tuple):
        match = next((group for group in match if group), fallback)
    return str(match).strip()


def multi_choice_regex(
    answers: Sequence[Any],
    choices: Sequence[str] | None,
    *,
    regex_pattern: str = NUMBER,
    group_select: int = 0,
    fallback: str = "[invalid]",
    ignore_case: bool = False,
    ignore_punctuation: bool = False,
    regexes_to_ignore: Sequence[str] | None = None,
) -> list[str]:
    """The letter of a choice: by the pattern; else the choice whose text stands in the answer, as "(A)"; else a letter after a colon."""
    if choices is None:
        raise ValueError("the filter 'multi_choice_regex' reads the column 'choices', which the data does not have")
    plain = partial(_plain, lower=ignore_case, bare=ignore_punctuation, without=regexes_to_ignore or ())
    letters = [chr(ord("A") + place) for place in range(len(choices))]
    texts = {plain(choice.strip()): f"({letter})" for choice, letter in zip(choices, letters, strict=True)}
    by_text = "|".join(sorted((re.escape(plain(choice.strip())) for choice in choices), key=len, reverse=True))
    by_letter = rf":[\s]*({'|'.join(letters)})"
    found = []
    for answer in answers:
        match = (
            _picked(regex_pattern, answer, group_select, {})
            or _picked(by_text, plain(answer), group_select, texts)
            or _picked(by_letter, answer, group_select, {letter: f"({letter})" for letter in letters})
        )
        found.append(match or fallback)
    return found


def _picked(pattern: str, answer: Any, select: int, meaning: Mapping[str, str]) -> str:
    matches = re.findall(pattern, answer if isinstance(answer, str) else "")
    if not matches:
        return ""
    match = matches[select]
    if isinstance(match, tuple):
        match = next((group for group in match if group), "")
    match = str(match).strip()
    return meaning.get(match, match) if match else ""


def _plain(text: str, *, lower: bool, bare: bool, without: Sequence[str]) -> str:
    for pattern in without:
        text = re.sub(pattern, "", text)
    text = text.lower() if lower else text
    return text.translate(punctuation()) if bare else text


@cache
def punctuation() -> dict[int, None]:
    """Every mark of Unicode, to be dropped."""
    return dict.fromkeys(code for code in range(0x110000 - 1) if unicodedata.category(chr(code)).startswith("P"))


FILTERS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "take_first": (take_first, ()),
    "take_first_k": (take_first_k, ("k",)),
    "majority_vote": (majority_vote, ()),
    "remove_whitespace": (partial(each_by, str.strip), ()),
    "lowercase": (partial(each_by, str.lower), ()),
    "uppercase": (partial(each_by, str.upper), ()),
    "map": (map_filter, ("mapping_dict", "default_value")),
    "regex": (regex, ("regex_pattern", "group_select", "fallback")),
    "multi_choice_regex": (
        multi_choice_regex,
        ("regex_pattern", "group_select", "fallback", "ignore_case", "ignore_punctuation", "regexes_to_ignore"),
    ),
}
"""Filter -> what it does, and its settings."""
