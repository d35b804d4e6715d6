"""What the pytest plugin evaluates: the samples a marker names, the scores of one answer, and a whole set inside one test."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from assay.core.answer import Answer
from assay.core.errors import UsageError, boundary
from assay.core.loop import wait_for
from assay.core.protocols import Context, Decoding, Model, Scorer, lower_metrics
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.task import Task
from assay.testing.terms import Terms, chosen, terms_of

if TYPE_CHECKING:
    import pytest

    from assay.core.estimate import Estimate
    from assay.core.run import Result
    from assay.lifecycle.evidence import Evidence

EXCERPT = 160
"""Characters of a prompt or an answer that travel with a report, to be read when an expectation fails."""


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """The samples a marker names, how often each is tried, how answers are scored and what is asserted."""

    samples: tuple[Sample, ...]
    scorers: tuple[Scorer, ...]
    trials: int
    terms: Terms


def task_of(source: Any, options: dict[str, Any], beside: Path) -> Task:
    """The one task behind a source: a Task, a benchmark, or data, looked for beside the test first. Raises UsageError for several."""
    from assay.api import resolve_tasks

    if not isinstance(source, str | Path | Task):
        raise UsageError(f"{source!r} is no source of samples.", remedy="Name a file, a benchmark, or give a Task.")
    name: str | Task = source if isinstance(source, Task) else str(source)
    if isinstance(name, str) and (beside.parent / name).exists():
        name = str(beside.parent / name)
    tasks = resolve_tasks([name], options)
    if len(tasks) > 1:
        raise UsageError(f"'{source}' is a suite of {len(tasks)} tasks.", remedy=f"Name one: {', '.join(each.name for each in tasks)}.")
    return tasks[0]


def expectation_of(path: Path, positional: Sequence[Any], settings: Mapping[str, Any]) -> Expectation:
    """What a marker asks for. Raises AssayError for what cannot be."""
    if len(positional) != 1:
        raise UsageError("The marker assay takes one source.", remedy='Write @pytest.mark.assay("questions.jsonl", scorer="number").')
    rest = dict(settings)
    trials, limit, seed = (rest.pop(name, default) for name, default in (("trials", 1), ("limit", None), ("seed", 0)))
    terms = terms_of({name: rest.pop(name) for name in Terms.__struct_fields__ if name in rest})
    if not isinstance(trials, int) or trials < 1 or (limit is not None and (not isinstance(limit, int) or limit < 1)):
        raise UsageError(f"trials and limit must be whole numbers from 1 up, not {trials!r} and {limit!r}.")
    task = task_of(positional[0], rest, path)
    dataset = task.dataset
    if limit is not None and limit < len(dataset):
        from assay.datasets import subset

        dataset = subset(dataset, limit, seed=seed)
    return Expectation(samples=tuple(dataset.samples()), scorers=task.scorers, trials=trials, terms=terms)


def ids_of(expected: Expectation) -> list[str]:
    """The name of each test: the sample's id, with the number of the trial where there are several."""
    many = expected.trials > 1
    return [f"{each.id[:60]}-{number}" if many else each.id[:60] for each in expected.samples for number in range(expected.trials)]


def item_expectation(item: "pytest.Item") -> Expectation:
    """The expectation of a marked test, read once a test function."""
    marker = item.get_closest_marker("assay")
    if marker is None:
        raise UsageError("`evaluate` is for tests marked assay.", remedy="Mark the test, or use `evaluate_all` to run a whole set in it.")
    parent = cast(Any, item.parent)
    known: dict[str, Expectation] = parent.__dict__.setdefault("_assay_expectations", {})
    name = getattr(item, "originalname", item.name)
    if name not in known:
        known[name] = expectation_of(item.path, marker.args, marker.kwargs)
    return known[name]


class Evaluator:
    """`evaluate(answer)`: the scores of an answer to this test's sample. `scores` are those of the last call, `answer` its text."""

    def __init__(self, sample: Sample, number: int, expected: Expectation) -> None:
        self.sample = sample
        self.number = number
        self.expected = expected
        self.scores: tuple[Score, ...] = ()
        self.answer = ""

    def __call__(self, answer: "str | Answer | Callable[[str], Any]") -> tuple[Score, ...]:
        """Score a text, an Answer, or what a function (plain or async) makes of the prompt. What a scorer breaks leaves it without a value."""
        given = answered(answer, self.sample.prompt)
        self.answer = given.text
        self.scores = tuple(each for scorer in self.expected.scorers for each in scored(scorer, self.sample, given, self.number))
        return self.scores


def answered(answer: Any, prompt: str) -> Answer:
    """What was given as an Answer; a function is called with the prompt, and waited for."""
    if callable(answer) and not isinstance(answer, Answer):
        answer = answer(prompt)
    if inspect.isawaitable(answer):
        waited = answer

        async def finished() -> Any:
            return await waited

        answer = wait_for(finished())
    if isinstance(answer, str):
        return Answer(text=answer)
    if not isinstance(answer, Answer):
        raise UsageError(f"An answer is a text or an Answer, not {type(answer).__name__}.", remedy="Return what the model said.")
    return answer


class NoModel:
    """The context of an answer that is scored inside a test: without models."""

    seed = 0
    decoding = Decoding()

    def __init__(self, number: int) -> None:
        self.number = number

    def model(self, role: str = "target") -> Model:
        """Raises UsageError: there is none."""
        raise UsageError(f"A scorer asks a model ({role}), and a test has none.", remedy="Score by rule here, or use `assay run`.")


def scored(scorer: Scorer, sample: Sample, answer: Answer, number: int) -> tuple[Score, ...]:
    """The scores of one scorer; where it breaks, one without a value for each of its criteria, with the reason."""

    async def run() -> tuple[Score, ...]:
        context = None if getattr(scorer, "heavy", False) else NoModel(number)
        found: Any = scorer(sample, answer, cast(Context, context))
        return cast(tuple[Score, ...], await found if inspect.isawaitable(found) else found)

    with boundary("scorer") as caught:
        return wait_for(run())
    reason = caught.failure.message if caught.failure is not None else "the scorer broke"
    return tuple(Score(scorer=scorer.name, criterion=each, value=None, reason=reason) for each in scorer.criteria)


def evaluator_of(item: "pytest.Item") -> Evaluator:
    """The evaluator of a marked test; its report takes the scores from it."""
    expected, params = item_expectation(item), cast(Any, item).callspec
    found = Evaluator(params.params["sample"], params.indices["sample"] % expected.trials, expected)
    cast(Any, item).assay_evaluator = found
    return found


def payload_of(item: "pytest.Item") -> dict[str, Any]:
    """What a test says of its trial, in plain data that crosses processes: also of one that broke before it was scored."""
    expected, params = item_expectation(item), cast(Any, item).callspec
    sample: Sample = params.params["sample"]
    evaluator: Evaluator | None = getattr(item, "assay_evaluator", None)
    others = [f"{name}={value!s:.40}" for name, value in params.params.items() if name != "sample"]
    return {
        "group": item.nodeid.partition("[")[0] + (f"[{', '.join(others)}]" if others else ""),
        "planned": len(expected.samples) * expected.trials,
        "terms": msgspec.to_builtins(expected.terms),
        "lower": list(lower_metrics(expected.scorers)),
        "sample": sample.id,
        "cluster": sample.cluster,
        "scores": {each.name: [each.value, each.reason] for each in evaluator.scores} if evaluator is not None else {},
        "prompt": " ".join(sample.prompt[: 4 * EXCERPT].split())[:EXCERPT],
        "target": " | ".join(sample.targets)[:EXCERPT],
        "answer": " ".join(evaluator.answer[: 4 * EXCERPT].split())[:EXCERPT] if evaluator is not None else "",
    }


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A whole set evaluated inside one test. `result` is what `assay.run` gives, `run_dir` the run folder."""

    result: "Result"
    evidence: "Evidence"

    @property
    def run_dir(self) -> str:
        """The run folder: `assay view RUN` reads it."""
        return self.result.run_dir

    def estimate(self, metric: str | None = None) -> "Estimate":
        """The estimate of a metric, with its 95 % interval; `metric` is needed where there are several."""
        return self.result.metrics[chosen(metric, list(self.result.metrics))]

    def at_least(self, value: float, metric: str | None = None, *, strict: bool = False, coverage: float = 0.95) -> None:
        """Fail where the metric is shown to lie below `value`; `strict`: where it is not shown to lie above."""
        __tracebackhide__ = True
        self._check(Terms(at_least=value, metric=metric, strict=strict, coverage=coverage))

    def at_most(self, value: float, metric: str | None = None, *, strict: bool = False, coverage: float = 0.95) -> None:
        """Fail where the metric is shown to lie above `value`; `strict`: where it is not shown to lie below."""
        __tracebackhide__ = True
        self._check(Terms(at_most=value, metric=metric, strict=strict, coverage=coverage))

    def _check(self, terms: Terms) -> None:
        from assay.testing.verdicts import check_evidence

        __tracebackhide__ = True
        check_evidence(self.evidence, terms)


def evaluation_of(system: Any, source: Any, *, beside: Path, log_dir: str, **settings: Any) -> Evaluation:
    """Ask a model or a function about every sample of a source; `settings` are options of the data, and of `assay.run`."""
    from assay.api import RunOptions, run
    from assay.lifecycle.evidence import read_evidence

    options = {name: settings.pop(name) for name in RunOptions.__struct_fields__ if name in settings}
    task = task_of(source, settings, beside)
    (result,) = run(task, model_of(system), **{"log_dir": log_dir, **options})
    return Evaluation(result=result, evidence=read_evidence(result.run_dir))


def model_of(system: Any) -> Any:
    """A model by name or as it is; a function of the prompt as a model."""
    if isinstance(system, str) or hasattr(system, "generate"):
        return system
    if not callable(system):
        raise UsageError(f"{system!r} is no model and no function.", remedy="Give provider/name, a Model, or a function of the prompt.")
    from assay.testing.functions import FunctionModel

    return FunctionModel(system)
