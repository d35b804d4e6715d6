"""Google generateContent, natively. Written from the public API reference; not exercised against the live endpoint."""

from typing import Any

import msgspec

from assay.core.answer import Answer, StopReason, TokenLogprob, Usage
from assay.core.content import Media, Message, Part, Text, ToolCall, ToolResult
from assay.core.protocols import Request
from assay.models.faults import HttpFault
from assay.models.media import Loaded
from assay.models.provider import HttpModel, given, no_likelihood, usage_of

STOPS: dict[str | None, StopReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "LANGUAGE": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MALFORMED_FUNCTION_CALL": "tool_calls",
    "UNEXPECTED_TOOL_CALL": "tool_calls",
    "TOO_MANY_TOOL_CALLS": "tool_calls",
}
"""What the model did, or its maker's policy to what it did. A call that nobody can read is the model's: it stands there as none."""
BROKEN_OFF = frozenset({"OTHER", "FINISH_REASON_UNSPECIFIED", "IMAGE_OTHER", "MISSING_THOUGHT_SIGNATURE"})
"""Finish reasons that say nothing about the model: the endpoint broke the answer off, or the request was not whole."""


class Call(msgspec.Struct):
    """A function call."""

    name: str = ""
    args: dict[str, Any] | None = None
    id: str | None = None


class Piece(msgspec.Struct, rename="camel"):
    """A part of the content; `thought` marks a thought."""

    text: str | None = None
    thought: bool = False
    function_call: Call | None = None


class Content(msgspec.Struct):
    """The content of a candidate."""

    parts: list[Piece] | None = None


class Chosen(msgspec.Struct, rename="camel"):
    """A token with its log-probability."""

    token: str = ""
    log_probability: float = 0.0


class Rivals(msgspec.Struct):
    """The likeliest tokens of one place."""

    candidates: list[Chosen] | None = None


class Logprobs(msgspec.Struct, rename="camel"):
    """Tokens chosen, and their rivals."""

    chosen_candidates: list[Chosen] | None = None
    top_candidates: list[Rivals] | None = None


class Candidate(msgspec.Struct, rename="camel"):
    """One answer."""

    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    logprobs_result: Logprobs | None = None


class Counts(msgspec.Struct, rename="camel"):
    """Tokens; thoughts are counted beside the candidates' tokens."""

    prompt_token_count: int | None = 0
    candidates_token_count: int | None = 0
    thoughts_token_count: int | None = 0
    cached_content_token_count: int | None = 0


class Feedback(msgspec.Struct, rename="camel"):
    """Why a prompt was blocked."""

    block_reason: str | None = None


class Response(msgspec.Struct, rename="camel"):
    """A response, or one event of a stream."""

    candidates: list[Candidate] | None = None
    usage_metadata: Counts | None = None
    model_version: str | None = None
    prompt_feedback: Feedback | None = None
    error: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Response)


class GoogleModel(HttpModel):
    """A model behind `POST /models/NAME:generateContent`."""

    api = "google"

    def path(self, *, streamed: bool = False) -> str:
        return f"/models/{self.model}:streamGenerateContent?alt=sse" if streamed else f"/models/{self.model}:generateContent"

    def streaming(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    def body(self, request: Request, media: Loaded) -> dict[str, Any]:
        if request.continuations is not None:
            raise no_likelihood(self.name, "generateContent")
        body: dict[str, Any] = {"contents": contents(request.messages, media)}
        system = "\n\n".join(each.text for each in request.messages if each.role == "system")
        if system:
            body["systemInstruction"] = {"parts": [{"text": system}]}
        config = self._config(request)
        if config:
            body["generationConfig"] = config
        if request.tools:
            declared = [{"name": each.name, "description": each.description, **_parameters(each.parameters)} for each in request.tools]
            body["tools"] = [{"functionDeclarations": declared}]
        return body

    def _config(self, request: Request) -> dict[str, Any]:
        decoding = request.decoding
        config = given(
            temperature=decoding.temperature,
            topP=decoding.top_p,
            maxOutputTokens=decoding.max_tokens,
            stopSequences=decoding.stop,
            seed=decoding.seed,
            responseJsonSchema=request.response_schema,
        )
        if request.response_schema is not None:
            config["responseMimeType"] = "application/json"
        if decoding.logprobs is not None:
            config |= {"responseLogprobs": True, "logprobs": max(1, decoding.logprobs)}
        thinking: dict[str, Any] = {}
        if self._settings.reasoning_tokens is not None:
            thinking = {"thinkingBudget": self._settings.reasoning_tokens, "includeThoughts": True}
        if decoding.reasoning_effort is not None:
            thinking = {"thinkingLevel": decoding.reasoning_effort, "includeThoughts": True}
        if thinking:
            config["thinkingConfig"] = thinking
        return config | decoding.extra

    def checked(self, content: bytes) -> Response:
        """A response, or the error it stands for."""
        found = self.decoded(_decoder, content)
        if found.error:
            raise self.error_in_answer(found.error)
        return found

    def read(self, content: bytes, request: Request) -> Answer:
        fold = self.fold(request)
        fold.take(self.checked(content))
        if not fold.finished:
            raise HttpFault(f"{self.endpoint} answered without a candidate.", kind="bad_response", retryable=True)
        return fold.answer()

    def fold(self, request: Request) -> "ContentFold":
        return ContentFold(self)

    async def models(self) -> list[str]:
        content = await self._wire.get("/models?pageSize=1000")
        try:
            return [each.name.removeprefix("models/") for each in msgspec.json.decode(content, type=_Listing).models]
        except msgspec.DecodeError as error:
            raise self._wire.not_json(content, "/models") from error


class _Listed(msgspec.Struct):
    name: str


class _Listing(msgspec.Struct):
    models: list[_Listed]


class ContentFold:
    """Gathers the parts of one response or of a stream of them."""

    def __init__(self, model: GoogleModel) -> None:
        self.started = self.finished = False
        self._model = model
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[ToolCall] = []
        self._tokens: list[TokenLogprob] = []
        self._stop: StopReason = "unknown"
        self._usage = Usage()
        self._named = ""
        self._notes: tuple[str, ...] = ()

    def add(self, payload: bytes) -> None:
        """One event."""
        self.take(self._model.checked(payload))

    def take(self, found: Response) -> None:
        """One response, or a piece of one. A blocked prompt is an answer: the application refused it."""
        self._named = found.model_version or self._named
        if found.usage_metadata is not None:
            self._usage = counted(found.usage_metadata)
        if found.prompt_feedback is not None and found.prompt_feedback.block_reason:
            self._stop, self.finished = "content_filter", True
        for candidate in (found.candidates or ())[:1]:
            for piece in (candidate.content.parts if candidate.content else None) or ():
                self._keep(piece)
            if candidate.logprobs_result is not None:
                self._tokens.extend(token_logprobs(candidate.logprobs_result))
            if candidate.finish_reason in BROKEN_OFF:
                raise self._model.error_in_answer(
                    f"the answer ended with {candidate.finish_reason} {candidate.finish_message or ''}".strip()
                )
            if candidate.finish_reason:
                if candidate.finish_reason.endswith(("FUNCTION_CALL", "TOOL_CALL", "TOOL_CALLS")):
                    self._notes = (f"the model's tool call cannot be used: {candidate.finish_reason}",)
                self._stop, self.finished = STOPS.get(candidate.finish_reason, "unknown"), True

    def _keep(self, piece: Piece) -> None:
        self.started = True
        if piece.function_call is not None:
            call = piece.function_call
            self._calls.append(ToolCall(id=call.id or f"call_{len(self._calls)}", name=call.name, arguments=call.args or {}))
        elif piece.text:
            (self._thoughts if piece.thought else self._texts).append(piece.text)

    def answer(self) -> Answer:
        """The whole answer."""
        return Answer(
            text="".join(self._texts),
            reasoning="".join(self._thoughts) or None,
            tool_calls=tuple(self._calls),
            model=self._named,
            usage=self._usage,
            logprobs=tuple(self._tokens) or None,
            stop_reason="tool_calls" if self._calls and self._stop == "stop" else self._stop,
            notes=self._notes,
        )


def counted(usage: Counts) -> Usage:
    """Counts as Usage; thoughts are paid as output."""
    thought = usage.thoughts_token_count or 0
    return usage_of(usage.prompt_token_count, (usage.candidates_token_count or 0) + thought, thought, usage.cached_content_token_count)


def token_logprobs(found: Logprobs) -> list[TokenLogprob]:
    """Tokens with their rivals."""
    rivals = found.top_candidates or []
    return [
        TokenLogprob(
            token=each.token,
            logprob=each.log_probability,
            top={rival.token: rival.log_probability for rival in (rivals[place].candidates or ())} if place < len(rivals) else {},
        )
        for place, each in enumerate(found.chosen_candidates or ())
    ]


def contents(messages: tuple[Message, ...], media: Loaded) -> list[dict[str, Any]]:
    """Messages as contents of the roles user and model; a tool result names the function whose call it answers."""
    names = {part.id: part.name for each in messages for part in each.content if isinstance(part, ToolCall)}
    found: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "model" if message.role == "assistant" else "user"
        parts = [_part(part, names, media) for part in message.content]
        if found and found[-1]["role"] == role:
            found[-1]["parts"].extend(parts)
        else:
            found.append({"role": role, "parts": parts})
    return found


def _part(part: Part, names: dict[str, str], media: Loaded) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, ToolCall):
        return {
            "functionCall": {"name": part.name, "args": part.arguments if isinstance(part.arguments, dict) else {"raw": part.arguments}}
        }
    if isinstance(part, ToolResult):
        return {"functionResponse": {"name": names.get(part.id, part.id), "response": {"error" if part.failed else "result": part.content}}}
    assert isinstance(part, Media)
    item = media[part.uri]
    if item.url:
        return {"fileData": {"mimeType": item.media_type, "fileUri": item.url}}
    return {"inlineData": {"mimeType": item.media_type, "data": item.data}}


def _parameters(schema: dict[str, Any]) -> dict[str, Any]:
    return {"parametersJsonSchema": schema} if schema else {}
