"""Small parts of the wire: waiting times, complaints in their dialects, event streams in pieces, prices, URLs."""

import asyncio
import email.utils
import time
from collections.abc import AsyncGenerator

import pytest

from assay.core.answer import Usage
from assay.models.faults import complaint_of, fault_of, retry_after
from assay.models.prices import PRICES, Price, cost_of, price_of
from assay.models.streaming import payloads
from assay.models.wire import Wire, all_refused, public_url


def test_retry_after_in_every_spelling() -> None:
    assert retry_after({"Retry-After": "7"}) == 7.0
    assert retry_after({"Retry-After": "0.25"}) == 0.25
    assert retry_after({"retry-after-ms": "1500", "Retry-After": "9"}) == 1.5
    assert retry_after({"Retry-After": "soon"}) is None and retry_after({}) is None
    assert retry_after({"Retry-After": "Wed, 21 Oct 99999 07:28:00 GMT"}) is None
    later = retry_after({"Retry-After": email.utils.formatdate(time.time() + 60, usegmt=True)})
    assert later is not None and 50 < later <= 61
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


@pytest.mark.parametrize(
    ("body", "text", "code", "param"),
    [
        (b'{"error": {"message": "M", "type": "t", "code": "c", "param": "p"}}', "M", "c", "p"),
        (b'{"error": {"message": "M", "type": "t", "code": null}}', "M", "t", ""),
        (b'{"type": "error", "error": {"type": "overloaded_error", "message": "M"}}', "M", "overloaded_error", ""),
        (b'[{"error": {"code": 400, "message": "M", "status": "INVALID_ARGUMENT"}}]', "M", "INVALID_ARGUMENT", ""),
        (b'{"error": "M"}', "M", "", ""),
        (b'{"object": "error", "message": "M", "type": "BadRequestError", "code": 400}', "M", "BadRequestError", ""),
        (b'{"detail": "M"}', "M", "", ""),
    ],
)
def test_complaints_in_their_dialects(body: bytes, text: str, code: str, param: str) -> None:
    found = complaint_of(body)
    assert found is not None and (found.text, found.code, found.param) == (text, code, param)


def test_googles_delay_is_read() -> None:
    body = b'{"error": {"code": 429, "message": "q", "details": [{"@type": "x"}, {"retryDelay": "34s"}]}}'
    assert fault_of(429, {}, body, url="u").retry_after == 34.0
    assert fault_of(429, {"Retry-After": "0"}, body, url="u").retry_after == 0.0


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable", "fatal"),
    [
        (400, b'{"error": {"message": "maximum context length is 8192 tokens"}}', "context_overflow", False, False),
        (400, b'{"error": {"message": "x", "code": "context_length_exceeded"}}', "context_overflow", False, False),
        (413, b'{"error": "large"}', "context_overflow", False, False),
        (400, b'{"error": {"message": "bad value"}}', "bad_request", False, False),
        (400, b'{"error": {"message": "API key not valid. Please pass a valid API key."}}', "auth", False, True),
        (403, b'{"error": {"message": "no"}}', "auth", False, True),
        (400, b'{"error": {"message": "Model Not Exist"}}', "no_model", False, True),
        (404, b'{"error": {"message": "model \\"x\\" not found, try pulling it first"}}', "no_model", False, True),
        (404, b'{"detail": "Not Found"}', "no_path", False, True),
        (404, b"<html>", "not_json", False, True),
        (301, b"", "redirect", False, True),
        (429, b'{"error": {"message": "m", "code": "insufficient_quota"}}', "quota", False, True),
        (402, b'{"error": {"message": "pay"}}', "quota", False, True),
        (408, b"", "http_408", True, False),
        (409, b"{}", "http_409", True, False),
        (502, b"<html>bad gateway", "http_502", True, False),
        (529, b'{"error": {"message": "overloaded"}}', "http_529", True, False),
        (400, b'{"error": {"message": "m", "code": "content_filter"}}', "content_filter", False, False),
        (200, b"", "not_json", True, False),
    ],
)
def test_what_a_status_means(status: int, body: bytes, kind: str, retryable: bool, fatal: bool) -> None:
    fault = fault_of(status, {}, body, url="http://h/v1")
    assert (fault.kind, fault.retryable, fault.fatal, fault.status) == (kind, retryable, fatal, status)
    assert "http://h/v1" in str(fault)


def test_a_key_the_server_repeats_is_not_shown() -> None:
    fault = fault_of(401, {}, b'{"error": {"message": "bad key sk-12345678"}}', url="u", secrets=("sk-12345678", ""))
    assert "sk-12345678" not in str(fault) and "[key]" in str(fault)


STREAM = 'data: {"a": 1}\n\n: ping\n\nevent: x\r\ndata: {"b":\r\ndata: "天"}\r\n\r\nid: 3\n\ndata:[DONE]\n\ndata: half'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_in_pieces_of_any_size(size: int) -> None:
    content = STREAM.encode()

    async def pieces() -> AsyncGenerator[bytes, None]:
        for place in range(0, len(content), size):
            yield content[place : place + size]

    async def run() -> list[str]:
        return [each.decode() async for each in payloads(pieces())]

    assert asyncio.run(run()) == ['{"a": 1}', '{"b":\n"天"}', "[DONE]"]


def test_prices() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=100_000, cached_tokens=400_000, reasoning_tokens=50_000)
    assert cost_of(usage, Price(input=2.0, output=10.0, cached=0.5)) == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 0.1 * 10)
    assert cost_of(usage, Price(input=2.0, output=10.0)) == pytest.approx(3.0)
    assert cost_of(usage, None) is None and price_of("nobody/knows") is None
    assert price_of("nobody/knows", price_in=1.0, price_out=2.0) == Price(input=1.0, output=2.0)
    assert all(0 < price.input <= price.output and (price.cached or 0) <= price.input for price in PRICES.values())


def test_urls() -> None:
    assert public_url("https://u:p@h:1/v1?key=s#f") == "https://h:1/v1"
    wire = Wire("https://h/v1/?api-version=2", headers={})
    assert wire.url("/a") == "https://h/v1/a?api-version=2" and wire.url("/a?alt=sse") == "https://h/v1/a?alt=sse&api-version=2"


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (OSError(111, "Connect call failed ('127.0.0.1', 1)"), True),
        (
            OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call failed ('127.0.0.1', 1)"),
            True,
        ),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 101] Network is unreachable"), False),
        (OSError(-2, "Name or service not known"), False),
    ],
)
def test_a_refused_connection_is_told_from_others(error: OSError, refused: bool) -> None:
    assert all_refused(error) is refused
