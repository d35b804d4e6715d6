"""Agreement of annotators: published worked examples, what does not depend on a name, and what is not measurable."""

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats.agreement import (
    agreement,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    mirrored,
    raw_agreement,
    symmetric_kappa,
)

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


@pytest.mark.parametrize(("measurement", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)])
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


def test_gwets_own_example() -> None:
    """Gwet 2014, the table of four raters: AC1 .77544, Fleiss' kappa .76117, to the five digits printed."""
    assert gwet_ac(KRIPPENDORFF).value == pytest.approx(0.77544, abs=5e-6)
    assert fleiss_kappa(KRIPPENDORFF).value == pytest.approx(0.76117, abs=5e-6)


def test_krippendorffs_binary_example_of_two_observers() -> None:
    """Krippendorff 2011, section A: ten units, two observers, alpha = .095."""
    pairs = [[0, 1], [1, 1], [0, 1], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0], [1, 0], [0, 0]]
    assert krippendorff_alpha(pairs).value == pytest.approx(0.095, abs=0.0005)


def test_krippendorffs_nominal_example_of_two_observers() -> None:
    """Krippendorff 2011, section B: twelve units, five categories, alpha = .692."""
    assert krippendorff_alpha([list(each) for each in zip("aabbdcccedda", "babbbccceddd", strict=True)]).value == pytest.approx(
        0.692, abs=0.0005
    )


def test_seeds_decide_and_clusters_widen() -> None:
    random = np.random.default_rng(4)
    truth = random.integers(0, 3, 100)
    table = np.where(random.random((100, 3)) < 0.7, truth[:, None], random.integers(0, 3, (100, 3)))
    assert krippendorff_alpha(table, seed=1) == krippendorff_alpha(table, seed=1) != krippendorff_alpha(table, seed=2)
    copies, items = np.repeat(table, 4, axis=0), np.repeat(np.arange(100), 4)
    for how in ("nominal", "ordinal", "interval"):
        naive = krippendorff_alpha(copies, how)  # type: ignore[arg-type]
        honest = krippendorff_alpha(copies, how, clusters=items)  # type: ignore[arg-type]
        assert honest.clusters == 100 and honest.method == "bca-clusters"
        ratio = (honest.high - honest.low) / (naive.high - naive.low)  # type: ignore[operator]
        assert ratio == pytest.approx(2.0, abs=0.35), "four copies of an item are one item"


def test_perfect_agreement_still_leaves_room() -> None:
    """Thirty items all agreed on: as many as 1 - .025^(1/30) = 11.6 % of all items may be disputed."""
    found = cohen_kappa([[0, 0], [1, 1]] * 15)
    assert found.value == found.high == 1.0 and found.method == "clopper-pearson"
    assert found.low == pytest.approx(1 - (1 - 0.025 ** (1 / 30)) / 0.5)


def test_weights_are_by_value_not_by_place() -> None:
    """On a scale of 1, 2, 5 a 2 against a 5 weighs three times a 1 against a 2; words need their order."""
    table = [[1, 1], [2, 2], [5, 5], [1, 2], [2, 5], [5, 2]] * 5
    far, near = cohen_kappa(table, "linear").value, cohen_kappa([[{5: 3}.get(each, each) for each in row] for row in table], "linear").value
    assert far is not None and near is not None and far != pytest.approx(near)
    words = [[{1: "bad", 2: "fair", 5: "good"}[each] for each in row] for row in table]
    assert cohen_kappa(words, "linear", scale=("bad", "fair", "good")).value == pytest.approx(near)
    with pytest.raises(UsageError, match="their order"):
        cohen_kappa(words, "linear")


def test_all_is_printed_together() -> None:
    table = [["是", "是", None], ["否", "是", "否"], ["是", "是", "是"], ["是", None, "否"], ["是", "是", "是"], ["否", "否", "否"]]
    found = agreement(table)
    assert dict(found.base_rates) == pytest.approx({"否": 6 / 16, "是": 10 / 16})
    assert (found.items, found.annotators) == (6, 3)
    assert all(each.value is not None for each in (found.raw, found.alpha, found.kappa, found.ac))


def test_raw_agreement_by_item_and_by_pair() -> None:
    """Two labels that agree, and four of which three agree: (1 + 1/2) / 2 by item, (1 + 3) / 7 by pair."""
    table = [[1, 1, None, None], [1, 1, 1, 2]]
    assert raw_agreement(table).value == pytest.approx(0.75)
    assert raw_agreement(table, per="pair").value == pytest.approx(4 / 7)


def test_ac1_knows_labels_that_did_not_occur() -> None:
    """All the same: kappa is not measurable; AC1 is 1 where the scale says that it might have been otherwise."""
    table = [["ok", "ok"]] * 40
    found = gwet_ac(table, scale=("ok", "bad"))
    assert found.value == 1.0 and found.low is not None and found.low > 0.8
    assert gwet_ac(table).value is None and fleiss_kappa(table, scale=("ok", "bad")).value is None


def test_one_item_apart_in_a_hundred_is_too_little() -> None:
    """A third of the resamples hold one label only: an interval from the rest would be of other data."""
    found = krippendorff_alpha([[0, 0]] * 99 + [[0, 1]])
    assert found.value is None and "5 % of the resamples" in str(found.reason)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([[1, None], [2, None]] * 5, "one annotator"),
        ([[1, None], [None, 2]] * 5, "let them overlap"),
        ([[1, 1], [2, 2]], "Only 2 items"),
        ([[None, None]] * 5, "no label"),
    ],
)
def test_what_cannot_be_measured_says_why(table: list[list[object]], says: str) -> None:
    for of in (krippendorff_alpha, cohen_kappa, fleiss_kappa, gwet_ac):
        assert says in str(of(table).reason)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: krippendorff_alpha([1, 2, 3]), "items by annotators"),
        (lambda: krippendorff_alpha([[1, 2], [1]]), "one place per annotator"),
        (lambda: krippendorff_alpha([[1, float("inf")]]), "finite numbers or words"),
        (lambda: krippendorff_alpha([[1, 2]] * 9, "cardinal"), "no measurement 'cardinal'"),  # type: ignore[arg-type]
        (lambda: krippendorff_alpha([[1, -2]] * 9, "ratio"), "from 0 up"),
        (lambda: krippendorff_alpha([["a", "b"]] * 9, "ordinal"), "scale="),
        (lambda: krippendorff_alpha([[1, 7]] * 9, scale=(1, 2)), "'7' is not on the scale"),
        (lambda: krippendorff_alpha([[1, 2]] * 9, scale=(1, 1, 2)), "twice"),
        (lambda: krippendorff_alpha(np.arange(4000.0).reshape(2000, 2)), "too many"),
        (lambda: cohen_kappa([[1, 2, 3]] * 9), "two annotators"),
        (lambda: cohen_kappa([[1, 2]] * 9, "cubic"), "no weights 'cubic'"),  # type: ignore[arg-type]
        (lambda: symmetric_kappa([[1, 2]] * 9), "No verdict is one of"),
        (lambda: mirrored([["a", "b"]], {"a": "b"}), "two labels to each other"),
        (lambda: raw_agreement([[1, 2]], per="word"), "per 'item'"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_named(call: object, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        call()  # type: ignore[operator]
