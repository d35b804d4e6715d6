"""Trials to read: what was asked, expected, thought and answered, how it ended and what the scorers made of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from assay.cli.describe import screen_width
from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.store import Record, RunFolder

LABEL = 11
MUCH = 4000
"""Characters of a prompt or a thought that are shown of a failure; `--sample` shows all."""
ENDED = {
    "length": "cut off before its end: --max-tokens, or the model's own limit",
    "content_filter": "stopped by the endpoint's content filter",
    "tool_calls": "ended in calls of tools",
}


def chosen_trials(folder: "RunFolder", failures: int, samples: Sequence[str]) -> "list[Record]":
    """The named samples' trials, every attempt; then up to `failures` answers that went wrong."""
    from assay import store

    found: list[Record] = []
    if samples:
        with folder.fold() as fold:
            heads = list(fold.heads())
            found = [fold.record(place) for each in samples for place, head in heads if head.sample_id == each]
    return found + (list(store.failures(folder, limit=failures)) if failures else [])


def check_samples(folders: "Sequence[RunFolder]", samples: Sequence[str]) -> None:
    """Raise UsageError with near misses for a sample that is in none of the runs."""
    from assay.core.registry import meant

    known: set[str] = set()
    for folder in folders if samples else ():
        with folder.fold() as fold:
            known |= {head.sample_id for _, head in fold.heads()}
    for each in samples:
        if each not in known:
            raise UsageError(f"No trial here is of the sample '{each}'.", remedy=meant(each, sorted(known)))


def document_of(result: Any, record: "Record") -> dict[str, Any]:
    """A trial as plain data."""
    trial, sample, answer = record.trial, record.sample, record.trial.answer
    return {
        "task": result.task,
        "model": result.model,
        "sample_id": trial.sample_id,
        "number": trial.number,
        "input": sample.prompt if sample else None,
        "target": list(sample.targets) if sample else [],
        "answer": answer.text if answer else None,
        "reasoning": answer.reasoning if answer else None,
        "stop_reason": answer.stop_reason if answer else None,
        "flags": list(trial.flags),
        "failure": f"{trial.failure.blame}:{trial.failure.kind}: {trial.failure.message}" if trial.failure else None,
        "scores": [{"name": each.name, "value": each.value, "extracted": each.extracted, "reason": each.reason} for each in trial.scores],
    }


def show_trials(folder: "RunFolder", records: "Sequence[Record]", *, whole: bool) -> None:
    """Each trial with its parts below their labels."""
    manifest = folder.manifest
    click.echo(f"\n{manifest.task} on {manifest.model}: " + ("trials" if whole else "answers that went wrong"))
    template = manifest.settings.get("task.template")
    if template:
        part("template", str(template))
    if not records:
        click.echo("None: no scored answer is wrong.")
    for record in records:
        show_trial(record, whole=whole)


def show_trial(record: "Record", *, whole: bool) -> None:
    """One trial."""
    trial, sample, answer = record.trial, record.sample, record.trial.answer
    most = None if whole else MUCH
    attempt = f" · attempt {trial.number + 1}" if trial.number else ""
    click.echo(f"\n── {trial.sample_id}{attempt} " + "─" * 40)
    if sample is not None:
        if isinstance(sample.metadata.get("template"), str):
            part("wording", sample.metadata["template"])
        part("prompt", sample.prompt, most)
        part("target", " | ".join(sample.targets) or "—")
    if trial.failure is not None:
        part("failed", f"{trial.failure.blame}: {trial.failure.message}")
    if answer is not None:
        if answer.reasoning:
            part("reasoning", answer.reasoning, most)
        unfinished = " before the thought was finished" if answer.reasoning and answer.stop_reason == "length" else ""
        part("answer", answer.text or f"(nothing was said{unfinished})", most)
        if answer.stop_reason in ENDED:
            part("ended", ENDED[answer.stop_reason])
    if trial.flags:
        part("flags", ", ".join(trial.flags))
    for score in trial.scores:
        value = "unscored" if score.value is None else f"{score.value:g}"
        part(score.name, f"{value}   extracted: {score.extracted!r}   {score.reason or ''}".rstrip())


def part(label: str, text: str, most: int | None = None) -> None:
    """A label and a text whose every line begins beside it, wrapped between words where there is a screen; of a long one beginning and end."""
    from rich.console import Console
    from rich.text import Text

    from assay.report.words import excerpt, plain

    found = excerpt(text, most) if most else None
    cut = found is not None and found.left_out
    shown = f"{found.head}\n… {found.left_out:,} characters left out …\n{found.tail}" if found is not None and cut else plain(text)
    room = max(20, screen_width() - LABEL)
    console = Console(width=room, color_system=None)
    lines = [line.plain for each in shown.split("\n") for line in Text(each).wrap(console, room) or [Text("")]]
    for index, line in enumerate(lines):
        click.echo(f"{label if index == 0 else '':<{LABEL - 1}} {line}".rstrip())
