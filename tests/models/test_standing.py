"""One odd status among answers is one trial's fault; the same status before any answer, or over and over, stops the run."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from assay.core.answer import Answer
from assay.core.content import message
from assay.core.errors import ModelError
from assay.core.protocols import Request
from assay.models.catalogue import open_model
from assay.models.faults import fault_of
from assay.models.standing import MANY
from assay.testing import FakeServer, HttpReply


def outcomes(replies: list[HttpReply | str]) -> list[Answer | ModelError]:
    """What becomes of these HTTP answers, one after the other, at one model."""
    left: Iterator[HttpReply | str] = iter(replies)

    async def run(url: str) -> list[Answer | ModelError]:
        model, found = open_model("openai-compatible", "fake", base_url=url), []
        for _ in replies:
            try:
                found.append(await model.generate(Request(messages=(message("user", "Hi"),))))
            except ModelError as error:
                found.append(error)
        await model.close()
        return found

    with FakeServer(answer=lambda body: next(left)) as server:
        return asyncio.run(run(server.url))


def refusal(status: int, text: str = "no", **rest: Any) -> HttpReply:
    return HttpReply(status=status, body=json.dumps({"error": {"message": text, **rest}}).encode())


PAGE = HttpReply(status=404, body=b"<html>", content_type="text/html")


@pytest.mark.parametrize("odd", [refusal(403), refusal(401), refusal(404), refusal(404, "model x not found"), PAGE])
def test_an_odd_status_is_fatal_only_while_nobody_was_answered(odd: HttpReply) -> None:
    first, *_ = outcomes([odd])
    assert isinstance(first, ModelError) and first.fatal and first.remedy and not first.retryable
    good, late, again = outcomes(["ok", odd, "ok"])
    assert isinstance(good, Answer) and isinstance(again, Answer) and isinstance(late, ModelError)
    assert not late.fatal and late.retryable is (odd.status == 404) and not late.remedy and late.exit_code == 3


def test_a_refusal_of_everybody_stops_the_run_in_the_end() -> None:
    found = outcomes(["ok", *[refusal(403)] * (MANY - 1), "ok", *[refusal(403)] * MANY])
    assert [isinstance(each, ModelError) and each.fatal for each in found] == [False] * (2 * MANY) + [True]


def test_an_account_without_credit_is_believed_at_once() -> None:
    _, empty = outcomes(["ok", refusal(402)])
    assert isinstance(empty, ModelError) and empty.fatal and empty.kind == "quota"


MODERATED: list[HttpReply] = [
    refusal(403, "x requires moderation on OpenAI. Your input was flagged for violence.", code=403),
    refusal(403, "Forbidden", metadata={"reasons": ["violence"], "flagged_input": "...", "provider_name": "OpenAI"}),
    refusal(400, "The response was filtered due to the prompt triggering the content management policy."),
    refusal(400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy.", code="invalid_prompt"),
    refusal(400, "Content Exists Risk"),
    refusal(403, "no", code="content_policy_violation"),
]


@pytest.mark.parametrize("reply", MODERATED)
def test_a_content_policys_refusal_is_the_models_answer(reply: HttpReply) -> None:
    (found,) = outcomes([reply])
    assert isinstance(found, Answer) and (found.text, found.stop_reason) == ("", "content_filter") and found.notes


@pytest.mark.parametrize(
    "text", ["Your account was flagged for content policy violations.", "Your organization was blocked: input flagged."]
)
def test_a_policy_against_a_person_is_no_answer(text: str) -> None:
    assert fault_of(403, {}, json.dumps({"error": {"message": text}}).encode(), url="u").kind == "auth"


def scored(*requests: Request) -> list[Answer | ModelError]:
    async def run(url: str) -> list[Answer | ModelError]:
        model = open_model("openai-compatible", "fake", base_url=url, api="completions")
        found = await asyncio.gather(*(model.generate(each) for each in requests), return_exceptions=True)
        await model.close()
        return [each for each in found if isinstance(each, (Answer, ModelError))]

    with FakeServer() as server:
        return asyncio.run(run(server.url))


def test_an_empty_continuation_is_one_samples_fault() -> None:
    def choose(context: str, *continuations: str) -> Request:
        return Request(messages=(message("user", context),), continuations=continuations, raw=True)

    empty, first, blank, good = scored(choose("Q:", " a", ""), choose("", "a"), choose("Q: ", "a", ""), choose("Q:", " a", " b"))
    assert isinstance(empty, ModelError) and not empty.fatal and "continuation 2" in str(empty) and "empty" in str(empty)
    assert isinstance(first, ModelError) and not first.fatal and "continuation 1" in str(first)
    assert isinstance(good, Answer) and isinstance(blank, Answer), "a blank that moved to it is a continuation"
