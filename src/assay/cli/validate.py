"""`assay validate`: benchmarks prove themselves without a model."""

from typing import Any

import click

from assay.cli.options import CONTEXT, formats, option, write_json


@click.command("validate", context_settings=CONTEXT)
@click.argument("tasks", nargs=-1)
@option("--limit", type=int, default=200, show_default=True, help="Samples to check of each task; 0 checks all.")
@option("-T", "--task-option", "task_options", multiple=True, metavar="K=V", help="An option of the task (data=FOLDER).")
@option("--all", "everything", is_flag=True, help="The whole shelf; tasks whose data is not here are named and skipped.")
@formats()
def command(tasks: tuple[str, ...], limit: int, task_options: tuple[str, ...], everything: bool, form: str) -> int:
    """Check that gold answers score 1, wrong answers less, cards are full and ids unique.

    \b
    assay validate builtin
    assay validate my_benchmark.py
    """
    from assay.core.errors import AssayError, DatasetError, UsageError
    from assay.core.registry import entries
    from assay.engine.build import parse_options

    names = list(entries("benchmarks")) if everything else list(tasks)
    if not names:
        raise UsageError("No task was named.", remedy="Name some, or say --all.")
    options = parse_options(task_options, "--task-option")
    found: list[Any] = []
    skipped: dict[str, AssayError] = {}
    for name in names:
        try:
            found.extend(checked(name, limit, options))
        except DatasetError as error:
            if not everything:
                raise
            skipped[name] = error
    show(found, skipped, form)
    return 0 if all(each.sound for each in found) else 1


def checked(name: str, limit: int, options: dict[str, Any]) -> list[Any]:
    """One name's validations."""
    from assay.api import validate

    return validate(name, limit=limit or None, **options)


def show(found: list[Any], skipped: dict[str, Any], form: str) -> None:
    """What was checked and what was found."""
    if form == "json":
        write_json({"version": 1, "validations": found, "skipped": {name: str(error) for name, error in skipped.items()}})
        return
    from assay.report.words import count

    for each in found:
        mark = "sound" if each.sound else count(len(each.findings), "finding")
        click.echo(f"{each.task:<28} {each.checked:>6,} of {count(each.samples, 'sample')} checked   {mark}")
        for finding in each.findings[:10]:
            click.echo(f"    {finding.sample_id + ': ' if finding.sample_id else ''}{finding.what}")
        if len(each.findings) > 10:
            click.echo(f"    and {len(each.findings) - 10} more (--format json shows all)")
    for name, error in skipped.items():
        click.echo(f"{name:<28} skipped: {error}")
