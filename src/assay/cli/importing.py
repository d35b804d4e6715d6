"""`assay import`: results of other tools as runs."""

import click

from assay.cli.options import CONTEXT, document, formats, option


class Places(click.Command):
    """A command whose help lists the formats there are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The formats, each with its line."""
        from assay.core.registry import entries, load

        with formatter.section("Formats"):
            formatter.write_dl([(name, load("importers", name).what) for name in entries("importers")])


@click.command("import", cls=Places, context_settings=CONTEXT)
@click.argument("words", nargs=-1, required=True, metavar="[FORMAT] PLACE...")
@option("-T", "--task-option", "task_options", multiple=True, metavar="KEY=VALUE", help="An option of the format; may be repeated.")
@option("--log-dir", default="runs", show_default=True, help="Where the run folders go.")
@formats("markdown", "csv")
def command(words: tuple[str, ...], task_options: tuple[str, ...], log_dir: str, form: str) -> int:
    """Make runs of the results that other tools wrote; then compare, gate, score again, report.

    \b
    assay import results/gpt-4o/samples_gsm8k_2026-01-01.jsonl
    assay import matrix scores.csv          item id, then a column per model
    """
    from assay.api.importing import import_runs
    from assay.core.registry import entries
    from assay.engine.build import parse_options

    named = words[0] if len(words) > 1 and words[0] in entries("importers") else None
    places = words[1:] if named else words
    options = parse_options(task_options, "--task-option")
    imported = []
    for each in import_runs(places, named, log_dir=log_dir, options=options):
        imported.append(each)
        if form == "table":
            click.echo(f"{'already here' if each.known else 'imported'}  {each.result.run_dir}", err=True)
    results = [each.result for each in imported]
    if (text := document(results, form)) is not None:
        click.echo(text, nl=False)
    else:
        show(results, log_dir)
    return 0


def show(results: list, log_dir: str) -> None:  # type: ignore[type-arg]
    """The imported runs as a table, with what to type next."""
    from assay import report
    from assay.api import load_runs
    from assay.cli.view import next_of
    from assay.report.settings import labelled

    read, manifests = load_runs([result.run_dir for result in results])
    read, manifests = labelled(read, manifests)
    report.print_results(read, manifests=manifests, advice=next_of(read))
