"""`assay view`: look at runs, as a table here or as one HTML page."""

from typing import Any

import click

from assay.cli.options import CONTEXT, formats, option, shown_path
from assay.core.errors import UsageError


@click.command("view", context_settings=CONTEXT)
@click.argument("runs", nargs=-1)
@option("--log-dir", default="runs", show_default=True, help="Where run folders are.")
@option("--task", help="Only runs of this task.")
@option("--html", is_flag=True, help="Write the HTML page and say where it is.")
@option("--open", "open_", is_flag=True, help="Write the HTML page and open it in the browser.")
@option("--failures", type=int, default=0, help="Read this many answers that went wrong.")
@formats("markdown", "csv")
def command(runs: tuple[str, ...], log_dir: str, task: str | None, form: str, **how: Any) -> int:
    """Look at runs: run folders, or all below --log-dir, newest first.

    \b
    assay view
    assay view runs/gsm8k__openai-gpt-5__1a2b3c4d5e --failures 5
    assay view --task gsm8k --open
    """
    from assay import report
    from assay.api import compare_results, load_runs, write_report

    results, manifests = load_runs(chosen(runs, log_dir, task))
    if how["html"] or how["open_"]:
        path = write_report(results, manifests)
        click.echo(shown_path(path), err=form != "table")
        if how["open_"]:
            click.launch(path)
        if form == "table":
            return 0
    if form == "json":
        click.echo(report.to_json(results))
    elif form == "markdown":
        click.echo(report.to_markdown(results))
    elif form == "csv":
        click.echo(report.to_csv(results), nl=False)
    else:
        report.print_results(results, manifests=manifests, comparisons=compare_results(results))
        for result in results:
            show_failures(result, how["failures"])
    return 0


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


def show_failures(result: Any, count: int) -> None:
    """Answers that went wrong, whole, to read."""
    if not count:
        return
    from assay import store

    click.echo(f"\n{result.task} on {result.model}: answers that went wrong")
    for record in store.failures(store.RunFolder.open(result.run_dir), limit=count):
        sample, answer = record.sample, record.trial.answer
        click.echo(f"\n── {record.trial.sample_id} " + "─" * 40)
        click.echo(f"prompt     {sample.prompt if sample else '—'}")
        click.echo(f"target     {' | '.join(sample.targets) if sample else '—'}")
        click.echo(f"answer     {answer.text if answer else '—'}")
        for score in record.trial.scores:
            value = "unscored" if score.value is None else f"{score.value:g}"
            click.echo(f"{score.name:<10} {value}   extracted: {score.extracted!r}   {score.reason or ''}".rstrip())
