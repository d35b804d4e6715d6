"""The samples that lm-evaluation-harness logs: a line for each document and filter, with the prompt, the responses and the scores."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.core.answer import Answer
from assay.core.content import Message, message
from assay.core.errors import DatasetError
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Trial
from assay.formats.reading import json_lines, number_of
from assay.store.fold import Record

SHORT = 200
"""Characters up to which a field of a document is kept as metadata of its sample; the whole prompt is there anyway."""
WEIGHTED: dict[str, Callable[[float], float]] = {
    "word_perplexity": math.exp,
    "byte_perplexity": math.exp,
    "bits_per_byte": lambda nats: nats / math.log(2),
}
"""Metrics whose samples hold (log-likelihood, length): what one sample comes to, from its nats per unit of length. lm-eval weights them by length."""


class Survey(msgspec.Struct, kw_only=True):
    """A first look at a file of samples: what each document scored under each filter, and what tells whether two files asked the same."""

    documents: int = 0
    metrics: dict[str, dict[str, dict[str, Any]]] = {}
    dataset: str = ""
    prompts: str = ""
    whole: list[str] = []


def surveyed(path: Path) -> Survey:
    """Read a file of samples once for its scores and hashes."""
    documents: dict[str, Any] = {}
    prompts: dict[str, Any] = {}
    survey = Survey()
    whole: dict[str, None] = {}
    for number, row in json_lines(path):
        name = document_id(row, path, number)
        documents[name] = row.get("doc_hash") or fingerprint(row.get("doc"), row.get("target"))
        prompts[name] = row.get("prompt_hash") or fingerprint(prompt_of(row))
        label = str(row.get("filter") or "none")
        scores = {}
        for metric in metrics_of(row):
            value = row.get(metric)
            if isinstance(value, list | tuple) and metric not in WEIGHTED:
                whole[metric] = None
                continue
            scores[metric] = value
        survey.metrics.setdefault(name, {})[label] = {"scores": scores, "extracted": extracted_of(row)}
    survey.documents, survey.whole = len(documents), list(whole)
    survey.dataset, survey.prompts = fingerprint(documents), fingerprint(prompts)
    return survey


def document_id(row: Mapping[str, Any], path: Path, number: int) -> str:
    """A document's number in its dataset: the same in every run of the task."""
    found = row.get("doc_id")
    if found is None:
        raise DatasetError(f"{path}, line {number}: there is no 'doc_id'.", remedy="Expected samples of lm-eval (--log_samples).")
    return str(found)


def metrics_of(row: Mapping[str, Any]) -> list[str]:
    """The names of a row's metrics: as it says, or in older files every number behind the answers."""
    told = row.get("metrics")
    if isinstance(told, list):
        return [str(each) for each in told if str(each) in row]
    known = ("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "doc_hash", "prompt_hash", "target_hash")
    return [name for name, value in row.items() if name not in known and isinstance(value, int | float | list)]


def records(path: Path, survey: Survey) -> Iterator[Record]:
    """Every document once, with the scores of all filters."""
    told: set[str] = set()
    for number, row in json_lines(path):
        name = document_id(row, path, number)
        if name in told:
            continue
        told.add(name)
        scores = tuple(
            score_of(metric, label, value, each["extracted"])
            for label, each in survey.metrics[name].items()
            for metric, value in each["scores"].items()
        )
        options, answer = options_of(row), answer_of(row)
        flags = ("empty",) if not answer.text.strip() and not options else ()
        sample = Sample(
            id=name,
            input=prompt_of(row),
            target=target_of(row, options),
            choices=tuple(options) or None,
            metadata=metadata_of(row.get("doc")),
        )
        yield Record(trial=Trial(sample_id=name, number=0, answer=answer, scores=scores, flags=flags), sample=sample)


def score_of(metric: str, label: str, value: Any, extracted: str | None) -> Score:
    """One metric of one document; a filter that is one is part of its name."""
    name = plain(f"{metric},{label}")
    if isinstance(value, list | tuple):
        nats, length = (number_of(each) for each in (*value, None, None)[:2])
        found = None if nats is None or not length else WEIGHTED[metric](-nats / length)
    else:
        found = number_of(value)
    reason = None if found is not None else f"lm-eval's score is {value!r:.60}: no number"
    return Score(scorer=name, value=found, extracted=extracted, reason=reason)


def arguments_of(row: Mapping[str, Any]) -> list[list[Any]]:
    """What was asked, a list for each request: newer files name them, older ones list them."""
    given = row.get("arguments")
    if isinstance(given, dict):
        return [list(each.values()) if isinstance(each, dict) else [each] for each in given.values()]
    return [list(each) if isinstance(each, list) else [each] for each in given or ()]


def prompt_of(row: Mapping[str, Any]) -> str | tuple[Message, ...]:
    """The prompt as it was sent; a chat is told apart into its messages. Where every request has another (choices as contexts), the first."""
    first = next(iter(arguments_of(row)), [""])
    text = str(first[0] if first else "")
    if text.startswith('[{"role"'):
        try:
            turns = msgspec.json.decode(text, type=list[dict[str, str]])
            return tuple(message(each["role"], each["content"]) for each in turns)  # type: ignore[arg-type]
        except (msgspec.MsgspecError, KeyError):
            return text
    return text


def options_of(row: Mapping[str, Any]) -> list[str]:
    """The continuations of a multiple-choice question, none for others."""
    asked = arguments_of(row)
    if len(asked) < 2:
        return []
    texts = [str(each[1]).strip() if len(each) > 1 else str(each[0]) for each in asked]
    contexts = [str(each[0]) for each in asked]
    return texts if len(set(texts)) > 1 else contexts


def likelihoods(row: Mapping[str, Any]) -> list[float | None]:
    """The log-likelihood of each request, None where a response is none."""
    found = []
    for each in row.get("resps") or ():
        first = each[0] if isinstance(each, list) and each else each
        found.append(number_of(first[0]) if isinstance(first, list) and first else None)
    return found


def answer_of(row: Mapping[str, Any]) -> Answer:
    """The answer: the text of the first response, or the likeliest option with all log-likelihoods."""
    options, nats = options_of(row), likelihoods(row)
    if options and len(nats) >= len(options) and all(each is not None for each in nats[: len(options)]):
        known = [each for each in nats[: len(options)] if each is not None]
        best = max(range(len(options)), key=known.__getitem__)
        rows = tuple((value, 0, len(option.encode())) for value, option in zip(known, options, strict=True))
        return Answer(text=options[best], choice_logprobs=rows)
    responses = row.get("resps") or [[]]
    first = responses[0][0] if isinstance(responses[0], list) and responses[0] else responses[0]
    text = first if isinstance(first, str) else "" if first in ([], None) else msgspec.json.encode(first).decode()
    repeats = [each for each in responses[0][1:] if isinstance(each, str)] if isinstance(responses[0], list) else []
    return Answer(text=text, notes=tuple(f"another response: {each}" for each in repeats))


def extracted_of(row: Mapping[str, Any]) -> str | None:
    """What the filter left of a text answer; of likelihoods there is nothing to show."""
    found = row.get("filtered_resps")
    first = found[0] if isinstance(found, list) and found else found
    return first if isinstance(first, str) else None


def target_of(row: Mapping[str, Any], options: Sequence[str]) -> str | tuple[str, ...] | None:
    """The expected answer; of a multiple-choice question the option, where its number is given."""
    given = row.get("target")
    if isinstance(given, list):
        return tuple(str(each) for each in given) or None
    if given is None:
        return None
    text = str(given)
    return options[int(text)] if options and text.isdigit() and int(text) < len(options) else text


def metadata_of(document: Any) -> dict[str, Any]:
    """The fields of a document that may group samples."""
    if not isinstance(document, dict):
        return {}
    return {
        name: value
        for name, value in document.items()
        if isinstance(value, int | float) or (isinstance(value, str) and 0 < len(value) <= SHORT)
    }


def plain(name: str) -> str:
    """`acc` for `acc,none`; a filter that is one stays."""
    return name.removesuffix(",none")
