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
from assay.scorers.programs import STOPS, cuts, lines, setup, trimmed, whole

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
    assert (found.value, found.lenient) == (0.0, 1.0)


async def test_setup_code_may_need_what_the_program_defines() -> None:
    data = {"test_setup_code": "root = Node(4)", "test_list": ["assert value(root) == 4"], "test_imports": ["import math"]}
    found = await score("class Node:\n    def __init__(self, x):\n        self.x = math.floor(x)\ndef value(n):\n    return n.x", data)
    assert (found.value, found.method) == (1.0, "text, tests together")
    assert setup({"setup": "import os\nfrom sys import path", "test_setup_code": "x = 1"}) == ("\nimport os\nfrom sys import path", "x = 1")


async def test_the_reference_says_which_builtin_is_meant() -> None:
    data = {"code": "def sum(a, b):\n    return a * b", "test_list": ["assert sum(2, 3) == 6"]}
    assert (await score("def sum(a, b):\n    return a * b", data)).value == 1.0
    assert (
        await score("def sum(a, b):\n    return 6\ndef abs(x):\n    return 0", data | {"test_list": ["assert abs(sum(2, 4) - 8) == 0"]})
    ).value == 0.0


async def test_strict_apart_refuses_what_cannot_cross() -> None:
    data = {"test_list": ["assert list(count(3)) == [0, 1, 2]"]}
    text = "def count(n):\n    yield from range(n)"
    assert (await score(text, data)).method == "text, tests together"
    found = await score(text, data, scorers.code(check="apart"))
    assert (found.value, found.detail["stderr"]) == (0.0, "a value of type builtins.generator")


async def test_standard_streams() -> None:
    good = "a, b = map(int, input().split())\nprint(a + b)"
    found = await score(f"```python\n{good}\n```", CASES)
    assert (found.value, found.detail["cases"]) == (1.0, 2)
    found = await score("print(3)", CASES)
    assert (found.value, found.detail["case"], found.detail["stdout"]) == (0.0, 1, "3\n")
    assert (await score("import sys\nsys.exit(1)", CASES)).detail["status"] == "error"


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
    assert lines("a  \nb\n\n\n") == ["a", "b"] == lines("a\nb")


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
