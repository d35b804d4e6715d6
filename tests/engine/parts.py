"""Small real parts for the engine's tests: a list as a dataset, a model that answers from a function, an exact scorer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from assay.core.answer import Answer, Usage
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Context, Plan, Request
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.task import Task
from assay.core.trial import Trial
from assay.dialogue import ask_once
from assay.engine.batch import Job, Stop, run_jobs
from assay.engine.bound import Role
from assay.engine.events import Happening, TrialClosed
from assay.engine.journal import FileJournal
from assay.engine.plan import Everything
from assay.engine.run import Execution
from assay.engine.workers import Workers


class Listed:
    """A dataset of given samples."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.items = list(samples)
        self.fingerprint = fingerprint(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        return (self.items[index] for index in (range(len(self.items)) if order is None else order))


class Answering:
    """A model that answers by `reply(request)`; it counts what it was asked."""

    def __init__(self, reply: Callable[[Request], Any], name: str = "test/model", **identity: Any) -> None:
        self.reply = reply
        self.name = name
        self.identity: Mapping[str, Any] = identity
        self.asked: list[Request] = []

    async def generate(self, request: Request) -> Answer:
        self.asked.append(request)
        given = self.reply(request)
        if hasattr(given, "__await__"):
            given = await given
        return given if isinstance(given, Answer) else Answer(text=given, usage=Usage(input_tokens=3, output_tokens=1))

    async def close(self) -> None:
        pass


class Same(msgspec.Struct, frozen=True, kw_only=True):
    """Scores 1 for the target itself."""

    name: str = "same"
    criteria: tuple[str, ...] = ("score",)
    heavy: ClassVar[bool] = False

    def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
        return (Score(scorer=self.name, value=float(answer.text == sample.target), extracted=answer.text),)


def numbered(count: int) -> list[Sample]:
    return [Sample(id=f"s{index}", input=f"say {index}", target=str(index)) for index in range(count)]


def said(request: Request) -> str:
    return request.text.removeprefix("say ")


def task_of(samples: Sequence[Sample], *scorers: Any, trials: int = 1, solver: Any = ask_once) -> Task:
    return Task(name="test", dataset=Listed(samples), solver=solver, scorers=scorers or (Same(),), trials=trials)


async def drive(task: Task, model: Any, path: Path, *, connections: int = 4, seed: int = 0, stop: Stop | None = None,
                watch: Callable[[Happening], None] | None = None, journal: FileJournal | None = None, plan: Plan | None = None) -> tuple[Job, list[Trial], list[bool]]:  # fmt: skip
    """One run over a journal file: the job, the trials as closed, and whether each was recalled."""
    trials: list[Trial] = []
    recalled: list[bool] = []

    def observe(event: Happening) -> None:
        if isinstance(event, TrialClosed):
            trials.append(event.trial)
            recalled.append(event.recalled)
        if watch is not None:
            watch(event)

    workers = Workers(2)
    journal = journal or FileJournal(path)
    try:
        execution = Execution(task=task, roles={"target": Role("target", model)}, journal=journal, seed=seed, score_heavily=workers)
        everything = Everything(samples=len(task.dataset), trials=task.trials, seed=seed)
        job = Job(name="run", execution=execution, journal=journal, plan=plan or everything, planned=everything.planned, lane=model.name,
                  observe=observe)  # fmt: skip
        await run_jobs([job], connections=connections, stop=stop)
    finally:
        journal.close()
        workers.close()
    return job, trials, recalled
