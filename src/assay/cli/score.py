"""`assay score`: the answers of an earlier run, other scorers, no model asked."""

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, document, formats, option, run_folders


@click.command("score", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete.runs, callback=run_folders)
@option(
    "--scorer",
    "scorers",
    multiple=True,
    required=True,
    shell_complete=complete.scorers,
    help="A scorer, `number` or `number:after=ANSWER:`; may be repeated.",
)
@option("--log-dir", help="Where the new run folder goes; beside the old one unless named.")
@formats("markdown", "csv")
def command(runs: tuple[str, ...], scorers: tuple[str, ...], log_dir: str | None, form: str) -> int:
    """Score the answers in run folders again, asking no model; each gives a new run folder."""
    from assay import report
    from assay.api import compare_results, load_runs, rescore
    from assay.cli.view import next_of
    from assay.report.settings import labelled

    results = rescore(list(runs), list(scorers), log_dir=log_dir)
    if (text := document(results, form)) is not None:
        click.echo(text, nl=False)
    else:
        results, manifests = load_runs([result.run_dir for result in results])
        results, manifests = labelled(results, manifests)
        advice = next_of(results)
        report.print_results(results, manifests=manifests, comparisons=compare_results(results), pairs="neighbours", advice=advice)
    return 0
