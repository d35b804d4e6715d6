"""Agreement of annotators: published worked examples, what does not depend on a name, and what is not measurable."""

import numpy as np
import pytest

from assay.stats.agreement import cohen_kappa, fleiss_kappa, gwet_ac, krippendorff_alpha, raw_agreement, symmetric_kappa

NONE = None
KRIPPENDORFF = [
    [1, 1, NONE, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [NONE, 5, 5, 5],
    [NONE, NONE, 1, 1],
    [NONE, 3, NONE, NONE],
]
"""Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units, missing values."""


@pytest.mark.parametrize(("measurement", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorffs_own_example(measurement: str, published: float) -> None:
    found = krippendorff_alpha(KRIPPENDORFF, measurement)  # type: ignore[arg-type]
    assert found.value == pytest.approx(published, abs=0.0005)
    assert found.low is not None and found.low < found.value < found.high


def test_cohens_kappa_by_hand() -> None:
    """20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: p_o = .7, p_e = .5, kappa = .4."""
    table = [["y", "y"]] * 20 + [["y", "n"]] * 5 + [["n", "y"]] * 10 + [["n", "n"]] * 15
    assert cohen_kappa(table).value == pytest.approx(0.4)
    assert raw_agreement(table).value == pytest.approx(0.7)


def test_fleiss_own_example() -> None:
    """Ten subjects, fourteen raters, five categories: kappa = .210 (Fleiss 1971's design, the table of many textbooks)."""
    counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip
    table = [[label for label, times in enumerate(row) for _ in range(times)] for row in counts]
    assert fleiss_kappa(table).value == pytest.approx(0.210, abs=0.0005)


def test_ac1_does_not_fall_where_nearly_all_agree_on_one_label() -> None:
    """118 yes/yes, 5 and 2 apart, 0 no/no: kappa is near 0 while AC1 is .94 (Gwet's paradox)."""
    table = [["y", "y"]] * 118 + [["y", "n"]] * 5 + [["n", "y"]] * 2
    kappa, ac1 = cohen_kappa(table).value, gwet_ac(table).value
    assert kappa is not None and ac1 is not None and kappa < 0.0 < 0.93 < ac1


def test_a_symmetric_kappa_does_not_depend_on_which_answer_is_called_a() -> None:
    dice = np.random.default_rng(3)
    table = [["a" if dice.random() < 0.8 else "b", "a" if dice.random() < 0.7 else "b"] for _ in range(300)]
    swap = {"a": "b", "b": "a"}
    renamed = [[swap[each] for each in row] if dice.random() < 0.5 else row for row in table]
    assert symmetric_kappa(renamed).value == pytest.approx(symmetric_kappa(table).value)
    assert cohen_kappa(renamed).value != pytest.approx(cohen_kappa(table).value, abs=0.05)


@pytest.mark.parametrize("table", [[["y", "y"]] * 9, [["y", None]] * 9])
def test_one_label_or_one_annotator_is_not_measurable(table: list[list[object]]) -> None:
    found = krippendorff_alpha(table)
    assert found.value is None and found.reason
