"""What a person does with Assay, from a file to a comparison, through the command line."""

import csv
import json
import signal
import time
from pathlib import Path

import pytest
from tests.journeys.stage import FIELDS, assay, assert_refused, closed_well, ended, events, model, planted, start, write_items

from assay.testing import FakeServer, planted_letter, planted_value

BENCHMARK = '''"""Sums: what the fake server knows."""

from assay import Card, Task, datasets, dialogue, scorers

CARD = Card(source="mine/sums", revision="0" * 40, licence="mit", languages=("en",), version="1", skills=("calculation/arithmetic",))


def sums() -> Task:
    data = datasets.table("items.jsonl", "test", input="{question}", target="answer")
    return Task(name="sums", card=CARD, dataset=data, solver=dialogue.ask_once, scorers=(scorers.number(),))
'''


@pytest.mark.slow
def test_from_a_file_to_a_comparison(tmp_path: Path) -> None:
    """Run, repeat, view, score again, compare, export: the whole of a first afternoon."""
    data = write_items(tmp_path / "items.jsonl", 50)
    ids = [f"q{item}" for item in range(50)]
    with FakeServer() as server:
        command = ("run", data, *FIELDS, *model(server.url))
        first = assay(*command, cwd=tmp_path)
        assert first.code == 0, first.err
        (folder,) = (each for each in (tmp_path / "runs").iterdir() if each.is_dir())
        assert {"run.json", "report.json", "report.html", "journal-0.jsonl"} <= {each.name for each in folder.iterdir()}
        asked = server.stats()["requests"]
        again = assay(*command, "--format", "json", cwd=tmp_path)
        assert again.code == 0 and server.stats()["requests"] == asked == 50
        assert again.result["metrics"]["number"]["value"] == pytest.approx(planted(ids))
        fresh = assay(*command, "--fresh", "--format", "json", cwd=tmp_path)
        assert server.stats()["requests"] == 100 and fresh.result["run_dir"] != str(folder)

        server.set(accuracy=0.6)
        other = assay("run", data, *FIELDS, *model(server.url, name="fake-large"), "--format", "json", cwd=tmp_path)
        requests = server.stats()["requests"]
        viewed = assay("view", folder, "--failures", "2", cwd=tmp_path)
        assert viewed.code == 0 and viewed.out.count("── q") == 2 and "target" in viewed.out, viewed.err
        rescored = assay("score", folder, "--scorer", "includes", "--format", "json", cwd=tmp_path)
        assert rescored.code == 0, rescored.err
        assert rescored.result["metrics"]["includes"]["n"] == 50 and rescored.result["run_dir"] != str(folder)
        compared = assay("compare", folder, other.result["run_dir"], "--format", "json", cwd=tmp_path)
        assert server.stats()["requests"] == requests
    (row,) = compared.document["comparisons"]
    assert row["difference"]["value"] == pytest.approx(planted(ids, 0.6) - planted(ids))
    assert row["verdict"] == "worse" and len(row["lost"]) == round(50 * (planted(ids) - planted(ids, 0.6))) and row["won"] == []
    text = assay("compare", folder, other.result["run_dir"], "--flips", "1", cwd=tmp_path)
    assert text.code == 0 and "lost: q" in text.out

    table = assay("export", folder, "--to", "csv", cwd=tmp_path)
    (line,) = csv.DictReader(table.out.splitlines())
    assert "50" in line.values()
    exported = assay("export", folder, "--to", "parquet", "--out", "out", cwd=tmp_path)
    assert exported.code == 0, exported.err
    import duckdb

    ((rows, mean),) = duckdb.sql(f"select count(*), avg(value) from '{tmp_path / exported.out.strip()}'").fetchall()
    assert rows == 50 and mean == pytest.approx(planted(ids))


@pytest.mark.slow
def test_an_error_rate_is_better_where_it_is_lower(tmp_path: Path) -> None:
    """The scorer says so once; the failures that are read, the comparison, the ranks and the check of the gold answers go by it."""
    said = {f"q{n}": f"the cat sat on mat number {n}" for n in range(12)}
    data = tmp_path / "speech.jsonl"
    data.write_text("".join(json.dumps({"id": each, "input": f"clip {each}", "target": text}) + "\n" for each, text in said.items()))
    for name, misheard in (("good", 1), ("bad", 9)):
        rows = ({"id": f"q{n}", "output": "a dog" if n < misheard else said[f"q{n}"]} for n in range(12))
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    models = ("--model", "replay/bad.jsonl", "--model", "replay/good.jsonl")
    ran = assay("run", data, "--scorer", "wer", *models, "--format", "json", cwd=tmp_path)
    bad, good = ran.document["runs"]
    assert good["lower_is_better"] == ["wer"] and good["metrics"]["wer"]["value"] < bad["metrics"]["wer"]["value"]
    read = assay("view", good["run_dir"], "--failures", "3", cwd=tmp_path)
    assert read.out.count("── q") == 1 and "── q0" in read.out and "a dog" in read.out
    compared = assay("compare", bad["run_dir"], good["run_dir"], "--format", "json", cwd=tmp_path)
    (row,) = compared.document["comparisons"]
    assert row["difference"]["value"] < 0 and row["verdict"] == "better" and row["lower_is_better"]
    assert len(row["won"]) == 8 and row["lost"] == []
    text = assay("compare", bad["run_dir"], good["run_dir"], "--flips", "20", cwd=tmp_path)
    assert "0 lost, 8 won" in text.out and text.out.count("── won: q") == 8 and "── lost: q" not in text.out
    page = assay("view", bad["run_dir"], good["run_dir"], cwd=tmp_path)
    assert "lower is better" in page.out
    checked = assay("validate", data, "-T", "scorer=wer", "--format", "json", cwd=tmp_path)
    (validation,) = checked.document["validations"]
    assert [each["what"] for each in validation["findings"]] == ["the task has no card"]


def test_a_larger_run_asks_only_what_a_smaller_one_did_not(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 40)
    with FakeServer() as server:
        command = ("run", data, *FIELDS[:4], *model(server.url), "--format", "json")
        small = assay(*command, "--scorer", "number", "--limit", "10", cwd=tmp_path)
        larger = assay(*command, "--scorer", "number", "--trials", "2", cwd=tmp_path)
        assert server.stats()["requests"] == 80, "10, and then the 70 of 80 that nobody had asked"
        other = assay(*command, "--scorer", "includes", "--limit", "30", cwd=tmp_path)
        assert server.stats()["requests"] == 80 and other.result["usage"]["output_tokens"] == 0
        assay(*command, "--scorer", "includes", "--limit", "5", "--fresh", cwd=tmp_path)
        assert server.stats()["requests"] == 85
    tokens = small.result["usage"]["output_tokens"], larger.result["usage"]["output_tokens"]
    assert 0 < 6 * tokens[0] < tokens[1] < 8 * tokens[0], "what an earlier run paid for is not paid for again"
    assert "10 answers are those of earlier runs" in larger.result["notes"][0]
    assert larger.result["metrics"]["number"]["value"] == pytest.approx(planted([f"q{item}" for item in range(40)]))


def test_a_benchmark_of_ten_lines(tmp_path: Path) -> None:
    write_items(tmp_path / "items.jsonl", 20)
    (tmp_path / "sums.py").write_text(BENCHMARK)
    with FakeServer() as server:
        outcome = assay("run", "sums.py", *model(server.url), "--trials", "2", "--format", "json", cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    assert (outcome.result["task"], outcome.result["planned"]) == ("sums", 40)
    metric = outcome.result["metrics"]["number"]
    assert (metric["n"], metric["clusters"]) == (20, 20)
    assert assay("validate", "sums.py", cwd=tmp_path).code == 0


def test_recorded_answers_with_some_missing(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 20)
    lines = [{"id": f"q{item}", "output": f"ANSWER: {planted_value(item) + item % 2}"} for item in range(15)]
    (tmp_path / "outputs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    outcome = assay("run", data, *FIELDS, "--model", "replay/outputs.jsonl", "--format", "json", cwd=tmp_path)
    assert outcome.code == 3, outcome.err
    result = outcome.result
    assert (result["scored"], result["failed"], result["coverage"]) == (15, 5, 0.75)
    assert result["metrics"]["number"]["value"] == pytest.approx(8 / 15) and result["metrics"]["number"]["n"] == 15
    assert sum(result["failures"].values()) == 5
    shown = assay("run", data, *FIELDS, "--model", "replay/outputs.jsonl", "--min-coverage", "0.7", cwd=tmp_path)
    assert shown.code == 0 and "75" in shown.out


def test_answers_from_the_cache_are_counted(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 20)
    with FakeServer() as server:
        command = ("run", data, *FIELDS, *model(server.url), "--cache", "--format", "json")
        first, second = (assay(*command, "--log-dir", name, cwd=tmp_path) for name in ("a", "b"))
        assert server.stats()["requests"] == 20
        anew = assay(*command, "--fresh", cwd=tmp_path)
        assert server.stats()["requests"] == 40
    assert first.code == second.code == anew.code == 0, second.err
    assert "20 answers from the cache" in second.result["notes"]
    assert not any("cache" in note for note in (*first.result["notes"], *anew.result["notes"]))


@pytest.mark.slow
def test_one_json_document_from_every_command(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 5)
    (tmp_path / "sums.py").write_text(BENCHMARK)
    with FakeServer() as server:
        command = ("run", data, *FIELDS, *model(server.url))
        (run,) = assay(*command, "--format", "json", cwd=tmp_path).document["runs"]
        (other,) = assay("run", data, *FIELDS, *model(server.url, name="other"), "--format", "json", cwd=tmp_path).document["runs"]
    folder = run["run_dir"]
    for words in (
        (*command, "--dry-run"),
        ("view",),
        ("view", folder),
        ("score", folder, "--scorer", "exact"),
        ("compare", folder, other["run_dir"]),
        ("list", "tasks"),
        ("list", "models"),
        ("list", "scorers"),
        ("list", "generators"),
        ("list", "runs"),
        ("info", "builtin"),
        ("info", folder),
        ("validate", "sums.py"),
    ):
        outcome = assay(*words, "--format", "json", cwd=tmp_path)
        assert outcome.code == 0, (words, outcome.err)
        assert isinstance(outcome.document, dict), words
        assert outcome.out.count("\n}") == 1 and outcome.document.get("version") == 1, (words, outcome.out[:200])


def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(tmp_path: Path) -> None:
    count = 150
    data = write_items(tmp_path / "items.jsonl", count)
    with FakeServer(latency=0.05) as server:
        command = ("run", data, *FIELDS, *model(server.url), "--max-connections", "8", "--format", "json")
        process = start(*command, cwd=tmp_path)
        until = time.monotonic() + 60
        while server.stats()["requests"] < 40 and time.monotonic() < until:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        stopped = ended(process)
        assert stopped.code == 3, stopped.err
        assert "Traceback" not in stopped.err and "Repeat the command to go on" in stopped.err
        result = stopped.result
        assert result["status"] == "interrupted" and 0 < result["scored"] < count and result["failed"] == 0
        assert server.stats()["requests"] == result["scored"] == len(closed_well(result["run_dir"]))
        finished = assay(*command, cwd=tmp_path)
        assert finished.code == 0, finished.err
        assert server.stats()["requests"] == count
    assert finished.result["status"] == "finished" and finished.result["scored"] == count


def test_two_processes_on_one_run_folder(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 40)
    with FakeServer(latency=0.2) as server:
        command = ("run", data, *FIELDS, *model(server.url), "--max-connections", "2", "--format", "json")
        with start(*command, cwd=tmp_path) as first:
            until = time.monotonic() + 60
            while server.stats()["requests"] < 1 and time.monotonic() < until:
                time.sleep(0.005)
            assert_refused(assay(*command, cwd=tmp_path), 3, "is being written by", str(first.pid), "--fresh")
            outcome = ended(first)
    assert outcome.code == 0 and outcome.result["scored"] == 40, outcome.err


def test_settings_from_everywhere(tmp_path: Path) -> None:
    """`.env`, the environment and a configuration file say what flags say; flags win, then the environment, then the file."""
    data = write_items(tmp_path / "items.jsonl", 20)
    with FakeServer() as server:
        (tmp_path / ".env").write_text(f"OPENAI_COMPATIBLE_BASE_URL={server.url}\nASSAY_SEED=5\n")
        (tmp_path / "assay.toml").write_text('limit = 3\nseed = 9\nmax-tokens = 64\nscorer = ["number"]\n[model-option]\nstream = true\n')
        columns = ("--input", "question", "--target", "answer", "--model", "openai-compatible/fake", "--format", "json")
        plain = assay("run", data, *columns, "--scorer", "number", cwd=tmp_path)
        assert plain.code == 0, plain.err
        filed = assay("run", data, *columns, "--config", "assay.toml", cwd=tmp_path)
        wins = assay("run", data, *columns, "--config", "assay.toml", "--limit", "4", cwd=tmp_path, ASSAY_SEED="6")
    assert plain.result["planned"] == 20 and filed.result["planned"] == 3 and wins.result["planned"] == 4
    settings = [json.loads((Path(each.result["run_dir"]) / "run.json").read_text())["settings"] for each in (plain, filed, wins)]
    assert [each["seed"] for each in settings] == [5, 5, 6]
    assert [each.get("decoding.max_tokens") for each in settings] == [None, 64, 64]


def test_several_tasks_and_models_in_one_command(tmp_path: Path) -> None:
    one, two = write_items(tmp_path / "one.jsonl", 30), write_items(tmp_path / "two.jsonl", 20, first=100)
    with FakeServer(latency=0.005) as server:
        models = (*model(server.url), *model(server.url, name="fake-large"))
        outcome = assay("run", one, two, *FIELDS, *models, "--max-connections", "4", "--format", "json", cwd=tmp_path)
        stats = server.stats()
        table = assay("run", one, two, *FIELDS, *models, cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    assert stats["max_in_flight"] <= 4 and stats["requests"] == 100
    pairs = {(run["task"], run["model"]): run["scored"] for run in outcome.document["runs"]}
    names = ("openai-compatible/fake", "openai-compatible/fake-large")
    assert pairs == {(task, name): count for task, count in (("one", 30), ("two", 20)) for name in names}
    assert table.code == 0 and all(each in table.out for each in ("one", "two", *names)), table.out


def test_chinese_from_end_to_end(tmp_path: Path) -> None:
    rows = [{"问题": f"请计算。[item {item}]", "答案": f"{planted_value(item)}", "编号": f"题{item}"} for item in range(12)]
    (tmp_path / "数据.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    with FakeServer(accuracy=1.0) as server:
        outcome = assay("run", "数据.jsonl", "--id", "编号", "--scorer", "number", *model(server.url), "--format", "json", cwd=tmp_path)
        table = assay("run", "数据.jsonl", "--id", "编号", "--scorer", "number", *model(server.url), cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    assert outcome.result["metrics"]["number"]["value"] == 1.0 and outcome.result["task"] == "数据"
    assert {sample_id for sample_id, _ in closed_well(outcome.result["run_dir"])} == {f"题{item}" for item in range(12)}
    page = (Path(outcome.result["run_dir"]) / "report.html").read_text(encoding="utf-8")
    assert table.code == 0 and "数据" in page


def test_multiple_choice_from_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "choices.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("question", "A", "B", "C", "D", "answer"))
        writer.writerows((f"Which? [mc {item}]", "one", "two", "three", "four", planted_letter(item)) for item in range(40))
    with FakeServer() as server:
        outcome = assay("run", path, "--choices", "A,B,C,D", *model(server.url), "--format", "json", cwd=tmp_path)
        weighed = assay(
            "run", path, "--choices", "A,B,C,D", "--likelihood", *model(server.url, "api=completions"), "--format", "json", cwd=tmp_path
        )
    assert outcome.code == 0, outcome.err
    assert outcome.result["metrics"]["choice"]["value"] == pytest.approx(planted([f"q{item}" for item in range(40)]))
    assert weighed.code == 0, weighed.err
    assert weighed.result["scored"] == 40


def test_a_budget_of_tokens_stops_the_run_and_more_goes_on(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 60)
    with FakeServer() as server:
        command = ("run", data, *FIELDS, *model(server.url), "--max-connections", "2", "--format", "json")
        poor = assay(*command, "--token-budget", "1000", cwd=tmp_path)
        assert poor.code == 3, poor.err
        result = poor.result
        usage = result["usage"]
        used = usage["input_tokens"] + usage["output_tokens"]
        assert 0 < result["scored"] < 60 and result["failed"] == 0
        assert used <= 1000 + 3 * used / result["scored"]  # answers in flight are only estimated
        assert "budget" in " ".join(result["notes"])
        rich = assay(*command, "--token-budget", "100000", cwd=tmp_path)
        assert server.stats()["requests"] == 60
    assert rich.code == 0 and rich.result["scored"] == 60, rich.err


def test_what_the_endpoint_refuses_is_left_out_and_said(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 10)
    with FakeServer(refuse=("temperature", "max_tokens")) as server:
        outcome = assay(
            "run", data, *FIELDS, *model(server.url), "--temperature", "0", "--max-tokens", "64", "--format", "json", cwd=tmp_path
        )
    assert outcome.code == 0, outcome.err
    notes = " ".join(outcome.result["notes"])
    assert outcome.result["scored"] == 10 and "temperature" in notes and "max_completion_tokens" in notes


def test_thoughts_are_no_answers(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 10)
    for think, value in (("tags", planted([f"q{item}" for item in range(10)])), ("unclosed", 0.0)):
        with FakeServer(think=think) as server:
            outcome = assay("run", data, *FIELDS, *model(server.url), "--format", "json", cwd=tmp_path)
        assert outcome.code == 0, outcome.err
        assert outcome.result["metrics"]["number"]["value"] == pytest.approx(value) and outcome.result["scored"] == 10
        assert outcome.result["flags"].get("truncated", 0) == (10 if think == "unclosed" else 0)
        assert all("reasoning" in each["answer"] for each in events(outcome.result["run_dir"], "call"))


def test_a_local_model_against_another_provider_shares_no_address_and_no_secret(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 4)
    with FakeServer(key="sk-first-SECRET") as first, FakeServer() as second:
        both = ("run", data, *FIELDS, "--model", "openai/fake", "--model", "openai-compatible/mine")
        keys = {"OPENAI_API_KEY": "sk-first-SECRET"}
        assert_refused(assay(*both, "-M", f"base_url={second.url}", cwd=tmp_path, **keys), 2, "would go to openai and to openai-compatible")
        assert second.stats()["requests"] == 0
        whose = (f"openai.base_url={first.url}", f"openai-compatible.base_url={second.url}", 'openai-compatible.headers={"x-org":"SECRET"}')
        outcome = assay(*both, *(word for each in whose for word in ("-M", each)), cwd=tmp_path, **keys)
        assert outcome.code == 0, outcome.err
        assert first.stats()["requests"] == second.stats()["requests"] == 4
    kept = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert len(kept) > 4 and not [path for path in kept if b"SECRET" in path.read_bytes()]


def test_the_same_rows_under_another_name_are_the_same_run(tmp_path: Path) -> None:
    rows = [{"question": f"How many? [item {item}]", "answer": planted_value(item)} for item in range(6)]
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with (tmp_path / "c.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["question", "answer"])
        writer.writeheader()
        writer.writerows(rows)
    with FakeServer() as server:
        found = [
            assay("run", name, *FIELDS, *model(server.url), "--format", "json", cwd=tmp_path) for name in ("a.jsonl", "b.jsonl", "c.csv")
        ]
        assert server.stats()["requests"] == 6
        assert len({each.result["run_dir"] for each in found}) == 1
        rescored = assay("score", found[0].result["run_dir"], "--scorer", "includes", "--format", "json", cwd=tmp_path)
        assert_refused(assay("run", "a.jsonl", "b.jsonl", *FIELDS, *model(server.url), cwd=tmp_path), 2, "'a' and 'b' ask", "one run")
    assert rescored.result["metrics"]["includes"]["n"] == 6 == rescored.result["planned"]


JUDGED = BENCHMARK.replace(
    "from assay import Card, Task, datasets, dialogue, scorers",
    """import msgspec

from assay import Card, Score, Task, datasets, dialogue
from assay.core.protocols import Request
from assay.core.content import message


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    name: str = "asked"
    criteria: tuple[str, ...] = ("score",)

    async def __call__(self, sample, answer, context):
        found = await context.model("judge").generate(Request(messages=(message("user", sample.prompt),)))
        return (Score(scorer=self.name, value=float(found.text == answer.text), kind="judge"),)
""",
).replace("scorers.number()", "Asked()")


def test_a_judge_is_named_beside_the_model_shares_the_budget_and_is_part_of_the_identity(tmp_path: Path) -> None:
    write_items(tmp_path / "items.jsonl", 10)
    (tmp_path / "judged.py").write_text(JUDGED)
    with FakeServer() as server:
        command = ("run", "judged.py", *model(server.url), "--format", "json")
        assert_refused(assay(*command, cwd=tmp_path), 2, "no model in the role 'judge'", "--judge provider/name")
        assert 0 < server.stats()["requests"] <= 10
        judged = assay(*command, "--judge", "openai-compatible/judge", cwd=tmp_path)
        assert judged.code == 0 and judged.result["metrics"]["asked"]["value"] == 1.0, judged.err
        assert server.stats()["requests"] == 20, "the answers of the first run are known"
        other = assay(*command, "--judge", "openai-compatible/another", cwd=tmp_path)
        assert other.result["identity"] != judged.result["identity"] and server.stats()["requests"] == 30
        assert {each["role"] for each in events(judged.result["run_dir"], "call") if "role" in each} == {"judge"}
        capped = assay(*command, "--judge", "openai-compatible/judge", "--fresh", "--token-budget", "100", cwd=tmp_path)
        assert capped.code == 3 and capped.result["scored"] < 10
