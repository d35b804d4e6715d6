"""Reading what an endpoint sent although it is not quite what was agreed: an answer that was paid for is not thrown away for a detail nobody needs.

JSON in another encoding, with a byte order mark, half characters or NaN is read. A value of the wrong type is taken for what it says
("5" and 5.5 are counts), or left out where the answer does not hang on it. What the answer says, and whether it is an error, is never guessed.
"""

import json
import re
from typing import Any, TypeVar

import msgspec

from assay.models.surrogates import whole_characters

T = TypeVar("T")

SPARE = frozenset(
    [
        "usage",
        "usageMetadata",
        "input_tokens_details",
        "output_tokens_details",
        "prompt_tokens_details",
        "completion_tokens_details",
        "logprobs",
        "logprobsResult",
        "prompt_logprobs",
        "reasoning",
        "reasoning_content",
        "thinking",
        "refusal",
        "summary",
        "model",
        "modelVersion",
        "id",
        "index",
        "finish_reason",
        "stop_reason",
    ]
)
"""What an answer can do without."""
MENDINGS = 40
"""So many odd values are mended in one answer; more are another format."""
_ODD = re.compile(
    r"^Expected `([^`]*)`, got `([^`]*)`(?: - at `(?:key in )?(\$[^`]*)`)?|^Object missing required field `[^`]*`(?: - at `(\$[^`]*)`)?"
)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def decoded(decoder: "msgspec.json.Decoder[T]", content: bytes) -> T:
    """What `content` says. Raises msgspec.ValidationError for another shape, another msgspec.DecodeError for what is no JSON."""
    try:
        return decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        data = read_json(content)
    for _ in range(MENDINGS):
        try:
            return msgspec.convert(data, decoder.type)
        except msgspec.ValidationError as error:
            if not _mend(data, str(error)):
                raise
    return msgspec.convert(data, decoder.type)


def read_json(content: bytes) -> Any:
    """JSON as data, whatever its encoding; NaN and infinities become null. Raises msgspec.DecodeError."""
    try:
        return json.loads(whole_characters(text_of(content)), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise msgspec.DecodeError(f"JSON is malformed: {error}") from error


def text_of(content: bytes, charset: str = "") -> str:
    """Bytes as text: UTF-8, else the `charset` that was declared, else Latin-1, which HTTP once meant where nobody said anything.

    Where most of it is UTF-8 and something is broken, what is broken becomes the replacement character.
    """
    for encoding in ("utf-8-sig", charset):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    text = content.decode("utf-8", "replace")
    good = sum(not each.isascii() and each != "\ufffd" for each in text)
    return text if good else content.decode("latin-1")


def _mend(data: Any, complaint: str) -> bool:
    """Mends the value that msgspec complains about; whether there was a way."""
    found = _ODD.match(complaint)
    steps = [key or int(place) for key, place in _STEP.findall((found[3] or found[4] or "") if found else "")]
    if found is None or not steps:
        return False
    owners = [data]
    for step in steps[:-1]:
        owners.append(owners[-1][step])
    value, spare = owners[-1][steps[-1]], [depth for depth, step in enumerate(steps) if step in SPARE]
    taken = _taken_for(found[1] or "", value)
    if taken is not None:
        owners[-1][steps[-1]] = taken
    elif found[1] and isinstance(owners[-1], dict) and (spare or not value):
        del owners[-1][steps[-1]]
    elif spare:
        del owners[spare[-1]][steps[spare[-1]]]
    else:
        return False
    return True


def _taken_for(expected: str, value: Any) -> int | str | None:
    """A value of another type as what was expected; None where it does not say that."""
    if "int" in expected and isinstance(value, (float, str)):
        try:
            return round(float(value))
        except (ValueError, OverflowError):
            return None
    if "str" in expected and isinstance(value, dict):
        return next((value[key] for key in ("text", "content", "summary") if isinstance(value.get(key), str)), None)
    if "str" in expected and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None
