"""What stands around a model: cache, budget, retry, limiter, deadline, in this order from outside in. One limiter per endpoint, shared by all roles."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay.core.answer import Answer
from assay.core.errors import ModelError
from assay.core.protocols import Model, Request, endpoint_of, notes_of
from assay.models.ask import Ask
from assay.models.breaker import Breaker
from assay.models.budget import Budget, with_budget
from assay.models.deadline import with_deadline
from assay.models.faults import RATE_LIMIT
from assay.models.limiter import Limiter, Outcome
from assay.models.prices import stated_price
from assay.models.retry import with_retry

if TYPE_CHECKING:
    from assay.models.cache import AnswerCache

RETRIES = 6
PATIENCE = 900.0


def with_limiter(ask: Ask, limiter: Limiter) -> Ask:
    """A call waits for its turn, and its outcome teaches the limiter."""
    breaker = limiter.breaker

    async def limited(request: Request) -> Answer:
        await limiter.acquire()
        clock = asyncio.get_running_loop().time
        started = clock()
        outcome: Outcome = "cancelled"
        tokens = 0
        said: ModelError | None = None
        try:
            breaker.check()
            answer = await ask(request)
            outcome, tokens = "answered", answer.usage.input_tokens + answer.usage.output_tokens
        except ModelError as error:
            outcome, said = outcome_of(error), error
            raise
        finally:
            limiter.release(outcome, seconds=clock() - started, tokens=tokens, error=said)
        return answer

    return limited


def outcome_of(error: ModelError) -> Outcome:
    """What an error says about the endpoint: a refusal for the rate, a fault, or an answer (a 400 is one: the endpoint lives)."""
    if error.kind == RATE_LIMIT:
        return "refused"
    if error.kind == "endpoint_down":
        return "cancelled"
    return "failed" if error.retryable else "answered"


class Limiters:
    """The limiters of one run: endpoint -> limiter, made when first asked for."""

    def __init__(self, max_connections: int = 64, *, rpm: float | None = None, tpm: float | None = None) -> None:
        self.max_connections, self.rpm, self.tpm = max_connections, rpm, tpm
        self.by_endpoint: dict[str, Limiter] = {}

    def of(self, model: Model) -> Limiter:
        """The limiter of a model's endpoint; a model without one has its own name as endpoint."""
        endpoint = endpoint_of(model)
        found = self.by_endpoint.get(endpoint)
        if found is None:
            found = self.by_endpoint[endpoint] = Limiter(self.max_connections, endpoint=endpoint, rpm=self.rpm, tpm=self.tpm)
        return found


class Wrapped:
    """A model with everything around it. `inner` is the provider's own; `limiter` its endpoint's."""

    def __init__(self, inner: Model, ask: Ask, limiter: Limiter, cache: "AnswerCache | None" = None) -> None:
        self.inner = inner
        self.limiter = limiter
        self.name = inner.name
        self.endpoint = endpoint_of(inner)
        self._ask = ask
        self._cache = cache

    @property
    def identity(self) -> Mapping[str, Any]:
        """The provider's own: what stands around a model changes no answer."""
        return self.inner.identity

    @property
    def notes(self) -> tuple[str, ...]:
        """What the endpoint refused, and what else the person should know, a line each."""
        return (*notes_of(self.inner), *(self._cache.notes if self._cache else ()))

    async def generate(self, request: Request) -> Answer:
        """The answer, through all wrappers."""
        return await self._ask(request)

    async def close(self) -> None:
        """Closes the model."""
        await self.inner.close()


def wrap(
    model: Model,
    *,
    limiter: Limiter,
    deadline: float = 600.0,
    retries: int = RETRIES,
    patience: float = PATIENCE,
    cache: "AnswerCache | None" = None,
    budget: Budget | None = None,
) -> Wrapped:
    """A model with cache, budget, retry, limiter and deadline around it. `deadline` in seconds for one attempt."""
    ask: Ask = with_deadline(model.generate, deadline, model.name)
    ask = with_limiter(ask, limiter)
    ask = with_retry(ask, limiter.breaker, retries=retries, patience=patience)
    if budget is not None:
        ask = with_budget(ask, budget, stated_price(model), model.name)
    if cache is not None:
        from assay.models.cache import with_cache

        ask = with_cache(ask, cache, model)
    return Wrapped(model, ask, limiter, cache)


__all__ = ["Breaker", "Limiter", "Limiters", "Wrapped", "with_limiter", "wrap"]
