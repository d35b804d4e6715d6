"""`assay export`: runs in other people's formats."""

from pathlib import Path

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, run_folders, write_json
from assay.core.errors import UsageError


class Formats(click.Command):
    """A command whose help lists the formats there are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The formats, each with its line."""
        from assay.core.registry import entries, load

        with formatter.section("Formats"):
            formatter.write_dl([(name, load("exporters", name).what) for name in entries("exporters")])


def format_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The formats that begin so."""
    from assay.core.registry import entries

    return [name for name in entries("exporters") if name.startswith(incomplete)]


@click.command("export", cls=Formats, context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete.runs, callback=run_folders)
@option(
    "--to", metavar="FORMAT", shell_complete=format_names, help="What to write; with --format json it is json unless you say otherwise."
)
@option("--out", type=click.Path(path_type=Path), help="The file or folder, else standard output; formats of files must be told.")
@formats()
def command(runs: tuple[str, ...], to: str | None, out: Path | None, form: str) -> int:
    """Write runs in other people's formats.

    \b
    assay export runs/gsm8k__* --to csv > scores.csv
    assay export runs/gsm8k__* --to inspect --out logs
    """
    from assay.api.exporting import export_files, export_text
    from assay.core.registry import entries
    from assay.formats.exporters import exporter

    to = to or ("json" if form == "json" else None)
    if to is None:
        raise UsageError("No format was named.", remedy=f"Say --to {' | '.join(entries('exporters'))}.")
    if out is not None or exporter(to).files is not None:
        return say(export_files(runs, to, out), form)
    text = export_text(runs, to)
    if form == "json" and to != "json":
        write_json({"version": 1, "files": [], "text": text})
    else:
        click.echo(text, nl=not text.endswith("\n"))
    return 0


def say(files: list[str], form: str) -> int:
    """Where the files are."""
    if form == "json":
        write_json({"version": 1, "files": files})
    else:
        click.echo("\n".join(files))
    return 0
