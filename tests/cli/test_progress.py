"""The line of a run under way: its running estimate is written as the reports write it."""

import pytest

from assay.cli.progress import Progress
from assay.core.run import Manifest
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Trial
from assay.engine.events import TrialClosed

MANIFEST = Manifest(
    id="r", task="t", model="m", identity="i", created="2026-11-23T10:00:00Z", assay="0.1.0", seed=0, trials=1, samples=8, planned=8
)


def line(scorer: str, values: tuple[float, ...]) -> str:
    progress = Progress([MANIFEST], live=False)
    for number, value in enumerate(values):
        trial = Trial(sample_id=str(number), number=0, scores=(Score(scorer=scorer, value=value),))
        progress(TrialClosed(run="r", trial=trial, sample=Sample(id=str(number), input="q"), position=number, recalled=True))
    return progress.line()


@pytest.mark.parametrize(
    ("scorer", "values", "expected"),
    [
        ("number", (1.0, 0.0, 1.0, 1.0), "75.0 [30.1, 95.4]"),
        ("wer", (0.5, 1.5, 2.5, 1.5), "1.50 [0.70, 2.30]"),
        ("perplexity", (10.0, 30.0, 20.0, 20.0), "20.00 [12.00, 28.00]"),
    ],
)
def test_shares_are_per_cent_and_other_values_are_not(scorer: str, values: tuple[float, ...], expected: str) -> None:
    assert expected in line(scorer, values)
