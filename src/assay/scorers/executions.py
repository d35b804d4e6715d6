"""execution and program: an answer that is an expression or a program whose value is computed in the sandbox and compared."""

import ast
import re
from collections.abc import Iterator
from math import isclose, isfinite
from typing import Any, Literal

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.sandbox import Program
from assay.scorers.extract import Found, fenced, last_line, window
from assay.scorers.programs import Sandboxed, cuts, described, together

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
CONSTRUCTORS = ("set", "dict", "list", "tuple", "frozenset", "range", "str", "int", "float", "bytes", "bytearray", "complex")
TAGGED = re.compile(r"\[ANSWER\](.*?)(?:\[/ANSWER\]|\Z)", re.DOTALL)

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


class Execution(Sandboxed, frozen=True, kw_only=True, tag="execution-1"):
    """CRUXEval: 1 where the asserted call holds when it is run, else 0.

    `metadata`: `code` (it defines `f`), `input`, `output`. `mode` "input": the answer is a call of f whose value must be the output;
    "output": it is the value of f at the input. An answer is read from [ANSWER] tags, a fenced block, an `assert`, or the last line.
    `detail["literal"]` is False where it is more than plain values: such an answer could compute its own verdict (`strict` scores it 0).
    Lenient: in mode "input", bare arguments are taken as a call.
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
        found = next(expressions(answer.text, self.mode), None)
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
        if (self.mode == "input" and "f(" not in expression) or (self.mode == "output" and f"f({data['input']})" in expression):
            return False, {"status": "no call of f" if self.mode == "input" else "calls f instead of answering"}
        literal = is_literal(tree, self.mode)
        if self.strict and not literal:
            return False, {"status": "no literal", "literal": False}
        program = Program(
            source=f"{data['code']}\n\ndef answer():\n    return (\n{expression}\n)\n",
            tests=f"assert {data['output']} == answer()",
            entry=("answer",),
            packages=self.packages,
        )
        outcome = await self.run(program)
        if not outcome.crossed:
            outcome = await self.run(together(program))
        return bool(outcome.passed), described(outcome) | ({} if literal else {"literal": False})


def expressions(text: str, mode: str) -> Iterator[Found]:
    """Where an answer states its expression, best first."""
    text = window(text)
    tagged = TAGGED.findall(text)
    if tagged:
        yield Found(side(tagged[-1], mode), "tags")
    block = fenced(text)
    if block:
        yield Found(side(block.text, mode), "fenced block")
    asserted = [line for line in text.splitlines() if line.strip().startswith("assert ")]
    if asserted:
        yield Found(side(asserted[-1], mode), "assert")
    if parsed(text) is not None:
        yield Found(side(text, mode), "text")
    line = last_line(text)
    if line:
        yield Found(side(line.text, mode), "last line")


def side(text: str, mode: str) -> str:
    """The side of `assert f(x) == y` that was asked for; the whole text where there is no comparison."""
    text = text.strip().removeprefix("assert ").strip()
    tree = parsed(text)
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq):
        pair = [tree.left, tree.comparators[0]]
        if is_call(pair[1]) and not is_call(pair[0]):
            pair.reverse()
        return ast.get_source_segment(text, pair[0 if mode == "input" else 1]) or text
    return text


def parsed(text: str) -> ast.expr | None:
    """The expression a text is; None where it is none."""
    try:
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


class Computed(Sandboxed, frozen=True, kw_only=True, tag="program-1"):
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
        ways = cuts(answer.text, {}, ())
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
