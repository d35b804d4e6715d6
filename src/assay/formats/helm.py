"""HELM run folders: `run_spec.json`, `scenario_state.json` with every request, `per_instance_stats.json` with every metric of every instance."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.core.answer import Answer, Timing, Usage
from assay.core.errors import DatasetError
from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.formats.importers import ImportedRun, Importer
from assay.formats.reading import json_document, number_of
from assay.store.fold import Record

SPEC, STATE, STATS, TOTALS = "run_spec.json", "scenario_state.json", "per_instance_stats.json", "stats.json"
BOOKKEEPING = (
    "num_",
    "finish_reason",
    "inference_",
    "batch_size",
    "training_",
    "prompt_truncated",
    "max_prob",
    "predicted_index",
    "num_perplexity",
)
"""How HELM's statistics begin that tell how a request went and not how good its answer is."""
LOWER = ("perplexity", "bits_per_byte", "toxic_frac", "expected_max_toxicity", "ece", "edit_distance", "wer", "cer", "bias_metric")
NORMAL = 1.959964


def read(place: Path) -> Iterator[ImportedRun]:
    """One run per HELM run folder at or below a place."""
    if place.is_file() and place.name != SPEC:
        raise DatasetError(f"{place} is no {SPEC}.", remedy="Name a run folder of HELM, or its run_spec.json.")
    for path in sorted(place.rglob(SPEC)) if place.is_dir() else [place]:
        yield imported(path.parent)


def imported(folder: Path) -> ImportedRun:
    """One run folder; without its states or statistics what is missing is told."""
    spec = json_document(folder / SPEC)
    if not isinstance(spec, dict) or "adapter_spec" not in spec:
        raise DatasetError(f"{folder / SPEC} is no run spec of HELM.", remedy="Expected an object with 'adapter_spec'.")
    adapter = spec["adapter_spec"]
    missing = [name for name in (STATE, STATS) if not (folder / name).is_file()]
    names: dict[str, None] = {}
    records = [] if missing else list(records_of(folder, names))
    groups = spec.get("groups") or []
    return ImportedRun(
        task=task_of(str(spec.get("name", folder.name))),
        model=str(adapter.get("model") or adapter.get("model_deployment") or "unknown"),
        tool="HELM",
        records=records,
        settings=settings_of(adapter),
        fingerprints={
            "dataset": fingerprint(spec.get("scenario_spec"), sorted({(each.trial.sample_id, sample_text(each)) for each in records})),
            "solver": fingerprint({name: adapter.get(name) for name in ("method", "instructions", "input_prefix", "max_train_instances")}),
            "scorers": fingerprint("helm", spec.get("metric_specs")),
            "decoding": fingerprint({name: adapter.get(name) for name in ("temperature", "max_tokens", "stop_sequences", "num_outputs")}),
        },
        lower_is_better=tuple(name for name in names if name.startswith(LOWER)),
        reported=figures(folder) if missing else {},
        scenario=str(groups[0]) if groups else None,
        notes=(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",) if missing else (),
    )


def task_of(name: str) -> str:
    """The run's name without its model: the same for every model."""
    scenario, colon, arguments = name.partition(":")
    kept = [each for each in arguments.split(",") if each and not each.startswith(("model=", "model_deployment="))]
    return f"{scenario}{colon}{','.join(kept)}" if kept else scenario


def settings_of(adapter: Mapping[str, Any]) -> dict[str, Any]:
    """What was set, in words."""
    names = (
        "method",
        "max_train_instances",
        "num_train_trials",
        "max_eval_instances",
        "temperature",
        "max_tokens",
        "num_outputs",
        "model_deployment",
    )
    return {name: adapter[name] for name in names if adapter.get(name) is not None}


def records_of(folder: Path, names: dict[str, None]) -> Iterator[Record]:
    """Every instance of every training trial, with its statistics; `names` gathers those of the scores."""
    states: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for state in json_document(folder / STATE).get("request_states") or ():
        if state.get("request_mode") != "calibration":
            states.setdefault(key_of(state["instance"], state), []).append(state)
    stats: dict[tuple[str, int], list[Score]] = {}
    for row in json_document(folder / STATS):
        key = key_of({"id": row.get("instance_id"), "perturbation": row.get("perturbation")}, row)
        stats.setdefault(key, []).extend(scores_of(row.get("stats") or ()))
    for own in stats.values():
        names.update(dict.fromkeys(each.scorer for each in own))
    missing = tuple(Score(scorer=name, value=None, reason="HELM has no statistics of this instance") for name in names)
    for key, asked in states.items():
        scores = tuple({each.scorer: each for each in stats.get(key, ())}.values()) or missing
        yield record_of(key, asked, scores)


def key_of(instance: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, int]:
    """Which sample and which trial: a perturbed instance is a sample of its own."""
    perturbation = (instance.get("perturbation") or {}).get("name")
    name = str(instance.get("id"))
    return (f"{name}+{perturbation}" if perturbation else name, int(row.get("train_trial_index") or 0))


def scores_of(stats: Sequence[Mapping[str, Any]]) -> Iterator[Score]:
    """The statistics that say how good an answer is. One without a count says nothing."""
    for stat in stats:
        name = str((stat.get("name") or {}).get("name"))
        if name.startswith(BOOKKEEPING) or not stat.get("count"):
            continue
        total = number_of(stat.get("sum"))
        value = None if total is None else total / stat["count"]
        yield Score(scorer=name, value=value, reason=None if value is not None else "HELM's statistic is no number")


def record_of(key: tuple[str, int], asked: Sequence[Mapping[str, Any]], scores: tuple[Score, ...]) -> Record:
    """One instance: its request and answer, or of many requests (an option each) the likeliest one's."""
    state = max(asked, key=likelihood) if len(asked) > 1 else asked[0]
    instance, result = state["instance"], state.get("result") or {}
    references = instance.get("references") or []
    texts = [str((each.get("output") or {}).get("text", "")) for each in references]
    right = [text for text, each in zip(texts, references, strict=True) if "correct" in (each.get("tags") or ())]
    perturbation = instance.get("perturbation") or {}
    original = str(instance.get("id"))
    metadata = {name: value for name in ("split", "sub_split") if (value := instance.get(name)) is not None}
    if perturbation:
        metadata["perturbation"] = perturbation.get("name")
    sample = Sample(
        id=key[0],
        input=str((state.get("request") or {}).get("prompt") or (instance.get("input") or {}).get("text", "")),
        target=tuple(right) or None,
        choices=tuple(texts) if len(texts) > 1 else None,
        cluster=original,
        metadata=metadata,
    )
    if result.get("success") is False:
        failure = Failure(blame="endpoint", kind="error", message=str(result.get("error") or "the request failed")[:2000])
        return Record(trial=Trial(sample_id=key[0], number=key[1], failure=failure, cluster=sample.cluster), sample=sample)
    if not scores:
        scores = (Score(scorer="helm", value=None, reason="HELM has no statistic of this instance"),)
    answer = answer_of(state, result)
    trial = Trial(sample_id=key[0], number=key[1], answer=answer, scores=scores, cluster=sample.cluster, seconds=answer.timing.seconds)
    return Record(trial=trial, sample=sample)


def likelihood(state: Mapping[str, Any]) -> float:
    """The log-probability of a request's completion, the least there is where none is told."""
    completions = (state.get("result") or {}).get("completions") or [{}]
    return number_of(completions[0].get("logprob")) or float("-inf")


def answer_of(state: Mapping[str, Any], result: Mapping[str, Any]) -> Answer:
    """The first completion."""
    completions = result.get("completions") or [{}]
    text = str(completions[0].get("text") or "")
    reasoning = (completions[0].get("thinking") or {}).get("text")
    return Answer(
        text=text,
        reasoning=reasoning,
        model=str((state.get("request") or {}).get("model") or ""),
        usage=Usage(output_tokens=len(completions[0].get("tokens") or ())),
        timing=Timing(seconds=number_of(result.get("request_time")) or 0.0),
        notes=tuple(f"another completion: {each.get('text')}" for each in completions[1:]),
    )


def sample_text(record: Record) -> str:
    """What makes a sample what it is: its target and choices; the prompt depends on the training trial."""
    return "" if record.sample is None else f"{record.sample.target}{record.sample.choices}"


def figures(folder: Path) -> dict[str, Estimate]:
    """The aggregated statistics of the test split, unperturbed, where there are no instances; their spread is over training trials, so they have no interval."""
    path = folder / TOTALS
    found: dict[str, Estimate] = {}
    for stat in json_document(path) if path.is_file() else ():
        name = stat.get("name") or {}
        mean = number_of(stat.get("mean"))
        if (
            name.get("split") == "test"
            and not name.get("perturbation")
            and mean is not None
            and not str(name.get("name")).startswith(BOOKKEEPING)
        ):
            found[str(name["name"])] = Estimate(
                value=mean, low=None, high=None, n=int(stat.get("count") or 0), clusters=0, method="reported"
            )
    return found


def recognises(place: Path) -> bool:
    """A run spec, or a folder with one in it or below it."""
    return place.name == SPEC if place.is_file() else next(place.rglob(SPEC), None) is not None


HELM = Importer(
    what="HELM: a run folder (run_spec.json, scenario_state.json, per_instance_stats.json), or a suite of them",
    read=read,
    recognises=recognises,
)
