"""OpenAI responses. Written from the public API reference; not exercised against the live endpoint."""

from typing import Any

import msgspec

from assay.core.answer import Answer, StopReason, Usage
from assay.core.content import Audio, Image, Media, Message, Part, Text, ToolCall, ToolResult
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.media import Loaded
from assay.models.openai import InputDetails, OutputDetails, audio_format, described
from assay.models.provider import HttpModel, given, no_likelihood, parsed_arguments, spoken, usage_of


class Piece(msgspec.Struct):
    """A piece of an item: a text, a refusal, a summary of a thought."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None


class Item(msgspec.Struct):
    """One output item: a message, a thought or a call."""

    type: str = ""
    content: list[Piece] | None = None
    summary: list[Piece] | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class Counts(msgspec.Struct):
    """Tokens of a response."""

    input_tokens: int | None = 0
    output_tokens: int | None = 0
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class Incomplete(msgspec.Struct):
    """Why a response is not whole."""

    reason: str | None = None


class Response(msgspec.Struct):
    """A response."""

    status: str | None = None
    model: str | None = None
    output: list[Item] | None = None
    usage: Counts | None = None
    incomplete_details: Incomplete | None = None
    error: dict[str, Any] | None = None


class Event(msgspec.Struct):
    """One event of a stream; the last one carries the whole response."""

    type: str = ""
    response: msgspec.Raw = msgspec.Raw(b"null")
    message: str | None = None
    error: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Response)
_event_decoder = msgspec.json.Decoder(Event)
LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
WHOLE = (None, "completed")
CUT: dict[str | None, StopReason] = {"max_output_tokens": "length", "max_tokens": "length", "content_filter": "content_filter"}
"""What may have ended the answer of a model early. Whatever else left a response incomplete is the endpoint's doing."""


class ResponsesModel(HttpModel):
    """A model behind `POST /responses`. Nothing is stored at the provider."""

    api = "responses"
    cuts_here = True

    def path(self, *, streamed: bool = False) -> str:
        return "/responses"

    def body(self, request: Request, media: Loaded) -> dict[str, Any]:
        if request.continuations is not None:
            raise no_likelihood(self.name, "responses")
        decoding = request.decoding
        if decoding.stop or decoding.seed is not None:
            self._lessons.note(f"{self.name}: the responses endpoint knows no stop strings and no seed; stop is applied here, seed dropped")
        body: dict[str, Any] = {"model": self.model, "input": input_items(request.messages, media), "store": False}
        body |= given(temperature=decoding.temperature, top_p=decoding.top_p, max_output_tokens=decoding.max_tokens)
        if decoding.reasoning_effort is not None:
            body["reasoning"] = {"effort": decoding.reasoning_effort, "summary": "auto"}
        if request.tools:
            body["tools"] = [{"type": "function", **described(tool)} for tool in request.tools]
        if request.response_schema is not None:
            body["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": request.response_schema, "strict": True}}
        return body | decoding.extra

    def read(self, content: bytes, request: Request) -> Answer:
        found = self.decoded(_decoder, content)
        reason = found.incomplete_details.reason if found.incomplete_details else None
        if found.error:
            raise self.error_in_answer(found.error)
        if found.status not in WHOLE and not (found.status == "incomplete" and reason in CUT):
            raise self.error_in_answer(f"the response is {found.status}: {reason or 'no reason given'}")
        return response_answer(found, CUT.get(reason, "stop"))

    def fold(self, request: Request) -> "ResponseFold":
        return ResponseFold(self, request)


class ResponseFold:
    """Waits for the event that carries the whole response; the first delta only tells the time."""

    def __init__(self, model: ResponsesModel, request: Request) -> None:
        self.started = self.finished = False
        self._model, self._request = model, request
        self._answer: Answer | None = None

    def add(self, payload: bytes) -> None:
        """One event."""
        if payload == b"[DONE]":
            return
        event = self._model.decoded(_event_decoder, payload)
        if event.type == "error":
            raise self._model.error_in_answer(event.error or event.message or "the stream was broken off")
        self.started = self.started or event.type.endswith(".delta")
        if event.type in LAST_EVENTS:
            self._answer = self._model.read(bytes(event.response), self._request)
            self.finished = True

    def answer(self) -> Answer:
        """The whole answer."""
        assert self._answer is not None
        return self._answer


def response_answer(found: Response, cut: StopReason) -> Answer:
    """An answer from the items of a response; `cut` says what ended it where that was not the model ("stop" where it was)."""
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[ToolCall] = []
    for item in found.output or ():
        if item.type == "message":
            texts += [piece.text or piece.refusal or "" for piece in item.content or ()]
        elif item.type == "reasoning":
            thoughts += [piece.text or "" for piece in (*(item.summary or ()), *(item.content or ()))]
        elif item.type == "function_call":
            calls.append(
                ToolCall(
                    id=item.call_id or item.id or f"call_{len(calls)}", name=item.name or "", arguments=parsed_arguments(item.arguments)
                )
            )
    text, reasoning, closed = spoken("".join(texts), "\n\n".join(thoughts))
    stop: StopReason = "tool_calls" if calls and cut == "stop" else cut
    usage = counted(found.usage) if found.usage else Usage()
    return Answer(
        text=text,
        reasoning=reasoning,
        tool_calls=tuple(calls),
        model=found.model or "",
        usage=usage,
        stop_reason=stop if closed else "length",
    )


def counted(usage: Counts) -> Usage:
    """Counts as Usage."""
    thought = usage.output_tokens_details.reasoning_tokens if usage.output_tokens_details else 0
    cached = usage.input_tokens_details.cached_tokens if usage.input_tokens_details else 0
    return usage_of(usage.input_tokens, usage.output_tokens, thought, cached)


def input_items(messages: tuple[Message, ...], media: Loaded) -> list[dict[str, Any]]:
    """Messages as input items; calls and their results are items of their own."""
    found: list[dict[str, Any]] = []
    for message in messages:
        content = [_content(part, message.role, media) for part in message.content if not isinstance(part, (ToolCall, ToolResult))]
        if content:
            found.append({"role": message.role, "content": content})
        for part in message.content:
            if isinstance(part, ToolCall):
                written = part.arguments if isinstance(part.arguments, str) else msgspec.json.encode(part.arguments).decode()
                found.append({"type": "function_call", "call_id": part.id, "name": part.name, "arguments": written})
            elif isinstance(part, ToolResult):
                found.append({"type": "function_call_output", "call_id": part.id, "output": part.content})
    return found


def _content(part: Part, role: str, media: Loaded) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "output_text" if role == "assistant" else "input_text", "text": part.text}
    assert isinstance(part, Media)
    item = media[part.uri]
    if isinstance(part, Image):
        return {"type": "input_image", "image_url": item.uri}
    if isinstance(part, Audio):
        if item.url:
            raise ModelError("The responses endpoint takes a sound as bytes, not as an address.", kind="media")
        return {"type": "input_audio", "input_audio": {"data": item.data, "format": audio_format(item.media_type)}}
    if item.url:
        return {"type": "input_file", "file_url": item.url}
    return {"type": "input_file", "filename": item.name or "file", "file_data": item.uri}
