"""The budget of a whole run: a hard cap in money or tokens, over every model role together."""

import asyncio

import msgspec

from assay.core.answer import Answer, Usage
from assay.core.errors import BudgetExceeded, UsageError
from assay.core.protocols import Request
from assay.models.ask import Ask
from assay.models.estimate import estimated, prompt_tokens
from assay.models.prices import Price, cost_of

LEARNING = 8
"""So many calls of unknown length may be in flight at first; afterwards as many as answers are in, which doubles each round."""
FLOOR = 1024
"""Output tokens that a call of unknown length reserves, at least, until so many answers are in."""
MARGIN = 2
"""So many times the longest answer so far is reserved: short answers come back first."""


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What one call may use."""

    tokens: int
    dollars: float


class Budget:
    """At most `dollars` and `tokens` (in and out together), None for no cap. `spent` is what answers have used, of earlier attempts too,
    where `calls` gave them.

    A call in flight holds a reservation: its prompt, and the most it may write, or where `max_tokens` is not set twice the longest answer
    so far. A call that does not fit beside the others waits for them; one that does not fit alone (of
    unknown length: as long as the longest so far) is refused. So the cap can only be passed by what one call without `max_tokens` writes
    beyond any before. Of earlier attempts the mean alone is known: twice that must fit, so that repeating a command does not pass the cap.
    """

    def __init__(self, *, dollars: float | None = None, tokens: int | None = None, spent: Usage | None = None, calls: int = 0) -> None:
        self.dollars, self.tokens = dollars, tokens
        self.spent = spent or Usage()
        self._read_before, self._written_before = (
            MARGIN * -(-each // calls) if calls else 0 for each in (self.spent.input_tokens, self.spent.output_tokens)
        )
        self.in_flight = 0
        self._held_tokens = 0
        self._held_dollars = 0.0
        self._calls = self._longest = self._read = self._guessed = 0
        self._density = 1.0
        self._waiting: list[asyncio.Future[None]] = []

    async def reserve(self, request: Request, price: Price | None) -> Reservation:
        """Waits until the call fits. Raises BudgetExceeded where it does not even with nothing in flight."""
        while True:
            most = self.most(request, price)
            if self._fits(most) and not self._too_early(request):
                return self._hold(most)
            if not self.in_flight:
                least = self.least(request, price)
                if self._fits(least):
                    return self._hold(most)
                raise self._used_up(least, request)
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn

    def settle(self, held: Reservation, request: Request, usage: Usage | None) -> None:
        """Gives a reservation back and books what the answer used (None: there was no answer); whoever waits looks again."""
        self.in_flight -= 1
        self._held_tokens -= held.tokens
        self._held_dollars = self._held_dollars - held.dollars if self.in_flight else 0.0
        if usage is not None:
            self.spent = self.spent + usage
            self._calls += 1
            self._read += usage.input_tokens
            self._guessed += prompt_tokens(request)
            self._longest = max(self._longest, usage.output_tokens)
            self._density = max(self._density, usage.input_tokens / prompt_tokens(request))
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def most(self, request: Request, price: Price | None) -> Reservation:
        """What a call reserves: as much a character in as any so far, and the most it may write, else a multiple of the longest answer so far."""
        longest = max(MARGIN * self._longest, self._written_before, FLOOR if self._calls < LEARNING else 0)
        return reservation(int(prompt_tokens(request) * self._density), request.decoding.max_tokens or longest, price)

    def least(self, request: Request, price: Price | None) -> Reservation:
        """What must be left for a call alone: its prompt as dense as the mean, and the most it may write, else the longest so far."""
        density = max(1.0, self._read / self._guessed) if self._guessed else 1.0
        read = max(int(prompt_tokens(request) * density), 0 if self._calls else self._read_before)
        return reservation(read, request.decoding.max_tokens or max(self._longest, self._written_before), price)

    def _too_early(self, request: Request) -> bool:
        return request.decoding.max_tokens is None and self.in_flight >= max(LEARNING, self._calls)

    def _fits(self, use: Reservation) -> bool:
        tokens, dollars = self._held_tokens + use.tokens, self._held_dollars + use.dollars
        in_tokens = self.tokens is None or used_tokens(self.spent) + tokens <= self.tokens
        return in_tokens and (self.dollars is None or (self.spent.cost or 0.0) + dollars <= self.dollars)

    def _hold(self, use: Reservation) -> Reservation:
        self.in_flight += 1
        self._held_tokens += use.tokens
        self._held_dollars += use.dollars
        return use

    def _used_up(self, least: Reservation, request: Request) -> BudgetExceeded:
        used, flag = used_tokens(self.spent), "--token-budget"
        if self.tokens is not None and used + least.tokens > self.tokens:
            told = f"{self.tokens:,} tokens is used up: {used:,} spent, none in flight, and the next call may use {least.tokens:,}."
        else:
            flag, cost = "--budget", self.spent.cost or 0.0
            told = f"${self.dollars:g} is used up: ${cost:.6f} spent, none in flight, and the next call may cost ${least.dollars:.6f}."
        shorter = " or lower --max-tokens" if request.decoding.max_tokens else ""
        return BudgetExceeded(f"The budget of {told}", kind="budget", remedy=f"Raise {flag}{shorter} and repeat.")


def reservation(tokens_in: int, tokens_out: int, price: Price | None) -> Reservation:
    """Tokens and dollars of a call; no dollars where the price is not known."""
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    return Reservation(tokens=used_tokens(usage), dollars=cost_of(usage, price) or 0.0)


def used_tokens(usage: Usage) -> int:
    """In and out together."""
    return usage.input_tokens + usage.output_tokens


def with_budget(ask: Ask, budget: Budget, price: Price | None, name: str) -> Ask:
    """No call passes the cap. Raises UsageError at once where money is capped and the model's price is not known."""
    if budget.dollars is not None and price is None:
        remedy = "Give -M price_in=... -M price_out=... (dollars per million tokens; 0 for a model of your own), or cap tokens."
        raise UsageError(f"A budget in dollars needs the price of {name}, which is not known.", remedy=remedy)

    async def thrifty(request: Request) -> Answer:
        held = await budget.reserve(request, price)
        usage: Usage | None = None
        try:
            answer = await ask(request)
            usage = estimated(answer.usage, request, answer) if not used_tokens(answer.usage) else answer.usage
        finally:
            budget.settle(held, request, usage)
        return answer

    return thrifty
