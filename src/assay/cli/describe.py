"""What a part is, in one whole plain sentence, found without running it where that is possible."""

import os
import re
import sys
from shutil import get_terminal_size
from typing import Any

import click

from assay.core.errors import MissingPackage

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`\"])")
LEAST_TEXT = 24


def about(kind: str, name: str, point: Any) -> str:
    """One sentence on a registered part: a provider with its key's state, a scorer by its own docstring, others from their source."""
    from assay.models.catalogue import PROVIDERS

    if kind == "models" and name in PROVIDERS:
        return provider_line(name)
    if kind == "scorers":
        return sentence(docstring(point))
    return sentence(source_text(point.value))


def provider_line(name: str) -> str:
    """What a provider is, where it is asked, and whether its key is set; never the key."""
    from assay.models.catalogue import PROVIDERS, key_state, place_of

    place, key = place_of(name), key_state(name)
    variable = f"{name.upper().replace('-', '_')}_BASE_URL"
    where = f", at {re.sub(r'^https?://', '', place)}" if place else f", where -M base_url=... or {variable} says"
    needs = f"{key.variable} is {'set' if key.is_set else 'not set'}" if key.needed else "no key needed"
    return f"{PROVIDERS[name].title}{where}; {needs}."


def docstring(point: Any) -> str:
    """The docstring of the object behind an entry point; of one that needs a package that is not here, from its source."""
    import inspect

    try:
        return inspect.getdoc(point.load()) or ""
    except (ImportError, MissingPackage):
        return source_text(point.value)


def sentence(text: str) -> str:
    """The first sentence of a docstring, on one line, without Markdown."""
    first = " ".join(text.partition("\n\n")[0].split())
    return re.sub(r"\*\*|``?", "", SENTENCE.split(first)[0])


def source_text(target: str) -> str:
    """The docstring of `module:name` (what stands below a constant counts as its own), else of the module, read without running it."""
    import ast
    from importlib.util import find_spec
    from pathlib import Path

    module, _, name = target.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and node.name == name:
            own = ast.get_docstring(node)
        elif isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets):
            value = after.value if isinstance(after, ast.Expr) else None
            own = value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
        else:
            continue
        if own:
            return own
    return ast.get_docstring(tree) or ""


def screen_width() -> int:
    """Columns to write in: those of the screen, within reason; in a pipe nothing is wrapped, so that a line is a thing to search for."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return 10_000
    return max(60, min(get_terminal_size().columns, 160))


def say(name: str, text: str, width: int, indent: int = 0) -> None:
    """A name in a column of `width` and its text beside it, wrapped between words."""
    import textwrap

    head = f"{' ' * indent}{name:<{width}}  "
    room = max(LEAST_TEXT, screen_width() - len(head))
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, room, break_long_words=False, break_on_hyphens=False)]
    for index, line in enumerate(lines or [""]):
        click.echo(f"{head if index == 0 else ' ' * len(head)}{line}".rstrip())
