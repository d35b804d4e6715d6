"""The option that a text names by the option's own words: numbers and signs are kept whole, so that "0.5" does not name "5" nor "x > 2" "x < 2"."""

import re
from typing import NamedTuple

from assay.scorers.letters import is_denied
from assay.scorers.normal import UNSPACED
from assay.scorers.numerals import MATH_DOLLARS, SIGNS

LONGEST = 2_000
"""Characters of a text in which options are looked for."""
SIGN = r"<>≤≥=≠≈+*/^%±√∞π|&~×÷∧∨¬→"
TOKEN = re.compile(
    rf"\d+(?:[.,:/]\d+)*(?:[a-z](?![a-z]))?|[{UNSPACED}]|[^\W\d_{UNSPACED}]+\d*|[{SIGN}]|(?<![^\W\d_]{{2}})-|(?<=\d)!|[²³¹⁰-⁹]"
)
ARTICLE = re.compile(r"(?:\b(?:a|an|the)|^(?:A|An|The))\s+(?=[^\W\d_]{2})")
OPERATORS = frozenset("^/*+-<>≤≥×÷√±!")
LATEX_TEXT = re.compile(r"\\(?:textbf|textrm|text|mathrm|mathbf|boxed|rm)\s?\{([^{}]*)\}")


class Mention(NamedTuple):
    """An option named in a text, and where."""

    option: int
    start: int
    end: int


def cleaned(text: str) -> str:
    """A text without emphasis, LaTeX's text commands, bullets and articles; one width, one minus."""
    text = MATH_DOLLARS.sub(r" \1 ", LATEX_TEXT.sub(r" \1 ", text).translate(SIGNS)).replace("\\$", "$")
    text = re.sub(r"\*\*|__|`|(?<=\w)\*(?=\W|$)|(?<!\w)\*(?=\w)|^\s*[-•]\s+", "", text).replace("_", " ")
    return ARTICLE.sub("", text.strip())


def tokens(text: str) -> list[str]:
    """What is compared: words, whole numbers, signs; case aside."""
    return TOKEN.findall(cleaned(text).lower())


def whole(text: str, options: tuple[str, ...]) -> int | None:
    """The one option that the text is."""
    said = tokens(text[:LONGEST])
    found = [position for position, option in enumerate(options) if said and tokens(option) == said]
    return found[0] if len(found) == 1 else None


def mentions(text: str, options: tuple[str, ...]) -> list[Mention]:
    """The options that a text names and does not deny; one inside the words of another ("a cat", "a cat and a dog") is not named by them."""
    text = cleaned(text[:LONGEST])
    said = [(match.group(), match.start(), match.end()) for match in TOKEN.finditer(text.lower())]
    words = [each[0] for each in said]
    found = []
    for position, option in enumerate(options):
        wanted = tokens(option)
        for at in range(len(words) - len(wanted) + 1) if wanted else ():
            if words[at : at + len(wanted)] == wanted and stands_alone(words, at, at + len(wanted)):
                found.append(Mention(position, said[at][1], said[at + len(wanted) - 1][2]))
    longest = [each for each in found if not any(each.option != other.option and covers(other, each) for other in found)]
    return [each for each in longest if not is_denied(text, each.start, each.end)]


def covers(large: Mention, small: Mention) -> bool:
    """Whether one mention holds another and more."""
    return large.start <= small.start and small.end <= large.end and large.end - large.start > small.end - small.start


def stands_alone(words: list[str], start: int, end: int) -> bool:
    """Whether tokens are no part of a larger expression: the 5 of "x^5" or "3 + 5" is."""
    before, behind = words[start - 1 : start], words[end : end + 1]
    if len(words[start]) > 1 and words[start].isalpha():
        return "/" not in (*before, *behind)
    # "1,800/-" and "618 >> B" go on with no operand.
    return not OPERATORS.intersection(before) and not (
        OPERATORS.intersection(behind) and not OPERATORS.intersection(words[end + 1 : end + 2])
    )


def named(text: str, options: tuple[str, ...]) -> int | None:
    """The one option that a text is, or names while it names no other."""
    found = whole(text, options)
    if found is not None:
        return found
    held = {each.option for each in mentions(text, options)}
    return held.pop() if len(held) == 1 else None
