"""number: the last number that an answer states, compared exactly as a fraction."""

import re
from fractions import Fraction
from typing import Literal, NamedTuple

from assay.core.answer import Answer
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers import english, extract
from assay.scorers.extract import Found
from assay.scorers.numerals import Quantity, han_quantities, prepared, scan
from assay.scorers.rule import Rule

CONNECTED = re.compile(
    r"[ ]?(?:[A-Za-z\u4e00-\u9fff]{1,14}[ ]?){0,2}?[ ]?(?:\b(?:or|and|to)\b|或者?是?|和|至|到|~|,|、|/|&|;|-)[ ]?(?:[$€£¥]|also )?",
    re.IGNORECASE,
)
DENIED = re.compile(r"(?:\bnot|n't|不是|并非|不等于)[ ]?(?:equal to |just |only )?$", re.IGNORECASE)
GROUPED = re.compile(r"[$€£¥]?-?[$€£¥]?\d{1,3}(?: \d{3})+(?:\.\d+)?(?![\d.,:/-]*\d)")
TAIL = 10_000
"""Characters from the end in which the last number is looked for."""
SENTENCE = 1_000
"""Characters of a statement that are read."""
SHORT = 80
"""Characters of an answer that is taken for a bare number with a word or two around it."""
BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*")


SENTENCE_END = re.compile(r"[!?。！？\n]|\.(?=\s|$)")
# A clause goes on to the "=" that its number belongs to: "60% of 70 = 42", but not "42, since 6 * 7 = 42".
EQUATION = re.compile(r"[^=,;.。，；\n]{0,60}?(?<![<>!])[=≈]")
ENDED = re.compile(r"[,;。，；\n(]|\.\s|\b(?:because|since|as|so|for)\b")
GLOSS = re.compile(r" ?\((or )?([^()\n]{1,80})\)")
# What only refers to a number known from the question: "the 16 glasses", "each of the 5".
KNOWN = re.compile(
    r"\b(?:the|these|those|all|both|his|her|their|its|my|your|our|every)[ ](?:(?:first|last|other|original|remaining)[ ])?[$€£¥]?$",
    re.IGNORECASE,
)
IN_PASSING = re.compile(r"\b(?:for|in|within|over|after|per|from|among|every|out of)[ ][$€£¥]?$", re.IGNORECASE)
EITHER = re.compile(r",? or (?:[a-z] ?= ?)?[$€£¥]?")
ASSERTED = re.compile(
    r"(?:[=≈]|\b(?:is|are|was|were|equals|makes?|made|earn(?:s|ed)?|pa(?:ys?|id)|costs?|needs?|spen(?:ds?|t)|total of|be))[ ]?[$€£¥]?$",
    re.IGNORECASE,
)


class Reading(NamedTuple):
    """A quantity with the way it was found; `quantity` is None where the place says several things or none that is a number."""

    quantity: Quantity | None
    method: str


def stated(segment: str) -> Quantity | Literal["several"] | None:
    """The number that a short statement gives: the first that stands for itself, or what it is said to equal. "10 or 12" says several."""
    text = statement(segment)
    found = scan(text)
    if not found:
        if re.search(r"\d", text):
            return None
        found = han_quantities(text)
        if not found:
            return in_words(re.sub(r"^(?:(?:about|exactly|just|only|is|the number)\s){1,3}", "", text))
    first, second = found[0], found[1] if len(found) > 1 else None
    if first.value is None:
        return None
    gloss = GLOSS.match(text, first.end)
    if gloss:
        other = stated(gloss[2])
        return "several" if gloss[1] and isinstance(other, Quantity) and size(other) != size(first) else first
    if second and second.value != first.value and CONNECTED.fullmatch(text[first.end : second.start]):
        return "several"
    return equal_to(text, first, found) or first


def equal_to(text: str, first: Quantity, found: list[Quantity]) -> Quantity | None:
    """The lone number behind the last "=" of the clause in which `first` stands; behind its first one, where it stands before "f(3) = 9"."""
    match = EQUATION.match(text, first.end)
    if match is None or ENDED.search(text, first.end, match.end()):
        return None
    behind = [each for each in found if each.start >= match.end() and each.value is not None]
    last = max((text.rfind(sign, match.end(), behind[-1].start) for sign in "=≈"), default=-1) if behind else -1
    chained = [each for each in behind if each.start > last]
    place = max(last, match.end() - 1) + 1
    return (
        chained[0] if chained and not ENDED.search(text, first.end, place) and not text[place : chained[0].start].strip(" $€£¥") else None
    )


def size(quantity: Quantity) -> tuple[str, Fraction | None]:
    """Dimension and value in its smallest unit."""
    dimension, factor = quantity.unit or ("", Fraction(1))
    return dimension, None if quantity.value is None else quantity.value * factor


def in_words(text: str) -> Quantity | None:
    """A number in English words at the beginning."""
    found = english.find(text)
    return Quantity(found[0], False, None, 0, found[1], 0, len(found[1])) if found else None


def statement(segment: str) -> str:
    """A short statement, prepared; digits in groups of three at its beginning are one number."""
    text = prepared(segment[:SENTENCE]).strip(" *_").replace("\n", " ")
    grouped = GROUPED.match(text)
    return grouped.group().replace(" ", "") + text[grouped.end() :] if grouped else text


def last_number(text: str) -> Reading | None:
    """The number that the last sentence with one asserts; Chinese numerals where the answer has no digit."""
    text = prepared(text[-TAIL:])
    found = [each for each in scan(text) if each.value is not None and not DENIED.search(text[max(0, each.start - 24) : each.start])]
    if len(found) > 1 and found[-1].value != found[-2].value and EITHER.fullmatch(text, found[-2].end, found[-1].start):
        return Reading(None, "last numbers: several numbers")
    if found:
        return Reading(asserted(text, found), "last number")
    if not re.search(r"\d", text):
        han = han_quantities(text[-2_000:])
        if han:
            return Reading(han[-1], "last Chinese numeral")
        words = in_words(text.strip(" .!。\n"))
        if words:
            return Reading(words, "number word")
    return None


def asserted(text: str, found: list[Quantity]) -> Quantity:
    """Of the numbers of the last sentence the last that is no mere mention of another: "$64 for the 16 glasses" says 64."""
    sentence = [found[-1]]
    for each in reversed(found[:-1]):
        if SENTENCE_END.search(text, each.end, sentence[0].start):
            break
        sentence.insert(0, each)
    for position in range(len(sentence) - 1, 0, -1):
        each, before = sentence[position], sentence[:position]
        lead = text[max(0, each.start - 24) : each.start]
        is_aside = text.rfind("(", before[-1].end, each.start) > text.rfind(")", before[-1].end, each.start)
        is_passing = IN_PASSING.search(lead) and any(is_asserted(text, one) for one in before)
        if not (KNOWN.search(lead) or is_aside or (is_passing and "=" not in text[before[-1].end : each.start])):
            return each
    return sentence[0] if len(sentence) > 1 else sentence[-1]


def is_asserted(text: str, quantity: Quantity) -> bool:
    """Whether a number stands behind "=" or a verb that states it, or is a sum of money."""
    return quantity.text[:1] in tuple("$€£¥") or ASSERTED.search(text, max(0, quantity.start - 12), quantity.start) is not None


def read(text: str) -> Reading | None:
    r"""The number that an answer gives: \boxed, else its last statement ("the answer is", "####", "答案："), else its last number."""
    for place in extract.conclusions(text):
        said = stated(re.sub(r"^([-+]) (?=[\d$€£¥.])", r"\1", place.text))
        if said == "several":
            return Reading(None, f"{place.method}: several numbers")
        if said is not None and said.value is not None:
            return Reading(said, place.method)
    return bare(text.strip()) or last_number(text)


def bare(text: str) -> Reading | None:
    """The number of a short answer that is little else; "12 or 15" says several."""
    if len(text) > SHORT or "\n" in text:
        return None
    said = stated(text)
    if said == "several":
        return Reading(None, "whole answer: several numbers") if not re.search(r"=|≈", text) else None
    if said is None or said.value is None or said.start > 2 or re.search(r"\d", GLOSS.sub("", statement(text)[said.end :])):
        return None
    return Reading(said, "whole answer")


class Number(Rule, frozen=True, kw_only=True, tag="number-2"):
    """1 where the number that the answer states equals the target.

    Numbers are exact fractions: 0.75, 3/4, ¾ and 75% are one, 1/3 and 0.333 are not. `absolute` and `relative` allow a difference
    (either is enough). `after` reads only behind that marker; without it: boxed, the last statement, the last number.

    Percent: a sign means hundredths (25% is 0.25); where only one of the two has a sign it may also just be named (25% is 25),
    unless the bare number is below 1 in size (0.25% is not 0.25). `percent="strict"` takes signs as hundredths only.
    Units: compared (and converted: 2 hours, 120 minutes) where both are known, else ignored.
    Lenient: any place where a number is usually stated, the target rounded to the decimals that were written, units ignored.
    """

    name: str = "number"
    after: str | None = None
    absolute: float = 0.0
    relative: float = 0.0
    percent: Literal["either", "strict"] = "either"

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = [self.target(sample, target) for target in self.targets(sample)]
        text = extract.own(answer.text, self.after)
        reading = self.reading(text)
        quantity = reading.quantity if reading is not None else None
        right = quantity is not None and quantity.value is not None and any(self.equal(target, quantity) for target in targets)
        # What is right is right leniently too: the other places are looked at only where it is not.
        lenient = right or any(self.nearly(target, each) for each in usual_places(text) for target in targets)
        if reading is None or quantity is None or quantity.value is None:
            why = reading.method if reading else f"no number after '{self.after}'" if self.after else "no number in the answer"
            return (self.nothing(answer, why, lenient=float(lenient)),)
        return (self.score(float(right), Found(quantity.text, reading.method), lenient=float(lenient)),)

    def reading(self, text: str) -> Reading | None:
        """The number that counts."""
        if not self.after:
            return read(text)
        place = extract.after(text, self.after)
        if place is None:
            return None
        said = stated(place.text)
        if said == "several":
            return Reading(None, f"{place.method}: several numbers")
        return None if said is None else Reading(said, place.method)

    def target(self, sample: Sample, target: str) -> Quantity:
        """A target as a number: behind the answer's own marker, where a worked solution states it, or bare. Raises ScorerError where it is none.

        Of a long text that marks no answer no number is guessed: a wrong target would make every score wrong.
        """
        marked = extract.after(target, self.after) if self.after else None
        place = marked or extract.boxed(target) or next(reversed(extract.statements(target)), None)
        if place is None and (len(target) > SHORT or "\n" in target.strip()):
            raise self.unusable(
                sample, target, "a number, nor a solution that marks one (####, \\boxed, 'the answer is', or after=MARKER),"
            )
        quantity = stated(place.text if place else target)
        if quantity is None or quantity == "several" or quantity.value is None:
            raise self.unusable(sample, target, "one number")
        return quantity

    def equal(self, target: Quantity, answer: Quantity) -> bool:
        """Whether two quantities are the same, within the tolerance."""
        assert target.value is not None and answer.value is not None
        if target.unit and answer.unit and not target.percent and not answer.percent:
            if target.unit[0] != answer.unit[0]:
                return False
            return self.close(target.value * target.unit[1], answer.value * answer.unit[1], target.unit[1])
        if target.percent == answer.percent:
            return self.close(target.value, answer.value)
        if self.close(hundredths(target), hundredths(answer)):
            return True
        bare = answer.value if target.percent else target.value
        return self.percent == "either" and abs(bare) >= 1 and self.close(target.value, answer.value)

    def close(self, target: Fraction, answer: Fraction, scale: Fraction = Fraction(1)) -> bool:
        """Whether the difference is allowed; `absolute` is in the target's unit."""
        if target == answer:
            return True
        if not self.absolute and not self.relative:
            return False
        difference = abs(target - answer)
        return difference <= Fraction(self.absolute) * scale or difference <= Fraction(self.relative) * abs(target)

    def nearly(self, target: Quantity, answer: Quantity) -> bool:
        """The lenient comparison."""
        assert target.value is not None and answer.value is not None
        if self.equal(target._replace(unit=None), answer._replace(unit=None)):
            return True
        return answer.decimals >= 1 and round(target.value, answer.decimals) == answer.value


def hundredths(quantity: Quantity) -> Fraction:
    """The value with its percent sign applied."""
    assert quantity.value is not None
    return quantity.value / 100 if quantity.percent else quantity.value


def usual_places(text: str) -> list[Quantity]:
    """The numbers at every place where an answer is usually stated."""
    text = extract.window(text)
    box, line = extract.boxed(text), extract.last_line(text)
    segments = [place.text for place in (box, *extract.statements(text)[-3:]) if place] + BOLD.findall(text)[-1:]
    said = [each for each in map(stated, segments) if each is not None and each != "several"]
    if line:
        said += scan(prepared(line.text[-SENTENCE:]))
    final = last_number(text)
    if final and final.quantity:
        said.append(final.quantity)
    return [each for each in said if each.value is not None]


number = Number
