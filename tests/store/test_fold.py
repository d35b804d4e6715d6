"""Trials are a fold over journals: the last closing wins, a failure never replaces a success, a torn line is not there."""

import random

import msgspec
import pytest

from assay.core.answer import Answer
from assay.core.errors import StoreError
from assay.core.journal import DONE, Call, Closed, Seen, standing
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.engine.journal import FileJournal
from assay.store import Fold


def trials(*paths):
    with Fold(paths) as fold:
        return {(each.trial.sample_id, each.trial.number): each for each in fold}


def test_a_trial_comes_with_the_answer_of_its_call_and_its_sample(tmp_path, writer):
    writer(tmp_path / "j").scored("s1", 1.0, text="四十二 ✓")
    record = trials(tmp_path / "j")["s1", 0]
    assert record.trial.answer.text == "四十二 ✓"
    assert record.sample.prompt == "question s1"
    assert record.trial.scores[0].value == 1.0


def test_an_answer_of_its_own_is_kept(tmp_path, writer):
    journal = writer(tmp_path / "j")
    journal.event(
        Call(key="k", answer=Answer(text="a turn")), Closed(trial=Trial(sample_id="s", number=0, answer=Answer(text="the whole")), call="k")
    )
    assert trials(tmp_path / "j")["s", 0].trial.answer.text == "the whole"


def test_the_last_closing_wins_but_no_failure_replaces_a_success(tmp_path, writer):
    journal = writer(tmp_path / "j")
    journal.broken("s1")
    journal.scored("s1", 0.0, text="first")
    journal.scored("s1", 1.0, text="second")
    journal.broken("s1")
    journal.broken("s2")
    found = trials(tmp_path / "j")
    assert found["s1", 0].trial.answer.text == "second"
    assert found["s1", 0].trial.failure is None
    assert found["s2", 0].trial.failure.kind == "http_500"
    assert len(found) == 2


def test_a_trial_whose_scorer_broke_stands_between_a_failure_and_a_success(tmp_path, writer):
    journal = writer(tmp_path / "j")
    journal.scored("s1", None, text="unscored")
    journal.broken("s1")
    journal.scored("s2", 1.0)
    journal.scored("s2", None)
    found = trials(tmp_path / "j")
    assert found["s1", 0].trial.answer.text == "unscored"
    assert found["s2", 0].trial.scores[0].value == 1.0


def test_what_the_engine_takes_for_done_is_what_the_fold_reads(tmp_path, writer):
    journal, draw = writer(tmp_path / "j"), random.Random(3)
    for _ in range(400):
        sample, turn = f"s{draw.randrange(40)}", draw.randrange(3)
        if turn:
            journal.scored(sample, draw.random() if turn == 1 else None)
        else:
            journal.broken(sample)
    engine = FileJournal(tmp_path / "j")
    for (sample, number), record in trials(tmp_path / "j").items():
        done = engine.closed(sample, number)
        assert (done is not None) == (standing(record.trial) == DONE)
        assert done is None or done == record.trial
    engine.close()


def test_attempts_and_look_alike_ids_stay_apart(tmp_path, writer):
    journal = writer(tmp_path / "j")
    for sample, number in (("1", 0), ("1", 1), ("10", 0), ("0\x001", 0), ("", 3)):
        journal.scored(sample, 1.0, number=number)
    assert len(trials(tmp_path / "j")) == 5


def test_a_torn_last_line_is_not_there_and_a_damaged_one_is_counted(tmp_path, writer):
    journal = writer(tmp_path / "j")
    journal.scored("s1", 1.0)
    journal.raw(b'{"event":"clos\xff\xfe\n\n[]\n')
    journal.scored("s2", 1.0)
    journal.raw(msgspec.json.encode(Closed(trial=Trial(sample_id="s1", number=0, answer=Answer(text="torn"))))[:-9])
    with Fold([tmp_path / "j"]) as fold:
        assert [each.trial.sample_id for each in fold] == ["s1", "s2"]
        assert fold.damaged == 3


def test_events_of_a_later_version_are_passed_over(tmp_path, writer):
    journal = writer(tmp_path / "j")
    journal.raw(b'{"event":"weather","key":"k","rain":true}\n')
    journal.scored("s1", 1.0)
    assert list(trials(tmp_path / "j")) == [("s1", 0)]


def test_a_lost_call_leaves_a_trial_without_answer(tmp_path, writer):
    writer(tmp_path / "j").event(Closed(trial=Trial(sample_id="s", number=0, scores=(Score(scorer="exact", value=1.0),)), call="gone"))
    record = trials(tmp_path / "j")["s", 0]
    assert record.trial.answer is None
    assert record.sample is None


def test_shards_are_one_run_and_an_empty_or_missing_journal_is_said(tmp_path, writer):
    writer(tmp_path / "a").scored("s1", 1.0)
    writer(tmp_path / "b").scored("s2", 0.0)
    writer(tmp_path / "c").raw(b"")
    assert set(trials(tmp_path / "a", tmp_path / "b", tmp_path / "c")) == {("s1", 0), ("s2", 0)}
    assert trials() == {}
    with pytest.raises(StoreError, match=r"nothing-here cannot be read"):
        Fold([tmp_path / "nothing-here"])


def test_any_order_of_events_folds_as_a_plain_dictionary_does(tmp_path, writer):
    """The rule in two lines against the index of places, on many random journals."""
    for seed in range(20):
        dice = random.Random(seed)
        path = tmp_path / f"j{seed}"
        journal, expected = writer(path), {}
        for step in range(200):
            key = (f"s{dice.randrange(30)}", dice.randrange(2))
            failed = dice.random() < 0.4
            failure = Failure(blame="endpoint", kind=f"k{step}", message="") if failed else None
            trial = Trial(sample_id=key[0], number=key[1], failure=failure, answer=None if failed else Answer(text=str(step)))
            journal.event(Closed(trial=trial), Seen(sample=Sample(id=key[0], input="x")))
            if not failed or key not in expected or expected[key].failure is not None:
                expected[key] = trial
        assert {key: record.trial for key, record in trials(path).items()} == expected
