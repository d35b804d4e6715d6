"""The circuit breaker of one endpoint: once it has answered nobody for a while, nobody else waits for it; now and then one call tries again."""

import asyncio

from assay.core.errors import ModelError

THRESHOLD = 8
"""Faults in a row, without any answer between them, before the breaker may open."""
PATIENCE = 5.0
"""Seconds those faults must span: a restart of a moment is what retries are for."""
ABSENT_THRESHOLD = 3
ABSENT_PATIENCE = 0.6
"""Where nobody ever answered and nothing listens, so many faults over so many seconds are enough: nothing runs there."""
PROBE_SECONDS = 5.0
"""How often one call is let through while it is open."""


class Breaker:
    """Closed: everything passes. Open: calls fail at once with kind "endpoint_down", but for one probe every few seconds.

    Those who sleep before a retry sleep here, so that opening wakes them all.
    """

    def __init__(
        self, endpoint: str, *, threshold: int = THRESHOLD, patience: float = PATIENCE, probe_seconds: float = PROBE_SECONDS
    ) -> None:
        self.endpoint = endpoint
        self.open = False
        self.met = False
        """Whether it has ever answered."""
        self._threshold, self._patience, self._probe_seconds = threshold, patience, probe_seconds
        self._faults = 0
        self._since = 0.0
        self._last = ModelError("")
        self._next_probe = 0.0
        self._sleepers: set[asyncio.Future[None]] = set()

    def check(self) -> None:
        """Raises ModelError where the endpoint is known to be down and it is not time for a probe."""
        if not self.open:
            return
        now = asyncio.get_running_loop().time()
        if now >= self._next_probe:
            self._next_probe = now + self._probe_seconds
            return
        remedy = "See that the endpoint runs, then repeat the command: it goes on where it stopped."
        if self.met or not self._last.absent:
            raise ModelError(f"{self.endpoint} answers nobody any more; last: {self._last.message}", kind="endpoint_down", remedy=remedy)
        raise ModelError(self._last.message, kind="endpoint_down", remedy=self._last.remedy or remedy)

    def failed(self, now: float, error: ModelError) -> None:
        """One more call without an answer."""
        self._last = error
        if not self._faults:
            self._since = now
        self._faults += 1
        absent = error.absent and not self.met
        enough, patience = (ABSENT_THRESHOLD, ABSENT_PATIENCE) if absent else (self._threshold, self._patience)
        if not self.open and self._faults >= enough and now - self._since >= min(patience, self._patience):
            self.open = True
            self._next_probe = now + self._probe_seconds
            for sleeper in self._sleepers:
                _wake(sleeper)

    def answered(self) -> None:
        """The endpoint lives."""
        self.met = True
        self._faults = 0
        self.open = False

    async def sleep(self, seconds: float) -> None:
        """Waits, but no longer than until the breaker opens."""
        if self.open:
            return
        loop = asyncio.get_running_loop()
        sleeper: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(seconds, _wake, sleeper)
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            timer.cancel()
            self._sleepers.discard(sleeper)


def _wake(sleeper: "asyncio.Future[None]") -> None:
    if not sleeper.done():
        sleeper.set_result(None)
