"""Conditions: the rows for which an expression over their columns holds."""

import pytest

from assay import datasets
from assay.core.errors import DatasetError

ROWS = [{"q": f"{n}?", "level": "hard" if n % 3 else "easy", "year": 2000 + n, "Odd Name": n} for n in range(6)] + [
    {"q": "6?", "level": "hard", "tags": ["a", "b"]}
]


def table(**fields):
    return datasets.from_rows(ROWS, input="q", **fields)


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ('level == "hard" and year and year > 2001', [3, 5, 6]),
        ("level == 'easy' or not year", [1, 4, 7]),
        ("tags and 'a' in tags", [7]),
        ("row['Odd Name'] in (1, 2)", [2, 3]),
        ("q is matching", None),
        ("true", [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_the_rows_that_fulfil_it_keep_their_ids(condition, ids):
    if ids is None:
        with pytest.raises(DatasetError, match="is no expression: No test named 'matching'"):
            datasets.where(table(), condition)
        return
    found = datasets.where(table(), condition)
    assert [each.id for each in found.samples()] == [f"row-{n}" for n in ids] and len(found) == len(ids)


def test_it_is_part_of_the_identity_where_it_leaves_something_out():
    assert datasets.where(table(), "true").fingerprint == table().fingerprint
    assert len({datasets.where(table(), each).fingerprint for each in ("true", "year > 2003 if year", "year > 2004 if year")}) == 3


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("levl == 'hard'", ("Row 1", "'levl' is undefined", "Did you mean level?")),
        ("level == ", ("is no expression", "as in Python")),
        ("year > 2000", ("Row 7", "TypeError")),
        ("level == 'medium'", ("holds for none of 7 rows", "q, level, year, Odd Name, tags")),
        ("q.__class__", ("Row 1", "SecurityError")),
        ("'x' * 10**9", ("Row 1", "10,000,000 characters")),
    ],
)
def test_what_is_wrong_is_said(condition, words):
    with pytest.raises(DatasetError) as caught:
        datasets.where(table(), condition)
    assert all(word in str(caught.value) for word in words), str(caught.value)
