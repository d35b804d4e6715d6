"""How the fake server behaves: its speed, its faults, what it refuses and how it thinks; and a whole HTTP answer to be given as it is."""

from typing import Literal

import msgspec


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything the fake server can do to a client. Seconds, shares (0..1) and counts; shares are drawn from `seed` in order of arrival.

    `rate` is a real rate limit (requests a second, `burst` at once), unlike `p429`, which refuses at random. `retry_after` is the header of
    both (None: none). `die_after` so many answers it closes its port and every connection. `refuse` names parameters it does not take
    ("temperature", "max_tokens", "system", "logprobs", "stop", ...). `think` puts a thought into a field, into tags, or into tags it never closes.
    """

    latency: float = 0.0
    jitter: float = 0.0
    seed: int = 0
    accuracy: float = 0.9
    vary: bool = False
    """Right or wrong is drawn anew at each request instead of once per item."""
    p500: float = 0.0
    p429: float = 0.0
    retry_after: float | None = None
    rate: float | None = None
    burst: int = 10
    cut: float = 0.0
    """The share of answers cut in the middle of their body, or of their stream."""
    hang: float = 0.0
    dribble: float = 0.0
    """Seconds between the bytes of an answer."""
    html: bool = False
    die_after: int | None = None
    key: str | None = None
    models: tuple[str, ...] | None = None
    refuse: tuple[str, ...] = ()
    think: Literal["", "field", "tags", "unclosed"] = ""
    call_tools: bool = False
    chunks: int = 8
    text: str | None = None
    """A constant answer in place of the planted ones."""
    counts: bool = True
    """Whether answers say how many tokens they used."""


class HttpReply(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer, byte for byte, that `FakeServer(answer=...)` may give in place of a text: a moderator's 403, an error page in another encoding."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = {}
