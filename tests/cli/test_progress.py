"""The live block: whole at every width, cut between words, with an estimate a task."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from assay.cli.progress import STOPPING, Block, Progress
from assay.core.answer import Answer, Usage
from assay.core.run import Manifest
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.engine.events import StopAsked, TrialClosed, TrialStarted

MESSAGE = (
    "https://api.example.org/v1/chat answered 503: the service is overloaded, please come back a little later or ask for a larger share"
)


def manifest(task: str, model: str) -> Manifest:
    return Manifest(
        id=f"{task}-{model}", task=task, model=model, identity="x", created="", assay="0", seed=0, trials=1, samples=1200, planned=1200
    )


def closed(run: str, number: int, failure: Failure | None = None) -> TrialClosed:
    sample = Sample(id=f"q{number}", input="?")
    answer = Answer(text="1", usage=Usage(input_tokens=20, output_tokens=5, cost=0.001))
    scores = (Score(scorer="exact", value=float(number % 4 > 0)),)
    trial = Trial(sample_id=sample.id, number=0, answer=None if failure else answer, scores=() if failure else scores, failure=failure)
    return TrialClosed(run=run, sample=sample, position=number, trial=trial)


def watched(*runs: tuple[str, str], error: bool = True) -> Progress:
    progress = Progress([manifest(*each) for each in runs], live=False)
    for run in progress.runs:
        for number in range(100):
            progress(TrialStarted(run=run))
            progress(closed(run, number))
    if error:
        run = next(iter(progress.runs))
        progress(TrialStarted(run=run))
        progress(closed(run, 500, Failure(blame="endpoint", kind="http_503", message=MESSAGE)))
    progress(TrialStarted(run=next(iter(progress.runs))))
    return progress


def drawn(progress: Progress, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as caught:
        console.print(Block(progress))
    return caught.get().splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_block_is_whole_at_every_width(width: int) -> None:
    lines = drawn(watched(("sums", "m/small"), ("sums", "m/large"), ("facts", "m/small"), ("facts", "m/large")), width)
    text = "\n".join(lines)
    assert max(map(cell_len, lines)) <= width
    for part in ("401 / 4,800", "running 1", "failed 1", "/s", "ETA 0:0", "10.0 k tokens", "$0.40", "█", "░"):
        assert part in text, (part, text)
    for task in ("sums", "facts"):
        (row,) = (line for line in lines if line.startswith(task))
        assert "75.0 [65.7, 82.5]" in row, "the estimate narrows before one's eyes, a line a task"
        assert ("small" in row and "large" in row) or width < 80
    assert " ".join(text.split()).count("first error: endpoint: https://api.example.org/v1/chat answered 503") == 1
    words = set(f"first error: endpoint: {MESSAGE}".split()) | {"…"}
    told = text[text.index("first error") :].split()
    assert set(told) <= words, "cut between words"


def test_one_run_names_its_estimate_and_no_money_where_none_is_known() -> None:
    progress = watched(("sums", "m/small"), error=False)
    progress.cost = None
    lines = drawn(progress, 80)
    assert lines[-1] == "sums   75.0 [65.7, 82.5]"
    assert "$" not in "\n".join(lines)
    assert "75.0 [65.7, 82.5]" in progress.line(), "and so does the line of a log"


def test_a_wish_to_stop_is_told_in_the_block(capsys: pytest.CaptureFixture[str]) -> None:
    progress = watched(("sums", "m/small"))
    progress.live = True
    progress(StopAsked(run="sums-m/small", in_flight=1))
    assert STOPPING in " ".join(line.strip() for line in drawn(progress, 60))
    assert capsys.readouterr().err == "", "a line written into a live block tears it"
    elsewhere = watched(("sums", "m/small"))
    elsewhere(StopAsked(run="sums-m/small", in_flight=1))
    elsewhere(StopAsked(run="sums-m/small", in_flight=1))
    assert capsys.readouterr().err == STOPPING + "\n"


@pytest.mark.parametrize(
    ("scorer", "values", "expected"),
    [
        ("number", (1.0, 0.0, 1.0, 1.0), "75.0 [30.1, 95.4]"),
        ("wer", (0.5, 1.5, 2.5, 1.5), "1.50 [0.70, 2.30]"),
        ("perplexity", (10.0, 30.0, 20.0, 20.0), "20.00 [12.00, 28.00]"),
    ],
)
def test_shares_are_per_cent_and_other_values_are_not(scorer: str, values: tuple[float, ...], expected: str) -> None:
    progress = Progress([manifest("t", "m")], live=False)
    for place, value in enumerate(values):
        trial = Trial(sample_id=str(place), number=0, scores=(Score(scorer=scorer, value=value),))
        progress(TrialClosed(run="t-m", trial=trial, sample=Sample(id=str(place), input="q"), position=place, recalled=True))
    assert expected in progress.line()
