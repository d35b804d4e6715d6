"""The journal: nothing paid for is lost, nothing is asked twice, a damaged tail is cut, a full disk is said."""

import asyncio
import os
import resource
import signal
from pathlib import Path

import pytest
from tests.engine.parts import Answering, Same, drive, numbered, said, task_of

from assay.core.answer import Answer, Usage
from assay.core.errors import ModelError, StoreError
from assay.core.journal import Call, Closed
from assay.core.protocols import Context, Request
from assay.core.sample import Sample
from assay.core.trial import Failure, Trial
from assay.engine.batch import Stop
from assay.engine.events import Happening, TrialClosed, TrialStarted
from assay.engine.journal import FileJournal


async def test_a_finished_run_repeated_asks_nothing(tmp_path: Path) -> None:
    first, again = Answering(said), Answering(said)
    _, before, _ = await drive(task_of(numbered(20)), first, tmp_path / "j")
    _, after, recalled = await drive(task_of(numbered(20)), again, tmp_path / "j")
    assert len(first.asked) == 20
    assert again.asked == []
    assert all(recalled)
    assert {trial.sample_id: trial for trial in before} == {trial.sample_id: trial for trial in after}


async def test_failed_and_unscored_trials_are_tried_again_without_paying_twice(tmp_path: Path) -> None:
    def once(request: Request) -> str:
        if request.sample_id == "s2":
            raise ModelError("down", kind="http_503")
        return said(request)

    await drive(task_of(numbered(5)), Answering(once), tmp_path / "j")
    again = Answering(said)
    _, trials, recalled = await drive(task_of(numbered(5)), again, tmp_path / "j")
    assert [request.sample_id for request in again.asked] == ["s2"]
    assert sum(recalled) == 4
    assert all(trial.failure is None for trial in trials)


async def test_a_torn_last_line_is_cut_and_only_its_trial_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "j"
    await drive(task_of(numbered(10)), Answering(said), path, connections=1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-25])
    again = Answering(said)
    _, trials, _ = await drive(task_of(numbered(10)), again, path)
    assert len(trials) == 10
    assert again.asked == [], "the call was journaled before the closing that was torn"


async def test_a_run_cut_at_any_byte_goes_on_to_the_same_result(tmp_path: Path) -> None:
    path = tmp_path / "j"
    _, expected, _ = await drive(task_of(numbered(6), trials=2), Answering(said), path)
    whole = path.read_bytes()
    for cut in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:cut])
        _, trials, _ = await drive(task_of(numbered(6), trials=2), Answering(said), path)
        key = {(trial.sample_id, trial.number): (trial.answer.text, trial.scores) for trial in trials if trial.answer}
        assert key == {(trial.sample_id, trial.number): (trial.answer.text, trial.scores) for trial in expected if trial.answer}


def test_a_damaged_line_in_the_middle_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b'{"event":"call","key":"a","answer":{"text":"x"}}\n{{{\n\0\0\n{"event":"call","key":"b","answer":{"text":"y"}}\n')
    journal = FileJournal(path)
    assert journal.damaged == [2, 3]
    assert [journal.recall(key) for key in "ab"] == [Answer(text="x"), Answer(text="y")]
    journal.close()


@pytest.mark.parametrize("hurried", [False, True])
async def test_a_resume_that_is_stopped_still_tells_all_that_was_done_before(tmp_path: Path, hurried: bool) -> None:
    path = tmp_path / "j"
    await drive(task_of(numbered(40)), Answering(said), path, connections=3)
    stop = Stop()

    def watch(event: Happening) -> None:
        if isinstance(event, TrialStarted):
            stop.ask()
            if hurried:
                stop.ask()

    _, trials, recalled = await drive(task_of(numbered(60)), Answering(said), path, connections=3, stop=stop, watch=watch)
    assert sum(recalled) == 40 and len(trials) < 60


async def test_an_error_that_stops_a_resume_hides_nothing_that_was_done_before(tmp_path: Path) -> None:
    def refused(request: Request) -> str:
        raise ModelError("wrong key", kind="bad_key", fatal=True)

    path = tmp_path / "j"
    await drive(task_of(numbered(40)), Answering(said), path)
    job, trials, recalled = await drive(task_of(numbered(60)), Answering(refused), path)
    assert job.stopped is not None and len(trials) == sum(recalled) == 40


def test_a_failure_never_replaces_a_success_and_the_last_success_wins(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "j")
    journal.append(Closed(trial=Trial(sample_id="s", number=0, answer=Answer(text="one"))))
    journal.append(Closed(trial=Trial(sample_id="s", number=0, answer=Answer(text="two"))))
    journal.append(Closed(trial=Trial(sample_id="s", number=0, failure=Failure(blame="endpoint", kind="x", message="x"))))
    journal.close()
    again = FileJournal(tmp_path / "j")
    found = again.closed("s", 0)
    again.close()
    assert found is not None
    assert found.answer == Answer(text="two")


def test_usage_of_every_call_is_added_up_again_on_loading(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "j")
    for index in range(3):
        journal.append(Call(key=str(index), answer=Answer(text="x", usage=Usage(input_tokens=10, output_tokens=2, cost=0.5))))
    journal.close()
    again = FileJournal(tmp_path / "j")
    again.close()
    assert again.usage == Usage(input_tokens=30, output_tokens=6, cost=1.5)
    assert again.calls == 3


async def test_answers_of_an_earlier_run_are_taken_over_and_cost_nothing(tmp_path: Path) -> None:
    earlier, path = tmp_path / "earlier", tmp_path / "j"
    await drive(task_of(numbered(6)), Answering(said), earlier)
    with earlier.open("ab") as journal:
        journal.write(b'{"event":"call","key":{}}\n{"event":"call","key":"torn"')
    again = Answering(said)
    journal = FileJournal(path, earlier=(tmp_path / "absent", earlier))
    _, trials, recalled = await drive(task_of(numbered(10), trials=2), again, path, journal=journal)
    asked = {(request.sample_id, request.number) for request in again.asked}
    assert len(again.asked) == 14 and not {(f"s{number}", 0) for number in range(6)} & asked
    assert len(trials) == 20 and not any(recalled), "an answer is taken over, its scores are made anew"
    assert (journal.calls, journal.taken_over) == (14, 6)
    alone = FileJournal(path)
    alone.close()
    assert (alone.calls, alone.taken_over, alone.usage) == (14, 6, journal.usage), "the run stands on its own without the earlier one"


def test_an_unwritable_journal_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        FileJournal(tmp_path / "absent" / "j")


async def test_a_full_disk_stops_the_run_and_keeps_what_was_answered(tmp_path: Path) -> None:
    path = tmp_path / "j"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        job, trials, _ = await drive(task_of(numbered(50)), Answering(said), path, connections=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert isinstance(job.stopped, StoreError)
    assert "Make room" in job.stopped.remedy
    assert 0 < len(trials) < 50
    assert path.read_bytes().endswith(b"\n"), "no half line is left behind"
    again = Answering(said)
    _, after, _ = await drive(task_of(numbered(50)), again, path)
    assert len(after) == 50
    assert len(again.asked) <= 50 - len(trials)


async def test_a_stop_lets_what_is_in_flight_end_and_the_rest_resumes(tmp_path: Path) -> None:
    stop = Stop()

    def watch(event: Happening) -> None:
        if isinstance(event, TrialClosed) and not event.recalled and event.trial.sample_id:
            stop.ask()

    _, trials, _ = await drive(task_of(numbered(30)), Answering(said), tmp_path / "j", connections=2, stop=stop, watch=watch)
    assert 0 < len(trials) < 30
    again = Answering(said)
    _, after, _ = await drive(task_of(numbered(30)), again, tmp_path / "j")
    assert len(after) == 30
    assert len(again.asked) == 30 - len(trials)


async def test_asked_twice_a_run_waits_for_nothing(tmp_path: Path) -> None:
    stop, never = Stop(), asyncio.Event()

    async def hang(request: Request) -> str:
        if not stop.asked:
            stop.ask()
            asyncio.get_running_loop().call_soon(stop.ask)
        await never.wait()
        return said(request)

    job, trials, _ = await drive(task_of(numbered(30)), Answering(hang), tmp_path / "j", connections=2, stop=stop)
    assert trials == [] and job.stopped is None and stop.asked


async def test_ctrl_c_is_taken_as_a_stop(tmp_path: Path) -> None:
    def watch(event: Happening) -> None:
        if isinstance(event, TrialClosed):
            os.kill(os.getpid(), signal.SIGINT)

    async def slow(request: Request) -> str:
        import asyncio

        await asyncio.sleep(0.001)
        return said(request)

    _, trials, _ = await drive(task_of(numbered(400)), Answering(slow), tmp_path / "j", connections=2, watch=watch)
    assert 0 < len(trials) < 400


async def test_a_dialogue_resumes_mid_way(tmp_path: Path) -> None:
    async def three_turns(sample: Sample, context: Context) -> Answer:
        answer = Answer(text="")
        for _ in range(3):
            answer = await context.model().generate(Request(messages=sample.messages))
        return answer

    state = {"left": 2}

    def dies(request: Request) -> str:
        if state["left"] == 0:
            raise ModelError("down", kind="http_503")
        state["left"] -= 1
        return said(request)

    await drive(task_of(numbered(1), Same(), solver=three_turns), Answering(dies), tmp_path / "j", connections=1)
    again = Answering(said)
    _, trials, _ = await drive(task_of(numbered(1), Same(), solver=three_turns), again, tmp_path / "j", connections=1)
    assert len(again.asked) == 1, "two of the three turns were paid for"
    assert trials[0].scores[0].value == 1.0


async def test_a_fatal_error_stops_the_run_at_once(tmp_path: Path) -> None:
    def refused(request: Request) -> str:
        raise ModelError("The key is not accepted.", kind="auth", fatal=True)

    model = Answering(refused)
    job, trials, _ = await drive(task_of(numbered(500)), model, tmp_path / "j", connections=4)
    assert isinstance(job.stopped, ModelError)
    assert job.stopped.exit_code == 2
    assert trials == []
    assert len(model.asked) <= 6
