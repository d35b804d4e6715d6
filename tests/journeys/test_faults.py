"""What breaks around the model is never its score: faults are asked again, a dead endpoint fails trials, and a rate limit is met, not fought."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.stage import FIELDS, assay, closed_well, events, model, planted, write_items

from assay.testing import FakeServer, HttpReply, planted_value


@pytest.mark.slow
def test_every_fault_at_once_and_all_is_scored(tmp_path: Path) -> None:
    count = 400
    data = write_items(tmp_path / "items.jsonl", count)
    with FakeServer(latency=0.005, p500=0.05, p429=0.05, retry_after=0.05, cut=0.01, hang=0.005) as server:
        outcome = assay(
            "run", data, *FIELDS, *model(server.url), "--max-connections", "32", "--timeout", "2", "--format", "json", cwd=tmp_path
        )
        stats = server.stats()
    assert outcome.code == 0, outcome.err
    assert (outcome.result["scored"], outcome.result["failed"], outcome.result["coverage"]) == (count, 0, 1.0)
    assert outcome.result["metrics"]["number"]["value"] == pytest.approx(planted([f"q{item}" for item in range(count)]))
    assert stats["failed"] > 0 and stats["refused"] > 0 and stats["cut"] > 0 and stats["hung"] > 0


@pytest.mark.slow
def test_an_endpoint_that_dies_half_way_and_comes_back(tmp_path: Path) -> None:
    count, before = 160, 80  # whoever is in flight at the end may still be answered
    data = write_items(tmp_path / "items.jsonl", count)
    with FakeServer(latency=0.01, die_after=before) as server:
        command = ("run", data, *FIELDS, *model(server.url), "--max-connections", "8", "--format", "json")
        first = assay(*command, cwd=tmp_path)
        assert first.code == 3, first.err
        result = first.result
        scored = [sample_id for sample_id, _ in closed_well(result["run_dir"])]
        assert result["scored"] == len(scored) and before - 8 <= len(scored) <= before + 8
        assert result["scored"] + result["failed"] == count and result["unscored"] == 0
        assert result["coverage"] == pytest.approx(len(scored) / count)
        assert result["metrics"]["number"]["value"] == pytest.approx(planted(scored))
        assert result["metrics"]["number"]["coverage"] == pytest.approx(len(scored) / count)
        failures = [each["trial"] for each in events(result["run_dir"], "closed") if "failure" in each["trial"]]
        assert len(failures) == result["failed"]
        assert all("scores" not in each and each["failure"]["blame"] == "endpoint" for each in failures)
        assert "Repeat the command to try them again" in first.err
        server.revive()
        second = assay(*command, cwd=tmp_path)
        stats = server.stats()
    assert second.code == 0, second.err
    assert (second.result["scored"], second.result["failed"]) == (count, 0)
    assert second.result["metrics"]["number"]["value"] == pytest.approx(planted([f"q{item}" for item in range(count)]))
    assert stats["repeats"] <= 8


@pytest.mark.slow
def test_a_real_rate_limit_is_met(tmp_path: Path) -> None:
    count = 300
    data = write_items(tmp_path / "items.jsonl", count)
    with FakeServer(latency=0.01, rate=100, burst=10, retry_after=0) as server:
        outcome = assay("run", data, *FIELDS, *model(server.url), "--format", "json", cwd=tmp_path)
        stats = server.stats()
    assert outcome.code == 0, outcome.err
    assert outcome.result["scored"] == count and stats["answered"] == count
    halves = [sum(refused for _, refused in part) for part in (stats["by_second"][:2], stats["by_second"][2:])]
    assert halves[1] < halves[0]


def test_a_budget_holds_where_nobody_counts_and_when_the_command_is_repeated(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 200)
    with FakeServer(counts=False) as server:
        command = ("run", data, *FIELDS, *model(server.url), "--token-budget", "1000", "--format", "json")
        results = [assay(*command, cwd=tmp_path).result for _ in range(3)]
        asked = server.stats()["requests"]
    assert 10 < asked < 60
    for result in results:
        assert 800 < result["usage"]["input_tokens"] + result["usage"]["output_tokens"] <= 1000
        assert any("stopped" in note and "--token-budget" in note for note in result["notes"])
    assert any("estimated" in note for note in results[0]["notes"])


def test_nobody_answers_at_all(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 5)
    with FakeServer() as server:
        url = server.url
    outcome = assay("run", data, *FIELDS, *model(url), "--retries", "0", "--format", "json", cwd=tmp_path)
    assert outcome.code == 3, outcome.err
    assert (outcome.result["scored"], outcome.result["failed"]) == (0, 5)
    metric = outcome.result["metrics"]["number"]
    assert metric["value"] is None and metric["reason"]
    assert list(outcome.result["failures"]) == ["endpoint:unreachable"]
    assert "Nobody answers at 127.0.0.1:" in " ".join(outcome.result["errors"].values())
    assert "Traceback" not in outcome.err


def test_one_misspelt_model_of_two_is_told_what_it_might_be(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 5)
    with FakeServer(models=("llama-8b",)) as server:
        command = ("run", data, *FIELDS, *model(server.url, name="llama-8b"), "--model", "openai-compatible/llama-9b", "--format", "json")
        outcome = assay(*command, cwd=tmp_path)
    good, misspelt = outcome.document["runs"]
    assert good["scored"] == 5 and misspelt["scored"] == 0
    assert any("does not exist" in note and "Did you mean" in note and "llama-8b" in note for note in misspelt["notes"])


def test_one_moderated_prompt_and_one_stray_status_stop_no_run(tmp_path: Path) -> None:
    said = iter(["403 flagged", "404"])

    def answer(body: Mapping[str, Any]) -> str | HttpReply:
        item = int(str(body["messages"][-1]["content"]).rpartition("[item ")[2].rstrip("]"))
        odd = next(said, "") if item in (7, 8) else ""
        if not odd:
            return f"ANSWER: {planted_value(item)}"
        return HttpReply(status=int(odd[:3]), body=f'{{"error": {{"message": "Your input was {odd[4:]}"}}}}'.encode())

    data = write_items(tmp_path / "items.jsonl", 30)
    with FakeServer(answer=answer) as server:
        outcome = assay("run", data, *FIELDS, *model(server.url), "--max-connections", "1", "--format", "json", cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    assert (outcome.result["scored"], outcome.result["failed"], outcome.result["flags"]["refused"]) == (30, 0, 1)
    assert outcome.result["metrics"]["number"]["value"] == pytest.approx(29 / 30)
