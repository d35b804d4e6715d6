"""Answer: what came back from a model, an application or a person, with its cost and its time."""

import re
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
    `choice_logprobs` holds, for likelihood questions, (log-probability, tokens, bytes) of each continuation; `choice_greedy`, where the
    model tells, whether each is what it would have written itself at temperature 0.
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
    choice_greedy: tuple[bool, ...] | None = None
    stop_reason: StopReason = "stop"
    notes: tuple[str, ...] = ()


FROM_CACHE = "from the cache"
"""The note of an answer that was not asked for anew."""
TAGS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
)
"""What models write around a thought: Qwen and DeepSeek, prompts of Claude's, Gemma, Seed, Magistral, Kimi, Sky-T1."""
SOLUTION = ("<|begin_of_solution|>", "<|end_of_solution|>")
CHANNEL = re.compile(
    r"<\|channel\|>\s*(\w+)(?:(?!<\|channel\|>).){0,200}?<\|message\|>|\A\s*(analysis)(?=.*assistantfinal)|assistant(final)(?!\w*>)",
    re.DOTALL,
)
"""How gpt-oss opens a channel (its harmony format), with its special tokens or with all of them dropped."""
CHANNEL_END = re.compile(r"(?:<\|(?:start|end|return|call|channel)\|>).*", re.DOTALL)


def split_reasoning(text: str) -> tuple[str, str | None, bool]:
    """Text of a model that thinks aloud -> (answer, reasoning or None, was the thought closed).

    A thought that never ends leaves what was said before it, or nothing: what stands in it was not said to anybody. A lone closing tag
    (the opening one was part of the prompt) ends a thought too.
    """
    if "<|channel|>" in text or "assistantfinal" in text:
        spoken = split_channels(text)
        if spoken is not None:
            return spoken
    for opened, closed in TAGS:
        if opened in text or closed in text:
            start = text.find(opened)
            if start < 0 or not text[:start].strip():
                return split_tags(text, opened, closed)
    return text, None, True


def split_tags(text: str, opened: str, closed: str) -> tuple[str, str | None, bool]:
    """A text that begins with a thought in tags; a thought that is opened again behind the answer and never closed takes nothing from it."""
    start, end = text.find(opened), text.rfind(closed)
    body = start + len(opened) if start >= 0 else 0
    if end < body:
        return "", text[body:].strip(), False
    said, thought = text[end + len(closed) :], text[body:end].strip()
    again = said.find(opened)
    # The name of a tag in a sentence has blanks around it; a thought has not.
    if again >= 0 and said[again - 1 : again] not in (" ", "`", '"'):
        return said[:again].strip(), f"{thought}\n\n{said[again + len(opened) :].strip()}", False
    for mark in SOLUTION:
        said = said.replace(mark, "")
    return said.lstrip(), thought, True


def split_channels(text: str) -> tuple[str, str | None, bool] | None:
    """A text in gpt-oss's channels: the last one named final is the answer, the others are thoughts; None where it has none."""
    found = list(CHANNEL.finditer(text))
    if not found or text[: found[0].start()].removeprefix("<|start|>assistant").strip():
        return None
    said, thoughts = None, []
    for match, following in zip(found, [*found[1:], None], strict=True):
        content = CHANNEL_END.sub("", text[match.end() : following.start() if following else len(text)]).strip()
        if "final" in match.groups():
            said = content
        else:
            thoughts.append(content)
    return said or "", "\n\n".join(thoughts) or None, said is not None
