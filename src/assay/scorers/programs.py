"""code: programs judged by running them in the sandbox, against unit tests or against inputs with expected outputs."""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.sandbox import Limits, Outcome, Program, open_sandbox
from assay.scorers.extract import Found, window
from assay.scorers.rule import Rule

MIB = 1024 * 1024
STOPS = ("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", "\nassert ", "\n```", "\n@")
"""Where a completion of a function body ends: the stop sequences of the HumanEval paper (arXiv 2107.03374, section 3.2), and what else starts a new statement."""

BLOCK = re.compile(r"^[ \t]*```[ \t]*([A-Za-z0-9_+-]*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
PYTHON = ("", "python", "python3", "py")
TAIL = 600

CheckMode = Literal["auto", "apart", "together"]


class Sandboxed(Rule, frozen=True, kw_only=True):
    """What every scorer that runs code shares: the limits of one program (`seconds` of wall time, `memory` in MiB) and the sandbox's name."""

    seconds: float = 10.0
    memory: int = 1024
    packages: bool = False
    sandbox: str = "auto"

    @property
    def limits(self) -> Limits:
        """The limits of one program."""
        return Limits(wall=self.seconds, memory=self.memory * MIB)

    async def run(self, program: Program) -> Outcome:
        """Run a program. Raises SandboxError where the sandbox fails, which leaves the answer unscored."""
        return await open_sandbox(self.sandbox).run(program, limits=self.limits)


class Code(Sandboxed, frozen=True, kw_only=True, tag="code-1"):
    """1 where the program in the answer passes every test, else 0.

    The tests, the first that is there: `tests` given here; `metadata["test"]` with `entry_point` and `prompt` (HumanEval);
    `metadata["test_list"]` with `test_setup_code`, `setup` or `test_imports` (MBPP); `metadata["cases"]`, a list of `input` and
    `output` texts (standard streams, compared by line without trailing blanks). `imports` is put before every program, a completion of
    a prompt is cut at `stop`, `packages` allows what is installed beside Assay. pass@k is a metric over the trials.

    `check` "apart" runs the tests in another process than the program, out of reach of its tricks; where a test needs a value that is no
    plain data, "auto" runs them again "together", in the program's own process, and says so in `method`. `detail` names status,
    sandbox and what failed. Lenient: a second way to cut the program out of the answer.
    """

    name: str = "code"
    tests: str | None = None
    check: CheckMode = "auto"
    imports: str = ""
    stop: tuple[str, ...] = STOPS

    async def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        ways = list(cuts(answer.text, sample.metadata, self.stop))
        if not ways:
            return (self.nothing(answer, "no program in the answer", lenient=0.0),)
        passed, method, detail = await self.judged(sample, ways[0])
        lenient = passed
        if not passed and len(ways) > 1:
            lenient = (await self.judged(sample, ways[1]))[0]
        found = Found(ways[0].text, f"{ways[0].method}, {method}")
        return (self.score(float(passed), found, lenient=float(lenient), **detail),)

    async def judged(self, sample: Sample, found: Found) -> tuple[bool, str, dict[str, Any]]:
        """(passed, how it was checked, detail) of one program."""
        cases = sample.metadata.get("cases")
        if self.tests is None and "test" not in sample.metadata and "test_list" not in sample.metadata and cases:
            return await self.streamed(sample, found.text, cases)
        program = self.with_tests(sample, found.text)
        outcome = await self.run(program)
        if not outcome.crossed and self.check == "auto":
            outcome = await self.run(together(program))
            return bool(outcome.passed), "tests together", described(outcome)
        return bool(outcome.passed), f"tests {program.check}", described(outcome)

    def with_tests(self, sample: Sample, source: str) -> Program:
        """The program with the tests of its sample. Raises ScorerError where there are none."""
        data = sample.metadata
        entry = data.get("entry_point")
        before, after = setup(data)
        given, stub = f"{self.imports}\n{before}", ""
        if self.tests is not None:
            tests = self.tests
        elif "test" in data:
            tests = f"{data['test']}\n" + (f"check({entry})\n" if entry else "")
        elif "test_list" in data:
            tests = "\n".join((after, *data["test_list"]))
        else:
            raise ScorerError(
                f"Sample '{sample.id}' has no tests for the scorer '{self.name}'.",
                kind="no_tests",
                remedy="Give metadata 'test_list' (of a data file: -T metadata=test_list), 'test' with 'entry_point', or 'cases'; or pass tests=.",
            )
        if entry and isinstance(data.get("prompt"), str):
            stub = whole(data["prompt"])
        return Program(
            source=source,
            preamble=given,
            tests=tests,
            given=f"{given}\n{stub}",
            entry=(entry,) if entry and stub else defined_by(data.get("code")),
            check="together" if self.check == "together" else "apart",
            packages=self.packages,
        )

    async def streamed(self, sample: Sample, source: str, cases: Sequence[Mapping[str, str]]) -> tuple[bool, str, dict[str, Any]]:
        """Run the program on each input; its output is compared out here, where it cannot reach. Stops at the first failure."""
        for number, case in enumerate(cases):
            program = Program(source=source, preamble=self.imports, stdin=str(case["input"]), packages=self.packages)
            outcome = await self.run(program)
            if outcome.status != "ok" or lines(outcome.stdout) != lines(str(case["output"])):
                shown = described(outcome) | {"case": number, "cases": len(cases), "stdout": outcome.stdout[-TAIL:]}
                return False, "streams", shown
        return True, "streams", described(outcome) | {"cases": len(cases)}


def together(program: Program) -> Program:
    """The same program with its tests in its own process."""
    return Program(
        source=program.source,
        preamble=program.preamble,
        tests=program.tests,
        check="together",
        packages=program.packages,
    )


def setup(data: Mapping[str, Any]) -> tuple[str, str]:
    """(what runs before the program, what runs before its tests) under the names data sets have for it: imports are for both, anything
    else may need what the program defines."""
    after: list[str] = []
    before = ["\n".join(data.get("test_imports", ()))]
    for part in (data.get("setup", ""), data.get("test_setup_code", "")):
        (before if only_imports(part) else after).append(part)
    return "\n".join(before), "\n".join(after)


def only_imports(source: str) -> bool:
    """Whether it is Python that does nothing but import."""
    return parses(source) and all(isinstance(each, ast.Import | ast.ImportFrom) for each in ast.parse(source).body)


def defined_by(reference: Any) -> tuple[str, ...] | None:
    """What a reference solution defines: the names the tests are about, even where one of them is also a builtin (MBPP 126 is a `sum`).
    None where there is no reference."""
    if not isinstance(reference, str) or not parses(reference):
        return None
    names: list[str] = []
    for each in ast.parse(reference).body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(each.name)
        elif isinstance(each, ast.Import | ast.ImportFrom):
            names += [alias.asname or alias.name.partition(".")[0] for alias in each.names]
    return tuple(names) or None


def described(outcome: Outcome) -> dict[str, Any]:
    """What of an outcome stands beside a score."""
    detail: dict[str, Any] = {"status": outcome.status, "sandbox": outcome.backend, "seconds": round(outcome.seconds, 3)}
    said = (outcome.test_error or outcome.stderr).strip()
    if said and not outcome.passed:
        detail["stderr"] = said[-TAIL:]
    if outcome.reason:
        detail["reason"] = outcome.reason
    return detail


def lines(text: str) -> list[str]:
    """Lines without trailing blanks, without empty lines at the end."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def whole(prompt: str) -> str:
    """A prompt that ends inside a function, as a program of its own; empty where it is none."""
    for closed in (prompt, f"{prompt}\n    pass\n", f"{prompt}\n\tpass\n"):
        if parses(closed):
            return closed
    return ""


def parses(source: str) -> bool:
    """Whether it is Python."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def defines(source: str, name: str | None) -> bool:
    """Whether a function (or class) of this name stands at the top level."""
    return name is not None and re.search(rf"^(?:async[ \t]+)?(?:def|class)[ \t]+{re.escape(name)}\b", source, re.MULTILINE) is not None


def cuts(text: str, data: Mapping[str, Any], stop: tuple[str, ...]) -> list[Found]:
    """The program in an answer, best first, then what a more forgiving reader would take.

    With a prompt: a text (or its last block) that defines the entry point is a program, anything else continues the prompt. Without one:
    the last Python block, else the text.
    """
    entry = data.get("entry_point")
    prompt = data.get("prompt") if entry is not None else None
    completes = isinstance(prompt, str)
    prompt = prompt if isinstance(prompt, str) else ""
    text = window(text)
    blocks = [body for tag, body in BLOCK.findall(text) if tag.lower() in PYTHON and body.strip()]
    ways: list[Found] = []
    for body in sorted(blocks, key=lambda each: (defines(each, entry), blocks.index(each)), reverse=True):
        if completes and not defines(body, entry):
            ways.append(Found(prompt + trimmed(body, stop), "prompt and block"))
        else:
            ways.append(Found(behind(prompt, body), "block"))
    if len(blocks) > 1:
        ways.append(Found(behind(prompt, "\n".join(blocks)), "all blocks"))
    if not blocks and text.strip():
        if completes and not defines(text, entry):
            ways += [Found(prompt + trimmed(text, stop), "prompt and completion"), Found(prompt + text, "prompt and whole text")]
        else:
            ways.append(Found(behind(prompt, text), "text"))
            ways.append(Found("\n".join(longest(text)), "lines that parse"))
    return [way for position, way in enumerate(ways) if way.text.strip() and way.text not in [each.text for each in ways[:position]]]


def behind(prompt: str, source: str) -> str:
    """A whole program behind the imports and helpers its prompt brought, where it had one."""
    return source if not prompt else f"{whole(prompt)}\n\n{source}"


def trimmed(completion: str, stop: tuple[str, ...]) -> str:
    """A completion up to the first stop sequence; one at its very beginning is no end."""
    ends = [place for mark in stop if (place := completion.find(mark, 1)) > 0]
    return completion[: min(ends)] if ends else completion


def longest(text: str) -> list[str]:
    """The lines from the first that starts a statement to the last with which they still parse: a program with talk around it."""
    rows = text.splitlines()
    start = next((number for number, row in enumerate(rows) if re.match(r"(?:import|from|def|class|async def|@)\b", row)), None)
    if start is None:
        return []
    for end in range(len(rows), max(start, len(rows) - 200), -1):
        if parses("\n".join(rows[start:end])):
            return rows[start:end]
    return []


code = Code
