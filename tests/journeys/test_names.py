"""Every name on a screen is a name to type."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.journeys.stage import FIELDS, assay, write_items


@pytest.mark.slow
def test_the_tasks_of_a_suite_are_run_and_described_by_the_names_shown(tmp_path: Path) -> None:
    shown = assay("run", "builtin", "--model", "scripted/1", "--limit", "1", "--format", "json", "--min-coverage", "0", cwd=tmp_path)
    names = [run["task"] for run in shown.document["runs"]]
    assert len(names) > 8
    ran = assay("run", *names, "--model", "scripted/1", "--limit", "1", "--format", "json", "--min-coverage", "0", cwd=tmp_path)
    assert [run["task"] for run in ran.document["runs"]] == names, ran.err
    assert assay("info", "builtin_steps_en", cwd=tmp_path).code == 0


def listed(kind: str, cwd: Path, **env: str) -> dict[str, str]:
    document = assay("list", kind, "--format", "json", cwd=cwd, **env).document
    return {each["name"]: each["about"] for each in document[kind]}


def test_models_say_what_they_are_and_whether_the_key_is_set(tmp_path: Path) -> None:
    key = "sk-never-shown-0123456789"
    rows = listed("models", tmp_path, OPENAI_API_KEY=key)
    assert rows["openai"] == "OpenAI, at api.openai.com/v1; OPENAI_API_KEY is set."
    assert rows["anthropic"].endswith("ANTHROPIC_API_KEY is not set.") and rows["ollama"].endswith("no key needed.")
    shown = assay("list", "models", cwd=tmp_path, OPENAI_API_KEY=key)
    told = assay("info", "openai/gpt", cwd=tmp_path, OPENAI_API_KEY=key)
    assert key not in shown.out + shown.err + told.out + told.err


@pytest.mark.parametrize("kind", ["models", "scorers", "generators"])
def test_every_part_is_one_whole_plain_sentence_of_its_own(tmp_path: Path, kind: str) -> None:
    rows = listed(kind, tmp_path)
    assert len(set(rows.values())) == len(rows) > 10
    for name, text in rows.items():
        assert text.endswith((".", ".)")) and "`" not in text and "**" not in text and "\n" not in text, (name, text)
        told = assay("info", name, cwd=tmp_path) if name in ("openai", "number", "arithmetic", "choice") else None
        assert told is None or (told.code == 0 and "use " in told.out), name


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 120])
def test_lists_keep_within_the_screen(tmp_path: Path, columns: int) -> None:
    data = write_items(tmp_path / "items.jsonl", 4)
    assay("run", data, *FIELDS, "--model", "scripted/ANSWER: 884", "--model", "scripted/2", cwd=tmp_path)
    for kind in ("tasks", "models", "scorers", "generators", "runs"):
        lines = assay("list", kind, cwd=tmp_path, COLUMNS=str(columns)).out.splitlines()
        assert max(map(len, lines)) <= columns, kind
    text = assay("list", "runs", cwd=tmp_path, COLUMNS=str(columns), TZ="Asia/Shanghai").out
    folder = next(each.name for each in (tmp_path / "runs").iterdir() if "scripted-2" in each.name)
    assert f"runs/{folder}" in text and "number 0.0 [0.0, 60.2]" in text and "100 %" in text and "finished" in text
    created = assay("list", "runs", "--format", "json", cwd=tmp_path).document["runs"][0]["created"]
    local = datetime.fromisoformat(created) + timedelta(hours=8)
    assert local.strftime("%Y-%m-%d %H:%M") in text, "local time"


def test_info_describes_what_there_is(tmp_path: Path) -> None:
    suite = assay("info", "builtin", cwd=tmp_path).out
    assert "('" not in suite and len(suite.splitlines()) < 30 and "builtin_steps_en" in suite
    number = assay("info", "number", cwd=tmp_path).out
    assert "after" in number and "--scorer number" in number
    both = assay("info", "choice", cwd=tmp_path).out
    assert "scorer choice" in both and "generator choice" in both
    away = assay("info", "gsm8k", cwd=tmp_path, HF_HUB_OFFLINE="1").out
    assert "data not here" in away and "assay prefetch gsm8k" in away and "Errno" not in away
    nobody = assay("info", "numbr", cwd=tmp_path)
    assert nobody.code == 2 and "Did you mean number?" in nobody.err
    data = write_items(tmp_path / "items.jsonl", 4)
    assay("run", data, *FIELDS, "--model", "scripted/2", cwd=tmp_path)
    (folder,) = (each for each in (tmp_path / "runs").iterdir() if each.is_dir())
    run = assay("info", folder, cwd=tmp_path)
    assert "number  0.0 [0.0, 60.2]" in run.out and "4 of 4 trials scored" in run.out, run.err
    assert assay("info", folder, "--format", "json", cwd=tmp_path).document["result"]["scored"] == 4


@pytest.mark.slow
def test_the_whole_shelf_is_checked_once_and_summed_up(tmp_path: Path) -> None:
    away = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    outcome = assay("validate", "--all", "--limit", "5", cwd=tmp_path, **away)
    names = [line.split()[0] for line in outcome.out.splitlines()[:-2]]
    assert outcome.code == 0 and len(set(names)) == len(names), "each task once"
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert outcome.out.splitlines()[-1].startswith("11 sound · 16 not checked, no data here")
    document = assay("validate", "--all", "--limit", "5", "--format", "json", cwd=tmp_path, **away).document
    assert len(document["validations"]) == 11 and len(document["skipped"]) == 16
    assert "HF_HUB_OFFLINE" in document["skipped"]["gsm8k"], "the whole reason stands in the document"
