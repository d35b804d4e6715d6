"""Cases: inputs with the outputs they must give, as texts on standard streams or as arguments of a function (LiveCodeBench, APPS)."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from assay.core.errors import ScorerError

MODULES = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics", "itertools", "functools"),
    *("operator", "io", "sys", "json", "builtins", "typing"),
)
IMPORTS = "".join(f"from {name} import *\n" for name in MODULES) + "".join(f"import {name}\n" for name in MODULES if name != "builtins")
IMPORTS += "sys.setrecursionlimit(50000)\n"
"""What LiveCodeBench's harness imports before a program: recorded answers leave it out."""

METHOD = re.compile(r"class[ \t]+Solution\b.*?def[ \t]+(\w+)\([ \t]*self\b", re.DOTALL)
CALLED = "__assay_called__"

JUDGE = """
import json, signal
def late(*_):
    raise TimeoutError("longer than {seconds} seconds")
signal.signal(signal.SIGALRM, late)
for number, (arguments, expected) in enumerate(json.loads({cases!r})):
    signal.setitimer(signal.ITIMER_REAL, {seconds})
    value = {called}(*arguments)
    signal.setitimer(signal.ITIMER_REAL, 0)
    value = list(value) if isinstance(value, tuple) else value
    assert value == expected, f"case {{number}}: {{value!r}} is not {{expected!r}}"[:600]
"""


class Case(NamedTuple):
    """One input and the output it must give: texts, or a list of arguments and a value."""

    input: Any
    output: Any


class Suite(NamedTuple):
    """The cases of a sample. `function` is the name of what is called; None where the cases are standard streams."""

    cases: tuple[Case, ...]
    function: str | None
    imports: str

    def source(self, program: str) -> str:
        """A program, with the function or the method of its `Solution` under the name the judge calls."""
        return f"{program}\n\n{CALLED} = Solution().{self.function} if 'Solution' in globals() else {self.function}\n"

    def tests(self, seconds: float) -> str:
        """What judges a function: each case within `seconds`, in order. A tuple counts as a list, as in the published harness."""
        return JUDGE.format(cases=json.dumps(self.cases), seconds=seconds, called=CALLED)


def suite_of(sample: str, data: Mapping[str, Any]) -> Suite | None:
    """The cases in a sample's metadata: `cases`, or `input_output` as APPS writes it; None where there are none.

    Raises ScorerError where they cannot be read, or are cases of a function that nothing names.
    """
    given, loaded = data.get("cases"), {}
    try:
        given = json.loads(given) if isinstance(given, str) and given else given
        if not given and isinstance(data.get("input_output"), str):
            loaded = json.loads(data["input_output"])
            given = [{"input": one, "output": two} for one, two in zip(loaded["inputs"], loaded["outputs"], strict=True)]
        if not given:
            return None
        cases = tuple(Case(each["input"], each["output"]) for each in given)
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable(sample, f"{type(error).__name__}: {error}") from error
    kinds = {each.get("testtype") for each in given} - {None}
    name = loaded.get("fn_name") or named(data)
    if "functional" in kinds or (name and not kinds):
        if not isinstance(name, str) or not name.isidentifier():
            raise ScorerError(
                f"Sample '{sample}' has cases of a function, and nothing says of which.",
                kind="no_tests",
                remedy="Give metadata 'fn_name', or LiveCodeBench's 'metadata' (with 'func_name') or 'starter_code'.",
            )
        try:
            return Suite(tuple(Case(arguments(each.input), value(each.output)) for each in cases), name, IMPORTS)
        except (ValueError, TypeError) as error:
            raise unreadable(sample, f"{type(error).__name__}: {error}") from error
    return Suite(cases, None, IMPORTS if kinds or loaded else "")


def unreadable(sample: str, why: str) -> ScorerError:
    """The error for cases that are none."""
    return ScorerError(
        f"The cases of sample '{sample}' cannot be read: {why}.", kind="no_tests", remedy="Give 'input' and 'output' of each."
    )


def named(data: Mapping[str, Any]) -> str | None:
    """The function that cases are about, wherever a data set keeps its name."""
    more = data.get("metadata")
    if isinstance(more, str):
        try:
            more = json.loads(more)
        except ValueError:
            more = None
    for place in (data, more if isinstance(more, Mapping) else {}):
        for key in ("fn_name", "func_name"):
            if place.get(key):
                return str(place[key])
    starter = METHOD.search(str(data.get("starter_code") or ""))
    return starter.group(1) if starter else None


def arguments(text: Any) -> list[Any]:
    """The arguments of a call: JSON, one a line."""
    return [json.loads(line) for line in text.strip("\n").split("\n")] if isinstance(text, str) else list(text)


def value(text: Any) -> Any:
    """What a call must return, of its JSON."""
    return json.loads(text) if isinstance(text, str) else text


def same(output: str, expected: str) -> bool:
    """LiveCodeBench's rule: as many lines, blanks around the whole and around each line apart; each is equal as text, or as decimals."""
    ours, theirs = ([line.strip() for line in text.strip().split("\n")] for text in (output, expected))
    return len(ours) == len(theirs) and all(a == b or same_numbers(a, b) for a, b in zip(ours, theirs, strict=True))


def same_numbers(ours: str, theirs: str) -> bool:
    """Whether two lines are the same numbers, exactly: 6.0 is 6."""
    try:
        return [Decimal(each) for each in ours.split()] == [Decimal(each) for each in theirs.split()]
    except InvalidOperation:
        return False
