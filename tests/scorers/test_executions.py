"""execution and program: expressions and programs whose value is computed in the real sandbox."""

import ast
from typing import Any

import pytest

from assay import scorers
from assay.core.answer import Answer
from assay.core.errors import SandboxError, ScorerError
from assay.core.sample import Sample
from assay.core.score import Score
from assay.sandbox import open_sandbox
from assay.scorers.executions import agrees, decimals, expressions, is_literal, nearly, side

CRUX = {"code": "def f(text, n):\n    return text * n", "input": "'ab', 2", "output": "'abab'"}


@pytest.fixture(autouse=True)
def _isolated() -> None:
    try:
        open_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))


async def score(scorer: Any, text: str, data: dict[str, Any] | None = None, target: str | tuple[str, ...] | None = None) -> Score:
    found: tuple[Score, ...] = await scorer(Sample(id="s", input="", target=target, metadata=data or {}), Answer(text=text), None)
    return found[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'abab'", 1.0),
        ('"abab"', 1.0),
        ("assert f('ab', 2) == 'abab'", 1.0),
        ("Let me think.\n[ANSWER]\n'abab'\n[/ANSWER]", 1.0),
        ("[ANSWER]assert f('ab', 2) == 'abab'[/ANSWER] or so", 1.0),
        ("```python\n'abab'\n```", 1.0),
        ("So the result is\n'abab'", 1.0),
        ("'ab' + 'ab'", 1.0),
        ("'aba'", 0.0),
        ("abab", 0.0),
        ("f('ab', 2)", 0.0),
        ("'abab", 0.0),
        ("1/0", 0.0),
        ("__import__('os')._exit(0)", 0.0),
        ("exit()", 0.0),
        ("'abab')\nimport os\n(1", 0.0),
    ],
)
async def test_output(text: str, value: float) -> None:
    found = await score(scorers.execution(mode="output"), text, CRUX)
    assert found.value == value, found


@pytest.mark.parametrize(
    ("text", "value", "lenient"),
    [
        ("f('ab', 2)", 1.0, 1.0),
        ("assert f('ab', 2) == 'abab'", 1.0, 1.0),
        ("assert 'abab' == f('abab', 1)", 1.0, 1.0),
        ("f(text='ab', n=2)", 1.0, 1.0),
        ("'abab', 1", 0.0, 1.0),
        ("f('ab', 3)", 0.0, 0.0),
        ("f('ab')", 0.0, 0.0),
        ("'abab'", 0.0, 0.0),
    ],
)
async def test_input(text: str, value: float, lenient: float) -> None:
    found = await score(scorers.execution(mode="input"), text, CRUX)
    assert (found.value, found.lenient) == (value, lenient), found


@pytest.mark.parametrize(
    ("mode", "cheat"),
    [
        ("input", "f.__class__ and 'abab' or f(1)"),
        ("input", "'abab' or f('ab', 2)"),
        ("input", "f('x', setattr(f, '__code__', (lambda *a: 'abab').__code__))"),
        ("input", "f('x', globals().__setitem__('f', lambda *a: 'abab') or 2)"),
        ("input", "f(type('A', (), {'__mul__': lambda s, o: s, '__eq__': lambda s, o: True})(), 1)"),
        ("output", "f('ab',2)"),
        ("output", "f( 'ab' , 2 )"),
        ("output", "f(*('ab', 2))"),
        ("output", "(lambda g: g('ab', 2))(f)"),
        ("output", "globals()['f']('ab', 2)"),
        ("output", "eval('f' + '(\"ab\", 2)')"),
        ("output", "type('A', (), {'__eq__': lambda s, o: True})()"),
        ("output", "type('A', (str,), {'__eq__': lambda s, o: True})()"),
    ],
)
async def test_an_answer_that_computes_its_verdict_does_not_pass(mode: Any, cheat: str) -> None:
    found = await score(scorers.execution(mode=mode), cheat, CRUX)
    assert (found.value, found.lenient) == (0.0, 0.0), found
    assert (await score(scorers.execution(mode=mode, strict=True), cheat, CRUX)).value == 0.0


async def test_an_honest_answer_may_be_more_than_plain_values_unless_strict() -> None:
    for mode, text in (("input", "f(''.join(['a', 'b']), len('xx'))"), ("output", "''.join(['ab'] * 2)"), ("input", "f(*['ab', 2])")):
        found = await score(scorers.execution(mode=mode), text, CRUX)  # type: ignore[arg-type]
        assert (found.value, found.detail["literal"]) == (1.0, False), found
        assert (await score(scorers.execution(mode=mode, strict=True), text, CRUX)).value == 0.0  # type: ignore[arg-type]


async def test_a_function_that_takes_a_function_may_be_given_one_and_the_verdict_is_marked() -> None:
    data = {"code": "def f(xs, do):\n    do(xs)\n    return xs", "input": "[2, 1], lambda x: x.sort()", "output": "[1, 2]"}
    found = await score(scorers.execution(mode="input"), "f([1, 2], lambda x: None)", data)
    assert (found.value, found.detail["forgeable"]) == (1.0, True)
    assert (await score(scorers.execution(mode="input"), "f([2, 1], lambda x: None)", data)).value == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "The output is [1, 2, 3].",
        "Output: [1, 2, 3]",
        "**Output:** `[1, 2, 3]`",
        "Answer: [1, 2, 3]",
        "Return value: [1, 2, 3]",
        "So f returns [1, 2, 3].",
        "It sorts the list. Therefore the answer is: [1, 2, 3]",
        "[1, 2, 3][/ANSWER]",
        "Step by step.\n[1, 2, 3]\n[/ANSWER]\nThat is all.",
        "[ANSWER]`[1, 2, 3]`[/ANSWER]",
        "[ANSWER]\n```python\n[1, 2, 3]\n```\n[/ANSWER]",
        "[ANSWER]\n```python\nassert f([3, 1, 2]) == [1, 2, 3]\n```\n[/ANSWER]",
        "[ANSWER]The output is [1, 2, 3].[/ANSWER]",
        "[ANSWER][1, 2, 3]",
        "assert f([3, 1, 2]) == [1, 2, 3], 'wrong'",
        "[ANSWER]assert f([3, 1, 2]) == [1, 2, 3], 'msg'[/ANSWER]",
        "`assert f([3, 1, 2]) == [1, 2, 3]`",
        "[1, 2, 3].",
        "[1, 2, 3]</s>",
        "Thus:\n\n`[1, 2, 3]`",
    ],
)
async def test_where_a_value_is_stated(text: str) -> None:
    data = {"code": "def f(x):\n    return sorted(x)", "input": "[3, 1, 2]", "output": "[1, 2, 3]"}
    assert (await score(scorers.execution(), text, data)).value == 1.0
    assert (await score(scorers.execution(), text.replace("[1, 2, 3]", "[1, 3, 2]"), data)).value == 0.0


@pytest.mark.parametrize(
    "text", ["Input: f([3, 1, 2])", "f([3, 1, 2])[/ANSWER]", "A call is `f([3, 1, 2])`.", "assert f([3, 2, 1]) == [1, 2, 3], 'no'"]
)
async def test_where_a_call_is_stated(text: str) -> None:
    data = {"code": "def f(x):\n    return sorted(x)", "input": "[1, 2, 3]", "output": "[1, 2, 3]"}
    assert (await score(scorers.execution(mode="input"), text, data)).value == 1.0


@pytest.mark.parametrize(
    ("text", "mode", "literal"),
    [
        ("f([1, -2], {'a': (1.5, None)}, x=set())", "input", True),
        ("f('a' * 3)", "input", True),
        ("f(lambda x: x)", "input", False),
        ("f(*[1])", "input", False),
        ("f(**{'a': 1})", "input", True),
        ("f(x)", "input", False),
        ("f(f(1))", "input", False),
        ("g(1)", "input", False),
        ("f(1) or 2", "input", False),
        ("{1, 2}", "output", True),
        ("set()", "output", True),
        ("list(range(3))", "output", True),
        ("[x for x in y]", "output", False),
        ("''.join(['a'])", "output", False),
        ("open('x')", "output", False),
    ],
)
def test_literal(text: str, mode: str, literal: bool) -> None:
    assert is_literal(ast.parse(text, mode="eval").body, mode) is literal


def test_sides_of_a_comparison() -> None:
    assert side("assert f(1) == [2, 3]", "output") == "[2, 3]"
    assert side("f(1) == [2, 3]", "input") == "f(1)"
    assert side("[1] == [1] == f(2)", "output") == "[1] == [1] == f(2)"
    assert side("'a == b'", "output") == "'a == b'"
    assert next(expressions("x = 5\n[ANSWER] 1 [/ANSWER]\n[ANSWER] 2 [/ANSWER]", "output")).text == "2"


async def test_what_is_missing_is_the_data_sets_fault() -> None:
    with pytest.raises(ScorerError, match="no metadata 'output'"):
        await score(scorers.execution(), "1", {"code": "", "input": ""})
    assert (await score(scorers.execution(), "", CRUX)).reason == "nothing to extract"


@pytest.mark.parametrize(
    ("text", "target", "value"),
    [
        ("eggs = 16\nans = (eggs - 7) * 2", "18", 1.0),
        ("ans = 18.0", "18.0", 1.0),
        ("ans = 17", "18", 0.0),
        ("answer = 18", "18", 0.0),
        ("ans = undefined", "18", 0.0),
        ("import math\nans = math.sqrt(2)", "1.414", 1.0),
        ("ans = [5, 6]", "5", 1.0),
        ("ans = {'x': 5}", "5", 1.0),
        ("ans = 3 > 2", "yes", 1.0),
        ("ans = 'Hunter'", "Hunter", 1.0),
        ("ans = 'Hunter'", "hunter", 0.0),
        ("ans = None", "0", 0.0),
        ("ans = object()", "0", 0.0),
        ("ans = float('nan')", "0", 0.0),
        ("```python\nans = 18\n```", "18", 1.0),
        ("def solver():\n    return 18\nans = solver()", "18", 1.0),
        ("ans = 3\nexit()", "3", 1.0),
        ("ans = 3\nimport sys\nsys.exit(0)", "3", 1.0),
        ("```python\nans = 3\n```\nIt prints:\n```\n7\n```\n```python\nprint(ans)\n```", "3", 1.0),
        ("print('loud'); ans = 18", "1,000", 0.0),
        ("ans = 1000", "1,000", 1.0),
    ],
)
async def test_program(text: str, target: str, value: float) -> None:
    found = await score(scorers.program(packages=False), text, target=target)
    assert found.value == value, found


async def test_programs_of_thought_may_use_algebra() -> None:
    text = "price = Symbol('price', positive=True)\nans = solve_it(price * 0.78 - 20 - (price / 2 + 1.9), price)[price]"
    found = await score(scorers.program(), text, target="78.2")
    assert (found.value, found.detail["status"]) == (1.0, "ok")
    assert (await score(scorers.program(), "ans = np.array([3.0, 4.0]).sum()", target="7")).value == 1.0


async def test_lenient_is_a_relative_tolerance_or_a_percentage() -> None:
    found = await score(scorers.program(packages=False), "ans = 0.4201", target="42")
    assert (found.value, found.lenient) == (0.0, 1.0)
    assert (await score(scorers.program(packages=False), "ans = 1", target=("2", "1.0"))).value == 1.0


def test_the_published_rule_for_equality() -> None:
    assert agrees(3.14159, "3.14")
    assert not agrees(3.15, "3.14")
    assert agrees(2.0, "2")
    assert agrees(0.3333333333333333, "0.33333")
    assert not agrees("5", "five")
    assert agrees(False, "no")
    assert not agrees(False, "0")
    assert decimals(3.0) == 1
    assert decimals(1e20) == 5
    assert nearly(101, "100.95", 1e-3)
    assert not nearly(102, "100", 1e-3)
    assert not nearly("x", "1", 1e-3)
