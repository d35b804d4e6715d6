"""exact, includes, pattern."""

import pytest

from assay import scorers
from assay.core.answer import Answer
from assay.core.errors import ScorerError, UsageError
from assay.core.sample import Sample
from assay.core.score import Score


def score(scorer: object, target: str | tuple[str, ...] | None, text: str) -> Score:
    return scorer(Sample(id="s", input="", target=target), Answer(text=text))[0]  # type: ignore[operator, no-any-return]


@pytest.mark.parametrize(
    ("target", "text", "value", "lenient"),
    [
        ("Paris", "Paris", 1, 1),
        ("Paris", " Paris\n", 1, 1),
        ("Paris", "paris", 0, 1),
        ("Paris", "Paris.", 0, 1),
        ("Paris", "It is a city.\nThe answer is Paris.", 0, 1),
        ("Paris", "Parisian", 0, 0),
        ("-5", "5", 0, 0),
        ("café", "cafe\u0301", 1, 1),
        ("", "", 1, 1),
        (("a", "b"), "b", 1, 1),
    ],
)
def test_exact(target: str, text: str, value: float, lenient: float) -> None:
    given = score(scorers.exact(), target, text)
    assert (given.value, given.lenient) == (value, lenient)


def test_exact_after_a_marker() -> None:
    scorer = scorers.exact(after="answer is", ignore_final_stop=True)
    assert score(scorer, "(B)", "So the answer is (B).").value == 1.0
    missed = score(scorer, "(B)", "(B)")
    assert (missed.value, missed.reason, missed.lenient) == (0.0, "nothing to extract", 1.0)
    assert score(scorers.exact(ignore_case=True), "Paris", "PARIS").value == 1.0


@pytest.mark.parametrize(
    ("target", "text", "value"),
    [
        ("(B)", "So the answer is **(B)**.", 1),
        ("(B)", "So the answer is $\\boxed{(B)}$.", 1),
        ("(B)", "So the answer is $\\boxed{\\text{(B)}}$.", 1),
        ("(B)", "So the answer is (B) London.", 1),
        ("(B)", "So the answer is **(B)** London.", 1),
        ("(B)", "So the answer is (B) or (C).", 0),
        ("(B)", "So the answer is (C).", 0),
        ("Yes", "So the answer is yes.", 1),
        ("Yes", "So the answer is not yes.", 0),
        ("yes", "**Yes**", 1),
        ("] } >", "] } >", 1),
        ("(B)", "(B)", 1),
        ("(B)", "I looked at all of them, one after the other, and (B)", 0),
        ("apple bear", "So the answer is apple bear", 1),
        ("apple bear", "So the answer is bear apple", 0),
    ],
)
def test_exact_past_what_only_presents_it(target: str, text: str, value: float) -> None:
    assert score(scorers.exact(after="answer is", ignore_final_stop=True, forgiving=True), target, text).value == value


@pytest.mark.parametrize(
    ("target", "text", "value"),
    [
        ("Paris", "It is paris, of course", 1),
        ("no", "I know", 0),
        ("no", "I know: no", 1),
        ("5", "1.5", 0),
        ("5", "15", 0),
        ("5", "5,000", 0),
        ("5", "-5", 0),
        ("5", "It is 5.", 1),
        ("5", "x=5", 1),
        ("5", "5:30", 0),
        ("北京", "首都是北京市", 1),
        ("C++", "I like C++.", 1),
        ("cat", "concatenate cat", 1),
        (".5", "0.5", 1),
    ],
)
def test_includes(target: str, text: str, value: float) -> None:
    assert score(scorers.includes(), target, text).value == value


def test_includes_parts_of_words_on_request() -> None:
    assert score(scorers.includes(words=False), "no", "I know").value == 1.0
    assert score(scorers.includes(ignore_case=False), "Paris", "paris").value == 0.0
    assert score(scorers.includes(), "Eiffel-Tower", "the eiffel tower").lenient == 1.0
    found = score(scorers.includes(), "Paris", "in Paris")
    assert (found.extracted, found.detail) == ("paris", {"at": 3})


def test_pattern() -> None:
    scorer = scorers.pattern(r"<a>(.*?)</a>", group=1)
    assert score(scorer, "5", "<a>4</a><a>5</a>").value == 1.0
    assert score(scorers.pattern(r"<a>(.*?)</a>", group=1, which="first"), "5", "<a>4</a><a>5</a>").value == 0.0
    assert score(scorers.pattern(r"(?P<n>\d)", group="n"), "5", "5").value == 1.0
    assert score(scorers.pattern(r"(\d)", group="1"), "5", "5").extracted == "5"
    assert score(scorer, "5", "5").reason == "nothing to extract"
    without = score(scorers.pattern(r"\d+"), None, "a 7")
    assert (without.value, without.extracted, without.lenient) == (1.0, "7", None)


def test_a_pattern_that_cannot_be_used_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        scorers.pattern("(")
    with pytest.raises(UsageError, match="no group 3"):
        score(scorers.pattern("a", group=3), "a", "a")


def test_a_catastrophic_pattern_is_stopped_and_is_not_the_models_fault() -> None:
    with pytest.raises(ScorerError, match=r"took more than 0\.05 s"):
        score(scorers.pattern(r"(x+x+)+y", seconds=0.05), "a", "x" * 300)


@pytest.mark.parametrize("scorer", [scorers.exact(), scorers.includes()])
def test_a_missing_target_is_our_fault(scorer: object) -> None:
    with pytest.raises(ScorerError, match="Sample 's' has no target") as caught:
        score(scorer, None, "x")
    assert (caught.value.blame, caught.value.kind) == ("scorer", "no_target")
