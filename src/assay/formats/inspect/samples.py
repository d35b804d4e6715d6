"""Samples of Inspect's logs as trials, and back. What Assay's nouns have no place for is kept in the trial's `detail`, as a difference."""

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from assay.core.answer import Answer, StopReason, Timing
from assay.core.errors import DatasetError
from assay.core.sample import Sample
from assay.core.trial import Blame, Failure, Trial
from assay.engine.run import flags_of
from assay.formats.inspect.difference import difference, patched
from assay.formats.inspect.logs import Lost
from assay.formats.inspect.messages import (
    call_of,
    logprobs_of,
    message_of,
    plain_choice_message,
    plain_conversation,
    plain_message,
    plain_usage,
    thought_of,
    usage_of,
)
from assay.formats.inspect.scores import plain_scores, scores_of, with_constants
from assay.store.fold import Record

Plain = dict[str, Any]
KEPT = "inspect"
"""Where a trial's `detail`, and a sample's metadata, keep what came from a log and has no place of its own."""
OURS = "assay"
"""Where the store of a sample in a log keeps what came from Assay and has no place there."""
NAMED = ("sandbox", "files", "setup", "description")
STOPS: dict[str, StopReason] = {
    "stop": "stop", "max_tokens": "length", "model_length": "length", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter",
}  # fmt: skip
FRAME = re.compile(r'File "([^"]+)"')
BLAMES: tuple[tuple[str, Blame], ...] = (
    ("inspect_ai/util/_sandbox", "sandbox"),
    ("inspect_sandboxes", "sandbox"),
    ("k8s_sandbox", "sandbox"),
    ("inspect_ai/model/", "endpoint"),
    ("inspect_ai/scorer/", "scorer"),
)
SCORING = "await scorer("
"""The line of Inspect's runner that calls a scorer."""


class Reader:
    """Turns the samples of one log into records; `digest` is what they were asked, the same for every model that was asked it."""

    def __init__(self, *, model: str, scorer: str = "score", cluster: str = "") -> None:
        self.model, self.scorer, self.cluster = model, scorer, cluster
        self._seen: dict[str, bytes] = {}
        self._asked: dict[str, bytes] = {}

    def record(self, plain: Plain | Lost) -> Record:
        """One sample of a log as a trial."""
        if isinstance(plain, Lost):
            failure = Failure(blame="dataset", kind="damaged_log", message=f"The log is damaged here: {plain.reason}.")
            return Record(trial=Trial(sample_id=plain.id, number=plain.epoch - 1, failure=failure))
        try:
            plain = modern(plain, self.scorer)
            own = ours(plain)
            if own is not None:
                self.note(own)
                return own
            return self.kept(plain, told(plain, self.model, self.cluster))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return strange(plain, error)

    def kept(self, plain: Plain, record: Record) -> Record:
        """A record with what of its sample it has no place for."""
        assert record.sample is not None
        counts = plain.pop("events", None) if isinstance(plain.get("events"), dict) else None
        rest = difference(plain, plain_sample(record.trial, record.sample))
        # A run holds a sample once; an epoch in which a solver wrote something else to it keeps its own.
        own = {} if self.note(record) else {"sample": msgspec.to_builtins(record.sample)}
        kept = {**({"events": counts} if counts else {}), **own, **rest}
        return Record(trial=msgspec.structs.replace(record.trial, detail={KEPT: kept} if kept else {}), sample=record.sample)

    def note(self, record: Record) -> bool:
        """Remember a sample; False where another one of its id came before it."""
        sample = record.sample
        assert sample is not None
        encode = msgspec.json.Encoder(order="deterministic").encode
        digest = blake2b(encode(sample), digest_size=16).digest()
        self._asked.setdefault(
            sample.id, blake2b(encode((sample.id, sample.input, sample.target, sample.choices)), digest_size=16).digest()
        )
        return self._seen.setdefault(sample.id, digest) == digest

    @property
    def asked(self) -> list[str]:
        """Digests of what was asked, in an order of their own."""
        return sorted(each.hex() for each in self._asked.values())


def strange(plain: Plain, error: Exception) -> Record:
    """A sample whose shape nobody knows: a failure of the data, if it tells which it is. Raises DatasetError where it does not."""
    name, epoch = plain.get("id"), plain.get("epoch")
    why = f"{type(error).__name__}: {error}"
    if not isinstance(name, str | int) or not isinstance(epoch, int):
        raise DatasetError(
            f"The log holds a sample without an id or an epoch ({why}).", remedy="Is it a log of Inspect, and whole?"
        ) from error
    failure = Failure(blame="dataset", kind="damaged_log", message=f"The sample is of a shape that is not known ({why}).")
    return Record(trial=Trial(sample_id=str(name), number=epoch - 1, failure=failure))


def modern(plain: Plain, scorer: str) -> Plain:
    """A sample of a first version in today's words: its one score gets the name of the run's scorer."""
    if "score" not in plain or "scores" in plain:
        return plain
    found = {name: value for name, value in plain.items() if name != "score"}
    return {**found, "scores": {scorer: plain["score"]} if plain["score"] else {}}


def told(plain: Plain, model: str, cluster: str) -> Record:
    """What a sample of a log tells, in Assay's nouns."""
    sample = sample_of(plain, cluster)
    number, seconds = int(plain["epoch"]) - 1, float(plain.get("working_time") or plain.get("total_time") or 0.0)
    error, scores = plain.get("error"), plain.get("scores")
    if error and not scores:
        failure = failure_of(error)
        return Record(
            trial=Trial(sample_id=sample.id, number=number, failure=failure, cluster=sample.cluster, seconds=seconds), sample=sample
        )
    answer = answer_of(plain, model)
    given = scores_of(scores, invalidated(plain))
    trial = Trial(
        sample_id=sample.id,
        number=number,
        answer=answer,
        scores=given,
        cluster=sample.cluster,
        seconds=seconds or answer.timing.seconds,
        flags=flags_of(answer, given),
    )
    return Record(trial=trial, sample=sample)


def sample_of(plain: Plain, cluster: str = "") -> Sample:
    """What was asked. `cluster` names the metadata that tells what a sample came from."""
    asked, target, about = plain.get("input"), plain.get("target"), dict(plain.get("metadata") or {})
    group = about.get(cluster or "cluster")
    named = {name: plain[name] for name in NAMED if plain.get(name)}
    if named:
        about[KEPT] = named
    return Sample(
        id=str(plain["id"]),
        input=tuple(message_of(each) for each in asked) if isinstance(asked, list) else str(asked or ""),
        target=tuple(map(str, target)) if isinstance(target, list) else None if target is None else str(target),
        choices=tuple(map(str, plain["choices"])) if plain.get("choices") else None,
        cluster=str(group) if isinstance(group, str | int) else None,
        metadata=about,
    )


def answer_of(plain: Plain, model: str) -> Answer:
    """What came of a sample."""
    output = plain.get("output") or {}
    choice = (output.get("choices") or [{}])[0]
    message = choice.get("message") or {"role": "assistant", "content": ""}
    spoken, usage = message_of(message), plain.get("model_usage") or {}
    used = usage.get(model) or output.get("usage") or (next(iter(usage.values())) if len(usage) == 1 else None)
    seconds = output.get("time") or plain.get("working_time") or plain.get("total_time") or 0.0
    return Answer(
        text=output.get("completion") or spoken.text,
        reasoning=thought_of(message),
        messages=tuple(message_of(each) for each in plain.get("messages") or ()),
        tool_calls=tuple(call_of(each) for each in message.get("tool_calls") or ()),
        model=output.get("model") or "",
        usage=usage_of(used),
        timing=Timing(seconds=float(seconds)),
        logprobs=logprobs_of(choice.get("logprobs")),
        stop_reason=STOPS.get(choice.get("stop_reason") or "", "unknown"),
        notes=tuple(notes_of(plain)),
    )


def notes_of(plain: Plain) -> Iterator[str]:
    """What happened on the way, in words."""
    if limit := plain.get("limit"):
        yield (
            f"stopped by Inspect's {limit.get('type')} limit ({limit.get('limit'):g})"
            if isinstance(limit.get("limit"), int | float)
            else "stopped by a limit of Inspect"
        )
    if plain.get("error"):
        yield f"it broke, and Inspect scored it all the same: {plain['error'].get('message')}"
    if (tries := len(plain.get("error_retries") or ())) > 0:
        yield f"answered after {tries} {'try' if tries == 1 else 'tries'} that broke"
    if why := invalidated(plain):
        yield why


def invalidated(plain: Plain) -> str | None:
    """Why a person took a sample out of its log."""
    mark = plain.get("invalidation")
    if not mark:
        return None
    return f"invalidated by {mark.get('author') or 'somebody'}" + (f": {mark['reason']}" if mark.get("reason") else "")


def failure_of(error: Plain) -> Failure:
    """Who is to blame for an error, by the place it came from."""
    trace = str(error.get("traceback") or "")
    frames = [each.replace("\\", "/") for each in FRAME.findall(trace)]
    blame: Blame = next((who for frame in reversed(frames) for part, who in BLAMES if part in frame), "solver")
    if SCORING in trace:
        blame = "judge" if blame == "endpoint" else "scorer" if blame == "solver" else blame
    message = str(error.get("message") or "it does not say what broke")
    named = re.match(r"(\w+)\(", message)
    return Failure(blame=blame, kind=named[1] if named else "error", message=message[:2000])


def is_named(kept: Any) -> bool:
    """Whether a sample's metadata holds what a log names beside it."""
    return isinstance(kept, dict) and bool(kept) and kept.keys() <= set(NAMED)


def plain_asked(sample: Sample) -> Plain:
    """What was asked, as Inspect writes it."""
    about = dict(sample.metadata)
    named = about.pop(KEPT) if is_named(about.get(KEPT)) else {}
    asked = sample.input if isinstance(sample.input, str) else [plain_message(each) for each in sample.input]
    target: Any = "" if sample.target is None else sample.target if isinstance(sample.target, str) else list(sample.target)
    choices = {"choices": list(sample.choices)} if sample.choices else {}
    return {"id": sample.id, "input": asked, **choices, "target": target, **named, "metadata": about}


def plain_sample(trial: Trial, sample: Sample) -> Plain:
    """A trial as Inspect writes a sample, without what only a log or only Assay knows."""
    plain: Plain = {
        **plain_asked(sample),
        "epoch": trial.number + 1,
        "messages": [],
        "output": {"model": "", "choices": [], "completion": ""},
    }
    answer = trial.answer
    if answer is not None:
        plain["messages"] = plain_conversation(sample.messages, answer)
        plain["output"] = plain_output(answer)
        if any(msgspec.structs.astuple(answer.usage)):
            plain["model_usage"] = {answer.model: plain_usage(answer.usage)}
    if trial.failure is not None:
        plain["error"] = plain_error(trial.failure)
    plain["scores"] = plain_scores(trial.scores)
    if trial.seconds:
        plain.update(total_time=trial.seconds, working_time=trial.seconds)
    return plain


def plain_output(answer: Answer) -> Plain:
    """The output of a model."""
    back: Mapping[str, str] = {"length": "max_tokens"}
    message = plain_choice_message(answer)
    choice: Plain = {"message": message, "stop_reason": back.get(answer.stop_reason, answer.stop_reason)}
    if answer.logprobs is not None:
        choice["logprobs"] = {"content": [plain_logprob(each.token, each.logprob, each.top) for each in answer.logprobs]}
    output: Plain = {"model": answer.model, "choices": [choice], "completion": answer.text}
    if any(msgspec.structs.astuple(answer.usage)):
        output["usage"] = plain_usage(answer.usage)
    return {**output, "time": answer.timing.seconds} if answer.timing.seconds else output


def plain_logprob(token: str, logprob: float, top: Mapping[str, float]) -> Plain:
    """One token's log-probability."""
    plain: Plain = {"token": token, "logprob": logprob}
    return {**plain, "top_logprobs": [{"token": each, "logprob": value} for each, value in top.items()]} if top else plain


def plain_error(failure: Failure) -> Plain:
    """A failure as Inspect tells an error."""
    text = f"{failure.kind}: {failure.message} (to blame: {failure.blame})"
    return {"message": text, "traceback": text, "traceback_ansi": text}


def exported(record: Record) -> Plain:
    """A record as a sample of a log: as it came from one, or with what only Assay knows in its store."""
    trial, sample = record.trial, record.sample or Sample(id=record.trial.sample_id, input="")
    kept = trial.detail.get(KEPT)
    if kept is not None:
        if "sample" in kept:
            sample = msgspec.convert(kept["sample"], Sample)
        plain = patched(plain_sample(trial, sample), {name: value for name, value in kept.items() if name not in ("events", "sample")})
    else:
        plain = plain_sample(trial, sample)
        back = told(plain, trial.answer.model if trial.answer else "", "")
        mine = difference(msgspec.to_builtins(Record(trial=trial, sample=sample)), msgspec.to_builtins(back))
        plain["store"] = {OURS: {"of": digest_of(plain), **({"more": mine} if mine else {})}}
    return {**plain, "scores": with_constants(plain.get("scores") or {})}


def ours(plain: Plain) -> Record | None:
    """The record that Assay wrote into a log; None where there is none, or where it was changed there."""
    store = plain.get("store") or {}
    mark = store.get(OURS)
    rest = {name: value for name, value in plain.items() if name not in ("store", "events")}
    if not isinstance(mark, dict) or len(store) > 1 or mark.get("of") != digest_of(rest):
        return None
    back = msgspec.to_builtins(told(rest, ((plain.get("output") or {}).get("model") or ""), ""))
    return msgspec.convert(patched(back, mark.get("more", {})), Record)


def digest_of(plain: Plain) -> str:
    """Changes with what a sample says; not with fields that say nothing, which Inspect adds and drops."""
    said = {
        name: spoken(plain.get(name))
        for name in ("id", "epoch", "input", "target", "choices", "metadata", "messages", "output", "scores", "error")
    }
    return blake2b(msgspec.json.encode(said, order="deterministic"), digest_size=8).hexdigest()


def spoken(value: Any) -> Any:
    """Plain data without its empty parts, and without the ids that Inspect gives to messages."""
    if isinstance(value, dict):
        inner = {key: spoken(each) for key, each in value.items() if key not in ("traceback_ansi",)}
        return {key: each for key, each in inner.items() if each not in (None, [], {}, "")}
    if isinstance(value, list):
        return [spoken(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
