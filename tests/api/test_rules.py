"""Rules that stop a run: how they are written, and what they refuse."""

import pytest

import assay
from assay.api.rules import parse_rule, watched_metric
from assay.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("width<0.03", "width<0.03"),
        (" width <= .05 ", "width<=0.05"),
        ("f1:width<0.1,of=set", "f1:width<0.1,of=set"),
        ("decided:vs=runs/a,b", "decided:vs=runs/a,b"),
        ("decided:vs=runs/a,margin=0.02", "decided:vs=runs/a,margin=0.02"),
        ("exact:decided:vs=C:/runs/width,of=set,margin=.5", "exact:decided:vs=C:/runs/width,margin=0.5,of=set"),
    ],
)
def test_read(text: str, words: str) -> None:
    rule = parse_rule(text)
    assert rule.words == words
    assert parse_rule(rule.words) == rule


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "There is no rule"),
        ("narrow<0.1", "There are: width<W"),
        ("width", "There is no rule"),
        ("width>0.1", "There is no rule"),
        ("width<0", "above 0"),
        ("width<-1", "above 0"),
        ("width<nan", "above 0"),
        ("width<5", "below 2"),
        ("width<x", "not 'x'"),
        ("width<0.1,margin=0.1", "belongs to decided"),
        ("width<0.1,of=all", "of=population or of=set"),
        ("width<0.1,of=set,of=set", "twice"),
        ("width<0.1,marign=0.1", "Did you mean margin"),
        ("decided", "There is no rule"),
        ("decided:vs=", "There is no rule"),
        ("decided:vs=runs/a,margin=0", "A margin"),
    ],
)
def test_refused(text: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_rule(text)
    assert word in str(caught.value)


def test_the_metric_is_the_first_or_the_one_named_and_has_a_range() -> None:
    rows = [{"id": "1", "q": "?", "a": "1"}]
    dataset = assay.datasets.from_rows(rows, input="q", target="a")
    task = assay.Task(
        name="t", dataset=dataset, solver=assay.dialogue.ask_once, scorers=(assay.scorers.exact(), assay.scorers.wer(), assay.scorers.f1())
    )
    assert watched_metric(parse_rule("width<0.1"), task) == "exact"
    assert watched_metric(parse_rule("f1/em:width<0.1"), task) == "f1/em"
    with pytest.raises(UsageError, match="no metric 'f2'"):
        watched_metric(parse_rule("f2:width<0.1"), task)
    with pytest.raises(UsageError, match="no upper end") as caught:
        watched_metric(parse_rule("wer:width<0.1"), task)
    assert "exact, f1/em" in str(caught.value)
