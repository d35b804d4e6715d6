"""code: what is taken for the program, how tests are found, and what is said of each failure. Everything runs in the real sandbox."""

from typing import Any

import pytest

from assay import scorers
from assay.core.answer import Answer
from assay.core.errors import SandboxError, ScorerError, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Scorer
from assay.core.sample import Sample
from assay.core.score import Score
from assay.sandbox import open_sandbox
from assay.scorers.cases import same
from assay.scorers.programs import STOPS, setup
from assay.scorers.sources import cuts, trimmed, whole

PROMPT = 'import math\n\n\ndef area(r: float) -> float:\n    """The area of a circle.\n    >>> area(1) > 3\n    True\n    """\n'
TEST = "def check(candidate):\n    assert abs(candidate(2) - 12.566) < 1e-3\n    assert candidate(0) == 0\n"
HUMANEVAL = {"prompt": PROMPT, "test": TEST, "entry_point": "area"}
MBPP = {"test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"], "test_setup_code": ""}
CASES = {"cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "5 6", "output": "11"}]}


@pytest.fixture(autouse=True)
def _isolated() -> None:
    try:
        open_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))


async def score(text: str, data: dict[str, Any], scorer: Any = None, stop: Any = "stop") -> Score:
    found: tuple[Score, ...] = await (scorer or scorers.code())(
        Sample(id="s", input="", metadata=data), Answer(text=text, stop_reason=stop), None
    )
    assert len(found) == 1
    assert found[0].scorer == "code"
    return found[0]


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("    return math.pi * r * r\n", "prompt and completion, tests apart"),
        ("    return math.pi * r * r\n\nprint(area(1))\nassert area(1) == 7\n", "prompt and completion, tests apart"),
        ("def area(r):\n    return math.pi * r**2\n", "text, tests apart"),
        ("Here it is:\n```python\ndef area(r):\n    return math.pi * r**2\n```\nHope this helps.", "block, tests apart"),
        ("```\n    return math.pi * r * r\n```", "prompt and block, tests apart"),
        (
            "```python\nprint('usage')\n```\n```python\nfrom math import pi\ndef area(r):\n    return pi * r * r\n```\n```bash\nls\n```",
            "block, tests apart",
        ),
        (
            "```python\ndef area(r):\n    return 1\n```\nWrong, better:\n```python\ndef area(r):\n    return math.pi * r * r\n```",
            "block, tests apart",
        ),
        ("```python\ndef area(r):\n    return math.pi * r * r\n", "block, tests apart"),
    ],
)
async def test_a_completion_a_program_or_a_block(text: str, method: str) -> None:
    found = await score(text, HUMANEVAL)
    assert (found.value, found.method) == (1.0, method), found
    assert found.lenient == 1.0
    assert found.detail["status"] == "ok"
    assert found.detail["sandbox"] == open_sandbox().name


@pytest.mark.parametrize(
    "text",
    ["    return 3 * r * r\n", "    pass\n", "def area(r):\n    import sys; sys.exit(0)\n", "I do not know.", "    return (", "\ufeff"],
)
async def test_wrong_is_zero_and_says_why(text: str) -> None:
    found = await score(text, HUMANEVAL)
    assert found.value == 0.0
    assert found.detail["stderr"]


async def test_nothing_to_run_is_the_models_zero() -> None:
    for text, stop in (("", "length"), ("  \n", "stop"), ("", "content_filter")):
        found = await score(text, HUMANEVAL, stop=stop)
        assert (found.value, found.reason) == (0.0, "nothing to extract")


async def test_a_helper_of_the_prompt_cannot_be_replaced() -> None:
    data = {
        "prompt": "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n\ndef root(xs):\n    '''A zero of poly.'''\n",
        "test": "def check(candidate):\n    assert abs(poly([-2, 1], candidate([-2, 1]))) < 1e-6\n",
        "entry_point": "root",
    }
    assert (await score("    return -xs[0] / xs[1]\n", data)).value == 1.0
    cheat = "def poly(xs, x):\n    return 0\ndef root(xs):\n    return 9\n"
    assert (await score(f"```python\n{cheat}```", data)).value == 0.0


async def test_lists_of_assertions() -> None:
    assert (await score("def add(a, b):\n    return a + b", MBPP)).value == 1.0
    assert (await score("def add(a, b):\n    return a - b", MBPP)).value == 0.0
    talk = "The answer is simple.\ndef add(a, b):\n    return a + b\nI hope that helps you!"
    found = await score(talk, MBPP)
    assert (found.value, found.lenient, found.method) == (1.0, 1.0, "lines that parse, tests apart")


async def test_setup_code_may_need_what_the_program_defines() -> None:
    data = {"test_setup_code": "root = Node(4)", "test_list": ["assert value(root) == 4"], "test_imports": ["import math"]}
    found = await score("class Node:\n    def __init__(self, x):\n        self.x = math.floor(x)\ndef value(n):\n    return n.x", data)
    assert (found.value, found.method) == (1.0, "text, tests apart")
    assert setup({"setup": "import os\nfrom sys import path", "test_setup_code": "x = 1"}) == ("\nimport os\nfrom sys import path", "x = 1")


async def test_the_reference_says_which_builtin_is_meant() -> None:
    data = {"code": "def sum(a, b):\n    return a * b", "test_list": ["assert sum(2, 3) == 6"]}
    assert (await score("def sum(a, b):\n    return a * b", data)).value == 1.0
    assert (
        await score("def sum(a, b):\n    return 6\ndef abs(x):\n    return 0", data | {"test_list": ["assert abs(sum(2, 4) - 8) == 0"]})
    ).value == 0.0


PERMISSIVE = """class A:
    __eq__ = lambda s, o: True
    __lt__ = __le__ = __sub__ = __add__ = lambda s, o: s
    __abs__ = lambda s: 0
    __len__ = lambda s: 0
"""
TWIN = "class P:\n    def __init__(self, x):\n        self.x = x\n    def __eq__(self, other):\n        return self.x == other.x\ndef twin(p):\n    return P(p.x)"


@pytest.mark.parametrize("key", ["code", "gold", None])
async def test_an_object_that_answers_every_comparison_is_a_wrong_answer(key: str | None) -> None:
    reference = {key: "def add(a, b):\n    return a + b"} if key else {}
    for body in ("return A()", "return [A()]", "yield A()"):
        found = await score(f"{PERMISSIVE}def add(*a, **k):\n    {body}", MBPP | reference)
        assert (found.value, found.method) == (0.0, "text, tests apart")
    found = await score(f"{PERMISSIVE}def area(*a):\n    return A()", HUMANEVAL | {"canonical_solution": "    return math.pi * r * r\n"})
    assert found.value == 0.0


async def test_only_where_the_reference_needs_it_do_tests_run_together_and_the_verdict_is_marked() -> None:
    data = {"test_list": ["assert twin(P(3)) == P(3)", "assert not twin(P(3)) == P(4)"]}
    found = await score(TWIN, data | {"code": TWIN})
    assert (found.value, found.method, found.detail["forgeable"]) == (1.0, "text, tests together", True)
    wrong = await score(TWIN.replace("return P(p.x)", "return P(0)"), data | {"code": TWIN})
    assert (wrong.value, wrong.detail["forgeable"]) == (0.0, True)
    for other in (data, data | {"code": "def twin(:"}, data | {"code": TWIN.replace("P(p.x)", "None")}):
        found = await score(TWIN, other)
        assert (found.value, found.method, "forgeable" in found.detail) == (0.0, "text, tests apart", False)
    found = await score(TWIN, data | {"code": TWIN}, scorers.code(check="apart"))
    assert (found.value, found.method) == (0.0, "text, tests apart")
    assert (await score(TWIN, data, scorers.code(check="together"))).detail["forgeable"] is True


async def test_tests_that_hand_over_an_object_of_theirs_run_together() -> None:
    data = {"test_list": ["class T:\n    x = 4\nassert read(T()) == 4"]}
    found = await score("def read(t):\n    return t.x", data)
    assert (found.value, found.method, found.detail["forgeable"]) == (1.0, "text, tests together", True)
    assert (await score("def read(t):\n    return t.x", data, scorers.code(check="apart"))).value == 0.0


SUM = "def add(a, b):\n    return a + b"
USAGE = "```python\nprint(add(1, 2))\nresult = input()\n```"
WRAPPED = {
    "usage behind": f"```python\n{SUM}\n```\nExample usage:\n{USAGE}",
    "usage before": f"{USAGE}\nwhere\n```python\n{SUM}\n```",
    "output behind": f"```python\n{SUM}\n```\nOutput:\n```\n3\n```",
    "output that is a program": f"```python\n{SUM}\n```\n```\nx = 3\n```",
    "helper apart": "```python\nimport operator\nSIGN = 1\n```\n```python\ndef plus(a, b):\n    return operator.add(a, b) * SIGN\nassert plus(1, 1) == 3\n```\nThen\n```python\ndef add(a, b):\n    return plus(a, b)\n```",
    "helper behind": "```python\ndef add(a, b):\n    return plus(a, b)\n```\n```python\ndef plus(a, b):\n    return a + b\n```",
    "corrected": f"```python\n{SUM.replace('+', '-')}\n```\nNo:\n```python\n{SUM}\n```",
    "untagged": f"```\n{SUM}\n```\n```\n3\n```",
    "list item": f"1. Write:\n\n   ```python\n   {SUM.replace(chr(10), chr(10) + '   ')}\n   ```\n2. Done.",
    "quotation": f"> ```python\n> {SUM.replace(chr(10), chr(10) + '> ')}\n> ```",
    "tildes": f"~~~python\n{SUM}\n~~~",
    "on the label's line": f"Code: ```python\n{SUM}\n```",
    "closed on the last line": f"```python\n{SUM}```",
    "fence in a docstring": '```python\ndef add(a, b):\n    """Adds.\n\n```\n>>> add(1, 2)\n```\n    """\n    return a + b\n```\nDone.',
    "inline": "Just `add = lambda a, b: a + b` will do.",
    "inline def": "It is `def add(a, b): return a + b`.",
    "PYTHON": f"[PYTHON]\n{SUM}\n[/PYTHON]\nDone",
    "PYTHON not opened": f"{SUM}\n[/PYTHON]\nDone",
    "code": f"<code>{SUM}</code>",
    "BEGIN": f"[BEGIN]\n{SUM}\n[DONE]\n\nYou are an expert",
    "DONE": f"{SUM}\n[DONE]\n\nYou are an expert",
    "end of text": f"{SUM}<|endoftext|>def add(",
    "end of sentence": f"{SUM}</s>",
    "end of message": f"```python\n{SUM}\n```<|im_end|>",
    "talk before": f"Here's the function, it's short:\n\n{SUM}",
    "talk behind": f"{SUM}\n\nThis adds a and b.\nIt's O(1).",
    "talk between": "def plus(a, b):\n    return a + b\n\nNow it's easy:\n\ndef add(a, b):\n    return plus(a, b)\n\nThat is all.",
    "set in": f"The code:\n\n    {SUM.replace(chr(10), chr(10) + '    ')}\n\nThat is all.",
    "fence begun in the prompt": f"{SUM}\n```\nFor example:\n{USAGE}",
    "not closed": f"```python\n{SUM}",
    "guard": f"{SUM}\nif __name__ == '__main__':\n    import unittest\n    print(add(int(input()), 1))\n    unittest.main()",
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
async def test_right_code_is_right_however_it_is_wrapped(name: str) -> None:
    human = {"prompt": 'def add(a, b):\n    """Add."""\n', "test": "def check(c):\n    assert c(1, 2) == 3\n", "entry_point": "add"}
    for data in (MBPP, MBPP | {"code": SUM}, human):
        found = await score(WRAPPED[name], data)
        assert found.value == 1.0, found
        assert (await score(WRAPPED[name].replace("+ b", "- b").replace("operator.add", "operator.sub"), data)).value == 0.0


BODY = "    total = 3.0\n    if r > 0:\n        total = math.pi\n    return total * r * r\n"


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        BODY.lstrip(),
        BODY.replace("\n    ", "\n").lstrip(),
        f"```python\n{BODY}```",
        f"```python\n{BODY.lstrip()}```",
        f"The body:\n```\n{BODY}```",
        f"{BODY}```\n\nIt's the area.",
        f"{BODY}\n```\nExample:\n```python\nprint(area(1))\n```",
        f"{BODY}<|endoftext|>",
        f"{BODY}\n\ndef other():\n    pass\n",
    ],
)
async def test_a_completion_with_its_indentation_lost_or_a_fence_behind(text: str) -> None:
    assert (await score(text, HUMANEVAL)).value == 1.0
    assert (await score(text.replace("math.pi", "math.e"), HUMANEVAL)).value == 0.0


async def test_a_program_cut_in_the_middle_is_not_mended() -> None:
    for rest in ("\n\ndef main():\n    print(", "\n    while (", "\n\nclass Other:", "\n\ndef main("):
        assert (await score(f"{SUM}{rest}", MBPP)).value == 0.0
    assert (await score(f"{BODY}\n\ndef area(r):\n    return (", HUMANEVAL, scorers.code(stop=()))).value == 0.0


async def test_standard_streams() -> None:
    good = "a, b = map(int, input().split())\nprint(a + b)"
    found = await score(f"```python\n{good}\n```", CASES)
    assert (found.value, found.detail["cases"]) == (1.0, 2)
    found = await score("print(3)", CASES)
    assert (found.value, found.detail["case"], found.detail["stdout"]) == (0.0, 1, "3\n")
    assert (await score("import sys\nsys.exit(1)", CASES)).detail["status"] == "error"


ADD = "a, b = map(int, input().split())\nprint(a + b)"


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{ADD}\n```\nOutput:\n```\n3\n```",
        f"```python\n{ADD}\n```\nFor example:\n```python\nprint(1 + 2)\n```",
        f"```\n1 2\n```\n```python\n{ADD}\n```\n```\nx = 3\n```",
        f"Read and add:\n\n{ADD}\n\nThat's it.",
        f"def main():\n    {ADD.replace(chr(10), chr(10) + '    ')}\n\nif __name__ == '__main__':\n    main()",
        f"{ADD}\nexit()",
        f"{ADD}\nimport sys\nsys.exit(1)",
        "import sys\nprint(sum(map(float, sys.stdin.read().split())))",
        f"print()\nprint('  ', end='')\n{ADD}",
    ],
)
async def test_programs_on_standard_streams(text: str) -> None:
    assert (await score(text, CASES)).value == 1.0


async def test_a_long_output_that_is_expected_is_no_fault() -> None:
    data = {"cases": [{"input": "300000", "output": "12345\n" * 300_000}]}
    assert (await score("print('12345\\n' * int(input()))", data)).value == 1.0


def test_outputs_are_compared_as_livecodebench_does() -> None:
    for ours, theirs in (("6.0", "6"), ("1.0 2.50", "1 2.5"), ("\n\n  3\n", "3"), (" a \n b", "a\nb\n"), ("1e2", "100"), ("0.1", "0.10")):
        assert same(ours, theirs) and same(theirs, ours)
    for ours, theirs in (
        ("6.0001", "6"),
        ("1 2", "1\n2"),
        ("a  b", "a b"),
        ("Yes", "YES"),
        ("", "0"),
        ("50000000000000001", "5e16"),
        ("nan", "0"),
    ):
        assert not same(ours, theirs)


FUNCTIONAL: dict[str, Any] = {
    "cases": [
        {"input": "[1, 2, 3]\n2", "output": "[2, 4, 6]", "testtype": "functional"},
        {"input": "[]\n5", "output": "[]", "testtype": "functional"},
    ],
    "fn_name": "scale",
}
SOLUTION = "class Solution:\n    def scale(self, xs: List[int], k: int) -> List[int]:\n        return [x * k for x in xs]"


async def test_cases_of_a_function_are_called() -> None:
    function = "def scale(xs, k):\n    return tuple(x * k for x in xs)"
    for text in (SOLUTION, f"```python\n{SOLUTION}\n```\nExample:\n```python\nprint(Solution().scale([1], 2))\n```", function):
        found = await score(text, FUNCTIONAL)
        assert (found.value, found.method.split(", ")[1], found.detail["cases"]) == (1.0, "calls", 2), found
    wrong = await score(SOLUTION.replace("* k", "+ k"), FUNCTIONAL)
    assert (wrong.value, "case 0: [3, 4, 5] is not [2, 4, 6]" in wrong.detail["stderr"]) == (0.0, True)
    assert (await score(f"{PERMISSIVE}class Solution:\n    def scale(self, *a):\n        return A()", FUNCTIONAL)).value == 0.0
    slow = await score(SOLUTION.replace("return", "\n        while True: pass\n        return"), FUNCTIONAL, scorers.code(seconds=0.5))
    assert (slow.value, "longer than 0.5 seconds" in slow.detail["stderr"]) == (0.0, True)


@pytest.mark.parametrize(
    "more",
    [
        {"func_name": "scale"},
        {"metadata": '{"func_name": "scale"}'},
        {"starter_code": "class Solution:\n    def scale(self, xs: List[int], k: int) -> List[int]:\n        "},
        {"cases": None, "input_output": '{"inputs": ["[1]\\n2"], "outputs": ["[2]"], "fn_name": "scale"}'},
    ],
)
async def test_the_name_of_the_function_is_found_where_data_sets_keep_it(more: dict[str, Any]) -> None:
    data = {key: value for key, value in (FUNCTIONAL | {"fn_name": None} | more).items() if value is not None}
    assert (await score(SOLUTION, data)).value == 1.0
    assert (await score(SOLUTION, data | {"cases": str(data.get("cases", "")).replace("'", '"')})).value == 1.0


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (FUNCTIONAL | {"fn_name": None}, "nothing says of which"),
        (FUNCTIONAL | {"cases": [{"input": "[1", "output": "1", "testtype": "functional"}]}, "cannot be read"),
        ({"cases": [{"input": "1"}]}, "cannot be read"),
        ({"cases": "[1"}, "cannot be read"),
    ],
)
async def test_cases_that_cannot_be_run_leave_the_answer_unscored(data: dict[str, Any], match: str) -> None:
    with pytest.raises(ScorerError, match=match) as caught:
        await score(SOLUTION, data)
    assert caught.value.kind == "no_tests"


async def test_livecodebench_imports_before_a_program_and_packages_are_allowed_on_request() -> None:
    data = {"cases": [{"input": "3", "output": "3 6", "testtype": "stdin"}]}
    assert (await score("n = int(stdin.readline())\nprint(floor(n), factorial(n))", data)).value == 1.0
    text = "import numpy as np\nn = int(input())\nprint(*(np.arange(1, 3) * n))"
    assert (await score(text, data, scorers.code(packages=True))).value == 1.0
    assert (await score(text, data)).value == 0.0


async def test_tests_given_to_the_scorer_come_first() -> None:
    assert (await score("def f():\n    return 5", {}, scorers.code(tests="assert f() == 5"))).value == 1.0
    assert (
        await score("def f():\n    return np.pi", {}, scorers.code(tests="assert f() == np", imports="np = 3\nclass np: pi = 3"))
    ).value == 0.0


async def test_a_sample_without_tests_is_the_data_sets_fault() -> None:
    with pytest.raises(ScorerError, match="has no tests") as caught:
        await score("x = 1", {})
    assert caught.value.kind == "no_tests" and "-T metadata=test_list" in str(caught.value)


async def test_a_loop_is_a_timeout_of_the_models() -> None:
    found = await score("def add(a, b):\n    while True: pass", MBPP, scorers.code(seconds=0.5))
    assert (found.value, found.detail["status"]) == (0.0, "timeout")


async def test_a_sandbox_that_cannot_be_had_is_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.sandbox import choose

    monkeypatch.setattr(choose, "refusal", lambda name: ("broken", "Run: mend"))
    open_sandbox.cache_clear()
    try:
        with pytest.raises(SandboxError, match="broken"):
            await score("def add(a, b):\n    return a + b", MBPP)
    finally:
        open_sandbox.cache_clear()


def test_stop_sequences() -> None:
    assert trimmed("    return 1\n\ndef g():\n    pass", STOPS) == "    return 1\n"
    assert trimmed("    return 1\n# said\n", STOPS) == "    return 1"
    assert trimmed("\ndef g(): pass", STOPS) == "\ndef g(): pass"
    assert trimmed("    if x:\n        return '\\ndef'\n", STOPS) == "    if x:\n        return '\\ndef'\n"


def test_cuts_are_distinct_and_quick_on_megabytes() -> None:
    for text in ("```python\n" * 200_000, "a" * 3_000_000, "```\n" + "x" * 2_000_000, "\n" * 2_000_000 + "def f(): pass"):
        ways = [way.text for way in cuts(text, {}, STOPS)]
        assert len(ways) == len(set(ways))


def test_a_prompt_is_made_whole() -> None:
    assert whole(PROMPT) == PROMPT
    assert whole("def f(x):\n    # double it\n").endswith("pass\n")
    assert whole("def f(:") == ""
    assert same("a  \nb\n\n\n", "a\nb")


def test_the_contract() -> None:
    for scorer in (scorers.code(), scorers.execution(), scorers.program()):
        assert isinstance(scorer, Scorer)
        assert scorer.criteria == ("score",)
        assert not scorer.heavy
    marks = {
        fingerprint(each)
        for each in (scorers.code(), scorers.code(check="apart"), scorers.code(seconds=1.0), scorers.code(tests=""), scorers.execution())
    }
    assert len(marks) == 5
    with pytest.raises(UsageError, match="cannot take"):
        scorers.code(check="sideways")  # type: ignore[arg-type]
    for make in (scorers.code, scorers.execution, scorers.program):
        assert make(memory=64).limits.memory == 64 * 2**20


async def test_a_program_that_python_warns_of_is_judged_as_ever() -> None:
    """Warnings are errors here, as under `python -W error`: `"\\d"` in a plain text is warned of wherever the program is parsed."""
    source = 'import re\npattern = "^\\d+$"\n\ndef digits(text):\n    return bool(re.search(pattern, text))\n'
    sample = Sample(id="w", input="digits", target="", metadata={"test_list": ["assert digits('12')", "assert not digits('x')"]})
    (score,) = await scorers.code()(sample, Answer(text=f"Here:\n```python\n{source}```"), None)
    assert score.value == 1.0, score.detail
