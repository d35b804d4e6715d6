"""`assay arena`: battles and what they say."""

from pathlib import Path
from typing import Any

import click

from assay.cli.options import CONTEXT, formats, option, shown_path, write_json
from assay.core.errors import UsageError


@click.group("arena", context_settings=CONTEXT)
def command() -> None:
    """Battles of models: ratings from the votes of people or judges."""


@command.command("rate", context_settings=CONTEXT)
@click.argument("file")
@option("--interval", type=click.Choice(["sandwich", "bootstrap"]), default="sandwich", show_default=True, help="How intervals are made.")
@option(
    "--cluster", type=click.Choice(["auto", "none", "sample", "voter"]), default="auto", show_default=True,
    help="Which votes belong together; auto: those on one sample, where samples repeat.",
)  # fmt: skip
@option("--ties", type=click.Choice(["half", "rao-kupper", "davidson"]), default="half", show_default=True, help="What a tie says.")
@option("--style", is_flag=True, help="Hold the style counts of the file fixed (tokens_a and tokens_b, ...).")
@option("--voter", "voters", multiple=True, metavar="NAME", help="Only the votes of human, judge, or this voter; may be repeated.")
@option("--balanced", is_flag=True, help="Weigh pairs by 1 / max(battles, 50).")
@option("--outcome", metavar="COLUMN", help="The column of outcomes, where it is not `outcome` or `winner`.")
@option("--placebo", metavar="COMPETITOR", help="Enter it twice and count how often the two are told apart.")
@option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap and of rank ranges.")
@option("--out", metavar="FILE", help="Write the page (.html) or the document (.json) to this file.")
@formats()
def rate(file: str, out: str | None, form: str, **how: Any) -> int:
    """Rate the competitors of a file of battles: JSONL, CSV or Parquet with a, b, outcome (a, b, tie, both_bad).

    \b
    assay arena rate votes.jsonl
    assay arena rate votes.parquet --cluster voter --out ratings.html
    """
    if out is not None and not out.endswith((".html", ".json")):
        raise UsageError(f"'{out}' is neither a page nor a document.", remedy="End it in .html or .json.")
    from assay.api.rating import rate as rate_file
    from assay.arena.documents import document
    from assay.arena.rating import RateOptions

    rated = rate_file(file, RateOptions(**how), page=out if out and out.endswith(".html") else None)
    if out and out.endswith(".json"):
        write_document(out, document(rated))
    if form == "json":
        write_json(document(rated))
    else:
        from assay.report.ratings import print_ratings

        print_ratings(rated.ratings, place=Path(file).name, notes=[*rated.warnings, *placebo_words(rated)])
    if out:
        click.echo(shown_path(out), err=form == "json")
    return 0 if rated.ratings.rated else 3


def write_document(path: str, content: Any) -> None:
    """The document as a file. Raises StoreError."""
    import json

    from assay.store import StoredFiles

    folder, _, name = path.rpartition("/")
    StoredFiles(folder or ".").write(name, json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def placebo_words(rated: Any) -> list[str]:
    """What entering one competitor twice came to."""
    found = rated.placebo
    if found is None:
        return []
    verdict = "as it should be" if found.honest else "more often than 5 %: the intervals are too narrow, votes are not independent"
    return [f"placebo: entered twice, its halves were told apart in {found.apart} of {found.splits} splits, {verdict}"]
