"""Anthropic messages, natively. Written from the public API reference; not exercised against the live endpoint."""

from typing import Any

import msgspec

from assay.core.answer import Answer, StopReason
from assay.core.content import Audio, Image, Media, Message, Part, Text, ToolCall, ToolResult, Video
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.faults import HttpFault
from assay.models.media import Loaded
from assay.models.provider import HttpModel, given, no_likelihood, parsed_arguments, usage_of

DEFAULT_MAX_TOKENS = 4096
STOPS: dict[str | None, StopReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class Block(msgspec.Struct):
    """A block of content: a text, a thought, a tool call."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, Any] | None = None


class Counts(msgspec.Struct):
    """Tokens of a message; what was read from or written to the cache is counted beside `input_tokens`."""

    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cache_read_input_tokens: int | None = 0
    cache_creation_input_tokens: int | None = 0


class Reply(msgspec.Struct):
    """A message."""

    content: list[Block] | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: Counts | None = None
    error: dict[str, Any] | None = None


class Delta(msgspec.Struct):
    """What an event adds."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class Event(msgspec.Struct):
    """One event of a stream."""

    type: str = ""
    index: int = 0
    message: Reply | None = None
    content_block: Block | None = None
    delta: Delta | None = None
    usage: Counts | None = None
    error: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Reply)
_event_decoder = msgspec.json.Decoder(Event)


class AnthropicModel(HttpModel):
    """A model behind `POST /messages`."""

    api = "anthropic"

    def path(self, *, streamed: bool = False) -> str:
        return "/messages"

    def body(self, request: Request, media: Loaded) -> dict[str, Any]:
        if request.continuations is not None:
            raise no_likelihood(self.name, "messages")
        decoding = request.decoding
        limit = decoding.max_tokens or DEFAULT_MAX_TOKENS
        body: dict[str, Any] = {"model": self.model, "max_tokens": limit, "messages": turns(request.messages, media)}
        system = "\n\n".join(each.text for each in request.messages if each.role == "system")
        if system:
            body["system"] = system
        body |= given(temperature=decoding.temperature, top_p=decoding.top_p, stop_sequences=decoding.stop)
        if self._settings.reasoning_tokens:
            self._think(body, limit, self._settings.reasoning_tokens)
        if request.tools:
            schema = {"type": "object", "properties": {}}
            body["tools"] = [
                {"name": each.name, "description": each.description, "input_schema": each.parameters or schema} for each in request.tools
            ]
        if request.response_schema is not None:
            body["output_format"] = {"type": "json_schema", "schema": request.response_schema}
        self._say_what_is_unknown(request)
        return body | decoding.extra

    def _think(self, body: dict[str, Any], limit: int, budget: int) -> None:
        """Thinking counts among max_tokens here, and allows no temperature."""
        body["thinking"] = {"type": "enabled", "budget_tokens": budget}
        body["max_tokens"] = limit + budget
        if body.pop("temperature", None) is not None:
            self._lessons.note(f"{self.name}: temperature dropped, it cannot be set while the model thinks")

    def _say_what_is_unknown(self, request: Request) -> None:
        if request.decoding.seed is not None:
            self._lessons.note(f"{self.name}: the endpoint knows no seed, dropped")
        if request.decoding.logprobs is not None:
            self._lessons.note(f"{self.name}: the endpoint gives no logprobs, dropped")

    def read(self, content: bytes, request: Request) -> Answer:
        found = self.decoded(_decoder, content)
        if found.error:
            raise self.error_in_answer(found.error)
        if found.content is None:
            raise HttpFault(f"{self.endpoint} answered without content.", kind="bad_response", retryable=True)
        return reply_answer(found)

    def fold(self, request: Request) -> "MessageFold":
        return MessageFold(self)


class MessageFold:
    """Gathers the blocks of a streamed message."""

    def __init__(self, model: AnthropicModel) -> None:
        self.started = self.finished = False
        self._model = model
        self._reply = Reply(content=[], usage=Counts())
        self._blocks: dict[int, Block] = {}
        self._written: dict[int, str] = {}

    def add(self, payload: bytes) -> None:
        """One event."""
        event = self._model.decoded(_event_decoder, payload)
        if event.type == "error":
            raise self._model.error_in_answer(event.error or "the stream was broken off")
        if event.type == "message_start" and event.message is not None:
            self._reply = event.message
        elif event.type == "content_block_start" and event.content_block is not None:
            self._blocks[event.index] = event.content_block
        elif event.type == "content_block_delta" and event.delta is not None:
            self._grow(event.index, event.delta)
        elif event.type == "message_delta":
            self._end(event)
        elif event.type == "message_stop":
            self.finished = True

    def _grow(self, place: int, delta: Delta) -> None:
        block = self._blocks.setdefault(place, Block(type="text"))
        self.started = True
        if delta.text:
            block.text = (block.text or "") + delta.text
        if delta.thinking:
            block.thinking = (block.thinking or "") + delta.thinking
        if delta.partial_json:
            self._written[place] = self._written.get(place, "") + delta.partial_json

    def _end(self, event: Event) -> None:
        if event.delta is not None:
            self._reply.stop_reason = event.delta.stop_reason
        if event.usage is not None and self._reply.usage is not None:
            self._reply.usage.output_tokens = event.usage.output_tokens

    def answer(self) -> Answer:
        """The whole answer."""
        self._reply.content = [self._blocks[place] for place in sorted(self._blocks)]
        return reply_answer(self._reply, {place: self._written.get(number, "") for place, number in enumerate(sorted(self._blocks))})


def reply_answer(found: Reply, written: dict[int, str] | None = None) -> Answer:
    """An answer from the blocks of a message; `written` holds tool arguments that came in pieces."""
    texts, thoughts, calls = [], [], []
    for place, block in enumerate(found.content or ()):
        if block.type == "text":
            texts.append(block.text or "")
        elif block.type == "thinking":
            thoughts.append(block.thinking or "")
        elif block.type == "tool_use":
            arguments = parsed_arguments((written or {}).get(place) or block.input)
            calls.append(ToolCall(id=block.id or f"call_{place}", name=block.name or "", arguments=arguments))
    usage = found.usage or Counts()
    read = usage.cache_read_input_tokens or 0
    whole = (usage.input_tokens or 0) + read + (usage.cache_creation_input_tokens or 0)
    return Answer(
        text="".join(texts),
        reasoning="\n\n".join(thoughts) or None,
        tool_calls=tuple(calls),
        model=found.model or "",
        usage=usage_of(whole, usage.output_tokens, 0, read),
        stop_reason=STOPS.get(found.stop_reason, "unknown"),
    )


def turns(messages: tuple[Message, ...], media: Loaded) -> list[dict[str, Any]]:
    """Messages as alternating turns: tool results are the user's, neighbours of one role are joined, system texts stand elsewhere."""
    found: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = [_block(part, media) for part in message.content if not (isinstance(part, Text) and not part.text)]
        if found and found[-1]["role"] == role:
            found[-1]["content"].extend(blocks)
        elif blocks:
            found.append({"role": role, "content": blocks})
    return found


def _block(part: Part, media: Loaded) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, ToolCall):
        return {
            "type": "tool_use",
            "id": part.id,
            "name": part.name,
            "input": part.arguments if isinstance(part.arguments, dict) else {"raw": part.arguments},
        }
    if isinstance(part, ToolResult):
        return {"type": "tool_result", "tool_use_id": part.id, "content": part.content, "is_error": part.failed}
    assert isinstance(part, Media)
    if isinstance(part, (Audio, Video)):
        raise ModelError(
            f"Anthropic's messages take no {type(part).__name__.lower()}.", kind="media", remedy="Leave such samples out for this model."
        )
    item = media[part.uri]
    source = {"type": "url", "url": item.url} if item.url else {"type": "base64", "media_type": item.media_type, "data": item.data}
    return {"type": "image" if isinstance(part, Image) else "document", "source": source}
