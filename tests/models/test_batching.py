"""Batching: concurrent requests share a worker, one thread works, and a failure or a cancelled caller hurts nobody else."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from assay.core.errors import ModelError
from assay.models.batching import Batcher


class Squares:
    """A worker that squares numbers, two a step; negative ones fail, 13 breaks it."""

    def __init__(self, limit: int = 4) -> None:
        self.limit = limit
        self.queue: list[tuple[int]] = []
        self.batches: list[int] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()

    def size(self, job: tuple[int]) -> int:
        return job[0]

    def add(self, jobs: Sequence[tuple[int]]) -> None:
        self.queue += jobs

    def drop(self, jobs: Sequence[tuple[int]]) -> None:
        self.queue = [each for each in self.queue if not any(each is job for job in jobs)]

    def step(self) -> list[tuple[tuple[int], int | ModelError]]:
        self.gate.wait()
        self.threads.add(threading.get_ident())
        self.batches.append(len(self.queue))
        done, self.queue = self.queue[:2], self.queue[2:]
        if any(job[0] == 13 for job in done):
            raise ZeroDivisionError("thirteen")
        return [(job, ModelError("negative", kind="negative") if job[0] < 0 else job[0] ** 2) for job in done]


async def test_everybody_gets_his_own_answer_and_batches_stay_within_the_limit() -> None:
    worker = Squares()
    batcher: Batcher[tuple[int], int] = Batcher(worker, "squares")
    assert await asyncio.gather(*(batcher.submit((number,)) for number in range(50, 100))) == [number**2 for number in range(50, 100)]
    assert max(worker.batches) == 4
    assert len(worker.batches) <= 26, "a full worker does two a step"
    assert len(worker.threads) == 1 and threading.get_ident() not in worker.threads


async def test_equal_jobs_are_different_jobs() -> None:
    batcher: Batcher[tuple[int], int] = Batcher(Squares(), "squares")
    assert await asyncio.gather(*(batcher.submit((int("7"),)) for _ in range(9))) == [49] * 9


async def test_one_failure_is_one_failure() -> None:
    batcher: Batcher[tuple[int], int] = Batcher(Squares(), "squares")
    found = await asyncio.gather(*(batcher.submit((number,)) for number in (3, -1, 4)), return_exceptions=True)
    assert found[0] == 9 and found[2] == 16
    assert isinstance(found[1], ModelError) and found[1].kind == "negative"


async def test_a_broken_step_fails_what_it_held_and_the_next_request_is_served() -> None:
    worker = Squares()
    batcher: Batcher[tuple[int], int] = Batcher(worker, "squares")
    with pytest.raises(ModelError, match=r"squares: ZeroDivisionError: thirteen"):
        await batcher.submit((13,))
    assert await batcher.submit((5,)) == 25


async def test_a_cancelled_caller_leaves_the_batch() -> None:
    worker = Squares(limit=2)
    worker.gate.clear()
    batcher: Batcher[tuple[int], int] = Batcher(worker, "squares")
    tasks = [asyncio.create_task(batcher.submit((number,))) for number in range(6)]
    await asyncio.sleep(0)
    for task in tasks[2:5]:
        task.cancel()
    await asyncio.gather(*tasks[2:5], return_exceptions=True)
    worker.gate.set()
    assert await tasks[5] == 25
    assert [await task for task in tasks[:2]] == [0, 1]
    assert sum(worker.batches) <= 4, "the cancelled jobs were not worked on"


async def test_a_closed_model_answers_nobody() -> None:
    worker = Squares()
    worker.gate.clear()
    batcher: Batcher[tuple[int], int] = Batcher(worker, "squares")
    tasks = [asyncio.create_task(batcher.submit((number,))) for number in range(6)]
    await asyncio.sleep(0)
    batcher.close()
    worker.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, ModelError) and each.kind == "closed" for each in found[4:])
    with pytest.raises(ModelError, match="closed"):
        await batcher.submit((1,))


def test_requests_may_come_from_several_loops_and_threads() -> None:
    batcher: Batcher[tuple[int], int] = Batcher(Squares(), "squares")
    found: dict[int, int] = {}

    def ask(number: int) -> None:
        found[number] = asyncio.run(batcher.submit((number,)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: number**2 for number in range(8)}
