"""promptfoo results: what `promptfoo eval -o results.json` (or .jsonl) writes. Every provider and prompt becomes a run."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.core.answer import Answer, Timing, Usage
from assay.core.content import Message, message
from assay.core.errors import DatasetError
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.formats.importers import ImportedRun, Importer
from assay.formats.reading import json_document, json_lines, number_of
from assay.store.fold import Record

ERROR = 2
"""promptfoo's `failureReason` where something broke; 1 is an assertion that did not hold."""
Row = Mapping[str, Any]


def read(place: Path) -> Iterator[ImportedRun]:
    """One run per column of the table: a provider with a prompt. Raises DatasetError for a file without results."""
    content: dict[str, Any] = {}
    if place.suffix == ".jsonl":
        rows: list[Row] = [row for _, row in json_lines(place)]
    else:
        content = json_document(place)
        results = content.get("results") if isinstance(content, dict) else None
        rows = results if isinstance(results, list) else (results or {}).get("results") or []
    if not rows or not all("success" in row and "vars" in row for row in rows):
        raise DatasetError(f"{place} holds no results of promptfoo.", remedy="Write it with `promptfoo eval -o results.json`.")
    columns: dict[Any, list[Row]] = {}
    for row in rows:
        columns.setdefault(column_of(row), []).append(row)
    told = content.get("results") if isinstance(content.get("results"), dict) else {}
    metadata = content.get("metadata") or {}
    for key in sorted(columns, key=str) if all(isinstance(each, str) for each in columns) else sorted(columns):
        yield imported(
            columns[key],
            task=str((content.get("config") or {}).get("description") or place.name.partition(".")[0]),
            tool=f"promptfoo {metadata.get('promptfooVersion') or ''}".strip(),
            created=str((told or {}).get("timestamp") or "").replace("Z", "+00:00"),
        )


def column_of(row: Row) -> Any:
    """Which column of promptfoo's table a row stands in."""
    index = row.get("promptIdx")
    return index if isinstance(index, int) else f"{provider_of(row)}\n{template_of(row)}"


def provider_of(row: Row) -> str:
    """The provider by its label or its id."""
    given = row.get("provider")
    return str(given.get("label") or given.get("id")) if isinstance(given, dict) else str(given or "unknown")


def template_of(row: Row) -> str:
    """The prompt before the variables were filled in, as far as it is told."""
    prompt = row.get("prompt") or {}
    return str(prompt.get("label") or prompt.get("raw") or "") if isinstance(prompt, dict) else str(prompt)


def imported(rows: list[Row], *, task: str, tool: str, created: str) -> ImportedRun:
    """One column. Tests with the same variables are trials of one sample: that is what --repeat makes."""
    first = rows[0]
    tests = {name_of(row): asserted(row) for row in rows}
    return ImportedRun(
        task=task,
        model=provider_of(first),
        tool=tool,
        records=records(rows),
        created=created,
        settings={"prompt": template_of(first)},
        fingerprints={
            "dataset": fingerprint("promptfoo", sorted(tests)),
            "solver": fingerprint("promptfoo", template_of(first)),
            "scorers": fingerprint("promptfoo", tests),
        },
    )


def name_of(row: Row) -> str:
    """A test by its description and its variables: the same in every run of the same tests."""
    test = row.get("testCase") or {}
    described = str(test.get("description") or row.get("description") or "").strip()
    variables = row.get("vars") or {}
    short = described or next((str(each) for each in variables.values() if isinstance(each, str) and each.strip()), "test")
    return f"{' '.join(short.split())[:60]} #{fingerprint(variables)[:8]}"


def asserted(row: Row) -> Any:
    """The assertions of a test."""
    return (row.get("testCase") or {}).get("assert")


def records(rows: Iterable[Row]) -> Iterator[Record]:
    """Every row as a trial."""
    tried: dict[str, int] = {}
    for row in rows:
        name = name_of(row)
        number = tried.get(name, 0)
        tried[name] = number + 1
        yield record_of(name, number, row)


def record_of(name: str, number: int, row: Row) -> Record:
    """One row: a failure where something broke, else the answer with its scores."""
    test = row.get("testCase") or {}
    variables = {key: value for key, value in (row.get("vars") or {}).items() if isinstance(value, str | int | float | bool)}
    metadata = {key: value for key, value in (test.get("metadata") or {}).items() if not key.startswith("_")}
    expected = [
        str(each["value"])
        for each in asserted(row) or ()
        if isinstance(each, dict) and each.get("type") in ("equals", "contains", "icontains") and isinstance(each.get("value"), str)
    ]
    sample = Sample(id=name, input=prompt_of(row), target=tuple(expected) or None, metadata={**variables, **metadata})
    response = row.get("response") or {}
    broken = row.get("failureReason") == ERROR or (row.get("error") and not response.get("output") and not row.get("gradingResult"))
    if broken:
        message_ = str(row.get("error") or response.get("error") or "promptfoo reports an error")
        return Record(
            trial=Trial(sample_id=name, number=number, failure=Failure(blame="endpoint", kind="error", message=message_[:2000])),
            sample=sample,
        )
    seconds = (number_of(row.get("latencyMs")) or 0.0) / 1000.0
    answer = Answer(text=text_of(response.get("output")), usage=usage_of(row), timing=Timing(seconds=seconds))
    flags = ("refused",) if response.get("isRefusal") else ()
    trial = Trial(sample_id=name, number=number, answer=answer, scores=tuple(scores_of(row)), seconds=seconds, flags=flags)
    return Record(trial=trial, sample=sample)


def scores_of(row: Row) -> Iterator[Score]:
    """`passed`, `score` and the metrics the test names. The assertions stand in the detail of `passed`, with their reasons."""
    graded = row.get("gradingResult") or {}
    components = [
        {
            "type": (each.get("assertion") or {}).get("type"),
            "pass": each.get("pass"),
            "score": each.get("score"),
            "reason": each.get("reason"),
        }
        for each in graded.get("componentResults") or ()
        if isinstance(each, dict)
    ]
    passed, score = number_of(row.get("success")), number_of(row.get("score"))
    reason = str(graded.get("reason") or "") or None
    yield Score(
        scorer="passed",
        value=passed,
        reason=reason if passed is not None else "promptfoo says neither",
        detail={"assertions": components} if components else {},
    )
    yield Score(scorer="score", value=score, reason=None if score is not None else "promptfoo has no score here")
    for name, value in (row.get("namedScores") or {}).items():
        number = number_of(value)
        yield Score(scorer=name, value=number, reason=None if number is not None else "promptfoo has no score here")


def prompt_of(row: Row) -> str | tuple[Message, ...]:
    """The prompt as it was sent; a chat in JSON is told apart into its messages."""
    prompt = row.get("prompt") or {}
    raw = str(prompt.get("raw") or "") if isinstance(prompt, dict) else str(prompt)
    if raw.lstrip().startswith("["):
        from assay.core.errors import boundary

        with boundary("dataset"):
            import msgspec

            turns = msgspec.json.decode(raw, type=list[dict[str, Any]])
            return tuple(message(each["role"], text_of(each["content"])) for each in turns)
    return raw


def text_of(output: Any) -> str:
    """What came back, as text: promptfoo parses JSON where it can."""
    if output is None:
        return ""
    if isinstance(output, str):
        return output
    import json

    return json.dumps(output, ensure_ascii=False)


def usage_of(row: Row) -> Usage:
    """Tokens and money of a row."""
    told = row.get("tokenUsage") or (row.get("response") or {}).get("tokenUsage") or {}
    return Usage(
        input_tokens=int(number_of(told.get("prompt")) or 0),
        output_tokens=int(number_of(told.get("completion")) or 0),
        cached_tokens=int(number_of(told.get("cached")) or 0),
        cost=number_of(row.get("cost")),
    )


def recognises(place: Path) -> bool:
    """By what stands in its first kilobytes."""
    if not place.is_file() or place.suffix not in (".json", ".jsonl"):
        return False
    with place.open("rb") as file:
        head = file.read(200_000)
    if place.suffix == ".jsonl":
        return all(word in head for word in (b'"testCase"', b'"gradingResult"', b'"vars"'))
    return b'"results"' in head and (
        b'"evalId"' in head or b'"promptfooVersion"' in head or (b'"namedScores"' in head and b'"vars"' in head)
    )


PROMPTFOO = Importer(what="promptfoo: what `promptfoo eval -o results.json` or .jsonl writes", read=read, recognises=recognises)
