"""The command kept in a report holds no secret, however it was typed, and is otherwise what was typed."""

import pytest

from assay.cli.typed import typed


@pytest.mark.parametrize(
    "words",
    [
        ["run", "q.jsonl", "-Mapi_key=sk-SECRET"],
        ["run", "q.jsonl", "-M", "api-key=sk-SECRET"],
        ["run", "q.jsonl", "--model-option=api_key=sk-SECRET"],
        ["run", "q.jsonl", "-M", "vllm/my.model.api_key=sk-SECRET"],
        ["run", "q.jsonl", "-M", 'headers={"x-org":"SECRET"}'],
        ["run", "q.jsonl", "-M", 'extra_body={"token":"SECRET","top_k":5}'],
        ["run", "q.jsonl", "-Mbase_url=http://user:SECRET@host/v1"],
        ["run", "q.jsonl", "-M", "base_url=http://host/v1?api-key=SECRET"],
        ["run", "https://host/q.jsonl?X-Amz-Signature=SECRET"],
        ["run", "q.jsonl", "--log-dir", "s3://key:SECRET@bucket/runs"],
        ["run", "q.jsonl", "--log-dir=s3://key:SECRET@bucket/runs"],
    ],
    ids=lambda words: words[-1],
)
def test_secrets_are_masked(words: list[str]) -> None:
    shown = typed(words)
    assert "SECRET" not in shown and "***" in shown
    assert shown.startswith("assay run ")


@pytest.mark.parametrize(
    "words",
    [
        ["run", "gsm8k", "-M", "base_url=http://gpu:8000/v1", "--max-tokens=100", "-M", "reasoning_tokens=2000"],
        ["run", "我的 数据.jsonl", "--scorer", "number:after=ANSWER:", "--template", "Q: {input} = ?"],
    ],
)
def test_what_is_no_secret_stays_as_it_was_typed(words: list[str]) -> None:
    import shlex

    assert shlex.split(typed(words)) == ["assay", *words]
