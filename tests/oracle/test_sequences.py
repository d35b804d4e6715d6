"""The committed study of looking while it runs: within its bounds, still made by this code, and what the pages say of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.statistics.peeking import Design, designs, peeks, savings

HERE = Path(__file__).parent
COMMITTED: dict[str, Any] = json.loads((HERE / "sequences.json").read_text(encoding="utf-8"))
ROWS: dict[str, dict[str, Any]] = {row["design"]: row for row in COMMITTED["designs"]}
DOCS = HERE.parents[1] / "docs"


def test_every_design_is_there_and_misses_in_at_most_five_of_a_hundred_over_all_looks() -> None:
    assert set(ROWS) == {each.name for each in designs()}
    assert all(row["repetitions"] == 10_000 and row["missed"] <= 0.05 for row in ROWS.values())


def test_fifty_peeks() -> None:
    (row,) = COMMITTED["50 peeks, no difference"]
    assert row["runs"] == 1_500 and row["sequence"] <= 0.05 and 0.28 <= row["naive"] <= 0.36
    assert [20, *(sum(each) for each in zip(*(peeks(seed) for seed in range(20)), strict=True))] == row["first"]


@pytest.mark.parametrize("design", designs(), ids=lambda each: each.name)
def test_the_first_repetitions_come_out_as_before(design: Design) -> None:
    repetitions, missed = ROWS[design.name]["first"]
    fewer = repetitions if "10,000" not in design.name else 20
    again = sum(design.missed(seed) for seed in range(fewer))
    assert again == missed if fewer == repetitions else again <= missed


def test_what_a_rule_saves_is_as_before() -> None:
    row = COMMITTED["samples until decided"][0]
    assert savings(row["difference"], row["agree"], 200) == row


def test_the_page_says_what_came_out() -> None:
    page = (DOCS / "methods" / "sequences.md").read_text(encoding="utf-8")
    (row,) = COMMITTED["50 peeks, no difference"]
    assert f"{row['sequence']:.1%}".replace("%", " %") in page and f"{row['naive']:.0%}".replace("%", " %") in page
    assert f"{max(each['missed'] for each in ROWS.values()):.1%}".replace("%", " %") in page
    ratios = [each["width ratio"] for each in ROWS.values() if "width ratio" in each]
    assert f"{min(ratios):.1f} to {max(ratios):.1f} times" in page
    for each in COMMITTED["samples until decided"]:
        told = f"| {each['difference']:.0%} | {1 - each['agree']:.0%} | {each['fixed for 80 %']:,} | {each['median']:,} | {each['ninth decile']:,} |"
        assert told.replace("%", " %") in page, told
