"""execution and program: an answer that is an expression or a program whose value is computed in the sandbox and compared."""

import ast
import re
from collections.abc import Iterator, Mapping
from math import isclose, isfinite
from typing import Any, Literal

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.sandbox import Outcome, Program
from assay.scorers.blocks import tree_of, without_end
from assay.scorers.extract import Found, fenced, last_line, window
from assay.scorers.programs import Sandboxed, described, together
from assay.scorers.sources import cuts
from assay.scorers.unwarned import unwarned

PLAIN = (
    ast.Constant,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
    ast.UnaryOp,
    ast.BinOp,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
    ast.keyword,
)
TALK = 20_000
CONSTRUCTORS = ("set", "dict", "list", "tuple", "frozenset", "range", "str", "int", "float", "bytes", "bytearray", "complex")
TAGGED = re.compile(r"(?:\[ANSWER\]|\A)((?:(?!\[ANSWER\]).)*?)\[/ANSWER\]|\[ANSWER\]((?:(?!\[/?ANSWER\]).)*)\Z", re.DOTALL)
STATED = re.compile(
    r"(?:\b(?:output|answer|result|value|call|input)\b[*_`]*[ \t]*(?:is|are|would be|will be|should be)?[ \t]*[:：=]?|\breturns?\b(?![ \t]+value\b)[ \t]*:?)"
    r"[*_ \t]*(?P<said>[^\n]+)",
    re.IGNORECASE,
)
"""Where prose says what it found; what follows must be an expression."""

DEFINITIONS = """
import math, statistics
from datetime import *
try:
    import numpy as np
    from sympy import Eq, Symbol, simplify, solve
except ImportError:
    pass
def solve_it(equation, variable):
    found = solve(equation, variable, dict=True)
    names = variable if isinstance(variable, list) else [variable]
    return found[0] if found else dict.fromkeys(names)
"""
"""What the programs of Program-of-Thoughts prompts (arXiv 2211.12588) may call without importing it."""

NUMBER = """
def __assay_plain__(value):
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    if value is None or isinstance(value, (bool, str)):
        return value
    try:
        return float(value)
    except Exception:
        return str(value)
"""


class Execution(Sandboxed, frozen=True, kw_only=True, tag="execution-2"):
    """CRUXEval: 1 where the asserted call holds when it is run, else 0.

    `metadata`: `code` (it defines `f`), `input`, `output`. `mode` "input": the answer is a call of f whose value must be the output;
    "output": it is the value of f at the input, and `f` is not there when it is computed. An answer is read from [ANSWER] tags, a fenced
    block, an `assert`, "the output is", or the last line. `detail["literal"]` is False where it is more than plain values (`strict` scores
    it 0). Lenient: in mode "input", bare arguments are taken as a call.
    """

    name: str = "execution"
    mode: Literal["input", "output"] = "output"
    seconds: float = 3.0
    strict: bool = False

    async def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        missing = [key for key in ("code", "input", "output") if key not in sample.metadata]
        if missing:
            raise ScorerError(
                f"Sample '{sample.id}' has no metadata {', '.join(map(repr, missing))} for the scorer '{self.name}'.", kind="no_tests"
            )
        found = best(expressions(answer.text, self.mode))
        if found is None:
            return (self.nothing(answer, "no expression in the answer", lenient=0.0),)
        value, detail = await self.holds(sample, found.text)
        lenient = value
        if not value and self.mode == "input" and "f(" not in found.text:
            lenient = (await self.holds(sample, f"f({found.text})"))[0]
        return (self.score(float(value), found, lenient=float(lenient), **detail),)

    async def holds(self, sample: Sample, expression: str) -> tuple[bool, dict[str, Any]]:
        """Whether the assertion holds, and what is worth knowing of it."""
        data = sample.metadata
        tree = parsed(expression)
        if tree is None:
            return False, {"status": "no expression"}
        if self.mode == "input" and not is_call(tree):
            return False, {"status": "no call of f"}
        if self.mode == "output" and any(isinstance(each, ast.Name) and each.id == "f" for each in ast.walk(tree)):
            return False, {"status": "calls f instead of answering"}
        literal = is_literal(tree, self.mode)
        if self.strict and not literal:
            return False, {"status": "no literal", "literal": False}
        forgeable = self.mode == "input" and not literal and takes_functions(data["input"])
        if self.mode == "input" and not literal and not forgeable:
            expression, outcome = await self.settled(data["code"], tree)
            if not expression:
                return False, described(outcome) | {"literal": False}
        program = self.asserting(data, expression)
        outcome = await self.run(program)
        if not outcome.passed and self.mode == "input" and not forgeable:
            forgeable = await self.needs_together(self.asserting(data, f"f({data['input']})"))
            outcome = await self.run(together(program)) if forgeable else outcome
        marks = ({} if literal else {"literal": False}) | ({"forgeable": True} if forgeable else {})
        return bool(outcome.passed), described(outcome) | marks

    def asserting(self, data: Mapping[str, Any], expression: str) -> Program:
        """The assertion of the published harness. What an answer is compared with is computed without `f`."""
        code = data["code"] if self.mode == "input" else without_f(data["code"])
        return Program(
            source=f"{code}\n\ndef answer():\n    return (\n{expression}\n)\n",
            tests=f"assert {data['output']} == answer()",
            entry=("answer",),
            packages=self.packages,
        )

    async def settled(self, code: str, call: ast.expr) -> tuple[str, Outcome]:
        """A call of f with its arguments computed beforehand, where `f` is out of their reach; empty where they are no plain values."""
        packed = ast.unparse(ast.Call(ast.Name("__assay_pack__"), call.args, call.keywords)) if isinstance(call, ast.Call) else ""
        pack = "def __assay_pack__(*arguments, **named):\n    return arguments, named\n"
        outcome = await self.run(Program(source=f"{without_f(code)}\n{pack}", value=packed, packages=self.packages))
        if outcome.status != "ok" or outcome.value is None:
            return "", outcome
        arguments, named = outcome.value
        expression = f"f(*{arguments!r}, **{named!r})"
        return expression if parsed(expression) is not None else "", outcome


def takes_functions(arguments: str) -> bool:
    """Whether the recorded input of a function holds more than plain values (CRUXEval 344 takes a lambda): so may an answer's."""
    tree = parsed(f"f({arguments})")
    return tree is not None and not is_literal(tree, "input")


def without_f(code: str) -> str:
    """A program without its function f."""
    tree = tree_of(code)
    kept = [each for each in tree.body if not (isinstance(each, ast.FunctionDef) and each.name == "f")] if tree else []
    return "\n".join(map(ast.unparse, kept))


def best(found: Iterator[Found]) -> Found | None:
    """The first that is an expression, else the first."""
    first = None
    for each in found:
        first = first or each
        if parsed(each.text) is not None:
            return each
    return first


def expressions(text: str, mode: str) -> Iterator[Found]:
    """Where an answer states its expression, best first."""
    text = without_end(window(text))
    tagged = [match.group(1) if match.group(1) is not None else match.group(2) for match in TAGGED.finditer(text)]
    if tagged:
        yield from (Found(each.text, "tags") for each in readings(tagged[-1], mode))
    yield from readings(text, mode)


def readings(text: str, mode: str) -> Iterator[Found]:
    """The expressions in a text without tags, best first."""
    block = fenced(text)
    if block and parsed(text) is None:
        yield Found(side(block.text, mode), "fenced block")
    asserted = [line for line in text.splitlines() if line.strip(" \t`*").startswith("assert ")]
    if asserted:
        yield Found(side(asserted[-1], mode), "assert")
    whole = side(text, mode)
    if parsed(whole) is not None:
        yield Found(whole, "text")
    stated = [side(match["said"], mode) for match in STATED.finditer(text[-TALK:])]
    yield from (Found(each, "statement") for each in reversed(stated) if parsed(each) is not None and not is_word(each))
    line = last_line(text)
    if line:
        yield Found(side(line.text, mode), "last line")


def is_word(text: str) -> bool:
    """Whether an expression is only a name: a word of the sentence, no value."""
    return isinstance(parsed(text), ast.Name)


def side(text: str, mode: str) -> str:
    """The side of `assert f(x) == y` that was asked for; the whole text where there is no comparison. Marks around it, and a final
    stop, are left out where what they surround is an expression."""
    text = text.strip()
    if parsed(text.removeprefix("assert ")) is None and not text.startswith("assert "):
        text = next((each for each in unmarked(text) if parsed(each) is not None or each.startswith("assert ")), text)
    statement = tree_of(text)
    if statement is not None and len(statement.body) == 1 and isinstance(statement.body[0], ast.Assert):
        text = ast.get_source_segment(text, statement.body[0].test) or text
    text = text.removeprefix("assert ").strip()
    tree = parsed(text)
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq):
        pair = [tree.left, tree.comparators[0]]
        if is_call(pair[1]) and not is_call(pair[0]):
            pair.reverse()
        return ast.get_source_segment(text, pair[0 if mode == "input" else 1]) or text
    return text


def unmarked(text: str) -> Iterator[str]:
    """A text without emphasis, backticks or a final stop."""
    yield text.rstrip(".。").strip()
    yield text.strip("`*_ \t\r\n")
    yield text.rstrip(".。").strip("`*_ \t\r\n")
    yield text.strip("`*_ \t\r\n").rstrip(".。")


def parsed(text: str) -> ast.expr | None:
    """The expression a text is; None where it is none."""
    try:
        with unwarned():
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_call(tree: ast.expr) -> bool:
    """Whether it is a call of f."""
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "f"


def is_literal(tree: ast.expr, mode: str) -> bool:
    """Whether an expression holds nothing but plain values (in mode "input": as the arguments of one call of f)."""
    if mode == "input":
        return isinstance(tree, ast.Call) and is_call(tree) and all(map(plain, (*tree.args, *(each.value for each in tree.keywords))))
    return plain(tree)


def plain(tree: ast.expr) -> bool:
    """Whether every node is a value, a container, a sign, an operation on values or the constructor of a builtin type."""
    if isinstance(tree, ast.Call):
        built = isinstance(tree.func, ast.Name) and tree.func.id in CONSTRUCTORS
        return built and all(map(plain, (*tree.args, *(each.value for each in tree.keywords))))
    below = [each for each in ast.iter_child_nodes(tree) if isinstance(each, ast.expr)]
    return isinstance(tree, PLAIN) and all(map(plain, below))


class Computed(Sandboxed, frozen=True, kw_only=True, tag="program-2"):
    """Program-of-Thoughts: the program in the answer is run, the value of `variable` is compared with the target.

    1 where both are the same text or truth value (True is "yes"), or numbers that agree when rounded to the decimals of the less
    precise one (five where it has none), as in the published scorer. A list stands for its first item, a mapping for its first
    value. `preamble` runs first. Lenient: within `tolerance` (relative), or off by a factor of 100.
    """

    name: str = "program"
    variable: str = "ans"
    preamble: str = DEFINITIONS
    tolerance: float = 1e-3
    seconds: float = 5.0
    packages: bool = True

    async def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = self.targets(sample)
        ways = cuts(answer.text, {}, (), (self.variable,), salvage=False)
        if not ways:
            return (self.nothing(answer, "no program in the answer", lenient=0.0),)
        outcome = await self.run(self.asked(ways[0].text))
        value = outcome.value
        detail = described(outcome)
        if outcome.status != "ok" or value is None:
            return (self.score(0.0, ways[0], lenient=0.0, **detail),)
        passed = any(agrees(value, target) for target in targets)
        lenient = passed or any(nearly(value, target, self.tolerance) for target in targets)
        return (self.score(float(passed), Found(str(value), ways[0].method), lenient=float(lenient), **detail),)

    def asked(self, source: str) -> Program:
        """The program, with the value it is run for."""
        return Program(
            source=source,
            preamble=f"{self.preamble}\n{NUMBER}",
            value=f"__assay_plain__(globals().get({self.variable!r}))",
            packages=self.packages,
            preload=("numpy", "sympy") if self.packages else (),
        )


def numeric(value: Any) -> float | None:
    """A number, or None. Texts with thousands' commas are numbers too."""
    if isinstance(value, bool):
        return None
    try:
        found = float(value.replace(",", "") if isinstance(value, str) else value)
    except ValueError:
        return None
    return found if isfinite(found) else None


def decimals(value: float) -> int:
    """How many decimals Python writes of a number; five where it writes an exponent without any."""
    text = str(value)
    return len(text.rpartition(".")[2]) if "." in text else 5


def agrees(value: Any, target: str) -> bool:
    """The published rule (`finqa_equal` of Program-of-Thoughts)."""
    if isinstance(value, bool):
        return target.strip().lower() in (("yes", "true") if value else ("no", "false"))
    number, expected = numeric(value), numeric(target)
    if isinstance(value, str) or number is None or expected is None:
        return str(value).strip() == target.strip()
    digits = min(decimals(number), decimals(expected))
    return round(number, digits) == round(expected, digits)


def nearly(value: Any, target: str, tolerance: float) -> bool:
    """Within a relative tolerance, also of a hundredth or the hundredfold."""
    number, expected = numeric(value), numeric(target)
    if number is None or expected is None:
        return False
    return any(isclose(number, expected * factor, rel_tol=tolerance) for factor in (1, 100, 0.01))


execution = Execution
program = Computed
