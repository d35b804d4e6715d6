"""Every snippet of the documents runs, as its page shows it: commands, Python, configuration, and the output printed below them.

Models are asked of the fake server on loopback; nothing here reaches a network.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.docs import page

from assay.cli import ALIASES, COMMANDS, app
from assay.testing import FakeServer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted((ROOT / "docs").rglob("*.md"))
KEYLESS = ("OLLAMA", "VLLM", "SGLANG", "LLAMACPP", "LMSTUDIO", "OPENAI_COMPATIBLE")
KEYED = ("OPENAI", "ANTHROPIC", "DEEPSEEK", "OPENROUTER")
COMMAND = re.compile(r"^(?:\$ )?(?:\w+=\S+ )*(assay(?: .*)?)$", re.MULTILINE)
LANGUAGES = {"bash", "sh", "python", "toml", "json", "jsonl", "csv", "yaml", "text", "make", "html"}


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A clean environment whose providers are all the fake server."""
    home = tmp_path_factory.mktemp("home")
    with FakeServer(key=None, accuracy=0.9) as server:
        yield {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            "HF_HUB_OFFLINE": "1",
            # A page that runs pytest meets pytest-asyncio's advice to set an option; readers without it do not.
            "PYTHONWARNINGS": "error,ignore:The configuration option",
            "GOOGLE_BASE_URL": server.google_url,
            "GOOGLE_API_KEY": "test",
            **{f"{name}_BASE_URL": server.url for name in (*KEYED, *KEYLESS)},
            **{f"{name}_API_KEY": "test" for name in KEYED},
        }


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_snippet_runs(path: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, page.__file__, str(path)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{shown(path)}: {found['ran']} blocks ran, {len(found['skipped'])} skipped", *found["skipped"], sep="\n    ")


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_block_says_its_language(path: Path) -> None:
    strange = [(block.line, block.language) for block in page.blocks(path.read_text(encoding="utf-8")) if block.language not in LANGUAGES]
    assert not strange, f"blocks without a known language (text where nothing runs): {strange}"


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_command_names_what_there_is(path: Path) -> None:
    """Also where a command is only told, in a sentence or a table: its name and flags exist."""
    text = path.read_text(encoding="utf-8")
    told = [each.strip() for each in re.findall(r"`(assay [^`\n]+)`", text)]
    for block in page.blocks(text):
        if block.language in ("text", *page.SHELLS):
            told += COMMAND.findall(block.body.replace("\\\n", " "))
    assert not [fault for line in told for fault in faults_of(line)]


def faults_of(line: str) -> list[str]:
    """What a command line names that does not exist."""
    words = shlex.split(re.split(r" {2,}|[|;>#]", line)[0], comments=True)
    if len(words) < 2 or words[1].startswith("-") or not words[1].isidentifier():
        return []
    name = ALIASES.get(words[1], words[1])
    if name not in COMMANDS:
        return [f"{line}: no command '{words[1]}'"]
    command = app.get_command(click.Context(app), name)
    assert command is not None
    if isinstance(command, click.Group) and len(words) > 2:
        if words[2] not in command.commands:
            return [f"{line}: `assay {name}` has no command '{words[2]}'"]
        command = command.commands[words[2]]
    known = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)} | {"-h", "--help"}
    flags = [word.split("=")[0] for word in words[2:] if re.match(r"--?[a-zA-Z]", word)]
    return [f"{line}: `assay {name}` has no {flag}" for flag in flags if flag.replace("_", "-") not in known]


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_link_leads_somewhere(path: Path) -> None:
    prose = page.FENCE.sub("", path.read_text(encoding="utf-8"))
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", prose) if not re.match(r"[a-z]+:", target)]
    missing = [target for target in targets if target and not (path.parent / target).exists()]
    assert not missing


def test_every_page_is_on_the_map() -> None:
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    lost = [
        shown(path)
        for path in PAGES
        if path.is_relative_to(ROOT / "docs") and path.name != "index.md" and f"({path.relative_to(ROOT / 'docs')})" not in text
    ]
    assert not lost, f"docs/index.md does not name {lost}"
