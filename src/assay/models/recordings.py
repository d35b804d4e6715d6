"""Recordings: answers in the formats and shapes that tools write, as lines of JSON with `id`, `input`, `output` and `trial`.

Known shapes: samples of lm-eval, logs of Inspect (.json, .eval), results of the batch APIs of OpenAI and Anthropic. Other rows stay as they are.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import msgspec

from assay.core.errors import DatasetError

if sys.version_info >= (3, 14):
    import zipfile
else:
    from backports.zstd import zipfile  # Inspect packs by Zstandard, which Python's own reads from 3.14 on

Row = dict[str, Any]
PLAIN = frozenset({".jsonl", ".ndjson", ".jl", ""})
ENDINGS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "refusal": "content_filter",
    "model_length": "length",
    "max_output_tokens": "length",
}
"""How others call what `stop_reason` says here."""
ASKED = ("question", "input", "prompt", "query", "problem", "instruction", "text")
"""Where an lm-eval document keeps what was asked, before the task's template was put around it."""
OWN_IDS = ("id", "task_id", "question_id", "unique_id")


def as_lines(file: IO[bytes], path: Path, suffix: str) -> IO[bytes]:
    """The file with one JSON object a line: itself, or a nameless copy. Raises DatasetError for what cannot be read."""
    if suffix in PLAIN:
        return file
    if suffix == ".json":
        return _of_document(file, path)
    with file:
        return _of_archive(file, path) if suffix == ".eval" else _of_parquet(file, path)


def _of_document(file: IO[bytes], path: Path) -> IO[bytes]:
    """An array, or an object that holds one (an Inspect log's `samples`); objects one a line under the name .json are left as they are."""
    try:
        value = msgspec.json.decode(file.read())
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = None  # several documents, or a broken one: read line by line, which can say where
    if isinstance(value, dict):
        lists = [each for each in value.values() if isinstance(each, list) and each and all(isinstance(one, dict) for one in each)]
        value = value["samples"] if isinstance(value.get("samples"), list) else lists[0] if len(lists) == 1 else None
    if value is None:
        file.seek(0)
        return file
    file.close()
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise DatasetError(f"'{path}' holds no list of objects.", remedy="Write one object for each answer.")
    return _written(value)


def _of_archive(file: IO[bytes], path: Path) -> IO[bytes]:
    """An Inspect log: a zip archive with one JSON file a sample and epoch."""
    remedy = "Import it, which reads damaged ones too, and score the run: assay import FILE."
    try:
        with zipfile.ZipFile(file) as archive:
            names = sorted(each for each in archive.namelist() if each.startswith("samples/") and each.endswith(".json"))
            # Of Python's own JSON, for Inspect writes NaN where a scorer gave nothing.
            return _written(json.loads(archive.read(name)) for name in names)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise DatasetError(f"'{path}' cannot be read as an Inspect log: {error}.", remedy=remedy) from error


def _of_parquet(file: IO[bytes], path: Path) -> IO[bytes]:
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        packed, lines = Path(folder, "rows.parquet"), Path(folder, "rows.jsonl")
        with packed.open("wb") as out:
            shutil.copyfileobj(file, out)
        try:
            with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as connection:
                connection.execute(f"COPY (SELECT * FROM read_parquet(?)) TO '{lines}' (FORMAT json)", [str(packed)])
        except duckdb.Error as error:
            raise DatasetError(f"'{path}' is not a Parquet file that can be read: {str(error).splitlines()[0]}") from error
        return lines.open("rb")


def _written(rows: Iterable[Row]) -> IO[bytes]:
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it is the model's until it is closed
    for row in rows:
        out.write(msgspec.json.encode(row) + b"\n")
    out.seek(0)
    return out


def flat(row: Row) -> Row:
    """A row of a known shape with `id`, `input`, `output` (a list: one for each trial; empty where the request failed) and `trial` beside its own columns."""
    if "custom_id" in row and ("response" in row or "result" in row):
        return {**row, **_of_batch(row)}
    if "resps" in row and ("doc" in row or "arguments" in row):
        return {**row, **_of_harness(row)}
    if "epoch" in row and isinstance(row.get("output"), dict) and "choices" in row["output"]:
        return {**row, **_of_inspect(row)}
    return row


def is_repeat(row: Row, first: Row) -> bool:
    """Whether lm-eval wrote the answer of a row before, under another filter: it writes all of them once for each."""
    return "resps" in row and "filter" in row and row["filter"] != first.get("filter")


def _of_batch(row: Row) -> Row:
    """A line of a batch API's result, joined by the id that was given to the request."""
    found: Row = {"id": row["custom_id"], "output": []}
    response, result = row.get("response") or {}, row.get("result") or {}
    if result.get("type") == "succeeded":
        return found | _of_message(result["message"], result["message"].get("stop_reason"))
    body = response.get("body") or {}
    if response.get("status_code", 200) != 200 or not isinstance(body, dict):
        return found
    if isinstance(body.get("output"), list):
        said = [each for each in body["output"] if each.get("type") == "message"]
        text = "".join(text_of_parts(each.get("content")) for each in said)
        why = (body.get("incomplete_details") or {}).get("reason") or "stop"
        return found | {"output": [text], "model": body.get("model"), "stop_reason": ENDINGS.get(why, why)}
    return found | _of_choices(body)


def _of_message(said: Mapping[str, Any], why: Any) -> Row:
    text = text_of_parts(said.get("content")) or said.get("refusal") or ""
    found: Row = {"output": [text], "stop_reason": ENDINGS.get(str(why), why)}
    thought = said.get("reasoning_content") or said.get("reasoning") or _thought_in(said.get("content"))
    return found | {key: value for key, value in (("model", said.get("model")), ("reasoning", thought)) if value}


def _of_choices(body: Mapping[str, Any]) -> Row:
    """The choices of a completion: the answers to one request are its trials."""
    each = [_of_message(choice.get("message") or {"content": choice.get("text")}, _ending(choice)) for choice in body.get("choices") or ()]
    answers = [answer for one in each for answer in one["output"]]
    named = {"model": body["model"]} if body.get("model") else {}
    return {**(each[0] if each else {}), **named, "output": answers}


def _ending(choice: Mapping[str, Any]) -> Any:
    return choice.get("finish_reason") or choice.get("stop_reason")


def _of_harness(row: Row) -> Row:
    """A sample of lm-eval: `resps` holds, for each request, its repeats; of a request that weighs a text (log-likelihood, is greedy).

    Its `doc_id` counts documents from 0, so it is not taken for the id of a sample, which may count otherwise; the document's own id is.
    """
    document = row["doc"] if isinstance(row.get("doc"), dict) else {}
    asked: Any = next((document[each] for each in ASKED if isinstance(document.get(each), str)), None)
    arguments = row.get("arguments")
    if asked is None and isinstance(arguments, dict):
        asked = next((each.get("arg_0") for each in arguments.values()), None)
    elif asked is None and arguments:
        asked = arguments[0][0] if isinstance(arguments[0], list) else arguments[0]
    found: Row = {"id": next((document[each] for each in OWN_IDS if each in document), None), "input": asked}
    first = row["resps"][0] if row["resps"] else []
    if first and isinstance(first[0], list):
        return found | {"output": [""], "choice_logprobs": [float(each[0][0]) for each in row["resps"]]}
    return found | {"output": first if isinstance(first, list) else row["resps"]}


def _of_inspect(row: Row) -> Row:
    """A sample of an Inspect log; its epochs are counted from 1, trials from 0."""
    found = {"trial": row["epoch"] - 1, **_of_choices(row["output"])}
    given = row.get("input")
    if isinstance(given, list):
        asked = [each for each in given if each.get("role") == "user"]
        given = text_of_parts(asked[-1].get("content")) if asked else None
    return {**found, "input": given}


def text_of_parts(content: Any) -> str:
    """A message's content as text: a text, or the texts among its parts."""
    if isinstance(content, list):
        return "".join(str(each.get("text") or "") for each in content if isinstance(each, dict) and each.get("type") != "reasoning")
    return content if isinstance(content, str) else ""


def _thought_in(content: Any) -> str | None:
    parts = content if isinstance(content, list) else ()
    return "".join(str(each.get("reasoning") or each.get("thinking") or "") for each in parts if isinstance(each, dict)) or None
