"""Templates and columns, read as lm-eval reads them, but inside Jinja's sandbox."""

import ast
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jinja2
import jinja2.sandbox

from assay.core.errors import DatasetError, UsageError
from assay.scorers.unwarned import unwarned

Doc = Mapping[str, Any]


class Sandbox(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """lm-eval's settings: what is not there is an error, a line feed at the end stays, and one filter more."""

    def __init__(self) -> None:
        super().__init__(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
        self.filters["regex_replace"] = lambda string, pattern, repl, count=0: re.sub(pattern, repl, string, count=count)


_sandbox = Sandbox()


@lru_cache(maxsize=4096)
def compiled(text: str) -> jinja2.Template:
    """A template, parsed once."""
    with unwarned():
        return _sandbox.from_string(text)


def rendered(text: str, doc: Doc, key: str) -> str:
    """A template filled from a row. Raises UsageError for one that is none, DatasetError for a row that lacks what it names."""
    try:
        template = compiled(text)
    except jinja2.TemplateSyntaxError as error:
        raise UsageError(f"{key} is not valid Jinja: {error.message} (its line {error.lineno}): {text[:200]!r}.") from error
    try:
        return template.render(**doc)
    except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, re.error) as error:
        raise DatasetError(
            f"{key} cannot be filled from a row: {error}.", remedy=f"The row's columns are: {', '.join(map(str, doc))}."
        ) from error


def literal(text: str, key: str) -> Any:
    """A value of Python written as text: `['a', 'b']`."""
    try:
        with unwarned():
            return ast.literal_eval(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise DatasetError(f"{key} gives what is no list in Python's writing: {text[:200]!r}.") from error


class Reading:
    """What a task takes of its rows. `columns` are those of the split that is asked: a text that names one is that column."""

    def __init__(self, columns: frozenset[str], *, has_choices: bool) -> None:
        self.columns = columns
        self.has_choices = has_choices

    def text(self, field: Any, doc: Doc) -> Any:
        """The question: a text, or for contexts that differ by choice the number of the right one."""
        if isinstance(field, bool) or not isinstance(field, str | int):
            raise UsageError(f"doc_to_text must be a column, a template or a number, not {field!r}.")
        if isinstance(field, int):
            return field
        if field in self.columns:
            return doc[field]
        found = rendered(field, doc, "doc_to_text")
        return literal(found, "doc_to_text") if found.isdigit() and self.has_choices else found

    def target(self, field: Any, doc: Doc) -> Any:
        """The expected answer: a text, the number of a choice, or a list of either."""
        if isinstance(field, int | list):
            return field
        if not isinstance(field, str):
            raise UsageError(f"doc_to_target must be a column, a template, a number or a list, not {field!r}.")
        if field in self.columns:
            return doc[field]
        found = rendered(field, doc, "doc_to_target")
        if found.isdigit() and self.has_choices:
            return literal(found, "doc_to_target")
        if len(found) >= 2 and found[0] == "[" and found[-1] == "]":
            try:
                with unwarned():
                    return ast.literal_eval(found)
            except (SyntaxError, ValueError):
                return found
        return found

    def choices(self, field: Any, doc: Doc) -> list[str]:
        """The choices, in their order."""
        found: Any
        if isinstance(field, str):
            found = doc[field] if field in self.columns else literal(rendered(field, doc, "doc_to_choice"), "doc_to_choice")
        else:
            found = field
        if not isinstance(found, list | tuple) or not found or not all(isinstance(each, str) for each in found):
            raise DatasetError(f"doc_to_choice must give a list of texts, not {str(found)[:200]!r}.")
        return list(found)

    def either(self, field: str | None, doc: Doc, key: str) -> str | None:
        """A column or a template; None where nothing is wanted. The column may be one of this row alone (an example's)."""
        if not field:
            return None
        return doc[field] if field in doc else rendered(field, doc, key)
