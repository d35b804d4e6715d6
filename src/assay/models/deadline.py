"""The deadline of one attempt: it holds even where an endpoint dribbles a byte a second."""

import asyncio

from assay.core.answer import Answer
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.ask import Ask


def with_deadline(ask: Ask, seconds: float, name: str) -> Ask:
    """One attempt takes at most `seconds`, then it raises a retryable ModelError of kind "timeout"."""

    async def timely(request: Request) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                return await ask(request)
        except TimeoutError as error:
            raise ModelError(
                f"{name}: no whole answer within {seconds:g} s.", kind="timeout", retryable=True, remedy="Raise it with --timeout SECONDS."
            ) from error

    return timely
