"""One label from several: ties as declared, planted annotators found again, copies that outvote the truth, and one label more where two disagree."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.aggregation import DawidSkene, Overlap, dawid_skene, majority

N = None


def planted(random: np.random.Generator, n: int, right: tuple[float, ...], labels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Truth and labels of annotators right with the given probabilities, wrong ones drawn evenly."""
    truth = random.integers(0, labels, n)
    wrong = (truth[:, None] + random.integers(1, labels, (n, len(right)))) % labels
    return truth, np.where(random.random((n, len(right))) < np.array(right), truth[:, None], wrong).astype(float)


def test_majority_and_its_declared_ties() -> None:
    table = [["no", "no", "yes"], ["no", "yes", N], [N, N, N], ["yes", "yes", "no"]]
    left = majority(table, ties="unresolved")
    assert left.labels == ("no", None, None, "yes") and left.tied == (False, True, False, False)
    assert left.shares == pytest.approx([2 / 3, 0.5, 0.0, 2 / 3])
    assert majority(table, ties="first", scale=("yes", "no")).labels == ("no", "yes", None, "yes")
    drawn = {majority(table, ties="random", seed=seed).labels[1] for seed in range(20)}
    assert drawn == {"no", "yes"}
    assert majority(table, ties="first", weights=[1.0, 1.0, 3.0]).labels[0] == "yes"


def test_words_that_look_like_numbers_stay_words() -> None:
    assert majority([["1", "1"], ["2", N]], ties="unresolved").labels == ("1", "2")


def test_planted_annotators_are_found_again() -> None:
    """Right in 90, 80, 60 and 33 % (a guesser) of 3,000 items of three labels, a fifth of the labels missing."""
    random = np.random.default_rng(7)
    truth, table = planted(random, 3000, (0.9, 0.8, 0.6, 1 / 3))
    table[random.random(table.shape) < 0.2] = np.nan
    found = dawid_skene(table)
    for skill, right in zip(found.skills, (0.9, 0.8, 0.6, 1 / 3), strict=True):
        assert skill.low is not None and skill.high is not None and skill.low - 0.01 <= right <= skill.high + 0.01
        assert skill.high - skill.low < 0.08
    spammers = [each.value or 0.0 for each in found.spammers]
    assert spammers[3] < 0.02 < spammers[2] < spammers[1] < spammers[0]
    assert (np.array(found.labels) == truth).mean() > (np.array(majority(table, ties="first").labels) == truth).mean() + 0.02
    assert found.converged and found.posterior.sum(axis=1) == pytest.approx(1.0)


def test_posteriors_are_calibrated() -> None:
    """Where it says 70 to 90 %, it is right in about as many."""
    random = np.random.default_rng(8)
    truth, table = planted(random, 6000, (0.8, 0.7, 0.6), labels=2)
    found = dawid_skene(table, resamples=0)
    sure = found.posterior.max(axis=1)
    middle = (sure > 0.7) & (sure < 0.9)
    assert (np.array(found.labels) == truth)[middle].mean() == pytest.approx(sure[middle].mean(), abs=0.03)


def test_copies_outvote_the_truth() -> None:
    """What the model cannot see: two copies of a bad annotator look like two who agree."""
    random = np.random.default_rng(9)
    truth, table = planted(random, 2000, (0.85, 0.65), labels=2)
    alone, copied = dawid_skene(table, resamples=0), dawid_skene(np.column_stack([table, table[:, 1], table[:, 1]]), resamples=0)
    right = [(np.array(each.labels) == truth).mean() for each in (alone, copied)]
    assert right[1] < right[0] - 0.05


def test_a_reversed_annotator_is_useful_and_no_spammer() -> None:
    random = np.random.default_rng(10)
    truth, table = planted(random, 2000, (0.9, 0.9, 0.1), labels=2)
    found = dawid_skene(table)
    assert found.spammers[2].value == pytest.approx(0.64, abs=0.08) and (found.skills[2].value or 1.0) < 0.2
    assert (np.array(found.labels) == truth).mean() > 0.93


def naive(table: np.ndarray, labels: int, smoothing: float) -> tuple[np.ndarray, np.ndarray]:
    """Dawid-Skene spelled out, item by item: what the vectorised one must equal."""
    votes = np.array([[(row == each).sum() for each in range(labels)] for row in table]) + 1.0 / labels
    posterior = votes / votes.sum(axis=1, keepdims=True)
    for _ in range(500):
        prior = (posterior.sum(axis=0) + smoothing / labels) / (len(table) + smoothing)
        counts = np.zeros((table.shape[1], labels, labels))
        for item, row in enumerate(table):
            for annotator, said in enumerate(row):
                if not np.isnan(said):
                    counts[annotator, :, int(said)] += posterior[item]
        shared = counts.sum(axis=0) + 1.0 / labels
        confusion = counts + smoothing * shared / shared.sum(axis=1, keepdims=True)
        confusion /= confusion.sum(axis=2, keepdims=True)
        before, posterior = posterior, np.empty_like(posterior)
        for item, row in enumerate(table):
            joint = prior.copy()
            for annotator, said in enumerate(row):
                if not np.isnan(said):
                    joint *= confusion[annotator, :, int(said)]
            posterior[item] = joint / joint.sum()
        if np.abs(posterior - before).max() < 1e-9:
            break
    return posterior, confusion


def test_it_equals_the_model_spelled_out() -> None:
    random = np.random.default_rng(11)
    _, table = planted(random, 60, (0.9, 0.6, 0.7))
    table[random.random(table.shape) < 0.3] = np.nan
    found = dawid_skene(table, smoothing=0.5, resamples=0, tolerance=1e-10, scale=(0, 1, 2))
    posterior, confusion = naive(table, 3, 0.5)
    assert found.posterior == pytest.approx(posterior, abs=1e-6) and found.confusion == pytest.approx(confusion, abs=1e-6)


def test_many_annotators_do_not_underflow() -> None:
    random = np.random.default_rng(12)
    truth, table = planted(random, 300, (0.55,) * 3000, labels=2)
    found: DawidSkene = dawid_skene(table, resamples=0)
    assert (np.array(found.labels) == truth).mean() > 0.99 and np.isfinite(found.log_likelihood)


def test_idle_annotators_and_items_without_labels() -> None:
    found = dawid_skene([[1, 1, N], [0, 0, N], [N, N, N], [1, 0, N]] * 5)
    assert found.spammers[2].reason == "This annotator gave no label." and found.posterior[2] == pytest.approx([0.5, 0.5], abs=0.2)


def test_overlap_asks_for_more_only_where_two_disagree() -> None:
    rule = Overlap()
    assert [rule.next([]), rule.next(["a"]), rule.next(["a", "a"]), rule.next(["a", "b"])] == [2, 1, 0, 1]
    assert rule.next(["a", "b", "a"]) == 1 and rule.next(["a", "b", "a", "a"]) == 0 and rule.next(["a", "b", "a", "b", "a"]) == 0


def test_overlap_is_cheaper_than_five_labels_of_everything_and_hardly_worse() -> None:
    random, rule = np.random.default_rng(13), Overlap()
    truth, table = planted(random, 4000, (0.85,) * 5, labels=2)
    spent, right = 0, 0
    for true, row in zip(truth, table, strict=True):
        given: list[float] = []
        while more := rule.next(given):
            given = row[: len(given) + more].tolist()
        spent += len(given)
        right += max(set(given), key=given.count) == true
    everything = (np.array(majority(table, ties="first").labels) == truth).mean()
    assert spent / 4000 < 2.9 and right / 4000 > everything - 0.02


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: majority([[1, 2]], ties="coin"), "no tie rule 'coin'"),  # type: ignore[arg-type]
        (lambda: majority([[1, 2]], ties="first", weights=[1.0]), "one weight"),
        (lambda: majority([1, 2], ties="first"), "items by annotators"),
        (lambda: dawid_skene([[1], [2]]), "two annotators"),
        (lambda: dawid_skene([[1, 1], [1, 1]]), "two labels"),
        (lambda: dawid_skene([[1, 2], [2, 2]], smoothing=0.0), "smoothing above 0"),
        (lambda: dawid_skene([["好", "坏"], ["好", "差"]], scale=("好", "坏")), "'差' is not on the scale"),
        (lambda: Overlap(first=3, most=2), "first <= most"),
    ],
)
def test_bad_input_is_named(call: object, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        call()  # type: ignore[operator]
