"""The checks pass good parts and fail bad ones: a check that cannot fail is no check."""

from typing import Any, ClassVar

import msgspec
import pytest

from assay.core.answer import Answer, Usage
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.models.catalogue import open_model
from assay.models.scripted import ScriptedModel
from assay.testing import FakeServer, check_model, check_scorer

SAMPLE = Sample(id="1", input="2 + 2?", target="4")


class Exact(msgspec.Struct, frozen=True, kw_only=True):
    """A good scorer."""

    lower_is_better: ClassVar[tuple[str, ...]] = ()
    name: str = "exact"
    criteria: tuple[str, ...] = ("score",)

    def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
        return (Score(scorer=self.name, value=float(answer.text.strip() == sample.target)),)


def scorer(value: Any, **fields: Any) -> Any:
    class Bad(Exact, frozen=True, kw_only=True):
        def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
            return (value(sample, answer),)

    return Bad(**fields)


def test_a_good_scorer_passes() -> None:
    check_scorer(Exact(), right=[(SAMPLE, "4")], wrong=[(SAMPLE, "5"), (SAMPLE, "")])


class Distance(Exact, frozen=True, kw_only=True):
    """A good scorer whose lower value is the better one."""

    lower_is_better: ClassVar[tuple[str, ...]] = ("score",)

    def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
        return (Score(scorer=self.name, value=float(answer.text.strip() != sample.target)),)


class Undeclared(Exact, frozen=True, kw_only=True):
    """A scorer that says something of a criterion it does not have."""

    lower_is_better: ClassVar[tuple[str, ...]] = ("loss",)


def test_where_lower_is_better_right_answers_score_lower() -> None:
    check_scorer(Distance(), right=[(SAMPLE, "4")], wrong=[(SAMPLE, "5")])
    with pytest.raises(AssertionError, match=r"a wrong answer scores 0\.0, a right one 1\.0"):
        check_scorer(Distance(), right=[(SAMPLE, "5")], wrong=[(SAMPLE, "4")])
    with pytest.raises(AssertionError, match="must be among the criteria"):
        check_scorer(Undeclared())


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (scorer(lambda s, a: Score(scorer="x", value=float("nan"))), "finite"),
        (scorer(lambda s, a: Score(scorer="x", value=1.0, criterion="other")), "did not declare"),
        (scorer(lambda s, a: Score(scorer="x", value=None)), "reason"),
        (scorer(lambda s, a: Score(scorer="x", value=1.0)), "a wrong answer scores"),
        (scorer(lambda s, a: Score(scorer="x", value=float(id(object()) % 7 + len(COUNT.append(1) or COUNT)))), "twice"),
        (scorer(lambda s, a: Score(scorer="x", value=1.0), criteria=()), "criteria"),
        (scorer(lambda s, a: 1.0), "not Score"),
    ],
)
def test_bad_scorers_fail(bad: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_scorer(bad, right=[(SAMPLE, "4")], wrong=[(SAMPLE, "5")])


COUNT: list[int] = []


@pytest.mark.parametrize("provider", ["openai-compatible", "anthropic"])
def test_our_models_pass(provider: str) -> None:
    with FakeServer() as server:
        answer = check_model(open_model(provider, "fake", base_url=server.url, api_key="sk-0123456789"), secrets=["sk-0123456789"])
    assert answer.text
    check_model(ScriptedModel("hello"))


def test_bad_models_fail() -> None:
    with pytest.raises(AssertionError, match="provider/model"):
        check_model(ScriptedModel("x", name="nameless"))
    with pytest.raises(AssertionError, match="channel of its own"):
        check_model(ScriptedModel(lambda request: Answer(text="<think>x</think>y")))
    with pytest.raises(AssertionError, match="negative usage"):
        check_model(ScriptedModel(lambda request: Answer(text="x", usage=Usage(input_tokens=-1))))
    with pytest.raises(AssertionError, match="secret"):
        check_model(ScriptedModel("sk-0123"), secrets=["sk-0123"])
