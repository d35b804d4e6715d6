"""`assay compare`: paired differences between runs, and the samples on which they part."""

import shlex
from collections.abc import Sequence
from typing import Any

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, program, run_folders, shown_path, write_json
from assay.cli.reading import part
from assay.core.estimate import COVERAGE_FLOOR

MOST = 300
"""Characters of a prompt or an answer that are shown of a sample on which two runs part."""


@click.command("compare", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete.runs, callback=run_folders)
@option(
    "--by",
    multiple=True,
    metavar="NAME",
    help="Also compare each slice of the samples by this metadata (subject, skills); may be repeated.",
)
@option("--flips", type=click.IntRange(min=0), default=0, help="Read this many samples that were lost or won, of each comparison.")
@option("--min-coverage", type=click.FloatRange(0, 1), default=COVERAGE_FLOOR, show_default=True, help="Below it no verdict is given.")
@option("--html", help="Write the page to this file.")
@formats()
def command(runs: tuple[str, ...], by: tuple[str, ...], flips: int, min_coverage: float, html: str | None, form: str) -> int:
    """Compare run folders of one task: the later named minus the earlier, over the samples both have.

    \b
    assay compare runs/gsm8k__openai-a__1a2b3c4d5e runs/gsm8k__openai-b__6f7a8b9c0d
    """
    from assay import report
    from assay.api import compare, load_runs, write_report
    from assay.core.errors import UsageError
    from assay.report.settings import labelled

    if len(runs) < 2:
        raise UsageError("A comparison needs two runs.", remedy="`assay list runs` shows those there are.")
    if twice := next((run for run in runs if runs.count(run) > 1), None):
        raise UsageError(f"{twice} is named twice.", remedy="Name each run once: a run compared with itself tells nothing.")
    found = compare(list(runs), by=by, floor=min_coverage)
    results, manifests = load_runs(list(runs))
    page = write_report(results, manifests, html, comparisons=found, floor=min_coverage) if html else None
    if form == "json":
        family = max((row.family for row in found), default=0)
        write_json({"version": 1, "family": family, "comparisons": found, "settings": report.settings_diff(manifests)})
        if page:
            click.echo(shown_path(page), err=True)
        return 0
    results, manifests = labelled(results, manifests)
    report.print_comparisons(found, results=results, manifests=manifests, advice=() if flips else advice(found, runs))
    for row in found:
        if row.slice is None:
            show_flips(row, flips)
    if flips:
        click.echo("\n" + "\n".join(f"next  {each}" for each in sample_advice(found)))
    if page:
        click.echo(shown_path(page))
    return 0


def advice(found: Sequence[Any], runs: Sequence[str]) -> tuple[str, ...]:
    """What to type next: read what moved, or the failures of the later run where nothing did."""
    if any(row.won or row.lost for row in found):
        return (f"{program()} compare {' '.join(map(shlex.quote, runs))} --flips 3",)
    return (f"{program()} view {shlex.quote(runs[-1])} --failures 3",)


def sample_advice(found: Sequence[Any]) -> list[str]:
    """The command that shows one of the samples whole."""
    row = next((row for row in found if row.lost or row.won), None)
    if row is None:
        return [f"{program()} view --open"]
    return [f"{program()} view {shlex.quote(shown_path(row.a_run))} --sample {shlex.quote((row.lost or row.won)[0])}"]


def show_flips(row: Any, count: int) -> None:
    """Samples lost, then won: what was asked and expected, and what each of the two made of it."""
    if not count or not (row.won or row.lost):
        return
    from assay import store
    from assay.report.words import metric_name

    found = store.flips(store.RunFolder.open(row.b_run), store.RunFolder.open(row.a_run), row.metric, limit=count)
    for title, examples in (("lost", found.lost_examples), ("won", found.won_examples)):
        for flip in examples[:count]:
            click.echo(f"\n── {title}: {flip.sample_id} · {row.task}, {metric_name(row.metric, row.task)} {flip.before:g} → {flip.after:g}")
            sample = flip.a.sample or flip.b.sample
            if sample is not None:
                part("prompt", shortened(sample.prompt))
                part("target", shortened(" | ".join(sample.targets) or "—"))
            for name, record in ((row.b, flip.a), (row.a, flip.b)):
                click.echo(name)
                part("  answer", shortened(record.trial.answer.text) if record.trial.answer and record.trial.answer.text else "—")
                took = [f"{each.extracted}" for each in record.trial.scores if each.name == row.metric and each.extracted is not None]
                if took:
                    part("  extracted", shortened(took[0]))


def shortened(text: str) -> str:
    """The beginning and the end of a text, on one line."""
    from assay.report.words import excerpt

    cut = excerpt(" ".join(text.split()), MOST)
    return f"{cut.head} … {cut.tail}" if cut.left_out else cut.head
