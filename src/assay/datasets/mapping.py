"""Mapping: how the columns of a row become the fields of a sample. A column's name, a template over columns, or a function of the row."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from assay.core.errors import DatasetError
from assay.core.registry import suggest
from assay.datasets.rows import Row
from assay.datasets.values import Unmappable, text_of

Getter = Callable[[Row], Any]
Wanted = str | Callable[[Row], Any]
"""What a person may write for a field: a column ("question", "answers.text"), a template ("Q: {question}", "{{ question }}"), a function."""

PLACEHOLDER = re.compile(r"\{([^{}\n]{1,200})\}")
LATEX_COMMAND = re.compile(r"\\[A-Za-z]+\*?$|[_^]$")
IDENTIFIER = re.compile(r"[^\W\d]\w*(\.\w+)*")


def is_jinja(text: str) -> bool:
    """Whether a template is written in Jinja rather than with plain {column} places."""
    return "{{" in text or "{%" in text


def is_template(text: str) -> bool:
    """Whether a text is a template at all: a column's name has no braces."""
    return "{" in text


def getter(field: str, wanted: Wanted, columns: tuple[str, ...], name: str) -> Getter:
    """The function that takes the field's value from a row. None and absent values come back as None.

    `field` and `name` (of the table) are for messages. Raises DatasetError for a column that is not there, naming those that are.
    """
    if not isinstance(wanted, str):
        return wanted
    if wanted in columns:
        return lambda row: row.get(wanted)
    if is_jinja(wanted):
        from assay.datasets.jinja_templates import rendering  # Jinja would cost a plain column its start

        return rendering(field, wanted, columns, name)
    if is_template(wanted):
        return _template(field, wanted, columns, name)
    path = _path(wanted, columns)
    if path is None:
        raise no_column(field, wanted, columns, name)
    return lambda row: _walk(row, path)


def no_column(field: str, wanted: str, columns: tuple[str, ...], name: str) -> DatasetError:
    """The error for a column that is not there: near misses first, then all there are."""
    return DatasetError(f"{name} has no column '{wanted}' (asked for as {field}).", remedy=suggest(wanted, columns))


def _path(wanted: str, columns: tuple[str, ...]) -> tuple[str, ...] | None:
    """`a.b` as a way into the objects of the column `a`; None where there is no such column."""
    for column in sorted(columns, key=len, reverse=True):
        if wanted == column:
            return (column,)
        if wanted.startswith(column + "."):
            return (column, *wanted[len(column) + 1 :].split("."))
    return None


def _walk(row: Any, path: tuple[str, ...]) -> Any:
    """Down through objects and (by number) lists; a list of objects gives the list of their fields."""
    value = row
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, list):
            value = [each.get(step) if isinstance(each, dict) else None for each in value]
        else:
            return None
    return value


def _template(field: str, text: str, columns: tuple[str, ...], name: str) -> Getter:
    """Only {column} of a column that exists is a place; every other brace is text, and so is what a LaTeX command embraces (\\boxed{answer})."""
    parts: list[tuple[str, tuple[str, ...] | None]] = []
    unknown: list[str] = []
    at = 0
    for match in PLACEHOLDER.finditer(text):
        path = _path(match[1], columns)
        if LATEX_COMMAND.search(text, 0, match.start()):
            continue
        if path is None:
            unknown += [match[1]] if IDENTIFIER.fullmatch(match[1]) else []
            continue
        parts += [(text[at : match.start()], None), ("", path)]
        at = match.end()
    known = bool(parts)
    parts.append((text[at:], None))
    for place in unknown:
        if not known or "Did you mean" in suggest(place, columns):
            raise no_column(field, place, columns, name)
    if not known:
        raise DatasetError(f"The {field} template of {name} uses none of its columns.", remedy=suggest("", columns))
    return lambda row: "".join([literal if path is None else _filled(row, path) for literal, path in parts])


def _filled(row: Row, path: tuple[str, ...]) -> str:
    text = text_of(row.get(path[0]) if len(path) == 1 else _walk(row, path))
    if text is None:
        column = ".".join(path)
        raise Unmappable(
            f"the column '{column}', which the template uses, has no value here", f"Where it may be empty, write {{{{ {column} or '' }}}}."
        )
    return text


def getters(wanted: "Mapping[str, Wanted] | tuple[str, ...]", columns: tuple[str, ...], name: str) -> dict[str, Getter]:
    """The metadata fields: names of columns, or field -> what to take."""
    pairs = wanted.items() if isinstance(wanted, Mapping) else [(each, each) for each in wanted]
    return {field: getter(f"metadata '{field}'", each, columns, name) for field, each in pairs}
