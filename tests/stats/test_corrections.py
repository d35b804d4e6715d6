"""Holm's correction: a worked example, ties, and what was not tested."""

import random

import pytest

from assay.stats.corrections import holm


def test_a_worked_example() -> None:
    # Sorted: 0.005 x 4 = 0.02, 0.01 x 3 = 0.03, 0.03 x 2 = 0.06, 0.04 x 1 = 0.04, lifted to 0.06.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_was_not_tested_does_not_count() -> None:
    assert holm([None, 0.02, None, 0.03]) == [None, pytest.approx(0.04), None, pytest.approx(0.04)]
    assert holm([]) == []
    assert holm([0.6, 0.9]) == [1.0, 1.0]


def test_one_of_many_true_nothings_passes_in_five_of_a_hundred_families() -> None:
    dice = random.Random(0)
    families = 4000
    wrong = sum(min(holm([dice.random() for _ in range(10)])) <= 0.05 for _ in range(families))  # type: ignore[type-var, operator]
    assert 0.04 < wrong / families < 0.06
