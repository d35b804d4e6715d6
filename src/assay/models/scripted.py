"""ScriptedModel: a public fake that answers what it was told to, for tests and dry runs; it can be slow and it can fail."""

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import msgspec

from assay.core.answer import Answer, Timing, Usage, split_reasoning
from assay.core.errors import ModelError
from assay.core.fingerprint import described
from assay.core.protocols import Request

Script = str | Mapping[str, Any] | Sequence[str | Answer] | Callable[[Request], Any]


class ScriptedModel:
    """Answers from a script.

    `answers` is one text for all; a mapping of sample id, or of prompt, to a text (or to a list: one per trial); a sequence, one per call, the last
    one for ever; or a function of the request, plain or async, giving a text or an Answer. `faults` says which call fails: a mapping of sample id to
    the error, or a function of the request giving an error or None. `latency` in seconds. `requests` holds what it was asked.
    """

    def __init__(
        self,
        answers: Script = "",
        *,
        name: str = "scripted/script",
        latency: float = 0.0,
        faults: Mapping[str, Exception] | Callable[[Request], Exception | None] | None = None,
    ) -> None:
        self.name = name
        self.endpoint = name
        self.latency = latency
        self.requests: list[Request] = []
        self.closed = False
        self._answers = answers
        self._faults = faults

    def __repr__(self) -> str:
        return f"ScriptedModel({self.name!r})"

    @property
    def identity(self) -> Mapping[str, Any]:
        """Name and script."""
        script = self._answers
        return {"name": self.name, "script": described(script) if callable(script) else script}

    async def generate(self, request: Request) -> Answer:
        """The scripted answer; raises what `faults` says."""
        started = perf_counter()
        call = len(self.requests)
        self.requests.append(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self._faults(request) if callable(self._faults) else (self._faults or {}).get(request.sample_id)
        if fault is not None:
            raise fault
        said = self._said(request, call)
        said = await said if inspect.isawaitable(said) else said
        if isinstance(said, Answer):
            return said
        return scripted_answer(str(said), request, self.name, perf_counter() - started)

    def _said(self, request: Request, call: int) -> Any:
        script = self._answers
        if callable(script):
            return script(request)
        if isinstance(script, str):
            return script
        if isinstance(script, Mapping):
            return self._looked_up(script, request)
        if not script:
            raise ModelError(f"{self.name}: the script is empty.", kind="not_scripted")
        return script[min(call, len(script) - 1)]

    def _looked_up(self, script: Mapping[str, Any], request: Request) -> Any:
        last = request.messages[-1].text if request.messages else ""
        for key in (request.sample_id, request.text, last):
            if key in script:
                found = script[key]
                return found if isinstance(found, (str, Answer)) else found[request.number % len(found)]
        raise ModelError(f"{self.name}: the script has no answer for '{request.sample_id or last[:60]}'.", kind="not_scripted")

    async def close(self) -> None:
        """Nothing to close; remembers that it was."""
        self.closed = True


def scripted_answer(text: str, request: Request, model: str, seconds: float) -> Answer:
    """A text as an answer, its thought apart; asked for likelihoods, the continuation that says the text is the likely one."""
    said, reasoning, closed = split_reasoning(text)
    usage = Usage(input_tokens=len(request.text.split()), output_tokens=len(text.split()))
    scores = None
    if request.continuations is not None:
        scores = tuple((-0.1 if each.strip() == text.strip() else -5.0, 1, len(each.encode())) for each in request.continuations)
    stop = "stop" if closed else "length"
    answer = Answer(text=said, reasoning=reasoning, model=model, usage=usage, timing=Timing(seconds=seconds), choice_logprobs=scores)
    return answer if closed else msgspec.structs.replace(answer, stop_reason=stop)


def open_scripted(name: str, *, latency: float = 0.0) -> ScriptedModel:
    """The same answer to everything, for trying a task. `scripted/TEXT` answers TEXT, `scripted/echo` the last message; option `latency` in seconds."""
    answers: Script = _echo if name == "echo" else name
    return ScriptedModel(answers, name=f"scripted/{name}", latency=float(latency))


def _echo(request: Request) -> str:
    return request.messages[-1].text if request.messages else ""
