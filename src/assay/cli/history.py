"""`assay history`: one task over time."""

from functools import partial
from pathlib import Path

import click

from assay.api.options import DEFAULTS
from assay.cli.options import CONTEXT, formats, option, print_parts, say_unreadable, write_json


@click.command("history", context_settings=CONTEXT)
@click.argument("task")
@option("--model", help="Only runs of this model.")
@option("--metric", help="Only this metric.")
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders are.")
@option("--html", type=click.Path(path_type=Path), help="Write the page to this file.")
@formats()
def command(task: str, model: str | None, metric: str | None, log_dir: str, html: Path | None, form: str) -> int:
    """Show every run of a task in order of time, and what changed from one to the next.

    \b
    assay history gsm8k --model openai/gpt-4o-mini --html gsm8k.html
    """
    from assay.api.exporting import written
    from assay.api.history import history_of
    from assay.report.history import history_page, history_table

    say_unreadable(log_dir)
    found = history_of(task, log_dir=log_dir, model=model, metric=metric)
    if html is not None:
        written(html, history_page(found))
    if form == "json":
        write_json({"version": 1, "histories": found})
        return 0
    from rich.console import Console

    width = Console().width
    print_parts([partial(history_table, each, width) for each in found])
    if html is not None:
        click.echo(f"\npage  {html}")
    return 0
