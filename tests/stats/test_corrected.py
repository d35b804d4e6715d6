"""Rates put right: by hand, by simulation, and judges, labels and samples that correct nothing."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.budgets import plan_labels
from assay.stats.corrected import (
    active_mean,
    neyman,
    prediction_powered,
    prediction_powered_strata,
    rogan_gladen,
    rogan_gladen_interval,
)


def gold(right: int, good: int, cleared: int, bad: int) -> tuple[list[int], list[int]]:
    """Gold labels and a judge's verdicts with these counts."""
    return [1] * good + [0] * bad, [1] * right + [0] * (good - right) + [0] * cleared + [1] * (bad - cleared)


def test_rogan_gladen_by_hand() -> None:
    """p = .6, sensitivity .9, specificity .8: (.6 + .8 - 1) / (.9 + .8 - 1) = .5714; the interval with every step written out."""
    truth, judged = gold(90, 100, 80, 100)
    found = rogan_gladen([1] * 600 + [0] * 400, truth, judged)
    assert found.estimate.value == pytest.approx(0.4 / 0.7)
    z2 = 1.959963985**2
    p, q1, q0 = (600 + z2 / 2) / (1000 + z2), 91 / 102, 81 / 102
    theta = (p + q0 - 1) / (q0 + q1 - 1)
    shift = 2 * z2 * (-(1 - theta) * q0 * (1 - q0) / 102 + theta * q1 * (1 - q1) / 102)
    error = (p * (1 - p) / (1000 + z2) + (1 - theta) ** 2 * q0 * (1 - q0) / 102 + theta**2 * q1 * (1 - q1) / 102) ** 0.5 / (q0 + q1 - 1)
    assert (found.estimate.low, found.estimate.high) == pytest.approx(
        (theta + shift - z2**0.5 * error, theta + shift + z2**0.5 * error), abs=1e-8
    )


def test_rogan_gladen_wider_than_the_labels_alone_says_so() -> None:
    """theta = .7, both rates .8, very many verdicts: the variance is 2.1 times that of the gold labels alone."""
    truth, judged = gold(5600, 7000, 2400, 3000)
    found = rogan_gladen([1] * 620_000 + [0] * 380_000, truth, judged)
    assert found.saving == pytest.approx(1 - 2.1, abs=0.05) and "saves nothing" in found.note


def test_rogan_gladen_holds_the_truth() -> None:
    random, held = np.random.default_rng(5), 0
    for _ in range(10_000):
        flagged = random.binomial(500, 0.7 * 0.85 + 0.3 * 0.2)
        low, high, _ = rogan_gladen_interval(flagged, 500, random.binomial(100, 0.85), 100, random.binomial(100, 0.8), 100)
        held += low <= 0.7 <= high
    assert 0.94 <= held / 10_000 <= 0.965


@pytest.mark.parametrize(
    ("counts", "says"), [((50, 100, 50, 100), "better than chance"), ((0, 0, 80, 100), "No gold item is good"), ((9, 10, 0, 0), "is bad")]
)
def test_judges_and_gold_sets_that_correct_nothing(counts: tuple[int, int, int, int], says: str) -> None:
    found = rogan_gladen([1, 0] * 50, *gold(*counts))
    assert found.estimate.value is None and says in str(found.estimate.reason) and found.classical.value is not None


def test_prediction_powered_by_hand() -> None:
    """n = N, so lambda = Cov / (2 Var); all five numbers by hand."""
    labels, judged, rest = [0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0], [0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0], [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1]
    y, f, g = (np.array(each, float) for each in (labels, judged, rest))
    trust = np.cov(y, f)[0, 1] / (2 * np.concatenate([f, g]).var(ddof=1))
    found = prediction_powered(labels, judged, rest)
    assert found.weight == pytest.approx(trust)
    assert found.estimate.value == pytest.approx(trust * g.mean() + (y - trust * f).mean())
    assert found.error == pytest.approx((trust**2 * g.var(ddof=1) / 12 + (y - trust * f).var(ddof=1) / 12 * 11 / 10) ** 0.5), (
        "one degree of freedom of eleven goes to lambda"
    )
    assert found.correlation is not None and found.saving is not None and found.saving <= found.correlation**2


def test_a_useless_judge_costs_nothing_and_says_so() -> None:
    random = np.random.default_rng(2)
    y, f = random.random(5200) < 0.4, random.random(5200)
    found = prediction_powered(y[:200], f[:200], f[200:])
    assert found.saving is not None and abs(found.saving) < 0.02
    assert prediction_powered(y[:200], 1.0 - y[:200], 1.0 - y[200:]).weight == 0.0, "a judge that is always wrong is not trusted backwards"
    assert "saves nothing" in prediction_powered(y[:200], 1.0 - y[:200], 1.0 - y[200:]).note


def test_clusters_widen_a_powered_mean() -> None:
    random = np.random.default_rng(3)
    groups = np.repeat(np.arange(440), 5)
    y = random.random(440)[groups] + 0.2 * random.random(2200)
    f = y + random.normal(0, 0.3, 2200)
    plain = prediction_powered(y[:500], f[:500], f[500:])
    clustered = prediction_powered(y[:500], f[:500], f[500:], clusters=groups[:500], clusters_rest=groups[500:])
    assert plain.error is not None and clustered.error is not None and clustered.error > 1.6 * plain.error
    assert clustered.estimate.method == "ppi++-clusters"


def test_labels_that_are_no_random_sample_are_refused() -> None:
    """Declared, or seen: labels only where the judge said bad."""
    random = np.random.default_rng(4)
    truth = random.random(2000) < 0.6
    judge = np.where(random.random(2000) < 0.8, truth, ~truth).astype(float)
    with pytest.raises(UsageError, match="cannot correct a rate"):
        prediction_powered(truth[:200], judge[:200], judge[200:], chosen="disagreements")
    bad = judge == 0.0
    found = prediction_powered(truth[bad], judge[bad], judge[~bad])
    assert found.estimate.value is None and "no random sample" in str(found.estimate.reason)
    refused = sum(
        prediction_powered(truth[order[:200]], judge[order[:200]], judge[order[200:]]).estimate.value is None
        for order in (random.permutation(2000) for _ in range(300))
    )
    assert refused == 0, "the negative control: random labels are not refused"


def test_strata_with_rates_of_their_own_are_put_together_by_their_size() -> None:
    random = np.random.default_rng(5)
    hard = random.random(4000) < 0.25
    truth = (random.random(4000) < np.where(hard, 0.5, 0.9)).astype(float)
    judge = np.where(random.random(4000) < 0.85, truth, 1 - truth)
    chosen = random.random(4000) < np.where(hard, 0.4, 0.05)
    found = prediction_powered_strata(truth[chosen], judge[chosen], hard[chosen], judge[~chosen], hard[~chosen])
    assert found.estimate.low is not None and found.estimate.high is not None
    assert found.estimate.low < truth.mean() < found.estimate.high and abs((found.estimate.value or 0) - truth[chosen].mean()) > 0.05
    few = prediction_powered_strata(truth[:12], judge[:12], [1] * 8 + [2] * 4, judge[12:], [1] * 2000 + [2] * 1988)
    assert few.estimate.value is None and "stratum '1' has 8 labels" in str(few.estimate.reason)


def test_active_labels_need_a_chance_everywhere() -> None:
    random = np.random.default_rng(6)
    truth = (random.random(3000) < 0.4).astype(float)
    doubt = random.random(3000)
    judge = np.where(random.random(3000) < 1 - 0.5 * doubt, truth, 1 - truth)
    odds = 0.05 + 0.3 * doubt
    asked = random.random(3000) < odds
    found = active_mean(judge, odds, asked, np.where(asked, truth, np.nan))
    assert found.estimate.low is not None and found.estimate.high is not None and found.estimate.low < 0.4 < found.estimate.high
    with pytest.raises(UsageError, match="never have been labelled"):
        active_mean(judge, np.where(doubt > 0.5, 1.0, 0.0), doubt > 0.5, truth)
    with pytest.raises(UsageError, match="no label"):
        active_mean(judge, odds, asked, np.where(doubt > 0.5, truth, np.nan))


def test_neyman_spends_where_the_judge_is_unsure() -> None:
    assert neyman({"easy": 0.8, "hard": 0.2}, {"easy": 0.1, "hard": 0.5}, 200) == {"easy": 90, "hard": 110}
    assert sum(neyman({"a": 0.3, "b": 0.3, "c": 0.4}, {"a": 0.3, "b": 0.2, "c": 0.1}, 101).values()) == 101
    with pytest.raises(UsageError, match="too few"):
        neyman({"a": 0.5, "b": 0.5}, {"a": 1.0, "b": 1.0}, 15)


def test_a_plan_from_a_pilot() -> None:
    """sd^2 = .2312: +-3 points take (1.96 / .03)^2 * .2312 = 987 labels; a judge with rho^2 = .8 leaves about 200 of them."""
    random = np.random.default_rng(7)
    truth = random.normal(size=50)
    noise = random.normal(size=50)
    truth = (truth - truth.mean()) / truth.std(ddof=1)
    noise -= noise.mean() + truth * (noise @ truth) / (truth @ truth)
    noise /= noise.std(ddof=1)
    labels = 0.5 + 0.23123**0.5 * truth
    found = plan_labels(labels, 0.8**0.5 * truth + 0.2**0.5 * noise, items=1_000_000, half_width=0.03)
    assert found.alone == 987 and found.with_judge == pytest.approx(197, abs=2)
    assert found.at_least is not None and found.at_most is not None and found.at_least < 197 < found.at_most < 987
    assert found.note.startswith("±0.03 needs 987 labels, or about 198 with this judge")


def test_a_plan_is_kept() -> None:
    """Labelling as many as planned gives the interval that was asked for."""
    random = np.random.default_rng(8)
    truth = (random.random(20_000) < 0.4).astype(float)
    judge = np.where(random.random(20_000) < 0.9, truth, 1 - truth)
    plan = plan_labels(truth[:2000], judge[:2000], items=20_000, half_width=0.03)
    assert plan.with_judge is not None and plan.with_judge < 0.5 * plan.alone
    order = random.permutation(20_000)
    chosen, rest = order[: plan.with_judge], order[plan.with_judge :]
    found = prediction_powered(truth[chosen], judge[chosen], judge[rest]).estimate
    assert found.low is not None and found.high is not None and (found.high - found.low) / 2 == pytest.approx(0.03, rel=0.15)


def test_plans_that_cannot_be_or_save_nothing() -> None:
    random = np.random.default_rng(9)
    truth = (random.random(50) < 0.5).astype(float)
    assert "saves none" in plan_labels(truth, np.ones(50), items=1000, half_width=0.05).note
    assert plan_labels(truth, truth + random.normal(0, 3, 50), items=50, half_width=0.01).with_judge is None
    with pytest.raises(UsageError, match="20 items or more"):
        plan_labels(truth[:10], truth[:10], items=100, half_width=0.05)


@pytest.mark.parametrize(("labels", "judged"), [([1, 0], [1]), ([float("nan")] * 20, [1] * 20)])
def test_what_cannot_be_is_refused(labels: list[float], judged: list[float]) -> None:
    with pytest.raises(UsageError):
        prediction_powered(labels, judged, [1, 0, 1])
