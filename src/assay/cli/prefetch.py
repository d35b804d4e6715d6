"""`assay prefetch`: bring data into the cache, for work without a network."""

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, write_json


@click.command("prefetch", context_settings=CONTEXT)
@click.argument("tasks", nargs=-1, required=True, shell_complete=complete.tasks)
@option("-T", "--task-option", "task_options", multiple=True, metavar="K=V", help="An option of the task (split=...).")
@formats()
def command(tasks: tuple[str, ...], task_options: tuple[str, ...], form: str) -> int:
    """Bring the data of tasks into the cache; afterwards they run offline."""
    from assay.api import resolve_tasks
    from assay.engine.build import parse_options

    sizes = {task.name: len(task.dataset) for task in resolve_tasks(list(tasks), parse_options(task_options, "--task-option"))}
    if form == "json":
        write_json({"version": 1, "samples": sizes})
        return 0
    for name, size in sizes.items():
        click.echo(f"{name:<28} {size:>8,} {'sample' if size == 1 else 'samples'} here")
    return 0
