"""The exporter to Every Eval Ever: a run as its aggregate JSON with a file of its samples, schema 0.3.0 (https://github.com/evaleval/every_eval_ever).

FOLDER/data/TASK/DEVELOPER/MODEL/UUID.json and UUID_samples.jsonl. A trial without a score has no line, for the schema would have it as 0; how many those
are stands in the aggregate.
"""

import hashlib
import math
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from assay.core.answer import Answer
from assay.core.content import Message, ToolCall, ToolResult
from assay.core.errors import StoreError, UsageError
from assay.core.estimate import Estimate
from assay.core.run import Manifest, Result
from assay.core.sample import Sample
from assay.core.score import Score
from assay.formats.exporters import Exporter, made_folder
from assay.store import RunFolder
from assay.store.fold import Record

Plain = dict[str, Any]
SCHEMA = "0.3.0"
LIBRARIES = {"Inspect": "inspect_ai", "lm-eval": "lm_eval", "HELM": "helm"}
SPREADS = """
select metric, min(low), max(high), bool_and(sure), stddev_samp(mean) from (
    select metric, sample_id, min(value) as low, max(value) as high, avg(value) as mean, bool_and(value in (0, 1)) as sure
    from trials where value is not null group by metric, sample_id
) group by metric
"""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What the scores of a metric are like: their bounds, whether each is 0 or 1, the standard deviation of the samples' means."""

    low: float = 0.0
    high: float = 1.0
    binary: bool = False
    deviation: float | None = None


def write(runs: Sequence[RunFolder], out: Path) -> Iterator[str]:
    """Two files a run in the folder `out`. Raises UsageError for a run without a result."""
    for folder in runs:
        result = folder.result()
        if result is None:
            raise UsageError(f"The run in {folder.path} has no result yet.", remedy="Repeat its command: it goes on where it stopped.")
        yield from write_run(folder, result, out)


def write_run(folder: RunFolder, result: Result, out: Path) -> Iterator[str]:
    """The two files of a run."""
    manifest, now = folder.manifest, str(int(time.time()))
    model, task = model_id(manifest.model), manifest.task
    place = Path("data", plain_name(task), *(plain_name(each) for each in model.split("/", 1)))
    stem = str(uuid.UUID(bytes=blake2b(f"{manifest.id}{manifest.identity}".encode(), digest_size=16).digest(), version=4))
    target, samples = made_folder(out / place) / f"{stem}.json", out / place / f"{stem}_samples.jsonl"
    evaluation = f"{task}/{model}/{now}"
    spreads = {
        name: Spread(low=low, high=high, binary=binary, deviation=deviation) for name, low, high, binary, deviation in folder.query(SPREADS)
    }
    try:
        lines, left_out, digest = written(folder, samples, {"evaluation_id": evaluation, "model_id": model})
        detail = {
            "format": "jsonl", "file_path": f"{place.as_posix()}/{samples.name}", "hash_algorithm": "sha256", "checksum": digest, "total_rows": lines,
            "additional_details": {"scores_left_out": str(left_out), "why": "a trial that failed, or a score without a value, is no 0"},
        }  # fmt: skip
        document = {
            "schema_version": SCHEMA,
            "evaluation_id": evaluation,
            "evaluation_timestamp": stamp_of(manifest.created),
            "retrieved_timestamp": now,
            **about(manifest, model),
            "evaluation_results": [result_of(manifest, name, each, spreads.get(name, Spread()), result) for name, each in measured(result)],
            **({"detailed_evaluation_results": detail} if lines else {}),
        }
        target.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.", remedy="Make room, or name another place with --out.") from error
    yield str(target)
    if lines:
        yield str(samples)
    else:
        samples.unlink()


def measured(result: Result) -> list[tuple[str, Estimate]]:
    """The metrics that have a value; the others have no place in the schema."""
    return [(name, estimate) for name, estimate in result.metrics.items() if estimate.value is not None]


def plain_name(text: str) -> str:
    """A name that may be a folder's."""
    return re.sub(r"[^\w.=+-]+", "-", text).strip("-.") or "unnamed"


def model_id(model: str) -> str:
    """A model as `developer/name`."""
    developer, slash, name = model.partition("/")
    return f"{developer}/{name.replace('/', '-')}" if slash and developer and name else f"unknown/{model.strip('/')}"


def stamp_of(created: str) -> str:
    """An ISO time in seconds since 1970, in UTC where it names no zone; as it is where it is none."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    return str(int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


def about(manifest: Manifest, model: str) -> Plain:
    """Who ran what with which program."""
    tool, _, version = str(manifest.settings.get("written by") or f"assay {manifest.assay}").partition(" ")
    return {
        "source_metadata": {
            "source_name": "Assay",
            "source_type": "evaluation_run" if manifest.planned else "documentation",
            "source_organization_name": "unknown",
            "evaluator_relationship": "other",
            "additional_details": {"assay_run": manifest.id, "identity": manifest.identity},
        },
        "eval_library": {"name": LIBRARIES.get(tool, tool), "version": version or "unknown"},
        "model_info": {
            "name": manifest.model,
            "id": model,
            "developer": model.partition("/")[0],
            "additional_details": {"deployment_type": "unknown", "model_availability": "unknown"},
        },
    }


def source_of(manifest: Manifest) -> Plain:
    """Where the samples are from."""
    source = manifest.card.source if manifest.card is not None else ""
    details = {"additional_details": {"fingerprint": manifest.fingerprints.get("dataset", "")}}
    if source.startswith(("http://", "https://")):
        return {"dataset_name": manifest.task, "source_type": "url", "url": [source], **details}
    if re.fullmatch(r"[\w.-]+/[\w.-]+", source):
        return {"dataset_name": source, "source_type": "hf_dataset", "hf_repo": source, "samples_number": manifest.samples, **details}
    return {"dataset_name": source or manifest.task, "source_type": "other", **details}


def result_of(manifest: Manifest, name: str, estimate: Estimate, spread: Spread, result: Result) -> Plain:
    """One metric with its uncertainty."""
    inside = spread.low >= 0.0 and spread.high <= 1.0
    bounds: tuple[float | str, float | str] = (0.0, 1.0) if inside else ("-Infinity", "Infinity")
    uncertainty: Plain = {"num_samples": estimate.n}
    if estimate.low is not None and estimate.high is not None and math.isfinite(estimate.low) and math.isfinite(estimate.high):
        uncertainty["confidence_interval"] = {
            "lower": estimate.low, "upper": estimate.high, "confidence_level": estimate.level, "method": estimate.method,
        }  # fmt: skip
    if spread.deviation is not None:
        uncertainty["standard_deviation"] = spread.deviation
    counts = {
        "clusters": estimate.clusters,
        "coverage": estimate.coverage,
        "planned": result.planned,
        "scored": result.scored,
        "failed": result.failed,
    }
    return {
        "evaluation_result_id": f"{manifest.id}/{name}",
        "evaluation_name": manifest.task,
        "source_data": source_of(manifest),
        "evaluation_timestamp": stamp_of(manifest.created),
        "metric_config": {
            "metric_name": name,
            "metric_id": f"{manifest.task}.{name}",
            "lower_is_better": name in result.lower_is_better,
            "score_type": "binary" if spread.binary else "continuous",
            "min_score": bounds[0],
            "max_score": bounds[1],
        },
        "score_details": {
            "score": estimate.value,
            "details": {key: f"{value:g}" for key, value in counts.items()},
            "uncertainty": uncertainty,
        },
        "generation_config": generation_of(manifest),
    }


def generation_of(manifest: Manifest) -> Plain:
    """How the model wrote; whatever else is known of the run in words."""
    told = manifest.settings
    numbers = {name: told.get(f"decoding.{name}") for name in ("temperature", "top_p", "max_tokens")}
    known = {name: value for name, value in numbers.items() if isinstance(value, int | float) and not isinstance(value, bool)}
    words = {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in told.items() if value is not None
    }
    return {"generation_args": known, "additional_details": {**words, "trials": str(manifest.trials), "seed": str(manifest.seed)}}


def written(folder: RunFolder, path: Path, names: Plain) -> tuple[int, int, str]:
    """Write a line for each score of each trial: how many there are, how many scores had no value, and the digest of the file."""
    lines = left_out = 0
    digest = hashlib.sha256()
    encode = msgspec.json.Encoder().encode
    lower = folder.manifest.lower_is_better
    with path.open("wb") as file:
        for record in folder.records():
            scored = [each for each in record.trial.scores if each.value is not None]
            left_out += max(1, len(record.trial.scores)) - len(scored)
            for score in scored:
                line = encode({"schema_version": SCHEMA, **names, **line_of(folder.manifest, record, score, score.name in lower)}) + b"\n"
                file.write(line)
                digest.update(line)
                lines += 1
    return lines, left_out, digest.hexdigest()


def line_of(manifest: Manifest, record: Record, score: Score, lower: bool) -> Plain:
    """One score of one trial, with what was asked and answered."""
    trial = record.trial
    sample = record.sample or Sample(id=trial.sample_id, input="")
    answer = trial.answer or Answer(text="", stop_reason="unknown")
    kind, reference = kind_of(answer), list(sample.targets)
    single = kind == "single_turn"
    last = 0 if single else max((place for place, each in enumerate(answer.messages) if each.role == "assistant"), default=0)
    extracted = {
        "turn_idx": last, "source": "output.raw" if single else f"messages[{last}].content", "extracted_value": score.extracted or "",
        "extraction_method": score.method or score.kind, "is_terminal": True,
    }  # fmt: skip
    calls = sum(isinstance(part, ToolCall) for each in answer.messages for part in each.content)
    thought = {"reasoning_trace": [answer.reasoning]} if answer.reasoning else {}
    about_it = {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in sample.metadata.items()}
    return {
        "evaluation_name": manifest.task,
        "evaluation_result_id": f"{manifest.id}/{score.name}",
        "sample_id": sample.id,
        "sample_hash": hashlib.sha256((sample.prompt + "".join(reference)).encode("utf-8", "surrogatepass")).hexdigest(),
        "interaction_type": kind,
        "input": {"raw": sample.prompt, "reference": reference, **({"choices": list(sample.choices)} if sample.choices else {})},
        "output": {"raw": [answer.text], **thought} if single else None,
        "messages": None if single else [turn_of(at, each, answer.reasoning if at == last else None) for at, each in enumerate(answer.messages)],
        "answer_attribution": [extracted] if score.extracted is not None else [],
        "evaluation": {"score": score.value, "is_correct": score.value == (0.0 if lower else 1.0), "num_turns": max(1, turns(answer)), "tool_calls_count": calls},
        **usage_of(answer),
        "performance": {"latency_ms": answer.timing.seconds * 1000} if answer.timing.seconds else None,
        "metadata": {**about_it, "trial": str(trial.number), **({"cluster": trial.cluster} if trial.cluster else {})},
    }  # fmt: skip


def turns(answer: Answer) -> int:
    """How often the model spoke."""
    return sum(each.role == "assistant" for each in answer.messages)


def kind_of(answer: Answer) -> str:
    """Whether an answer came in one turn, in a dialogue, or with tools."""
    if any(isinstance(part, ToolCall) for each in answer.messages for part in each.content):
        return "agentic"
    return "multi_turn" if turns(answer) > 1 else "single_turn"


def turn_of(place: int, message: Message, thought: str | None) -> Plain:
    """One message of a dialogue; arguments of tools are texts here."""
    calls = [part for part in message.content if isinstance(part, ToolCall)]
    results = [part for part in message.content if isinstance(part, ToolResult)]
    plain: Plain = {"turn_idx": place, "role": message.role, "content": message.text + "".join(each.content for each in results) or None}
    if thought:
        plain["reasoning_trace"] = thought
    if calls:
        plain["tool_calls"] = [{"id": each.id, "name": each.name, "arguments": texts(each.arguments)} for each in calls]
    return {**plain, "tool_call_id": [each.id for each in results]} if results else plain


def texts(arguments: dict[str, Any] | str) -> dict[str, str]:
    """Arguments whose values are texts; what was no JSON stands under an empty name."""
    if isinstance(arguments, str):
        return {"": arguments}
    return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in arguments.items()}


def usage_of(answer: Answer) -> Plain:
    """Tokens, where they were counted."""
    usage = answer.usage
    if not usage.input_tokens and not usage.output_tokens:
        return {}
    counts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
    optional = {"input_tokens_cache_read": usage.cached_tokens, "reasoning_tokens": usage.reasoning_tokens}
    return {"token_usage": {**counts, **{name: count for name, count in optional.items() if count}}}


EVERY_EVAL_EVER = Exporter(what=f"Every Eval Ever's JSON, schema {SCHEMA}: the figures and a line per score", files=write)
