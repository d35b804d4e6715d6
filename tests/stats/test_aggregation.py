"""One label from several: ties as declared, planted annotators found again, and two copies that outvote the truth."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.aggregation import dawid_skene, majority, wants_another


def test_the_majority_and_its_declared_ties() -> None:
    table = [[0, 0, 1], [0, 1, -1], [-1, -1, -1], [2, 2, 1]]
    assert majority(table, 3).tolist() == [0, -1, -1, 2]
    assert majority(table, 3, ties="first").tolist() == [0, 0, -1, 2]
    assert majority(table, 3, ties="last").tolist() == [0, 1, -1, 2]


def test_planted_annotators_are_found_again() -> None:
    """Four annotators right in 90, 80, 60 and 33 % (a guesser) of 3,000 items of three classes."""
    dice = np.random.default_rng(7)
    truth, right = dice.integers(0, 3, 3000), (0.9, 0.8, 0.6, 1 / 3)
    table = np.stack([np.where(dice.random(3000) < share, truth, (truth + dice.integers(1, 3, 3000)) % 3) for share in right], axis=1)
    table[dice.random(table.shape) < 0.2] = -1
    found = dawid_skene(table, 3)
    assert np.diagonal(found.confusion, axis1=1, axis2=2).mean(axis=1) == pytest.approx(right, abs=0.04)
    assert (found.labels == truth).mean() > (majority(table, 3, ties="first") == truth).mean() + 0.02
    assert found.spammer[3] < 0.05 < found.spammer[2] < found.spammer[0]


def test_another_label_only_where_two_disagree() -> None:
    assert wants_another([1]) and not wants_another([1, 1]) and wants_another([1, 0])
    assert wants_another([1, 0, 1]) and not wants_another([1, 0, 1, 1]) and not wants_another([1, 0, 1, 0, 1])


@pytest.mark.parametrize("labels", [[[0.5, 1.0]], [[3, 0]], [0, 1], [[-1, -1]]])
def test_what_is_no_table_of_labels_is_refused(labels: object) -> None:
    with pytest.raises(UsageError):
        dawid_skene(labels, 2)


def test_one_item_and_one_annotator() -> None:
    assert dawid_skene([[1]], 2).labels.tolist() == [1]
