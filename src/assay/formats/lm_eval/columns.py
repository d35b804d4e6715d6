"""Rows as the `datasets` package would hand them to lm-eval: one kind a column, numbers of CSV as numbers, what is missing as None."""

import re
from collections.abc import Mapping
from typing import Any

Kind = Any
"""What is known of a column: None (nothing yet), "bool", "int", "float", "str", "mixed", a list with the kind of its items, or a mapping."""

MISSING = frozenset(
    [
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    ]
)
"""Cells that pandas, with which `datasets` reads CSV, takes for nothing."""
INTEGER = re.compile(r"\s*[+-]?\d+\s*")
FLOAT = re.compile(r"\s*[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf|infinity)\s*", re.IGNORECASE)
TRUTHS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
_PLAIN: Mapping[type, str] = {bool: "bool", int: "int", float: "float", str: "str"}


def kind_of(value: Any) -> Kind:
    """The kind of one value."""
    if isinstance(value, dict):
        return {key: kind_of(each) for key, each in value.items()}
    if isinstance(value, list):
        found: Kind = None
        for each in value:
            found = merged(found, kind_of(each))
        return [found]
    return None if value is None else _PLAIN.get(type(value), "mixed")


def merged(one: Kind, other: Kind) -> Kind:
    """The kind that holds values of both."""
    if one is None or one == other:
        return other
    if other is None:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: merged(one.get(key), other.get(key)) for key in (*one, *(key for key in other if key not in one))}
    if isinstance(one, list) and isinstance(other, list):
        return [merged(one[0], other[0])]
    return "float" if {str(one), str(other)} == {"int", "float"} else "mixed"


def conformed(value: Any, kind: Kind) -> Any:
    """A value as a column of this kind holds it: whole numbers among fractions become fractions, missing fields None."""
    if kind == "float" and type(value) is int:
        return float(value)
    if isinstance(kind, dict) and isinstance(value, dict):
        return {key: conformed(value.get(key), each) for key, each in kind.items()}
    if isinstance(kind, list) and isinstance(value, list):
        return [conformed(each, kind[0]) for each in value]
    return value


class Cells:
    """The kinds of a CSV's columns, learnt cell by cell."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.holes: set[str] = set()

    def see(self, row: Mapping[str, Any]) -> None:
        """Learn from one row of texts."""
        for column, cell in row.items():
            known = self.kinds.get(column)
            if cell in MISSING:
                self.holes.add(column)
                self.kinds.setdefault(column, None)
            elif known != "str":
                self.kinds[column] = _joined(known, _cell_kind(cell))

    def typed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row with its cells as what their columns are."""
        return {column: self._value(column, cell) for column, cell in row.items()}

    def _value(self, column: str, cell: str) -> Any:
        kind = self.kinds.get(column)
        if cell in MISSING:
            return None
        if kind == "int":
            # A whole column of numbers with a hole is one of fractions, as a hole is no whole number.
            return float(cell) if column in self.holes else int(cell)
        if kind == "float":
            return float(cell)
        return TRUTHS[cell] if kind == "bool" and column not in self.holes else cell


def _cell_kind(cell: str) -> str:
    if cell in TRUTHS:
        return "bool"
    if INTEGER.fullmatch(cell) and abs(int(cell)) < 2**63:
        return "int"
    return "float" if FLOAT.fullmatch(cell) else "str"


def _joined(one: Kind, other: str) -> Kind:
    if one is None or one == other:
        return other
    return "float" if {one, other} == {"int", "float"} else "str"
