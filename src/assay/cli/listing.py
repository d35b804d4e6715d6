"""`assay list`: what there is."""

from typing import Any

import click

from assay.api.options import DEFAULTS
from assay.cli.options import CONTEXT, formats, option, write_json

KINDS = {"tasks": "benchmarks", "models": "models", "scorers": "scorers", "generators": "generators"}


@click.command("list", context_settings=CONTEXT)
@click.argument("kind", type=click.Choice([*KINDS, "runs"]), default="tasks")
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders are.")
@formats()
def command(kind: str, log_dir: str, form: str) -> int:
    """List tasks, models, scorers, generators or runs."""
    rows = run_rows(log_dir) if kind == "runs" else part_rows(KINDS[kind])
    if form == "json":
        write_json({"version": 1, kind: rows})
        return 0
    if not rows:
        click.echo("No runs yet. Start one: assay run builtin --model tiny/latest" if kind == "runs" else f"No {kind}.")
        return 0
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['about']}".rstrip())
    return 0


def part_rows(kind: str) -> list[dict[str, Any]]:
    """Name, one line and origin of every registered part."""
    from assay.core.registry import entries, origin

    return [{"name": name, "about": about(kind, name, point), "origin": origin(point)} for name, point in entries(kind).items()]


def about(kind: str, name: str, point: Any) -> str:
    """One line on a part: a provider by where it lives, a scorer by its own docstring, others by their source."""
    if kind == "models":
        from assay.models.catalogue import PROVIDERS

        if name in PROVIDERS and PROVIDERS[name].base_url:
            return PROVIDERS[name].base_url
    if kind == "scorers":
        return str(getattr(point.load(), "__doc__", None) or "").split("\n")[0]
    return first_line(point.value)


def first_line(target: str) -> str:
    """The first docstring line of `module:name`, read from the source without running it."""
    import ast
    from importlib.util import find_spec
    from pathlib import Path

    module, _, name = target.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and node.name == name:
            own = ast.get_docstring(node)
            if own:
                return own.split("\n")[0]
    return (ast.get_docstring(tree) or "").split("\n")[0]


def run_rows(log_dir: str) -> list[dict[str, Any]]:
    """Every run below the folder, newest first."""
    from assay import store

    rows: list[dict[str, Any]] = []
    for run in store.list_runs(log_dir):
        manifest = run.manifest
        if manifest is None:
            rows.append({"name": "unreadable", "about": f"{run.path}: {run.problem}", "run_dir": run.path})
            continue
        name, about = f"{manifest.task} · {manifest.model}", f"{manifest.created}  {run.path}"
        facts = {"task": manifest.task, "model": manifest.model, "created": manifest.created, "planned": manifest.planned}
        rows.append({"name": name, "about": about, "run_dir": run.path, **facts})
    return rows
