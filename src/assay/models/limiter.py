"""The limiter of one endpoint, shared by every model role that asks it: how many calls at once, and how many a second.

It starts at the cap the person gave. Where the endpoint refuses (429), it paces: it sends at the rate that was let through, and tries a
little more now and then, so that refusals fall off and throughput stays near the endpoint's own limit. Refusals that do not depend on
the pace are left to the retries. Where it fails (5xx, timeouts, cuts) in large part, fewer calls run at once, and more again as it recovers.
"""

import asyncio
from collections import deque
from typing import Literal

from assay.core.errors import ModelError
from assay.models.breaker import Breaker

Outcome = Literal["answered", "refused", "failed", "cancelled"]

WINDOW_SECONDS = 0.5
WINDOW_EVENTS = 20
SLOW_SECONDS = 5.0
SLOW_EVENTS = 8
PROBE_EVERY = 10
PROBE_GAIN = 1.12
STEADY_GAIN = 0.98
SEARCH_GAIN = 2.0
SEARCH_EVENTS = 5
"""While the rate is searched for, a window closes after so many calls: at a tenth of the rate, 20 would take ten times as long."""
MEMORY = 8
BURST_SECONDS = 0.02


class Bucket:
    """A rate as a moment: each take moves the next free moment on. `burst` seconds of unused rate are kept."""

    __slots__ = ("burst", "free_at", "rate")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst, self.free_at = rate, burst, 0.0

    def take(self, now: float, amount: float) -> None:
        """Uses `amount` of the rate."""
        self.free_at = max(self.free_at, now - self.burst) + amount / self.rate


class Limiter:
    """At most `cap` calls at once, and what the endpoint's answers teach. `rpm` and `tpm` are limits the person knows (calls, tokens a minute)."""

    def __init__(
        self, cap: int, *, endpoint: str = "", rpm: float | None = None, tpm: float | None = None, breaker: Breaker | None = None
    ) -> None:
        if cap < 1:
            raise ValueError(f"a limiter needs room for one call, not {cap}")
        self.cap = cap
        self.in_flight = 0
        self.refusals = 0
        self.breaker = breaker or Breaker(endpoint)
        self._width = float(cap)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._pause_until = 0.0
        self._calls = Bucket(rpm / 60, 1.0) if rpm else None
        self._tokens = Bucket(tpm / 60, 5.0) if tpm else None
        self._tokens_each = 0.0
        self._pace = Pace()
        self._timer: asyncio.TimerHandle | None = None
        self._opened: float | None = None
        self._ended = self._failures = 0

    @property
    def limit(self) -> int:
        """How many calls may run at once now."""
        return int(self._width)

    @property
    def rate(self) -> float | None:
        """Calls a second, where the endpoint's refusals set a pace."""
        return self._pace.bucket.rate if self._pace.bucket else None

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._waiting)

    def _free_at(self) -> float:
        """The moment the next call may start, as far as rates say."""
        moment = self._pause_until
        for bucket in (self._pace.bucket, self._calls, self._tokens):
            if bucket is not None and bucket.free_at > moment:
                moment = bucket.free_at
        return moment

    def _start(self, now: float) -> None:
        self.in_flight += 1
        self._pace.starts += 1
        if self._opened is None:
            self._opened = now
        for bucket in (self._pace.bucket, self._calls):
            if bucket is not None:
                bucket.take(now, 1.0)
        if self._tokens is not None:
            self._tokens.take(now, self._tokens_each)

    async def acquire(self) -> None:
        """Waits for a turn, first come first served."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if not self._waiting and self.in_flight < self.limit and now >= self._free_at():
            self._start(now)
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        self._wake(loop)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.in_flight -= 1
                self._wake(loop)
            raise

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Starts whoever may start; sets an alarm for the next one where only a rate holds it back."""
        now = loop.time()
        while self._waiting and self.in_flight < self.limit:
            free_at = self._free_at()
            if now < free_at:
                self._pace.binding = self._pace.binding or self._pace.holds(now)
                if self._timer is None:
                    self._timer = loop.call_at(free_at, self._alarm, loop)
                return
            turn = self._waiting.popleft()
            if not turn.done():
                self._start(now)
                turn.set_result(None)

    def _alarm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._wake(loop)

    def release(self, outcome: Outcome, *, seconds: float = 0.0, tokens: int = 0, error: ModelError | None = None) -> None:
        """One call has ended so, after `seconds`, having used `tokens`, or with `error`."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self.in_flight -= 1
        self._ended += 1
        if outcome == "answered":
            self.breaker.answered()
            if self._tokens is not None:
                self._tokens.take(now, tokens - self._tokens_each)
                self._tokens_each += 0.1 * (tokens - self._tokens_each) if self._tokens_each else tokens
        elif outcome == "refused":
            self._refused(now, seconds, error.retry_after if error else None)
        elif outcome == "failed" and error is not None:
            self._failures += 1
            self.breaker.failed(now, error)
        span = now - self._opened if self._opened is not None else 0.0
        enough = SEARCH_EVENTS if self._pace.searching else WINDOW_EVENTS
        if span >= WINDOW_SECONDS and (self._ended >= enough or (span >= SLOW_SECONDS and self._ended >= SLOW_EVENTS)):
            self._close_window(now)
        if self._waiting:
            self._wake(loop)

    def _refused(self, now: float, seconds: float, retry_after: float | None) -> None:
        """A refusal: the endpoint lives. Where it refuses nearly everybody, everybody waits as long as it asks for."""
        self.refusals += 1
        self.breaker.answered()
        self._pace.refused(now, seconds)
        if retry_after and now >= self._pause_until and self._pace.refuses_nearly_all:
            self._pause_until = now + min(retry_after, 60.0)
            if self._pace.bucket is None:
                self._pace.hold(self._pause_until)
                self._opened, self._ended, self._failures = self._pause_until, 0, 0

    def _close_window(self, now: float) -> None:
        self._pace.learn(now)
        if self._failures >= 0.3 * self._ended:
            self._width = max(1.0, self._width * 0.7)
        else:
            self._width = min(float(self.cap), self._width + max(1.0, 0.15 * self._width))
        self._opened, self._ended, self._failures = now, 0, 0


class Pace:
    """The rate an endpoint lets through, learned from what it refuses.

    In each window: calls started less calls refused is what it let through. The pace is the best of the last windows, with a little more tried
    every now and then. Many refusals set it anew. Where slowing down does not lessen the refusals, they do not come from the pace: it is lifted.
    """

    def __init__(self) -> None:
        self.bucket: Bucket | None = None
        self.starts = 0
        self.binding = False
        self._refusals = 0
        self._latency = 0.0
        self._opened: float | None = None
        self._history: deque[float] = deque(maxlen=MEMORY)
        self._beat = 0
        self._cuts = 0
        self._off = 0
        self.searching = False

    @property
    def refuses_nearly_all(self) -> bool:
        """Whether most of what was started in this window was refused."""
        return self._refusals >= 3 and self._refusals > 0.8 * self.starts

    def holds(self, now: float) -> bool:
        """Whether the pace is what the next call waits for."""
        return self.bucket is not None and self.bucket.free_at > now

    def refused(self, now: float, seconds: float) -> None:
        """One refusal, that took so long; one of a call from before this window says nothing about its pace."""
        self._refusals += self._opened is None or now - seconds >= self._opened
        self._latency += 0.1 * (seconds - self._latency) if self._latency else seconds

    def learn(self, now: float) -> None:
        """Closes a window, unless refusals take so long that it would say too little."""
        if self._opened is None:
            self._opened = now - WINDOW_SECONDS
        elapsed = now - self._opened
        if elapsed < 4 * self._latency:
            return
        starts, refusals = self.starts, self._refusals
        passed = max(starts - refusals, 1) / elapsed
        self._off = max(0, self._off - 1)
        sure = max(0.0, refusals - 2 * refusals**0.5)
        if sure > 0.05 * max(starts, 1) and not self._off:
            self._cut(now, passed, many=refusals > 0.5 * starts, unsure=self.bucket is None or starts - refusals < 0.2 * starts)
        elif self.bucket is not None:
            self._climb(passed, starts, refusals)
        self._opened, self.starts, self._refusals, self.binding = now, 0, 0, False

    def hold(self, until: float) -> None:
        """Nobody asks before `until`: what was let through is all there is until then, and who comes back comes back at that pace."""
        began = self._opened if self._opened is not None else until - WINDOW_SECONDS
        passed = max(self.starts - self._refusals, 1) / max(until - began, WINDOW_SECONDS)
        self._cut(until, passed, many=True, unsure=True)
        self._opened, self.starts, self._refusals, self.binding = until, 0, 0, False

    def _cut(self, now: float, passed: float, *, many: bool, unsure: bool) -> None:
        self._cuts = 0 if many else self._cuts + 1
        if self._cuts > 4:
            self.bucket, self._off, self._cuts = None, 32, 0
            self._history.clear()
            return
        if self.bucket is None:
            self.bucket = Bucket(passed, BURST_SECONDS)
            self.bucket.free_at = now
        self._history.clear()
        self._history.append(passed)
        self._beat = 0
        self.searching = unsure
        self.bucket.rate = passed * STEADY_GAIN

    def _climb(self, passed: float, starts: int, refusals: int) -> None:
        assert self.bucket is not None
        self._cuts = 0
        probing = self._beat % PROBE_EVERY == PROBE_EVERY - 1
        if self.binding or passed > max(self._history):
            self._history.append(passed)
        self.searching = self.searching and refusals <= 0.1 * starts
        if self.searching:
            self.bucket.rate = max(self._history) * SEARCH_GAIN
            return
        if not (probing and self.binding and not refusals):
            self._beat += 1
        probing = self._beat % PROBE_EVERY == PROBE_EVERY - 1
        self.bucket.rate = max(self._history) * (PROBE_GAIN if probing else STEADY_GAIN)
