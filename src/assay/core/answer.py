"""Answer: what came back from a model, an application or a person, with its cost and its time."""

from typing import Literal

import msgspec

from assay.core.content import Message, ToolCall

StopReason = Literal["stop", "length", "tool_calls", "content_filter", "unknown"]


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens and money of one answer; `cost` in US dollars, None where the price is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None

    def __add__(self, other: "Usage") -> "Usage":
        costs = [each.cost for each in (self, other) if each.cost is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cost=sum(costs) if costs else None,
        )


class Timing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Seconds: the whole call, and to the first token where the answer was streamed."""

    seconds: float = 0.0
    first_token: float | None = None


class TokenLogprob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The natural log-probability of one token, and of its rivals at that place."""

    token: str
    logprob: float
    top: dict[str, float] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came back.

    `text` is the answer proper; `reasoning` is the thought before it, never part of it. An answer cut inside its
    thought has an empty text and `stop_reason` "length". `messages` is the whole exchange where it had more than one turn.
    `choice_logprobs` holds, for likelihood questions, (log-probability, tokens, bytes) of each continuation.
    """

    text: str
    reasoning: str | None = None
    messages: tuple[Message, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    model: str = ""
    usage: Usage = Usage()
    timing: Timing = Timing()
    logprobs: tuple[TokenLogprob, ...] | None = None
    choice_logprobs: tuple[tuple[float, int, int], ...] | None = None
    stop_reason: StopReason = "stop"
    notes: tuple[str, ...] = ()


FROM_CACHE = "from the cache"
"""The note of an answer that was not asked for anew."""
THINK = ("<think>", "</think>")


def split_reasoning(text: str) -> tuple[str, str | None, bool]:
    """Text of a model that thinks aloud -> (answer, reasoning or None, was the thought closed).

    A thought that never ends leaves an empty answer: what stands in it was not said to anybody. A lone closing tag
    (the opening one was part of the prompt) ends a thought too.
    """
    opened, closed = THINK
    start, end = text.find(opened), text.rfind(closed)
    if start < 0 and end < 0:
        return text, None, True
    if start >= 0 and text[:start].strip():
        return text, None, True
    body = start + len(opened) if start >= 0 else 0
    if end < body:
        return "", text[body:].strip(), False
    return text[end + len(closed) :].lstrip(), text[body:end].strip(), True
