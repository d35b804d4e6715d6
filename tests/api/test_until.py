"""--until: what it asks, when it stops, what it says; on the real engine with scripted answers."""

from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

import assay
from assay.core.answer import Answer
from assay.core.errors import UsageError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.store import RunFolder


def is_right(n: int, share: int) -> bool:
    return (n * 7919) % 100 < share


def task_of(samples: int, share: int = 80, *, name: str = "fours", cluster: int = 0, scorers: Any = None, trials: int = 1) -> assay.Task:
    """Questions to which `4` is the right answer in `share` per cent; in clusters of `cluster`."""
    rows = [
        {"id": f"s{n}", "q": f"What is {n}?", "a": "4" if is_right(n, share) else "5", "g": f"g{n // max(1, cluster)}"}
        for n in range(samples)
    ]
    dataset = assay.datasets.from_rows(rows, input="q", target="a", cluster="g" if cluster else None)
    return assay.Task(
        name=name, dataset=dataset, solver=assay.dialogue.ask_once, scorers=scorers or (assay.scorers.exact(),), trials=trials
    )


def run(task: assay.Task, place: Path, **options: Any) -> assay.Result:
    (result,) = assay.run(task, "scripted/4", log_dir=str(place), **options)
    return result


def test_it_stops_early_and_says_what_it_saw(tmp_path: Path) -> None:
    found = run(task_of(2_000), tmp_path, until="width<0.1")
    stopping = found.stopping
    assert stopping is not None and stopping.met and stopping.rule == "exact:width<0.1"
    assert 100 < stopping.asked < 1_500 and stopping.of == 2_000
    assert (found.planned, found.scored, found.coverage, found.status) == (stopping.asked, stopping.asked, 1.0, "finished")
    headline = found.metrics["exact"]
    assert headline == stopping.sequence and headline.method == "betting"
    assert headline.low is not None and headline.high is not None and headline.high - headline.low < 0.1
    assert stopping.usual.low is not None and stopping.usual.low > headline.low and stopping.usual.method == "wilson"
    assert f"stopped by rule after {stopping.asked:,} of 2,000 samples" in found.notes[-1]
    assert RunFolder.open(found.run_dir).manifest.plan == "until exact:width<0.1"
    assert RunFolder.open(found.run_dir).result() == found


def test_the_same_command_again_asks_nothing_and_another_rule_goes_on(tmp_path: Path) -> None:
    first = run(task_of(2_000), tmp_path, until="width<0.1")
    again = run(task_of(2_000), tmp_path, until="exact:width<0.1")
    assert again.run_dir == first.run_dir and again.stopping == first.stopping and again.usage == first.usage
    closer = run(task_of(2_000), tmp_path, until="width<0.08")
    assert closer.run_dir != first.run_dir and closer.stopping is not None and closer.stopping.asked > first.planned
    assert any("answers are those of earlier runs" in note for note in closer.notes)
    assert closer.usage.output_tokens == closer.planned - first.planned


def test_a_rule_that_is_never_met_asks_everything(tmp_path: Path) -> None:
    found = run(task_of(60), tmp_path, until="width<0.01")
    assert found.stopping is not None and not found.stopping.met and found.planned == found.scored == 60
    assert "the rule was not met; asked 60 of 60 samples" in found.notes[-1]


def test_of_the_set_itself_everything_seen_is_certain(tmp_path: Path) -> None:
    found = run(task_of(60), tmp_path, until="width<0.01,of=set")
    estimate = found.metrics["exact"]
    assert found.stopping is not None and found.stopping.met and estimate.method == "betting-set"
    assert (estimate.low, estimate.high) == pytest.approx((estimate.value, estimate.value), abs=1e-9)


@pytest.mark.parametrize("closings", [0, 1, 70, 333])
def test_a_run_that_was_cut_decides_as_one_that_was_not(tmp_path: Path, closings: int) -> None:
    whole = run(task_of(2_000), tmp_path / "whole", until="width<0.1")
    cut = RunFolder.open(run(task_of(2_000), tmp_path / "cut", until="width<0.1").run_dir)
    lines, kept = cut.journal().read_bytes().splitlines(keepends=True), []
    while sum(line.startswith(b'{"event":"closed"') for line in kept) < closings:
        kept.append(lines.pop(0))
    cut.journal().write_bytes(b"".join(kept) + lines[0][:40])
    resumed = run(task_of(2_000), tmp_path / "cut", until="width<0.1")
    assert (resumed.stopping, resumed.metrics, resumed.planned) == (whole.stopping, whole.metrics, whole.planned)


def test_whole_clusters_are_asked_and_counted(tmp_path: Path) -> None:
    found = run(task_of(1_000, cluster=4), tmp_path, until="width<0.2", trials=2)
    assert found.stopping is not None and found.stopping.met and found.stopping.asked % 4 == 0
    assert found.scored == found.planned == 2 * found.stopping.asked
    estimate = found.metrics["exact"]
    assert (estimate.n, estimate.clusters, estimate.method) == (found.stopping.asked, found.stopping.asked // 4, "betting-clusters")


def test_decided_against_another_run(tmp_path: Path) -> None:
    (old,) = assay.run(task_of(1_000), "scripted/5", log_dir=str(tmp_path))
    found = run(task_of(1_000), tmp_path, until=f"decided:vs={old.run_dir}")
    stopping = found.stopping
    assert stopping is not None and stopping.met and stopping.verdict == "better" and stopping.asked < 300
    assert stopping.sequence.low is not None and stopping.sequence.low > 0
    assert found.metrics["exact"].method == "betting" and "minus that of scripted/5" in found.notes[-1]
    (compared,) = assay.compare([old.run_dir, found.run_dir])
    assert any("was stopped by a rule" in each for each in compared.warnings)


def test_a_margin_wants_to_know_that_the_two_are_close(tmp_path: Path) -> None:
    (old,) = assay.run(task_of(1_000), "scripted/4", log_dir=str(tmp_path / "old"))
    found = run(task_of(1_000), tmp_path, until=f"decided:vs={old.run_dir},margin=0.05")
    assert found.stopping is not None and found.stopping.met and found.stopping.verdict == "within the margin"
    same = run(task_of(1_000), tmp_path, until=f"decided:vs={old.run_dir}")
    assert same.stopping is not None and not same.stopping.met and same.stopping.verdict == "undecided" and same.planned == 1_000


def test_only_what_both_have_is_asked(tmp_path: Path) -> None:
    (old,) = assay.run(task_of(1_000), "scripted/4", log_dir=str(tmp_path / "old"), limit=40)
    found = run(task_of(1_000), tmp_path, until=f"decided:vs={old.run_dir}")
    assert found.stopping is not None and (found.stopping.of, found.planned, found.status) == (40, 40, "finished")


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"name": "fives"}, "is of the task 'fives'"),
        ({"scorers": (assay.scorers.includes(),)}, "other scorers"),
    ],
)
def test_a_run_it_cannot_be_compared_with(tmp_path: Path, other: dict[str, Any], word: str) -> None:
    (old,) = assay.run(task_of(20, **other), "scripted/4", log_dir=str(tmp_path / "old"))
    with pytest.raises(UsageError, match=word):
        run(task_of(20), tmp_path, until=f"decided:vs={old.run_dir}")
    assert not list(tmp_path.glob("fours*"))


def test_a_run_that_shares_no_sample(tmp_path: Path) -> None:
    rows = [{"id": f"other{n}", "q": "?", "a": "4"} for n in range(20)]
    task = msgspec.structs.replace(task_of(20), dataset=assay.datasets.from_rows(rows, input="q", target="a"))
    (old,) = assay.run(task, "scripted/4", log_dir=str(tmp_path / "old"))
    with pytest.raises(UsageError, match="share no sample"):
        run(task_of(20), tmp_path, until=f"decided:vs={old.run_dir}")


class Wild(msgspec.Struct, frozen=True, kw_only=True):
    """A stranger's scorer that says nothing of its range and leaves it now and then."""

    name: str = "wild"
    criteria: ClassVar[tuple[str, ...]] = ("score",)

    def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
        return (Score(scorer="wild", value=3.0 if int(sample.id[1:]) % 3 == 0 else 1.0),)


def test_a_value_beyond_the_range_takes_the_rule_away_and_says_so(tmp_path: Path) -> None:
    found = run(task_of(40, scorers=(Wild(),)), tmp_path, until="width<0.3")
    assert (found.planned, found.stopping, found.metrics["wild"].method) == (40, None, "t")
    assert "could not be used" in found.notes[-1] and "outside the range" in found.notes[-1]


def test_scored_again_a_stopped_run_is_whole(tmp_path: Path) -> None:
    found = run(task_of(2_000), tmp_path, until="width<0.1")
    (again,) = assay.rescore(found.run_dir, "includes")
    assert (again.planned, again.scored, again.status, again.coverage) == (found.planned, found.planned, "finished", 1.0)
