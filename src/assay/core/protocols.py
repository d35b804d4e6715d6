"""The protocols: small contracts, so that a stranger's part fits in ten lines."""

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from assay.core.answer import Answer
from assay.core.content import Message, text_of
from assay.core.sample import Sample
from assay.core.score import Score, metric_name
from assay.core.trial import Trial
from assay.core.verdict import Verdict

ModelRole = Literal["target", "judge", "simulator", "attacker"]


class Decoding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a model writes. None leaves the choice to the endpoint. All of it is part of a score's identity."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    logprobs: int | None = None
    reasoning_effort: str | None = None
    extra: dict[str, Any] = {}


class Tool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tool a model may call; `parameters` is a JSON schema."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked of a model. With `continuations`, their log-likelihood after the messages is asked instead of a text.

    `raw` sends the text of the messages as it is, without a chat template (base models, lm-eval's likelihood tasks).
    `sample_id` and `number` let replayed and scripted models find their line: the engine sets them, providers never send them.
    """

    messages: tuple[Message, ...]
    decoding: Decoding = Decoding()
    tools: tuple[Tool, ...] = ()
    response_schema: dict[str, Any] | None = None
    continuations: tuple[str, ...] | None = None
    raw: bool = False
    sample_id: str = ""
    number: int = 0

    @property
    def text(self) -> str:
        """The messages' text, joined by empty lines."""
        return text_of(self.messages)


@runtime_checkable
class Dataset(Protocol):
    """Samples by position. `fingerprint` changes with their content."""

    @property
    def fingerprint(self) -> str: ...
    def __len__(self) -> int: ...
    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        """The samples at the positions `order` (all, in their own order, when None), one at a time."""
        ...


@runtime_checkable
class Model(Protocol):
    """Messages in, answer out. `name` is `provider/model`; `identity` holds what could change an answer and is no request
    (base URL, revision, quantisation), never a key. A fault raises ModelError.

    A model may have more, and need not: `endpoint` (a text; models with the same one share its window and its limiter; else its name),
    `notes` (texts, a line each: what the endpoint refused of what was asked), `price` (`models.prices.Price`, US dollars per million
    tokens; else a budget in dollars is refused) and `timeout` (seconds for one attempt). An identity with `seeded` true says that a seed
    decides the answer: at a temperature above 0 each trial then gets its own.
    """

    @property
    def name(self) -> str: ...
    @property
    def identity(self) -> Mapping[str, Any]: ...
    async def generate(self, request: Request) -> Answer: ...
    async def close(self) -> None: ...


def endpoint_of(model: Model) -> str:
    """What a model shares with others of its endpoint: its `endpoint`, or its name where it says none."""
    return getattr(model, "endpoint", "") or model.name


def notes_of(model: Model) -> tuple[str, ...]:
    """What a model's endpoint refused, a line each; empty where it says nothing."""
    return tuple(getattr(model, "notes", ()))


class Journal(Protocol):
    """The memory of a run: what was paid for is appended before it is used, and recalled instead of asked again."""

    def append(self, event: msgspec.Struct) -> None: ...
    def recall(self, key: str) -> Answer | None: ...
    def closed(self, sample_id: str, number: int) -> Trial | None:
        """The trial that ended well, its answer included; None where it is still to do."""
        ...


class Context(Protocol):
    """What a solver or scorer may lean on during one trial; nothing is global."""

    @property
    def seed(self) -> int:
        """The seed of this trial."""
        ...

    @property
    def number(self) -> int: ...
    @property
    def decoding(self) -> Decoding: ...
    def model(self, role: ModelRole = "target") -> Model:
        """The model of a role, bound to this trial: what it answers is journaled before it is used."""
        ...


class Solver(Protocol):
    """Sample in, answer out."""

    def __call__(self, sample: Sample, context: Context) -> Awaitable[Answer]: ...


@runtime_checkable
class Scorer(Protocol):
    """Answer in, scores out. A frozen struct: its fields are its identity. `criteria` is declared, so that a scorer that
    raises still has a denominator.

    A scorer may have more, and need not: `heavy` (true where it burns CPU: it then runs in a worker process, with None for the context)
    and, for a heavy one, `seconds` (of wall time for one answer, 20 where it says nothing; then the worker is killed and the answer unscored);
    `lower_is_better`, the criteria whose lower value is the better one (0 is then perfect), such as an error rate. Rankings,
    comparisons, the choice of failures and the checks of a benchmark go by it; it is written into the manifest. `unbounded` names criteria
    whose values can leave 0..1: no stopping rule can watch them.
    """

    @property
    def name(self) -> str: ...
    @property
    def criteria(self) -> tuple[str, ...]: ...
    def __call__(self, sample: Sample, answer: Answer, context: Context) -> "tuple[Score, ...] | Awaitable[tuple[Score, ...]]": ...


def lower_metrics(scorers: Sequence[Scorer]) -> tuple[str, ...]:
    """The metrics these scorers feed whose lower value is the better one."""
    return tuple(metric_name(scorer.name, criterion) for scorer in scorers for criterion in getattr(scorer, "lower_is_better", ()))


class Comparer(Protocol):
    """Two answers in, a verdict out."""

    def __call__(self, sample: Sample, a: Answer, b: Answer, context: Context) -> Awaitable[Verdict]: ...


class User(Protocol):
    """The other side of a dialogue; None ends it."""

    def reply(self, messages: Sequence[Message], context: Context) -> Awaitable[Message | None]: ...


class Plan(Protocol):
    """Which (position, trial number) pairs come next; an empty answer ends the run.

    One that `learns` is given the trials closed since it was last asked, scores and failures but no answers; any other gets none, so that
    a long run keeps nothing in memory.
    """

    @property
    def learns(self) -> bool: ...
    def next(self, results: Sequence[Trial]) -> Sequence[tuple[int, int]]: ...
