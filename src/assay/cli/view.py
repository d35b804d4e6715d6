"""`assay view`: look at runs, as a table here or as one HTML page."""

import shlex
from typing import Any

import click

from assay.api.options import DEFAULTS
from assay.cli import complete
from assay.cli.options import CONTEXT, document, formats, option, program, run_folders, shown_path
from assay.core.errors import UsageError


@click.command("view", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, shell_complete=complete.runs, callback=run_folders)
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders are.")
@option("--task", help="Only runs of this task.")
@option("--html", is_flag=True, help="Write the HTML page and say where it is.")
@option("--open", "open_", is_flag=True, help="Write the HTML page and open it in the browser.")
@option("--failures", type=click.IntRange(min=0), default=0, metavar="N", help="Read this many answers that went wrong.")
@option("--sample", "samples", multiple=True, metavar="ID", help="Read every attempt at this sample, whole; may be repeated.")
@formats("markdown", "csv")
def command(runs: tuple[str, ...], log_dir: str, task: str | None, form: str, **how: Any) -> int:
    """Look at runs: run folders, or those of the last command below --log-dir; with --task all of that task.

    \b
    assay view
    assay view runs/gsm8k__openai-gpt-5__1a2b3c4d5e --failures 5
    assay view runs/gsm8k__openai-gpt-5__1a2b3c4d5e --sample q17
    assay view --task gsm8k --open
    """
    from assay import report
    from assay.api import compare_results, load_runs, write_report
    from assay.report.settings import labelled

    if form in ("markdown", "csv") and (how["failures"] or how["samples"]):
        raise UsageError("Trials are read in the table and in JSON.", remedy=f"Leave out --format {form}, or --failures and --sample.")
    places, others = chosen(runs, log_dir, task)
    results, manifests = load_runs(places)
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
        return 0
    results, manifests = labelled(results, manifests)
    if (text := document(results, form)) is not None:
        click.echo(text, nl=False)
    else:
        comparisons = compare_results(results)
        advice = next_of(results, read)
        report.print_results(results, manifests=manifests, comparisons=comparisons, pairs="neighbours", advice=advice)
        show_read(results, read, whole=bool(how["samples"]))
    if others:
        say_others(others, log_dir)
    return 0


def say_others(others: int, log_dir: str) -> None:
    """How many runs there are beside those shown, and how to see them."""
    from assay.report.words import count

    click.echo(f"{count(others, 'more run')} of earlier commands: {program()} list runs{where_of(log_dir)}", err=True)


def where_of(log_dir: str) -> str:
    """The flag that names a folder which is not the usual one."""
    return "" if log_dir == DEFAULTS.log_dir else f" --log-dir {shlex.quote(log_dir)}"


def next_of(results: list[Any], read: dict[str, Any] | None = None) -> tuple[str, ...]:
    """What to type after looking at runs: one of the trials `read` whole, failures to read, or two runs sample by sample."""
    for place, records in (read or {}).items():
        if records:
            return (f"{program()} view {shlex.quote(shown_path(place))} --sample {shlex.quote(records[0].trial.sample_id)}",)
    places = [shlex.quote(shown_path(result.run_dir)) for result in results]
    by_task: dict[str, list[str]] = {}
    for result, place in zip(results, places, strict=True):
        by_task.setdefault(result.task, []).append(place)
    pair = next((own[-2:] for own in by_task.values() if len(own) > 1), None)
    if pair is not None:
        return (f"{program()} compare {' '.join(pair)} --flips 3",)
    return (f"{program()} view {places[-1]} --failures 3",)


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


def chosen(runs: tuple[str, ...], log_dir: str, task: str | None) -> tuple[list[str], int]:
    """The run folders meant, and how many others there are: those named; else those of the last command below the folder, or all of one
    task; of those with one identity the newest."""
    if runs:
        return list(runs), 0
    from assay import store

    there = [run for run in store.list_runs(log_dir) if run.manifest is not None and run.result is not None]
    found: dict[tuple[str, str, str], str] = {}
    for run in there:
        if run.manifest is not None and (task == run.manifest.task or (task is None and of_one_command(run.manifest, there[0].manifest))):
            found.setdefault((run.manifest.task, run.manifest.model, run.manifest.identity), run.path)
    if not found:
        what = f"of the task '{task}' " if task else ""
        raise UsageError(f"There are no runs {what}in {log_dir}.", remedy="Start one: assay run builtin --model tiny/latest")
    return list(reversed(found.values())), 0 if task else len(there) - len(found)


def of_one_command(run: Any, newest: Any) -> bool:
    """Whether two runs were made by one command: typed alike, or, where nothing was typed, in the same minute."""
    typed, latest = run.settings.get("command"), newest.settings.get("command")
    return bool(typed == latest if latest is not None else typed is None and run.created[:16] == newest.created[:16])


def json_of(results: list[Any], read: dict[str, Any]) -> str:
    """The results' document, with the trials that were asked for in it."""
    import json

    from assay.cli.reading import document_of
    from assay.report.document import document

    made = document(results)
    if read:
        made["trials"] = [document_of(result, record) for result in results for record in read[result.run_dir]]
    return json.dumps(made, ensure_ascii=False, indent=2, allow_nan=False)
