"""From concurrent requests to batches: one worker thread per model takes whatever waits, so the engine's concurrency becomes batch size.

The thread lives only while there is work. What does the work is a `Worker`; it holds jobs and gives them back one by one as they are
finished, so a job may join while others are half done.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from assay.core.errors import ModelError, UsageError, boundary

J = TypeVar("J")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

GATHER = 0.002
"""Seconds the thread waits after it was started, so that requests of the same moment share the first batch."""


class Worker(Protocol[J, R_co]):
    """Does jobs, all calls in one thread. Jobs are told apart by identity."""

    @property
    def limit(self) -> int:
        """How many jobs it holds at most."""
        ...

    def size(self, job: J) -> int:
        """The length of a job, by which jobs taken together are sorted."""
        ...

    def add(self, jobs: Sequence[J]) -> None:
        """Takes jobs in; the work is done in `step`."""
        ...

    def drop(self, jobs: Sequence[J]) -> None:
        """Forgets jobs nobody waits for any more."""
        ...

    def step(self) -> Sequence[tuple[J, R_co | ModelError]]:
        """Works a little and gives back the jobs that are finished. Raising fails every job it holds."""
        ...


class Ticket(Generic[J, R]):
    """A job with the future its asker waits for."""

    __slots__ = ("future", "job", "loop")

    def __init__(self, job: J) -> None:
        self.job = job
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[R] = self.loop.create_future()

    def settle(self, result: R | ModelError) -> None:
        """Hands the result over to the asker's loop; an asker that is gone is no error."""
        with contextlib.suppress(RuntimeError):  # its loop is closed
            self.loop.call_soon_threadsafe(self._resolve, result)

    def _resolve(self, result: R | ModelError) -> None:
        if self.future.done():
            return
        if isinstance(result, ModelError):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


class Batcher(Generic[J, R]):
    """Collects jobs from any event loop and has one thread do them."""

    def __init__(self, worker: Worker[J, R], name: str) -> None:
        self._worker = worker
        self._name = name
        self._lock = threading.Lock()
        self._waiting: list[Ticket[J, R]] = []
        self._held: dict[int, Ticket[J, R]] = {}
        self._running = False
        self._closed = False

    async def submit(self, job: J) -> R:
        """Does one job together with whatever else waits. Raises ModelError when it failed; a cancelled caller's job leaves its batch."""
        ticket: Ticket[J, R] = Ticket(job)
        with self._lock:
            if self._closed:
                raise ModelError(f"The model {self._name} is closed.", kind="closed", fatal=True)
            self._waiting.append(ticket)
            start, self._running = not self._running, True
        if start:
            threading.Thread(target=self._work, name=f"assay {self._name}", daemon=True).start()
        return await ticket.future

    def close(self) -> None:
        """Takes no more jobs; those under way fail at the end of the step they are in."""
        with self._lock:
            self._closed = True

    def _work(self) -> None:
        time.sleep(GATHER)
        while self._take():
            for job, result in self._step():
                self._held.pop(id(job)).settle(result)

    def _take(self) -> bool:
        """Moves waiting jobs into the worker; False, and the thread's end, when there is nothing left to do."""
        with self._lock:
            if self._closed:
                gone = [*self._waiting, *self._held.values()]
                self._waiting, self._held = [], {}
            else:
                gone = []
                free = max(0, self._worker.limit - len(self._held))
                taken, self._waiting = self._waiting[:free], self._waiting[free:]
            if self._closed or not (taken or self._held):
                self._running = False
        for ticket in gone:
            ticket.settle(ModelError(f"The model {self._name} was closed.", kind="closed"))
        if not self._running:
            return False
        self._admit([ticket for ticket in taken if not ticket.future.cancelled()])
        return True

    def _admit(self, taken: "list[Ticket[J, R]]") -> None:
        left = [ticket.job for ticket in self._held.values() if ticket.future.cancelled()]
        if left:
            self._worker.drop(left)
            for job in left:
                del self._held[id(job)]
        taken.sort(key=lambda ticket: self._worker.size(ticket.job))
        self._held.update((id(ticket.job), ticket) for ticket in taken)
        self._worker.add([ticket.job for ticket in taken])

    def _step(self) -> Sequence[tuple[J, R | ModelError]]:
        try:
            with boundary("endpoint") as caught:
                return self._worker.step()
        except (UsageError, ModelError) as error:
            return self._fail(str(error), "error", fatal=True)
        failure = caught.failure
        return self._fail(failure.message, failure.kind, fatal=False) if failure else ()

    def _fail(self, message: str, kind: str, *, fatal: bool) -> list[tuple[J, R | ModelError]]:
        jobs = [ticket.job for ticket in self._held.values()]
        self._worker.drop(jobs)
        return [(job, ModelError(f"{self._name}: {message}", kind=kind, fatal=fatal)) for job in jobs]
