"""Chinese numerals: 一百二十三, 两万五, 三分之二, 百分之五, 负三点一四, 二〇二四, 1.2万, 一又二分之一."""

import re
from fractions import Fraction

DIGITS = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九")},
    **{sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "○": 0,
    "两": 2,
    "兩": 2,
    "俩": 2,
    "貳": 2,
    "參": 3,
    "陸": 6,
}
PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}

SIGNS = "".join(DIGITS) + "".join(PLACES) + "".join(MYRIADS)
NUMERAL = re.compile(rf"负?(?:[{SIGNS}](?:[{SIGNS}\d点又半]|分之|(?<=\d)\.(?=\d))*|半)")
ARABIC = re.compile(r"\d{1,30}(?:\.\d{1,30})?")

# Words that hold a numeral and count nothing.
IDIOM = re.compile(
    r"[第唯统同万之进另某每任星期周]一|一(?:些|样|定|直|起|般|旦|致|共|下|切|方面|种|边|点|会|次函数|元)|三角|四边|五边|六边|十分|千万|百姓|万一|半径|半圆"
)
LONGEST = 60


def parse(text: str) -> Fraction | None:
    """The value of a numeral, the whole text; None where it is none."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        return None
    if text[0] in "负負":
        rest = parse(text[1:])
        return None if rest is None else -rest
    if "分之" in text:
        return ratio(text)
    if text in ("半", "一半"):
        return Fraction(1, 2)
    if text.endswith("半") and len(text) > 1:
        whole = integer(text[:-1])
        return None if whole is None else whole + Fraction(1, 2)
    if "点" in text:
        return decimal(text)
    return integer(text)


def ratio(text: str) -> Fraction | None:
    """三分之二 (two thirds), 百分之五 (5 %), 一又二分之一 (one and a half)."""
    below, _, above = text.partition("分之")
    whole, _, below = below.rpartition("又")
    base = {"百": Fraction(100), "千": Fraction(1000), "万": Fraction(10_000)}.get(below) or parse(below)
    top, extra = parse(above), parse(whole) if whole else Fraction(0)
    if not base or top is None or extra is None or "分之" in above:
        return None
    return extra + top / base


def decimal(text: str) -> Fraction | None:
    """三点一四; with a myriad behind it (一点二万) the whole is multiplied."""
    factor = 1
    while text and text[-1] in MYRIADS:
        factor *= MYRIADS[text[-1]]
        text = text[:-1]
    head, _, tail = text.partition("点")
    whole = integer(head)
    if whole is None or not tail or any(sign not in DIGITS for sign in tail):
        return None
    digits = "".join(str(DIGITS[sign]) for sign in tail)
    return (whole + Fraction(int(digits), 10 ** len(digits))) * factor


def integer(text: str) -> Fraction | None:
    """一百二十三, 两万五 (25,000), 二〇二四, and mixtures with Arabic digits (1.2万, 2万5千)."""
    if not text:
        return None
    if len(text) > 1 and all(sign in DIGITS for sign in text):
        return Fraction(int("".join(str(DIGITS[sign]) for sign in text)))
    total, section, digit, last = Fraction(0), Fraction(0), None, 0
    position = 0
    while position < len(text):
        sign = text[position]
        arabic = ARABIC.match(text, position)
        position = arabic.end() if arabic else position + 1
        if arabic or sign in DIGITS:
            if digit:
                return None
            digit = Fraction(arabic.group()) if arabic else Fraction(DIGITS[sign])
            if digit == 0:
                last, digit = 0, None if len(text) > 1 else digit
        elif sign in PLACES:
            last = PLACES[sign]
            if digit is None and last != 10:
                return None
            section, digit = section + (1 if digit is None else digit) * last, None
        elif sign in MYRIADS:
            last = MYRIADS[sign]
            section += digit or 0
            if section == 0 and total == 0:
                return None
            total = (total + section) * last if total and last > 10**4 else total + section * last
            section, digit = Fraction(0), None
        else:
            return None
    return total + section + trailing(digit, last)


def trailing(digit: Fraction | None, last: int) -> Fraction:
    """The digit at the end: of the next lower place where one was skipped in speech (一百五 is 150, 两万五 is 25,000)."""
    if digit is None:
        return Fraction(0)
    return digit * (last // 10) if last >= 100 else digit


def find(text: str) -> list[tuple[Fraction, int, int]]:
    """The numerals of a text with their places, in order; numerals inside words that count nothing are left out."""
    idioms = [match.span() for match in IDIOM.finditer(text)]
    found = []
    for match in NUMERAL.finditer(text):
        if any(start < match.end() and match.start() < end and match.end() - match.start() <= end - start for start, end in idioms):
            continue
        value = parse(match.group())
        if value is not None:
            found.append((value, match.start(), match.end()))
    return found


def discounted(value: Fraction) -> Fraction:
    """What is paid at a discount of so many 折: 八折 is 0.8, 八五折 and 8.5折 are 0.85."""
    return value / (10 if value <= 10 else 100)
