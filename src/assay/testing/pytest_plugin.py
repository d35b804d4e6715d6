"""The pytest plugin: a test for each sample, and a verdict on all of them together. Loaded by every pytest run, so it imports nothing until used.

    @pytest.mark.assay("questions.jsonl", scorer="number", at_least=0.8)
    def test_arithmetic(sample, evaluate):
        evaluate(my_app(sample.prompt))

A wrong answer fails no test of its own: when all are in, one more test, `test_arithmetic[number > 0.8]`, fails where the accuracy is shown to lie
below 0.8. `evaluate_all` runs a model or a function over the whole file inside one test.
"""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from assay.testing.expectations import Evaluation, Evaluator

MARKER = (
    "assay(source, *, scorer=None, at_least=None, at_most=None, metric=None, strict=False, trials=1, limit=None, seed=0, coverage=0.95, **columns): "
    "run the test for each sample of a file, a task or a benchmark, and assert on the estimate over all of them"
)


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; gather scores where tests of all workers are reported."""
    config.addinivalue_line("markers", MARKER)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Gathering(config), "assay-gathering")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each sample and trial of what the marker names."""
    marker = metafunc.definition.get_closest_marker("assay")
    if marker is None:
        return
    from assay.core.errors import AssayError
    from assay.testing.expectations import ids_of, item_expectation

    if "sample" not in metafunc.fixturenames:
        pytest.fail(f"{metafunc.definition.nodeid} is marked assay and takes no `sample`: add it to its parameters.", pytrace=False)
    try:
        expected = item_expectation(metafunc.definition)
    except AssayError as error:
        pytest.fail(str(error), pytrace=False)
    metafunc.parametrize("sample", [each for each in expected.samples for _ in range(expected.trials)], ids=ids_of(expected))


@pytest.fixture
def evaluate(request: pytest.FixtureRequest) -> "Evaluator":
    """Score an answer to this test's `sample`: `evaluate(answer)` with a text, an `Answer`, or a function that gives one (plain or async)."""
    from assay.testing.expectations import evaluator_of

    return evaluator_of(request.node)


@pytest.fixture
def evaluate_all(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Callable[..., Evaluation]":
    """`evaluate_all(system, source, scorer=..., trials=1, limit=None)`: ask a model (`provider/name`) or a function about every sample."""
    from assay.testing.expectations import evaluation_of

    def run(system: Any, source: Any, **settings: Any) -> "Evaluation":
        return evaluation_of(system, source, beside=request.path, log_dir=str(tmp_path_factory.mktemp("assay")), **settings)

    return run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send what was scored along with the report, from a worker too."""
    report = yield
    if item.get_closest_marker("assay") is not None and (report.when == "call" or (report.when == "setup" and not report.passed)):
        from assay.testing.expectations import payload_of

        report.assay = payload_of(item)  # type: ignore[attr-defined]
    return report


class Gathering:
    """The scores of a session by test, and the verdicts on them when it ends."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.payloads: dict[str, dict[str, Any]] = {}
        self.lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the scores of a test; of one that is run again the last."""
        payload = getattr(report, "assay", None)
        if payload is not None:
            self.payloads[report.nodeid] = payload

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """One more test for each expectation, reported as any other."""
        if not self.payloads:
            return
        from assay.testing.verdicts import verdicts_of

        for verdict in verdicts_of(self.payloads):
            self.lines.append(verdict.line)
            if verdict.outcome is None:
                continue
            session.testscollected += 1
            for when in ("setup", "call", "teardown"):
                self.config.hook.pytest_runtest_logreport(report=verdict.report(when))
            if verdict.outcome == "failed" and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Every estimate of the session."""
        if self.lines:
            terminalreporter.section("estimates")
            for line in self.lines:
                terminalreporter.write_line(line)
