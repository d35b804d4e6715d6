"""lm-evaluation-harness results: `results_*.json` with the figures, `samples_*.jsonl` with every answer where it was run with --log_samples."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import DatasetError
from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint
from assay.formats.importers import ImportedRun, Importer
from assay.formats.lm_eval_samples import Survey, plain, records, surveyed
from assay.formats.reading import json_document, number_of

DATED = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+)\.jsonl?")
NORMAL = 1.959964


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """A results file, as far as it is read; `path` is where it stands."""

    path: Path
    content: dict[str, Any]

    def of(self, part: str, task: str) -> Any:
        """What a part of the file (`configs`, `versions`) says of a task."""
        found = self.content.get(part)
        return found.get(task) if isinstance(found, dict) else None

    @property
    def model(self) -> str:
        """The model, as `provider/name`."""
        config = self.content.get("config") or {}
        kind = str(self.content.get("model_source") or config.get("model") or "lm-eval")
        name = self.content.get("model_name") or named_in(config.get("model_args"))
        return f"{kind}/{name}" if name else kind

    @property
    def created(self) -> str:
        """When it was written, as far as it says."""
        seconds = self.content.get("date")
        if not isinstance(seconds, int | float):
            return ""
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")

    @property
    def tool(self) -> str:
        """lm-eval with its version."""
        return f"lm-eval {self.content.get('lm_eval_version') or ''}".strip()


def named_in(arguments: Any) -> str:
    """The model's name in `model_args`, which is a text or a mapping."""
    if isinstance(arguments, str):
        arguments = dict(each.split("=", 1) for each in arguments.split(",") if "=" in each)
    given = arguments or {}
    return next((str(given[key]) for key in ("pretrained", "model", "path", "engine") if given.get(key)), "")


def read(place: Path) -> Iterator[ImportedRun]:
    """One run per task of a results file, a file of samples, or every results file below a folder. A file of samples alone is a run without settings."""
    if place.is_dir():
        files = sorted(each for each in place.rglob("*.json") if is_results(each))
        for path in files:
            yield from read(path)
        known = {sample for path in files for task in tasks_in(open_results(path)) if (sample := samples_of(open_results(path), task))}
        for path in sorted({*place.rglob("samples_*.jsonl"), *place.rglob("samples_*.json")} - known):
            yield alone(path)
    elif place.suffix == ".json" and not place.name.startswith("samples_"):
        results = open_results(place)
        for task in tasks_in(results):
            yield imported(results, task, samples_of(results, task))
    else:
        yield beside(place)


def is_results(path: Path) -> bool:
    """Whether a file is one of lm-eval's results: by its name and its first words."""
    if path.suffix != ".json" or not path.name.startswith("results"):
        return False
    with path.open("rb") as file:
        return b'"results"' in file.read(4096)


def open_results(path: Path) -> Results:
    """The results in a file. Raises DatasetError for one that is none."""
    content = json_document(path)
    if not isinstance(content, dict) or not isinstance(content.get("results"), dict):
        raise DatasetError(f"{path} holds no results of lm-eval.", remedy="Expected an object with 'results'.")
    return Results(path=path, content=content)


def tasks_in(results: Results) -> list[str]:
    """The tasks; groups are figures of figures, and left out."""
    groups = {name for name, members in (results.content.get("group_subtasks") or {}).items() if members}
    return [name for name in results.content["results"] if name not in groups and name not in (results.content.get("groups") or {})]


def samples_of(results: Results, task: str) -> Path | None:
    """The file of a task's samples: of the same date beside the results, or by the older names."""
    folder, name = results.path.parent, results.path.name
    date = name.removeprefix("results").removesuffix(".json").removeprefix("_")
    for ending in ("jsonl", "json"):
        dated = folder / f"samples_{task}_{date}.{ending}"
        if dated.is_file():
            return dated
    older = [each for each in folder.glob("*.jsonl") if each.name.endswith(f"_{task}.jsonl") and not DATED.fullmatch(each.name)]
    return older[0] if len(older) == 1 else None


def beside(path: Path) -> ImportedRun:
    """A file of samples, with the results that stand beside it where they do."""
    found = DATED.fullmatch(path.name)
    if found:
        results = path.parent / f"results_{found['date']}.json"
        if results.is_file() and found["task"] in tasks_in(opened := open_results(results)):
            return imported(opened, found["task"], path)
    return alone(path)


def alone(path: Path) -> ImportedRun:
    """A file of samples and nothing else; its folder is called after the model."""
    found = DATED.fullmatch(path.name)
    task = found["task"] if found else path.stem
    empty = Results(path=path, content={"results": {task: {}}, "config": {"model": path.absolute().parent.name}})
    return imported(empty, task, path)


def imported(results: Results, task: str, samples: Path | None) -> ImportedRun:
    """One task: its trials where there are samples, its figures where there are not."""
    config, own = results.content.get("config") or {}, results.of("configs", task) or {}
    higher = results.of("higher_is_better", task) or {}
    reported = figures(results.content["results"][task], count_of(results, task))
    lower = tuple(name for name in reported if higher.get(name.partition(",")[0]) is False)
    survey = Survey() if samples is None else surveyed(samples)
    planned = results.of("n-samples", task) or {}
    asked = planned.get("effective") if isinstance(planned, dict) else None
    return ImportedRun(
        task=task,
        model=results.model,
        tool=results.tool,
        records=() if samples is None else records(samples, survey),
        created=results.created,
        planned=max(int(asked or 0), survey.documents) if samples is not None else None,
        settings=settings_of(results, task, config, own),
        fingerprints=fingerprints_of(task, own, survey),
        lower_is_better=tuple(dict.fromkeys(plain(each) for each in lower)),
        reported={plain(name): each for name, each in reported.items()},
        notes=(f"{', '.join(survey.whole)}: a figure of the whole set, which single samples do not have",) if survey.whole else (),
    )


def count_of(results: Results, task: str) -> int:
    """How many samples a figure stands on, 0 where nobody says."""
    planned = results.of("n-samples", task)
    found = planned.get("effective") if isinstance(planned, dict) else results.content["results"][task].get("sample_len")
    return int(found) if isinstance(found, int) else 0


def figures(row: Mapping[str, Any], count: int) -> dict[str, Estimate]:
    """The reported metrics with intervals from their standard errors; without one where lm-eval has none."""
    found = {}
    for key, told in row.items():
        name, _, kind = key.partition(",")
        value = number_of(told)
        if value is None or name.endswith("_stderr") or name in ("sample_len", "samples", "name", "alias"):
            continue
        error = number_of(row.get(f"{name}_stderr,{kind}" if kind else f"{name}_stderr"))
        half = None if error is None else NORMAL * error
        found[key] = Estimate(
            value=value,
            low=None if half is None else value - half,
            high=None if half is None else value + half,
            n=count,
            clusters=count,
            method="reported" if half is None else "reported standard error",
        )
    return found


def settings_of(results: Results, task: str, config: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What was set, in words."""
    told = {
        "task version": results.of("versions", task),
        "num_fewshot": results.of("n-shot", task),
        "limit": config.get("limit"),
        "batch_size": config.get("batch_size"),
        "model_args": config.get("model_args"),
        "gen_kwargs": config.get("gen_kwargs") or own.get("generation_kwargs"),
        "output_type": own.get("output_type"),
        "dataset": own.get("dataset_path"),
        "dataset name": own.get("dataset_name"),
        "chat template": results.content.get("chat_template_sha"),
        "system instruction": results.content.get("system_instruction"),
        "fewshot seed": config.get("fewshot_seed"),
        "git": results.content.get("git_hash"),
    }
    return {name: value for name, value in told.items() if value not in (None, "", {}, [])}


def fingerprints_of(task: str, own: Mapping[str, Any], survey: Survey) -> dict[str, str]:
    """What tells whether two runs of a task may stand side by side."""
    if not survey.documents:
        return {}
    rules = {name: own.get(name) for name in ("metric_list", "filter_list", "output_type") if name in own}
    return {
        "dataset": survey.dataset,
        "solver": survey.prompts,
        "scorers": fingerprint("lm-eval", task, rules),
        "decoding": fingerprint(own.get("generation_kwargs")),
    }


def recognises(place: Path) -> bool:
    """A results file, a file of samples, or a folder with one of them."""
    if place.is_dir():
        found = [*place.rglob("results*.json"), *place.rglob("samples_*.json*")][:50]
        return any(recognises(each) for each in found)
    if place.suffix == ".json" and not place.name.startswith("samples_"):
        return is_results(place) and is_lm_eval(place)
    return place.suffix in (".jsonl", ".json") and starts_as_samples(place)


def is_lm_eval(path: Path) -> bool:
    """Whether results are lm-eval's: other tools write `results` too."""
    try:
        return bool({"configs", "versions", "n-shot"} & set(open_results(path).content))
    except DatasetError:
        return False


def starts_as_samples(path: Path) -> bool:
    """Whether the first kilobytes look like samples of lm-eval."""
    with path.open("rb") as file:
        head = file.read(65536)
    return b'"doc_id"' in head and (b'"filtered_resps"' in head or b'"resps"' in head)


LM_EVAL = Importer(what="lm-evaluation-harness: results_*.json, samples_*.jsonl, or their folder", read=read, recognises=recognises)
