"""OpenAI evals: the event log that `oaieval` records, a JSON line each: the spec, what was sampled, whether it matched, the final report."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from assay.core.answer import Answer
from assay.core.content import Message, message
from assay.core.errors import DatasetError
from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.formats.importers import ImportedRun, Importer
from assay.formats.reading import json_lines, number_of
from assay.store.fold import Record

LETTERS = {"Y": 1.0, "N": 0.0, "Yes": 1.0, "No": 0.0, "Correct": 1.0, "Incorrect": 0.0}


class Told(msgspec.Struct, kw_only=True):
    """What the events of one sample tell; of several samplings the last is the one that was judged."""

    prompt: Any = None
    sampled: list[Any] = []
    match: dict[str, Any] | None = None
    metrics: dict[str, Any] = {}
    error: str | None = None


def read(place: Path) -> Iterator[ImportedRun]:
    """One run of each event log at a place."""
    for path in sorted(each for each in place.rglob("*.jsonl") if recognises(each)) if place.is_dir() else [place]:
        yield imported(path)


def imported(path: Path) -> ImportedRun:
    """One event log. Raises DatasetError for one without a spec."""
    spec: dict[str, Any] = {}
    report: dict[str, Any] = {}
    told: dict[str, Told] = {}
    for _, row in json_lines(path):
        if "spec" in row:
            spec = row["spec"]
        elif "final_report" in row:
            report = row["final_report"] or {}
        elif row.get("sample_id") is not None:
            note(told.setdefault(str(row["sample_id"]), Told()), str(row.get("type")), row.get("data") or {})
    if not spec:
        raise DatasetError(f"{path} has no spec in its first line.", remedy="Expected the event log of oaieval (--record_path).")
    name = str(spec.get("eval_name") or spec.get("base_eval") or path.stem)
    settings = {key: value for key, value in {**(spec.get("run_config") or {}), "split": spec.get("split")}.items() if plain(value)}
    return ImportedRun(
        task=name,
        model=", ".join(str(each) for each in spec.get("completion_fns") or ["unknown"]),
        tool="OpenAI evals",
        records=[record_of(sample, each) for sample, each in told.items()],
        created=str(spec.get("created_at") or "").replace(" ", "T"),
        seed=int(number_of((spec.get("run_config") or {}).get("seed")) or 0),
        settings=settings,
        fingerprints={"scorers": fingerprint("openai-evals", name), "solver": fingerprint("openai-evals", name)},
        reported=figures(report, len(told)),
        notes=() if report else ("the log has no final report: the run did not end",),
    )


def plain(value: Any) -> bool:
    """Whether a setting is worth a line."""
    return isinstance(value, str | int | float) and value != ""


def note(sample: Told, kind: str, data: Mapping[str, Any]) -> None:
    """Take in one event."""
    if kind == "sampling":
        sample.prompt = data.get("prompt", sample.prompt)
        sampled = data.get("sampled")
        sample.sampled = list(sampled) if isinstance(sampled, list) else [sampled]
    elif kind == "match":
        sample.match = dict(data)
    elif kind == "metrics":
        sample.metrics = {**sample.metrics, **data}
    elif kind == "error":
        sample.error = str(data.get("message") or data)


def record_of(name: str, told: Told) -> Record:
    """One sample: its match, or every metric that is a number."""
    match = told.match or {}
    expected = match.get("expected", told.metrics.get("expected"))
    targets = tuple(str(each) for each in expected) if isinstance(expected, list) else None if expected is None else str(expected)
    options = match.get("options")
    sample = Sample(id=name, input=prompt_of(told.prompt), target=targets or None)
    if told.error is not None and not match and not told.metrics:
        return Record(
            trial=Trial(sample_id=name, number=0, failure=Failure(blame="endpoint", kind="error", message=told.error[:2000])), sample=sample
        )
    text = next((str(each) for each in told.sampled if each is not None), str(match.get("sampled") or ""))
    picked = match.get("picked")
    scores = list(scores_of(told, None if picked in (None, "") else str(picked)))
    detail = () if not options else (f"options: {options}",)
    trial = Trial(sample_id=name, number=0, answer=Answer(text=text, notes=detail), scores=tuple(scores))
    return Record(trial=trial, sample=sample)


def scores_of(told: Told, picked: str | None) -> Iterator[Score]:
    """The match as `accuracy`, the name evals reports it by; metrics under their own names, grades with their letter."""
    if told.match is not None:
        correct = number_of(told.match.get("correct"))
        yield Score(scorer="accuracy", value=correct, extracted=picked, reason=None if correct is not None else "the match says nothing")
    for name, value in told.metrics.items():
        number = LETTERS.get(value) if isinstance(value, str) else number_of(value)
        if number is not None:
            yield Score(scorer=name, value=number, extracted=value if isinstance(value, str) else None)
    if told.match is None and not told.metrics:
        yield Score(scorer="accuracy", value=None, reason="the log has no match of this sample")


def prompt_of(prompt: Any) -> str | tuple[Message, ...]:
    """A chat, or a text."""
    if not isinstance(prompt, list):
        return "" if prompt is None else str(prompt)
    known = ("system", "user", "assistant", "tool")
    turns = [each for each in prompt if isinstance(each, dict)]
    return tuple(message(each["role"] if each.get("role") in known else "user", str(each.get("content") or "")) for each in turns)


def figures(report: Mapping[str, Any], count: int) -> dict[str, Estimate]:
    """The final report's numbers, without intervals."""
    found = {
        name: number
        for name, value in report.items()
        if (number := number_of(value)) is not None and not isinstance(value, str) and not name.endswith(("_std", "_stderr"))
    }
    return {name: Estimate(value=value, low=None, high=None, n=count, clusters=0, method="reported") for name, value in found.items()}


def recognises(place: Path) -> bool:
    """An event log begins with its spec."""
    if place.is_dir():
        return any(recognises(each) for each in sorted(place.rglob("*.jsonl"))[:50])
    if place.suffix != ".jsonl":
        return False
    with place.open("rb") as file:
        head = file.read(65536)
    return head.lstrip().startswith(b'{"spec"') and b'"completion_fns"' in head


OPENAI_EVALS = Importer(what="OpenAI evals: the event log of oaieval (.jsonl)", read=read, recognises=recognises)
