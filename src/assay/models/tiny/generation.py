"""Writing with the embedded model: many sequences at once, each leaving the batch when it is finished and another taking its slot.

What a request gets depends on nothing but the request: every sequence draws from a generator of its own, and the network's numbers
do not depend on the batch.
"""

import random
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.core.answer import StopReason, TokenLogprob
from assay.core.errors import ModelError
from assay.core.protocols import Decoding
from assay.models.tiny.network import Cache, Floats, Network, log_softmax
from assay.models.tiny.tokenizer import SPECIALS, Tokenizer

DEFAULT_TOKENS = 256
"""The most tokens of an answer when the request names no limit."""
LAST_SPECIAL = len(SPECIALS) - 1
"""A token up to this id ends the answer: the end itself, or a role the model has no business to open."""


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """A job: continue `ids` as `decoding` says, drawing from `seed`."""

    ids: tuple[int, ...]
    decoding: Decoding
    seed: int


class Scoring(msgspec.Struct, frozen=True, kw_only=True):
    """A job: the log-probability of each token from place `start` (at least 1) on, in each of `sequences`."""

    sequences: tuple[tuple[int, ...], ...]
    start: int
    top: int = 0


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: tokens without the end, their text, and why it ended."""

    ids: tuple[int, ...]
    text: str
    stop_reason: StopReason
    logprobs: tuple[TokenLogprob, ...] | None = None


Scored = tuple[tuple[TokenLogprob, ...], ...]
Job = Writing | Scoring
Result = Written | Scored


class Draft:
    """A sequence being written, in one slot of the batch."""

    __slots__ = ("cut", "ids", "job", "logprobs", "rng", "room", "text")

    def __init__(self, job: Writing, context: int) -> None:
        self.job = job
        self.ids: list[int] = []
        self.room = min(job.decoding.max_tokens or DEFAULT_TOKENS, context - len(job.ids))
        self.rng = random.Random(job.seed)
        self.logprobs: list[TokenLogprob] = []
        self.text = bytearray()
        self.cut: int | None = None

    def written(self, tokenizer: Tokenizer, stop_reason: StopReason) -> Written:
        """The finished job."""
        text = tokenizer.decode(self.ids) if self.cut is None else bytes(self.text[: self.cut]).decode("utf-8", errors="replace")
        wanted = self.job.decoding.logprobs is not None
        return Written(ids=tuple(self.ids), text=text, stop_reason=stop_reason, logprobs=tuple(self.logprobs) if wanted else None)


class Generation:
    """The worker behind the batcher: holds up to `limit` jobs; one step reads the prompts that joined and writes one token for everybody."""

    def __init__(self, network: Network, tokenizer: Tokenizer, limit: int = 64) -> None:
        self.limit = limit
        self._network = network
        self._tokenizer = tokenizer
        self._cache = Cache(network.shape, max(limit, 2))
        self._queue: list[Job] = []
        self._drafts: list[Draft] = []

    def size(self, job: Job) -> int:
        """Tokens to read."""
        return len(job.ids) if isinstance(job, Writing) else sum(map(len, job.sequences))

    def add(self, jobs: Sequence[Job]) -> None:
        """Takes jobs in."""
        self._queue += jobs

    def drop(self, jobs: Sequence[Job]) -> None:
        """Forgets jobs, queued or half written."""
        gone = {id(job) for job in jobs}
        self._queue = [job for job in self._queue if id(job) not in gone]
        for slot in range(len(self._drafts) - 1, -1, -1):
            if id(self._drafts[slot].job) in gone:
                self._leave(slot)

    def step(self) -> list[tuple[Job, Result | ModelError]]:
        """Reads what waits, writes one token for every sequence, and gives back what is finished."""
        finished: list[tuple[Job, Result | ModelError]] = []
        queue, self._queue = self._queue, []
        for job in queue:
            if isinstance(job, Scoring):
                finished.append((job, self.score(job)))
            else:
                finished += self._join(job)
        finished += self._write()
        return finished

    def score(self, job: Scoring) -> Scored:
        """Log-probabilities of the scored tokens; a sequence whose input is the start of another's is not read again."""
        readings: dict[tuple[int, ...], Floats] = {}
        scored: dict[int, tuple[TokenLogprob, ...]] = {}
        for place in sorted(range(len(job.sequences)), key=lambda place: -len(job.sequences[place])):
            ids = job.sequences[place]
            states = next((known for read, known in readings.items() if read[: len(ids) - 1] == ids[:-1]), None)
            if states is None:
                states = readings[ids[:-1]] = self._network.read(np.array(ids[:-1], np.int64))[0]
            rows = log_softmax(self._network.logits(states[job.start - 1 : len(ids) - 1]))
            scored[place] = tuple(self._logprob(row, token, job.top) for row, token in zip(rows, ids[job.start :], strict=True))
        return tuple(scored[place] for place in range(len(job.sequences)))

    def _join(self, job: Writing) -> Iterable[tuple[Job, Result | ModelError]]:
        draft = Draft(job, self._network.shape.max_position_embeddings)
        states, keys, values = self._network.read(np.array(job.ids, np.int64))
        reason = self._extend(draft, self._network.logits(states[-1:])[0])
        if reason is not None:
            return [(job, draft.written(self._tokenizer, reason))]
        self._cache.write(len(self._drafts), keys, values)
        self._drafts.append(draft)
        return []

    def _write(self) -> list[tuple[Job, Result | ModelError]]:
        count = len(self._drafts)
        if not count:
            return []
        finished: list[tuple[Job, Result | ModelError]] = []
        last = np.array([draft.ids[-1] for draft in self._drafts], np.int64)
        logits = self._network.logits(self._network.advance(self._cache, count, last))
        for slot in range(count - 1, -1, -1):
            draft = self._drafts[slot]
            reason = self._extend(draft, logits[slot])
            if reason is not None:
                finished.append((draft.job, draft.written(self._tokenizer, reason)))
                self._leave(slot)
        return finished

    def _leave(self, slot: int) -> None:
        """Frees a slot by moving the last sequence into it."""
        draft = self._drafts.pop()
        if slot < len(self._drafts):
            self._cache.move(len(self._drafts), slot)
            self._drafts[slot] = draft

    def _extend(self, draft: Draft, logits: Floats) -> StopReason | None:
        """Writes one token; gives the reason to stop, if there is one."""
        decoding = draft.job.decoding
        token = choose(logits, decoding, draft.rng)
        if token <= LAST_SPECIAL:
            return "stop"
        draft.ids.append(token)
        if decoding.logprobs is not None:
            draft.logprobs.append(self._logprob(log_softmax(logits), token, decoding.logprobs))
        if decoding.stop and self._stopped(draft, token):
            return "stop"
        return "length" if len(draft.ids) >= draft.room else None

    def _stopped(self, draft: Draft, token: int) -> bool:
        """Whether a stop text has appeared; the answer is then cut before the first one."""
        stops = [stop.encode() for stop in draft.job.decoding.stop if stop]
        added = self._tokenizer.decode_bytes([token])
        draft.text += added
        start = len(draft.text) - len(added) - max(map(len, stops), default=0)
        places = [place for place in (draft.text.find(stop, max(0, start)) for stop in stops) if place >= 0]
        draft.cut = min(places, default=None)
        return bool(places)

    def _logprob(self, row: NDArray[np.float64], token: int, top: int) -> TokenLogprob:
        best = np.argsort(-row, kind="stable")[:top] if top else ()
        rivals = {self._shown(int(each)): float(row[each]) for each in best}
        return TokenLogprob(token=self._shown(token), logprob=float(row[token]), top=rivals)

    def _shown(self, token: int) -> str:
        return SPECIALS[token] if token <= LAST_SPECIAL else self._tokenizer.decode([token])


def choose(logits: Floats, decoding: Decoding, rng: random.Random) -> int:
    """The next token: the likeliest at temperature 0 (or none named), else drawn; `top_p` keeps the likeliest tokens that make up so much."""
    if not decoding.temperature:
        return int(logits.argmax())
    scores = logits.astype(np.float64) / decoding.temperature
    chances = np.exp(scores - scores.max())
    order = np.arange(len(chances))
    if decoding.top_p is not None and decoding.top_p < 1:
        order = np.argsort(-chances, kind="stable")
        total = np.cumsum(chances[order])
        order = order[: int(np.searchsorted(total, decoding.top_p * total[-1])) + 1]
    total = np.cumsum(chances[order])
    return int(order[min(int(np.searchsorted(total, rng.random() * total[-1], side="right")), len(order) - 1)])
