"""The fake model server: OpenAI chat, completions and responses, Anthropic and Google on one loopback port, with every fault of `Behaviour`.

Runs by itself too: `python -m assay.testing.server --port 8400 latency=0.1 p500=0.05`. Control: GET /stats, POST /config (JSON), POST /reset.
"""

import argparse
import asyncio
import re
import signal
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import msgspec

from assay.testing import formats
from assay.testing.behaviour import Behaviour, HttpReply
from assay.testing.formats import Reply
from assay.testing.site import PAGE, Site, complaint, http, written

USAGE = re.compile(rb'"(usage|usageMetadata)":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

Whole = Callable[[Reply], bytes]
Events = Callable[[Reply, int], Iterator[bytes]]

ROUTES: tuple[tuple[str, Whole, Events], ...] = (
    ("/v1/chat/completions", formats.chat, formats.chat_events),
    ("/v1/responses", formats.responses, formats.response_events),
    ("/v1/messages", formats.anthropic, formats.anthropic_events),
    (":generateContent", formats.google, formats.google_events),
    (":streamGenerateContent", formats.google, formats.google_events),
)
PATHS = frozenset({"/v1/completions", *(path for path, _, _ in ROUTES)})


def framed(event: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(event), event)


class Connection(asyncio.Protocol):
    """One connection: requests one after the other."""

    def __init__(self, site: Site, loop: asyncio.AbstractEventLoop) -> None:
        self.site, self.loop = site, loop
        self.transport: asyncio.Transport
        self.buffer = bytearray()
        self.busy = self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.site.connections[self] = transport
        stats = self.site.stats
        stats.connections += 1
        stats.max_connections = max(stats.max_connections, stats.connections)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self.site.connections.pop(self, None)
        self.site.stats.connections -= 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.busy:
            self._next()

    def _next(self) -> None:
        """Takes one whole request out of the buffer, if there is one."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0 or self.closed:
            return
        head = bytes(self.buffer[: end + 2])
        length = LENGTH.search(head)
        if length is None and not head.startswith(b"GET"):
            self.transport.write(http(411, complaint("A request needs a content-length.")))
            self.transport.close()
            return
        stop = end + 4 + (int(length[1]) if length else 0)
        if len(self.buffer) < stop:
            return
        body = bytes(self.buffer[end + 4 : stop])
        del self.buffer[:stop]
        self.busy = True
        self._route(head, head.split(b" ", 2)[1].decode("latin-1"), body)

    def _route(self, head: bytes, path: str, body: bytes) -> None:
        path, _, _query = path.partition("?")
        if path in PATHS or (":" in path and path.startswith("/v1beta/models/")):
            self._arrived(head, path, body)
        else:
            self._control(path, body)

    def _control(self, path: str, body: bytes) -> None:
        site = self.site
        if path.endswith("/stats"):
            self._say(http(200, formats.encode(site.stats.summary())))
        elif path.endswith("/reset"):
            site.reset()
            self._say(http(200, b"{}"))
        elif path.endswith("/config"):
            site.configure(msgspec.json.decode(body, type=Behaviour))
            self._say(http(200, b"{}"))
        elif path.endswith("/models") and not site.behaviour.html:
            names = site.behaviour.models or ("fake", "fake-large")
            self._say(http(200, formats.encode({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})))
        elif site.behaviour.html:
            self._say(http(200, PAGE, kind=b"text/html"))
        else:
            self._say(http(404, complaint("There is no such path.", code="not_found")))

    def _say(self, content: bytes) -> None:
        self.transport.write(content)
        self.busy = False
        if self.buffer:
            self._next()

    def _arrived(self, head: bytes, path: str, body: bytes) -> None:
        """A model is asked: what is refused is refused at once, the rest after the latency."""
        site, now = self.site, monotonic()
        site.stats.arrived(now)
        wait = site.over_rate(now)
        if wait is not None:
            asked = site.behaviour.retry_after
            self._refuse(None if asked is None else max(asked, wait))
            return
        mine = site.behaviour
        delay = mine.latency + (site.random.random() * mine.jitter if mine.jitter else 0.0)
        if delay > 0:
            self.loop.call_later(delay, self._answer, head, path, body)
        else:
            self._answer(head, path, body)

    def _end(self, kind: str) -> None:
        self.site.stats.in_flight -= 1
        self.site.stats.ended(kind, monotonic())

    def _refuse(self, retry_after: float | None) -> None:
        self._end("refused")
        extra = b"" if retry_after is None else b"retry-after: %b\r\n" % f"{retry_after:.3f}".rstrip("0").rstrip(".").encode()
        self._say(http(429, complaint("Rate limit reached.", code="rate_limit_exceeded"), extra=extra))

    def _answer(self, head: bytes, path: str, body: bytes) -> None:
        site = self.site
        if self.closed:
            site.stats.in_flight -= 1
            return
        cut = False
        if site.faulty:
            fault = self._fault()
            if fault == "done":
                return
            cut = fault == "cut"
        try:
            said = site.refusal(head, path, body) if site.picky else None
            out = said or self._written(path, msgspec.json.decode(body), body)
        except (msgspec.DecodeError, LookupError, ValueError, AttributeError, TypeError) as error:
            said = out = http(400, complaint(f"The request cannot be read: {error}"))
        self._send(out, "rejected" if said else "answered", cut=cut)

    def _fault(self) -> str:
        """Draws one fault for this request: "done" where it has been dealt with, "cut" where the answer is to be cut."""
        mine, chance = self.site.behaviour, self.site.random.random()
        if chance < mine.p500:
            self._end("failed")
            self._say(http(500, complaint("Something broke.", code="server_error")))
            return "done"
        chance -= mine.p500
        if chance < mine.p429:
            self._refuse(mine.retry_after)
            return "done"
        chance -= mine.p429
        if chance < mine.hang:
            self._end("hung")
            return "done"
        return "cut" if chance - mine.hang < mine.cut else ""

    def _written(self, path: str, asked: dict[str, Any], body: bytes) -> bytes:
        site, chunks = self.site, self.site.behaviour.chunks
        said = site.said(asked)
        if isinstance(said, HttpReply):
            return written(said)
        for end, whole, events in ROUTES:
            if path.endswith(end):
                reply = site.reply(asked, path, body, said)
                if asked.get("stream") or end == ":streamGenerateContent":
                    return streamed(map(self._counted, events(reply, chunks)))
                return http(200, self._counted(whole(reply)))
        if path == "/v1/completions":
            prompts = asked["prompt"] if isinstance(asked["prompt"], list) else [asked["prompt"]]
            replies = [site.reply(asked, path, prompt.encode(), said) for prompt in prompts]
            if asked.get("stream"):
                return streamed(map(self._counted, formats.text_events(replies[0], chunks)))
            return http(200, self._counted(formats.completions(replies, prompts, asked)))
        return http(404, complaint("There is no such path.", code="not_found"))

    def _counted(self, content: bytes) -> bytes:
        """An answer or event, without its counts where this server gives none."""
        return content if self.site.behaviour.counts else USAGE.sub(rb'"\1":null', content)

    def _send(self, out: bytes, kind: str, *, cut: bool) -> None:
        site = self.site
        if cut:
            self._end("cut")
            self.transport.write(out[: max(len(out) * 2 // 3, out.find(b"\r\n\r\n") + 5)])
            self.transport.close()
            return
        if site.behaviour.dribble:
            self._dribble(out, 0, kind)
            return
        self._end(kind)
        self._say(out)
        limit = site.behaviour.die_after
        if limit is not None and site.stats.counts["answered"] >= limit:
            self.loop.call_soon(site.die)

    def _dribble(self, out: bytes, place: int, kind: str) -> None:
        """Head at once, then a byte at a time."""
        if self.closed or place >= len(out):
            self._end(kind)
            if not self.closed:
                self._say(b"")
            return
        step = out.find(b"\r\n\r\n") + 4 if not place else 1
        self.transport.write(out[place : place + step])
        self.loop.call_later(self.site.behaviour.dribble, self._dribble, out, place + step, kind)


def streamed(events: Iterator[bytes]) -> bytes:
    """Events as one chunked answer."""
    return STREAM_HEAD + b"".join(map(framed, events)) + b"0\r\n\r\n"


def new_site(behaviour: Behaviour, answer: Callable[[dict[str, Any]], str | HttpReply] | None = None) -> Site:
    """A site whose connections are read and written here."""
    return Site(behaviour, lambda site: Connection(site, asyncio.get_running_loop()), answer)


async def serve(behaviour: Behaviour, port: int) -> None:
    """Serves until told to stop; the first line on stdout is the base URL."""
    site = new_site(behaviour)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(f"http://127.0.0.1:{await site.open(port)}/v1", flush=True)
    await stop.wait()
    site.die()


def main() -> None:
    """The command line: a port, and `key=value` for every field of Behaviour."""
    parser = argparse.ArgumentParser(prog="python -m assay.testing.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one, which is printed")
    parser.add_argument("behaviour", nargs="*", metavar="KEY=VALUE", help=f"any of: {', '.join(Behaviour.__struct_fields__)}")
    options = parser.parse_args()
    pairs = dict(each.partition("=")[::2] for each in options.behaviour)
    lists = {key: tuple(value.split(",")) if key in ("refuse", "models") else value for key, value in pairs.items()}
    unknown = set(lists) - set(Behaviour.__struct_fields__)
    if unknown:
        parser.error(f"no such behaviour: {', '.join(sorted(unknown))}")
    asyncio.run(serve(msgspec.convert(lists, Behaviour, strict=False), options.port))


if __name__ == "__main__":
    main()
