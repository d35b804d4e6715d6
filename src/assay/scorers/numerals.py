r"""Numbers in running text, as exact fractions: 1,234.5 · 3/4 · 1½ · \frac{3}{4} · 25% · $1.2 million · 6.02×10^23 · １２ · 1.2万.

A number is read only where it stands for itself: dates, ranges, versions, phone numbers, operands of an expression ("3 + 4"),
coefficients ("2x", "2π") and indices are no numbers here, so that a wrong answer does not pass on a part of it.
"""

import re
from fractions import Fraction
from typing import NamedTuple

from assay.scorers import hanzi
from assay.scorers.units import unit_of


class Quantity(NamedTuple):
    """A number as written: `value` (percent signs not applied), whether a percent sign stood there, its unit where known; `decimals` written.
    `value` is None for what looks like a number and is none."""

    value: Fraction | None
    percent: bool
    unit: tuple[str, Fraction] | None
    decimals: int
    text: str
    start: int
    end: int


LONGEST = 400
"""Digits of the longest number that is read; the largest exponent, too."""

WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
SIGNS = str.maketrans(
    {
        **{chr(code): chr(narrow) for code, narrow in WIDTHS.items()},
        "−": "-",
        "–": "-",
        "﹣": "-",
        "‐": "-",
        "‑": "-",
        "\u202f": "\u00a0",
        "\u2009": "\u00a0",
        "\u2007": "\u00a0",
        "\u3000": " ",
        "⁄": "/",
        "∕": "/",
        "⋅": "×",
        "·": "×",
        "∙": "×",
        "﹪": "%",
        "٪": "%",
        "’": "'",
        "￥": "¥",
        "〇": "零",
    }
)
VULGAR = {
    sign: f"{above}/{below}"
    for signs, below in (("½", 2), ("⅓⅔", 3), ("¼?¾", 4), ("⅕⅖⅗⅘", 5), ("⅙???⅚", 6), ("⅐", 7), ("⅛?⅜?⅝?⅞", 8), ("⅑", 9), ("⅒", 10))
    for above, sign in enumerate(signs, start=1)
    if sign != "?"
}
VULGAR_FRACTION = re.compile(f"(\\d ?)?([{''.join(VULGAR)}])")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
RAISED_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
OTHER_DIGITS = re.compile(r"[^\W\D]")

# A sign and not a minus: no operand stands before it. At the beginning of a line "- 7" is an item of a list, "-\,7" is not.
UNARY = re.compile(
    r"((?:^|[^\d)}\]%A-Za-z ])[ ]*[-+])(?:(?:\\[,;:! ]|~)[ ]*|(?<=[=({:≈<>$][-+])[ ]+|(?<=[=({:≈<>$] [-+])[ ]+|[ ]*(?=\\frac))(?=\\frac|[.\d$])"
)
LATEX_FRACTION = re.compile(r"\\frac[ ]?(?:\{[ ]?(-?[\d.,]{1,40})[ ]?\}[ ]?\{[ ]?([\d.,]{1,40})[ ]?\}|(\d)[ ]?(\d))")
SIGNED = re.compile(r"(?:^|[^\d)}\]%A-Za-z ])[ ]*[-+]$")
AND_A_PART = re.compile(r"(?<=\d) and (?:a|one)[ -](half|quarter)\b", re.IGNORECASE)
POWER = re.compile(r"(?<=\d)\*\*(?=\(?[+-]?\d)")
SQUARED = re.compile(
    r"(?<![A-Za-z])((?:[mcdk]?m|in|ft|yd|inch(?:es)?|feet|foot|yards?|miles?|(?:centi|milli|kilo)?met(?:er|re)s?|米|厘米|千米|分米)\}?) ?\^ ?\{?([23])\}?(?!\d)"
)

HALF_NAMES = re.compile(r"\\[dtc]frac(?![a-z])")
LATEX = (
    (re.compile(r"\{,\}|(?<=,)\\!"), lambda match: "," if match.group() == "{,}" else ""),
    (re.compile(r"(?<=\d)\\[,;: ](?=\d{3})"), "\u00a0"),
    (re.compile(r"\\(?:[,;:! ]|left|right|displaystyle|quad|qquad)(?![a-z])"), " "),
    (re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mbox)[ ]?\{([^{}]{0,80})\}"), r" \1 "),
    (re.compile(r"\\(?:boxed|fbox|text|textbf|textit|mathrm|mathbf|mbox)[ ]?\{"), " "),
    (re.compile(r"\\(?:times|cdot|ast)(?![a-z])"), "×"),
    (re.compile(r"\\pi(?![a-z])"), "π"),
    (re.compile(r"\\pm(?![a-z])"), "±"),
    (re.compile(r"\\div(?![a-z])"), "÷"),
    (re.compile(r"\\(?:approx|simeq)(?![a-z])"), "≈"),
    (re.compile(r"\^[ ]?\{?\\circ\}?"), "°"),
    (re.compile(r"\^[ ]?\{[ ]?(-?\d{1,6})[ ]?\}"), r"^\1"),
    (re.compile(r"\\([$%#&])"), r"\1"),
)
BLANKS = re.compile(r" {2,}")
MATH_DOLLARS = re.compile(r"(?<!\\)\$(?=[^\s$])([^$\n]{1,80})(?<=[^\s\\])\$(?!\d)")

BLOB = re.compile(
    r"(?<![\d.,])\d{1,6}(?: and | |又)\d{1,6} ?/ ?\d{1,6}(?![\d/.,]*\d)"
    r"|\d{1,3}(?: \d{3}){2,}(?![\d.,]*\d)"
    r"|\d{1,9} / \d{1,9}(?![\d/]|\.\d)"
    r"|\d(?:[\d.,':/\u00a0-]*\d)?"
)
FORMS = (
    (re.compile(r"\d+(?:\.\d+)?"), ""),
    (re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"), ","),
    (re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"), ","),
    (re.compile(r"\d{1,3}(?:'\d{3})+(?:\.\d+)?"), "'"),
    (re.compile(r"\d{1,3}(?:\u00a0\d{3})+(?:\.\d+)?"), "\u00a0"),
    (re.compile(r"\d{1,3}(?: \d{3})+(?:\.\d+)?"), " "),
)
EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}|\d+,\d{1,2}|0,\d+")
MIXED = re.compile(r"(\d+)(?: and | |又)(\d+) ?/ ?(\d+)")
FRACTION = re.compile(r"([^/]+?) ?/ ?([^/]+)")

EXPONENT = re.compile(r"[eE]([+-]?\d{1,6})(?![\w.])|(?: ?[×xX*] ?10 ?(?:\^|\*\*) ?\(?([+-]?\d{1,6})\)?)|(?:\^|\*\*)\(?([+-]?\d{1,6})\)?")
MAGNITUDES = {
    "hundred": 100,
    "dozen": 12,
    "thousand": 1000,
    "k": 1000,
    "million": 10**6,
    "mn": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
}
MAGNITUDE = re.compile(r" ?(hundred|thousand|million|billion|trillion|dozen)s?\b|(k|K|mn|bn)\b|([MB]|bn)\b", re.ASCII)
HAN_MAGNITUDE = re.compile(rf"[\d.]+ ?[百千万萬亿億十][{hanzi.SIGNS}\d]*")
PERCENT = re.compile(r" ?(?:%|percent\b|per cent\b|percentage\b|个百分点)|(‰)", re.IGNORECASE)
UNIT = re.compile(r"[ \u00a0-]?((?:(?:square|sq\.?|cubic) )?[A-Za-z€£¥¢]{1,14}[²³]?)(?![A-Za-z/^²³]|[ ]?(?:/|per\b|\^))")
HAN_UNIT = re.compile(
    "(?:平方|立方)?(?:千米|公里|厘米|毫米|分米|米)[²³]?|美元|美金|美分|欧元|英镑|人民币|块钱|毫米|厘米|分米|千米|公里|毫克|千克|公斤|毫秒|秒钟|分钟|小时|星期|毫升|[元块角毛米克斤吨秒天日周升]"
)

TIMES = re.compile(r"[\d)][ ]?[xX][ ]?$")
PART_OF = re.compile(r"(?:%|percent|\d/\d{1,4}) of $", re.IGNORECASE)
BETWEEN_PARTS = re.compile(r",? ?(?:and )?")
OF_NUMBER = re.compile(r" of [$€£¥]?\d")
CURRENCY = "$€£¥¢₹"
CODES = re.compile(r"(?:USD|RMB|CNY|EUR|GBP|HKD|JPY|US|HK|AU|CA|NT|Rs\.?|INR)[ ]?$", re.IGNORECASE)
NOT_ALONE = re.compile(
    r" ?(?:[×*]|\\)? ?(?:π|√|∞|\\?sqrt|pi\b)"  # coefficients
    r"|[a-jl-zA-EG-JO-UX-Z](?<![msghld])(?![A-Za-z])"
    r"|\)? ?(?:\(?\d{3}\)? ?)?\d{3}-\d{4}"  # telephone numbers
    r"|\((?=[^()\n]{0,20}[+*/×-])"
    r"|!(?= ?[=×*/+÷^-])"  # factorials
)
OPERATED = re.compile(
    r"[ ]?(?:[A-Za-z\u4e00-\u9fff]{1,14} ?){0,2}(?:[+×*÷^]|(?<=[\d ])/(?!/)|(?<= )-(?= )|(?<=\d) ?[xX](?= ?\d))[ ]?(?:[\d(\\√π]|[$€£¥]\d|[a-z](?![a-z]))|-[$€£¥]\d"
)


def prepared(text: str) -> str:
    """One width, one minus, plain fractions and exponents, LaTeX's numbers as plain ones, no emphasis."""
    text = AND_A_PART.sub(lambda match: " 1/2" if match[1].lower() == "half" else " 1/4", POWER.sub("^", text.translate(SIGNS)))
    if not text.isascii():
        text = VULGAR_FRACTION.sub(
            lambda match: f"{match.group(1).strip()} {VULGAR[match.group(2)]}" if match.group(1) else VULGAR[match.group(2)], text
        )
        text = RAISED_RUN.sub(lambda match: f"^{match.group().translate(RAISED)}", text)
        text = OTHER_DIGITS.sub(lambda match: match.group() if match.group().isascii() else str(int(match.group())), text)
    if "$" in text:
        text = MATH_DOLLARS.sub(r" \1 ", text)
    if "\\" in text or "{" in text or "- " in text or "-~" in text:
        text = UNARY.sub(r"\1", HALF_NAMES.sub(r"\\frac", text))
    if "\\" in text or "{" in text:
        text = LATEX_FRACTION.sub(plain_fraction, text)
        for expression, plain in LATEX:
            text = expression.sub(plain, text)
        text = BLANKS.sub(" ", text)
    if "^" in text:
        text = SQUARED.sub(lambda match: f"{match[1].rstrip('}')}{'²' if match[2] == '2' else '³'}", text)
    return text.replace("**", " ").replace("__", " ").replace("`", " ")


def plain_fraction(match: re.Match[str]) -> str:
    """LaTeX's fraction as 1/2, glued to a sign before it and apart from anything else."""
    above, below = match[1] or match[3], match[2] or match[4]
    is_signed = SIGNED.search(match.string, max(0, match.start() - 8), match.start())
    return f"{'' if is_signed else ' '}{above}/{below} "


def plain_number(text: str) -> Fraction | None:
    """A blob of digits and separators as a number; None for dates, ranges, lists, versions."""
    if len(text) > LONGEST:
        return None
    if text.isdecimal():
        return Fraction(int(text))
    for form, separator in FORMS:
        if form.fullmatch(text):
            return Fraction(text.replace(separator, "") if separator else text)
    if EUROPEAN.fullmatch(text):
        return Fraction(text.replace(".", "").replace(",", "."))
    mixed = MIXED.fullmatch(text)
    if mixed:
        whole, above, below = (int(each) for each in mixed.groups())
        return whole + Fraction(above, below) if 0 < above < below else None
    halves = FRACTION.fullmatch(text)
    if halves:
        top, bottom = plain_number(halves.group(1)), plain_number(halves.group(2))
        return top / bottom if top is not None and bottom else None
    return None


def sign_before(text: str, start: int) -> tuple[int, int]:
    """(-1 or 1, where the number begins with its sign and currency)."""
    begin = start
    while begin > 0 and text[begin - 1] in CURRENCY:
        begin -= 1
    if begin > 1 and begin < start and text[begin - 1] == " " and text[begin - 2] in "-+":
        operand = text[max(0, begin - 6) : begin - 2].rstrip()[-1:]
        begin -= not (operand.isalnum() or operand in tuple(")]}%"))
    if begin > 0 and text[begin - 1] in "-+" and not (begin > 1 and (text[begin - 2].isalnum() or text[begin - 2] in ")]}%")):
        return (-1 if text[begin - 1] == "-" else 1), begin - 1
    word = re.search(r"(?:\b(?:negative|minus)[ ]|负)$", text[max(0, begin - 10) : begin], re.IGNORECASE)
    return (-1, begin - len(word.group())) if word else (1, begin)


def is_glued(text: str, begin: int) -> bool:
    """Whether what stands before makes the digits a part of something else: a name (GPT-4), an index, an operand, a root."""
    before = text[max(0, begin - 12) : begin]
    if not before:
        return False
    last = before[-1]
    if last in "_^{√±" and not before.endswith("#{"):
        return True
    if last.isalpha() and ord(last) < 0x2E80 and not CODES.search(before):
        return True
    if last in "-'" and len(before) > 1 and before[-2].isalpha() and ord(before[-2]) < 0x2E80:
        return True
    if TIMES.search(before) or PART_OF.search(before):
        return True
    stripped = before.rstrip(" ")
    if stripped[-1:] in tuple("+-×*÷/^"):
        operand = stripped[:-1].rstrip(" ")[-1:]
        return stripped[-1] in "/^÷" or (bool(operand) and (operand.isdigit() or operand in ")}%]"))
    return False


def scaled(text: str, value: Fraction, end: int) -> tuple[Fraction | None, int]:
    """A number with the power of ten and the magnitude word behind it."""
    match = EXPONENT.match(text, end)
    if match:
        power = int(match.group(1) or match.group(2) or match.group(3))
        base = Fraction(10) if match.group(3) is None else value
        if abs(power) > LONGEST or (match.group(3) is not None and (value == 0 or value.numerator.bit_length() * abs(power) > 4 * LONGEST)):
            return None, match.end()
        value, end = (value * base**power if match.group(3) is None else base**power), match.end()
    match = MAGNITUDE.match(text, end)
    if match:
        word = (match.group(1) or match.group(2) or match.group(3)).lower()
        value, end = value * {**MAGNITUDES, "m": 10**6, "b": 10**9}[word], match.end()
    return value, end


def quantity_at(text: str, match: re.Match[str]) -> Quantity | None:
    """The number at a blob; its value is None where it only looks like one; None where it is a part of something else."""
    start, end = match.span()
    blob = match.group()
    if start and text[start - 1] == "." and blob.isdigit() and not (start > 1 and (text[start - 2].isalnum() or text[start - 2] == ".")):
        start, blob = start - 1, f"0.{blob}"
    sign, begin = sign_before(text, start)
    if is_glued(text, begin):
        return None
    is_listed = text[start - 1 : start] in tuple("([{") and text[end : end + 1] in tuple(")]}") and EUROPEAN.fullmatch(blob)
    value = None if is_listed else plain_number(blob)
    decimals = len(blob.partition(".")[2]) if value is not None and "/" not in blob else 0
    if value is not None:
        han = HAN_MAGNITUDE.match(text, start)
        if han and han.end() > end:
            value, end = hanzi.parse(han.group().replace(" ", "")), han.end()
        else:
            value, end = scaled(text, value, end)
    if value is None and text.startswith(("=", " ="), end):
        return None
    if value is None:
        return Quantity(None, False, None, 0, text[begin:end], begin, end)
    if NOT_ALONE.match(text, end) or OPERATED.match(text, end):
        return None
    percent = PERCENT.match(text, end)
    if percent:
        value, end = (value / 10 if percent.group(1) else value), percent.end()
    if (percent or "/" in blob) and OF_NUMBER.match(text, end):
        return None
    if text.startswith("折", end):
        value, end = hanzi.discounted(value), end + 1
    unit, end = unit_behind(text, begin, start, end)
    return Quantity(-value if sign < 0 else value, percent is not None, unit, decimals, text[begin:end].strip(), begin, end)


def unit_behind(text: str, begin: int, start: int, end: int) -> tuple[tuple[str, Fraction] | None, int]:
    """The unit before (currency) or behind a number, and where it ends."""
    symbol = next((sign for sign in text[begin:start] if sign in CURRENCY), None)
    if symbol:
        return unit_of(symbol), end
    match = HAN_UNIT.match(text, end)
    if match:
        return unit_of(match.group()), match.end()
    match = UNIT.match(text, end)
    unit = unit_of(match.group(1)) if match else None
    return unit, match.end() if match and unit else end


def scan(text: str) -> list[Quantity]:
    """Every number of a prepared text that stands for itself, and what looks like one (value None), in order."""
    found: list[Quantity] = []
    for match in BLOB.finditer(text):
        inside = found and match.start() < found[-1].end
        quantity = None if inside else quantity_at(text, match)
        if quantity is not None:
            whole = joined(found[-1], quantity, text) if found else None
            found[-1:] = [whole] if whole else [*found[-1:], quantity]
    return found


def joined(large: Quantity, small: Quantity, text: str) -> Quantity | None:
    """Two quantities that say one: 2 hours and 40 minutes, 5 m 30 cm, 3小时20分钟."""
    if large.value is None or small.value is None or large.unit is None or small.unit is None or large.unit[0] != small.unit[0]:
        return None
    part = small.value * small.unit[1] / large.unit[1]
    if not 0 <= part < 1 or large.value < 0 or not BETWEEN_PARTS.fullmatch(text[large.end : small.start]):
        return None
    return Quantity(large.value + part, False, large.unit, 0, text[large.start : small.end], large.start, small.end)


def han_quantities(text: str) -> list[Quantity]:
    """Chinese numerals of a prepared text."""
    found = []
    for value, start, end in hanzi.find(text):
        percent = "百分之" in text[start:end]
        if text.startswith("折", end):
            value, end = hanzi.discounted(value), end + 1
        unit = HAN_UNIT.match(text, end)
        known = unit_of(unit.group()) if unit else None
        found.append(Quantity(value * 100 if percent else value, percent, known, 0, text[start:end], start, end))
    return found
