"""The wire formats beside chat, against the fake server that was written from the same public documentation: completions, responses, Anthropic, Google."""

import asyncio
from typing import Any

import pytest

from assay.core.answer import Answer
from assay.core.content import Audio, Image, Message, Text, ToolCall, ToolResult, message
from assay.core.errors import ModelError, UsageError
from assay.core.protocols import Decoding, Request, Tool
from assay.models.catalogue import open_model
from assay.models.completions import Legacy, likelihood_after
from assay.models.probe import probe
from assay.models.provider import HttpModel
from assay.testing import FakeServer, planted_letter, planted_value
from assay.testing.answers import token_logprob, tokens_of

FORMATS = ("completions", "responses", "anthropic", "google")


def model_of(server: FakeServer, kind: str, name: str = "fake", **options: Any) -> HttpModel:
    if kind == "google":
        return open_model("google", name, base_url=server.google_url, **options)
    if kind == "anthropic":
        return open_model("anthropic", name, base_url=server.url, **options)
    return open_model("openai-compatible", name, base_url=server.url, api=kind, **options)


def ask(model: HttpModel, request: Request) -> Answer:
    async def run() -> Answer:
        try:
            return await model.generate(request)
        finally:
            await model.close()

    return asyncio.run(run())


def asked(text: str = "Hello [item 5]", **decoding: Any) -> Request:
    return Request(messages=(message("user", text),), decoding=Decoding(**decoding))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", FORMATS)
def test_text_usage_and_stop(kind: str, stream: bool) -> None:
    with FakeServer(accuracy=1.0) as server:
        answer = ask(model_of(server, kind, stream=stream), asked())
        short = ask(model_of(server, kind, stream=stream), asked(max_tokens=4))
    assert answer.text.endswith(f"ANSWER: {planted_value(5)}") and answer.stop_reason == "stop" and answer.model == "fake"
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 10
    assert (answer.timing.first_token is not None) is stream
    assert short.stop_reason == "length" and len(short.text.split()) == 4


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ("chat", *FORMATS))
def test_tokens_nobody_counted_are_estimated_and_paid(kind: str, stream: bool) -> None:
    with FakeServer(counts=False, think="field" if kind == "chat" else "") as server:
        model = model_of(server, kind, stream=stream, price_in=1.0, price_out=2.0)
        answer = ask(model, asked("Hello, how many? [item 5]"))
    said = len(answer.text) + len(answer.reasoning or "")
    assert abs(answer.usage.output_tokens - said / 4) <= 1 and answer.usage.input_tokens == 25 // 4 + 8
    assert answer.usage.cost == pytest.approx((answer.usage.input_tokens + 2 * answer.usage.output_tokens) / 1e6)
    assert len(answer.notes) == 1 and "estimated" in answer.notes[0] and model.notes == answer.notes


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["responses", "anthropic", "google"])
def test_thoughts_are_apart(kind: str, stream: bool) -> None:
    with FakeServer(accuracy=1.0, think="field") as server:
        answer = ask(model_of(server, kind, stream=stream), asked())
    assert answer.reasoning and answer.reasoning.startswith("Let me think") and "Let me think" not in answer.text
    assert answer.text.endswith(str(planted_value(5)))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["responses", "anthropic", "google"])
def test_tool_calls(kind: str, stream: bool) -> None:
    request = Request(messages=(message("user", "Weather?"),), tools=(Tool(name="lookup", parameters={"type": "object"}),))
    with FakeServer(call_tools=True) as server:
        answer = ask(model_of(server, kind, stream=stream), request)
    assert [(each.name, each.arguments) for each in answer.tool_calls] == [("lookup", {"query": "weather", "days": 3})]
    assert answer.stop_reason == "tool_calls"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("behaviour", "fault"), [({"cut": 1.0}, "cut"), ({"p500": 1.0}, "http_500"), ({"html": True}, "not_json"), ({"key": "k"}, "auth")]
)
def test_faults(kind: str, behaviour: dict[str, Any], fault: str, stream: bool) -> None:
    with FakeServer(**behaviour) as server, pytest.raises(ModelError) as caught:
        ask(model_of(server, kind, stream=stream, api_key="sk-very-secret-key"), asked())
    assert caught.value.kind == fault and "very-secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["anthropic", "google"])
def test_keys_travel_in_the_header_of_the_provider(kind: str) -> None:
    with FakeServer(key="the-right-key") as server:
        model = model_of(server, kind, api_key="the-right-key")
        assert ask(model, asked()).text
        assert "the-right-key" not in repr((dict(model.identity), model, model.notes))


def bodies(kind: str, request: Request, **options: Any) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> str:
        seen.append(body)
        return "ok"

    with FakeServer(answer=answer) as server:
        ask(model_of(server, kind, **options), request)
    return seen[0]


CONVERSATION = Request(
    messages=(
        message("system", "Be brief."),
        Message(role="user", content=(Text(text="See:"), Image(uri="data:image/png;base64,AAAA"))),
        Message(role="assistant", content=(Text(text="I look."), ToolCall(id="c1", name="f", arguments={"a": 1}))),
        Message(role="tool", content=(ToolResult(id="c1", content="42"),)),
        message("user", "So?"),
    ),
    decoding=Decoding(temperature=0.5, max_tokens=50, stop=("END",)),
    response_schema={"type": "object"},
)


def test_a_conversation_for_anthropic() -> None:
    body = bodies("anthropic", CONVERSATION)
    assert body["system"] == "Be brief." and body["stop_sequences"] == ["END"] and body["max_tokens"] == 50
    assert [each["role"] for each in body["messages"]] == ["user", "assistant", "user"]
    user, assistant, back = (each["content"] for each in body["messages"])
    assert user[1] == {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    assert assistant[1] == {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}
    assert back[0]["tool_use_id"] == "c1" and back[1] == {"type": "text", "text": "So?"}


def test_thinking_of_anthropic_counts_beside_the_limit() -> None:
    body = bodies("anthropic", asked(temperature=0.0, max_tokens=100), reasoning_tokens=1024)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 1024} and body["max_tokens"] == 1124 and "temperature" not in body


def test_a_conversation_for_google() -> None:
    body = bodies("google", CONVERSATION)
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    config = body["generationConfig"]
    assert config["stopSequences"] == ["END"] and config["maxOutputTokens"] == 50 and config["responseMimeType"] == "application/json"
    assert [each["role"] for each in body["contents"]] == ["user", "model", "user"]
    assert body["contents"][0]["parts"][1] == {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    assert body["contents"][2]["parts"][0] == {"functionResponse": {"name": "f", "response": {"result": "42"}}}


@pytest.mark.parametrize(
    ("kind", "extra", "kept"),
    [
        (
            "chat",
            {"response_format": {"type": "json_object"}, "tools": [{"type": "function", "function": {"name": "f"}}]},
            ("temperature",),
        ),
        ("completions", {"response_format": {"type": "json_object"}}, ("temperature",)),
        ("responses", {"text": {"format": {"type": "json_object"}}, "tools": [{"type": "function", "name": "f"}]}, ("temperature",)),
        ("anthropic", {"output_format": {"type": "json_schema"}, "tools": [{"name": "f", "input_schema": {}}]}, ("temperature",)),
        ("google", {"generationConfig": {"responseMimeType": "application/json"}}, ("generationConfig", "temperature")),
    ],
)
def test_tools_and_a_schema_for_a_whole_run_go_in_the_extra_body(kind: str, extra: dict[str, Any], kept: tuple[str, ...]) -> None:
    body: Any = bodies(kind, asked(temperature=0.5), extra_body=extra)
    for key, value in extra.items():
        assert body[key] == (value if kind != "google" else {"temperature": 0.5, **value})
    for key in kept:
        body = body[key]
    assert body == 0.5


@pytest.mark.parametrize("refused", ["tools", "response_format"])
def test_a_refused_schema_or_tool_fails_and_is_not_dropped(refused: str) -> None:
    with FakeServer(refuse=(refused,)) as server, pytest.raises(ModelError) as caught:
        ask(model_of(server, "chat", extra_body={refused: {"type": "json_object"}}), asked())
    assert caught.value.kind == "bad_request" and refused in str(caught.value)


def test_a_conversation_for_responses() -> None:
    body = bodies("responses", CONVERSATION)
    kinds = [each.get("type", each.get("role")) for each in body["input"]]
    assert kinds == ["system", "user", "assistant", "function_call", "function_call_output", "user"]
    assert body["max_output_tokens"] == 50 and body["store"] is False and body["text"]["format"]["schema"] == {"type": "object"}
    assert body["input"][2]["content"] == [{"type": "output_text", "text": "I look."}]


def test_responses_apply_stop_strings_themselves() -> None:
    with FakeServer(text="one END two") as server:
        model = model_of(server, "responses")
        assert ask(model, asked(stop=("END",))).text == "one "
    assert "stop" in model.notes[0]


def test_anthropic_takes_no_sound() -> None:
    request = Request(messages=(Message(role="user", content=(Audio(uri="data:audio/wav;base64,AAAA"),)),))
    with FakeServer() as server, pytest.raises(ModelError, match="no audio"):
        ask(model_of(server, "anthropic"), request)


def test_an_option_of_the_wrong_dialect() -> None:
    with pytest.raises(UsageError, match="OpenAI-compatible"):
        open_model("anthropic", "x", api_key="k", api="responses")


def likelihood(context: str, continuations: tuple[str, ...]) -> Request:
    return Request(messages=(message("user", context),), continuations=continuations, raw=True)


@pytest.mark.parametrize("way", ["echo", "prompt_logprobs"])
def test_likelihood_picks_the_planted_letter(way: str) -> None:
    with FakeServer() as server:
        for item in range(8):
            answer = ask(
                model_of(server, "completions", likelihood=way), likelihood(f"Question [mc {item}]\nAnswer:", (" A", " B", " C", " D"))
            )
            assert answer.choice_logprobs is not None
            best = max(range(4), key=lambda place: answer.choice_logprobs[place][0])  # type: ignore[index]
            assert "ABCD"[best] == planted_letter(item)
            assert [each[1:] for each in answer.choice_logprobs] == [(1, 2)] * 4


@pytest.mark.parametrize("way", ["echo", "prompt_logprobs"])
def test_likelihood_is_the_sum_over_the_continuation_alone(way: str) -> None:
    context, continuation = "The sky, über 天, is", " blue and wide"
    with FakeServer() as server:
        answer = ask(model_of(server, "completions", likelihood=way), likelihood(context, (continuation, " x")))
    expected = sum(token_logprob(token, context) for token in tokens_of(continuation))
    assert answer.choice_logprobs is not None
    assert answer.choice_logprobs[0] == (pytest.approx(expected), 3, len(continuation.encode()))


def test_a_blank_at_the_end_of_the_context_is_scored_with_the_continuation() -> None:
    with FakeServer() as server:
        model = model_of(server, "completions")
        moved = ask(model, likelihood("Answer: ", ("yes",)))
        joined = ask(model, likelihood("Answer:", (" yes",)))
    assert moved.choice_logprobs is not None and joined.choice_logprobs is not None
    assert moved.choice_logprobs[0][:2] == joined.choice_logprobs[0][:2]


def test_token_boundaries() -> None:
    whole = Legacy(tokens=["A", "BC", "D", "x"], token_logprobs=[None, -1.0, -2.0, -9.0], text_offset=[0, 1, 3, 4])
    assert likelihood_after(whole, 3, 4) == (-2.0, 1)
    assert likelihood_after(whole, 2, 4) == (-3.0, 2), "a token that straddles the boundary is the first of the continuation"
    assert likelihood_after(whole, 0, 4)[0] is None, "the very first token has no likelihood"
    broken = Legacy(tokens=["A", "BC", "D", "x"], token_logprobs=[None, -1.0, -2.0, -9.0], text_offset=[0, 0, 0, 0])
    assert likelihood_after(broken, 3, 4) == (-2.0, 1), "offsets that say nothing are counted from the tokens"
    special = Legacy(tokens=["<s>", "A", "B"], token_logprobs=[None, -1.0, -2.0], text_offset=[0, 0, 1])
    assert likelihood_after(special, 1, 2) == (-2.0, 1)


def test_an_endpoint_that_does_not_score_its_prompt_says_so() -> None:
    for refused in (("echo",), ("logprobs",)):
        with FakeServer(refuse=refused) as server, pytest.raises(ModelError) as caught:
            ask(model_of(server, "completions"), likelihood("Q", (" a",)))
        assert caught.value.kind == "no_likelihood" and caught.value.fatal and "generative" in str(caught.value)


def test_a_server_of_ones_own_answers_raw_prompts_without_a_chat_template() -> None:
    with FakeServer() as server:
        model = open_model("vllm", "base", base_url=server.url)
        assert ask(model, likelihood("Q [mc 1]:", (" A", " B"))).choice_logprobs is not None
        assert ask(model, Request(messages=(message("user", "[item 1]"),), raw=True)).text
        assert ask(model, asked()).text
    assert not model.notes


def test_completions_take_text_only() -> None:
    with FakeServer() as server, pytest.raises(ModelError, match="text only"):
        ask(model_of(server, "completions"), Request(messages=(Message(role="user", content=(Image(uri="data:image/png;base64,AA=="),)),)))


def test_logprobs_of_a_completion() -> None:
    with FakeServer(text="so it is") as server:
        answer = ask(model_of(server, "completions"), asked(logprobs=1))
    assert answer.logprobs is not None and "".join(each.token for each in answer.logprobs) == "so it is"


def test_probe_says_what_there_is_and_what_was_dropped() -> None:
    async def run(server: FakeServer) -> Any:
        model = open_model("vllm", "m", base_url=server.url)
        try:
            return await probe(model)
        finally:
            await model.close()

    with FakeServer() as server:
        found = asyncio.run(run(server))
        assert found.logprobs and found.likelihood and found.usage and not found.notes
    with FakeServer(refuse=("temperature", "logprobs", "system", "max_tokens")) as server:
        found = asyncio.run(run(server))
        assert not found.logprobs and not found.likelihood and len(found.notes) == 4
