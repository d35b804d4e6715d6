"""Retries: whatever may pass is asked again, after a growing, jittered pause that holds no slot of the limiter."""

import random

from assay.core.answer import Answer
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.ask import Ask
from assay.models.breaker import Breaker
from assay.models.faults import RATE_LIMIT

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
PACED = 4
"""Refusals double the pause no further than this: the limiter sets the pace, and sleepers who sleep too long would leave it without work."""


def with_retry(ask: Ask, breaker: Breaker, *, retries: int, patience: float) -> Ask:
    """At most `retries` faults are survived; refusals for the rate (429) do not count among them, but all pauses together stay below `patience` seconds."""

    async def persistent(request: Request) -> Answer:
        attempts, faults, waited = 0, 0, 0.0
        while True:
            attempts += 1
            try:
                return await ask(request)
            except ModelError as error:
                error.attempts = attempts
                if not error.retryable:
                    raise
                refused = error.kind == RATE_LIMIT
                faults += not refused
                pause = pause_before(min(attempts, PACED) if refused else faults, error.retry_after)
                if faults > retries or waited + pause > patience:
                    raise
            waited += pause
            await breaker.sleep(pause)

    return persistent


def pause_before(attempt: int, retry_after: float | None) -> float:
    """Seconds to wait after the attempt number `attempt` (1, 2, ...) failed: what the endpoint asks for, else doubling up to half a minute; jittered,
    so that those who were refused together do not come back together."""
    if retry_after is not None:
        return float(retry_after * random.uniform(1.0, 1.25) + random.uniform(0.0, 0.1))
    return random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt - 1, 16))
