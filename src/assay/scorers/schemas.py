"""json_schema: whether an answer is JSON of the shape that was asked for."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from assay.core.answer import Answer
from assay.core.errors import UsageError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers.extract import Found, fenced, window
from assay.scorers.rule import Rule

ATTEMPTS = 20
"""How many places where a JSON value may begin are tried in a text."""


@lru_cache(maxsize=64)
def validator(text: str) -> Any:
    """The compiled schema. Raises UsageError where it is no schema."""
    import jsonschema

    schema = json.loads(text)
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise UsageError(f"The JSON schema cannot be used: {error.message}.", remedy="Correct the schema.") from error
    return kind(schema)


class JsonSchema(Rule, frozen=True, kw_only=True, tag="json-schema-1"):
    """1 where the whole answer is one JSON value that the schema accepts (`schema` as JSON text; see `json_schema`).

    Nothing may stand around the value and no key may come twice; NaN and Infinity are no JSON. A sample needs no target.
    Lenient: a value in a fenced block or inside prose.
    """

    name: str = "json_schema"
    schema: str

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        check = validator(self.schema)
        text = answer.text.strip()
        value, problem = parsed(text)
        if problem is None:
            wrong = first_error(check, value)
            score = self.score(float(wrong is None), Found(text, "whole answer"), lenient=float(wrong is None))
            return (score if wrong is None else msgspec.structs.replace(score, detail={"error": wrong}),)
        lenient = float(any(first_error(check, each) is None for each in embedded(window(text))))
        return (self.nothing(answer, f"no JSON: {problem}", lenient=lenient),)


def json_schema(schema: "dict[str, Any] | bool | str | Path", *, name: str = "json_schema") -> JsonSchema:
    """1 where the whole answer is one JSON value that the schema accepts. `schema` is a mapping, JSON text, or the path of a file that holds it."""
    if isinstance(schema, Path) or (isinstance(schema, str) and not schema.lstrip().startswith("{")):
        path = Path(schema)
        if not path.is_file():
            raise UsageError(f"There is no JSON schema at '{path}'.", remedy="Give the path of a file, JSON text, or a mapping.")
        schema = path.read_text(encoding="utf-8")
    if isinstance(schema, str):
        value, problem = parsed(schema)
        if problem is not None:
            raise UsageError(f"The JSON schema is no JSON: {problem}.", remedy="Correct the schema.")
        schema = value
    text = json.dumps(schema, sort_keys=True, ensure_ascii=False)
    validator(text)
    return JsonSchema(schema=text, name=name)


def no_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is no JSON")


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def parsed(text: str) -> tuple[Any, str | None]:
    """(the value, None), or (None, what is wrong with it)."""
    try:
        return json.loads(text, parse_constant=no_constant, object_pairs_hook=unique_keys), None
    except ValueError as error:
        return None, str(error)[:200]
    except RecursionError:
        return None, "nested too deep"


def first_error(check: Any, value: Any) -> str | None:
    """The first thing a schema says against a value; None where it accepts."""
    try:
        error = next(check.iter_errors(value), None)
    except RecursionError:
        return "nested too deep"
    return None if error is None else f"{'/'.join(map(str, error.absolute_path)) or 'value'}: {error.message}"[:300]


def embedded(text: str) -> list[Any]:
    """The JSON values inside a fenced block, and those that begin at a bracket in the text."""
    values = []
    block = fenced(text)
    if block:
        value, problem = parsed(block.text)
        values += [value] if problem is None else []
    decoder, start = json.JSONDecoder(parse_constant=no_constant), 0
    for _ in range(ATTEMPTS):
        starts = [place for place in (text.find("{", start), text.find("[", start)) if place >= 0]
        if not starts:
            break
        try:
            value, start = decoder.raw_decode(text, min(starts))
            values.append(value)
        except (ValueError, RecursionError):
            start = min(starts) + 1
    return values
