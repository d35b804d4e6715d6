"""The tab key, as each shell asks for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys.stage import COMMAND, FIELDS, assay, environment, write_items

HEAVY = {"numpy", "duckdb", "rich", "aiohttp", "torch", "transformers", "jinja2", "sacrebleu", "fsspec"}


def offered(cwd: Path, *words: str, shell: str = "bash", **env: str) -> list[str]:
    """What the tab key offers behind these words; the last one is not finished."""
    before, typed = ["assay", *words[:-1]], words[-1]
    place = typed if shell == "fish" else str(len(before))
    asked = {"_ASSAY_COMPLETE": f"{shell}_complete", "COMP_WORDS": " ".join([*before, typed]), "COMP_CWORD": place}
    done = subprocess.run([COMMAND], cwd=cwd, env={**environment(cwd), **asked, **env}, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    if shell == "zsh":
        rows = done.stdout.splitlines()
        return rows[1::3]
    return [line.replace("\t", ",").split(",")[1] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_names_are_offered_in_every_shell(tmp_path: Path, shell: str) -> None:
    assert offered(tmp_path, "run", "gsm", shell=shell) == ["gsm8k"]
    assert offered(tmp_path, "va", shell=shell) == ["validate"]


def test_what_belongs_in_a_place_is_offered_there(tmp_path: Path) -> None:
    data = write_items(tmp_path / "mine.jsonl", 3)
    assay("run", data, *FIELDS, "--model", "scripted/1", cwd=tmp_path)
    (folder,) = (f"runs/{each.name}" for each in (tmp_path / "runs").iterdir() if each.is_dir())
    assert offered(tmp_path, "run", "m")[-1] == "mine.jsonl" and "mmlu" in offered(tmp_path, "run", "m")
    assert offered(tmp_path, "run", "x", "--model", "tin") == ["tiny/"]
    assert "tiny/latest" in offered(tmp_path, "run", "x", "--model", "tiny/")
    assert offered(tmp_path, "run", "x", "--model", "replay/m") == ["replay/mine.jsonl"]
    assert offered(tmp_path, "run", "x", "--scorer", "num") == ["number"]
    assert offered(tmp_path, "view", "runs") == offered(tmp_path, "compare", "r") == offered(tmp_path, "info", "runs") == [folder]
    assert "arithmetic" in offered(tmp_path, "info", "ari") and offered(tmp_path, "info", "tiny/l") == ["tiny/latest"]


@pytest.mark.parametrize("words", ["run b", "run x --model tiny/", "view r", "run x --scorer n", "info n"])
def test_nothing_heavy_is_imported(tmp_path: Path, words: str) -> None:
    code = "import sys\nfrom assay.cli import main\ntry:\n main([])\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    asked = {"_ASSAY_COMPLETE": "bash_complete", "COMP_WORDS": f"assay {words}", "COMP_CWORD": str(len(words.split()))}
    env = {**os.environ, **environment(tmp_path), **asked}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stdout.startswith(("plain,", "file,")), done.stderr
    assert not {name.partition(".")[0] for name in done.stderr.split()} & HEAVY


def test_a_provider_is_no_end_of_a_word(tmp_path: Path) -> None:
    assert "compopt -o nospace" in assay("completions", "bash", cwd=tmp_path).out
    assert "compadd -U -S ''" in assay("completions", "zsh", cwd=tmp_path).out
