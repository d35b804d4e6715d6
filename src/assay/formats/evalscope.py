"""EvalScope: the output folder of a run, with predictions/, reviews/ and reports/, of its versions 0 and 1."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.core.answer import Answer, Timing, Usage
from assay.core.content import Message, Part, Text, ToolCall
from assay.core.errors import DatasetError
from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Trial
from assay.formats.importers import ImportedRun, Importer
from assay.formats.reading import json_document, json_lines, number_of
from assay.store.fold import Record

Row = dict[str, Any]
ROLES = ("system", "user", "assistant", "tool")


def read(place: Path) -> Iterator[ImportedRun]:
    """One run per model and benchmark below a folder; the subsets of a benchmark are a slice of it."""
    for folder in outputs_in(place):
        for model in sorted({each.name for side in ("reviews", "reports") for each in (folder / side).glob("*") if each.is_dir()}):
            reports = {path.stem: path for path in sorted((folder / "reports" / model).glob("*.json"))}
            reviews = sorted((folder / "reviews" / model).glob("*.jsonl"))
            for name in benchmarks_of(reviews, reports):
                own = [path for path in reviews if benchmark_of(path, reports) == name]
                yield imported(folder, model, name, own, reports.get(name))


def outputs_in(place: Path) -> list[Path]:
    """The output folders at or below a place."""
    return sorted({each.parent for each in place.rglob("*") if each.is_dir() and each.name in ("reviews", "reports")})


def benchmark_of(path: Path, reports: Mapping[str, Path]) -> str:
    """The benchmark whose subset a file of reviews is: its name begins with it."""
    known = [name for name in reports if path.stem == name or path.stem.startswith(f"{name}_")]
    return max(known, key=len) if known else path.stem


def benchmarks_of(reviews: Sequence[Path], reports: Mapping[str, Path]) -> list[str]:
    """Every benchmark with reviews or a report."""
    return list(dict.fromkeys([*(benchmark_of(path, reports) for path in reviews), *reports]))


def imported(folder: Path, model: str, name: str, reviews: Sequence[Path], report: Path | None) -> ImportedRun:
    """One model on one benchmark."""
    told = json_document(report) if report is not None else {}
    names: dict[str, None] = {}
    records = [record for path in reviews for record in records_of(folder, model, name, path, names)]
    reported = figures(told) if not records else {}
    return ImportedRun(
        task=name,
        model=str(told.get("model_name") or model),
        tool="EvalScope",
        records=records,
        created=created_of(folder),
        settings={"dataset": told["dataset_name"]} if told.get("dataset_name") else {},
        fingerprints={
            "dataset": fingerprint(
                "evalscope", sorted({(each.trial.sample_id, str(each.sample.target)) for each in records if each.sample})
            ),
            "solver": fingerprint("evalscope", sorted({(each.trial.sample_id, each.sample.prompt) for each in records if each.sample})),
            "scorers": fingerprint("evalscope", name, sorted(names)),
        },
        reported=reported,
    )


def created_of(folder: Path) -> str:
    """The time in a folder's name, 20260101_120000."""
    date, _, clock = folder.name.partition("_")
    if len(date) == 8 and len(clock) == 6 and (date + clock).isdigit():
        return f"{date[:4]}-{date[4:6]}-{date[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}+00:00"
    return ""


def records_of(folder: Path, model: str, name: str, path: Path, names: dict[str, None]) -> Iterator[Record]:
    """The reviews of one subset, each with its prediction where that is kept apart."""
    subset = path.stem.removeprefix(name).strip("_") or "default"
    beside = folder / "predictions" / model / path.name
    predictions = {row.get("index"): row for _, row in json_lines(beside)} if beside.is_file() else {}
    tried: dict[str, int] = {}
    for line, row in json_lines(path):
        found = (
            old_review(row) if "choices" in row and "sample_score" not in row else new_review(row, predictions.get(row.get("index"), {}))
        )
        if found is None:
            raise DatasetError(
                f"{path}, line {line} is no review of EvalScope.", remedy="Expected 'sample_score' or 'choices' with a 'review'."
            )
        for sample, answer, scores in found:
            own = f"{subset}/{sample.id}"
            number = tried.get(own, 0)
            tried[own] = number + 1
            names.update(dict.fromkeys(each.scorer for each in scores))
            trial = Trial(sample_id=own, number=number, answer=answer, scores=scores, seconds=answer.timing.seconds)
            yield Record(
                trial=trial, sample=Sample(id=own, input=sample.input, target=sample.target, metadata={"subset": subset, **sample.metadata})
            )


Found = list[tuple[Sample, Answer, tuple[Score, ...]]]


def new_review(row: Row, prediction: Row) -> Found | None:
    """A review of version 1. Repeats of a sample share its group."""
    told = row.get("sample_score")
    if not isinstance(told, dict) or not isinstance(told.get("score"), dict):
        return None
    score = told["score"]
    index = told.get("group_id") if told.get("group_id") is not None else told.get("sample_id")
    index = row.get("index") if index is None else index
    messages = messages_of(row.get("messages") or prediction.get("messages") or [])
    prompt = tuple(each for each in messages if each.role != "assistant")
    target = row.get("target")
    targets = tuple(str(each) for each in target) if isinstance(target, list) else None if target is None else str(target)
    text = first_text(prediction) or str(score.get("prediction") or "")
    values = (score.get("value") or {}) if score.get("status", "success") == "success" else {}
    extracted = score.get("extracted_prediction")
    scores = tuple(
        Score(
            scorer=str(name),
            value=number_of(value),
            extracted=None if extracted is None else str(extracted),
            reason=str(score.get("explanation") or "")
            or (None if number_of(value) is not None else f"EvalScope's score is {value!r:.60}: no number"),
        )
        for name, value in values.items()
    )
    scores = scores or (
        Score(
            scorer=str(score.get("main_score_name") or "score"),
            value=None,
            reason=str(score.get("explanation") or "EvalScope gave no score"),
        ),
    )
    metadata = {key: value for key, value in (told.get("sample_metadata") or {}).items() if isinstance(value, str | int | float | bool)}
    sample = Sample(id=str(index), input=prompt or str(row.get("input") or ""), target=targets or None, metadata=metadata)
    return [(sample, answer_of(text, prediction), scores)]


def old_review(row: Row) -> Found | None:
    """A review of version 0: a review of each choice."""
    raw = row.get("raw_input") or {}
    found: Found = []
    for choice in row.get("choices") or ():
        review = choice.get("review")
        if not isinstance(review, dict):
            return None
        result = review.get("result")
        values = result if isinstance(result, dict) else {"AverageAccuracy": result}
        gold, pred = review.get("gold"), review.get("pred")
        scores = tuple(
            Score(
                scorer=str(name),
                value=number_of(value),
                extracted=None if pred is None else str(pred),
                reason=None if number_of(value) is not None else f"EvalScope's result is {value!r:.60}: no number",
            )
            for name, value in values.items()
        )
        prompt = str(raw.get("question") or raw.get("query") or raw.get("prompt") or raw.get("input") or "")
        about = {key: value for key, value in raw.items() if isinstance(value, str | int) and len(str(value)) <= 80}
        sample = Sample(
            id=str(row.get("index", row.get("answer_id"))), input=prompt, target=None if gold is None else str(gold), metadata=about
        )
        found.append((sample, Answer(text=text_in((choice.get("message") or {}).get("content"))), scores))
    return found or None


def messages_of(messages: Sequence[Row]) -> tuple[Message, ...]:
    """Chat messages; content may be a text or parts."""
    return tuple(
        Message(role=each["role"] if each.get("role") in ROLES else "user", content=parts_of(each))
        for each in messages
        if isinstance(each, dict)
    )


def parts_of(row: Row) -> tuple[Part, ...]:
    """The text of a message and its tool calls."""
    calls = tuple(
        ToolCall(
            id=str(call.get("id") or ""),
            name=str((call.get("function") or {}).get("name") or ""),
            arguments=(call.get("function") or {}).get("arguments") or {},
        )
        for call in row.get("tool_calls") or ()
        if isinstance(call, dict) and isinstance(call.get("function"), dict)
    )
    return (Text(text=text_in(row.get("content"))), *calls)


def text_in(content: Any) -> str:
    """The text of a message's content."""
    if isinstance(content, list):
        return "".join(str(each.get("text") or "") for each in content if isinstance(each, dict))
    return "" if content is None else str(content)


def reasoning_in(content: Any) -> str | None:
    """The thought of a message whose content is in parts."""
    if not isinstance(content, list):
        return None
    return "".join(str(each.get("reasoning") or "") for each in content if isinstance(each, dict)) or None


def first_text(prediction: Row) -> str:
    """The text of a prediction's first choice."""
    choices = (prediction.get("model_output") or {}).get("choices") or [{}]
    return text_in((choices[0].get("message") or {}).get("content"))


def answer_of(text: str, prediction: Row) -> Answer:
    """The answer with its cost and time, as far as the prediction tells."""
    output = prediction.get("model_output") or {}
    usage = output.get("usage") or {}
    choice = (output.get("choices") or [{}])[0]
    return Answer(
        text=text,
        reasoning=reasoning_in((choice.get("message") or {}).get("content")),
        model=str(output.get("model") or prediction.get("model") or ""),
        usage=Usage(
            input_tokens=int(number_of(usage.get("input_tokens")) or 0), output_tokens=int(number_of(usage.get("output_tokens")) or 0)
        ),
        timing=Timing(seconds=number_of(output.get("time")) or 0.0),
        stop_reason="length" if choice.get("stop_reason") == "max_tokens" else "stop",
    )


def figures(report: Mapping[str, Any]) -> dict[str, Estimate]:
    """The report's metrics, without intervals."""
    found = {}
    for metric in report.get("metrics") or ():
        value = number_of(metric.get("score"))
        if value is not None:
            found[str(metric.get("name") or "score")] = Estimate(
                value=value, low=None, high=None, n=int(number_of(metric.get("num")) or 0), clusters=0, method="reported"
            )
    return found


def recognises(place: Path) -> bool:
    """A folder with reviews/MODEL/*.jsonl or reports/MODEL/*.json below it."""
    return place.is_dir() and any(next(place.rglob(pattern), None) is not None for pattern in ("reviews/*/*.jsonl", "reports/*/*.json"))


EVALSCOPE = Importer(
    what="EvalScope: the output folder of a run, with reviews/, predictions/ and reports/", read=read, recognises=recognises
)
