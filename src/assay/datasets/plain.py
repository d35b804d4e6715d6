"""Plain files: the fields of a file nobody wrote a benchmark for, found by what its columns are called."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.core.errors import DatasetError
from assay.core.registry import suggest
from assay.datasets.mapping import Wanted
from assay.datasets.rows import columns_of
from assay.datasets.sources import open_rows
from assay.datasets.tables import Table, table

NAMES: Mapping[str, tuple[str, ...]] = {
    "input": ("input", "question", "prompt", "problem", "query", "instruction", "messages", "问题", "题目"),
    "target": ("target", "answer", "label", "output", "ideal", "expected", "reference", "solution", "gold", "答案"),
    "choices": ("choices", "options", "选项"),
}
OPTIONAL = ("choices",)


def plain_table(
    source: str | Path,
    split: str = "test",
    *,
    input: Wanted | None = None,
    target: Wanted | None = None,
    choices: Any = None,
    **fields: Any,
) -> Table:
    """A table over a file whose unnamed fields are found by the usual column names; choices are shown below an input that is a column (a template shows what it says).

    `choices` and `metadata` may name several columns with commas between, as flags do. `fields` are those of `table`; what was found is in
    the table's own `fields`. Raises DatasetError, with the columns there are, where a field fits no column or several.
    """
    choices = _several(choices)
    if "metadata" in fields:
        named = _several(fields["metadata"])
        fields["metadata"] = (named,) if isinstance(named, str) else named
    given = {"input": input, "target": target, "choices": choices}
    if input is None or target is None or (choices is None and _may_show_choices(input)):
        opening = {key: fields.get(key) for key in ("data", "revision", "loader")}
        rows = open_rows(source, split, **opening)
        try:
            given = inferred(columns_of(rows), given, name=rows.name)
        except DatasetError:
            given = inferred(columns_of(rows, everywhere=True), given, name=rows.name)
        if not _may_show_choices(input):
            given["choices"] = choices
    shown = given["input"]
    if given["choices"] is not None and isinstance(shown, str) and "{" not in shown:
        shown = f"{{{shown}}}\n{{choices}}"
    return table(source, split, input=shown, target=given["target"], choices=given["choices"], **fields)


def _several(wanted: Any) -> Any:
    """`a, b` as two names; one name, a template or a mapping as it is."""
    if not isinstance(wanted, str) or "," not in wanted or "{" in wanted:
        return wanted
    return tuple(each.strip() for each in wanted.split(",") if each.strip())


def _may_show_choices(wanted: Wanted | None) -> bool:
    """Whether an input leaves room for choices: a template that does not show them would turn targets into letters nobody saw."""
    return wanted is None or (isinstance(wanted, str) and ("{" not in wanted or "{choices}" in wanted))


def inferred(columns: tuple[str, ...], given: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """`given` with every None replaced by the one column that is called as its field usually is."""
    by_lower = {column.lower(): column for column in columns}
    found: dict[str, Any] = dict(given)
    for field, wanted in given.items():
        taken = {each for each in found.values() if isinstance(each, str)}
        fitting = [by_lower[each] for each in NAMES[field] if each in by_lower and by_lower[each] not in taken]
        if wanted is not None:
            continue
        if len(fitting) > 1 and field in fitting:
            fitting = [field]
        if len(fitting) > 1:
            raise DatasetError(
                f"{name}: the {field} could be any of the columns {', '.join(fitting)}.", remedy=f"Say which: --{field} {fitting[0]}."
            )
        if not fitting and field not in OPTIONAL:
            raise DatasetError(f"{name}: no column looks like the {field}.", remedy=f"Name it: --{field} COLUMN. {suggest('', columns)}")
        found[field] = fitting[0] if fitting else None
    return found
