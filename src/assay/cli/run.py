"""`assay run`: evaluate models on tasks."""

from contextlib import suppress
from typing import Any

import click

from assay.api.options import DEFAULTS
from assay.cli import complete
from assay.cli.grouping import RunCommand
from assay.cli.options import CONTEXT, configured, document, formats, option, program, shown_path, wrapped, write_json
from assay.core.errors import StoreError


@click.command("run", cls=RunCommand, context_settings=CONTEXT)
@click.argument("tasks", nargs=-1, required=True, shell_complete=complete.tasks)
@option(
    "--model",
    "-m",
    "models",
    multiple=True,
    required=True,
    shell_complete=complete.models,
    help="provider/name; several to evaluate several.",
)
@option("--judge", shell_complete=complete.models, help="provider/name of the model that judges, where a task asks for one.")
@option("--simulator", shell_complete=complete.models, help="The model that plays the user.")
@option("--attacker", shell_complete=complete.models, help="The model that attacks.")
@option("--limit", type=int, help="Only this many samples of each task: a seeded, fair part.")
@option(
    "--adaptive",
    type=int,
    help="Ask only this many samples, the most informative by earlier runs of the task, and estimate the score of all.",
)
@option(
    "--calibrate",
    multiple=True,
    metavar="RUN",
    help="With --adaptive: an earlier run, or a folder of runs; those in --log-dir unless named.",
)
@option("--until", metavar="RULE", help="Stop when a rule is met: width<0.03, METRIC:width<0.03, decided:vs=RUN[,margin=M].")
@option("--trials", type=int, help="Attempts at each sample.")
@option("--seed", type=int, default=DEFAULTS.seed, show_default=True, help="Every random choice derives from it.")
@option("--temperature", type=float, help="Sampling temperature.")
@option("--top-p", type=float, help="Nucleus sampling.")
@option("--max-tokens", type=int, help="The longest answer, in tokens.")
@option("--stop", multiple=True, help="A text that ends an answer; may be repeated.")
@option("--reasoning-effort", help="For models that reason: low, medium, high.")
@option(
    "--max-connections",
    type=int,
    default=DEFAULTS.max_connections,
    show_default=True,
    help="Requests at once to one endpoint; it adapts below that.",
)
@option("--rpm", type=int, help="Requests a minute to one endpoint.")
@option("--tpm", type=int, help="Tokens a minute to one endpoint.")
@option("--timeout", type=float, default=DEFAULTS.timeout, show_default=True, help="Seconds for one answer.")
@option("--retries", type=int, default=DEFAULTS.retries, show_default=True, help="Attempts after the first, where asking again can help.")
@option("--budget", type=float, help="US dollars the whole command may spend.")
@option("--token-budget", type=int, help="Tokens the whole command may use.")
@option("--cache", is_flag=True, help="Reuse answers of earlier runs.")
@option("--fresh", is_flag=True, help="Ask anew, even where a run could be resumed or shown.")
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders go: a path or an fsspec URL.")
@option("--min-coverage", type=float, default=DEFAULTS.min_coverage, show_default=True, help="Below this share scored the exit code is 3.")
@option("--sandbox", type=click.Choice(["auto", "bubblewrap", "landlock", "docker", "podman", "seatbelt", "none"]), default=DEFAULTS.sandbox,
        show_default=True, help="What runs model-written code; 'none' is stamped into the results.")  # fmt: skip
@option("-M", "--model-option", "model_options", multiple=True, metavar="K=V", help="An option of the model (base_url=...).")
@option("-T", "--task-option", "task_options", multiple=True, metavar="K=V", help="An option of the task (split=...).")
@option("--include-path", help="lm-eval tasks: the folder (or folders, with commas) of their YAML.")
@option("--trust", is_flag=True, help="lm-eval tasks: let lm_eval, where it is installed, run the Python that a task calls.")
@option("--input", "input_", help="Data file: the column, or a template with {columns}.")
@option("--target", help="Data file: the column of the expected answer.")
@option("--choices", help="Data file: the column of the options.")
@option("--id", "id_", help="Data file: the column of the ids; 'row' numbers the rows.")
@option(
    "--scorer",
    "scorers",
    multiple=True,
    shell_complete=complete.scorers,
    help="Data file: a scorer, `number` or `number:after=ANSWER:`; may be repeated.",
)
@option("--template", help="Data file: a prompt around {input}.")
@option("--likelihood", is_flag=True, help="Data file: weigh the choices by likelihood instead of asking for text.")
@option("--dry-run", is_flag=True, help="Say what would be asked, show one prompt, ask nothing.")
@formats("markdown", "csv")
@configured
def command(tasks: tuple[str, ...], models: tuple[str, ...], form: str, dry_run: bool, **flags: Any) -> int:
    """Evaluate models on tasks: names from `assay list`, data (a file, a folder, hf/org/name, a URL), or a benchmark file (.py).

    \b
    assay run gsm8k mmlu --model openai/gpt-5
    assay run data.jsonl --input question --target answer --scorer number --model ollama/llama3
    assay run builtin --model tiny/latest

    The same command again resumes an interrupted run, or shows a finished one.
    """
    from assay.api import prepare, run_prepared

    prepared = prepare(list(tasks), list(models), ask=not dry_run, **options_of(flags))
    if dry_run:
        return show_plan(prepared, form)
    from assay.cli.progress import Progress

    if form == "table":
        click.echo(prepared.headline, err=True)
    make_ready(pages=form == "table")
    with Progress(prepared.manifests) as progress:
        results = run_prepared(prepared, watch=(progress,))
    page = show(results, prepared, form)
    for result in results:
        say_how_to_go_on(result)
    if page is None:
        click.echo(
            "error: The report cannot be written beside the run: is the disk full? Repeat the command: nothing is asked again.", err=True
        )
        return 3
    return exit_code(results, prepared.options.min_coverage)


def make_ready(*, pages: bool) -> None:
    """Load what only the result needs while the first answers are awaited, and let the garbage collector look less often: what a run
    makes is freed by its counts, and looking through it again and again costs a fifth of the time."""
    import gc
    from threading import Thread

    # No daemon: a process that ends while such a thread is inside NumPy's import may crash.
    Thread(target=load_for_result, args=(pages,), name="load-for-result").start()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def load_for_result(pages: bool) -> None:
    """NumPy for the estimates; for the table and the page, what draws them."""
    from importlib import import_module

    with suppress(ImportError):
        for module in ("assay.stats.intervals", *(("assay.api.reporting", "assay.report.terminal", "rich.table") if pages else ())):
            import_module(module)
        if pages:
            from assay.report.html import warm_up

            warm_up()


def options_of(flags: dict[str, Any]) -> dict[str, Any]:
    """The flags as options of `assay.run`."""
    import sys

    from assay.cli.typed import typed
    from assay.engine.build import parse_options

    columns = {
        "input": flags.pop("input_"),
        "target": flags.pop("target"),
        "choices": flags.pop("choices"),
        "id": flags.pop("id_"),
        "scorer": flags.pop("scorers") or None,
        "template": flags.pop("template"),
        "likelihood": flags.pop("likelihood") or None,
        "include_path": flags.pop("include_path"),
        "trust": flags.pop("trust") or None,
    }
    task_options = parse_options(flags.pop("task_options"), "--task-option")
    task_options.update({key: value for key, value in columns.items() if value is not None})
    model_options = parse_options(flags.pop("model_options"), "--model-option")
    roles = {role: name for role in ("judge", "simulator", "attacker") if (name := flags.pop(role)) is not None}
    return {**flags, "roles": roles, "task_options": task_options, "model_options": model_options, "command": typed(sys.argv[1:])}


def show_plan(prepared: Any, form: str) -> int:
    """What a run would do: the forecast and the first prompt of each task."""
    from assay.api.forecast import forecast_lines

    found = prepared.forecasts()
    if form == "json":
        write_json({"version": 1, "plan": found})
        return 0
    click.echo(prepared.headline)
    for each in found:
        click.echo("\n" + "\n".join(forecast_lines(each)))
    return 0


def show(results: list[Any], prepared: Any, form: str) -> str | None:
    """Write the page; then the results on standard output, in the form asked for. Returns where the page is, None where it cannot be written."""
    from assay import report
    from assay.api import compare_results, write_report
    from assay.metrics.groups import of_groups

    floor = prepared.options.min_coverage
    comparisons = compare_results(results, floor)
    page = None
    with suppress(StoreError):  # a full disk: the numbers are shown all the same
        page = write_report(results, prepared.manifests, comparisons=comparisons, floor=floor)
    groups = of_groups(dict.fromkeys(group for task, _ in prepared.pairs for group in task.groups), results)
    if (text := document(results, form, groups)) is not None:
        click.echo(text, nl=False)
    else:
        report.print_results(
            results,
            manifests=prepared.manifests,
            comparisons=comparisons,
            pairs="last",
            report=shown_path(page) if page else None,
            floor=floor,
            advice=advice(results, prepared.manifests, prepared.options.log_dir),
        )
        show_groups(groups)
    return page


def show_groups(groups: list[Any]) -> None:
    """A line for each score of each group of tasks."""
    from assay.report.words import count, number, scale_of

    for each in groups:
        for name, estimate in each.metrics.items():
            shown = number(estimate, scale_of(name, [estimate])) if estimate.measurable else f"not measurable: {estimate.reason}"
            click.echo(f"group {each.group} · {each.model} · {name}  {shown}  ({count(len(each.tasks), 'task')}, {estimate.n:,} samples)")


def advice(results: list[Any], manifests: list[Any], log_dir: str) -> tuple[str, ...]:
    """What to type next: the command that goes on where this one stopped or got nowhere, or read what went wrong, or compare."""
    import shlex

    from assay.report.findings import command as command_of

    for result, manifest in zip(results, manifests, strict=True):
        if result.status != "finished" or (result.failed and not result.scored):
            return (command_of(manifest).replace("assay", program(), 1),)
    where = "" if log_dir == DEFAULTS.log_dir else f" --log-dir {shlex.quote(log_dir)}"
    if len(results) == 1:
        return (f"{program()} view {shlex.quote(shown_path(results[0].run_dir))} --failures 3",)
    return (f"{program()} view{where} --open", f"{program()} list runs{where}")


def say_how_to_go_on(result: Any) -> None:
    """One line for a run that did not reach its end."""
    from assay.report.words import count

    if result.status != "finished":
        left = result.planned - result.scored - result.unscored
        are = "is" if left == 1 else "are"
        told = f"{left:,} of {count(result.planned, 'trial')} {are} left. Repeat the command to go on."
    elif result.failed:
        again = "it" if result.failed == 1 else "them"
        told = f"{count(result.failed, 'trial')} failed. Repeat the command to try {again} again."
    else:
        return
    click.echo(wrapped("", f"{result.task} on {result.model}: {told}"), err=True)


def exit_code(results: list[Any], floor: float) -> int:
    """3 where a run's coverage is below the floor, else 0."""
    return 3 if any(result.coverage < floor for result in results) else 0
