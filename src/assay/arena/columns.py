"""Which columns of a file hold what: our own names, and those of the arenas people download."""

from collections.abc import Mapping, Sequence

import msgspec

from assay.core.errors import DatasetError
from assay.core.registry import suggest

A, B, OUTCOME = ("a", "model_a"), ("b", "model_b"), ("outcome", "winner")
SAMPLE = ("sample_id", "question_id", "prompt_id")
VOTER = ("voter", "judge", "annotator", "judge_hash", "user_id")
KIND = ("voter_kind",)

WORDS = {
    "a": 0, "model_a": 0,
    "b": 1, "model_b": 1,
    "tie": 2, "both_good": 2, "tie (bothgood)": 2,
    "both_bad": 3, "bothbad": 3, "tie (bothbad)": 3,
}  # fmt: skip
"""Outcomes as files spell them, and their codes."""

MISSING = ("", "nan", "null", "none", "n/a")
"""What stands in a cell for nothing."""

METADATA = {
    "tokens": ("sum_assistant_{}_tokens",),
    "headers": ("header_count_{}",),
    "lists": ("list_count_{}",),
    "bold": ("bold_count_{}",),
}
"""Style counts inside the `conv_metadata` of the arenas' files, by side."""

NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """The columns to read: `a`, `b`, `outcome`, and where there are any `sample`, `voter`, `kind` and the style counts, name -> (SQL of a, SQL of b)."""

    a: str
    b: str
    outcome: str
    sample: str | None = None
    voter: str | None = None
    kind: str | None = None
    style: Mapping[str, tuple[str, str]] = {}


def columns_of(found: Mapping[str, str], place: str, outcome: str | None = None, *, text: bool = False) -> Columns:
    """The columns among those `found` (name -> type). `outcome` names the column of outcomes; `text`: all are texts, so any pair may be counts.

    Raises DatasetError naming what is missing and what there is.
    """
    names = {
        "a": _first(found, A),
        "b": _first(found, B),
        "outcome": outcome if outcome in found else None if outcome else _first(found, OUTCOME),
    }
    if outcome and names["outcome"] is None:
        raise DatasetError(f"{place} has no column '{outcome}'.", remedy=suggest(outcome, list(found)))
    missing = [name for name, column in names.items() if column is None]
    if missing:
        raise DatasetError(
            f"{place} has no column {' and no column '.join(repr(each) for each in missing)}; it has: {', '.join(found) or 'none'}.",
            remedy="A battle needs a, b and outcome (or model_a, model_b and winner); --outcome names another column of outcomes.",
        )
    kind, voter = _first(found, KIND), _first(found, VOTER)
    taken = {*names.values(), kind, voter, _first(found, SAMPLE)}
    return Columns(
        a=str(names["a"]),
        b=str(names["b"]),
        outcome=str(names["outcome"]),
        sample=_first(found, SAMPLE),
        voter=voter,
        kind=kind,
        style={**_pairs(found, {str(each) for each in taken}, text=text), **_of_metadata(found)},
    )


def _first(found: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    return next((each for each in wanted if each in found), None)


def _pairs(found: Mapping[str, str], taken: set[str], *, text: bool) -> dict[str, tuple[str, str]]:
    """Columns NAME_a and NAME_b of numbers."""
    pairs = {}
    for column, kind in found.items():
        stem = column.removesuffix("_a")
        other = f"{stem}_b"
        if stem == column or column in taken or other not in found:
            continue
        if text or all(each.startswith(NUMBERS) for each in (kind, found[other])):
            pairs[stem] = (_number(quote(column)), _number(quote(other)))
    return pairs


def _of_metadata(found: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The counts of `conv_metadata`: plain numbers, or a number for each kind of header or list, which are summed."""
    kind = found.get("conv_metadata", "")
    sides = {}
    for name, (field,) in METADATA.items():
        if all(field.format(side) in kind for side in "ab"):
            sides[name] = tuple(_summed(f"to_json(conv_metadata)->'$.{field.format(side)}'") for side in "ab")
    return {name: (a, b) for name, (a, b) in sides.items()}


def _summed(json: str) -> str:
    """A number, or the sum of an object's numbers."""
    return (
        f"CASE json_type({json}) WHEN 'OBJECT' THEN list_sum(TRY_CAST(json_extract({json}, '$.*') AS DOUBLE[]))"
        f" ELSE TRY_CAST({json} AS DOUBLE) END"
    )


def _number(column: str) -> str:
    return f"TRY_CAST({column} AS DOUBLE)"


def quote(name: str) -> str:
    """A column's name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'
