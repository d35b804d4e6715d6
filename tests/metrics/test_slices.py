"""Slices by metadata: what is a dimension, what is shown, what is counted."""

from assay import metrics


def build() -> tuple[metrics.Slices, metrics.Column]:
    slices, made = metrics.Slices(), metrics.Column("exact")
    for index in range(300):
        skills = ["reasoning/logic"] if index % 2 else ["reasoning/logic", "language/grammar"]
        slices.add(
            index,
            {
                "subject": ["algebra", "history", "law"][index % 3],
                "level": index % 5,
                "uid": f"item-{index}",
                "weight": index / 7,
                "same": "x",
                "text": "long " * 40,
                "nothing": None,
                "nested": {"a": 1},
                "skills": skills,
                "rare": "a" if index < 3 else "b",
                "hard": index % 3 == 0,
            },
        )
        made.add(index, None, float(index % 3 == 0))
    return slices, made


def test_what_becomes_a_dimension() -> None:
    slices, made = build()
    assert set(slices.estimates({"exact": made}, 1)) == {"subject", "level", "skills", "rare", "hard"}


def test_values_counts_and_coverage() -> None:
    slices, made = build()
    found = slices.estimates({"exact": made}, 2)
    assert found["subject"]["algebra"]["exact"].value == 1.0
    assert found["subject"]["law"]["exact"].value == 0.0
    assert found["subject"]["law"]["exact"].n == 100
    assert found["subject"]["law"]["exact"].coverage == 0.5
    assert list(found["level"]) == ["0", "1", "2", "3", "4"]
    assert set(found["hard"]) == {"True", "False"}


def test_several_values_of_a_sample_count_in_each() -> None:
    slices, made = build()
    found = slices.estimates({"exact": made}, 1)["skills"]
    assert (found["reasoning/logic"]["exact"].n, found["language/grammar"]["exact"].n) == (300, 150)


def test_small_values_are_left_out() -> None:
    slices, made = build()
    assert set(slices.estimates({"exact": made}, 1)["rare"]) == {"b"}
    assert set(slices.estimates({"exact": made}, 1, least=3)["rare"]) == {"a", "b"}


def test_more_values_than_kept_stand_together_as_other() -> None:
    slices, made = metrics.Slices(most=2), metrics.Column("x")
    for index in range(40):
        slices.add(index, {"source": f"s{index % 4}"})
        made.add(index, None, 1.0)
    found = slices.estimates({"x": made}, 1)["source"]
    assert {value: each["x"].n for value, each in found.items()} == {"s0": 10, "s1": 10, "other": 20}


def test_a_slice_without_a_score_says_so() -> None:
    slices = metrics.Slices()
    for index in range(20):
        slices.add(index, {"half": index % 2})
    made = metrics.Column("x")
    made.add(0, None, 1.0)
    found = slices.estimates({"x": made}, 1)["half"]
    assert found["0"]["x"].n == 1
    assert not found["1"]["x"].measurable and found["1"]["x"].reason
