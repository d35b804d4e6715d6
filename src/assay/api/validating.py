"""Validation: a benchmark proves itself without a model. Its gold answers score 1, its wrong answers less, its card is full, its ids are unique."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from assay.api.tasks import resolve_tasks
from assay.core.answer import Answer
from assay.core.loop import wait_for
from assay.core.protocols import Decoding
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.seeds import shuffled
from assay.core.task import Task
from assay.engine.bound import TrialContext
from assay.engine.run import Execution, score
from assay.engine.workers import Workers

LIKELY, UNLIKELY = (0.0, 1, 1), (-20.0, 1, 1)
AT_ONCE = 16


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, with the sample it concerns (empty: the task as a whole)."""

    what: str
    sample_id: str = ""


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """What was checked of one task and what was found; `checked` samples of `samples`."""

    task: str
    samples: int
    checked: int
    findings: tuple[Finding, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def validate(tasks: "Sequence[str | Task] | str | Task", *, limit: int | None = 200, **options: Any) -> list[Validation]:
    """Check each task on up to `limit` samples (None: all), drawn by seed; `options` go to the task."""
    names = [tasks] if isinstance(tasks, str | Task) else list(tasks)
    return [wait_for(validate_task(task, limit)) for task in resolve_tasks(names, options)]


async def validate_task(task: Task, limit: int | None) -> Validation:
    """One task's validation."""
    total = len(task.dataset)
    order = shuffled(total, 0)[: limit or total]
    findings = [*card_findings(task), *id_findings(task)]
    workers = Workers()
    execution = Execution(task=task, roles={}, journal=NoJournal(), seed=0, score_heavily=workers)
    places = asyncio.Semaphore(AT_ONCE)

    async def guarded(sample: Sample, other: Sample | None) -> list[Finding]:
        async with places:
            return await sample_findings(execution, sample, other)

    try:
        drawn = list(task.dataset.samples(order))
        checks = [guarded(sample, unlike(sample, drawn, index)) for index, sample in enumerate(drawn)]
        for found in await asyncio.gather(*checks):
            findings += found
    finally:
        workers.close()
    return Validation(task=task.name, samples=total, checked=len(order), findings=tuple(findings))


class NoJournal:
    """A journal for work that asks no model."""

    def append(self, event: msgspec.Struct) -> None:
        """Nothing is kept."""

    def recall(self, key: str) -> Answer | None:
        """Nothing was kept."""
        return None

    def closed(self, sample_id: str, number: int) -> None:
        """Nothing was kept."""
        return


def card_findings(task: Task) -> Iterator[Finding]:
    """What the card lacks."""
    from assay.datasets.cards import check_card

    if task.card is None:
        yield Finding(what="the task has no card")
    else:
        yield from (Finding(what=f"card: {problem}") for problem in check_card(task.card))


def id_findings(task: Task) -> Iterator[Finding]:
    """Ids that occur twice."""
    seen: set[str] = set()
    for sample in task.dataset.samples():
        if sample.id in seen:
            yield Finding(what="the id occurs twice", sample_id=sample.id)
        seen.add(sample.id)


def unlike(sample: Sample, drawn: Sequence[Sample], index: int) -> Sample | None:
    """A sample with another answer, whose gold is wrong here. "no" is no other answer than "No"."""
    own = {target.casefold() for target in sample.targets}
    for step in range(1, len(drawn)):
        other = drawn[(index + step) % len(drawn)]
        if own.isdisjoint(map(str.casefold, other.targets)) and gold_text(other).casefold() != gold_text(sample).casefold():
            return other
    return None


async def sample_findings(execution: Execution, sample: Sample, other: Sample | None) -> list[Finding]:
    """What is wrong with one sample: its gold answer must score 1 by every scorer (0 where lower is better), a wrong one less well."""
    found = []
    if "target" not in sample.metadata.get("exempt", ()):
        for score, perfect in await scored(execution, sample, right_answer(sample)):
            if score.value != perfect:
                why = f"{score.name} ({score.reason or 'no reason'})"
                found.append(Finding(what=f"the gold answer scores {score.value} by {why}", sample_id=sample.id))
    wrong = wrong_answer(sample, other)
    if wrong is not None:
        scores = await scored(execution, sample, wrong)
        if scores and all(score.value == perfect for score, perfect in scores):
            found.append(Finding(what=f"a wrong answer scores {scores[0][1]}: {wrong.text[:80]!r}", sample_id=sample.id))
    return found


async def scored(execution: Execution, sample: Sample, answer: Answer) -> list[tuple[Score, int]]:
    """Every score, and the value of a perfect one."""
    context = TrialContext({}, execution.journal, Decoding(), run_seed=0, sample_id=sample.id, number=0)
    found = []
    for scorer in execution.task.scorers:
        for each in await score(execution, scorer, sample, answer, context):
            found.append((each, 0 if each.criterion in getattr(scorer, "lower_is_better", ()) else 1))
    return found


def gold_text(sample: Sample) -> str:
    """The text a perfect model would answer."""
    gold = sample.metadata.get("gold")
    return gold if isinstance(gold, str) else (sample.targets or ("",))[0]


def right_answer(sample: Sample) -> Answer:
    """The gold answer, its choice the likeliest where the question has choices."""
    return Answer(text=gold_text(sample), choice_logprobs=weights(sample, right=True))


def wrong_answer(sample: Sample, other: Sample | None) -> Answer | None:
    """An answer that must not score 1: the declared wrong one, else another sample's gold."""
    declared = sample.metadata.get("wrong")
    if isinstance(declared, str):
        return Answer(text=declared, choice_logprobs=weights(sample, right=False))
    if sample.choices and len(sample.targets) == 1 and len(sample.targets[0]) == 1 and sample.targets[0].isalpha():
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(sample.choices)].replace(sample.targets[0].upper(), "")
        return Answer(text=letters[0], choice_logprobs=weights(sample, right=False))
    return None if other is None else Answer(text=gold_text(other), choice_logprobs=weights(sample, right=False))


def weights(sample: Sample, *, right: bool) -> tuple[tuple[float, int, int], ...] | None:
    """Log-probabilities that favour the right choice, or a wrong one."""
    if not sample.choices or not sample.targets:
        return None
    target = sample.targets[0]
    if target in sample.choices:
        place = sample.choices.index(target)
    elif len(target) == 1 and 0 <= ord(target.upper()) - 65 < len(sample.choices):
        place = ord(target.upper()) - 65
    else:
        return None
    best = place if right else (place + 1) % len(sample.choices)
    return tuple(LIKELY if index == best else UNLIKELY for index in range(len(sample.choices)))
