"""`assay query`: SQL over what all runs came to."""

from typing import Any

import click

from assay.api.options import DEFAULTS
from assay.cli.options import CONTEXT, formats, option, say_unreadable, write_json

MOST = 200
"""Rows that are shown on a terminal."""


@click.command("query", context_settings=CONTEXT)
@click.argument("sql")
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders are.")
@formats("csv")
def command(sql: str, log_dir: str, form: str) -> int:
    """Ask the runs in SQL (DuckDB): `runs` has a row for each run and metric, `trials` a row for each score of each trial.

    \b
    assay query "select model, max(value) from runs where task = 'gsm8k' group by model"
    assay query "describe runs"
    """
    from assay.store.index import ask

    say_unreadable(log_dir)
    names, rows = ask(log_dir, sql)
    if form == "json":
        write_json({"version": 1, "columns": list(names), "rows": [[plain(each) for each in row] for row in rows]})
    elif form == "csv":
        import csv
        import sys

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([names, *([plain(each) for each in row] for row in rows)])
    else:
        show(names, rows)
    return 0


def plain(value: Any) -> Any:
    """A value as JSON has it: times as ISO texts, NaN and infinity as null."""
    import math
    from datetime import date, datetime

    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return [plain(each) for each in value] if isinstance(value, list | tuple) else str(value)


def show(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """The rows as a table; numbers stand right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for place, name in enumerate(names):
        numeric = any(isinstance(row[place], int | float) and not isinstance(row[place], bool) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows[:MOST]:
        table.add_row(*(text_of(each) for each in row))
    Console(highlight=False, markup=False).print(table)
    if len(rows) > MOST:
        click.echo(f"… and {len(rows) - MOST:,} more rows: --format csv", err=True)


def text_of(value: Any) -> str:
    """A value in a cell."""
    found = plain(value)
    return (
        "—"
        if found is None
        else f"{found:.4g}"
        if isinstance(found, float)
        else ", ".join(map(str, found))
        if isinstance(found, list)
        else str(found)
    )
