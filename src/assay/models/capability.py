"""What an endpoint cannot do: learned from what it refuses, remembered for the model, and said in a line each."""

import re
from typing import Any

from assay.models.faults import HttpFault

OPTIONAL = (
    "temperature",
    "top_p",
    "seed",
    "top_logprobs",
    "logprobs",
    "stop",
    "reasoning_effort",
    "reasoning",
    "stream_options",
    "max_completion_tokens",
)
REFUSAL = re.compile(
    r"unsupported|not support|n't support|not supported|unknown|unrecognized|unexpected|extra (?:inputs|fields)|not permitted|not allowed|not available"
    r"|deprecated|only the default|invalid (?:parameter|argument|field)|cannot be (?:used|set|specified)|not enabled|may not be",
    re.I,
)
SYSTEM = re.compile(r"(?:system|developer)[ _'\"-]*(?:role|message|prompt|instruction)", re.I)
RENAMED = re.compile(r"max_tokens.{0,200}max_completion_tokens", re.I | re.S)
MAX_LESSONS = 8


class Lessons:
    """What one model's endpoint has refused so far. `notes` are the lines to show; `count` grows with each lesson."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.notes: tuple[str, ...] = ()
        self.count = 0
        self.dropped: set[str] = set()
        self.renamed = False
        self.system_refused = False

    def note(self, line: str) -> None:
        """Adds a line, once."""
        if line not in self.notes:
            self.notes = (*self.notes, line)

    def apply(self, body: dict[str, Any]) -> dict[str, Any]:
        """A request body without what the endpoint refuses."""
        if not self.count:
            return body
        if self.renamed and "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
        for key in self.dropped:
            body.pop(key, None)
        if self.system_refused and "messages" in body:
            body["messages"] = without_system(body["messages"])
        return body

    def learn(self, fault: HttpFault, body: dict[str, Any], since: int) -> bool:
        """Whether asking again makes sense: the refusal named something that can be left out, or somebody learned it meanwhile (`since`)."""
        if fault.status not in (400, 422, 500) or (fault.status == 500 and not REFUSAL.search(fault.message)):
            return False
        if self._lesson(fault, body):
            self.count += 1
            return True
        return self.count > since

    def _lesson(self, fault: HttpFault, body: dict[str, Any]) -> bool:
        said = fault.message
        if "max_tokens" in body and (RENAMED.search(said) or (fault.param == "max_tokens" and "max_completion_tokens" in said)):
            if self.renamed:
                return False
            self.renamed = True
            self.note(f"{self.name}: the endpoint wants max_completion_tokens instead of max_tokens, renamed")
            return True
        if SYSTEM.search(said) and REFUSAL.search(said) and _has_system(body):
            if self.system_refused:
                return False
            self.system_refused = True
            self.note(f"{self.name}: system messages refused by the endpoint, put before the first user message")
            return True
        key = self._refused_key(fault, body)
        if key is None:
            return False
        self.dropped |= {key, "top_logprobs"} if key == "logprobs" else {key}
        self.note(f"{self.name}: {key} refused by the endpoint, {'applied here' if key == 'stop' else 'dropped'}")
        return True

    def _refused_key(self, fault: HttpFault, body: dict[str, Any]) -> str | None:
        """The optional parameter of `body` that the refusal is about."""
        if fault.param in OPTIONAL and fault.param in body and fault.param not in self.dropped:
            return fault.param
        if not REFUSAL.search(fault.message):
            return None
        named = [key for key in OPTIONAL if key in body and re.search(rf"\b{key}\b", fault.message) and key not in self.dropped]
        return named[0] if named else None


def _has_system(body: dict[str, Any]) -> bool:
    return any(each.get("role") == "system" for each in body.get("messages", ()))


def without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Wire messages whose system texts stand at the head of the first user message."""
    told = [each["content"] for each in messages if each["role"] == "system"]
    rest = [dict(each) for each in messages if each["role"] != "system"]
    if not told:
        return rest
    head = "\n\n".join(each if isinstance(each, str) else "".join(part.get("text", "") for part in each) for each in told)
    first = next((each for each in rest if each["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": head}, *rest]
    content = first["content"]
    first["content"] = f"{head}\n\n{content}" if isinstance(content, str) else [{"type": "text", "text": head + "\n\n"}, *content]
    return rest
