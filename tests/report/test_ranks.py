"""Ranks are ranges: models that cannot be told apart share them."""

from types import SimpleNamespace

import msgspec
import pytest

from assay.core.answer import Usage
from assay.core.estimate import Estimate, not_measurable
from assay.core.run import Result
from assay.report import boards


def run(model, low, high, *, metric="accuracy", coverage=1.0, task="t", lower=()):
    found = Estimate(value=(low + high) / 2, low=low, high=high, n=100, clusters=100, method="t", coverage=coverage)
    return Result(
        task=task, model=model, run_dir=f"runs/{model}", planned=100, scored=100, unscored=0, failed=0, coverage=coverage,
        metrics={metric: found}, usage=Usage(), seconds=1.0, lower_is_better=lower,
    )  # fmt: skip


def ranks(results, comparisons=()):
    (board,) = boards(results, comparisons)
    return {one.model: one.rank for one in board.standings}, board


def test_intervals_apart_make_ranks_and_touching_ones_ranges():
    found, board = ranks([run("low", 0.1, 0.2), run("a", 0.7, 0.8), run("b", 0.75, 0.85), run("c", 0.79, 0.9)])
    assert found == {"c": "1-3", "b": "1-3", "a": "1-3", "low": "4"}
    assert board.groups == ((0, 2),)


def test_a_chain_gives_overlapping_brackets():
    found, board = ranks([run("a", 0.8, 0.9), run("b", 0.72, 0.82), run("c", 0.65, 0.75)])
    assert found == {"a": "1-2", "b": "1-3", "c": "2-3"}
    assert board.groups == ((0, 1), (1, 2))


@pytest.mark.parametrize(("verdict", "expected"), [("better", "1"), ("no difference seen", "1-2"), ("worse", "2")])
def test_a_paired_comparison_says_more_than_intervals(verdict, expected):
    pair = SimpleNamespace(slice=None, task="t", metric="accuracy", a="a", b="b", verdict=verdict)
    found, board = ranks([run("a", 0.71, 0.81), run("b", 0.7, 0.8)], [pair])
    assert found["a"] == expected
    assert board.paired


def test_lower_is_better_where_the_result_says_so():
    found, board = ranks([run("a", 0.1, 0.2, metric="pages", lower=("pages",)), run("b", 0.5, 0.6, metric="pages", lower=("pages",))])
    assert found == {"a": "1", "b": "2"}
    assert board.standings[0].model == "a" and board.lower_is_better
    pair = SimpleNamespace(slice=None, task="t", metric="pages", a="a", b="b", verdict="better")
    found, _ = ranks([run("a", 0.1, 0.2, metric="pages", lower=("pages",)), run("b", 0.15, 0.25, metric="pages", lower=("pages",))], [pair])
    assert found == {"a": "1", "b": "2"}
    found, _ = ranks([run("a", 0.1, 0.2, metric="wer"), run("b", 0.5, 0.6, metric="wer")])
    assert found == {"a": "2", "b": "1"}, "a name says nothing"


def test_below_the_floor_and_without_a_number_nobody_is_ranked():
    silent = msgspec.structs.replace(run("silent", 0, 0), metrics={"accuracy": not_measurable("no judge")})
    found, board = ranks([run("half", 0.9, 0.99, coverage=0.5), silent, run("a", 0.1, 0.2)])
    assert found == {"a": "—", "half": "—", "silent": "—"}, "nobody is first of one"
    assert [one.why for one in board.standings] == [None, "coverage is below the floor of 95 %", "no judge"]
    assert [one.model for one in board.ranked] == ["a"]


def test_a_pair_that_no_test_could_tell_apart_is_not_told_apart_by_intervals():
    apart = Estimate(value=0.5, low=0.4, high=0.6, n=60, clusters=10, method="t-clusters")
    why = "10 groups are too few for 72 comparisons; needs about 12"
    pair = SimpleNamespace(slice=None, task="t", metric="accuracy", a="a", b="b", verdict="not measurable", difference=apart, reason=why)
    found, board = ranks([run("a", 0.8, 0.9), run("b", 0.1, 0.2)], [pair])
    assert found == {"a": "1-2", "b": "1-2"}
    assert board.unsure == why
    unpaired = SimpleNamespace(**{**vars(pair), "difference": not_measurable("other scorers")})
    assert ranks([run("a", 0.8, 0.9), run("b", 0.1, 0.2)], [unpaired])[0] == {"a": "1", "b": "2"}
