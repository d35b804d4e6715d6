"""`assay view`: look at runs, as a table here or as one HTML page."""

from typing import Any

import click

from assay.api.options import DEFAULTS
from assay.cli import complete
from assay.cli.options import CONTEXT, document, formats, option, shown_path
from assay.core.errors import UsageError


@click.command("view", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, shell_complete=complete.runs)
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders are.")
@option("--task", help="Only runs of this task.")
@option("--html", is_flag=True, help="Write the HTML page and say where it is.")
@option("--open", "open_", is_flag=True, help="Write the HTML page and open it in the browser.")
@option("--failures", type=click.IntRange(min=0), default=0, metavar="N", help="Read this many answers that went wrong.")
@option("--sample", "samples", multiple=True, metavar="ID", help="Read every attempt at this sample, whole; may be repeated.")
@formats("markdown", "csv")
def command(runs: tuple[str, ...], log_dir: str, task: str | None, form: str, **how: Any) -> int:
    """Look at runs: run folders, or all below --log-dir, newest first.

    \b
    assay view
    assay view runs/gsm8k__openai-gpt-5__1a2b3c4d5e --failures 5
    assay view runs/gsm8k__openai-gpt-5__1a2b3c4d5e --sample q17
    assay view --task gsm8k --open
    """
    from assay import report
    from assay.api import compare_results, load_runs, write_report

    if form in ("markdown", "csv") and (how["failures"] or how["samples"]):
        raise UsageError("Trials are read in the table and in JSON.", remedy=f"Leave out --format {form}, or --failures and --sample.")
    results, manifests = load_runs(chosen(runs, log_dir, task))
    if how["html"] or how["open_"]:
        path = write_report(results, manifests)
        click.echo(shown_path(path), err=form != "table")
        if how["open_"]:
            click.launch(path)
        if form == "table":
            return 0
    read = trials_to_read(results, how["failures"], how["samples"])
    if form == "json":
        click.echo(json_of(results, read))
    elif (text := document(results, form)) is not None:
        click.echo(text, nl=False)
    else:
        report.print_results(results, manifests=manifests, comparisons=compare_results(results))
        show_read(results, read, whole=bool(how["samples"]))
    return 0


def trials_to_read(results: list[Any], failures: int, samples: tuple[str, ...]) -> dict[str, Any]:
    """Run folder -> the trials that were asked for; empty where none were."""
    if not failures and not samples:
        return {}
    from assay import store
    from assay.cli.reading import check_samples, chosen_trials

    folders = {result.run_dir: store.RunFolder.open(result.run_dir) for result in results}
    check_samples(list(folders.values()), samples)
    return {place: chosen_trials(folder, failures, samples) for place, folder in folders.items()}


def show_read(results: list[Any], read: dict[str, Any], *, whole: bool) -> None:
    """The trials that were asked for, run by run; a run without the sample says nothing."""
    from assay import store
    from assay.cli.reading import show_trials

    for result in results if read else ():
        if read[result.run_dir] or not whole:
            show_trials(store.RunFolder.open(result.run_dir), read[result.run_dir], whole=whole)


def chosen(runs: tuple[str, ...], log_dir: str, task: str | None) -> list[str]:
    """The run folders meant: those named, else all with a result below the folder; of one task and model the newest."""
    if runs:
        return list(runs)
    from assay import store

    found: dict[tuple[str, str], str] = {}
    for run in store.list_runs(log_dir):
        if run.manifest is not None and run.result is not None and task in (None, run.manifest.task):
            found.setdefault((run.manifest.task, run.manifest.model), run.path)
    if not found:
        what = f"of the task '{task}' " if task else ""
        raise UsageError(f"There are no runs {what}in {log_dir}.", remedy="Start one: assay run builtin --model tiny/latest")
    return list(reversed(found.values()))


def json_of(results: list[Any], read: dict[str, Any]) -> str:
    """The results' document, with the trials that were asked for in it."""
    import json

    from assay.cli.reading import document_of
    from assay.report.document import document

    made = document(results)
    if read:
        made["trials"] = [document_of(result, record) for result in results for record in read[result.run_dir]]
    return json.dumps(made, ensure_ascii=False, indent=2, allow_nan=False)
