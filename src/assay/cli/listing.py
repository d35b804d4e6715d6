"""`assay list`: what there is."""

from typing import TYPE_CHECKING, Any

import click

from assay.api.options import DEFAULTS
from assay.cli.describe import about, say, screen_width
from assay.cli.options import CONTEXT, formats, option, shown_path, write_json
from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.store import Indexed

KINDS = {"tasks": "benchmarks", "models": "models", "scorers": "scorers", "generators": "generators"}
HOW = {
    "tasks": "assay info NAME describes one, assay run NAME --model PROVIDER/NAME runs it.",
    "models": "assay run TASK --model PROVIDER/NAME; assay info PROVIDER describes one.",
    "scorers": "assay run FILE --scorer NAME, or NAME:option=value; assay info NAME shows its options.",
    "generators": 'In a benchmark file: dataset=datasets.Generated(("NAME",), count=100, seed=0); assay info NAME shows an item.',
}


@click.command("list", context_settings=CONTEXT)
@click.argument("kind", type=click.Choice([*KINDS, "runs"]), default="tasks")
@option("--log-dir", default=DEFAULTS.log_dir, show_default=True, help="Where run folders are.")
@option("--include-path", help="Of tasks: also those that a folder of lm-eval's YAML holds.")
@option("--task", help="Only runs of this task; * stands for anything.")
@option("--model", help="Only runs of this model; * stands for anything.")
@option("--tag", "tags", multiple=True, help="Only runs with this tag; may be repeated.")
@option("--since", help="Only runs made since this day, 2026-01-31.")
@formats()
def command(kind: str, log_dir: str, form: str, include_path: str | None, **wanted: Any) -> int:
    """List tasks, models, scorers, generators or runs.

    \b
    assay list runs --task gsm8k --model "openai/*" --since 2026-01-01
    """
    if kind != "runs" and any(wanted.values()):
        raise UsageError("--task, --model, --tag and --since choose among runs.", remedy="assay list runs --task NAME")
    rows = run_rows(log_dir, Wanted(**wanted)) if kind == "runs" else part_rows(KINDS[kind])
    if kind == "tasks" and include_path:
        rows += lm_eval_rows(include_path)
    if form == "json":
        write_json({"version": 1, kind: rows})
    elif not rows:
        none = "No runs of that kind." if any(wanted.values()) else "No runs yet. Start one: assay run builtin --model tiny/latest"
        click.echo(none if kind == "runs" else f"No {kind}.")
    elif kind == "runs":
        show_runs(rows)
    else:
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            say(row["name"], row["about"], width)
        click.echo(f"\n{HOW[kind]}", err=True)
    return 0


def part_rows(kind: str) -> list[dict[str, Any]]:
    """Name, one sentence and origin of every registered part."""
    from assay.core.registry import entries, origin

    return [{"name": name, "about": about(kind, name, point), "origin": origin(point)} for name, point in entries(kind).items()]


def lm_eval_rows(include_path: str) -> list[dict[str, Any]]:
    """The tasks, groups and tags of a folder of lm-eval; of a file that cannot be read, why."""
    from assay.formats.lm_eval.catalogue import Catalogue, folders_of

    found = Catalogue(folders_of(include_path))
    kinds = {**dict.fromkeys(found.tags, "tag"), **dict.fromkeys(found.groups, "group"), **dict.fromkeys(found.tasks, "task")}
    rows = [{"name": f"lm-eval:{name}", "about": f"{kinds[name]} of {include_path}", "origin": "lm-eval"} for name in found.names]
    broken = [{"name": str(path), "about": f"not readable: {error.message}", "origin": "lm-eval"} for path, error in found.broken.items()]
    return rows + broken


class Wanted:
    """Which runs are asked for."""

    def __init__(self, task: str | None, model: str | None, tags: tuple[str, ...], since: str | None) -> None:
        from datetime import date

        self.task, self.model, self.tags, self.since = task or "*", model or "*", set(tags), since or ""
        try:
            self.all = not (task or model or tags or since)
            date.fromisoformat(since or "2026-01-01")
        except ValueError as error:
            raise UsageError(f"--since {since}: that is no day.", remedy="Write it as 2026-01-31.") from error

    def __call__(self, found: "Indexed") -> bool:
        """Whether a run is one of them; a damaged one only where all are asked for."""
        from fnmatch import fnmatchcase

        it = found.run.manifest
        if it is None:
            return self.all
        named = fnmatchcase(it.task, self.task) and fnmatchcase(it.model, self.model)
        return named and self.tags <= set(found.tags) and it.created >= self.since


def run_rows(log_dir: str, wanted: Wanted) -> list[dict[str, Any]]:
    """The runs below the folder that are asked for, newest first; what each came to where it has a result."""
    from assay import store
    from assay.report.document import document

    rows: list[dict[str, Any]] = []
    for each in store.indexed(log_dir):
        run, manifest = each.run, each.run.manifest
        if not wanted(each):
            continue
        if manifest is None:
            rows.append({"name": "unreadable", "about": f"{run.path}: {run.problem}", "run_dir": run.path})
            continue
        name, line = f"{manifest.task} · {manifest.model}", f"{manifest.created}  {run.path}"
        facts = {"task": manifest.task, "model": manifest.model, "created": manifest.created, "planned": manifest.planned}
        facts["tags"] = list(each.tags)
        rows.append({"name": name, "about": line, "run_dir": run.path, **facts, "status": run.result.status if run.result else "no result"})
        if run.result is not None:
            (plain,) = document([run.result])["runs"]
            rows[-1] |= {"coverage": plain["coverage"], "metrics": plain["metrics"]}
    return rows


def show_runs(rows: list[dict[str, Any]]) -> None:
    """A line a run where the screen is wide enough, else two: its folder whole, for the next command, and what it came to."""
    folders = [shown_path(row["run_dir"]) for row in rows]
    told = [facts_of(row) for row in rows]
    widths = [max(len(each[place]) for each in told) for place in range(len(told[0]))]
    folder = max(map(len, folders))
    room = screen_width() - sum(widths) - 2 * len(widths)
    for place, facts in zip(folders, told, strict=True):
        line = "  ".join(f"{each:<{width}}" for each, width in zip(facts, widths, strict=True)).rstrip()
        click.echo(f"{place:<{folder}}  {line}" if folder <= room else f"{place}\n    {line}")


def facts_of(row: dict[str, Any]) -> tuple[str, str, str, str]:
    """Score with its interval, coverage, state and local time of a run, as texts."""
    from datetime import datetime

    import msgspec

    from assay.core.estimate import Estimate
    from assay.report.words import number, scale_of, share

    if "created" not in row:
        return row["about"].partition(": ")[2][:60], "", row["name"], ""
    moment = datetime.fromisoformat(row["created"]).astimezone().strftime("%Y-%m-%d %H:%M")
    metric, plain = next(iter(row.get("metrics", {}).items()), ("", None))
    if plain is None:
        return "—", "", row["status"], moment
    estimate = msgspec.convert(plain, Estimate)
    status = " ".join([row["status"], *(f"#{tag}" for tag in row["tags"])])
    return f"{metric} {number(estimate, scale_of(metric, [estimate]))}", share(row["coverage"]), status, moment
