"""OpenAI-compatible completions: raw text in, text out, and the log-likelihood of given continuations by echo and logprobs."""

from itertools import accumulate
from typing import Any

import msgspec

from assay.core.answer import Answer, TokenLogprob, Usage
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.faults import HttpFault
from assay.models.likelihood import refuse_empty, unscorable
from assay.models.media import Loaded
from assay.models.openai import STOPS, Counts, counted, raise_if_broken_off, shared_settings
from assay.models.provider import HttpModel, no_likelihood, spoken


class Legacy(msgspec.Struct):
    """Logprobs of completions. `text_offset` counts characters from the start of prompt and text."""

    tokens: list[str] | None = None
    token_logprobs: list[float | None] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None
    text_offset: list[int] | None = None


class Scored(msgspec.Struct):
    """A token of the prompt in vLLM's prompt_logprobs; asked for none of its rivals, the mapping of a place holds this one alone."""

    logprob: float
    decoded_token: str | None = None


class Choice(msgspec.Struct):
    """One text."""

    text: str | None = None
    index: int = 0
    finish_reason: str | None = None
    logprobs: Legacy | None = None
    prompt_logprobs: list[dict[str, Scored] | None] | None = None
    error: dict[str, Any] | str | None = None


class Completion(msgspec.Struct):
    """A response, or one event of a stream."""

    choices: list[Choice] | None = None
    model: str | None = None
    usage: Counts | None = None
    error: dict[str, Any] | str | None = None


_decoder = msgspec.json.Decoder(Completion)


class CompletionsModel(HttpModel):
    """A model behind `POST /completions`: base models, and everything that is asked for likelihoods."""

    api = "completions"
    counts_on_request = True

    def path(self, *, streamed: bool = False) -> str:
        return "/completions"

    def body(self, request: Request, media: Loaded) -> dict[str, Any]:
        if media or request.tools:
            raise ModelError(f"{self.name}: a completions endpoint takes text only.", kind="unsupported", remedy="Use -M api=chat.")
        body: dict[str, Any] = {"model": self.model}
        if request.continuations is not None:
            context, continuations = self._split(request)
            refuse_empty(self.name, continuations)
            # One token is written too: servers refuse max_tokens=0. It lies behind the continuation and is not counted.
            body |= {"prompt": [context + each for each in continuations], "max_tokens": 1, "temperature": 0}
            body |= {"prompt_logprobs": 0} if self._settings.likelihood == "prompt_logprobs" else {"echo": True, "logprobs": 1}
        else:
            body |= {"prompt": request.text} | shared_settings(request)
            if request.decoding.logprobs is not None:
                body["logprobs"] = max(1, request.decoding.logprobs)
            if request.response_schema is not None:
                body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": request.response_schema}}
        return body | request.decoding.extra

    def checked(self, content: bytes) -> Completion:
        """A response, or the error it stands for."""
        found = self.decoded(_decoder, content)
        if found.error:
            raise self.error_in_answer(found.error)
        for choice in found.choices or ():
            raise_if_broken_off(choice.finish_reason, choice.error, self)
        return found

    def read(self, content: bytes, request: Request) -> Answer:
        found = self.checked(content)
        if not found.choices:
            raise HttpFault(f"{self.endpoint} answered without a choice.", kind="bad_response", retryable=True)
        if request.continuations is not None:
            return self._likelihoods(found, request)
        choice = found.choices[0]
        return completed(choice.text or "", choice.finish_reason, model=found.model, usage=found.usage, logprobs=choice.logprobs)

    def _likelihoods(self, found: Completion, request: Request) -> Answer:
        context, continuations = self._split(request)
        choices = {choice.index: choice for choice in found.choices or ()}
        if len(choices) != len(continuations):
            raise HttpFault(
                f"{self.endpoint} answered {len(choices)} of {len(continuations)} prompts.",
                kind="bad_response",
                fatal=True,
                remedy="It takes no list of prompts.",
            )
        scores = []
        greedy: list[bool | None] = []
        for place, continuation in enumerate(continuations):
            whole = context + continuation
            logprobs = prompt_scores(choices[place], len(whole)) or choices[place].logprobs
            total, tokens = likelihood_after(logprobs or Legacy(), len(context), len(whole))
            if total is None and not context:
                raise unscorable(self.name, place, "nothing stands before it, and the first token of a prompt has none")
            if total is None:
                raise no_likelihood(self.name, "completions", "It returned no log-probabilities of the prompt.")
            scores.append((total, tokens, len((request.continuations or ())[place].encode())))
            greedy.append(greedy_after(logprobs or Legacy(), len(context), len(whole)))
        usage = counted(found.usage) if found.usage else Usage()
        told = tuple(each for each in greedy if each is not None)
        return Answer(
            text="",
            model=found.model or "",
            usage=usage,
            choice_logprobs=tuple(scores),
            choice_greedy=told if len(told) == len(scores) else None,
        )

    def _split(self, request: Request) -> tuple[str, tuple[str, ...]]:
        """Context and continuations; where there is no context, what the settings put there."""
        context, continuations = split_context(request)
        return context or self._settings.bos, continuations

    def fold(self, request: Request) -> "CompletionFold":
        return CompletionFold(self)


class CompletionFold:
    """Gathers the pieces of a streamed completion."""

    def __init__(self, model: CompletionsModel) -> None:
        self.started = self.finished = False
        self._model = model
        self._text: list[str] = []
        self._reason: str | None = None
        self._last: Completion | None = None
        self._usage: Counts | None = None
        self._logprobs = Legacy(tokens=[], token_logprobs=[], top_logprobs=[])

    def add(self, payload: bytes) -> None:
        """One event."""
        if payload == b"[DONE]":
            self.finished = True
            return
        found = self._last = self._model.checked(payload)
        self._usage = found.usage or self._usage
        for choice in (found.choices or ())[:1]:
            self._text.append(choice.text or "")
            self.started = self.started or bool(choice.text)
            if choice.finish_reason:
                self._reason, self.finished = choice.finish_reason, True
            if choice.logprobs is not None:
                self._extend(choice.logprobs)

    def _extend(self, piece: Legacy) -> None:
        for mine, more in ((self._logprobs.tokens, piece.tokens), (self._logprobs.token_logprobs, piece.token_logprobs)):
            if mine is not None and more:
                mine.extend(more)  # type: ignore[arg-type]
        if self._logprobs.top_logprobs is not None:
            self._logprobs.top_logprobs.extend(piece.top_logprobs or [None] * len(piece.tokens or ()))

    def answer(self) -> Answer:
        """The whole answer."""
        model = self._last.model if self._last else None
        return completed("".join(self._text), self._reason or "stop", model=model, usage=self._usage, logprobs=self._logprobs)


def completed(text: str, reason: str | None, *, model: str | None, usage: Counts | None, logprobs: Legacy | None) -> Answer:
    """An answer from what stood on the wire."""
    said, reasoning, closed = spoken(text, None)
    tokens = None
    if logprobs is not None and logprobs.tokens:
        rivals = logprobs.top_logprobs or [None] * len(logprobs.tokens)
        tokens = tuple(
            TokenLogprob(token=token, logprob=logprob, top=top or {})
            for token, logprob, top in zip(logprobs.tokens, logprobs.token_logprobs or (), rivals, strict=False)
            if logprob is not None
        )
    stop = STOPS.get(reason, "unknown") if closed else "length"
    return Answer(
        text=said, reasoning=reasoning, model=model or "", usage=counted(usage) if usage else Usage(), logprobs=tokens, stop_reason=stop
    )


def split_context(request: Request) -> tuple[str, tuple[str, ...]]:
    """(context, continuations) of a likelihood question. Blanks at the end of the context move to the continuations, because tokenizers join
    them with what follows: "A:" + " yes" is scored, not "A: " + "yes" (as EleutherAI's harness does)."""
    text = request.text
    context = text.rstrip(" ")
    return context, tuple(text[len(context) :] + each for each in request.continuations or ())


def likelihood_after(logprobs: Legacy, start: int, end: int) -> tuple[float | None, int]:
    """(sum of log-probabilities, number) of the tokens that hold a character in [start, end); None where one has no log-probability.

    A token that straddles the start is counted: it is the first that says anything about the continuation. Servers that give no usable
    offsets are read by the lengths of their tokens.
    """
    values = logprobs.token_logprobs or []
    found = [values[place] for place in places_in(logprobs, start, end) if place < len(values)]
    if not found or any(value is None for value in found):
        return None, len(found)
    return sum(value for value in found if value is not None), len(found)


def places_in(logprobs: Legacy, start: int, end: int) -> list[int]:
    """The places of the tokens that hold a character in [start, end)."""
    tokens, starts = logprobs.tokens or [], logprobs.text_offset or []
    if len(starts) != len(tokens) or (len(starts) > 1 and starts[-1] <= starts[0]):
        starts = [0, *accumulate(len(each) for each in tokens)][: len(tokens)]
    ends = [*starts[1:], max(end, starts[-1] + len(tokens[-1]))] if tokens else []
    both = enumerate(zip(starts, ends, strict=True))
    return [place for place, (first, last) in both if last > start and first < end and last > first]


def greedy_after(logprobs: Legacy, start: int, end: int) -> bool | None:
    """Whether every token there is the likeliest at its place; None where the server names no rivals."""
    values, rivals = logprobs.token_logprobs or [], logprobs.top_logprobs or []
    places = places_in(logprobs, start, end)
    if not places or any(place >= len(rivals) or not rivals[place] for place in places):
        return None
    return all(values[place] == max((rivals[place] or {}).values()) for place in places)


def prompt_scores(choice: Choice, length: int) -> Legacy | None:
    """vLLM's prompt_logprobs as tokens with offsets, counted from the end of a prompt of `length` characters: the first token has no text there."""
    if not choice.prompt_logprobs:
        return None
    scored = [next(iter(each.values())) if each else None for each in choice.prompt_logprobs]
    tokens = [(each.decoded_token or "") if each else "" for each in scored]
    behind = accumulate(len(each) for each in reversed(tokens))
    offsets = [max(0, length - each) for each in behind][::-1]
    offsets[0] = 0
    return Legacy(tokens=tokens, token_logprobs=[each.logprob if each else None for each in scored], text_offset=offsets)
