"""Many runs in one process: windows of concurrent trials, the journal, resumption, and an orderly stop."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import msgspec

from assay.core.errors import AssayError
from assay.core.journal import Closed, Seen
from assay.core.protocols import Plan
from assay.core.sample import Sample
from assay.core.trial import Trial
from assay.engine.bound import TrialContext
from assay.engine.events import Observer, RunStarted, RunStopped, StopAsked, TrialClosed, TrialStarted
from assay.engine.journal import FileJournal
from assay.engine.run import Execution, attempt

WINDOW_PER_CONNECTION = 1.5
"""Trials under way per connection: scoring, journaling and sleeping retries must not leave a connection idle."""

GRACE_SECONDS = 30.0
"""How long a stop waits for answers that are being paid for."""


class Job(msgspec.Struct, kw_only=True):
    """One run to do. Jobs of one `lane` (an endpoint) share its window in turn; `in_flight` trials are under way, `stopped` says why no more
    are begun, `results` waits for a plan that learns."""

    name: str
    execution: Execution
    journal: FileJournal
    plan: Plan
    planned: int
    lane: str
    observe: Observer
    stopped: AssayError | None = None
    open: bool = True
    in_flight: int = 0
    recalled: int = 0
    results: list[Trial] = []


Trials = Iterator[tuple[Job, int, Sample, int]]
"""What workers take from: the job, the sample's position in its dataset, the sample, the trial's number."""


class Stop:
    """A wish to end early: the first makes the run end after what is in flight, the second at once."""

    def __init__(self) -> None:
        self.wished = asyncio.Event()
        self.hurried = asyncio.Event()
        self.jobs: Sequence[Job] = ()

    @property
    def asked(self) -> bool:
        """Whether anybody wants the run to end."""
        return self.wished.is_set()

    def ask(self) -> None:
        """Say it (again)."""
        if self.asked:
            self.hurried.set()
            return
        self.wished.set()
        for job in self.jobs:
            job.observe(StopAsked(run=job.name, in_flight=job.in_flight))


async def run_jobs(jobs: Sequence[Job], *, connections: int, stop: Stop | None = None) -> None:
    """Drive all jobs to the end of their plans; lanes side by side, the jobs of a lane in turn, one trial each."""
    stop = stop or Stop()
    stop.jobs = jobs
    for job in jobs:
        job.observe(RunStarted(run=job.name, planned=job.planned))
    lanes: dict[str, list[Job]] = {}
    for job in jobs:
        lanes.setdefault(job.lane, []).append(job)
    window = max(1, int(connections * WINDOW_PER_CONNECTION + 0.5))
    with interrupts(stop):
        await asyncio.gather(*(drive_lane(lane, window, stop) for lane in lanes.values()))
    for job in jobs:
        if job.stopped is not None or stop.asked:
            job.observe(RunStopped(run=job.name, error=job.stopped))


@contextmanager
def interrupts(stop: Stop) -> Iterator[None]:
    """Ctrl-C and TERM ask for a stop instead of tearing the loop down (only where the loop may take signals: the main thread)."""
    loop = asyncio.get_running_loop()
    taken = []
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.ask)
            taken.append(number)
        except (NotImplementedError, RuntimeError, ValueError):
            break
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)


async def drive_lane(jobs: list[Job], window: int, stop: Stop) -> None:
    """Pass after pass over what the jobs' plans ask for next, until they ask for nothing more."""
    while not stop.asked and any(job.open and job.stopped is None for job in jobs):
        source = in_turn(jobs, stop)
        await drive_pass(source, window, stop)
        for _ in source:  # a hurried stop may leave trials: what the journal holds of them is still told
            pass


async def drive_pass(source: Trials, window: int, stop: Stop) -> None:
    """A window of workers over the trials. A stop waits for what is in flight, up to the grace, then cancels."""
    workers = [asyncio.create_task(work(source)) for _ in range(window)]
    hurry = asyncio.create_task(stop_waiting(stop))
    try:
        pending: set[asyncio.Task[None]] = set(workers)
        while pending and not hurry.done():
            done, pending = await asyncio.wait({*pending, hurry}, return_when=asyncio.FIRST_COMPLETED)
            pending.discard(hurry)
            for task in done - {hurry}:
                task.result()
    finally:
        for task in (*workers, hurry):
            task.cancel()
        await asyncio.gather(*workers, hurry, return_exceptions=True)


async def stop_waiting(stop: Stop) -> None:
    """Return when a stop should wait no longer."""
    await stop.wished.wait()
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.hurried.wait(), GRACE_SECONDS)


def in_turn(jobs: list[Job], stop: Stop) -> Trials:
    """The lane's next trials, one of each job in turn. Of a job that is stopped only what its journal holds is still told."""
    sources = [(job, trials_of(job)) for job in jobs if job.open]
    while sources:
        for job, source in tuple(sources):
            stopped = stop.asked or job.stopped is not None
            if stopped:
                recall_rest(job, source)
            found = None if stopped else next(source, None)
            if found is None:
                sources.remove((job, source))
            else:
                yield (job, *found)


def recall_rest(job: Job, source: Iterator[tuple[int, Sample, int]]) -> None:
    """Read on to the last trial that the journal holds, so that an early stop hides nothing that was done before; nothing new is begun."""
    while job.recalled < job.journal.held and next(source, None) is not None:
        pass


def trials_of(job: Job) -> Iterator[tuple[int, Sample, int]]:
    """(position, sample, number) of what the plan asks next and the journal does not hold; what it holds is only told."""
    learnt, job.results = job.results, []
    pairs = job.plan.next(learnt)
    job.open = bool(pairs)
    samples = job.execution.task.dataset.samples([position for position, _ in pairs])
    for (position, number), sample in zip(pairs, samples, strict=True):
        known = job.journal.closed(sample.id, number)
        if known is None:
            yield position, sample, number
        else:
            job.recalled += 1
            tell(job, TrialClosed(run=job.name, sample=sample, position=position, trial=known, recalled=True))


async def work(source: Trials) -> None:
    """One slot of the window: take the next trial, do it, until there is none."""
    for job, position, sample, number in source:
        if job.stopped is not None:
            continue
        job.in_flight += 1
        job.observe(TrialStarted(run=job.name))
        try:
            trial, context = await attempt(job.execution, sample, number)
            close(job, position, sample, trial, context)
        except AssayError as error:
            job.stopped = job.stopped or error
        finally:
            job.in_flight -= 1


def close(job: Job, position: int, sample: Sample, trial: Trial, context: TrialContext) -> None:
    """Journal a trial that ended and tell who watches."""
    if trial.answer is not None and trial.answer is context.last_answer:
        closed = Closed(trial=msgspec.structs.replace(trial, answer=None), call=context.last_key)
    else:
        closed = Closed(trial=trial)
    if job.journal.seen(sample.id):
        job.journal.append(closed)
    else:
        job.journal.append(Seen(sample=sample), closed)
    tell(job, TrialClosed(run=job.name, sample=sample, position=position, trial=trial))


def tell(job: Job, closed: TrialClosed) -> None:
    """Tell who watches of a trial that ended, and the plan, where it learns."""
    job.observe(closed)
    if job.plan.learns:
        job.results.append(msgspec.structs.replace(closed.trial, answer=None))
