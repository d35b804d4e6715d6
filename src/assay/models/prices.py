"""Prices: a small dated table of what list prices were; anything else costs "unknown", which is never zero and never guessed."""

import msgspec

from assay.core.answer import Usage
from assay.core.protocols import Model

AS_OF = "2025-09"


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars per million tokens, in, out, and of cached input (None: as input)."""

    input: float
    output: float
    cached: float | None = None


# List prices published by the providers at the date above. A dated model name ("gpt-4o-2024-08-06") is not looked up by its prefix:
# versions of one name have had different prices.
PRICES: dict[str, Price] = {
    "openai/gpt-4o": Price(input=2.5, output=10.0, cached=1.25),
    "openai/gpt-4o-mini": Price(input=0.15, output=0.6, cached=0.075),
    "openai/gpt-4.1": Price(input=2.0, output=8.0, cached=0.5),
    "openai/gpt-4.1-mini": Price(input=0.4, output=1.6, cached=0.1),
    "openai/gpt-4.1-nano": Price(input=0.1, output=0.4, cached=0.025),
    "openai/o3": Price(input=2.0, output=8.0, cached=0.5),
    "openai/o4-mini": Price(input=1.1, output=4.4, cached=0.275),
    "openai/gpt-5": Price(input=1.25, output=10.0, cached=0.125),
    "openai/gpt-5-mini": Price(input=0.25, output=2.0, cached=0.025),
    "openai/gpt-5-nano": Price(input=0.05, output=0.4, cached=0.005),
    "anthropic/claude-opus-4-1": Price(input=15.0, output=75.0, cached=1.5),
    "anthropic/claude-sonnet-4-0": Price(input=3.0, output=15.0, cached=0.3),
    "anthropic/claude-3-5-haiku-latest": Price(input=0.8, output=4.0, cached=0.08),
    "google/gemini-2.5-flash": Price(input=0.3, output=2.5, cached=0.075),
    "google/gemini-2.5-flash-lite": Price(input=0.1, output=0.4, cached=0.025),
    "google/gemini-2.0-flash": Price(input=0.1, output=0.4, cached=0.025),
}


def price_of(name: str, *, price_in: float | None = None, price_out: float | None = None) -> Price | None:
    """The price of `provider/model`: what the person says first, then the table; None where neither knows."""
    if price_in is not None and price_out is not None:
        return Price(input=price_in, output=price_out)
    return PRICES.get(name)


def stated_price(model: Model) -> Price | None:
    """What a model says of its own price; None where it says nothing."""
    price: Price | None = getattr(model, "price", None)
    return price


def cost_of(usage: Usage, price: Price | None) -> float | None:
    """Dollars of one answer; None where the price is not known. Reasoning tokens are part of the output tokens, cached of the input."""
    if price is None:
        return None
    cached = min(usage.cached_tokens, usage.input_tokens)
    fresh = usage.input_tokens - cached
    return (
        fresh * price.input + cached * (price.input if price.cached is None else price.cached) + usage.output_tokens * price.output
    ) / 1e6
