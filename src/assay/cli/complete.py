"""What the tab key offers: names from the registry as strings, files and run folders of this place. Nothing heavy is imported."""

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

DATA = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".ndjson", ".gz", ".py")
MOST = 400


def tasks(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Benchmarks, and the data and benchmark files of the working folder; where none begins so, the shell's own files."""
    return or_files([*names("benchmarks"), *files(typed)], typed)


def models(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Providers; behind `tiny/` the checkpoints, behind `replay/` files."""
    provider, slash, rest = typed.partition("/")
    if slash and provider == "tiny":
        from assay.models.tiny.checkpoints import checkpoint_names

        return items([f"tiny/{name}" for name in ("latest", *checkpoint_names())], typed)
    if slash and provider == "replay":
        return items([f"replay/{path}" for path in files(rest)], typed)
    return items([f"{name}/" for name in names("models")], typed)


def scorers(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Scorers by name."""
    return items(names("scorers"), typed)


def runs(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Run folders below --log-dir, or below what is typed."""
    return or_files(run_folders(context, typed), typed)


def anything(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """What `assay info` describes."""
    known = [*names("benchmarks"), *names("scorers"), *names("generators"), *names("models")]
    provider = models(context, parameter, typed) if "/" in typed else []
    return [*provider, *or_files([*dict.fromkeys(known), *run_folders(context, typed)], typed, provided=bool(provider))]


def names(kind: str) -> list[str]:
    """Every registered name of a kind; the entry points stay strings."""
    from assay.core.registry import entries

    return list(entries(kind))


def files(typed: str) -> list[str]:
    """Files of tasks and answers whose path begins as typed."""
    head, slash, _ = typed.rpartition("/")
    folder = Path(head or ("/" if slash else "."))
    if not folder.is_dir():
        return []
    return sorted(f"{head}{slash}{each.name}" for each in folder.iterdir() if each.name.endswith(DATA) and each.is_file())


def run_folders(context: click.Context, typed: str) -> list[str]:
    """Paths of folders with a `run.json`, newest first."""
    log_dir = str(context.params.get("log_dir") or "runs").rstrip("/")
    folder = Path(typed.rpartition("/")[0] or log_dir)
    if not folder.is_dir():
        return []
    found = [each for each in folder.iterdir() if (each / "run.json").is_file()]
    return [str(each) for each in sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)[:MOST]]


def items(words: Iterable[str], typed: str) -> list[CompletionItem]:
    """Those words that begin as typed."""
    return [CompletionItem(word) for word in words if word.startswith(typed)]


def or_files(words: Iterable[str], typed: str, *, provided: bool = False) -> list[CompletionItem]:
    """Those words that begin as typed; where there are none, whatever files the shell finds."""
    found = items(words, typed)
    return found if found or provided else [CompletionItem(typed, type="file")]
