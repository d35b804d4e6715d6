"""The embedded model as a `Model`: a small transformer of our own, run by NumPy, that knows a small world and answers at once.

It is there so that Assay can be tried, tested and demonstrated on a real model with nothing to install and nobody to pay. It knows
no more than the world it was trained on, and has no place in a ranking of models.
"""

import time
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from assay.core.answer import Answer, Timing, TokenLogprob, Usage
from assay.core.errors import ModelError, UsageError
from assay.core.protocols import Decoding, Request
from assay.core.seeds import derive_seed
from assay.models.batching import Batcher
from assay.models.likelihood import border_note, refuse_empty, shared_start, total
from assay.models.prompts import check_length, check_text_only
from assay.models.tiny.checkpoints import checkpoint_folder
from assay.models.tiny.generation import Generation, Job, Result, Scoring, Writing, Written
from assay.models.tiny.network import Network, read_network
from assay.models.tiny.tokenizer import BOS, Tokenizer, read_tokenizer, render

ENGINE = "numpy-1"
"""Changes whenever the same weights and request could give another text."""


class TinyModel:
    """One checkpoint of the embedded model. Requests that wait at the same time are written together, without changing each other."""

    def __init__(self, name: str, folder: Path, *, batch: int = 64) -> None:
        self.name = name
        self.endpoint = name
        self.notes: tuple[str, ...] = ()
        self.network: Network = read_network(folder)
        self.tokenizer: Tokenizer = read_tokenizer(folder / "tokenizer.json")
        self.identity: Mapping[str, Any] = {"engine": ENGINE, "weights": content(folder)}
        self._batcher: Batcher[Job, Result] = Batcher(Generation(self.network, self.tokenizer, batch), name)

    async def generate(self, request: Request) -> Answer:
        """The answer, or with `continuations` their log-likelihoods. Raises ModelError for a prompt longer than the context."""
        started = time.perf_counter()
        check_text_only(request.messages, self.name)
        check_decoding(request.decoding, self.name)
        prompt = BOS + request.text if request.raw else render(request.messages)
        answer = await (self._write(request, prompt) if request.continuations is None else self._score(request, prompt))
        timing = Timing(seconds=time.perf_counter() - started)
        return msgspec.structs.replace(answer, model=self.name, timing=timing, notes=(*answer.notes, *dropped(request)))

    async def close(self) -> None:
        """Takes no more requests."""
        self._batcher.close()

    async def _write(self, request: Request, prompt: str) -> Answer:
        ids = self._fitting(self.tokenizer.encode(prompt), room=1)
        seed = derive_seed(request.decoding.seed or 0, prompt, request.sample_id, request.number)
        written = await self._batcher.submit(Writing(ids=ids, decoding=request.decoding, seed=seed))
        assert isinstance(written, Written)
        usage = Usage(input_tokens=len(ids), output_tokens=len(written.ids))
        return Answer(text=written.text, usage=usage, logprobs=written.logprobs, stop_reason=written.stop_reason)

    async def _score(self, request: Request, prompt: str) -> Answer:
        continuations = request.continuations or ()
        refuse_empty(self.name, continuations)
        alone = self.tokenizer.encode(prompt)
        sequences = tuple(self._fitting(self.tokenizer.encode(prompt + each), room=0) for each in continuations)
        start = shared_start(alone, sequences)
        scored = await self._batcher.submit(Scoring(sequences=sequences, start=start, top=max(1, request.decoding.logprobs or 0)))
        assert not isinstance(scored, Written)
        totals = tuple(total(text, [each.logprob for each in tokens]) for text, tokens in zip(continuations, scored, strict=True))
        greedy = tuple(all(each.logprob >= max(each.top.values()) for each in tokens) for tokens in scored)
        shown: tuple[TokenLogprob, ...] | None = scored[0] if request.decoding.logprobs is not None and len(scored) == 1 else None
        usage = Usage(input_tokens=sum(map(len, sequences)))
        return Answer(text="", usage=usage, logprobs=shown, choice_logprobs=totals, choice_greedy=greedy, notes=border_note(alone, start))

    def _fitting(self, ids: list[int], *, room: int) -> tuple[int, ...]:
        check_length(len(ids) + room, self.network.shape.max_position_embeddings, self.name)
        return tuple(ids)


def check_decoding(decoding: Decoding, name: str) -> None:
    """Raises ModelError for settings that mean nothing."""
    wrong = {
        "temperature": decoding.temperature is not None and not 0 <= decoding.temperature < float("inf"),
        "top_p": decoding.top_p is not None and not 0 < decoding.top_p <= 1,
        "max_tokens": decoding.max_tokens is not None and decoding.max_tokens < 1,
        "logprobs": decoding.logprobs is not None and decoding.logprobs < 0,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise ModelError(
                f"{name} cannot take {field} = {getattr(decoding, field)}.",
                kind="bad_request",
                remedy="temperature is 0 or more, top_p above 0 and at most 1, max_tokens 1 or more, logprobs 0 or more.",
                fatal=True,
            )


def dropped(request: Request) -> tuple[str, ...]:
    """What of a request the model does not know and left out."""
    parts = {"tools": request.tools, "response_schema": request.response_schema, "reasoning_effort": request.decoding.reasoning_effort}
    parts["extra"] = request.decoding.extra
    return tuple(f"dropped: {name}" for name, value in parts.items() if value)


def content(folder: Path) -> str:
    """A fingerprint of the files that make the model."""
    digest = blake2b(digest_size=16)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def opened(name: str, batch: int) -> TinyModel:
    """A checkpoint by name or folder. Raises UsageError, or UnknownName listing the checkpoints there are."""
    if isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= 1024:
        raise UsageError(f"batch = {batch} is no number of answers to write at a time.", remedy="Give a whole number from 1 to 1024.")
    folder = checkpoint_folder(name)
    return TinyModel(f"tiny/{folder.name if name in ('latest', '') else name}", folder, batch=batch)
