"""What stands around a model, over real HTTP on loopback: faults survived, deadlines, cache, budget, shared limiters, a port that dies."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from assay.core.answer import Answer, Usage
from assay.core.content import Image, Message, message
from assay.core.errors import BudgetExceeded, ModelError, StoreError, UsageError
from assay.core.protocols import Decoding, Request
from assay.models.breaker import Breaker
from assay.models.budget import Budget
from assay.models.cache import AnswerCache, cache_key
from assay.models.catalogue import open_model
from assay.models.limiter import Limiter
from assay.models.retry import pause_before
from assay.models.scripted import ScriptedModel
from assay.models.wrap import Limiters, Wrapped, wrap
from assay.testing import FakeServer

Simulate = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses before a retry a hundred times shorter."""
    import assay.models.retry as retry

    whole = retry.pause_before
    monkeypatch.setattr(retry, "pause_before", lambda attempt, asked: whole(attempt, asked) / 100)


def asked(text: str = "[item 1]", **rest: Any) -> Request:
    return Request(messages=(message("user", text),), **rest)


def gather(model: Wrapped, requests: list[Request]) -> list[Answer | BaseException]:
    async def run() -> list[Answer | BaseException]:
        found = await asyncio.gather(*(model.generate(each) for each in requests), return_exceptions=True)
        await model.close()
        return list(found)

    return asyncio.run(run())


def served(server: FakeServer, *, cap: int = 32, timeout: float = 20.0, **options: Any) -> Wrapped:
    model = open_model("openai-compatible", "fake", base_url=server.url)
    return wrap(model, limiter=Limiters(cap).of(model), deadline=timeout, **options)


def test_every_fault_at_once_and_all_is_answered(quick: None) -> None:
    with FakeServer(p500=0.05, p429=0.05, retry_after=1.0, cut=0.01, hang=0.005) as server:
        answers = gather(served(server, timeout=1.0), [asked(f"[item {item}]") for item in range(600)])
        stats = server.stats()
    assert all(isinstance(each, Answer) for each in answers)
    assert stats["items"] == 600 and stats["answered"] == 600 and min(stats[each] for each in ("failed", "refused", "cut", "hung")) > 0
    assert stats["max_in_flight"] <= 32


def test_a_real_rate_limit_is_learned(quick: None) -> None:
    with FakeServer(rate=400.0, burst=20, retry_after=0.0) as server:
        answers = gather(served(server, cap=64), [asked(f"[item {item}]") for item in range(1200)])
        seconds = server.stats()["by_second"]
    assert all(isinstance(each, Answer) for each in answers)
    late = seconds[len(seconds) // 2 :]
    # On a real clock a busy machine bends the pace; how closely it settles is tested in virtual time. Unpaced, refusals outnumber answers.
    assert sum(refused for _, refused in late) < sum(answered for answered, _ in late)


@pytest.mark.parametrize("behaviour", [{"hang": 1.0}, {"dribble": 0.02}])
def test_a_deadline_holds_for_silence_and_for_dribble(behaviour: dict[str, Any], quick: None) -> None:
    with FakeServer(**behaviour) as server:
        (error,) = gather(served(server, timeout=0.15, retries=1), [asked()])
    assert isinstance(error, ModelError) and error.kind == "timeout" and error.attempts == 2
    assert "0.15 s" in str(error) and "--timeout" in str(error)


def test_a_server_that_dies_half_way(quick: None) -> None:
    with FakeServer(die_after=50, latency=0.005) as server:
        model = open_model("openai-compatible", "fake", base_url=server.url)
        limiter = Limiter(8, breaker=Breaker(model.endpoint, threshold=8, patience=0.05, probe_seconds=0.05))
        requests = [asked(f"[item {item}]") for item in range(100)]
        results = gather(wrap(model, limiter=limiter), requests)
        lost = [each for each in results if isinstance(each, ModelError)]
        assert 50 <= len(results) - len(lost) <= 58 and lost
        assert {each.kind for each in lost} == {"endpoint_down"}
        server.revive()
        limiter.breaker._next_probe = 0.0
        again = gather(wrap(model, limiter=limiter), requests[:1])
        assert isinstance(again[0], Answer) and not limiter.breaker.open


def test_fatal_errors_are_not_asked_again() -> None:
    with FakeServer(key="right") as server:
        (error,) = gather(served(server), [asked()])
        assert server.stats()["requests"] == 1
    assert isinstance(error, ModelError) and error.fatal and error.attempts == 1


def test_a_refusal_of_many_attempts_ends_at_the_patience(simulate: Simulate) -> None:
    def refuse(request: Request) -> Exception:
        return ModelError("later", kind="http_429", retryable=True, retry_after=30)

    model = wrap(ScriptedModel("x", faults=refuse), limiter=Limiter(1), patience=100)
    with pytest.raises(ModelError) as caught:
        simulate(model.generate(asked()))
    assert caught.value.attempts in (3, 4)


def test_pauses_grow_are_jittered_and_obey() -> None:
    assert all(0.25 <= pause_before(1, None) <= 0.5 for _ in range(50))
    assert all(15 <= pause_before(50, None) <= 30 for _ in range(50))
    assert all(7 <= pause_before(1, 7.0) <= 8.9 for _ in range(50))
    assert len({pause_before(3, 1.0) for _ in range(20)}) == 20


def test_roles_share_the_limiter_of_their_endpoint() -> None:
    limiters = Limiters(4)
    with FakeServer() as server:
        target, judge = (open_model("openai-compatible", name, base_url=server.url) for name in ("a", "b"))
        assert limiters.of(target) is limiters.of(judge)
        assert limiters.of(ScriptedModel("x")) is not limiters.of(judge)


def test_the_cache_answers_without_asking_and_knows_trials_apart(tmp_path: Path) -> None:
    inner, cache = ScriptedModel(lambda request: f"{request.text}/{request.number}"), AnswerCache(tmp_path / "a.sqlite")
    model = wrap(inner, limiter=Limiter(4), cache=cache)
    for _ in range(2):
        answers = gather(model, [asked("q"), asked("q", number=1), asked("r")])
        assert [each.text for each in answers if isinstance(each, Answer)] == ["q/0", "q/1", "r/0"]
        told = [each.notes for each in answers if isinstance(each, Answer)]
    assert len(inner.requests) == 3 and told == [("from the cache",)] * 3
    cache.close()


def test_the_cache_key_holds_all_that_could_change_the_answer(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"one")
    model = ScriptedModel("x")
    shown = Request(messages=(Message(role="user", content=(Image(uri=str(picture)),)),))
    requests = [
        asked(),
        asked("other"),
        asked(number=1),
        asked(decoding=Decoding(temperature=0.5)),
        asked(continuations=("a",)),
        asked(raw=True),
        asked(response_schema={"type": "object"}),
        shown,
    ]
    keys = [cache_key(model, each) for each in requests]
    assert len(set(keys)) == len(keys)
    picture.write_bytes(b"two")
    assert cache_key(model, shown) != keys[-1]
    assert cache_key(ScriptedModel("y"), requests[0]) != keys[0]
    assert cache_key(model, asked(sample_id="s")) == keys[0]


def test_faults_are_not_cached(tmp_path: Path) -> None:
    faults = [ModelError("no", kind="bad_request")]
    cache = AnswerCache(tmp_path / "a.sqlite")
    model = wrap(ScriptedModel("fine", faults=lambda request: faults.pop() if faults else None), limiter=Limiter(1), cache=cache)
    first, second = gather(model, [asked()]) + gather(model, [asked()])
    assert isinstance(first, ModelError) and isinstance(second, Answer)
    cache.close()


def test_a_cache_that_fails_costs_no_answer_and_says_so_once(tmp_path: Path) -> None:
    inner, cache = ScriptedModel("paid for"), AnswerCache(tmp_path / "a.sqlite")
    model = wrap(inner, limiter=Limiter(4), cache=cache)
    cache._db.execute(f"pragma max_page_count = {cache._db.execute('pragma page_count').fetchone()[0]}")
    answers = gather(model, [asked("q" * 9000 + str(number)) for number in range(20)])
    full = gather(wrap(ScriptedModel("x" * 9000), limiter=Limiter(4), cache=cache), [asked(str(number)) for number in range(20)])
    assert all(isinstance(each, Answer) for each in (*answers, *full))
    assert len(model.notes) == 1 and "full" in model.notes[0] and "without it" in model.notes[0]
    cache.close()


def test_a_damaged_cache_costs_no_answer(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "a.sqlite")
    inner = ScriptedModel("fresh")
    cache._db.execute("insert into answers values (?, ?)", (cache_key(inner, asked()), b"torn"))
    model = wrap(inner, limiter=Limiter(4), cache=cache)
    (answer,) = gather(model, [asked()])
    assert isinstance(answer, Answer) and answer.text == "fresh" and "read" in model.notes[0]
    cache.close()


def test_a_cache_that_is_asked_anew_is_written_not_read(tmp_path: Path) -> None:
    inner = ScriptedModel(["old", "new"])
    for anew, text in ((False, "old"), (True, "new"), (False, "new")):
        cache = AnswerCache(tmp_path / "a.sqlite", anew=anew)
        (answer,) = gather(wrap(inner, limiter=Limiter(4), cache=cache), [asked()])
        assert isinstance(answer, Answer) and answer.text == text
        cache.close()
    assert len(inner.requests) == 2


def test_a_cache_that_cannot_be_opened_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        AnswerCache(tmp_path / "file" / "answers.sqlite")


def test_a_budget_in_tokens_is_not_passed_even_by_calls_in_flight() -> None:
    def answer(request: Request) -> Answer:
        return Answer(text="x", usage=Usage(input_tokens=10, output_tokens=90))

    budget = Budget(tokens=1000)
    models = [wrap(ScriptedModel(answer, latency=0.001), limiter=Limiter(16), budget=budget) for _ in range(2)]

    async def run() -> list[Any]:
        requests = [asked(decoding=Decoding(max_tokens=92))] * 20
        return await asyncio.gather(*(model.generate(each) for model in models for each in requests), return_exceptions=True)

    results = asyncio.run(run())
    assert sum(isinstance(each, Answer) for each in results) == 9
    assert all(isinstance(each, (Answer, BudgetExceeded)) for each in results)
    assert budget.spent.input_tokens + budget.spent.output_tokens == 900


def test_a_budget_in_dollars_needs_a_price() -> None:
    with FakeServer() as server:
        unpriced = open_model("openai-compatible", "fake", base_url=server.url)
        with pytest.raises(UsageError, match="price"):
            wrap(unpriced, limiter=Limiter(1), budget=Budget(dollars=1.0))
        priced = open_model("openai-compatible", "fake", base_url=server.url, price_in=1000.0, price_out=1000.0)
        budget = Budget(dollars=0.2)
        results = gather(wrap(priced, limiter=Limiter(1), budget=budget), [asked(decoding=Decoding(max_tokens=40))] * 20)
    done = [each for each in results if isinstance(each, Answer)]
    assert (
        0 < len(done) < 20 and budget.spent.cost == pytest.approx(sum(each.usage.cost or 0.0 for each in done)) and budget.spent.cost <= 0.2
    )


def test_a_failed_call_frees_its_reservation() -> None:
    budget = Budget(tokens=1000)
    faulty = wrap(ScriptedModel("x", faults=lambda request: ModelError("no", kind="bad_request")), limiter=Limiter(1), budget=budget)
    for _ in range(20):
        (error,) = gather(faulty, [asked(decoding=Decoding(max_tokens=500))])
        assert isinstance(error, ModelError)
    assert budget._held_tokens == budget.in_flight == 0


def test_where_nobody_listens_a_person_hears_it_soon(simulate: Simulate) -> None:
    """A few attempts within two seconds, not six over a quarter of a minute, as long as nobody has ever answered; an endpoint that has answered is asked again as ever."""

    def absent(request: Request) -> Exception:
        return ModelError("Nobody answers at h:1.", kind="unreachable", retryable=True, absent=True, remedy="Is it running?")

    model = wrap(ScriptedModel("x", faults=absent), limiter=Limiter(64))

    async def ask(count: int) -> tuple[float, list[Any]]:
        clock = asyncio.get_running_loop().time
        started = clock()
        found = await asyncio.gather(*(model.generate(asked()) for _ in range(count)), return_exceptions=True)
        return clock() - started, found

    seconds, (error,) = simulate(ask(1))
    assert error.attempts <= 4 and seconds < 2
    seconds, many = simulate(ask(500))
    assert seconds < 4 and all("Nobody answers at h:1. Is it running?" in str(each) for each in many)
    faults = iter(range(4))
    flaky = wrap(ScriptedModel("x", faults=lambda request: absent(request) if next(faults, 9) < 4 else None), limiter=Limiter(1))
    flaky.limiter.breaker.answered()
    assert isinstance(simulate(flaky.generate(asked())), Answer), "an endpoint that has answered is worth waiting for"
