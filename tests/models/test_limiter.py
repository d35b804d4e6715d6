"""The limiter against servers with a real rate limit, with random refusals and with faults, in virtual time."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from assay.core.answer import Answer, Usage
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.faults import HttpFault
from assay.models.limiter import Limiter
from assay.models.wrap import wrap

Simulate = Callable[[Coroutine[Any, Any, Any]], Any]


class Server:
    """A model whose endpoint has a token bucket, refuses or fails at random, and remembers what it did when: (second, kind)."""

    name, endpoint, identity = "fake/server", "fake", {}

    def __init__(self, *, rate: float | None = None, burst: int = 10, latency: float = 0.02, p429: float = 0.0, p500: float = 0.0) -> None:
        self.rate, self.burst, self.latency, self.p429, self.p500 = rate, burst, latency, p429, p500
        self.retry_after: float | None = None
        self.refusal_seconds = 0.005
        self.dead, self.absent = False, False
        self.room, self.filled = float(burst), 0.0
        self.log: list[tuple[float, str]] = []
        self.running = self.most_running = 0

    async def generate(self, request: Request) -> Answer:
        now = asyncio.get_running_loop().time()
        if self.dead:
            self.log.append((now, "dead"))
            raise HttpFault("nobody there", kind="unreachable", absent=self.absent, retryable=True, remedy="Start it.")
        if self.rate is not None:
            self.room = min(self.burst, self.room + (now - self.filled) * self.rate)
            self.filled = now
            if self.room < 1:
                await self.refuse(now)
            self.room -= 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(self.latency * random.uniform(0.8, 1.2))
        self.running -= 1
        chance = random.random()
        if chance < self.p429:
            await self.refuse(now)
        if chance < self.p429 + self.p500:
            self.log.append((now, "failed"))
            raise ModelError("broken", kind="http_500", retryable=True)
        self.log.append((now, "answered"))
        return Answer(text="ok", usage=Usage(input_tokens=50, output_tokens=50))

    async def refuse(self, now: float) -> None:
        self.log.append((now, "refused"))
        await asyncio.sleep(self.refusal_seconds)
        raise ModelError("slow down", kind="http_429", retryable=True, retry_after=self.retry_after)

    async def close(self) -> None: ...

    def count(self, kind: str, *, after: float = 0.0) -> int:
        return sum(1 for moment, each in self.log if each == kind and moment >= after)


async def load(server: Server, limiter: Limiter, calls: int, **options: Any) -> tuple[float, list[ModelError]]:
    """Asks `calls` times with one and a half times the cap of callers: (virtual seconds, errors)."""
    model, left, errors = wrap(server, limiter=limiter, **options), iter(range(calls)), []

    async def caller() -> None:
        for _ in left:
            try:
                await model.generate(Request(messages=()))
            except ModelError as error:
                errors.append(error)

    await asyncio.gather(*(caller() for _ in range(limiter.cap * 3 // 2)))
    return asyncio.get_running_loop().time(), errors


def test_a_free_server_is_used_to_the_cap_and_no_further(simulate: Simulate) -> None:
    server = Server()
    seconds, errors = simulate(load(server, Limiter(64), 6400))
    assert not errors and server.most_running == 64
    assert seconds < 1.1 * 6400 * 0.02 / 64


@pytest.mark.parametrize("retry_after", [None, 0.0, 1.0])
@pytest.mark.parametrize(("rate", "latency", "cap"), [(100.0, 0.02, 64), (100.0, 1.0, 256), (20.0, 0.5, 64)])
def test_refusals_fall_off_and_throughput_settles_at_the_servers_own_limit(
    simulate: Simulate, rate: float, latency: float, cap: int, retry_after: float | None
) -> None:
    server = Server(rate=rate, latency=latency)
    server.retry_after = retry_after
    seconds, errors = simulate(load(server, Limiter(cap), int(rate * 60)))
    late, early = server.count("refused", after=seconds / 2), server.count("refused") - server.count("refused", after=seconds / 2)
    answered = server.count("answered", after=seconds / 2)
    assert not errors
    assert answered / (seconds / 2) >= 0.9 * rate
    assert late / (late + answered) < 0.06
    assert late < early


@pytest.mark.parametrize("retry_after", [None, 0.5, 2.0])
@pytest.mark.parametrize(("rate", "latency", "cap"), [(100.0, 0.02, 64), (100.0, 1.0, 256), (20.0, 0.5, 64), (1000.0, 0.05, 128)])
def test_a_rate_is_found_soon_whenever_the_loop_was_started(
    simulate: Simulate, rate: float, latency: float, cap: int, retry_after: float | None
) -> None:
    server, began = Server(rate=rate, latency=latency), 5000.0
    server.retry_after, server.filled = retry_after, began

    async def run() -> tuple[float, list[ModelError]]:
        asyncio.get_running_loop().jumping.clock = began  # type: ignore[attr-defined]
        seconds, errors = await load(server, Limiter(cap), int(15 * rate))
        return seconds - began, errors

    seconds, errors = simulate(run())
    assert not errors and seconds < 15 + 2 * (retry_after or 0.0) + 2 * latency + 1
    assert server.count("refused") < 5 * cap


def test_refusals_that_take_as_long_as_answers(simulate: Simulate) -> None:
    server = Server(rate=100.0, latency=1.0)
    server.refusal_seconds = 1.0
    seconds, errors = simulate(load(server, Limiter(256), 6000))
    assert not errors and server.count("answered", after=seconds / 2) / (seconds / 2) >= 90


def test_random_refusals_do_not_slow_it_down(simulate: Simulate) -> None:
    server = Server(p429=0.05, latency=0.1)
    server.retry_after = 0.1
    seconds, errors = simulate(load(server, Limiter(64), 6400))
    assert not errors and seconds < 1.35 * 6400 * 0.1 / 64


def test_faults_of_every_kind_and_all_is_answered(simulate: Simulate) -> None:
    server = Server(p429=0.05, p500=0.05)
    server.retry_after = 1.0
    _, errors = simulate(load(server, Limiter(64), 3000))
    assert not errors and server.count("answered") == 3000


def test_a_limit_that_is_lifted_is_found(simulate: Simulate) -> None:
    server = Server(rate=20.0)

    async def run() -> float:
        asyncio.get_running_loop().call_later(30, setattr, server, "rate", 400.0)
        return (await load(server, Limiter(64), 12_000))[0]

    seconds = simulate(run())
    assert server.count("answered", after=seconds - 10) / 10 > 300


def test_width_falls_under_faults_and_climbs_again(simulate: Simulate) -> None:
    server, limiter, seen = Server(p500=0.6), Limiter(64), []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(3, lambda: seen.append(limiter.limit))
        loop.call_later(3, setattr, server, "p500", 0.0)
        await load(server, limiter, 20_000, retries=50)

    simulate(run())
    assert seen[0] < 32 and limiter.limit == 64


def test_a_known_rate_is_never_passed(simulate: Simulate) -> None:
    server = Server()
    seconds, _ = simulate(load(server, Limiter(64, rpm=600), 300))
    assert 29 <= seconds <= 31
    starts = sorted(moment for moment, _ in server.log)
    assert all(b - a > 0.95 for a, b in zip(starts, starts[20:], strict=False))


def test_a_known_token_rate_is_kept(simulate: Simulate) -> None:
    server = Server()
    seconds, _ = simulate(load(server, Limiter(8, tpm=60_000), 600))
    assert 600 * 100 / 1000 - 8 <= seconds <= 600 * 100 / 1000 + 2


def test_a_cancelled_call_gives_its_place_back(simulate: Simulate) -> None:
    limiter = Limiter(1)

    async def run() -> None:
        await limiter.acquire()
        waiter = asyncio.ensure_future(limiter.acquire())
        other = asyncio.ensure_future(limiter.acquire())
        await asyncio.sleep(0)
        waiter.cancel()
        limiter.release("answered")
        await other
        assert limiter.in_flight == 1 and limiter.waiting == 0
        late = asyncio.ensure_future(limiter.acquire())
        await asyncio.sleep(0)
        limiter.release("answered")
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        assert limiter.in_flight == 0

    simulate(run())


def test_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room for one"):
        Limiter(0)


def test_a_dead_endpoint_fails_everybody_soon(simulate: Simulate) -> None:
    server = Server()
    server.dead = True
    seconds, errors = simulate(load(server, Limiter(64), 2000))
    assert len(errors) == 2000 and {error.kind for error in errors} == {"endpoint_down"}
    assert seconds < 10 and server.count("dead") < 64 * 8
    assert "nobody there" in str(errors[0]) and "repeat the command" in str(errors[0])


@pytest.mark.parametrize("calls", [1, 2000])
def test_a_port_where_nothing_ever_listened_is_given_up_within_two_seconds(simulate: Simulate, calls: int) -> None:
    server = Server()
    server.dead, server.absent = True, True
    seconds, errors = simulate(load(server, Limiter(64), calls))
    assert len(errors) == calls and {error.kind for error in errors} == {"endpoint_down"} and seconds < 2
    assert str(errors[0]) == "nobody there Start it."


def test_a_port_that_answered_somebody_is_waited_for(simulate: Simulate) -> None:
    server = Server()
    server.absent = True

    async def run() -> tuple[float, list[ModelError]]:
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, setattr, server, "dead", True)
        loop.call_later(3.0, setattr, server, "dead", False)
        return await load(server, Limiter(64), 6000)

    assert not simulate(run())[1]


def test_an_endpoint_that_dies_half_way_and_comes_back(simulate: Simulate) -> None:
    server, limiter = Server(), Limiter(64)

    async def run() -> tuple[float, list[ModelError]]:
        loop = asyncio.get_running_loop()
        loop.call_later(1, setattr, server, "dead", True)
        await load(server, limiter, 6000)
        server.dead = False
        await asyncio.sleep(5)
        back = wrap(server, limiter=limiter)
        assert (await back.generate(Request(messages=()))).text == "ok"
        return await load(server, limiter, 100)

    _, errors = simulate(run())
    assert not errors and 3000 < server.count("answered") < 6000


def test_a_restart_of_a_moment_costs_no_trial(simulate: Simulate) -> None:
    server = Server()

    async def run() -> tuple[float, list[ModelError]]:
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, setattr, server, "dead", True)
        loop.call_later(3.0, setattr, server, "dead", False)
        return await load(server, Limiter(64), 6000)

    _, errors = simulate(run())
    assert not errors


def test_a_retry_holds_no_slot(simulate: Simulate) -> None:
    """One caller is told to wait a minute; meanwhile the one slot serves the other."""
    server, limiter = Server(), Limiter(1)
    waits = [60.0]

    async def generate(request: Request) -> Answer:
        if request.sample_id == "slow" and waits:
            raise ModelError("wait", kind="http_429", retryable=True, retry_after=waits.pop())
        return Answer(text=request.sample_id)

    server.generate = generate  # type: ignore[method-assign]

    async def run() -> list[str]:
        model, done = wrap(server, limiter=limiter), []

        async def ask(name: str) -> None:
            done.append((await model.generate(Request(messages=(), sample_id=name))).text)

        await asyncio.gather(ask("slow"), ask("quick"))
        assert asyncio.get_running_loop().time() >= 60
        return done

    assert simulate(run()) == ["quick", "slow"]
