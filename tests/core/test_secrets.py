"""Nothing secret is shown: keys by their names, headers whole, URLs without user and query."""

import pytest

from assay.core.secrets import shown_setting, shown_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pass@host:8000/v1", "http://***@host:8000/v1"),
        ("http://host/v1?api-key=S&x=1#part", "http://host/v1?***#part"),
        ("s3://key:secret@bucket/runs", "s3://***@bucket/runs"),
        ("What is 3@4? See https://host/a", "What is 3@4? See https://host/a"),
        ("hf/org/name@main", "hf/org/name@main"),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("api_key", "sk-1", "***"),
        ("max_tokens", 100, 100),
        ("headers", {"x-org": "S", "n": 1}, {"x-org": "***", "n": "***"}),
        ("headers", '{"x": "S"', "***"),
        ("extra_body", {"top_k": 5, "deep": [{"Token": "S"}]}, {"top_k": 5, "deep": [{"Token": "***"}]}),
        ("base_url", "https://me:S@host/v1?key=S", "https://***@host/v1?***"),
        ("after", "ANSWER:", "ANSWER:"),
        ("flag", True, True),
    ],
)
def test_a_setting_is_shown_without_what_may_be_secret(name: str, value: object, shown: object) -> None:
    assert shown_setting(name, value) == shown
