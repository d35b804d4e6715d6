"""What a trial becomes: scored, unscored or failed, and never a zero for a fault."""

import asyncio
import math
import time
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from tests.engine.parts import Answering, Same, drive, numbered, said, task_of

from assay.core.answer import Answer
from assay.core.errors import ModelError
from assay.core.protocols import Context, Request
from assay.core.sample import Sample
from assay.core.score import Score


class Raising(msgspec.Struct, frozen=True, kw_only=True):
    name: str = "raising"
    criteria: tuple[str, ...] = ("first", "second")

    def __call__(self, sample: Sample, answer: Answer, context: Any) -> tuple[Score, ...]:
        if sample.id == "s1":
            raise ValueError("no idea what this is")
        return tuple(Score(scorer=self.name, criterion=each, value=1.0) for each in self.criteria)


class Leaving(Same, frozen=True):
    """Ends the program instead of scoring."""

    def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
        raise SystemExit(5)


class Giving(msgspec.Struct, frozen=True, kw_only=True):
    given: Any
    name: str = "giving"
    criteria: tuple[str, ...] = ("score",)

    def __call__(self, sample: Sample, answer: Answer, context: Any) -> Any:
        return self.given


class Sleeping(msgspec.Struct, frozen=True, kw_only=True):
    """Burns a worker's time on one sample."""

    name: str = "sleeping"
    criteria: tuple[str, ...] = ("score",)
    seconds: float = 0.5
    heavy: ClassVar[bool] = True

    def __call__(self, sample: Sample, answer: Answer, context: Any) -> tuple[Score, ...]:
        if sample.id == "s1":
            time.sleep(60)
        if sample.id == "s2":
            raise KeyError("missing")
        return (Score(scorer=self.name, value=1.0),)


async def test_every_sample_is_scored_once(tmp_path: Path) -> None:
    model = Answering(said)
    job, trials, _ = await drive(task_of(numbered(50)), model, tmp_path / "j")
    assert job.stopped is None
    assert sorted(trial.sample_id for trial in trials) == sorted(f"s{index}" for index in range(50))
    assert all(trial.scores[0].value == 1.0 for trial in trials)
    assert len(model.asked) == 50


async def test_an_endpoint_fault_fails_the_trial_and_scores_nothing(tmp_path: Path) -> None:
    def reply(request: Request) -> str:
        if request.sample_id == "s3":
            raise ModelError("The endpoint answered 500.", kind="http_500", attempts=7)
        return said(request)

    _, trials, _ = await drive(task_of(numbered(5)), Answering(reply), tmp_path / "j")
    failed = [trial for trial in trials if trial.failure is not None]
    assert [trial.sample_id for trial in failed] == ["s3"]
    assert failed[0].scores == ()
    assert failed[0].failure is not None
    assert (failed[0].failure.blame, failed[0].failure.kind, failed[0].failure.attempts) == ("endpoint", "http_500", 7)


async def test_a_scorer_that_raises_leaves_its_criteria_unscored_and_others_alone(tmp_path: Path) -> None:
    _, trials, _ = await drive(task_of(numbered(3), Same(), Raising()), Answering(said), tmp_path / "j")
    by_id = {trial.sample_id: trial for trial in trials}
    assert [score.value for score in by_id["s1"].scores] == [1.0, None, None]
    assert "no idea what this is" in (by_id["s1"].scores[1].reason or "")
    assert [score.value for score in by_id["s0"].scores] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("given", [math.nan, math.inf])
async def test_a_score_that_is_no_number_is_unscored(tmp_path: Path, given: float) -> None:
    scorer = Giving(given=(Score(scorer="giving", value=given),))
    _, trials, _ = await drive(task_of(numbered(1), scorer), Answering(said), tmp_path / "j")
    assert trials[0].scores[0].value is None
    assert "finite" in (trials[0].scores[0].reason or "")


OTHER = Score(scorer="giving", criterion="other", value=1.0)


@pytest.mark.parametrize("given", [None, 1.0, "yes", ("no score",), (), (OTHER,), (Score(scorer="giving", value=1.0), OTHER)])
async def test_a_scorer_that_breaks_its_contract_is_named(tmp_path: Path, given: Any) -> None:
    _, trials, _ = await drive(task_of(numbered(1), Giving(given=given)), Answering(said), tmp_path / "j")
    assert trials[0].scores[0].value is None
    assert trials[0].scores[0].reason is not None


async def test_heavy_scorers_run_in_workers_that_are_killed_when_late(tmp_path: Path) -> None:
    _, trials, _ = await drive(task_of(numbered(4), Sleeping()), Answering(said), tmp_path / "j")
    by_id = {trial.sample_id: trial.scores[0] for trial in trials}
    assert by_id["s0"].value == by_id["s3"].value == 1.0
    assert by_id["s1"].value is None
    assert "more than 0.5 s" in (by_id["s1"].reason or "")
    assert "KeyError" in (by_id["s2"].reason or "")


@pytest.mark.parametrize(
    ("answer", "flags"),
    [
        (Answer(text=" \n"), ("empty",)),
        (Answer(text="", reasoning="hm", stop_reason="length"), ("empty", "truncated")),
        (Answer(text="no", stop_reason="content_filter"), ("refused",)),
        (Answer(text="fine"), ()),
    ],
)
async def test_what_the_model_does_badly_is_scored_and_counted(tmp_path: Path, answer: Answer, flags: tuple[str, ...]) -> None:
    _, trials, _ = await drive(task_of(numbered(1)), Answering(lambda request: answer), tmp_path / "j")
    assert trials[0].flags == flags
    assert trials[0].scores[0].value == 0.0


async def test_results_do_not_depend_on_concurrency_or_order(tmp_path: Path) -> None:
    async def draw(request: Request) -> str:
        await asyncio.sleep(0)
        return str(request.decoding.seed)

    seen = []
    for connections in (1, 7):
        task = msgspec.structs.replace(
            task_of(numbered(10), trials=3), decoding=msgspec.structs.replace(task_of([]).decoding, temperature=1.0)
        )
        model = Answering(draw, seeded=True)
        _, trials, _ = await drive(task, model, tmp_path / f"j{connections}", connections=connections, seed=5)
        seen.append({(trial.sample_id, trial.number): trial.answer.text for trial in trials if trial.answer})
    assert seen[0] == seen[1]
    assert len(set(seen[0].values())) == 30


async def test_a_role_nobody_plays_is_said_with_how_to_name_one(tmp_path: Path) -> None:
    async def asks_a_judge(sample: Sample, context: Any) -> Answer:
        return await context.model("judge").generate(Request(messages=sample.messages))

    job, _, _ = await drive(task_of(numbered(1), solver=asks_a_judge), Answering(said), tmp_path / "j")
    assert str(job.stopped) == "This run has no model in the role 'judge'. Name one: --judge provider/name."


async def test_a_scorer_that_leaves_the_program_is_one_that_broke(tmp_path: Path) -> None:
    _, trials, _ = await drive(task_of(numbered(2), Leaving()), Answering(said), tmp_path / "j")
    assert [trial.scores[0].value for trial in trials] == [None, None]
    assert "exit(5)" in (trials[0].scores[0].reason or "")
