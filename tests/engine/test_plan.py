"""Plans: everything at once, or more and more until enough was seen."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.engine.parts import Answering, drive, numbered, said, task_of

from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.core.trial import Trial
from assay.engine.plan import Everything


class UntilWrong:
    """Asks five samples at a time until it has seen `enough` wrong answers. What it was given stays for the test to look at."""

    learns = True

    def __init__(self, samples: int, enough: int) -> None:
        self.samples, self.enough = samples, enough
        self.seen: list[Trial] = []
        self.passes: list[int] = []
        self.asked = 0

    def next(self, results: Sequence[Trial]) -> Sequence[tuple[int, int]]:
        self.passes.append(len(results))
        self.seen += results
        if sum(score.value == 0.0 for trial in self.seen for score in trial.scores) >= self.enough:
            return ()
        begin, self.asked = self.asked, min(self.asked + 5, self.samples)
        return [(position, 0) for position in range(begin, self.asked)]


def wrong_from_the_eighth(request: Request) -> str:
    return "wrong" if int(said(request)) >= 7 else said(request)


async def test_an_adaptive_plan_asks_until_it_has_seen_enough(tmp_path: Path) -> None:
    model, plan = Answering(wrong_from_the_eighth), UntilWrong(100, enough=6)
    job, trials, _ = await drive(task_of(numbered(100)), model, tmp_path / "j", plan=plan)
    assert plan.passes == [0, 5, 5, 5], "three wrong ones among the first ten, eight among fifteen"
    assert len(trials) == len(model.asked) == 15
    assert {trial.sample_id for trial in plan.seen} == {f"s{number}" for number in range(15)}
    assert all(trial.answer is None and trial.scores for trial in plan.seen)
    assert all(trial.answer is not None for trial in trials)
    assert job.stopped is None


async def test_it_learns_from_recalled_and_failed_trials_too(tmp_path: Path) -> None:
    def broken(request: Request) -> str:
        if request.sample_id == "s1":
            raise ModelError("down", kind="http_503")
        return wrong_from_the_eighth(request)

    first = UntilWrong(100, enough=6)
    await drive(task_of(numbered(100)), Answering(broken), tmp_path / "j", plan=first)
    assert [trial.sample_id for trial in first.seen if trial.failure is not None] == ["s1"]
    again, plan = Answering(wrong_from_the_eighth), UntilWrong(100, enough=6)
    _, _, recalled = await drive(task_of(numbered(100)), again, tmp_path / "j", plan=plan)
    assert [request.sample_id for request in again.asked] == ["s1"] and sum(recalled) == 14
    assert plan.passes == first.passes


@pytest.mark.parametrize("trials", [1, 3])
async def test_a_plan_that_does_not_learn_is_given_nothing_and_nothing_is_kept(tmp_path: Path, trials: int) -> None:
    given: list[Sequence[Trial]] = []

    class Watched(Everything):
        def next(self, results: Sequence[Trial]) -> Sequence[tuple[int, int]]:
            given.append(list(results))
            return super().next(results)

    job, closed, _ = await drive(
        task_of(numbered(20), trials=trials), Answering(said), tmp_path / "j", plan=Watched(samples=20, trials=trials, seed=0)
    )
    assert len(closed) == 20 * trials
    assert given == [[], []] and job.results == []
