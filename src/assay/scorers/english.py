"""Numbers in English words at the beginning of a text: twelve, forty-two, one hundred and five, two thirds, seven and a half, half a dozen."""

import re
from fractions import Fraction

SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
ONES = {word: value for value, word in enumerate(SMALL)}
TENS = {
    word: 10 * value for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
MAGNITUDES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}

WHOLE = rf"(?:{'|'.join([*ONES, *TENS])})(?:(?:[ -]| and )(?:{'|'.join([*ONES, *TENS, *MAGNITUDES])})\b)*"
PART = rf"(?:(?P<count>an?|{'|'.join(SMALL[1:10])})[ -])?(?P<part>{'|'.join(PARTS)})s?\b"
NUMBER = re.compile(
    rf"(?P<sign>(?:negative|minus) )?(?:{PART}|(?P<whole>{WHOLE})\b(?: and (?P<more>{PART.replace('?P<count>', '?P<also>').replace('?P<part>', '?P<rest>')}))?)",
    re.IGNORECASE,
)


def find(text: str) -> tuple[Fraction, str] | None:
    """(value, the words) of the number with which a text begins."""
    match = NUMBER.match(text)
    if match is None or (match["part"] and not match["count"] and not match["part"].lower().startswith("hal")):
        return None
    value = portion(match["count"], match["part"]) if match["part"] else whole(match["whole"])
    if match["more"]:
        value += portion(match["also"], match["rest"])
    if match["part"] and (dozen := re.match(r" (?:a )?dozen\b", text[match.end() :], re.IGNORECASE)):
        return value * 12, match.group() + dozen.group()
    return (-value if match["sign"] else value), match.group()


def portion(count: str | None, part: str) -> Fraction:
    """ "two", "third" -> 2/3; without a count or with an article, one."""
    return Fraction(ONES.get((count or "one").lower(), 1), PARTS[part.lower()])


def whole(text: str) -> Fraction:
    """The value of a whole number in words."""
    total, section = 0, 0
    for word in re.split(r"[ -]", text.lower().replace(" and ", " ")):
        if word in MAGNITUDES:
            section = max(section, 1) * MAGNITUDES[word]
            if word != "hundred":
                total, section = total + section, 0
        else:
            section += ONES.get(word, 0) + TENS.get(word, 0)
    return Fraction(total + section)
