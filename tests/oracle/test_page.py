"""The figures on the page of methods are those of the committed results."""

import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "methods" / "index.md").read_text(encoding="utf-8")
ROWS: list[dict[str, Any]] = json.loads((HERE / "coverage.json").read_text(encoding="utf-8"))["designs"]
PAIRS = len(json.loads((HERE / "text_metrics.json").read_text(encoding="utf-8"))["pairs"])

# What a row of the page is about: the method, how its designs begin, and a word that tells them from their neighbours.
KINDS: dict[str, tuple[str, str, str, str]] = {
    "Rates: Wilson or Clopper-Pearson": ("auto", "rate", "", "in|with"),
    "Rates in clusters": ("auto", "rate", "p = 0.7", "with"),
    "Rare events in clusters": ("auto", "rate", "clusters, p = 0.0", "with"),
    "Rates with repeated trials": ("auto", "rate", "trials", " in "),
    "Means: t": ("t", "mean", "beta", " in "),
    "Means in clusters: t": ("t", "mean", "normal", "beta"),
    "Skewed means: t": ("t", "mean", "gamma", " in "),
    "Skewed means: BCa": ("bca", "mean", "gamma", "beta"),
    "Paired difference: t": ("t", "paired", "", "0.3"),
    "Paired difference in clusters: t": ("t", "paired", "clusters", "0/1"),
    "McNemar, exact": ("mcnemar", "two", "", "clusters"),
    "Sign-flip permutation": ("sign-flip", "two", "", "McNemar"),
    "No worse by a margin": ("non-inferiority", "at the margin", "", "McNemar"),
    "Equal within a margin": ("equivalence", "at the margin", "", "McNemar"),
    "Benjamini-Hochberg": ("benjamini-hochberg", "false", "", "McNemar"),
    "Unpaired difference": ("unpaired", "two", "", "McNemar"),
    "Samples as planned": ("t", "planned", "", "McNemar"),
    "Variance split": ("jackknife", "", "", "McNemar"),
}

MEASURES = {"interval coverage": "held in", "test size": "rejected in", "test power": "found in"}


def of(kind: str, measure: str) -> list[dict[str, Any]]:
    method, begins, has, lacks = KINDS[kind]
    return [
        row
        for row in ROWS
        if row["method"] == method and row["design"].startswith(begins) and row["measure"] == measure
        if has in row["design"] and not any(each in row["design"] for each in lacks.split("|"))
    ]


def shown(kind: str) -> str:
    """The last cells of a row: how many designs, and what came out."""
    cells, count = [], 0
    for measure, word in MEASURES.items():
        shares = [100 * row["coverage"] for row in of(kind, measure)]
        count += len(shares)
        if shares:
            low, high = f"{min(shares):.1f}", f"{max(shares):.1f}"
            cells.append(f"{word} {low} %" if low == high else f"{word} {low} to {high} %")
    return f"{count} | {', '.join(cells)} |"


@pytest.mark.parametrize("kind", KINDS)
def test_row_says_what_came_out(kind: str) -> None:
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {kind} |")]
    assert line.endswith(f"| {shown(kind)}"), f"the row should end in: {shown(kind)}"


def test_every_design_is_in_one_row() -> None:
    counted = [id(row) for kind in KINDS for measure in MEASURES for row in of(kind, measure)]
    alone = [row for row in ROWS if row["method"] in ("wilson", "clopper-pearson")]
    assert len(counted) == len(set(counted)) == len(ROWS) - len(alone), "a design is in no row or in two"


def test_the_number_of_pairs() -> None:
    assert PAGE.count(f" {PAIRS} pairs") == 3
