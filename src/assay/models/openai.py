"""OpenAI-compatible chat completions: the format most servers speak. Written from the public API reference; not exercised against a live cloud."""

from typing import Any

import msgspec

from assay.core.answer import Answer, StopReason, TokenLogprob, Usage
from assay.core.content import Audio, File, Image, Media, Message, Part, Text, ToolCall, ToolResult, Video
from assay.core.protocols import Request, Tool
from assay.models.faults import HttpFault
from assay.models.media import Loaded
from assay.models.provider import HttpModel, given, no_likelihood, parsed_arguments, spoken, usage_of
from assay.models.settings import Settings
from assay.models.wire import Wire

STOPS: dict[str | None, StopReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
}
BROKEN_OFF = frozenset({"error", "abort", "aborted", "cancelled", "failed", "timeout", "network_error", "insufficient_system_resource"})
"""Finish reasons with which a server says that it, not the model, ended the answer."""


class Function(msgspec.Struct):
    """The function half of a tool call; in a stream it comes in pieces."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class Call(msgspec.Struct):
    """A tool call on the wire."""

    id: str | None = None
    index: int | None = None
    function: Function | None = None


class Spoken(msgspec.Struct):
    """A message, or a delta of one."""

    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[Call] | None = None


class Rival(msgspec.Struct):
    """A token that could have stood there."""

    token: str
    logprob: float


class Token(msgspec.Struct):
    """A token with its log-probability and rivals."""

    token: str
    logprob: float
    top_logprobs: list[Rival] | None = None


class Logprobs(msgspec.Struct):
    """The tokens of an answer."""

    content: list[Token] | None = None


class Choice(msgspec.Struct):
    """One answer of a response."""

    message: Spoken | None = None
    delta: Spoken | None = None
    finish_reason: str | None = None
    logprobs: Logprobs | None = None
    error: dict[str, Any] | str | None = None


class InputDetails(msgspec.Struct):
    """What the input tokens were."""

    cached_tokens: int | None = 0


class OutputDetails(msgspec.Struct):
    """What the output tokens were."""

    reasoning_tokens: int | None = 0


class Counts(msgspec.Struct):
    """Tokens of a response."""

    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    prompt_cache_hit_tokens: int | None = 0


class Completion(msgspec.Struct):
    """A response, or one event of a stream."""

    choices: list[Choice] | None = None
    model: str | None = None
    usage: Counts | None = None
    error: dict[str, Any] | str | None = None


_decoder = msgspec.json.Decoder(Completion)


class ChatModel(HttpModel):
    """A model behind `POST /chat/completions`. `plain` is the same model without a chat template, for raw prompts and likelihoods."""

    api = "chat"
    counts_on_request = True

    def __init__(self, name: str, *, wire: Wire, settings: Settings, plain: HttpModel | None = None) -> None:
        super().__init__(name, wire=wire, settings=settings)
        self._plain = plain

    @property
    def notes(self) -> tuple[str, ...]:
        return (*super().notes, *(self._plain.notes if self._plain else ()))

    async def generate(self, request: Request) -> Answer:
        if self._plain is not None and (request.raw or request.continuations is not None):
            return await self._plain.generate(request)
        return await super().generate(request)

    def path(self, *, streamed: bool = False) -> str:
        return "/chat/completions"

    def body(self, request: Request, media: Loaded) -> dict[str, Any]:
        if request.continuations is not None:
            raise no_likelihood(self.name, "chat")
        if request.raw:
            self._lessons.note(f"{self.name}: the chat endpoint puts its template around raw prompts; use -M api=completions to avoid it")
        effort = request.decoding.reasoning_effort
        body: dict[str, Any] = {"model": self.model, "messages": chat_messages(request.messages, media)}
        body |= shared_settings(request) | given(reasoning_effort=effort)
        if request.decoding.logprobs is not None:
            body["logprobs"] = True
            if request.decoding.logprobs > 0:
                body["top_logprobs"] = request.decoding.logprobs
        if request.tools:
            body["tools"] = [{"type": "function", "function": described(tool)} for tool in request.tools]
        if request.response_schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": request.response_schema, "strict": True},
            }
        return body | request.decoding.extra

    def read(self, content: bytes, request: Request) -> Answer:
        found = self.decoded(_decoder, content)
        if found.error:
            raise self.error_in_answer(found.error)
        if not found.choices or found.choices[0].message is None:
            raise HttpFault(f"{self.endpoint} answered without a choice.", kind="bad_response", retryable=True)
        choice = found.choices[0]
        raise_if_broken_off(choice.finish_reason, choice.error, self)
        return chat_answer(choice.message or Spoken(), choice.finish_reason, model=found.model, usage=found.usage, logprobs=choice.logprobs)

    def fold(self, request: Request) -> "ChatFold":
        return ChatFold(self)


class ChatFold:
    """Gathers chat chunks: text, thought and tool calls come in pieces; counts come last."""

    def __init__(self, model: ChatModel) -> None:
        self.started = False
        self.finished = False
        self._model = model
        self._text: list[str] = []
        self._thought: list[str] = []
        self._calls: dict[int, Call] = {}
        self._tokens: list[Token] = []
        self._reason: str | None = None
        self._usage: Counts | None = None
        self._named: str | None = None

    def add(self, payload: bytes) -> None:
        """One event. The stream ends with `[DONE]`, or with a finish reason where a server leaves that out."""
        if payload == b"[DONE]":
            self.finished = True
            return
        found = self._model.decoded(_decoder, payload)
        if found.error:
            raise self._model.error_in_answer(found.error)
        self._usage = found.usage or self._usage
        self._named = found.model or self._named
        if found.choices:
            self._take(found.choices[0])

    def _take(self, choice: Choice) -> None:
        raise_if_broken_off(choice.finish_reason, choice.error, self._model)
        if choice.finish_reason:
            self._reason = choice.finish_reason
            self.finished = True
        if choice.logprobs is not None:
            self._tokens.extend(choice.logprobs.content or ())
        delta = choice.delta
        if delta is None:
            return
        thought, text = delta.reasoning_content or delta.reasoning, joined(delta.content) or delta.refusal
        if thought:
            self._thought.append(thought)
        if text:
            self._text.append(text)
        for call in delta.tool_calls or ():
            self._extend(call)
        self.started = self.started or bool(thought or text or delta.tool_calls)

    def _extend(self, piece: Call) -> None:
        """A later piece of a call carries its index, and more of the arguments."""
        place = piece.index if piece.index is not None else len(self._calls)
        call = self._calls.setdefault(place, Call(id=piece.id, function=Function(name="", arguments="")))
        call.id = call.id or piece.id
        if piece.function is None or call.function is None:
            return
        call.function.name = (call.function.name or "") + (piece.function.name or "")
        more = piece.function.arguments
        call.function.arguments = more if isinstance(more, dict) else str(call.function.arguments or "") + (more or "")

    def answer(self) -> Answer:
        """The whole answer."""
        calls = [self._calls[place] for place in sorted(self._calls)] or None
        message = Spoken(content="".join(self._text), reasoning_content="".join(self._thought) or None, tool_calls=calls)
        logprobs = Logprobs(content=self._tokens) if self._tokens else None
        return chat_answer(message, self._reason or "stop", model=self._named, usage=self._usage, logprobs=logprobs)


def raise_if_broken_off(reason: str | None, error: dict[str, Any] | str | None, model: HttpModel) -> None:
    """Raises the fault that ended an answer half-way: routers put it into the choice."""
    if error or reason in BROKEN_OFF:
        raise model.error_in_answer(error or f"the answer ended with the reason '{reason}'")


def chat_answer(message: Spoken, reason: str | None, *, model: str | None, usage: Counts | None, logprobs: Logprobs | None) -> Answer:
    """An answer from what stood on the wire; a thought that never ended leaves an empty text and stop reason "length"."""
    text, reasoning, closed = spoken(joined(message.content) or message.refusal or "", message.reasoning_content or message.reasoning)
    calls = tuple(tool_call(call, place) for place, call in enumerate(message.tool_calls)) if message.tool_calls else ()
    stop = "length" if not closed else STOPS.get(reason, "unknown")
    tokens = token_logprobs(logprobs.content) if logprobs is not None and logprobs.content else None
    return Answer(
        text=text,
        reasoning=reasoning,
        tool_calls=calls,
        model=model or "",
        usage=counted(usage) if usage else Usage(),
        logprobs=tokens,
        stop_reason=stop,
    )


def counted(usage: Counts) -> Usage:
    """Counts as Usage, in any of the dialects."""
    thought = usage.completion_tokens_details.reasoning_tokens if usage.completion_tokens_details else 0
    cached = (usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0) or usage.prompt_cache_hit_tokens
    return usage_of(usage.prompt_tokens, usage.completion_tokens, thought, cached)


def token_logprobs(tokens: list[Token]) -> tuple[TokenLogprob, ...]:
    """Tokens with their rivals."""
    return tuple(
        TokenLogprob(token=each.token, logprob=each.logprob, top={rival.token: rival.logprob for rival in each.top_logprobs or ()})
        for each in tokens
    )


def joined(content: str | list[dict[str, Any]] | None) -> str:
    """Content that may be a text, a list of parts or nothing; parts that are no text (thoughts of some servers) are left out."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(str(part.get("text", "")) for part in content if part.get("type") in (None, "text", "output_text"))


def tool_call(call: Call, place: int) -> ToolCall:
    """A tool call."""
    function = call.function or Function()
    return ToolCall(id=call.id or f"call_{place}", name=function.name or "", arguments=parsed_arguments(function.arguments))


def shared_settings(request: Request) -> dict[str, Any]:
    """The decoding settings that chat and completions share, where they are set."""
    asked = request.decoding
    return given(temperature=asked.temperature, top_p=asked.top_p, max_tokens=asked.max_tokens, stop=asked.stop, seed=asked.seed)


def described(tool: Tool) -> dict[str, Any]:
    """A tool as a function definition."""
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters or {"type": "object", "properties": {}}}


def chat_messages(messages: tuple[Message, ...], media: Loaded) -> list[dict[str, Any]]:
    """Messages on the wire: a lone text stays a string, which every server takes."""
    found: list[dict[str, Any]] = []
    for message in messages:
        content = message.content
        if len(content) == 1 and type(content[0]) is Text:
            found.append({"role": message.role, "content": content[0].text})
        else:
            found.extend(_mixed(message, media))
    return found


def _mixed(message: Message, media: Loaded) -> list[dict[str, Any]]:
    """A message of several parts: each tool result is a message of its own, tool calls stand beside the content."""
    results = [part for part in message.content if isinstance(part, ToolResult)]
    calls = [part for part in message.content if isinstance(part, ToolCall)]
    rest = [part for part in message.content if not isinstance(part, (ToolResult, ToolCall))]
    found: list[dict[str, Any]] = [{"role": "tool", "tool_call_id": part.id, "content": part.content} for part in results]
    if not rest and not calls:
        return found if results else [{"role": message.role, "content": ""}]
    plain = all(isinstance(part, Text) for part in rest)
    content: Any = message.text if plain else [chat_part(part, media) for part in rest]
    spoken_message: dict[str, Any] = {"role": message.role, "content": content if rest else None}
    if calls:
        spoken_message["tool_calls"] = [_call(part) for part in calls]
    return [*found, spoken_message]


def _call(part: ToolCall) -> dict[str, Any]:
    arguments = part.arguments if isinstance(part.arguments, str) else msgspec.json.encode(part.arguments).decode()
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": arguments}}


def chat_part(part: Part, media: Loaded) -> dict[str, Any]:
    """One part of content. Pictures as image_url, sounds as input_audio, films as video_url (vLLM's word), other files as file."""
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    assert isinstance(part, Media)
    item = media[part.uri]
    if isinstance(part, Image):
        return {"type": "image_url", "image_url": {"url": item.uri}}
    if isinstance(part, Audio) and not item.url:
        return {"type": "input_audio", "input_audio": {"data": item.data, "format": audio_format(item.media_type)}}
    if isinstance(part, Audio):
        return {"type": "audio_url", "audio_url": {"url": item.url}}
    if isinstance(part, Video):
        return {"type": "video_url", "video_url": {"url": item.uri}}
    assert isinstance(part, File)
    return {"type": "file", "file": {"filename": item.name or "file", "file_data": item.uri}}


def audio_format(media_type: str) -> str:
    """`audio/mpeg` -> `mp3`, `audio/x-wav` -> `wav`."""
    word = media_type.rpartition("/")[2].removeprefix("x-").split(";")[0]
    return {"mpeg": "mp3", "wave": "wav", "vnd.wave": "wav", "mp4": "m4a"}.get(word, word)
