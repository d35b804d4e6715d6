"""`assay validate`: benchmarks prove themselves without a model."""

from typing import Any

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, write_json


@click.command("validate", context_settings=CONTEXT)
@click.argument("tasks", nargs=-1, shell_complete=complete.tasks)
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
    found: dict[str, Any] = {}
    skipped: dict[str, AssayError] = {}
    for name in names:
        try:
            if not everything or not part_of_another(name, found):
                found.update({each.task: each for each in checked(name, limit, options)})
        except DatasetError as error:
            if not everything:
                raise
            skipped[name] = error
    show(list(found.values()), skipped, form)
    return 0 if all(each.sound for each in found.values()) else 1


def part_of_another(name: str, found: dict[str, Any]) -> bool:
    """Whether all tasks of a benchmark were checked already, as parts of a suite."""
    from assay.engine.build import build_tasks, suites_of

    return bool(suites_of(name)) and all(task.name in found for task in build_tasks(name))


def checked(name: str, limit: int, options: dict[str, Any]) -> list[Any]:
    """One name's validations."""
    from assay.api import validate

    return validate(name, limit=limit or None, **options)


def show(found: list[Any], skipped: dict[str, Any], form: str) -> None:
    """What was checked and what was found."""
    if form == "json":
        write_json({"version": 1, "validations": found, "skipped": {name: str(error) for name, error in skipped.items()}})
        return
    from assay.core.errors import DatasetAbsent
    from assay.report.words import count

    for each in found:
        mark = "sound" if each.sound else count(len(each.findings), "finding")
        click.echo(f"{each.task:<28} {each.checked:>6,} of {count(each.samples, 'sample')} checked   {mark}")
        for finding in each.findings[:10]:
            click.echo(f"    {finding.sample_id + ': ' if finding.sample_id else ''}{finding.what}")
        if len(each.findings) > 10:
            click.echo(f"    and {len(each.findings) - 10} more (--format json shows all)")
    for name, error in skipped.items():
        why = "its data is not here" if isinstance(error, DatasetAbsent) else error.message
        click.echo(f"{name:<28} not checked: {why}")
    if len(found) + len(skipped) > 1:
        sound = sum(each.sound for each in found)
        parts = [f"{sound} sound", f"{len(found) - sound} with findings" if sound < len(found) else ""]
        absent = sum(isinstance(error, DatasetAbsent) for error in skipped.values())
        parts.append(f"{absent} not checked, no data here (assay prefetch NAME brings it)" if absent else "")
        parts.append(f"{len(skipped) - absent} not checked, with data that cannot be read" if absent < len(skipped) else "")
        click.echo("\n" + " · ".join(filter(None, parts)))
