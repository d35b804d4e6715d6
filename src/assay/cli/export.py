"""`assay export`: runs in other people's formats."""

from pathlib import Path

import click

from assay.cli.options import CONTEXT, document, option


@click.command("export", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True)
@option("--to", "form", type=click.Choice(["json", "markdown", "csv", "parquet", "html"]), required=True, help="The format.")
@option("--out", type=click.Path(path_type=Path), help="The file (html, json, markdown, csv) or folder (parquet); else standard output.")
def command(runs: tuple[str, ...], form: str, out: Path | None) -> int:
    """Write runs as Parquet (one row per score), CSV, Markdown, JSON or HTML."""
    from assay.api import load_runs, write_report

    results, manifests = load_runs(list(runs))
    if form == "parquet":
        return export_parquet(list(runs), out or Path())
    if form == "html":
        click.echo(write_report(results, manifests, str(out) if out else None))
        return 0
    text = document(results, form) or ""
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    return 0


def export_parquet(runs: list[str], out: Path) -> int:
    """The trials of each run as `NAME.trials.parquet`."""
    from assay import store

    out.mkdir(parents=True, exist_ok=True)
    for place in runs:
        folder = store.RunFolder.open(place)
        target = out / f"{Path(folder.path).name}.trials.parquet"
        quoted = str(target).replace("'", "''")
        folder.query(f"COPY (SELECT * FROM trials) TO '{quoted}' (FORMAT parquet)")
        click.echo(str(target))
    return 0
