"""A model behind an HTTP endpoint: what every wire format shares. A format adds how a request is written and how an answer is read."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import aclosing
from time import perf_counter
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from assay.core.answer import Answer, Timing, Usage, split_reasoning
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.core.registry import suggest
from assay.models.capability import MAX_LESSONS, Lessons
from assay.models.estimate import estimated
from assay.models.faults import HttpFault
from assay.models.lenient import decoded
from assay.models.media import Loaded, load_media
from assay.models.prices import cost_of, price_of
from assay.models.settings import Settings
from assay.models.standing import Standing
from assay.models.streaming import payloads
from assay.models.wire import Wire

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


class Fold(Protocol):
    """Gathers the events of a stream into an answer. `started` once a first piece of text has come, `finished` once the stream said its end."""

    started: bool
    finished: bool

    def add(self, payload: bytes) -> None: ...
    def answer(self) -> Answer: ...


class HttpModel(ABC):
    """One model of one endpoint. `endpoint` is the limiter's key; `notes` say what the endpoint refused and what became of it."""

    api: ClassVar[str]
    cuts_here: ClassVar[bool] = False
    """Whether the endpoint knows no stop strings, so that they are applied here."""
    counts_on_request: ClassVar[bool] = False
    """Whether a stream counts its tokens only where it is asked to."""
    blocked: ClassVar[str] = "The endpoint blocked the prompt."

    def __init__(self, name: str, *, wire: Wire, settings: Settings) -> None:
        self.name = name
        self.model = name.partition("/")[2]
        self.endpoint = wire.shown
        self.price = price_of(name, price_in=settings.price_in, price_out=settings.price_out)
        self._wire = wire
        self._settings = settings
        self._lessons = Lessons(name)
        self._standing = Standing()
        self._suggestion: asyncio.Task[str] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r} at {self.endpoint!r})"

    @property
    def identity(self) -> Mapping[str, Any]:
        """What could change an answer and is no request; never a key."""
        found: dict[str, Any] = {"name": self.name, "base_url": self.endpoint, "api": self.api}
        for key in ("extra_body", "reasoning_tokens"):
            value = getattr(self._settings, key)
            if value:
                found[key] = value
        if self._settings.headers:
            found["headers"] = sorted(self._settings.headers)
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """What the endpoint refused, a line each."""
        return self._lessons.notes

    async def generate(self, request: Request) -> Answer:
        """The answer to one request. Raises ModelError; a fatal one where the next request would fare no better."""
        try:
            answer = await self._taught(request)
        except ModelError as error:
            self._standing.judge(error)
            if error.fatal and error.kind == "no_model":
                error.remedy = await self._near_misses()
            raise
        self._standing.answered()
        return answer

    async def _taught(self, request: Request) -> Answer:
        """What the endpoint refuses and can be left out is left out, noted, and asked again at once."""
        media = await load_media(request.messages)
        for _ in range(MAX_LESSONS):
            known = self._lessons.count
            body = self._lessons.apply(merged(self.body(request, media), self._settings.extra_body))
            try:
                return await self._attempt(request, body)
            except HttpFault as fault:
                if fault.kind == "content_filter":
                    return Answer(text="", model=self.model, stop_reason="content_filter", notes=(self.blocked,))
                if request.continuations is not None and fault.kind == "bad_request":
                    raise no_likelihood(self.name, self.api, fault.message) from fault
                if not self._lessons.learn(fault, body, known):
                    raise
        raise ModelError(f"{self.name}: the endpoint refused {MAX_LESSONS} variants of the request.", kind="bad_request")

    async def _attempt(self, request: Request, body: dict[str, Any]) -> Answer:
        started = perf_counter()
        first: float | None = None
        if self._settings.stream and request.continuations is None:
            answer, first = await self._streamed(request, body, started)
        else:
            content = await self._wire.post(self.path(), _encode(body))
            answer = self.read(content, request)
        return self._finished(answer, request, Timing(seconds=perf_counter() - started, first_token=first))

    async def _streamed(self, request: Request, body: dict[str, Any], started: float) -> tuple[Answer, float | None]:
        """A stream that ends before it said so is a cut connection, never a short answer; JSON in place of a stream is read as it is."""
        fold, first = self.fold(request), None
        other: list[bytes] = []
        async with aclosing(payloads(self._wire.stream(self.path(streamed=True), _encode(self.streaming(body))), other)) as events:
            async for payload in events:
                fold.add(payload)
                if first is None and fold.started:
                    first = perf_counter() - started
        if other and b"".join(other).lstrip(b"\xef\xbb\xbf \t\n")[:1] == b"{":
            return self.read(b"\n".join(other), request), None
        if not fold.finished:
            raise HttpFault(f"{self.endpoint}: the stream of {self.name} was cut before its end.", kind="cut", retryable=True)
        return fold.answer(), first

    def _finished(self, answer: Answer, request: Request, timing: Timing) -> Answer:
        """An answer with its tokens, cost, time and notes; stop strings the endpoint refused are applied here."""
        usage = answer.usage
        if not (usage.input_tokens and usage.output_tokens):
            usage = self._estimated(answer, request)
        cost = cost_of(usage, self.price)
        if cost is not None:
            usage = msgspec.structs.replace(usage, cost=cost)
        text = answer.text
        if request.decoding.stop and (self.cuts_here or "stop" in self._lessons.dropped):
            text = cut_at(text, request.decoding.stop)
        notes = self._lessons.notes + answer.notes
        return msgspec.structs.replace(answer, text=text, model=answer.model or self.model, usage=usage, timing=timing, notes=notes)

    def _estimated(self, answer: Answer, request: Request) -> Usage:
        usage = estimated(answer.usage, request, answer)
        if usage != answer.usage:
            self._lessons.note(f"{self.name}: the endpoint does not count all tokens; they are estimated, about four characters each")
        return usage

    async def _near_misses(self) -> str:
        """What the endpoint has instead of a model it does not know; asked once."""
        if self._suggestion is None:
            self._suggestion = asyncio.ensure_future(self._ask_for_models())
        return await asyncio.shield(self._suggestion)

    async def _ask_for_models(self) -> str:
        try:
            names = await self.models()
        except ModelError:
            return "The endpoint does not list its models."
        return suggest(self.model, names)

    async def models(self) -> list[str]:
        """The models the endpoint lists. Raises ModelError where it lists none."""
        content = await self._wire.get("/models")
        try:
            return [each.id for each in msgspec.json.decode(content, type=_Listing).data]
        except msgspec.DecodeError as error:
            raise self._wire.not_json(content, "/models") from error

    async def close(self) -> None:
        """Closes the connections of the running loop."""
        await self._wire.close()

    @abstractmethod
    def path(self, *, streamed: bool = False) -> str:
        """The path below the base URL."""

    @abstractmethod
    def body(self, request: Request, media: Loaded) -> dict[str, Any]:
        """The request as the endpoint wants it, but for `extra_body`; raises ModelError where it cannot be asked there."""

    def streaming(self, body: dict[str, Any]) -> dict[str, Any]:
        """The same request, asking for a stream, and for its token counts where they must be asked for."""
        body["stream"] = True
        if self.counts_on_request and "stream_options" not in self._lessons.dropped:
            body["stream_options"] = {"include_usage": True}
        return body

    @abstractmethod
    def read(self, content: bytes, request: Request) -> Answer:
        """The answer in a response body."""

    @abstractmethod
    def fold(self, request: Request) -> Fold:
        """A gatherer for one stream."""

    def decoded(self, decoder: "msgspec.json.Decoder[T]", content: bytes) -> T:
        """What `content` says. Raises ModelError for an answer 200 that is no JSON, or JSON of another shape."""
        try:
            return decoded(decoder, content)
        except msgspec.ValidationError as error:
            said = f"{self.endpoint} answered in another shape than {self.api}: {error}."
            raise HttpFault(said, kind="bad_response", retryable=True) from error
        except msgspec.DecodeError as error:
            raise self._wire.not_json(content, self.path()) from error

    def error_in_answer(self, error: Mapping[str, Any] | str) -> HttpFault:
        """An error inside an answer 200 or inside a stream (routers do that): what its own HTTP code means, else worth asking again."""
        return self._wire.error_in_answer(_encode({"error": error}))


class _Listed(msgspec.Struct):
    id: str


class _Listing(msgspec.Struct):
    data: list[_Listed]


def spoken(text: str, reasoning: str | None) -> tuple[str, str | None, bool]:
    """(text, reasoning, was the thought closed) of an answer whose thought came in a field of its own, or aloud in the text."""
    said, aloud, closed = split_reasoning(text)
    return said, (f"{reasoning}\n\n{aloud}" if reasoning and aloud else reasoning or aloud), closed


def given(**settings: Any) -> dict[str, Any]:
    """The settings that were set: neither None nor an empty tuple."""
    return {name: value for name, value in settings.items() if value not in (None, ())}


def merged(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """A body with more in it: objects inside are merged too, so that a schema in Google's `generationConfig` leaves its temperature alone."""
    for key, value in extra.items():
        mine = body.get(key)
        body[key] = merged(mine.copy(), value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return body


def parsed_arguments(written: str | dict[str, Any] | None) -> dict[str, Any] | str:
    """Arguments of a tool call as written -> a mapping where they are a JSON object, else the text, so that a scorer sees what the model wrote."""
    if not written:
        return {}
    if isinstance(written, dict):
        return written
    try:
        found = msgspec.json.decode(written)
    except msgspec.DecodeError:
        return written
    return found if isinstance(found, dict) else written


def cut_at(text: str, stops: tuple[str, ...]) -> str:
    """`text` up to the first of the stop strings."""
    places = [text.find(stop) for stop in stops if stop]
    found = [place for place in places if place >= 0]
    return text[: min(found)] if found else text


def no_likelihood(name: str, api: str, said: str = "") -> ModelError:
    """The error for a likelihood question to an endpoint that cannot answer it; `said` is what it said."""
    return ModelError(
        f"{name}: this {api} endpoint gives no log-likelihood of given continuations.{' ' + said if said else ''}",
        kind="no_likelihood",
        fatal=True,
        remedy="Use an endpoint that scores its prompt (-M api=completions, vllm/...), hf/..., or the generative variant of the task.",
    )


def usage_of(input_tokens: int | None, output_tokens: int | None, reasoning: int | None = 0, cached: int | None = 0) -> Usage:
    """Usage from counts that an endpoint may leave out."""
    return Usage(
        input_tokens=input_tokens or 0, output_tokens=output_tokens or 0, reasoning_tokens=reasoning or 0, cached_tokens=cached or 0
    )
