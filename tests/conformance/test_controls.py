"""The checks themselves: every public `check_*` refuses a planted broken part, and every kind of registered part has its tests here."""

from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.conformance.parts import registered

import assay.testing
from assay import Answer, Card, Sample, Score, Task, datasets, dialogue, scorers
from assay.models.scripted import ScriptedModel
from assay.testing import check_benchmark, check_dataset, check_model, check_scorer

HERE = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
SAMPLES = tuple(Sample(id=str(number), input=f"{number} + 1?", target=str(number + 1)) for number in range(5))
CARD = Card(source="generated", revision="1", licence="Apache-2.0", languages=("en",), version="1", skills=("calculation/arithmetic",))
TICK = count()


def test_every_kind_of_registered_part_is_checked() -> None:
    """Generators are checked as datasets. A kind without a test here must have no part."""
    kinds = {group.removeprefix("assay.") for group in entry_points().groups if group.startswith("assay.")}
    assert {"benchmarks", "generators", "metrics", "models", "scorers"} <= kinds
    unchecked = {kind: registered(kind) for kind in kinds if {"generators": "datasets"}.get(kind, kind) not in HERE}
    assert {kind: names for kind, names in unchecked.items() if names} == {}


def test_every_public_check_has_a_control() -> None:
    assert {name for name in assay.testing.__all__ if name.startswith("check_")} == set(CONTROLS)


class Listed:
    """A good dataset; the planted faults replace one of its parts."""

    fingerprint: Any = "f"

    def __len__(self) -> int:
        return len(SAMPLES)

    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        yield from SAMPLES if order is None else (SAMPLES[place] for place in order)


class Longer(Listed):
    def __len__(self) -> int:
        return len(SAMPLES) + 1


class Empty(Listed):
    def __len__(self) -> int:
        return 0


class Restless(Listed):
    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        return str(next(TICK))


class Deaf(Listed):
    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        yield from SAMPLES if order is None else SAMPLES[: len(order)]


class Twice(Listed):
    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        yield from (*SAMPLES[:4], SAMPLES[0])


class Changing(Listed):
    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        yield from (msgspec.structs.replace(each, target=str(next(TICK))) for each in SAMPLES)


class Perishable(Listed):
    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        yield from (msgspec.structs.replace(each, metadata={"pair": (1, 2)}) for each in SAMPLES)


class Strange(Listed):
    def samples(self, order: Sequence[int] | None = None) -> Iterator[Any]:
        yield from ({"id": "1"},)


def task(**fields: Any) -> Task:
    made = {
        "name": "t",
        "card": CARD,
        "dataset": datasets.from_samples(SAMPLES),
        "solver": dialogue.ask_once,
        "scorers": (scorers.exact(),),
    }
    return Task(**{**made, **fields})


class Generous(msgspec.Struct, frozen=True, kw_only=True):
    """Everything is right."""

    name: str = "generous"
    criteria: tuple[str, ...] = ("score",)

    def __call__(self, sample: Sample, answer: Answer, context: Any) -> tuple[Score, ...]:
        return (Score(scorer=self.name, value=1.0),)


class Raising(Generous, frozen=True, kw_only=True):
    """Breaks on what it did not expect."""

    def __call__(self, sample: Sample, answer: Answer, context: Any) -> tuple[Score, ...]:
        return (Score(scorer=self.name, value=float(answer.text)),)


GOOD, BAD = [(SAMPLES[0], "1")], [(SAMPLES[0], "2")]
CONTROLS: dict[str, list[tuple[Any, str]]] = {
    "check_model": [
        (lambda: check_model(ScriptedModel("x", name="nameless")), "provider/model"),
        (lambda: check_model(ScriptedModel(lambda request: Answer(text="<think>x</think>y"))), "channel of its own"),
        (lambda: check_model(ScriptedModel("sk-1"), secrets=["sk-1"]), "secret"),
    ],
    "check_scorer": [
        (lambda: check_scorer(Generous(), right=GOOD, wrong=BAD), "a wrong answer scores 1"),
        (lambda: check_scorer(scorers.wer(), right=BAD, wrong=GOOD), "a wrong answer scores 0"),
        (lambda: check_scorer(Generous(criteria=()), right=GOOD), "criteria"),
    ],
    "check_dataset": [
        (lambda: check_dataset(Longer()), "len says 6"),
        (lambda: check_dataset(Empty()), "no sample"),
        (lambda: check_dataset(Restless()), "fingerprint changes"),
        (lambda: check_dataset(Deaf()), "order"),
        (lambda: check_dataset(Twice()), "the id '0' occurs"),
        (lambda: check_dataset(Changing()), "two looks"),
        (lambda: check_dataset(Perishable()), "journal"),
        (lambda: check_dataset(Strange()), "not Sample"),
    ],
    "check_benchmark": [
        (lambda: check_benchmark(task(card=None)), "no card"),
        (lambda: check_benchmark(task(card=msgspec.structs.replace(CARD, licence=""))), "licence"),
        (lambda: check_benchmark(task(scorers=(Generous(),))), "a wrong answer scores 1"),
        (lambda: check_benchmark(task(scorers=(scorers.exact(after="ANSWER:"),))), "the gold answer scores 0"),
        (lambda: check_benchmark(task(dataset=Twice())), "occurs"),
    ],
}


@pytest.mark.parametrize(
    ("act", "words"), [each for rows in CONTROLS.values() for each in rows], ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_planted_fault_is_refused(act: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        act()


def test_what_a_scorer_raises_is_shown_as_it_is() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        check_scorer(Raising())


def test_the_good_ones_pass() -> None:
    check_dataset(Listed())
    check_benchmark(task())
