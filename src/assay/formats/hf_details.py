"""Details of Hugging Face's leaderboards and of lighteval: a Parquet file a task, a row a sample, of their older and newer layouts."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.core.answer import Answer
from assay.core.content import Message, message
from assay.core.errors import DatasetError
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Trial
from assay.datasets.formats import rows_of
from assay.formats.importers import ImportedRun, Importer
from assay.formats.reading import number_of
from assay.store.fold import Record

NAME = re.compile(r"details_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d:.-]+)\.parquet")
KNOWN = frozenset(
    [
        "choices",
        "cont_tokens",
        "example",
        "full_prompt",
        "gold",
        "gold_index",
        "hash",
        "input_tokens",
        "instruction",
        "metrics",
        "num_asked_few_shots",
        "num_effective_few_shots",
        "padded",
        "pred_logits",
        "predictions",
        "specifics",
        "truncated",
        "num_padded",
        "num_truncated",
        "gold_texts",
        "hashes",
        "ctx",
        "sentences",
        "__index_level_0__",
    ]
)
"""Columns of the older layouts that are no metric."""
Row = Mapping[str, Any]


def read(place: Path) -> Iterator[ImportedRun]:
    """One run per Parquet file of details at or below a place."""
    paths = sorted(each for each in place.rglob("*.parquet") if NAME.fullmatch(each.name)) if place.is_dir() else [place]
    for path in paths:
        yield imported(path)


def imported(path: Path) -> ImportedRun:
    """One task of one model: the model is called by its folders, as lighteval lays them out."""
    found = NAME.fullmatch(path.name)
    rows = [row for _, row in rows_of([path]).scan()]
    records = [record_of(str(number), row, path) for number, row in enumerate(rows)]
    names = sorted({score.scorer for each in records for score in each.trial.scores})
    return ImportedRun(
        task=task_of(found["task"] if found else path.stem),
        model=model_of(path),
        tool="lighteval",
        records=records,
        created=created_of(found["date"]) if found else "",
        fingerprints={
            "dataset": fingerprint("lighteval", [(str(each.sample.target), each.sample.choices) for each in records if each.sample]),
            "solver": fingerprint("lighteval", [each.sample.prompt for each in records if each.sample]),
            "scorers": fingerprint("lighteval", found["task"] if found else path.stem, names),
        },
    )


def task_of(name: str) -> str:
    """`leaderboard|gsm8k|5` or `harness-gsm8k-5` as it is written."""
    return name.strip("|")


def created_of(date: str) -> str:
    """The time in a file's name, 2026-01-02T03-04-05.678, as an ISO time."""
    day, _, clock = date.partition("T")
    return f"{day}T{clock[:8].replace('-', ':')}+00:00"


def model_of(path: Path) -> str:
    """The folders between `details` and the date, or the name of a details repository (details_ORG__MODEL)."""
    parts = path.absolute().parts[:-1]
    if "details" in parts:
        inside = parts[len(parts) - 1 - parts[::-1].index("details") + 1 :]
        kept = [each for each in inside if not re.match(r"\d{4}-\d\d-\d\dT", each)]
        if kept:
            return "/".join(kept)
    repository = next((each for each in reversed(parts) if each.startswith("details_")), None)
    return repository.removeprefix("details_").replace("__", "/", 1) if repository else (parts[-1] if parts else "unknown")


def record_of(name: str, row: Row, path: Path) -> Record:
    """A row of either layout."""
    if isinstance(row.get("doc"), dict):
        sample, answer, metrics = newer(name, row)
    elif "full_prompt" in row or "predictions" in row or "example" in row:
        sample, answer, metrics = older(name, row)
    else:
        raise DatasetError(
            f"{path} holds no details of lighteval: its columns are {', '.join(list(row)[:8])}.", remedy="Expected 'doc' or 'full_prompt'."
        )
    scores = tuple(score_of(metric, value) for metric, value in metrics.items() if not isinstance(value, list | dict))
    if not scores:
        scores = (Score(scorer="score", value=None, reason="the details hold no metric of this sample"),)
    flags = ("empty",) if not answer.text.strip() else ()
    return Record(trial=Trial(sample_id=name, number=0, answer=answer, scores=scores, flags=flags), sample=sample)


def score_of(metric: str, value: Any) -> Score:
    """One metric of one sample."""
    number = number_of(value)
    return Score(scorer=metric, value=number, reason=None if number is not None else f"the value is {value!r:.60}: no number")


def newer(name: str, row: Row) -> tuple[Sample, Answer, Mapping[str, Any]]:
    """A row with `doc`, `model_response` and `metric`."""
    doc, response = row["doc"], row.get("model_response") or {}
    choices = [str(each) for each in doc.get("choices") or ()]
    gold = doc.get("gold_index")
    right = [
        choices[index] for index in (gold if isinstance(gold, list) else [gold]) if isinstance(index, int) and 0 <= index < len(choices)
    ]
    texts = response.get("text_post_processed") or response.get("text") or []
    nats = numbers(response.get("logprobs"))
    sent = response.get("input")
    answer = answered(texts, choices, nats, reasonings=response.get("reasonings") or ())
    sample = Sample(
        id=name,
        input=prompt_of(sent if sent else doc.get("query")),
        target=tuple(right) or None,
        choices=tuple(choices) if len(choices) > 1 else None,
        metadata={"task": doc["task_name"]} if doc.get("task_name") else {},
    )
    return sample, answer, row.get("metric") or row.get("metrics") or {}


def older(name: str, row: Row) -> tuple[Sample, Answer, Mapping[str, Any]]:
    """A row with `full_prompt`, `predictions` and its metrics in columns of their own, or in `metrics`."""
    choices = [str(each) for each in listed(row.get("choices"))]
    gold = listed(row.get("gold_texts")) or listed(row.get("gold"))
    index = row.get("gold_index", row.get("gold"))
    if not [each for each in gold if isinstance(each, str)] and isinstance(index, int) and 0 <= index < len(choices):
        gold = [choices[index]]
    predictions = listed(row.get("predictions"))
    nats = numbers(predictions) if choices and len(predictions) == len(choices) else numbers(listed(row.get("pred_logits")))
    texts = [each for each in predictions if isinstance(each, str)]
    metrics = row["metrics"] if isinstance(row.get("metrics"), dict) else {key: value for key, value in row.items() if key not in KNOWN}
    sample = Sample(
        id=name,
        input=prompt_of(row.get("full_prompt") or row.get("example")),
        target=tuple(str(each) for each in gold) or None,
        choices=tuple(choices) if len(choices) > 1 else None,
    )
    return sample, answered(texts, choices, nats), metrics


def answered(texts: Sequence[Any], choices: Sequence[str], nats: Sequence[float], reasonings: Sequence[Any] = ()) -> Answer:
    """The text that was written, or the likeliest choice."""
    if choices and len(nats) == len(choices) > 1:
        best = max(range(len(choices)), key=nats.__getitem__)
        return Answer(
            text=choices[best], choice_logprobs=tuple((value, 0, len(each.encode())) for value, each in zip(nats, choices, strict=True))
        )
    said = [str(each) for each in texts if each is not None]
    thought = next((str(each) for each in reasonings if each), None)
    return Answer(text=said[0] if said else "", reasoning=thought, notes=tuple(f"another response: {each}" for each in said[1:]))


def listed(value: Any) -> list[Any]:
    """A list, also where it was written as a text: "['A', 'B']"."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return [value]
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def numbers(values: Any) -> list[float]:
    """The numbers of a list, none where one of them is none."""
    flat = [each[0] if isinstance(each, list) and each else each for each in listed(values)]
    found = [number_of(each) for each in flat]
    return [] if None in found else [each for each in found if each is not None]


def prompt_of(given: Any) -> str | tuple[Message, ...]:
    """A text, or a chat."""
    if isinstance(given, list) and given and all(isinstance(each, dict) and "role" in each for each in given):
        known = ("system", "user", "assistant")
        return tuple(message(each["role"] if each["role"] in known else "user", str(each.get("content") or "")) for each in given)
    return "" if given is None else str(given)


def recognises(place: Path) -> bool:
    """A Parquet file of details by its name, or a folder with one below it."""
    if place.is_file():
        return NAME.fullmatch(place.name) is not None
    return any(NAME.fullmatch(each.name) for each in place.rglob("details_*.parquet"))


HF_DETAILS = Importer(
    what="details of lighteval and of Hugging Face leaderboards (details_TASK_DATE.parquet)", read=read, recognises=recognises
)
