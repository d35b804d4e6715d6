"""Checks that other people's parts keep the contracts. Each raises AssertionError with a sentence that names the part and the broken promise."""

import contextlib
import inspect
import math
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import msgspec

from assay.core.answer import Answer
from assay.core.content import message
from assay.core.errors import BrokenAround
from assay.core.fingerprint import fingerprint
from assay.core.loop import wait_for
from assay.core.protocols import Context, Dataset, Decoding, Model, Request, Scorer
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.seeds import shuffled

if TYPE_CHECKING:
    from assay.core.task import Task

SHOWN = 10
"""Findings that a message lists; the rest is counted."""

NASTY = (
    "",
    " ",
    "42",
    "The answer is (B).",
    "一二三，答案：B",
    "\x00\ufffd\u202e",
    "9" * 5000,
    "<think>never closed",
    "$\\frac{1}{0}$",
    "```python\n",
    "{" * 300,
)


def check_model(model: Model, *, prompt: str = "Say hello.", secrets: Sequence[str] = ()) -> Answer:
    """Asks a model once and holds what comes back against the contract of `Model`; `secrets` must show up nowhere. The answer.

    Raises AssertionError; a ModelError of the model passes through: an endpoint that is down is no broken contract.
    """
    name = model.name
    assert isinstance(name, str) and "/" in name, f"a model's name is provider/model, not {name!r}"
    identity = dict(model.identity)
    assert fingerprint(identity) == fingerprint(dict(model.identity)), f"{name}: identity changes between two looks"
    msgspec.json.encode(identity)
    shown = repr(model) + repr(identity) + name
    assert not [each for each in secrets if each and each in shown], f"{name}: a secret shows in name, identity or repr"
    answer = wait_for(_asked(model, prompt))
    assert isinstance(answer, Answer), f"{name}: generate gave {type(answer).__name__}, not Answer"
    assert "<think>" not in answer.text, f"{name}: reasoning stands in the text; it has a channel of its own"
    assert answer.usage.input_tokens >= 0 and answer.usage.output_tokens >= 0, f"{name}: negative usage"
    assert math.isfinite(answer.timing.seconds) and answer.timing.seconds >= 0, f"{name}: timing is no duration"
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer, f"{name}: the answer does not survive the journal"
    return answer


async def _asked(model: Model, prompt: str) -> Answer:
    try:
        return await model.generate(Request(messages=(message("user", prompt),), decoding=Decoding(max_tokens=16)))
    finally:
        await model.close()


class _NoContext:
    """A context without models, for scorers that need none."""

    seed = 0
    number = 0
    decoding = Decoding()

    def model(self, role: str = "target") -> Model:
        raise AssertionError(f"a scorer that is checked here may not ask a model ({role})")


def check_scorer(
    scorer: Scorer, *, right: Sequence[tuple[Sample, str | Answer]] = (), wrong: Sequence[tuple[Sample, str | Answer]] = ()
) -> None:
    """Holds a scorer against the contract of `Scorer`: declared criteria, finite values, nasty texts survived, the same twice, and
    `right` pairs (sample, answer) scored better than every `wrong` one: above it, or below where the criterion is declared `lower_is_better`.

    Of several scores the first counts. Raises AssertionError; what the sandbox or a missing package breaks on a `right` or `wrong` pair
    passes through: that is no broken contract.
    """
    name = scorer.name
    assert isinstance(name, str) and name, "a scorer has a name"
    criteria = scorer.criteria
    assert criteria and len(set(criteria)) == len(criteria), f"{name}: criteria must be declared, once each: {criteria!r}"
    lower: tuple[str, ...] = getattr(scorer, "lower_is_better", ())
    assert set(lower) <= set(criteria), f"{name}: lower_is_better {lower!r} must be among the criteria {criteria!r}"
    assert fingerprint(scorer) == fingerprint(scorer), f"{name}: its identity changes between two looks"
    samples = [sample for sample, _ in (*right, *wrong)] or [Sample(id="check", input="2 + 2 = ?", target="4", choices=("3", "4"))]
    for text in NASTY:
        # A scorer may say that it cannot run on this sample; it may not raise anything else.
        with contextlib.suppress(BrokenAround):
            _scored(scorer, samples[0], text)
    sign = -1.0 if criteria[0] in lower else 1.0
    high = [sign * _value(scorer, sample, answer) for sample, answer in right]
    low = [sign * _value(scorer, sample, answer) for sample, answer in wrong]
    assert not high or not low or min(high) > max(low), f"{name}: a wrong answer scores {sign * max(low)}, a right one {sign * min(high)}"


def _scored(scorer: Scorer, sample: Sample, answer: str | Answer) -> tuple[Score, ...]:
    context, given = cast(Context, _NoContext()), Answer(text=answer) if isinstance(answer, str) else answer

    async def run() -> tuple[Score, ...]:
        found: Any = scorer(sample, given, context)
        return cast(tuple[Score, ...], await found if inspect.isawaitable(found) else found)

    first, again = wait_for(run()), wait_for(run())
    for score in first:
        _check_score(score, scorer.name, scorer.criteria)
    assert list(map(_said, first)) == list(map(_said, again)), f"{scorer.name}: the same answer scored twice gives two scores"
    return first


def _said(score: Score) -> Score:
    """A score without its detail, which may hold what was measured on the way (seconds, memory)."""
    return msgspec.structs.replace(score, detail={})


def _check_score(score: Score, name: str, criteria: Sequence[str]) -> None:
    assert isinstance(score, Score), f"{name}: gave {type(score).__name__}, not Score"
    assert score.criterion in criteria, f"{name}: scored '{score.criterion}', which it did not declare"
    assert score.value is None or math.isfinite(score.value), f"{name}: a value must be finite or None, not {score.value}"
    assert score.value is not None or score.reason, f"{name}: an unscored answer needs a reason"
    msgspec.json.encode(score)


def _value(scorer: Scorer, sample: Sample, answer: str | Answer) -> float:
    scores = _scored(scorer, sample, answer)
    text = answer if isinstance(answer, str) else answer.text
    assert scores and scores[0].value is not None, f"{scorer.name}: '{text[:60]}' was not scored"
    return scores[0].value


def check_dataset(dataset: Dataset, *, limit: int | None = 1000) -> None:
    """Holds a dataset against the contract of `Dataset`: as many samples as `len` says, ids that are there and unique, the same samples and
    fingerprint at every look, samples that survive the journal, and `samples(order)` giving what `samples()` has at those positions.

    All ids are read; the rest is looked at on up to `limit` samples (None: all). Raises AssertionError.
    """
    name, count, before = type(dataset).__name__, len(dataset), dataset.fingerprint
    assert count > 0, f"{name}: it holds no sample, so nothing can be checked"
    assert isinstance(before, str) and before, f"{name}: a fingerprint is a text, not {before!r}"
    ids: dict[str, int] = {}
    for place, sample in enumerate(dataset.samples()):
        assert isinstance(sample, Sample), f"{name}: position {place} holds {type(sample).__name__}, not Sample"
        assert isinstance(sample.id, str) and sample.id, f"{name}: the sample at position {place} has no id"
        assert sample.id not in ids, f"{name}: the id '{sample.id}' occurs at the positions {ids[sample.id]} and {place}"
        ids[sample.id] = place
    assert len(ids) == count, f"{name}: len says {count}, samples() gives {len(ids)}"
    reach = count if limit is None else min(limit, count)
    first = list(islice(dataset.samples(), reach))
    for sample in first:
        lost = msgspec.json.decode(msgspec.json.encode(sample), type=Sample) != sample
        assert not lost, f"{name}: the sample '{sample.id}' does not survive the journal"
    again = list(islice(dataset.samples(), reach))
    assert again == first, f"{name}: two looks give different samples"
    order = [*shuffled(reach, 0), 0]
    assert list(dataset.samples(order)) == [first[place] for place in order], f"{name}: samples(order) is not what samples() has there"
    assert list(dataset.samples([])) == [], f"{name}: an empty order gives samples"
    assert dataset.fingerprint == before, f"{name}: the fingerprint changes between two looks"


def check_benchmark(task: "str | Task", *, limit: int | None = 200, **options: Any) -> None:
    """Holds a benchmark (a registered name, a `.py` file, or a Task) against `assay validate`: gold answers score 1, wrong ones less, the
    card is full, ids are unique; and each of its datasets against `check_dataset`.

    Up to `limit` samples of each task are scored (None: all); `options` go to the benchmark. Raises AssertionError listing what was found.
    """
    from assay.api import resolve_tasks, validate

    tasks = resolve_tasks([task], options)
    for each in tasks:
        check_dataset(each.dataset, limit=limit)
        for scorer in each.scorers:
            assert scorer.criteria, f"{each.name}: the scorer '{scorer.name}' declares no criteria"
    found = [f"{each.task}: {one.sample_id or 'as a whole'}: {one.what}" for each in validate(tasks, limit=limit) for one in each.findings]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    assert not found, "\n".join(["the benchmark does not prove itself", *found[:SHOWN], *more])
