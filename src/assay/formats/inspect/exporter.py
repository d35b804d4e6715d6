"""The exporter to Inspect: a run as an `.eval` log that Inspect's reader and viewer open."""

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import StoreError, UsageError
from assay.core.run import Manifest, Result
from assay.formats.exporters import Exporter, made_folder
from assay.formats.inspect.importer import BESIDE
from assay.formats.inspect.logs import HEADER, REDUCTIONS, START
from assay.formats.inspect.messages import plain_usage
from assay.formats.inspect.samples import OURS, exported
from assay.store import RunFolder

Plain = dict[str, Any]
SUMMARIES = "summaries.json"
THIN = 1024
"""Characters of a text, and of a metadata, in a summary."""
STEM = re.compile(r"[^\w.=+-]+")


def write(runs: Sequence[RunFolder], out: Path) -> Iterator[str]:
    """One log a run, in the folder `out`; or in the file `out`, which ends in .eval, of one run. Raises UsageError for a file of several."""
    if out.suffix == ".eval":
        if len(runs) != 1:
            raise UsageError(f"{out} is one log, and there are {len(runs)} runs.", remedy="Name a folder with --out.")
        made_folder(out.parent)
        yield write_log(runs[0], out)
        return
    made_folder(out)
    for folder in runs:
        manifest = folder.manifest
        name = f"{STEM.sub('-', manifest.created)}_{STEM.sub('-', manifest.task)}_{manifest.id}"
        yield write_log(folder, out / f"{name[:200]}.eval")


def write_log(folder: RunFolder, path: Path) -> str:
    """The log of one run; it stands in its place when it is whole."""
    result = folder.result()
    if result is None:
        raise UsageError(f"The run in {folder.path} has no result yet.", remedy="Repeat its command: it goes on where it stopped.")
    header, reductions = header_of(folder, result)
    draft = path.with_name(f".{path.name}.draft")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as log, tempfile.TemporaryFile("w+b") as summaries:
            log.writestr(START, encoded({name: header[name] for name in ("version", "eval", "plan")}))
            write_samples(folder, log, summaries)
            with log.open(SUMMARIES, "w", force_zip64=True) as target:
                summaries.seek(0)
                while chunk := summaries.read(1 << 20):
                    target.write(chunk)
            if reductions:
                log.writestr(REDUCTIONS, encoded(reductions))
            log.writestr(HEADER, encoded(header))
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror}.", remedy="Make room, or name another place with --out.") from error
    return str(path)


def write_samples(folder: RunFolder, log: zipfile.ZipFile, summaries: Any) -> None:
    """A member a trial, and a line of the summaries."""
    begin = b"["
    for record in folder.records():
        plain = exported(record)
        log.writestr(f"samples/{plain['id']}_epoch_{plain['epoch']}.json", encoded(plain))
        summaries.write(begin + encoded(summary_of(plain)))
        begin = b","
    summaries.write(b"]" if begin == b"," else b"[]")


def encoded(value: Any) -> bytes:
    """JSON as Inspect writes it: numbers that are none by their names, a lone surrogate escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def summary_of(plain: Plain) -> Plain:
    """What a list of samples shows of one; long texts are cut."""
    same = (
        "id",
        "epoch",
        "choices",
        "target",
        "model_usage",
        "role_usage",
        "started_at",
        "completed_at",
        "total_time",
        "working_time",
        "uuid",
    )
    found = {name: plain[name] for name in same if name in plain}
    limit, error = plain.get("limit") or {}, plain.get("error") or {}
    return {
        **found,
        "input": thin(plain["input"]) if isinstance(plain["input"], str) else [thinned(each) for each in plain["input"]],
        "metadata": small(plain.get("metadata") or {}),
        "scores": {name: score_summary(each) for name, each in (plain.get("scores") or {}).items()},
        **({"error": thin(str(error.get("message")))} if error else {}),
        **({"limit": limit.get("type")} if limit else {}),
        "completed": True,
        "message_count": len(plain.get("messages") or ()),
    }


def score_summary(score: Plain) -> Plain:
    """A score with its texts cut."""
    texts = {name: thin(score[name]) for name in ("answer", "explanation") if isinstance(score.get(name), str)}
    return {"value": score["value"], **texts, **({"metadata": small(score["metadata"])} if score.get("metadata") else {}), "history": []}


def thin(text: str) -> str:
    """A text, cut."""
    return text if len(text) <= THIN else text[:THIN] + "..."


def thinned(message: Plain) -> Plain:
    """A message of a summary: its texts cut, its pictures named."""
    content = message.get("content")
    if isinstance(content, list):
        texts = [each.get("text") if each.get("type") == "text" else f"({each.get('type')})" for each in content]
        content = "\n".join(str(each) for each in texts)
    return {"role": message["role"], "content": thin(str(content or ""))}


def small(metadata: Plain) -> Plain:
    """The metadata that a list can show."""
    short = {name: thin(value) if isinstance(value, str) else value for name, value in metadata.items()}
    return {name: value for name, value in short.items() if isinstance(value, str) or len(json.dumps(value, default=str)) <= THIN}


def header_of(folder: RunFolder, result: Result) -> tuple[Plain, Any]:
    """The header of a log and its reductions: those it came with, or of our own run."""
    kept = folder.files.read(BESIDE)
    if kept is not None:
        told = msgspec.json.decode(kept)
        return modern(told["header"], result), told.get("reductions")
    manifest = folder.manifest
    return {
        "version": 2,
        "status": "success" if result.status == "finished" else "started",
        "eval": spec_of(manifest, result),
        "plan": {
            "name": "plan",
            "steps": [{"solver": str(manifest.settings.get("solver", "assay")), "params": {}}],
            "config": decoding_of(manifest),
        },
        "results": results_of(result),
        "stats": {
            "started_at": manifest.created,
            "completed_at": manifest.created,
            "model_usage": {manifest.model: plain_usage(result.usage)},
        },
    }, None


def modern(header: Plain, result: Result) -> Plain:
    """A header as it was read; of a first version, or of a run without an end, in today's words."""
    found = {**header, "version": 2}
    results = header.get("results")
    if isinstance(results, dict) and "scorer" in results:
        score = {**results["scorer"], "scorer": results["scorer"].get("name"), "metrics": results.get("metrics") or {}}
        found["results"] = {**{name: value for name, value in results.items() if name not in ("scorer", "metrics")}, "scores": [score]}
    return {"plan": {}, "stats": {}, **found}


def spec_of(manifest: Manifest, result: Result) -> Plain:
    """What was run."""
    identity = manifest.identity[:22]
    return {
        "eval_id": manifest.id, "run_id": manifest.id, "created": manifest.created,
        "task": manifest.task, "task_id": identity, "task_version": 0, "task_attribs": {}, "task_args": {},
        "dataset": {"name": manifest.card.source if manifest.card else manifest.task, "samples": manifest.samples},
        "model": manifest.model, "model_generate_config": decoding_of(manifest), "model_args": {},
        "config": {"epochs": manifest.trials},
        "packages": {"assay": manifest.assay},
        "metadata": {OURS: msgspec.to_builtins(manifest)},
        "scorers": [{"name": each} for each in manifest.metrics],
    }  # fmt: skip


DECODING = {"temperature": float, "top_p": float, "max_tokens": int, "seed": int}


def decoding_of(manifest: Manifest) -> Plain:
    """How the model wrote, where Inspect has the same setting."""
    found = {name: manifest.settings.get(f"decoding.{name}") for name in DECODING}
    return {name: kind(value) for name, kind in DECODING.items() if isinstance(value := found[name], int | float)}


def results_of(result: Result) -> Plain:
    """The estimates, each with its interval."""
    scores = []
    for name, estimate in result.metrics.items():
        if estimate.value is None:
            continue
        about = {
            "method": estimate.method,
            "n": estimate.n,
            "clusters": estimate.clusters,
            "coverage": estimate.coverage,
            "level": estimate.level,
        }
        values = {"mean": estimate.value, "low": estimate.low, "high": estimate.high}
        metrics = {
            kind: {"name": kind, "value": value, "params": {}, "metadata": about} for kind, value in values.items() if value is not None
        }
        scorer, _, criterion = name.partition("/")
        scores.append({"name": criterion or scorer, "scorer": scorer, "scored_samples": estimate.n, "params": {}, "metrics": metrics})
    return {"total_samples": result.planned, "completed_samples": result.scored + result.unscored, "scores": scores}


INSPECT = Exporter(what="an .eval log of each run, which Inspect reads and shows", files=write)
