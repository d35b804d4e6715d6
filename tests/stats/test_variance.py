"""The variance split: a worked table, ANOVA on balanced ones, planted components in ragged ones, and what cannot be told apart."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.variance import Costs, VarianceSplit, variance_interval, variance_split

PLANTED = {"sample": 0.6, "variant": 0.2, "sample x variant": 0.3, "judge": 0.25, "sample x judge": 0.15, "trial": 0.4, "verdict": 0.1}


def table(random: np.random.Generator, shape: tuple[int, int, int, int], lost: float = 0.0) -> tuple[np.ndarray, ...]:
    """Scores of samples x variants x trials x judges with the planted variances, and their labels; a share is lost."""
    n, v, k, j = shape
    drawn = {name: variance**0.5 for name, variance in PLANTED.items()}
    scores = random.normal(0, drawn["sample"], (n, 1, 1, 1)) + random.normal(0, drawn["variant"], (1, v, 1, 1))
    scores = scores + random.normal(0, drawn["sample x variant"], (n, v, 1, 1)) + random.normal(0, drawn["trial"], (n, v, k, 1))
    scores = scores + random.normal(0, drawn["judge"], (1, 1, 1, j)) + random.normal(0, drawn["sample x judge"], (n, 1, 1, j))
    scores = scores + random.normal(0, drawn["verdict"], shape)
    kept = random.random(shape) >= lost
    return (scores[kept], *(label[kept] for label in np.indices(shape)))


def variances(split: VarianceSplit) -> dict[str, float | None]:
    return {each.name: each.variance.value for each in split.components}


def test_a_worked_example() -> None:
    """Three samples, two trials: 0 1 | 4 5 | 8 9. Within: each pair has variance 1/2. The means .5, 4.5, 8.5 have variance 16 = between + (1/2)/2."""
    split = variance_split([0.0, 1.0, 4.0, 5.0, 8.0, 9.0], [0, 0, 1, 1, 2, 2])
    assert variances(split) == {"sample": pytest.approx(15.75), "trial": pytest.approx(0.5)}
    assert split.error == pytest.approx((16.0 / 3) ** 0.5) and split.mean == 4.5
    # Of the mean's variance 16/3 trials own (1/2)/6; the whole of it falls with samples.
    assert split.gains == {"samples": pytest.approx(1.0), "trials": pytest.approx((0.5 / 6) / (16 / 3))}
    assert split.best == "samples"


def test_two_way_anova_by_hand() -> None:
    """Balanced, two variants, one trial: mean squares of rows, columns and the rest give the components."""
    random = np.random.default_rng(1)
    scores = random.normal(size=(30, 1)) + random.normal(size=(1, 4)) + random.normal(size=(30, 4))
    rows, columns = np.indices(scores.shape)
    found = variances(variance_split(scores.ravel(), rows.ravel(), variants=columns.ravel()))
    rest = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
    within = float((rest**2).sum()) / (29 * 3)
    assert found["trial"] == pytest.approx(within)
    assert found["sample"] == pytest.approx((4 * scores.mean(axis=1).var(ddof=1) - within) / 4)
    assert found["variant"] == pytest.approx((30 * scores.mean(axis=0).var(ddof=1) - within) / 30)
    assert found["sample x variant"] is None


def test_planted_components_are_found_in_a_ragged_table() -> None:
    values, samples, variants, trials, judges = table(np.random.default_rng(2), (1500, 12, 3, 12), lost=0.3)
    split = variance_split(values, samples, variants=variants, judges=judges, trials=trials)
    for each in split.components:
        assert each.variance.low is not None and each.variance.high is not None
        assert each.variance.low <= PLANTED[each.name] <= each.variance.high, each
        if each.name not in ("variant", "judge"):
            assert each.variance.value == pytest.approx(PLANTED[each.name], rel=0.12)
    assert sum(each.share or 0.0 for each in split.components) == pytest.approx(1.0)


def test_shuffled_rows_and_other_labels_say_the_same() -> None:
    random = np.random.default_rng(3)
    values, samples, variants, trials, judges = table(random, (40, 3, 2, 2), lost=0.2)
    order = random.permutation(len(values))
    one = variance_split(values, samples, variants=variants, judges=judges, trials=trials)
    named = [np.array([f"label {9 - each}" for each in labels])[order] for labels in (samples, variants, judges, trials)]
    other = variance_split(values[order] + 1e6, named[0], variants=named[1], judges=named[2], trials=named[3])
    assert {name: pytest.approx(value, abs=1e-6) for name, value in variances(one).items()} == variances(other)


def test_where_to_spend() -> None:
    random = np.random.default_rng(4)
    noisy = random.normal(0, 0.1, (60, 1)) + random.normal(0, 1.0, (60, 3))
    samples = np.repeat(np.arange(60), 3)
    assert variance_split(noisy.ravel(), samples).best == "samples"  # for the same price a new sample takes away both
    assert variance_split(noisy.ravel(), samples, samples_left=False).best == "trials"
    assert variance_split(noisy.ravel(), samples, costs=Costs(sample=50.0)).best == "trials"  # a sample costs as much as 50 answers
    worded = random.normal(0, 0.1, (60, 1)) + random.normal(0, 1.0, 4) + random.normal(0, 0.1, (60, 4))
    rows, wordings = np.indices(worded.shape)
    assert variance_split(worded.ravel(), rows.ravel(), variants=wordings.ravel()).best == "variants"


def test_what_cannot_be_told_apart_says_what_would_help() -> None:
    once = variance_split([0.0, 1.0, 1.0, 0.0], list("abcd"))
    sample = next(each for each in once.components if each.name == "sample")
    assert sample.variance.value is None and "--trials 2" in str(sample.variance.reason) and once.reason == sample.variance.reason
    assert variances(once)["trial"] == pytest.approx(1 / 3) and list(once.gains) == ["samples"]
    one_judge = variance_split([0.0, 1.0, 1.0, 0.0, 1.0, 1.0], list("aabbcc"), judges=["x"] * 6)
    assert "add a second" in str(next(each for each in one_judge.components if each.name == "judge").variance.reason)
    flat = variance_split(np.ones(8), np.repeat(np.arange(4), 2))
    assert flat.error is None and flat.best is None and "no variance" in str(flat.reason)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="3 samples"):
        variance_split([1.0], ["a"])
    with pytest.raises(UsageError, match="3 samples"):
        variance_split([], [])
    with pytest.raises(UsageError, match="finite"):
        variance_split([1.0, float("nan"), 0.0], list("abc"))
    with pytest.raises(UsageError, match="one judge for each"):
        variance_split([1.0, 0.0, 0.0], list("abc"), judges=["x"])


def test_the_interval_has_two_ends_around_the_value_and_none_below_0() -> None:
    for value, error in ((0.5, 0.1), (0.01, 0.1), (-0.02, 0.1), (0.0, 0.0)):
        low, high = variance_interval(value, error, 50)
        assert 0.0 <= low <= max(0.0, value) <= high
