"""Mathematics as people write it, brought to LaTeX: √3/2, 3*pi, x³, 90°, "A: 3", 42 cm, 0.3 with a bar, k > 2 as an interval."""

import re
from fractions import Fraction

from assay.scorers.numerals import RAISED, RAISED_RUN, VULGAR
from assay.scorers.units import unit_of

LABEL = re.compile(
    r"(?:(?:the )?(?:final )?(?:answer|ans)\b[ ]?(?:is\b|[:：=])?|[A-Za-z][a-z]{0,12}(?: [a-z]{1,12}){0,3}[ ]?[:：])[ ]*(?=\S)",
    re.IGNORECASE,
)
WORDS = re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox|textit|operatorname)\{([^{}]*)\}")
SAID = re.compile(r"^[A-Za-z' ]{3,60}\b(?:is|are|equals)\b[ :]*(?=\S)")
SIGNS = {
    "π": r"\pi ", "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "×": r"\times ", "÷": r"\div ", "·": r"\cdot ", "⋅": r"\cdot ",
    "−": "-", "∪": r"\cup ", "∩": r"\cap ", "∅": r"\emptyset ", "∈": r"\in ", "±": r"\pm ", "°": "", "（": "(", "）": ")", "，": ",",
}  # fmt: skip
PLAIN = (
    (re.compile(r"(?<!\\)\\(?:left|right|displaystyle|quad|qquad|[,;:! ])(?![a-zA-Z])|~"), " "),
    (re.compile(r"\\varnothing(?![a-z])"), r"\\emptyset"),
    (re.compile(r"\\[dtc]frac(?![a-z])"), r"\\frac"),
    (re.compile(r"\\(?:leq|leqslant)(?![a-z])"), r"\\le"),
    (re.compile(r"\\(?:geq|geqslant)(?![a-z])"), r"\\ge"),
    (re.compile(r"<="), r"\\le "),
    (re.compile(r">="), r"\\ge "),
    (re.compile(r"\^\{?\\circ\}?|(?<=\d) ?(?:\\?degrees?|°)(?![a-z])"), ""),
    (re.compile(r"(?:√|(?<![a-z\\])sqrt) ?\(([^()]*)\)"), r"\\sqrt{\1}"),
    (re.compile(r"(?:√|(?<![a-z\\])sqrt) ?(\w+)"), r"\\sqrt{\1}"),
    (re.compile(r"(?<![A-Za-z\\])pi(?![A-Za-z])"), r"\\pi "),
    (re.compile(r"(?<![A-Za-z\\])(ln|log|sin|cos|tan)(?= ?[\d({\\a-z])(?![a-z]{2})"), r"\\\1"),
    (re.compile(r"(?<=[\w)}])\*\*(?=[\w({-])"), "^"),
    (re.compile(r"(?<=[\w)}]) ?\* ?(?=[\w(\\])"), r" \\cdot "),
)
ENCLOSED = re.compile(r"\$([^$]+)\$(?:[ ]?[A-Za-z]{1,14})?[.。]?")
REPEATING = re.compile(r"(\d*)\.(\d*)\\(?:overline|bar)\{?(\d+)\}?")
CURRENCY = re.compile(r"\\?\$(?=[ ]?-?\d)|^[€£¥]")
UNIT = re.compile(r"(?<=[\d}])[ ]?(?:([A-Za-z]{1,14})(?:\^\{?[23]\}?)?|(?:square|cubic) [a-z]{1,14}|%|\\%|[\u4e00-\u9fff]{1,3})[.。]?$")
NUMBER = re.compile(r"-?(?:[\d.,]+|\\frac\{-?\d+\}\{\d+\})")
BOUND = r"(-?(?:[\d.]+|\\infty|\\frac\{-?\d+\}\{\d+\}|\\sqrt\{\d+\}|\\pi))"
RELATION = re.compile(rf"[a-zA-Z]\s*(<|>|\\le|\\ge)\s*{BOUND}")
REVERSED = re.compile(rf"{BOUND}\s*(<|>|\\le|\\ge)\s*[a-zA-Z]")
BETWEEN = re.compile(rf"{BOUND}\s*(<|\\le)\s*[a-zA-Z]\s*(<|\\le)\s*{BOUND}")
FLIPPED = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le"}
INTERVAL = re.compile(r"[(\[].*,.*[)\]]", re.DOTALL)
MEMBER = re.compile(r"[a-zA-Z]\s*\\in\s*(?=[(\[])")


def as_latex(expression: str) -> str:
    """An expression in LaTeX, without the label before it and the unit behind it."""
    text = expression.strip()
    if WORDS.search(text):
        text = WORDS.sub(r" \1 ", text).strip() if re.search(r"\d|\\[a-z]", WORDS.sub("", text)) else text
    if match := ENCLOSED.fullmatch(text):
        text = match[1].strip()
    text = SAID.sub("", LABEL.sub("", text, count=1) if LABEL.match(text) else text)
    for sign, plain in VULGAR.items():
        text = text.replace(sign, "\\frac{" + plain.replace("/", "}{") + "}")
    text = RAISED_RUN.sub(lambda match: f"^{{{match.group().translate(RAISED)}}}", text)
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    text = REPEATING.sub(repeated, text)
    for pattern, plain in PLAIN:
        text = pattern.sub(plain, text)
    return without_unit(CURRENCY.sub("", text).strip())


def without_unit(text: str) -> str:
    """A lone number without the unit behind it."""
    unit = UNIT.search(text)
    if unit is None or not NUMBER.fullmatch(text[: unit.start()].strip()) or "%" in unit.group():
        return text
    known = unit[1] is None or len(unit[1]) > 1 or unit_of(unit[1]) is not None
    return text[: unit.start()].strip() if known and len(unit[1] or "cm") != 1 else text


def repeated(match: re.Match[str]) -> str:
    """A repeating decimal as the fraction that it is."""
    whole, fixed, cycle = match[1] or "0", match[2], match[3]
    value = Fraction(int(whole + fixed + cycle) - int(whole + fixed), 10 ** len(fixed) * (10 ** len(cycle) - 1))
    return f"\\frac{{{value.numerator}}}{{{value.denominator}}}"


def as_interval(text: str) -> str:
    """An inequality of one unknown as the interval it describes; anything else as it is."""
    text = MEMBER.sub("", text.strip().rstrip(".。"))
    if match := BETWEEN.fullmatch(text):
        low, first, second, high = match.groups()
        return f"{'(' if first == '<' else '['}{low},{high}{')' if second == '<' else ']'}"
    if match := REVERSED.fullmatch(text):
        sign, bound = FLIPPED[match[2]], match[1]
    elif match := RELATION.fullmatch(text):
        sign, bound = match.groups()
    else:
        return text
    if sign in ("<", r"\le"):
        return f"(-\\infty,{bound}{')' if sign == '<' else ']'}"
    return f"{'(' if sign == '>' else '['}{bound},\\infty)"
