"""What is not quite JSON, or not quite the agreed shape, is read where that is safe, and refused where the answer hangs on it."""

import json

import msgspec
import pytest

from assay.models.lenient import decoded, text_of
from assay.models.openai import Completion

DECODER = msgspec.json.Decoder(str)
CHAT = msgspec.json.Decoder(Completion)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb'"a\ud83d b"', "a\ufffd b"),
        (rb'"a\ude00"', "a\ufffd"),
        (rb'"\ud83d\ude00 ok \ud83d"', "\U0001f600 ok \ufffd"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\\ud83d is written, \ud83d is cut"', "\\ud83d is written, \ufffd is cut"),
    ],
)
def test_a_half_character_is_replaced(content: bytes, text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        DECODER.decode(content)
    assert decoded(DECODER, content) == text
    json.loads(content).encode("utf-8", "replace")


def test_what_is_broken_otherwise_stays_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        decoded(DECODER, b'"cut')


BODY = b'{"choices": [{"message": {"content": "four"}, "finish_reason": "stop"}], "model": "m", "usage": {"prompt_tokens": 5}}'
ODD = [
    BODY.replace(b": 5}", b': "5"}'),
    BODY.replace(b": 5}", b": 5.2}"),
    BODY.replace(b": 5}", b': 5, "completion_tokens": NaN}'),
    BODY.replace(b": 5}", b': 5, "completion_tokens": "many"}'),
    BODY.replace(b": 5}", b': 5, "prompt_tokens_details": [1]}'),
    BODY.replace(b'"content"', b'"reasoning": {"effort": "low"}, "content"'),
    BODY.replace(b'"content"', b'"reasoning": [], "reasoning_content": 0.5, "tool_calls": {}, "refusal": false, "content"'),
    BODY.replace(b'"finish', b'"logprobs": {"content": [{"token": "a"}, {"token": "b"}]}, "finish'),
    BODY.replace(b'"finish', b'"logprobs": {"content": [{"token": "a", "logprob": -Infinity}]}, "finish'),
    BODY.replace(b'"m"', b'{"name": "m"}'),
    BODY.replace(b'"m"', b"7"),
    b"\xef\xbb\xbf" + BODY,
    BODY.replace(b'"four"', b'{"text": "four"}'),
    BODY.replace(b'"m"', b'"caf\xe9"'),
]


@pytest.mark.parametrize("content", ODD)
def test_an_odd_detail_loses_no_answer(content: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        CHAT.decode(content)
    found = decoded(CHAT, content)
    assert found.choices and found.choices[0].message and found.choices[0].message.content == "four"
    assert found.usage and found.usage.prompt_tokens == 5


@pytest.mark.parametrize(
    "content",
    [
        BODY.replace(b'"four"', b"[1]"),
        BODY.replace(b'"four"', b'{"parts": "four"}'),
        BODY.replace(b'"four"}', b'"four", "tool_calls": [5]}'),
        b"[1, 2]",
    ],
)
def test_what_the_answer_hangs_on_is_not_guessed(content: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(CHAT, content)


def test_reasoning_in_an_object_is_read() -> None:
    found = decoded(CHAT, BODY.replace(b'"content"', b'"reasoning": {"text": "hm"}, "content"'))
    assert found.choices and found.choices[0].message and found.choices[0].message.reasoning == "hm"


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("é天".encode(), "latin-1", "é天"),
        ("café".encode("latin-1"), "", "café"),
        ("请求过多".encode("gb18030"), "gb18030", "请求过多"),
        ("café".encode("latin-1"), "no such charset", "café"),
        ("天é".encode() + b"\xe5\xa4", "", "天é\ufffd"),
    ],
)
def test_text_in_any_encoding(content: bytes, charset: str, text: str) -> None:
    assert text_of(content, charset) == text
