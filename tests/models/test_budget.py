"""The budget as a hard cap: calls that start together, calls of unknown length, and what a refusal says."""

import asyncio
from typing import Any

import pytest

from assay.core.answer import Answer, Usage
from assay.core.content import message
from assay.core.errors import BudgetExceeded, ModelError, UsageError
from assay.core.protocols import Decoding, Request
from assay.models.budget import LEARNING, Budget, with_budget
from assay.models.prices import Price

DOLLAR = Price(input=1.0, output=1.0)


class Endpoint:
    """Answers of the given lengths after a turn of the loop; counts what is in flight and what it wrote."""

    def __init__(self, *lengths: int, tokens_in: int = 10) -> None:
        self.lengths, self.tokens_in = lengths, tokens_in
        self.asked = self.now = self.widest = self.used = 0

    async def __call__(self, request: Request) -> Answer:
        written = self.lengths[self.asked % len(self.lengths)]
        self.asked += 1
        self.now += 1
        self.widest = max(self.widest, self.now)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.now -= 1
        self.used += self.tokens_in + written
        return Answer(text="x", usage=Usage(input_tokens=self.tokens_in, output_tokens=written, cost=(self.tokens_in + written) / 1e6))


def together(endpoint: Any, budget: Budget, calls: int = 64, text: str = "[item]", **decoding: Any) -> list[Any]:
    """The outcomes of calls that all start at once."""
    ask = with_budget(endpoint, budget, DOLLAR, "fake")
    request = Request(messages=(message("user", text),), decoding=Decoding(**decoding))

    async def run() -> list[Any]:
        return await asyncio.gather(*(ask(request) for _ in range(calls)), return_exceptions=True)

    return asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("cap", [{"tokens": 1000}, {"dollars": 0.001}])
def test_calls_that_start_together_do_not_pass_the_cap(cap: dict[str, Any]) -> None:
    endpoint = Endpoint(17)
    results = together(endpoint, Budget(**cap))
    refused = [each for each in results if isinstance(each, BudgetExceeded)]
    assert sum(isinstance(each, Answer) for each in results) + len(refused) == 64
    assert endpoint.used == 999 and len(refused) == 64 - 37
    spent, flag, other = ("999 spent", "--token-budget", "--budget ") if "tokens" in cap else ("$0.000999 spent", "--budget ", "--token")
    assert spent in str(refused[0]) and flag in str(refused[0]) and other not in str(refused[0])


def test_it_starts_narrow_and_widens_when_lengths_are_known() -> None:
    endpoint = Endpoint(40)
    asked = asyncio.run(width_at_first(endpoint))
    assert asked == LEARNING and endpoint.widest > 2 * LEARNING and endpoint.asked == 64


async def width_at_first(endpoint: Endpoint) -> int:
    """How many of 64 calls are in flight before any answer."""
    ask = with_budget(endpoint, Budget(tokens=10**6), None, "fake")
    calls = [asyncio.ensure_future(ask(Request(messages=(message("user", "q"),)))) for _ in range(64)]
    await asyncio.sleep(0)
    first = endpoint.now
    await asyncio.gather(*calls)
    return first


def test_calls_with_a_bound_start_at_once() -> None:
    endpoint = Endpoint(40)
    assert len(together(endpoint, Budget(tokens=10**6), max_tokens=50)) == endpoint.widest == 64


@pytest.mark.parametrize("lengths", [(1, 2, 300), (5, 700, 5, 5, 5, 5, 5, 5), tuple(range(1, 60))])
def test_lengths_seen_before_are_reserved(lengths: tuple[int, ...]) -> None:
    endpoint = Endpoint(*lengths)
    results = together(endpoint, Budget(tokens=4000), calls=400)
    assert any(isinstance(each, BudgetExceeded) for each in results)
    assert 4000 - 2 * max(lengths) < endpoint.used <= 4000 + max(lengths)


def test_prompts_that_are_denser_than_thought_are_learned() -> None:
    endpoint = Endpoint(10, tokens_in=400)
    together(endpoint, Budget(tokens=20_000), text="天" * 400)
    assert 19_000 < endpoint.used <= 20_000


def test_a_call_that_cannot_fit_alone_says_so() -> None:
    endpoint = Endpoint(5)
    (refused,) = together(endpoint, Budget(tokens=100), calls=1, max_tokens=4096)
    assert "0 spent, none in flight" in str(refused) and "4,105" in str(refused) and "--max-tokens" in str(refused) and not endpoint.asked


def test_what_earlier_attempts_spent_counts_but_is_no_length() -> None:
    budget = Budget(tokens=1000, spent=Usage(input_tokens=100, output_tokens=800))
    endpoint = Endpoint(5)
    results = together(endpoint, budget, calls=10)
    assert endpoint.used == 90 and sum(isinstance(each, Answer) for each in results) == 6


@pytest.mark.parametrize("price", [None, DOLLAR])
@pytest.mark.parametrize("lengths", [(44,), (10, 60, 35, 50), tuple(range(20, 80, 7))])
def test_a_command_that_is_repeated_does_not_pass_the_cap(lengths: tuple[int, ...], price: Price | None) -> None:
    endpoint, cap = Endpoint(*lengths), {"tokens": 3000} if price is None else {"dollars": 0.003}
    together(endpoint, Budget(**cap), calls=200)
    assert 3000 - 2 * max(lengths) < endpoint.used <= 3000
    for _ in range(6):
        spent = Usage(input_tokens=10 * endpoint.asked, output_tokens=endpoint.used - 10 * endpoint.asked, cost=endpoint.used / 1e6)
        together(endpoint, Budget(**cap, spent=spent, calls=endpoint.asked), calls=200)
        assert endpoint.used <= 3000


def test_answers_that_nobody_counted_are_estimated() -> None:
    asked = 0

    async def uncounted(request: Request) -> Answer:
        nonlocal asked
        asked += 1
        return Answer(text="word " * 20)

    budget = Budget(tokens=500)
    together(uncounted, budget, calls=100, text="a prompt of forty characters, more or less")
    assert 5 < asked < 15 and budget.spent.output_tokens == 25 * asked and budget.spent.input_tokens > 10 * asked


def test_whoever_waits_goes_on_when_the_call_before_fails_or_is_cancelled() -> None:
    budget = Budget(tokens=100)

    async def broken(request: Request) -> Answer:
        await asyncio.sleep(0)
        raise ModelError("no", kind="bad_request")

    assert all(isinstance(each, ModelError) for each in together(broken, budget, calls=20))

    async def stuck(request: Request) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> Answer:
        request = Request(messages=(message("user", "q"),))
        first, second = (asyncio.ensure_future(with_budget(stuck, budget, None, "fake")(request)) for _ in range(2))
        third = asyncio.ensure_future(with_budget(Endpoint(5), budget, None, "fake")(request))
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()
        return await third

    assert asyncio.run(asyncio.wait_for(run(), 20)).text == "x" and budget.in_flight == 0


def test_dollars_need_a_price() -> None:
    with pytest.raises(UsageError, match="price_in"):
        with_budget(Endpoint(1), Budget(dollars=1.0), None, "fake")
