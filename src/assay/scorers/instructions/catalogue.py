"""The 25 instructions by their published names, and how a sample's arguments are bound to them."""

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, get_type_hints

import msgspec

from assay.core.errors import ScorerError
from assay.core.registry import suggest
from assay.scorers.instructions import contents, formats, languages, lengths

Check = Callable[[str], bool]

CHECKS: dict[str, Callable[..., bool]] = {
    "change_case:capital_word_frequency": contents.capital_word_frequency,
    "change_case:english_capital": languages.english_capital,
    "change_case:english_lowercase": languages.english_lowercase,
    "combination:repeat_prompt": formats.repeats_prompt,
    "combination:two_responses": formats.two_responses,
    "detectable_content:number_placeholders": contents.placeholder_count,
    "detectable_content:postscript": contents.has_postscript,
    "detectable_format:constrained_response": formats.is_fixed_reply,
    "detectable_format:json_format": formats.is_json,
    "detectable_format:multiple_sections": formats.section_count,
    "detectable_format:number_bullet_lists": formats.bullet_count,
    "detectable_format:number_highlighted_sections": formats.highlight_count,
    "detectable_format:title": formats.has_title,
    "keywords:existence": contents.has_keywords,
    "keywords:forbidden_words": contents.lacks_words,
    "keywords:frequency": contents.keyword_frequency,
    "keywords:letter_frequency": contents.letter_frequency,
    "language:response_language": languages.in_language,
    "length_constraints:nth_paragraph_first_word": lengths.paragraph_begins,
    "length_constraints:number_paragraphs": lengths.paragraph_count,
    "length_constraints:number_sentences": lengths.sentence_count,
    "length_constraints:number_words": lengths.word_count,
    "punctuation:no_comma": contents.no_comma,
    "startend:end_checker": formats.ends_with,
    "startend:quotation": formats.is_quoted,
}
PREFIX = "en:"
"""What M-IFEval writes before the English names."""
LANGUAGE = re.compile("([a-z]{2}):")


@cache
def parameters(name: str) -> dict[str, Any]:
    """Argument -> type of one instruction."""
    return {key: kind for key, kind in get_type_hints(CHECKS[name], include_extras=True).items() if key not in ("text", "return")}


def bind(instruction: str, arguments: Mapping[str, Any]) -> Check:
    """The check of one instruction: text in, followed or not.

    Arguments the instruction does not take are left aside, as are empty ones (tables carry every column in every row).
    Raises ScorerError for an unknown name, and for an argument that is missing or of the wrong kind.
    """
    name = instruction.removeprefix(PREFIX)
    if name not in CHECKS:
        if language := LANGUAGE.match(instruction):
            raise ScorerError(
                f"The instruction '{instruction}' is not implemented: those for '{language[1]}' are not checked, the English ones are.",
                kind="not_implemented",
                remedy="Leave its samples out, or read the score of the others: coverage says how many were scored.",
            )
        raise ScorerError(f"There is no instruction '{instruction}'.", kind="bad_instruction", remedy=suggest(name, list(CHECKS)))
    kinds = parameters(name)
    missing = [key for key in kinds if arguments.get(key) is None]
    if missing:
        raise ScorerError(
            f"The instruction '{instruction}' lacks '{missing[0]}'.", kind="bad_instruction", remedy=f"It takes: {', '.join(kinds)}."
        )
    bound = {key: converted(instruction, key, arguments[key], kind) for key, kind in kinds.items()}
    return partial(CHECKS[name], **bound)


def converted(instruction: str, key: str, value: Any, kind: Any) -> Any:
    """One argument as the type its instruction takes; a whole number may come as 3.0."""
    try:
        return msgspec.convert(int(value) if isinstance(value, float) and value.is_integer() else value, kind)
    except msgspec.ValidationError as error:
        raise ScorerError(
            f"The instruction '{instruction}' cannot take {value!r:.80} for '{key}': {error}.",
            kind="bad_instruction",
            remedy="Correct the sample's 'kwargs'.",
        ) from error
