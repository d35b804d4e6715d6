"""OpenCompass: the folder of a run (`outputs/default/20260101_120000`), with predictions/MODEL/DATASET.json and results/MODEL/DATASET.json."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assay.core.answer import Answer
from assay.core.content import Message, message
from assay.core.errors import DatasetError
from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Trial
from assay.formats.importers import ImportedRun, Importer
from assay.formats.reading import json_document, number_of
from assay.store.fold import Record

PART = re.compile(r"(?P<dataset>.+)_(?P<number>\d+)")
ROLES = {"HUMAN": "user", "BOT": "assistant", "SYSTEM": "system", "user": "user", "assistant": "assistant", "system": "system"}
UNSCORED = (
    "OpenCompass wrote no details of this sample: score it with `assay score RUN --scorer NAME`, or evaluate with --dump-eval-details"
)
Rows = dict[str, dict[str, Any]]


def read(place: Path) -> Iterator[ImportedRun]:
    """One run per model and dataset below a folder, or of one file of predictions or results."""
    if place.is_file():
        yield imported(*sides_of(place))
        return
    for folder in sorted({each.parent for each in place.rglob("*") if each.is_dir() and each.name in ("predictions", "results")}):
        for model, dataset in pairs_in(folder):
            yield imported(folder, model, dataset)


def sides_of(path: Path) -> tuple[Path, str, str]:
    """The run's folder, the model and the dataset that a file's place tells: .../predictions/MODEL/DATASET.json."""
    return path.parents[2], path.parent.name, path.stem


def pairs_in(folder: Path) -> list[tuple[str, str]]:
    """(model, dataset) of every prediction and result; the parts of a split prediction are one."""
    found = {
        (path.parent.name, name)
        for side in ("predictions", "results")
        for path in (folder / side).glob("*/*.json")
        if not path.name.startswith("tmp_")
        for name in [whole_of(path)]
    }
    return sorted(found)


def whole_of(path: Path) -> str:
    """The dataset's name: `gsm8k` for gsm8k_1.json where gsm8k_0.json stands beside it and gsm8k.json does not."""
    part = PART.fullmatch(path.stem)
    if part is None or path.with_name(f"{part['dataset']}.json").exists() or not path.with_name(f"{part['dataset']}_0.json").exists():
        return path.stem
    return part["dataset"]


def imported(folder: Path, model: str, dataset: str) -> ImportedRun:
    """One model on one dataset."""
    predictions = rows_of(folder / "predictions" / model, dataset)
    path = folder / "results" / model / f"{dataset}.json"
    results = json_document(path) if path.is_file() else {}
    if not isinstance(results, dict):
        raise DatasetError(f"{path} holds no result of OpenCompass.", remedy="Expected an object with 'accuracy' or another metric.")
    details = details_of(results.get("details"))
    figures = {name: number / 100.0 for name, value in results.items() if name != "details" and (number := number_of(value)) is not None}
    metric = next((name for name in ("accuracy", "score") if name in figures), next(iter(figures), "accuracy"))
    if "error" in results and not details and not predictions:
        raise DatasetError(f"{path}: OpenCompass failed: {results['error']}.", remedy="Evaluate again.")
    names = list(dict.fromkeys([*predictions, *details]))
    samples = {name: sample_of(name, predictions.get(name, {}), details.get(name, {})) for name in names}
    return ImportedRun(
        task=dataset,
        model=model,
        tool="OpenCompass",
        records=[record_of(samples[name], predictions.get(name, {}), details.get(name), metric) for name in names],
        created=created_of(folder),
        fingerprints={
            "dataset": fingerprint("opencompass", sorted((name, str(each.target)) for name, each in samples.items())),
            "solver": fingerprint("opencompass", sorted((name, each.prompt) for name, each in samples.items())),
            "scorers": fingerprint("opencompass", dataset, metric),
        },
        reported={
            name: Estimate(value=value, low=None, high=None, n=len(names), clusters=0, method="reported")
            for name, value in figures.items()
            if 0.0 <= value <= 1.0
        },
        notes=()
        if details or not names
        else ("no sample is scored: OpenCompass wrote no details; assay score RUN --scorer NAME scores them",),
    )


def created_of(folder: Path) -> str:
    """The time in a folder's name, 20260101_120000."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)", folder.name)
    return "{}-{}-{}T{}:{}:{}+00:00".format(*found.groups()) if found else ""


def rows_of(folder: Path, dataset: str) -> Rows:
    """The predictions by number; of a split file the parts, one after the other."""
    whole = folder / f"{dataset}.json"
    if whole.is_file():
        return numbered(json_document(whole), whole)
    parts = sorted(
        folder.glob(f"{dataset}_*.json"),
        key=lambda each: int(each.stem.rpartition("_")[2]) if each.stem.rpartition("_")[2].isdigit() else -1,
    )
    found: Rows = {}
    for expected, path in enumerate(each for each in parts if PART.fullmatch(each.stem)):
        if path.stem != f"{dataset}_{expected}":
            raise DatasetError(
                f"{folder}: the part {dataset}_{expected}.json is missing.", remedy="Copy all parts: predictions are numbered through."
            )
        offset = len(found)
        found.update({str(offset + int(name)): row for name, row in numbered(json_document(path), path).items()})
    return found


def numbered(content: Any, path: Path) -> Rows:
    """Predictions as an object by number. Raises DatasetError for what is none."""
    if not isinstance(content, dict) or not all(name.isdigit() and isinstance(row, dict) for name, row in content.items()):
        raise DatasetError(f"{path} holds no predictions of OpenCompass.", remedy="Expected an object of rows by number: {'0': {...}}.")
    return dict(sorted(content.items(), key=lambda each: int(each[0])))


def details_of(details: Any) -> Rows:
    """The details by number, whether they were written as a list or as an object (which also says the `type`)."""
    if isinstance(details, list):
        return {str(number): row for number, row in enumerate(details) if isinstance(row, dict)}
    if isinstance(details, dict):
        return {name: row for name, row in details.items() if name.isdigit() and isinstance(row, dict)}
    return {}


def sample_of(name: str, row: Mapping[str, Any], detail: Mapping[str, Any]) -> Sample:
    """The question: the prompt, or of one answered by perplexity the context of its options."""
    labels = [key for key in row if key.startswith("label: ")]
    prompt = row.get("origin_prompt", detail.get("prompt"))
    if prompt is None and labels:
        prompt = row[labels[0]].get("testing input") or row[labels[0]].get("prompt")
    target = first_known(row.get("gold"), detail.get("references"), detail.get("answer"), detail.get("gold"))
    targets = tuple(str(each) for each in target) if isinstance(target, list) else None if target is None else str(target)
    return Sample(
        id=name, input=prompt_of(prompt), target=targets or None, choices=tuple(label.removeprefix("label: ") for label in labels) or None
    )


def first_known(*values: Any) -> Any:
    """The first value that is there."""
    return next((each for each in values if each is not None), None)


def prompt_of(prompt: Any) -> str | tuple[Message, ...]:
    """A text, or a chat in OpenCompass's words."""
    if isinstance(prompt, list) and prompt and all(isinstance(each, dict) for each in prompt):
        return tuple(message(ROLES.get(str(each.get("role")), "user"), str(each.get("prompt", each.get("content", "")))) for each in prompt)  # type: ignore[arg-type]
    return "" if prompt is None else str(prompt)


def record_of(sample: Sample, row: Mapping[str, Any], detail: Mapping[str, Any] | None, metric: str) -> Record:
    """One prediction with what the details say of it."""
    text = first_known(row.get("prediction"), (detail or {}).get("origin_prediction"), (detail or {}).get("pred"))
    if isinstance(text, list):
        text = "\n\n".join(str(each) for each in text)
    correct = None if detail is None else first_known(*(detail.get(name) for name in ("correct", "is_correct", "score")))
    if isinstance(correct, list):
        known = [number_of(each) for each in correct]
        correct = None if not known or None in known else sum(each or 0.0 for each in known) / len(known)
    value = (
        number_of(correct) if not isinstance(correct, str) or correct.lower() not in ("true", "false") else float(correct.lower() == "true")
    )
    extracted = None if detail is None else first_known(detail.get("predictions"), detail.get("pred"))
    score = Score(
        scorer=metric,
        value=value,
        extracted=None if extracted is None else str(extracted),
        reason=None if value is not None else UNSCORED,
    )
    text = "" if text is None or isinstance(text, dict) else str(text)
    flags = () if text.strip() else ("empty",)
    return Record(trial=Trial(sample_id=sample.id, number=0, answer=Answer(text=text), scores=(score,), flags=flags), sample=sample)


def recognises(place: Path) -> bool:
    """A folder with predictions/MODEL/*.json or results/MODEL/*.json below it, or such a file with OpenCompass's rows."""
    if place.is_file():
        return place.suffix == ".json" and place.parent.parent.name in ("predictions", "results") and starts_as_ours(place)
    found = [path for side in ("predictions", "results") for path in place.rglob(f"{side}/*/*.json")]
    return any(starts_as_ours(path) for path in found[:20])


def starts_as_ours(path: Path) -> bool:
    """Whether a file's first kilobytes are OpenCompass's: rows by number, or a result with its accuracy."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip()
    return bool(re.match(rb'\{\s*"\d+"\s*:\s*\{', head)) or bool(re.match(rb'\{\s*"[\w@ ./-]+"\s*:\s*[\d.]+', head))


OPENCOMPASS = Importer(what="OpenCompass: the timestamped output folder, with predictions/ and results/", read=read, recognises=recognises)
