"""`assay export`: runs in other people's formats."""

from pathlib import Path

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, document, formats, option, run_folders, write_json
from assay.core.errors import UsageError

FORMS = ("json", "markdown", "csv", "parquet", "html")


@click.command("export", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete.runs, callback=run_folders)
@option("--to", type=click.Choice(FORMS), help="What to write; with --format json it is json unless you say otherwise.")
@option("--out", type=click.Path(path_type=Path), help="The file, else standard output; for parquet the folder, which must be named.")
@formats()
def command(runs: tuple[str, ...], to: str | None, out: Path | None, form: str) -> int:
    """Write runs as Parquet (one row per score), CSV, Markdown, JSON or HTML.

    \b
    assay export runs/gsm8k__* --to csv > scores.csv
    assay export runs/gsm8k__* --to parquet --out tables
    """
    to = to or ("json" if form == "json" else None)
    if to is None:
        raise UsageError("No format was named.", remedy=f"Say --to {' | '.join(FORMS)}.")
    if to == "parquet":
        return say(parquet_files(list(runs), out), form)
    text = text_of(list(runs), to)
    if out is not None:
        return say([written(out, text)], form)
    if form == "json" and to != "json":
        write_json({"version": 1, "files": [], "text": text})
    else:
        click.echo(text, nl=not text.endswith("\n"))
    return 0


def text_of(runs: list[str], to: str) -> str:
    """The runs as one text. A page is drafted elsewhere, so that no run's own report is replaced."""
    from tempfile import TemporaryDirectory

    from assay.api import load_runs, write_report

    results, manifests = load_runs(runs)
    if to == "html":
        with TemporaryDirectory() as draft:
            return Path(write_report(results, manifests, f"{draft}/report.html")).read_text(encoding="utf-8")
    return document(results, to) or ""


def written(path: Path, text: str) -> str:
    """Write a file, its folder made where it is missing; where it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", remedy="Name another place with --out.") from error
    return str(path)


def parquet_files(runs: list[str], out: Path | None) -> list[str]:
    """The trials of each run as `NAME.trials.parquet` in the folder `out`."""
    from assay import store

    if out is None:
        raise UsageError("Parquet goes to files, one a run.", remedy="Name their folder: --out FOLDER.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {out} cannot be made: {error.strerror}.", remedy="Name another place with --out.") from error
    made = []
    for place in runs:
        folder = store.RunFolder.open(place)
        target = out / f"{Path(folder.path).name}.trials.parquet"
        quoted = str(target).replace("'", "''")
        folder.query(f"COPY (SELECT * FROM trials) TO '{quoted}' (FORMAT parquet)")
        made.append(str(target))
    return made


def say(files: list[str], form: str) -> int:
    """Where the files are."""
    if form == "json":
        write_json({"version": 1, "files": files})
    else:
        click.echo("\n".join(files))
    return 0
