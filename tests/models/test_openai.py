"""OpenAI-compatible chat over loopback: requests, answers, faults, lessons, streams."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from assay.core.answer import Answer
from assay.core.content import Image, Message, Text, ToolCall, ToolResult, message
from assay.core.errors import ModelError, UsageError
from assay.core.protocols import Decoding, Request, Tool
from assay.models.catalogue import open_model
from assay.models.faults import HttpFault
from assay.models.provider import HttpModel
from assay.testing import FakeServer, is_right, planted_value

KEY = "sk-secret-0123456789"


def asked(text: str = "What? [item 1]", **decoding: Any) -> Request:
    return Request(messages=(message("user", text),), decoding=Decoding(**decoding))


def model_of(server: FakeServer, name: str = "fake", **options: Any) -> HttpModel:
    return open_model("openai-compatible", name, base_url=server.url, **options)


def ask(model: HttpModel, *requests: Request) -> list[Answer]:
    async def run() -> list[Answer]:
        try:
            return list(await asyncio.gather(*(model.generate(request) for request in requests)))
        finally:
            await model.close()

    return asyncio.run(run())


def fault(model: HttpModel, request: Request | None = None) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(model, request or asked())
    return caught.value


def test_an_answer_has_text_model_usage_and_time() -> None:
    with FakeServer(accuracy=1.0) as server:
        (answer,) = ask(model_of(server), asked("A question. [item 7]"))
    assert answer.text.endswith(f"ANSWER: {planted_value(7)}")
    assert answer.stop_reason == "stop" and answer.model == "fake"
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0 and answer.usage.cost is None
    assert answer.timing.seconds > 0 and answer.timing.first_token is None and answer.reasoning is None


def test_planted_accuracy_is_reached() -> None:
    with FakeServer(accuracy=0.7) as server:
        answers = ask(model_of(server), *(asked(f"[item {item}]") for item in range(200)))
    right = [answer.text.endswith(f": {planted_value(item)}") for item, answer in enumerate(answers)]
    assert right == [is_right(item, 0.7) for item in range(200)]
    assert 138 <= sum(right) <= 142


@pytest.mark.parametrize("stream", [False, True])
def test_connections_are_reused(stream: bool) -> None:
    with FakeServer() as server:
        model = model_of(server, stream=stream)

        async def run() -> None:
            for item in range(5):
                await model.generate(asked(f"[item {item}]"))
            await model.close()

        asyncio.run(run())
        assert server.stats()["max_connections"] == 1


def test_stream_gives_the_same_answer_and_the_time_to_the_first_token() -> None:
    with FakeServer(think="field") as server:
        (whole,) = ask(model_of(server), asked())
        (streamed,) = ask(model_of(server, stream=True), asked())
    assert (streamed.text, streamed.reasoning, streamed.stop_reason) == (whole.text, whole.reasoning, whole.stop_reason)
    assert streamed.usage.output_tokens == whole.usage.output_tokens and streamed.usage.reasoning_tokens == whole.usage.reasoning_tokens > 0
    assert streamed.timing.first_token is not None and streamed.timing.first_token <= streamed.timing.seconds


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("think", "text", "stop"), [("field", True, "stop"), ("tags", True, "stop"), ("unclosed", False, "length")])
def test_reasoning_is_a_channel_of_its_own(stream: bool, think: str, text: bool, stop: str) -> None:
    with FakeServer(think=think) as server:
        (answer,) = ask(model_of(server, stream=stream), asked())
    assert answer.reasoning and "step by step" in answer.reasoning
    assert bool(answer.text) is text and "think>" not in answer.text and "step by step" not in answer.text
    assert answer.stop_reason == stop


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_at_its_limit_says_so(stream: bool) -> None:
    with FakeServer() as server:
        (answer,) = ask(model_of(server, stream=stream), asked(max_tokens=3))
    assert answer.stop_reason == "length" and len(answer.text.split()) == 3


def test_logprobs_with_rivals() -> None:
    with FakeServer(text="yes no") as server:
        (answer,) = ask(model_of(server), asked(logprobs=2))
    assert answer.logprobs is not None
    assert "".join(each.token for each in answer.logprobs) == "yes no"
    assert answer.logprobs[0].top[answer.logprobs[0].token] == answer.logprobs[0].logprob


@pytest.mark.parametrize("stream", [False, True])
def test_tool_calls(stream: bool) -> None:
    with FakeServer(call_tools=True) as server:
        request = Request(messages=(message("user", "Weather?"),), tools=(Tool(name="lookup", description="d"),))
        (answer,) = ask(model_of(server, stream=stream), request)
    assert answer.tool_calls == (ToolCall(id="call_0", name="lookup", arguments={"query": "weather", "days": 3}),)
    assert answer.stop_reason == "tool_calls" and answer.text == ""


def seen(request: Request, **options: Any) -> dict[str, Any]:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> str:
        bodies.append(body)
        return "ok"

    with FakeServer(answer=answer) as server:
        ask(model_of(server, **options), request)
    return bodies[0]


def test_the_request_on_the_wire() -> None:
    schema = {"type": "object"}
    request = Request(
        messages=(message("system", "Be brief."), message("user", "Hi")),
        decoding=Decoding(
            temperature=0.0, top_p=0.9, max_tokens=5, stop=("END",), seed=3, logprobs=2, reasoning_effort="low", extra={"top_k": 4}
        ),
        tools=(Tool(name="t"),),
        response_schema=schema,
        sample_id="never sent",
    )
    body = seen(request, extra_body={"min_p": 0.1})
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    wanted = {"temperature": 0.0, "top_p": 0.9, "max_tokens": 5, "stop": ["END"], "seed": 3, "logprobs": True, "top_logprobs": 2}
    wanted |= {"reasoning_effort": "low", "top_k": 4, "min_p": 0.1, "model": "fake"}
    assert {key: body[key] for key in wanted} == wanted
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert body["tools"][0]["function"]["name"] == "t"
    assert "never sent" not in str(body)


def test_nothing_that_was_not_asked_for_is_sent() -> None:
    assert set(seen(asked("Hi"))) == {"model", "messages"}


def test_media_and_tools_on_the_wire(tmp_path: Any) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(b"\x89PNG")
    call = ToolCall(id="c1", name="f", arguments={"a": 1})
    request = Request(
        messages=(
            Message(role="user", content=(Text(text="Look:"), Image(uri=str(picture)), Image(uri="https://example.org/b.jpg"))),
            Message(role="assistant", content=(call,)),
            Message(role="tool", content=(ToolResult(id="c1", content="42"),)),
        )
    )
    user, assistant, tool = seen(request)["messages"]
    assert user["content"][0] == {"type": "text", "text": "Look:"}
    assert user["content"][1] == {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}
    assert user["content"][2]["image_url"]["url"] == "https://example.org/b.jpg"
    assert assistant["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a":1}'} and assistant["content"] is None
    assert tool == {"role": "tool", "tool_call_id": "c1", "content": "42"}


def test_a_missing_picture_fails_the_trial_with_its_name() -> None:
    with FakeServer() as server:
        error = fault(model_of(server), Request(messages=(Message(role="user", content=(Image(uri="/nowhere/x.png"),)),)))
    assert error.kind == "media" and "x.png" in str(error) and not error.fatal


def test_a_prompt_of_five_megabytes() -> None:
    with FakeServer(accuracy=1.0) as server:
        (answer,) = ask(model_of(server), asked("x" * 5_000_000 + "[item 3]"))
    assert answer.text.endswith(str(planted_value(3)))


LESSONS: list[tuple[str, Callable[[], Request], str]] = [
    ("temperature", lambda: asked(temperature=0.0), "temperature refused by the endpoint, dropped"),
    ("max_tokens", lambda: asked(max_tokens=400), "max_completion_tokens instead of max_tokens"),
    ("logprobs", lambda: asked(logprobs=3), "logprobs refused by the endpoint, dropped"),
    ("stop", lambda: asked(stop=("ANSWER",)), "stop refused by the endpoint, applied here"),
    ("system", lambda: Request(messages=(message("system", "S"), message("user", "[item 1]"))), "system messages refused"),
]


@pytest.mark.parametrize(("refuse", "request_of", "line"), LESSONS, ids=[each[0] for each in LESSONS])
def test_what_the_endpoint_refuses_is_left_out_once_and_said(refuse: str, request_of: Callable[[], Request], line: str) -> None:
    with FakeServer(refuse=(refuse,)) as server:
        model = model_of(server)
        first, *_ = ask(model, *(request_of() for _ in range(20)))
        ask(model, request_of())
        stats = server.stats()
    assert stats["answered"] == 21 and stats["rejected"] <= 20
    assert len(model.notes) == 1 and line in model.notes[0]
    assert first.notes == model.notes
    if refuse == "stop":
        assert first.text.endswith("once more. ")


def test_a_server_that_counts_no_streams() -> None:
    with FakeServer(refuse=("stream_options",)) as server:
        for api in ("chat", "completions"):
            model = model_of(server, stream=True, api=api)
            (answer,) = ask(model, asked())
            assert answer.text and "stream_options" in model.notes[0]


def test_several_lessons_in_one_request() -> None:
    with FakeServer(refuse=("temperature", "max_tokens", "system", "seed")) as server:
        model = model_of(server, "o9")
        request = Request(
            messages=(message("system", "S"), message("user", "U")), decoding=Decoding(temperature=0.0, max_tokens=99, seed=1)
        )
        ask(model, request)
        ask(model, request)
        assert server.stats()["rejected"] == 4
    assert len(model.notes) == 4 and all(note.startswith("openai-compatible/o9: ") for note in model.notes)


def test_a_system_text_goes_before_the_first_user_message() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> str:
        bodies.append(body)
        return ""

    with FakeServer(refuse=("system",), answer=answer) as server:
        ask(
            model_of(server),
            Request(messages=(message("system", "Rules."), message("user", "Hi"), message("assistant", "Yes"), message("user", "So"))),
        )
    assert [each["content"] for each in bodies[0]["messages"]] == ["Rules.\n\nHi", "Yes", "So"]


def test_a_tool_refused_is_never_dropped_in_silence() -> None:
    with FakeServer(refuse=("tools",)) as server:
        error = fault(model_of(server), Request(messages=(message("user", "Hi"),), tools=(Tool(name="t"),)))
    assert error.kind == "bad_request" and "tools" in str(error)


FAULTS = [
    ({"p500": 1.0}, "http_500", True, False),
    ({"p429": 1.0, "retry_after": 7}, "http_429", True, False),
    ({"cut": 1.0}, "cut", True, False),
    ({"html": True}, "not_json", False, True),
    ({"key": "other"}, "auth", False, True),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("behaviour", "kind", "retryable", "fatal"), FAULTS, ids=[each[1] for each in FAULTS])
def test_each_fault_is_told_apart_and_keeps_the_key(
    behaviour: dict[str, Any], kind: str, retryable: bool, fatal: bool, stream: bool
) -> None:
    with FakeServer(**behaviour) as server:
        model = model_of(server, api_key=KEY, stream=stream)
        error = fault(model)
    assert (error.kind, error.retryable, error.fatal) == (kind, retryable, fatal)
    shown = "".join(map(repr, (error, str(error), error.__dict__, model, dict(model.identity), model._wire, model._settings)))
    assert KEY not in shown
    assert error.retry_after == behaviour.get("retry_after")


def test_a_wrong_base_url_says_what_to_do() -> None:
    with FakeServer(html=True) as server:
        assert "/v1" in str(fault(model_of(server)))
    with FakeServer() as server:
        error = fault(open_model("openai-compatible", "fake", base_url=server.root + "/wrong"))
        assert error.kind != "no_model"


def test_an_unknown_model_is_answered_with_the_ones_there_are() -> None:
    with FakeServer(models=("llama-8b", "llama-70b")) as server:
        error = fault(model_of(server, "llama-80b"))
    assert error.kind == "no_model" and error.fatal and "Did you mean" in str(error) and "llama-70b" in str(error)


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = fault(open_model("openai-compatible", "x", base_url=f"http://127.0.0.1:{port}/v1"))
    assert error.kind == "unreachable" and error.retryable and not error.fatal and "running" in error.remedy
    for host in ("127.0.0.1", "localhost"):
        error = fault(open_model("ollama", "x", base_url=f"http://{host}:{port}/v1"))
        assert isinstance(error, HttpFault) and error.absent and "ollama serve" in error.remedy


def test_likelihood_of_a_chat_endpoint_is_refused_with_a_way_out() -> None:
    with FakeServer() as server:
        error = fault(model_of(server, api="chat"), Request(messages=(message("user", "Q"),), continuations=(" A",)))
    assert error.kind == "no_likelihood" and error.fatal and "completions" in str(error)


def test_one_model_in_two_event_loops() -> None:
    with FakeServer() as server:
        model = model_of(server)
        ask(model, asked())
        ask(model, asked())
        assert server.stats()["answered"] == 2


def test_options_are_checked() -> None:
    with pytest.raises(UsageError, match="Did you mean stream"):
        open_model("openai-compatible", "x", base_url="http://h/v1", straem=True)
    with pytest.raises(UsageError, match="--timeout SECONDS"):
        open_model("openai-compatible", "x", base_url="http://h/v1", timeout=3)
    with pytest.raises(UsageError, match="wrong value"):
        open_model("openai-compatible", "x", base_url="http://h/v1", stream="perhaps")
    with pytest.raises(UsageError, match="lacks http"):
        open_model("openai-compatible", "x", base_url="localhost:8000/v1")
    with pytest.raises(UsageError, match="Did you mean openai"):
        open_model("opanai", "x")


def test_keys_and_base_urls_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        open_model("openai", "gpt-4o")
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
    assert open_model("openai", "gpt-4o").endpoint == "https://api.openai.com/v1"
    with FakeServer(key=KEY) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        (answer,) = ask(open_model("openai", "gpt-4o"), asked())
    assert answer.usage.cost is not None and answer.usage.cost > 0
    monkeypatch.setenv("OPENAI_API_KEY", "sk-кey")
    with pytest.raises(UsageError) as caught:
        open_model("openai", "gpt-4o")
    assert "кey" not in str(caught.value)


def test_a_password_in_the_base_url_is_not_part_of_the_identity() -> None:
    model = open_model("openai-compatible", "m", base_url="http://user:hunter2@host/v1?token=hunter2", headers={"X-Token": "hunter2"})
    assert "hunter2" not in repr((dict(model.identity), model.endpoint, model))
