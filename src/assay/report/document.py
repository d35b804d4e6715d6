"""The JSON document of runs, version 1: what `assay run --format json` prints and `report.json` holds. Described in docs/json.md."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from assay.core.group import GroupResult
from assay.core.run import Result

VERSION = 1


def document(results: Sequence[Result], groups: Sequence[GroupResult] = ()) -> dict[str, Any]:
    """Plain data: `{"version": 1, "runs": [...]}`, and `groups` where there are any; a metric without a scored trial has a null value
    and a reason."""
    plain: dict[str, Any] = {"version": VERSION, "runs": [_run(result) for result in results]}
    if groups:
        plain["groups"] = [_group(each) for each in groups]
    return plain


def to_json(results: Sequence[Result], groups: Sequence[GroupResult] = ()) -> str:
    """The document as text, indented, without a line feed at its end; no NaN is ever in it."""
    return json.dumps(document(results, groups), ensure_ascii=False, indent=2, allow_nan=False)


def _group(group: GroupResult) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(group)
    return {**plain, "metrics": {name: _estimate(each) for name, each in plain["metrics"].items()}}


def _run(result: Result) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(result)
    plain["metrics"] = {name: _estimate(each) for name, each in plain["metrics"].items()}
    plain["slices"] = {
        dimension: {value: {name: _estimate(each) for name, each in metrics.items()} for value, metrics in values.items()}
        for dimension, values in plain["slices"].items()
    }
    if (stopping := plain.pop("stopping", None)) is not None:
        plain["stopping"] = {**stopping, **{name: _estimate(stopping[name]) for name in ("sequence", "usual")}}
    usage = {"input_tokens": 0, "output_tokens": 0, "reasoning_tokens": 0, "cached_tokens": 0, "cost": None}
    return {**plain, "usage": {**usage, **plain["usage"]}}


def _estimate(plain: dict[str, Any]) -> dict[str, Any]:
    """An estimate without the `reason` it does not need: it is there exactly where there is no value."""
    return plain if plain["reason"] is not None else {name: value for name, value in plain.items() if name != "reason"}
