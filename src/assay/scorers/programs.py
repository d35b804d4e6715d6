"""code: programs judged by running them in the sandbox, against unit tests or against inputs with expected outputs."""

import ast
from collections.abc import Mapping
from typing import Any, Literal

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.sandbox import Limits, Outcome, Program, open_sandbox
from assay.scorers.blocks import tree_of
from assay.scorers.cases import CALLED, MODULES, Suite, same, suite_of
from assay.scorers.extract import Found
from assay.scorers.rule import Rule
from assay.scorers.sources import cuts, whole

MIB = 1024 * 1024
STOPS = ("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", "\nassert ", "\n```", "\n@")
"""Where a completion of a function body ends: the stop sequences of the HumanEval paper (arXiv 2107.03374, section 3.2), and what else starts a new statement."""

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

    async def needs_together(self, reference: Program) -> bool:
        """Whether the tests of a sample can only be run in the program's own process: its reference solution passes there and not apart.
        Found out once for each sample."""
        box = open_sandbox(self.sandbox)
        alone = await box.once(reference, self.limits)
        return not alone.passed and alone.status == "error" and bool((await box.once(together(reference), self.limits)).passed)


class Code(Sandboxed, frozen=True, kw_only=True, tag="code-2"):
    """1 where the program in the answer passes every test, else 0.

    The tests, the first that is there: `tests` given here; `metadata["test"]` with `entry_point` and `prompt` (HumanEval);
    `metadata["test_list"]` with `test_setup_code`, `setup` or `test_imports` (MBPP); `metadata["cases"]`, a list of `input` and
    `output` (standard streams, or arguments and value of the function `fn_name`: LiveCodeBench). `imports` is put before every program, a
    completion of a prompt is cut at `stop`, `packages` allows what is installed beside Assay. pass@k is a metric over the trials.

    `check` "apart" runs the tests in another process than the program, out of reach of its tricks. "auto" runs them again "together", in the
    program's own process, only where the sample needs it: its reference solution (`code`, `canonical_solution` or `gold`) passes there and
    not apart, or, without one, the tests hand over what cannot cross. A verdict given together is marked `detail["forgeable"]`. `detail`
    names status, sandbox and what failed. Lenient: a second way to cut the program out of the answer.
    """

    name: str = "code"
    tests: str | None = None
    check: CheckMode = "auto"
    imports: str = ""
    stop: tuple[str, ...] = STOPS

    async def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        suite = self.suite(sample)
        names = ("Solution", suite.function) if suite and suite.function else ()
        ways = cuts(answer.text, sample.metadata if suite is None else {}, self.stop, names)
        if not ways:
            return (self.nothing(answer, "no program in the answer", lenient=0.0),)
        passed, method, detail = await self.judged(sample, suite, ways[0])
        lenient = passed
        if not passed and len(ways) > 1:
            lenient = (await self.judged(sample, suite, ways[1]))[0]
        found = Found(ways[0].text, f"{ways[0].method}, {method}")
        return (self.score(float(passed), found, lenient=float(lenient), **detail),)

    def suite(self, sample: Sample) -> Suite | None:
        """The cases of a sample, where it has no other tests. Raises ScorerError where they cannot be read."""
        other = self.tests is not None or "test" in sample.metadata or "test_list" in sample.metadata
        return None if other else suite_of(sample.id, sample.metadata)

    async def judged(self, sample: Sample, suite: Suite | None, found: Found) -> tuple[bool, str, dict[str, Any]]:
        """(passed, how it was checked, detail) of one program."""
        if suite is not None:
            return await (self.streamed if suite.function is None else self.called)(suite, found.text)
        program = self.with_tests(sample, found.text)
        outcome = await self.run(program)
        if not outcome.passed and self.check == "auto":
            reference = reference_of(sample.metadata)
            if await self.needs_together(self.with_tests(sample, reference)) if reference else not outcome.crossed:
                outcome, program = await self.run(together(program)), together(program)
        return (
            bool(outcome.passed),
            f"tests {program.check}",
            described(outcome) | ({"forgeable": True} if program.check == "together" else {}),
        )

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

    async def streamed(self, suite: Suite, source: str) -> tuple[bool, str, dict[str, Any]]:
        """Run the program on each input; its output is compared out here, where it cannot reach. Stops at the first failure. A program
        may leave by `exit()` with any code, as in the published harness."""
        for number, case in enumerate(suite.cases):
            program = Program(
                source=source,
                preamble=f"{suite.imports}{self.imports}",
                stdin=str(case.input),
                packages=self.packages,
                preload=MODULES if suite.imports else (),
            )
            room = Limits(wall=self.seconds, memory=self.memory * MIB, output=MIB + 2 * len(str(case.output)))
            outcome = await open_sandbox(self.sandbox).run(program, limits=room)
            if not (outcome.status == "ok" or outcome.left) or not same(outcome.stdout, str(case.output)):
                shown = described(outcome) | {"case": number, "cases": len(suite.cases), "stdout": outcome.stdout[-TAIL:]}
                return False, "streams", shown
        return True, "streams", described(outcome) | {"cases": len(suite.cases)}

    async def called(self, suite: Suite, source: str) -> tuple[bool, str, dict[str, Any]]:
        """Call the program's function on each case, `seconds` for each; what it returns is compared apart."""
        program = Program(
            source=suite.source(source),
            preamble=f"{suite.imports}{self.imports}",
            tests=suite.tests(self.seconds),
            entry=(CALLED,),
            packages=self.packages,
            preload=MODULES,
        )
        limits = Limits(wall=self.seconds * (len(suite.cases) + 1), memory=self.memory * MIB)
        outcome = await open_sandbox(self.sandbox).run(program, limits=limits)
        return bool(outcome.passed), "calls", described(outcome) | {"cases": len(suite.cases)}


def together(program: Program) -> Program:
    """The same program with its tests in its own process."""
    return Program(
        source=program.source,
        preamble=program.preamble,
        tests=program.tests,
        given=program.given,
        entry=program.entry,
        check="together",
        packages=program.packages,
    )


def reference_of(data: Mapping[str, Any]) -> str | None:
    """The reference solution of a sample, as a program."""
    given = next((data[key] for key in ("code", "canonical_solution", "gold") if isinstance(data.get(key), str)), None)
    ways = cuts(given, data, ()) if given is not None else []
    return ways[0].text if ways else None


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
    tree = tree_of(source)
    return tree is not None and all(isinstance(each, ast.Import | ast.ImportFrom) for each in tree.body)


def defined_by(reference: Any) -> tuple[str, ...] | None:
    """What a reference solution defines: the names the tests are about, even where one of them is also a builtin (MBPP 126 is a `sum`).
    None where there is no reference."""
    tree = tree_of(reference) if isinstance(reference, str) else None
    if tree is None:
        return None
    names: list[str] = []
    for each in tree.body:
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


code = Code
