"""The study of Inspect's logs: every version of Inspect writes logs, its newest reader tells what is in them, Assay takes them in and gives them
back, and the reader tells both apart."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[[str, str, Any], Any]
VERSIONS = {
    "inspect": ("agent.eval", "capitals.eval", "capitals.json", "chunked.eval", "edited.eval", "interrupted.eval"),
    "inspect-0.3.120": ("agent.eval", "capitals.eval"),
    "inspect-0.3.58": ("agent.eval", "capitals.json"),
    "inspect-0.3.9": ("capitals.json",),
}
"""The environments and which of their logs are kept: the newest has Zstandard, 0.3.120 and 0.3.58 deflate, 0.3.9 the first version of JSON."""


def study(ask: Ask, work: Path, kept: Path) -> list[dict[str, Any]]:
    """Write, read, take in, give back; logs and what the reader tells of them go to `kept`. One row a log."""
    shutil.rmtree(work, ignore_errors=True)
    rows = []
    logs = written(ask, work, kept)
    sources = {path: path for path in logs}
    # The reader of Inspect does not open a log in chunks, which its own converter makes: what it was made of tells what is in it.
    sources |= {path: path.with_name(path.name.replace("chunked", "agent")) for path in logs if "chunked" in path.name}
    told = ask("inspect", "inspect_read", {"logs": [str(each) for each in dict.fromkeys(sources.values())]})
    back = {path: given_back(path, work / "back") for path in logs}
    again = ask("inspect", "inspect_read", {"logs": [str(each) for each in back.values()]})
    for path in logs:
        expected, found = told[str(sources[path])], again[str(back[path])]
        lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in expected["samples"])
        header = json.dumps(expected["header"], ensure_ascii=False)
        path.with_name(path.name + ".told.json").write_text(f'{{"header": {header},\n"samples": [\n{lines}\n]}}\n', encoding="utf-8")
        rows.append({"log": path.name, **counts(expected), "differences": differences(expected, found)})
    rows.append(own(ask, work, kept))
    return rows


def written(ask: Ask, work: Path, kept: Path) -> list[Path]:
    """The logs of every version."""
    kept.mkdir(parents=True, exist_ok=True)
    found = []
    for name, wanted in VERSIONS.items():
        folder = work / name
        folder.mkdir(parents=True)
        made = ask(name, "inspect_write", {"folder": str(folder), "all": name == "inspect"})
        for each in wanted:
            target = kept / f"{'newest' if name == 'inspect' else made['version']}-{each}"
            shutil.copy(folder / each, target)
            found.append(target)
    return found


def assay(*words: str) -> None:
    """The command line of this checkout."""
    subprocess.run([sys.executable, "-m", "assay", *words], check=True, capture_output=True, text=True)


def given_back(path: Path, work: Path) -> Path:
    """A log that went through a run of Assay."""
    runs = work / f"{path.name}.runs"
    assay("import", str(path), "--log-dir", str(runs))
    (run,) = (each for each in runs.iterdir() if each.is_dir())
    target = work / f"{path.name}.eval"
    assay("export", str(run), "--to", "inspect", "--out", str(target))
    return target


def own(ask: Ask, work: Path, kept: Path) -> dict[str, Any]:
    """A run of our own as Inspect reads it, and as Inspect writes it again."""
    from tests.formats.inspect.own_run import run_in

    folder, target = run_in(work / "own"), kept / "own.eval"
    assay("export", folder.path, "--to", "inspect", "--out", str(target))
    told = ask("inspect", "inspect_read", {"logs": [str(target)], "rewrite": True})[str(target)]
    target.with_name("own.eval.told.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return {"log": target.name, **counts(told), "differences": []}


def counts(told: dict[str, Any]) -> dict[str, int]:
    """How much there is of each."""
    samples = told["samples"]
    return {
        "samples": len(samples),
        "messages": sum(len(each.get("messages", ())) for each in samples),
        "scores": sum(len(each.get("scores", ())) for each in samples),
    }


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two plain values differ; how the file lists its summaries is no content."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [key for key in {**one, **other} if (place, key) != ("", "summaries")]
        return [each for key in keys for each in differences(one.get(key), other.get(key), f"{place}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [each for at, (a, b) in pairs for each in differences(a, b, f"{place}[{at}]")]
    return [] if one == other else [f"{place}: {str(one)[:80]} / {str(other)[:80]}"]
