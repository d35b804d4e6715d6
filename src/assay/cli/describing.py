"""The facts of `assay info` for a person: a column of names, texts beside them, tables where there are several of a kind."""

from typing import Any

import click

from assay.cli.describe import say
from assay.cli.options import shown_path

WIDTH = 12
HIDDEN = ("fingerprints", "identity", "id", "card")
"""What tells a run from others and nothing to a person; it stands in the JSON document."""


def show(facts: dict[str, Any]) -> None:
    """Each thing the name means, one below the other."""
    if "run" in facts:
        show_run(facts)
    if "task" in facts:
        show_task(facts)
    if "model" in facts:
        show_fields({key: facts[key] for key in ("model", "missing", "identity", "capabilities") if key in facts})
    for kind in ("scorer", "generator", "provider"):
        if kind in facts:
            click.echo(f"{kind} {facts[kind]['name']}")
            show_fields({key: value for key, value in facts[kind].items() if key != "name"}, 2)


def show_run(facts: dict[str, Any]) -> None:
    """The result as the screens show it, then what was asked."""
    import msgspec

    from assay import report, store

    folder = store.RunFolder.open(facts["run"])
    result, manifest = folder.result(), folder.manifest
    if result is None:
        click.echo(f"{manifest.task} on {manifest.model}: no result yet. Repeat its command: it goes on where it stopped.")
    else:
        click.echo(f"{result.task} on {result.model}: {result.status}, {result.scored:,} of {result.planned:,} trials scored\n")
        report.print_results([result], manifests=[manifest], advice=(f"assay view {shown_path(folder.path)} --failures 3",))
    click.echo()
    plain = {key: value for key, value in msgspec.to_builtins(manifest).items() if key not in HIDDEN}
    show_fields({"run": shown_path(folder.path), **plain})


def show_task(facts: dict[str, Any]) -> None:
    """A task, or the tasks of a suite in one table, and the card."""
    import msgspec

    tasks = facts["tasks"]
    if len(tasks) > 1:
        click.echo(f"{facts['task']}: {len(tasks)} tasks, each may be run by its own name")
    width = max(map(len, tasks))
    for name, own in tasks.items():
        here = isinstance(own["samples"], int)
        size = f"{own['samples']:>7,} samples" if here else "data not here"
        trials = f", {own['trials']} trials" if own["trials"] > 1 else ""
        click.echo(f"{name:<{width}}  {size}  {', '.join(own['scorers'])}{trials}")
    if not all(isinstance(own["samples"], int) for own in tasks.values()):
        click.echo(f"Bring the data: assay prefetch {facts['task']}, or give a local copy: -T data=PATH.")
    if facts["card"] is not None:
        plain = msgspec.to_builtins(facts["card"])
        if len(tasks) > 1:
            plain = {key: value for key, value in plain.items() if key in ("source", "revision", "licence", "version", "known_issues")}
        click.echo()
        show_fields(plain)


def show_fields(fields: dict[str, Any], indent: int = 0) -> None:
    """A name and its value a line; mappings below their name, sequences with commas, a list of sentences one a line."""
    width = max([WIDTH, *(len(key) for key in fields)]) if len(fields) else WIDTH
    for key, value in fields.items():
        if isinstance(value, dict) and value:
            click.echo(f"{' ' * indent}{key}")
            show_fields(value, indent + 2)
        elif isinstance(value, list | tuple | dict):
            items = [str(each) for each in value]
            say(key, ("\n" if any(" " in each for each in items) else ", ").join(items) or "—", width, indent)
        elif value is not None and value != "":
            say(key, plain_text(value) if key == "about" else str(value), width, indent)


def plain_text(text: str) -> str:
    """A docstring's paragraphs, each on one line, without Markdown."""
    import re

    return "\n".join(" ".join(part.split()) for part in re.sub(r"\*\*|``?", "", text).split("\n\n"))
