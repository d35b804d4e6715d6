"""`assay compare`: paired differences between runs, and the samples on which they part."""

from typing import Any

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, shown_path, wrapped, write_json


@click.command("compare", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete.runs)
@option("--flips", type=int, default=0, help="Read this many samples that were lost or won, of each comparison.")
@option("--html", help="Write the page to this file.")
@formats()
def command(runs: tuple[str, ...], flips: int, html: str | None, form: str) -> int:
    """Compare run folders of one task: the later named minus the earlier, over the samples both have.

    \b
    assay compare runs/gsm8k__openai-a__1a2b3c4d5e runs/gsm8k__openai-b__6f7a8b9c0d
    """
    from assay import report
    from assay.api import compare, load_runs, write_report
    from assay.core.errors import UsageError

    if len(runs) < 2:
        raise UsageError("A comparison needs two runs.", remedy="`assay list runs` shows those there are.")
    found = compare(list(runs))
    results, manifests = load_runs(list(runs))
    page = write_report(results, manifests, html, comparisons=found) if html else None
    if form == "json":
        write_json({"version": 1, "comparisons": found, "settings": report.settings_diff(manifests)})
        if page:
            click.echo(shown_path(page), err=True)
        return 0
    report.print_comparisons(found)
    for row in found:
        for warning in row.warnings:
            click.echo(wrapped("note: ", f"{row.task}: {warning}"), err=True)
        show_flips(row, list(runs), flips)
    if page:
        click.echo(shown_path(page))
    return 0


def show_flips(row: Any, runs: list[str], count: int) -> None:
    """Samples lost, then won."""
    if not count or not (row.won or row.lost):
        return
    from assay import store

    folders = [store.RunFolder.open(each) for each in runs]
    by_model = {folder.manifest.model: folder for folder in folders if folder.manifest.task == row.task}
    found = store.flips(by_model[row.b], by_model[row.a], row.metric, limit=count)
    for title, examples in (("lost", found.lost_examples), ("won", found.won_examples)):
        for flip in examples[:count]:
            click.echo(f"\n{title}: {flip.sample_id}   {row.metric} {flip.before:g} → {flip.after:g}")
            for name, record in ((row.b, flip.a), (row.a, flip.b)):
                text = record.trial.answer.text if record.trial.answer else "—"
                click.echo(f"  {name}: {text[:400]}")
