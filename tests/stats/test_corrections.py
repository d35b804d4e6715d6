"""Holm's and Benjamini-Hochberg's corrections: worked examples, ties, and what was not tested."""

import random

import pytest

from assay.stats.corrections import benjamini_hochberg, holm


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


def test_benjamini_and_hochberg_by_hand() -> None:
    # Sorted: 0.005 x 4/1 = 0.02, 0.01 x 4/2 = 0.02, 0.03 x 4/3 = 0.04, 0.04 x 4/4 = 0.04.
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert benjamini_hochberg([None, 0.02, None, 0.03]) == [None, pytest.approx(0.03), None, pytest.approx(0.03)]
    assert benjamini_hochberg([]) == []


def test_the_published_example_of_benjamini_and_hochberg() -> None:
    """The fifteen p-values of their section 3.1: at .05 the procedure rejects the four smallest, Bonferroni's three."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert sum(each is not None and each <= 0.05 for each in benjamini_hochberg(p_values)) == 4
    assert sum(each is not None and each <= 0.05 for each in holm(p_values)) == 3
