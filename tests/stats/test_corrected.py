"""Rates put right: by hand, by simulation, and a judge that is worth nothing."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.corrected import labels_needed, powered_mean, rogan_gladen


def test_rogan_gladen_by_hand() -> None:
    """p = .6, sensitivity .9, specificity .8: (.6 + .8 - 1) / (.9 + .8 - 1) = .5714."""
    found = rogan_gladen(600, 1000, right_good=90, good=100, right_bad=80, bad=100)
    assert found.value == pytest.approx(0.4 / 0.7) and found.low < found.value < found.high


def test_a_judge_no_better_than_chance_measures_nothing() -> None:
    found = rogan_gladen(600, 1000, right_good=50, good=100, right_bad=50, bad=100)
    assert found.value is None and "chance" in str(found.reason)


def test_rogan_gladen_holds_the_truth() -> None:
    """10,000 studies: 94 to 97 % (the interval leans to the safe side)."""
    dice, held = np.random.default_rng(5), 0
    truth, q1, q0 = 0.7, 0.85, 0.8
    for _ in range(10_000):
        p = dice.binomial(500, truth * q1 + (1 - truth) * (1 - q0))
        found = rogan_gladen(p, 500, right_good=dice.binomial(100, q1), good=100, right_bad=dice.binomial(100, q0), bad=100)
        held += found.value is not None and found.low <= truth <= found.high
    assert 0.94 <= held / 10_000 <= 0.97


@pytest.mark.parametrize("quality", [0.0, 0.6, 0.95])
def test_powered_means_hold_the_truth_and_save_what_the_judge_is_worth(quality: float) -> None:
    """4,000 studies of 200 labels and 2,000 verdicts; a useless judge saves nothing and spoils nothing."""
    dice, held, saving = np.random.default_rng(6), 0, []
    for _ in range(4_000):
        y = (dice.random(2200) < 0.4).astype(float)
        f = np.where(dice.random(2200) < quality, y, dice.random(2200) < 0.5)
        found = powered_mean(y[:200], f[:200], f[200:])
        held += found.estimate.low <= 0.4 <= found.estimate.high
        saving.append(found.saving)
    assert 0.935 <= held / 4_000 <= 0.962
    assert np.mean(saving) < 0.03 if quality == 0.0 else np.mean(saving) > 0.2


def test_power_0_is_the_labels_alone() -> None:
    found = powered_mean([0, 1, 1, 0, 1], [1, 1, 0, 0, 1], [0, 1, 1, 1], power=0.0)
    assert found.estimate.value == found.classical.value == pytest.approx(0.6)
    assert found.saving == pytest.approx(0.0)


def test_a_plan_from_a_pilot() -> None:
    """+-3 points at p = .65 take (1.96 / .03)^2 * .2275 * 50/49 labels; a judge that is always right leaves next to none."""
    y = np.array([1.0] * 32 + [0.0] * 18)
    alone, helped = labels_needed(0.03, y, y)
    assert alone == 1004 and helped <= 1
    with pytest.raises(UsageError):
        labels_needed(0.03, y[:5], y[:5])


@pytest.mark.parametrize(("labels", "judged"), [([1, 0], [1]), ([1], [1]), ([1, float("nan")], [1, 0])])
def test_what_cannot_be_is_refused(labels: list[float], judged: list[float]) -> None:
    with pytest.raises(UsageError):
        powered_mean(labels, judged, [1, 0, 1])
