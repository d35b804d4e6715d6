"""Odd HTTP answers over loopback: what the model did is an answer, what the endpoint broke is a fault, and what was paid for is read."""

import asyncio
import json
from typing import Any

import pytest

from assay.core.answer import Answer
from assay.core.content import message
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.catalogue import open_model
from assay.models.provider import HttpModel
from assay.testing import FakeServer, HttpReply


def model_of(server: FakeServer, kind: str = "chat", **options: Any) -> HttpModel:
    if kind == "google":
        return open_model("google", "fake", base_url=server.google_url, **options)
    if kind == "anthropic":
        return open_model("anthropic", "fake", base_url=server.url, **options)
    return open_model("openai-compatible", "fake", base_url=server.url, api=kind, **options)


def outcome(reply: HttpReply, kind: str = "chat", **options: Any) -> Answer | ModelError:
    """What becomes of one HTTP answer."""

    async def run(model: HttpModel) -> Answer | ModelError:
        try:
            return await model.generate(Request(messages=(message("user", "Hi"),)))
        except ModelError as error:
            return error
        finally:
            await model.close()

    with FakeServer(answer=lambda body: reply) as server:
        return asyncio.run(run(model_of(server, kind, **options)))


def answered(reply: HttpReply, kind: str = "chat", **options: Any) -> Answer:
    found = outcome(reply, kind, **options)
    assert isinstance(found, Answer), found
    return found


def fault(reply: HttpReply, kind: str = "chat", **options: Any) -> ModelError:
    found = outcome(reply, kind, **options)
    assert isinstance(found, ModelError), found
    return found


def said(body: Any, status: int = 200) -> HttpReply:
    return HttpReply(status=status, body=json.dumps(body, ensure_ascii=False).encode())


def events(*data: Any) -> HttpReply:
    return HttpReply(body=b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in data), content_type="text/event-stream")


def choice(text: str | None, reason: str | None = "stop", **rest: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": text}, "finish_reason": reason, **rest}]}


def delta(text: str | None, reason: str | None = None, **rest: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": reason, **rest}]}


OVERLOADED = {"code": 502, "message": "Provider disconnected"}


@pytest.mark.parametrize(
    "reply",
    [
        said(choice("Fo", "error", error=OVERLOADED)),
        said(choice("Fo", "stop", error=OVERLOADED)),
        events(delta("Fo"), delta(None, "error", error=OVERLOADED)),
        events(delta("Fo"), {"error": OVERLOADED, **delta("", "error")}),
    ],
)
def test_an_error_in_a_choice_is_the_endpoints(reply: HttpReply) -> None:
    found = fault(reply, stream=reply.content_type == "text/event-stream")
    assert found.kind == "http_502" and found.retryable and "Provider disconnected" in str(found)


@pytest.mark.parametrize("reason", ["error", "abort", "network_error", "insufficient_system_resource"])
@pytest.mark.parametrize("kind", ["chat", "completions"])
def test_a_finish_reason_that_blames_the_server(reason: str, kind: str) -> None:
    body = {"choices": [{"message": {"content": "Fo"}, "text": "Fo", "finish_reason": reason}]}
    found = fault(said(body), kind)
    assert found.kind == "error_in_answer" and found.retryable and reason in str(found)


def test_the_code_of_an_error_in_an_answer_counts() -> None:
    assert fault(said({"error": {"code": 429, "message": "slow"}})).kind == "http_429"
    assert not fault(said({"error": {"code": 400, "message": "no such thing"}})).retryable
    assert fault(said({"error": {"code": "server_error", "message": "x"}})).kind == "error_in_answer"
    assert fault(said({"error": {"type": "overloaded_error", "message": "busy"}}), "anthropic").kind == "error_in_answer"


ITEM = {"output": [{"type": "message", "content": [{"type": "output_text", "text": "Fo"}]}]}


@pytest.mark.parametrize(
    "state",
    [
        {"status": "cancelled"},
        {"status": "in_progress"},
        {"status": "queued"},
        {"status": "failed"},
        {"status": "incomplete"},
        {"status": "incomplete", "incomplete_details": {"reason": "server_error"}},
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_response_that_is_not_whole_is_a_fault(state: dict[str, Any], stream: bool) -> None:
    last = "incomplete" if state["status"] not in ("cancelled", "failed") else state["status"]
    reply = events({"type": f"response.{last}", "response": ITEM | state}) if stream else said(ITEM | state)
    found = fault(reply, "responses", stream=stream)
    assert found.kind == "error_in_answer" and found.retryable and state["status"] in str(found)


@pytest.mark.parametrize(("reason", "stop"), [("max_output_tokens", "length"), ("content_filter", "content_filter")])
def test_a_response_the_model_or_its_policy_ended_is_an_answer(reason: str, stop: str) -> None:
    found = answered(said(ITEM | {"status": "incomplete", "incomplete_details": {"reason": reason}}), "responses")
    assert (found.text, found.stop_reason) == ("Fo", stop)


def candidate(reason: str, text: str | None = None) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [{"text": text}] if text else []}, "finishReason": reason, "finishMessage": "why"}]}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "tool_calls"),
        ("A_WORD_OF_NEXT_YEAR", "unknown"),
    ],
)
def test_what_the_model_did_is_scored_and_flagged(reason: str, stop: str, stream: bool) -> None:
    reply = events(candidate(reason)) if stream else said(candidate(reason))
    found = answered(reply, "google", stream=stream)
    assert found.stop_reason == stop and not found.tool_calls and ("FUNCTION_CALL" in "".join(found.notes)) is (stop == "tool_calls")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("reason", ["OTHER", "FINISH_REASON_UNSPECIFIED"])
def test_what_google_broke_off_is_a_fault(reason: str, stream: bool) -> None:
    reply = events(candidate(reason, "Fo")) if stream else said(candidate(reason, "Fo"))
    found = fault(reply, "google", stream=stream)
    assert found.kind == "error_in_answer" and found.retryable and reason in str(found) and "why" in str(found)


@pytest.mark.parametrize("charset", ["", "; charset=gb18030"])
@pytest.mark.parametrize(("status", "kind"), [(503, "http_503"), (429, "http_429"), (401, "auth"), (400, "bad_request")])
@pytest.mark.parametrize("stream", [False, True])
def test_an_error_in_another_encoding_keeps_its_meaning(status: int, kind: str, charset: str, stream: bool) -> None:
    body = '{"error": {"message": "请求过于频繁"}}'.encode("gb18030")
    found = fault(HttpReply(status=status, body=body, content_type="application/json" + charset), stream=stream)
    assert (found.kind, found.retryable, found.fatal) == (kind, status in (503, 429), status == 401)
    assert not charset or "请求过于频繁" in str(found)


@pytest.mark.parametrize("charset", ["", "; charset=iso-8859-1"])
def test_an_answer_in_latin_1_is_read(charset: str) -> None:
    body = json.dumps(choice("café"), ensure_ascii=False).encode("latin-1")
    assert answered(HttpReply(body=body, content_type="application/json" + charset)).text == "café"


def test_any_success_is_one() -> None:
    assert answered(said(choice("ok"), status=201)).text == "ok"
    assert fault(HttpReply(status=204)).retryable


@pytest.mark.parametrize("kind", ["chat", "anthropic", "responses", "google"])
@pytest.mark.parametrize("pretty", [None, 2])
def test_plain_json_in_place_of_a_stream_is_read(kind: str, pretty: int | None) -> None:
    bodies: dict[str, Any] = {
        "chat": choice("four"),
        "anthropic": {"content": [{"type": "text", "text": "four"}], "stop_reason": "end_turn"},
        "responses": {"status": "completed", "output": [{"type": "message", "content": [{"type": "output_text", "text": "four"}]}]},
        "google": candidate("STOP", "four"),
    }
    found = answered(HttpReply(body=json.dumps(bodies[kind], indent=pretty).encode()), kind, stream=True)
    assert (found.text, found.stop_reason) == ("four", "stop")


def test_an_error_in_place_of_a_stream_keeps_its_message() -> None:
    found = fault(said({"error": {"message": "no capacity left"}}), stream=True)
    assert found.kind == "error_in_answer" and "no capacity left" in str(found)
    assert fault(HttpReply(body=b'{"choices": [{"mess'), stream=True).kind == "not_json"
    assert fault(HttpReply(body=b"data: {}", content_type="text/event-stream"), stream=True).kind == "cut"


def test_odd_details_of_the_other_formats_lose_no_answer() -> None:
    item = {"type": "function_call", "id": 5, "name": "f", "arguments": {"a": 1}}
    found = answered(
        said({"status": "completed", "output": [{**ITEM["output"][0], "id": 7}, item], "usage": {"input_tokens": 5.0}}), "responses"
    )
    assert found.text == "Fo" and found.tool_calls[0].arguments == {"a": 1} and found.usage.input_tokens == 5
    blocks = [{"type": "text", "text": "Fo"}, {"type": "thinking", "thinking": {"text": "hm"}}]
    found = answered(said({"content": blocks, "usage": {"input_tokens": "5"}, "stop_reason": "end_turn"}), "anthropic")
    assert (found.text, found.reasoning, found.usage.input_tokens) == ("Fo", "hm", 5)
    found = answered(
        said(candidate("STOP", "Fo") | {"usageMetadata": {"promptTokenCount": "5", "thoughtsTokenCount": []}, "modelVersion": 3}), "google"
    )
    assert (found.text, found.usage.input_tokens, found.model) == ("Fo", 5, "3")
