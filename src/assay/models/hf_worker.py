"""Batches for transformers: one `generate` or one forward pass for all requests that wait together, each with its own settings and seed."""

import inspect
import random
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import msgspec

from assay.core.answer import StopReason, TokenLogprob
from assay.core.errors import ModelError

FIRST_STOP_WINDOW = 16
"""Tokens decoded beyond a stop text's own length when looking for it: a token may hold part of a character."""


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How one request is written; temperature 0 takes the likeliest token."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    seed: int = 0
    logprobs: int | None = None


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """A job: continue `ids`."""

    ids: tuple[int, ...]
    sampling: Sampling


class Scoring(msgspec.Struct, frozen=True, kw_only=True):
    """A job: the log-probability of each token from place `start` (at least 1) on."""

    ids: tuple[int, ...]
    start: int


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, without the end token."""

    text: str
    tokens: int
    stop_reason: StopReason
    logprobs: tuple[TokenLogprob, ...] | None = None


Job = Writing | Scoring
Result = Written | tuple[tuple[float, bool], ...]


class TransformersWorker:
    """The worker behind the batcher: takes what waits, one kind of job at a time, in batches of at most `batch` rows."""

    def __init__(self, model: Any, tokenizer: Any, batch: int) -> None:
        self.limit = batch
        self._batch = batch
        self._torch: Any = import_module("torch")
        self._model, self._tokenizer = model, tokenizer
        self._queue: list[Job] = []
        self._keeps_logits = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._pad = next(each for each in (tokenizer.pad_token_id, tokenizer.eos_token_id, 0) if each is not None)
        self.ends = end_ids(model, tokenizer)

    def size(self, job: Job) -> int:
        """Tokens to read."""
        return len(job.ids)

    def add(self, jobs: Sequence[Job]) -> None:
        """Takes jobs in."""
        self._queue += jobs

    def drop(self, jobs: Sequence[Job]) -> None:
        """Forgets jobs that have not begun."""
        gone = {id(job) for job in jobs}
        self._queue = [job for job in self._queue if id(job) not in gone]

    def step(self) -> list[tuple[Job, Result | ModelError]]:
        """Does one batch of like jobs. A batch that does not fit into memory is tried again in halves."""
        if not self._queue:
            return []
        kind = type(self._queue[0])
        rows = [job for job in self._queue if type(job) is kind][: self._batch]
        out_of_memory: type[BaseException] = self._torch.OutOfMemoryError
        try:
            with self._torch.inference_mode():
                done = self._write(rows) if kind is Writing else self._score(rows)
        except out_of_memory:
            if len(rows) > 1:
                self._batch = max(1, len(rows) // 2)
                return []
            done = [ModelError("A single request does not fit into the device's memory.", kind="out_of_memory")]
        finished = list(zip(rows, done, strict=True))
        self.drop(rows)
        return finished

    def _score(self, rows: Sequence[Any]) -> list[Result | ModelError]:
        """Rows padded on the right: a causal model's earlier places see nothing of it."""
        torch = self._torch
        longest, first = max(len(row.ids) for row in rows), min(row.start for row in rows) - 1
        ids = torch.tensor([[*row.ids, *[self._pad] * (longest - len(row.ids))] for row in rows], device=self._model.device)
        mask = torch.tensor([[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows], device=self._model.device)
        kept: dict[str, Any] = {"logits_to_keep": torch.arange(first, longest, device=self._model.device)} if self._keeps_logits else {}
        logits = self._model(input_ids=ids, attention_mask=mask, use_cache=False, **kept).logits
        if not kept:
            logits = logits[:, first:]
        found: list[Result | ModelError] = []
        for row, scores in zip(rows, logits, strict=True):
            wanted = torch.tensor(row.ids[row.start :], device=scores.device)
            table = scores[row.start - 1 - first : len(row.ids) - 1 - first].float().log_softmax(-1)
            own, best = table.gather(1, wanted[:, None])[:, 0].tolist(), table.max(1).values.tolist()
            found.append(tuple((value, value >= highest) for value, highest in zip(own, best, strict=True)))
        return found

    def _write(self, rows: Sequence[Any]) -> list[Result | ModelError]:
        """Rows padded on the left, so that all of them go on at the same place."""
        torch = self._torch
        longest = max(len(row.ids) for row in rows)
        ids = torch.tensor([[*[self._pad] * (longest - len(row.ids)), *row.ids] for row in rows], device=self._model.device)
        mask = torch.tensor([[0] * (longest - len(row.ids)) + [1] * len(row.ids) for row in rows], device=self._model.device)
        drafts = [Draft(row.sampling, self.ends, self._tokenizer) for row in rows]
        most = max(row.sampling.max_tokens for row in rows)
        lists = import_module("transformers")
        self._model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=lists.GenerationConfig(do_sample=False, max_new_tokens=most, pad_token_id=self._pad, eos_token_id=self.ends),
            logits_processor=lists.LogitsProcessorList([choosing(drafts, torch)]),
            stopping_criteria=lists.StoppingCriteriaList([stopping(drafts, torch)]),
        )
        return [draft.written() for draft in drafts]


class Draft:
    """A row being written."""

    def __init__(self, sampling: Sampling, ends: Sequence[int], tokenizer: Any) -> None:
        self.sampling, self.ids, self.logprobs = sampling, list[int](), list[TokenLogprob]()
        self.reason: StopReason | None = None
        self.text: str | None = None
        self._ends, self._tokenizer = frozenset(ends), tokenizer
        self._rng = random.Random(sampling.seed)

    def choose(self, scores: Any, raw: Any) -> int:
        """The next token from scores (vocabulary,) as the model's own settings left them; `raw` are the same in float32."""
        token = int(scores.argmax()) if not self.sampling.temperature else self._draw(raw)
        if self.reason is None and token not in self._ends:
            self.ids.append(token)
            if self.sampling.logprobs is not None:
                self.logprobs.append(self._logprob(raw.log_softmax(-1), token))
        return token

    def _draw(self, raw: Any) -> int:
        chances, order = (raw / self.sampling.temperature).softmax(-1).double().sort(descending=True, stable=True)
        if self.sampling.top_k > 0:
            chances = chances[: self.sampling.top_k]
        sums = chances.cumsum(0)
        if self.sampling.top_p < 1:
            sums = sums[: int((sums < self.sampling.top_p * float(sums[-1])).sum()) + 1]
        place = int((sums <= self._rng.random() * float(sums[-1])).sum())
        return int(order[min(place, len(sums) - 1)])

    def _logprob(self, table: Any, token: int) -> TokenLogprob:
        top = table.topk(min(self.sampling.logprobs or 0, len(table)))
        rivals = {
            self._shown(int(each)): float(value) for value, each in zip(top.values, top.indices, strict=True) if value > float("-inf")
        }
        return TokenLogprob(token=self._shown(token), logprob=float(table[token]), top=rivals)

    def _shown(self, token: int) -> str:
        return str(self._tokenizer.decode([token]))

    def finished(self, token: int) -> bool:
        """Whether the row is done after `token`."""
        if self.reason is None:
            if token in self._ends or self._stopped():
                self.reason = "stop"
            elif len(self.ids) >= self.sampling.max_tokens:
                self.reason = "length"
        return self.reason is not None

    def _stopped(self) -> bool:
        if not self.sampling.stop:
            return False
        window = self.ids[-(max(map(len, self.sampling.stop)) + FIRST_STOP_WINDOW) :]
        if not any(stop in self._decoded(window) for stop in self.sampling.stop):
            return False
        text = self._decoded(self.ids)
        self.text = text[: min((place for place in map(text.find, self.sampling.stop) if place >= 0), default=len(text))]
        return True

    def _decoded(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))

    def written(self) -> Written:
        """The finished row."""
        text = self.text if self.text is not None else self._decoded(self.ids)
        logprobs = tuple(self.logprobs) if self.sampling.logprobs is not None else None
        return Written(text=text, tokens=len(self.ids), stop_reason=self.reason or "length", logprobs=logprobs)


def choosing(drafts: Sequence[Draft], torch: Any) -> Any:
    """A logits processor that leaves each row one token: drawn with the row's own seed, so a batch changes nobody's answer."""

    def process(ids: Any, scores: Any) -> Any:
        chosen = [draft.choose(row, row.float()) for draft, row in zip(drafts, scores, strict=True)]
        only = torch.full_like(scores, float("-inf"))
        only[torch.arange(len(chosen)), torch.tensor(chosen)] = 0
        return only

    return process


def stopping(drafts: Sequence[Draft], torch: Any) -> Any:
    """A stopping criterion that answers row by row."""

    def finished(ids: Any, scores: Any, **_: Any) -> Any:
        return torch.tensor([draft.finished(int(row[-1])) for draft, row in zip(drafts, ids, strict=True)], device=ids.device)

    return finished


def end_ids(model: Any, tokenizer: Any) -> list[int]:
    """Every token that ends an answer: the generation settings' and the tokenizer's."""
    named = model.generation_config.eos_token_id
    ends = [named] if isinstance(named, int) else list(named or [])
    return list(dict.fromkeys([*ends, *([tokenizer.eos_token_id] if tokenizer.eos_token_id is not None else [])]))
