"""`assay demo`: the main job on the embedded model, with no key and no network."""

import shlex

import click

from assay.api.options import DEFAULTS
from assay.cli.options import CONTEXT, formats, option, program

CHECKPOINTS = 4


@click.command("demo", context_settings=CONTEXT)
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders go.")
@formats()
def command(log_dir: str, form: str) -> int:
    """Evaluate four checkpoints of the embedded model on the built-in suite, compare the last two, write the report."""
    from assay.api import prepare, run_prepared
    from assay.cli.progress import Progress
    from assay.cli.run import exit_code, show
    from assay.models.tiny.checkpoints import checkpoint_names

    names = checkpoint_names()
    step = max(1, len(names) // CHECKPOINTS)
    models = [f"tiny/{name}" for name in names[::-1][::step][:CHECKPOINTS][::-1]]
    typed = " ".join(["assay run builtin", *(f"--model {model}" for model in models)])
    prepared = prepare("builtin", models, log_dir=log_dir, command=typed)
    click.echo(f"$ {typed.replace('assay', program(), 1)}", err=True)
    click.echo(prepared.headline, err=True)
    with Progress(prepared.manifests) as progress:
        results = run_prepared(prepared, watch=(progress,))
    show(results, prepared, form)
    click.echo("\nThis is the embedded model, which knows its own small world only. Now with yours:", err=True)
    click.echo(f"  {program()} run builtin --model openai/NAME          (OPENAI_API_KEY)", err=True)
    click.echo(f"  {program()} run data.jsonl --input question --target answer --scorer number --model ollama/NAME", err=True)
    where = "" if log_dir == "runs" else f" --log-dir {shlex.quote(log_dir)}"
    click.echo(f"  {program()} view{where} --open", err=True)
    return exit_code(results, prepared.options.min_coverage)
