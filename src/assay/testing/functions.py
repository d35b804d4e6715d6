"""A function of the prompt as a model, so that an application is evaluated as any model is."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import msgspec

from assay.core.answer import Answer, Timing
from assay.core.errors import ModelError
from assay.core.protocols import Request


class FunctionModel:
    """Asks `function(prompt)`, plain (on a thread, so several at once) or async; it returns a text or an `Answer`. What it raises is a failed trial."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        called = getattr(function, "__qualname__", type(function).__name__).rpartition(".")[2].strip("<>")
        self.name = f"function/{called}"
        self.function = function

    @property
    def identity(self) -> Mapping[str, Any]:
        """Module and name: what stands inside is not looked at."""
        return {"module": getattr(self.function, "__module__", "") or "", "name": getattr(self.function, "__qualname__", self.name)}

    async def generate(self, request: Request) -> Answer:
        """The function's answer, with its time."""
        started = perf_counter()
        if inspect.iscoroutinefunction(self.function):
            made = await self.function(request.text)
        else:
            made = await asyncio.to_thread(self.function, request.text)
            made = await made if inspect.isawaitable(made) else made
        if isinstance(made, str):
            made = Answer(text=made)
        if not isinstance(made, Answer):
            raise ModelError(f"{self.name} gave {type(made).__name__}, not a text or an Answer.", kind="bad_response")
        return msgspec.structs.replace(made, model=self.name, timing=Timing(seconds=perf_counter() - started))

    async def close(self) -> None:
        """Nothing is held."""
