"""The site behind the fake server: what happens to a request, and what was seen of it. How bytes come and go is `server`'s."""

import asyncio
import random
import re
import resource
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec

from assay.testing import formats
from assay.testing.answers import answer_text, is_right, marker_in, tokens_of
from assay.testing.behaviour import Behaviour, HttpReply
from assay.testing.formats import Reply

if TYPE_CHECKING:
    from asyncio import Transport

KEY = re.compile(rb"\r\n(?:authorization: *bearer +|x-api-key: *|x-goog-api-key: *)([^\r]*)", re.I)
MODEL_PATH = re.compile(r"/models/([^:/]+):")
REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    404: b"Not Found",
    411: b"Length Required",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
}
PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>This is a web page.</body></html>"


def http(status: int, body: bytes, *, kind: bytes = b"application/json", extra: bytes = b"") -> bytes:
    """One HTTP answer."""
    return b"HTTP/1.1 %d %b\r\ncontent-type: %b\r\ncontent-length: %d\r\n%b\r\n%b" % (
        status,
        REASONS.get(status, b"-"),
        kind,
        len(body),
        extra,
        body,
    )


def written(reply: HttpReply) -> bytes:
    """An HTTP answer as somebody wrote it."""
    extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    return http(reply.status, reply.body, kind=reply.content_type.encode("latin-1"), extra=extra.encode("latin-1"))


def complaint(message: str, *, code: str = "invalid_request_error", param: str | None = None) -> bytes:
    """An error body as OpenAI writes it; Anthropic's and Google's hold the same words at the same place."""
    return formats.encode({"type": "error", "error": {"message": message, "type": code, "code": code, "param": param}})


class Stats:
    """What the server has seen: counts, distinct items, and per second how many were answered and refused."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.items: Counter[tuple[str, int]] = Counter()
        self.by_second: dict[int, list[int]] = {}
        self.in_flight = self.max_in_flight = self.connections = self.max_connections = 0
        self.first = self.last = 0.0
        self._cpu = _cpu_seconds()

    def arrived(self, now: float) -> None:
        """One request."""
        self.counts["requests"] += 1
        self.first = self.first or now
        self.last = now
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def ended(self, kind: str, now: float) -> None:
        """One request was answered, refused, failed, cut, ..."""
        self.counts[kind] += 1
        second = self.by_second.setdefault(int(now - self.first), [0, 0])
        second[0] += kind == "answered"
        second[1] += kind == "refused"

    def summary(self) -> dict[str, Any]:
        """All of it, as plain data."""
        repeats = sum(self.items.values()) - len(self.items)
        return {
            **{kind: self.counts[kind] for kind in ("requests", "answered", "refused", "failed", "cut", "hung", "rejected")},
            "items": len(self.items),
            "repeats": repeats,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "max_connections": self.max_connections,
            "seconds": self.last - self.first,
            "cpu_seconds": _cpu_seconds() - self._cpu,
            "by_second": [self.by_second.get(second, [0, 0]) for second in range(max(self.by_second, default=-1) + 1)],
        }


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Site:
    """The server proper: what happens to a request. `answer`, where given, makes the text from (request body as data, item marker)."""

    def __init__(
        self,
        behaviour: Behaviour,
        connect: "Callable[[Site], asyncio.Protocol]",
        answer: Callable[[dict[str, Any]], str | HttpReply] | None = None,
    ) -> None:
        self.answer = answer
        self.connect = lambda: connect(self)
        self.connections: dict[object, Transport] = {}
        self.listener: asyncio.Server | None = None
        self.port = 0
        self.configure(behaviour)
        self.reset()

    def configure(self, behaviour: Behaviour) -> None:
        """Behaves so from now on."""
        self.behaviour = behaviour
        self.faulty = bool(behaviour.p500 or behaviour.p429 or behaviour.cut or behaviour.hang)
        self.picky = bool(behaviour.key is not None or behaviour.models is not None or behaviour.refuse or behaviour.html)
        self._room, self._filled = float(behaviour.burst), monotonic()

    def reset(self) -> None:
        """Forgets what it has seen; chance starts from its seed again."""
        self.stats = Stats()
        self.stats.connections = len(self.connections)
        self.random = random.Random(self.behaviour.seed)

    async def open(self, port: int = 0) -> int:
        """Listens on loopback; the port it got."""
        loop = asyncio.get_running_loop()
        self.listener = await loop.create_server(self.connect, "127.0.0.1", port, backlog=4096, reuse_address=True)
        self.port = int(self.listener.sockets[0].getsockname()[1])
        return self.port

    def die(self) -> None:
        """Closes the port and every connection, as a killed process does."""
        if self.listener is not None:
            self.listener.close()
            self.listener = None
        for transport in list(self.connections.values()):
            transport.abort()

    def over_rate(self, now: float) -> float | None:
        """Seconds until there is room again under the rate limit; None where there is room now, which is then taken."""
        rate = self.behaviour.rate
        if rate is None:
            return None
        self._room = min(float(self.behaviour.burst), self._room + (now - self._filled) * rate)
        self._filled = now
        if self._room >= 1.0:
            self._room -= 1.0
            return None
        return (1.0 - self._room) / rate

    def refusal(self, head: bytes, path: str, body: bytes) -> bytes | None:
        """What a picky server says to a wrong key, model or parameter."""
        mine = self.behaviour
        if mine.html:
            return http(200, PAGE, kind=b"text/html")
        if mine.key is not None:
            found = KEY.search(head)
            if found is None or found[1].strip().decode("latin-1") != mine.key:
                shown = found[1].decode("latin-1") if found else "(none)"
                return http(401, complaint(f"Incorrect API key provided: {shown}.", code="invalid_api_key"))
        asked = msgspec.json.decode(body)
        named = MODEL_PATH.search(path)
        model = named[1] if named else asked.get("model")
        if mine.models is not None and model not in mine.models:
            return http(404, complaint(f"The model `{model}` does not exist.", code="model_not_found"))
        return self._refused_parameter(asked)

    def _refused_parameter(self, asked: dict[str, Any]) -> bytes | None:
        for key in self.behaviour.refuse:
            if key == "system" and any(each.get("role") == "system" for each in asked.get("messages", ())):
                return http(400, complaint("System role not supported by the chat template."))
            if key == "max_tokens" and key in asked:
                said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
                return http(400, complaint(said, code="unsupported_parameter", param=key))
            if key in asked:
                said = f"Unsupported value: '{key}' does not support {asked[key]} with this model."
                return http(400, complaint(said, code="unsupported_value", param=key))
        return None

    def said(self, asked: dict[str, Any]) -> str | HttpReply | None:
        """What the answer function says to a request; None where there is none."""
        return self.answer(asked) if self.answer is not None else None

    def reply(self, asked: dict[str, Any], path: str, body: bytes, said: str | None) -> Reply:
        """The answer to a request: `said`, where somebody said it, else the planted one."""
        mine, marker = self.behaviour, marker_in(body)
        if marker is not None:
            self.stats.items[marker] += 1
        text = self._text(marker) if said is None else said
        thought = "Let me think about it, step by step." if mine.think else ""
        if mine.think in ("tags", "unclosed"):
            text, thought = f"<think>{thought}" + (f"</think>\n\n{text}" if mine.think == "tags" else " And then"), ""
        limit = _token_limit(asked)
        words = tokens_of(text) if limit < len(text) else []
        cut = len(words) > limit
        named = MODEL_PATH.search(path)
        return Reply(
            model=named[1] if named else str(asked.get("model", "fake")),
            text="".join(words[:limit]) if cut else text,
            thought=thought,
            call=_tool_call(asked) if mine.call_tools else None,
            cut=cut,
            prompt_tokens=max(1, len(body) // 4),
            logprobs=bool(asked.get("logprobs")),
        )

    def _text(self, marker: tuple[str, int] | None) -> str:
        if self.behaviour.text is not None:
            return self.behaviour.text
        accuracy = self.behaviour.accuracy
        right = self.random.random() < accuracy if self.behaviour.vary else marker is not None and is_right(marker[1], accuracy)
        return answer_text(marker, right)


def _token_limit(asked: dict[str, Any]) -> int:
    """The most tokens the request allows, whichever format says it."""
    found = asked.get("max_completion_tokens") or asked.get("max_tokens") or asked.get("max_output_tokens")
    return int(found or (asked.get("generationConfig") or {}).get("maxOutputTokens") or 2**31)


def _tool_call(asked: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """A call of the first tool offered, whichever format offers it."""
    for tool in asked.get("tools") or ():
        tool = (tool.get("functionDeclarations") or [tool])[0]
        return str((tool.get("function") or tool).get("name")), {"query": "weather", "days": 3}
    return None
