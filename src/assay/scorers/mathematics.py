"""math: expressions, sets, intervals, tuples and matrices compared by mathematical meaning (math-verify, sympy)."""

import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

from assay.core.answer import Answer
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers import extract
from assay.scorers.extract import Found
from assay.scorers.notation import INTERVAL, as_interval, as_latex
from assay.scorers.rule import Rule

LONGEST = 1_000
"""Characters of the longest expression that is parsed; a longer one is compared as text."""

DELIMITED = re.compile(r"\$[^$]+\$|\\\(|\\\[|\\boxed")
SPACING = re.compile(r"\\(?:left|right|displaystyle|quad|qquad|[,;:! ])(?![a-zA-Z])|[\s$~]")
ALIASES = (
    (re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\frac(\d)(\d)"), r"\\frac{\1}{\2}"),
)
RATIO = re.compile(r"\d\s*:\s*\d")
BRACKETED = re.compile(r"[(\[][^()\[\]]*,[^()\[\]]*[)\]]")
IN_PROSE = re.compile(r"(?:\b(?:is|are|was|be|get|have|has|obtain|equals|total of)|=)[ ](?:only |exactly |about )?\$([^$]+)\$")


@cache
def verifier() -> tuple[Any, Any]:
    """math-verify's `parse` and `verify`. Their own timers work by signals, which a worker has no use for: the engine kills the worker."""
    import math_verify

    for part in ("parser", "grader"):
        logging.getLogger(f"math_verify.{part}").setLevel(logging.ERROR)
    return math_verify.parse, math_verify.verify


class Math(Rule, frozen=True, kw_only=True, tag="math-2"):
    """1 where the answer's expression means the same as a target: 1/2 and 0.5, {1,2} and {2,1}, x=5 and 5; (1,2) and [1,2] are not.

    Read: the last \\boxed, else the last statement of an answer, else the last line. Compared as text first, then in one notation, then by math-verify with the
    target as gold. It burns CPU and some expressions never end (9^9^9^9): the engine runs it in a worker process and kills it after `seconds`.
    Lenient: any of these places.
    """

    heavy: ClassVar[bool] = True
    name: str = "math"
    seconds: float = 10.0

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = self.targets(sample)
        found = next(places(answer.text), None)
        if found is None:
            return (self.nothing(answer, "no expression in the answer", lenient=0.0),)
        value = float(any(same(target, found.text) for target in targets))
        lenient = value or float(any(same(target, place.text) for place in places(answer.text) for target in targets))
        return (self.score(value, found, lenient=lenient),)


def places(text: str) -> Iterator[Found]:
    """Where an expression is stated, best first."""
    text = extract.own(text)
    yield from extract.conclusions(text)[:3]
    line = extract.last_line(text)
    if line:
        asserted = IN_PROSE.findall(line.text) if line.text.count("$") > 2 else []
        yield Found(f"${asserted[-1]}$", line.method) if asserted else line


def as_text(expression: str) -> str:
    """An expression without spacing and with one spelling of what LaTeX writes in several ways."""
    for pattern, plain in ALIASES:
        expression = pattern.sub(plain, expression)
    return SPACING.sub("", expression).rstrip(".。")


def same(target: str, said: str) -> bool:
    """Whether an expression means what the target means."""
    if len(said) > LONGEST + len(target):
        return False
    if as_text(target) == as_text(said):
        return bool(as_text(said))
    target, said = as_latex(target), as_latex(said)
    if INTERVAL.fullmatch(target) or INTERVAL.fullmatch(said):
        target, said = as_interval(target), as_interval(said)
    wanted, given = as_text(target), as_text(said)
    if not given or wanted == given:
        return bool(given)
    # A time or a ratio is no quotient, and a point is no list.
    if bool(RATIO.search(wanted)) != bool(RATIO.search(given)) or (
        BRACKETED.fullmatch(given) and "," in wanted and not BRACKETED.search(wanted) and "{" not in wanted
    ):
        return False
    parse, verify = verifier()
    gold = parse(delimited(target), parsing_timeout=None)
    claim = parse(delimited(said), parsing_timeout=None)
    return bool(gold and claim) and bool(verify(gold, claim, timeout_seconds=None))


def delimited(expression: str) -> str:
    """An expression in delimiters, which the parser wants around LaTeX."""
    if DELIMITED.search(expression):
        return expression
    expression = expression.strip().rstrip(".。,，;")
    is_prose = "\\" not in expression and len(re.findall(r"[A-Za-z]{3,}", expression)) > 2
    return expression if is_prose else f"\\boxed{{{expression}}}"


math = Math
