"""What to read: failures of many kinds, short ones first, never what broke around the model; and what changed between runs."""

import tracemalloc

import pytest

from assay.core.errors import StoreError
from assay.core.journal import Closed
from assay.core.score import Score
from assay.core.trial import Trial
from assay.store import RunFolder, failures, flips


@pytest.fixture
def folder(tmp_path, manifest, writer):
    folder = RunFolder.create(tmp_path / "a", manifest())
    journal = writer(folder.journal())
    for number in range(30):
        journal.scored(f"arith{number}", 0.0, text="z" * (50 - number), skills=["calculation"])
    journal.scored("logic", 0.0, text="a long thought " * 50, skills=["reasoning"])
    journal.scored("empty", 0.0, flags=("empty",))
    journal.scored("right", 1.0)
    journal.scored("nobody knows", None)
    journal.broken("down")
    return folder


def test_failures_are_of_every_kind_and_the_same_each_time(folder):
    chosen = [each.trial.sample_id for each in failures(folder, limit=6)]
    assert {"logic", "empty"} < set(chosen)
    assert chosen == [each.trial.sample_id for each in failures(folder, limit=6)]
    assert len(chosen) == 6
    arithmetic = [int(each.removeprefix("arith")) for each in chosen if each.startswith("arith")]
    assert arithmetic == [29, 28, 27, 26]


def test_neither_right_unscored_nor_broken_trials_are_failures(folder):
    assert not {"right", "nobody knows", "down"} & {each.trial.sample_id for each in failures(folder)}


def test_where_lower_is_better_the_high_values_are_the_failures(tmp_path, manifest, writer):
    a, b = (RunFolder.create(tmp_path / name, manifest(id=name, lower_is_better=("number",))) for name in "ab")
    for folder, values in ((a, {"perfect": 0.0, "bad": 1.5, "mended": 1.0}), (b, {"perfect": 0.0, "bad": 1.0, "mended": 0.1})):
        for sample, value in values.items():
            writer(folder.journal()).scored(sample, value)
    assert {each.trial.sample_id for each in failures(a)} == {"bad", "mended"}
    assert [each.trial.sample_id for each in failures(b)] == ["bad"]
    found = flips(a, b, "number")
    assert (found.won, found.lost, found.both_wrong) == (2, 0, 0), "any change counts, as in a comparison"
    assert {each.sample_id for each in found.won_examples} == {"bad", "mended"}
    back = flips(b, a, "number")
    assert (back.won, back.lost) == (0, 2)


def test_a_measure_beside_the_deciding_criterion_makes_no_failure(tmp_path, manifest, writer):
    folder = RunFolder.create(tmp_path / "a", manifest(lower_is_better=("likelihood/bits_per_byte",)))
    journal = writer(folder.journal())
    for sample, acc in (("right", 1.0), ("wrong", 0.0)):
        scores = (Score(scorer="likelihood", criterion="acc", value=acc), Score(scorer="likelihood", criterion="bits_per_byte", value=1.2))
        journal.event(Closed(trial=Trial(sample_id=sample, number=0, scores=scores)))
    assert [each.trial.sample_id for each in failures(folder)] == ["wrong"]


def test_long_answers_are_read_one_at_a_time(tmp_path, manifest, writer):
    folder = RunFolder.create(tmp_path / "long", manifest())
    journal = writer(folder.journal())
    for number in range(40):
        journal.scored(f"q{number}", 0.0, text=f"{number} " + "x" * 1_000_000)
    tracemalloc.start()
    try:
        chosen = failures(folder, limit=30)
        texts = [each.trial.answer.text[:3] for each in chosen]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(set(texts)) == len(chosen) == 30 and len(chosen[:3]) == 3 and peak < 10_000_000


def test_flips_are_counted_and_shown(folder, tmp_path, manifest, writer):
    other = RunFolder.create(tmp_path / "b", manifest(id="r2"))
    journal = writer(other.journal())
    for number in range(30):
        journal.scored(f"arith{number}", float(number < 5))
    journal.scored("right", 0.0)
    journal.scored("only here", 1.0)
    found = flips(folder, other, "number", limit=3)
    assert (found.both, found.lost, found.won, found.both_wrong) == (31, 1, 5, 25)
    assert [each.sample_id for each in found.lost_examples] == ["right"]
    assert len(found.won_examples) == 3
    assert found.won_examples[0].before == 0.0
    assert found.won_examples[0].b.trial.answer is not None
    mirrored = flips(other, folder, "number")
    assert (mirrored.lost, mirrored.won) == (5, 1)


def test_repeats_are_averaged_before_a_flip_is_called(tmp_path, manifest, writer):
    a, b = (RunFolder.create(tmp_path / name, manifest(id=name)) for name in "ab")
    for folder, scores in ((a, (1.0, 0.0, 0.0)), (b, (1.0, 1.0, 0.0))):
        for number, value in enumerate(scores):
            writer(folder.journal()).scored("s", value, number=number)
    found = flips(a, b, "number")
    assert (found.won, found.lost) == (1, 0)
    assert found.won_examples[0].before == pytest.approx(1 / 3)


def test_runs_with_nothing_in_common_are_said(folder, tmp_path, manifest):
    with pytest.raises(StoreError, match="no sample in common"):
        flips(folder, RunFolder.create(tmp_path / "b", manifest()), "number")
