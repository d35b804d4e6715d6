"""What a log of Inspect says of its run: settings in words, how much was planned, which figures were reported."""

from collections.abc import Iterator
from typing import Any

import msgspec

from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint
from assay.core.score import metric_name
from assay.formats.inspect.logs import Log

Plain = dict[str, Any]
PASSING = (
    "eval_set_id",
    "eval_id",
    "run_id",
    "task_id",
    "created",
    "task",
    "model",
    "tags",
    "metadata",
    "viewer",
    "shards",
    "task_display_name",
)
"""Of the specification, what tells which run it was, not how it was run."""
QUIET = {
    "dataset.sample_ids",
    "dataset.samples",
    "config.max_samples",
    "config.max_tasks",
    "config.max_subprocesses",
    "config.max_sandboxes",
}
TALKATIVE = 300
"""Characters above which a setting is shown by its fingerprint."""
MEANS = ("accuracy", "mean")
SPREADS = ("stderr", "bootstrap_stderr", "bootstrap_std", "std", "var")
"""Metrics that say how sure another one is; the standard error gives the reported mean its interval."""
PLAIN_REDUCERS = (None, "", "mean")


def settings_of(header: Plain) -> Plain:
    """The run's own words, flat: task version and arguments, model arguments, decoding, limits, data set, revision, solver, packages."""
    spec, plan = header["eval"], header.get("plan") or {}
    flat: Plain = {}
    for name, value in spec.items():
        if name not in PASSING and name not in ("scorers", "metrics", "model_generate_config", "solver_args_passed", "task_args_passed"):
            flat.update(flattened(name, value))
    for name, value in {**(plan.get("config") or {}), **(spec.get("model_generate_config") or {})}.items():
        flat.update(flattened(f"decoding.{name}", value))
    flat["solver"] = " > ".join(step_of(each) for each in plan.get("steps") or ()) or spec.get("solver")
    if spec.get("scorers"):
        flat["scorers"] = ", ".join(each.get("name", "") for each in spec["scorers"])
    for name, value in (header.get("metadata") or spec.get("metadata") or {}).items():
        flat.update(flattened(f"metadata.{name}", value))
    if tags := header.get("tags") or spec.get("tags"):
        flat["tags"] = ", ".join(tags)
    return {name: value for name, value in flat.items() if name not in QUIET and value not in (None, "", [], {})}


def step_of(step: Plain) -> str:
    """A solver with what it was given."""
    given = step.get("params_passed") or step.get("params") or {}
    told = ", ".join(f"{name}={short(value)}" for name, value in given.items())
    return f"{step.get('solver', 'unnamed')}({told})" if told else str(step.get("solver", "unnamed"))


def flattened(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A value under the path to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(f"{name}.{key}", inner)
    elif value is not None:
        yield name, short(value)


def short(value: Any) -> Any:
    """A value that may be shown: long ones by their beginning and their fingerprint."""
    if isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= TALKATIVE else f"{text[:60]}... ({len(text):,} characters, {fingerprint(text)[:12]})"


def fingerprints_of(header: Plain) -> dict[str, str]:
    """The parts of an identity that a log tells without its samples."""
    spec, plan = header["eval"], header.get("plan") or {}
    steps = [(each.get("solver"), each.get("params")) for each in plan.get("steps") or ()]
    decoding = {**(plan.get("config") or {}), **(spec.get("model_generate_config") or {})}
    asked = {
        name: value for name, value in decoding.items() if name not in ("max_connections", "max_retries", "timeout", "attempt_timeout")
    }
    found = {
        "solver": fingerprint("inspect", steps, spec.get("task_version")),
        "decoding": fingerprint("inspect", asked),
    }
    scorers = [(each.get("name"), each.get("options")) for each in spec.get("scorers") or ()]
    return {**found, "scorers": fingerprint("inspect", scorers)} if scorers else found


def planned_of(header: Plain) -> int | None:
    """How many trials were planned: samples times epochs; None where the log does not tell."""
    spec, results = header["eval"], header.get("results") or {}
    if results.get("total_samples"):
        return int(results["total_samples"])
    data, config = spec.get("dataset") or {}, spec.get("config") or {}
    chosen = len(data["sample_ids"]) if data.get("sample_ids") else data.get("samples")
    limit = config.get("limit")
    if isinstance(limit, list) and len(limit) == 2:
        limit = limit[1] - limit[0]
    if chosen is None:
        return None
    return int(min(chosen, limit) if isinstance(limit, int) else chosen) * int(config.get("epochs") or 1)


def results_of(header: Plain) -> list[Plain]:
    """What was reported, one entry a score and reducer; of a first version in today's words."""
    results = header.get("results") or {}
    if "scorer" in results:
        return [{**results["scorer"], "scorer": results["scorer"].get("name"), "metrics": results.get("metrics") or {}}]
    return list(results.get("scores") or ())


def reported_of(header: Plain) -> dict[str, Estimate]:
    """The figures of a log under the names of our metrics: means by the score's own name, others with what they are behind it."""
    found: dict[str, Estimate] = {}
    for score in results_of(header):
        reducer = score.get("reducer")
        scorer, name = score.get("scorer") or score.get("name") or "score", score.get("name") or "score"
        metric = metric_name(scorer, name) if name != scorer else scorer
        metrics = score.get("metrics") or {}
        error = next((float(each["value"]) for key, each in metrics.items() if key == "stderr" and is_number(each.get("value"))), None)
        for kind, told in metrics.items():
            if kind in SPREADS or not is_number(told.get("value")):
                continue
            plain = reducer in PLAIN_REDUCERS
            label = metric if kind in MEANS and plain else f"{metric} {kind}" if plain else f"{metric} {kind} ({reducer})"
            known = error if kind in MEANS else None
            found.setdefault(label, estimate_of(float(told["value"]), known, score.get("scored_samples") or samples_of(header)))
    return found


def is_number(value: Any) -> bool:
    """Whether a reported value is a number; NaN is read as a text."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def estimate_of(value: float, error: float | None, n: int) -> Estimate:
    """A reported figure, with the normal interval of its standard error where one was reported."""
    low, high = (None, None) if error is None else (value - 1.96 * error, value + 1.96 * error)
    return Estimate(value=value, low=low, high=high, n=n, clusters=n, method="reported" if error is None else "reported (normal)")


def samples_of(header: Plain) -> int:
    """How many samples there were, as the log tells."""
    data = header["eval"].get("dataset") or {}
    return int(data.get("samples") or 0)


def notes_of(log: Log) -> Iterator[str]:
    """What a reader of the run has to know."""
    status, header = log.header.get("status"), log.header
    planned = planned_of(header)
    if log.cut:
        yield f"the log is cut off: its table of contents is missing, and {len(log.names):,} of {planned or 'its'} samples could be read"
    if log.interrupted:
        yield "the run was interrupted: the log has no end"
    elif status in ("error", "cancelled"):
        why = (header.get("error") or {}).get("message")
        yield f"the run ended with the status '{status}'" + (f": {why}" if why else "")
    if header.get("invalidated"):
        yield "some samples were invalidated: their scores do not count"
    if changes := header.get("config_updates"):
        yield f"its settings were changed {len(changes)} times while it ran"


def scorer_of(header: Plain) -> str:
    """The name of the run's first scorer: in first versions its one score bears none."""
    return next((str(each.get("name")) for each in results_of(header) if each.get("name")), "score")
