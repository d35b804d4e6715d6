"""Execute: one trial from sample to scores. It knows no names, no configuration, no files; only objects that fit protocols."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from assay.core.answer import Answer
from assay.core.errors import boundary
from assay.core.protocols import Context, Journal, ModelRole, Scorer
from assay.core.sample import Sample
from assay.core.score import NOTHING_TO_EXTRACT, Score
from assay.core.task import Task
from assay.core.trial import Trial
from assay.engine.bound import Role, TrialContext

HeavyScoring = Callable[[Scorer, Sample, Answer], Awaitable[tuple[Score, ...]]]


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """What every trial of one run shares. `score_heavily` runs a CPU-bound scorer out of the event loop."""

    task: Task
    roles: Mapping[ModelRole, Role]
    journal: Journal
    seed: int
    score_heavily: HeavyScoring


async def attempt(execution: Execution, sample: Sample, number: int) -> tuple[Trial, TrialContext]:
    """One trial: the solver's answer and its scores, or what broke around the model."""
    started = time.perf_counter()
    task = execution.task
    context = TrialContext(execution.roles, execution.journal, task.decoding, run_seed=execution.seed, sample_id=sample.id, number=number)
    answer: Answer | None = None
    with boundary("solver") as caught:
        answer = await task.solver(sample, context)
    if answer is None:
        seconds = time.perf_counter() - started
        return Trial(sample_id=sample.id, number=number, failure=caught.failure, cluster=sample.cluster, seconds=seconds), context
    scores: tuple[Score, ...] = ()
    for scorer in task.scorers:
        scores += await score(execution, scorer, sample, answer, context)
    trial = Trial(
        sample_id=sample.id,
        number=number,
        answer=answer,
        scores=scores,
        cluster=sample.cluster,
        seconds=round(time.perf_counter() - started, 6),
        flags=flags_of(answer, scores),
    )
    return trial, context


async def score(execution: Execution, scorer: Scorer, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
    """One scorer's scores. One that breaks leaves each of its criteria unscored, with the reason."""
    given: Any = None
    with boundary("scorer") as caught:
        if getattr(scorer, "heavy", False):
            given = await execution.score_heavily(scorer, sample, answer)
        else:
            given = scorer(sample, answer, context)
            if not isinstance(given, tuple):
                given = await given
        check_scores(scorer, given)
    if caught.failure is None:
        return tuple(given)
    reason = f"{caught.failure.blame}: {caught.failure.message}"
    return tuple(Score(scorer=scorer.name, criterion=criterion, value=None, reason=reason) for criterion in scorer.criteria)


def check_scores(scorer: Scorer, given: Any) -> None:
    """Raise TypeError or ValueError where a scorer breaks its contract: scores in a tuple, one for each criterion, values finite or None."""
    if not isinstance(given, tuple) or not all(isinstance(each, Score) for each in given):
        raise TypeError(f"the scorer '{scorer.name}' must return a tuple of Score, not {type(given).__name__}")
    if [each.criterion for each in given] != list(scorer.criteria) and sorted(each.criterion for each in given) != sorted(scorer.criteria):
        said = ", ".join(each.criterion for each in given) or "nothing"
        raise ValueError(f"the scorer '{scorer.name}' gave scores for {said}, and declares {', '.join(scorer.criteria)}")
    for each in given:
        if each.value is not None and not float("-inf") < each.value < float("inf"):
            raise ValueError(
                f"the scorer '{scorer.name}' gave {each.value} for '{each.criterion}': a score is finite, or None with a reason"
            )


def flags_of(answer: Answer, scores: tuple[Score, ...]) -> tuple[str, ...]:
    """How the model did badly: empty, truncated, refused, unextractable."""
    flags = []
    if not answer.text.strip() and not answer.tool_calls and answer.choice_logprobs is None:
        flags.append("empty")
    if answer.stop_reason == "length":
        flags.append("truncated")
    if answer.stop_reason == "content_filter":
        flags.append("refused")
    if any(each.reason == NOTHING_TO_EXTRACT for each in scores):
        flags.append("unextractable")
    return tuple(flags)
