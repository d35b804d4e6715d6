"""Adaptive testing on real matrices, models left out: LiveBench's 84 models on 864 questions with partial credit (93 x 1,136 in all)."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.stats.items_whole import calibrate, estimate_whole, played

pytestmark = [pytest.mark.replay, pytest.mark.slow]


def livebench(folder: Path) -> Any:
    """The complete block: models with 1,000 answers or more, questions that all of them answered."""
    with gzip.open(folder / "judge/livebench_matrix/responses.jsonl.gz") as lines:
        rows = [json.loads(line) for line in lines][1:]
    scores = np.array([[np.nan if value is None else value for value in row["score"]] for row in rows], dtype=float)
    scores = scores[(~np.isnan(scores)).sum(axis=1) >= 1000]
    return scores[:, ~np.isnan(scores).any(axis=0)]


@pytest.mark.parametrize(("share", "most"), [(0.05, 0.028), (0.10, 0.020)])
def test_a_few_items_tell_the_whole_score_of_models_left_out(fixtures: Path, share: float, most: float) -> None:
    scores = livebench(fixtures)
    assert scores.shape == (84, 864)
    dice, count = np.random.default_rng(0), round(share * 864)
    errors, held, plain = [], [], []
    for split in range(6):
        out = dice.choice(84, 12, replace=False)
        calibration = calibrate(np.delete(scores, out, axis=0), count, seed=split)
        for row in scores[out]:
            asked, _ = played(calibration.model, row, np.arange(864), count)
            found = estimate_whole(calibration, asked, row[asked])
            errors.append(abs(found.value - row.mean()))
            held.append(found.low <= row.mean() <= found.high)
            plain.append(abs(row[dice.choice(864, count, replace=False)].mean() - row.mean()))
    assert np.mean(errors) <= most < np.mean(plain)
    assert np.mean(held) >= 0.90  # 72 intervals: the study of 200 splits is tests/oracle
