"""The HTML report: one file without script or network, whose first screen is the decision. Light, dark and paper by the same tokens."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.estimate import COVERAGE_FLOOR
from assay.core.run import Manifest, Result
from assay.report import words
from assay.report.charts import SERIES, axis, whiskers
from assay.report.compare import Comparison, counts, moved
from assay.report.findings import command, deciding_boards, findings
from assay.report.ranks import Board, boards
from assay.report.readings import Reading, reading, shelves
from assay.report.sections import FLAGS, curves, matrix_table, slice_tables, troubles
from assay.report.settings import settings_diff
from assay.report.totals import spent
from assay.store import Flips, Record, StoredFiles

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_BOARDS = 16
PAGE = "report.html.j2"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of. `manifests` say how runs were made; `examples` are trials to read by `Result.run_dir`
    (`assay.store.failures`); `flips` by (task, metric, b, a) of a comparison (`assay.store.flips` of run b, then run a)."""

    results: Sequence[Result]
    manifests: Sequence[Manifest] = ()
    examples: Mapping[str, Sequence[Record]] = {}
    comparisons: Sequence[Comparison] = ()
    flips: Mapping[tuple[str, str, str, str], Flips] = {}
    floor: float = COVERAGE_FLOOR
    title: str | None = None


def write_html(path: str | Path, report: Report) -> str:
    """Write the report to a path or an fsspec URL, whole or not at all; returns where it is. Raises StoreError."""
    place, _, name = str(path).rpartition("/")
    return StoredFiles(place or ".").write(name, render_html(report))


def render_html(report: Report) -> str:
    """The report as one HTML text."""
    shown = boards(report.results, report.comparisons, floor=report.floor)
    models = list(dict.fromkeys(each.model for each in report.results))
    colors = {model: index for index, model in enumerate(models)}
    below = _below(shown, models)
    return _environment().get_template(PAGE).render(
        report=report,
        version=version("assay"),
        title=report.title or _title(report.results),
        facts=_facts(report),
        findings=findings(report.results, report.manifests, shown, report.comparisons),
        overview=_overview(shown, models, colors),
        boards=[_board(each, colors) for each in below[:MOST_BOARDS]],
        more_boards=[_board(each, colors) for each in below[MOST_BOARDS:]],
        models=models,
        colors=colors,
        palette=SERIES,
        curves=curves(deciding_boards(shown), colors),
        comparisons=_comparisons(report),
        matrix=matrix_table(report.results),
        slices=slice_tables(report.results, colors),
        troubles=troubles(report.results),
        flag_names=FLAGS,
        shelves=shelves(report.results, report.examples),
        runs=_runs(report),
        settings=_settings(report.manifests),
        commands=list(dict.fromkeys(command(each) for each in report.manifests)),
        methods=sorted({one.method for each in report.results for one in each.metrics.values() if one.measurable}),
    )  # fmt: skip


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(svg=_markup, plain=_plain, share=words.share, duration=words.duration, tokens=words.tokens, money=words.money)
    found.globals.update(count=words.count, interval=words.interval, axis=axis, method_name=words.METHODS.get)
    return found


def warm_up() -> None:
    """Load and compile what a page needs, so that writing one is quick."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def _markup(svg: str) -> Any:
    """Our own SVG, in which all foreign text has been escaped, as it is."""
    from markupsafe import Markup

    return Markup(svg)


def _plain(text: str) -> str:
    """Foreign text made harmless; a per cent sign stays with its number."""
    return words.plain(text).replace(" %", "\u00a0%")


def _title(results: Sequence[Result]) -> str:
    tasks = list(dict.fromkeys(each.task for each in results))
    models = list(dict.fromkeys(each.model for each in results))
    return f"{words.listing(tasks, 3) or 'no task'}{f' on {models[0]}' if len(models) == 1 else ''}"


def _facts(report: Report) -> list[str]:
    """One line that says what this is: when, how many, how long, how dear."""
    results = report.results
    made = sorted(each.created for each in report.manifests)
    found = [made[-1][:10]] if made else []
    for number_of, noun in ((len({each.model for each in results}), "model"), (len({each.task for each in results}), "task")):
        found += [words.count(number_of, noun)] if number_of > 1 else []
    found.append(words.count(sum(each.planned for each in results), "trial"))
    return [*found, *spent(results)]


def _board(board: Board, colors: Mapping[str, int]) -> dict[str, Any]:
    """A board with its drawings, and for each row the bracket of the group it stands in."""
    rows = []
    for index, one in enumerate(board.standings):
        rows.append(
            {
                "one": one,
                "color": colors[one.model],
                "value": board.scale.text(one.estimate.value),
                "interval": words.interval(one.estimate, board.scale),
                "drawing": whiskers([one.estimate], board.scale, [colors[one.model]], faint=[one.first is None]),
                "brackets": [_bracket(start, end, index) for start, end in board.groups[:3]],
            }
        )
    return {"board": board, "rows": rows, "several": len(board.standings) > 1}


def _is_overviewed(shown: Sequence[Board], models: Sequence[str]) -> bool:
    """Whether the first screen shows a row per task; of one task with several models it shows the board itself."""
    return len(models) == 1 or len({board.task for board in shown}) > 1


def _below(shown: Sequence[Board], models: Sequence[str]) -> Sequence[Board]:
    """The boards that stand below the first screen: none for one model, whose every number is above."""
    if len(models) == 1:
        return ()
    return [
        board
        for board in (shown if _is_overviewed(shown, models) else shown[1:])
        if any(one.estimate.measurable for one in board.standings)
    ]


def _overview(shown: Sequence[Board], models: Sequence[str], colors: Mapping[str, int]) -> dict[str, Any]:
    """The first screen's table. One task, several models: its board. Else a row per task, all models on one axis per row;
    for one model every metric has its row."""
    if not _is_overviewed(shown, models):
        return {"board": _board(shown[0], colors) if shown else None, "groups": []}
    chosen = shown if len(models) == 1 else deciding_boards(shown)
    groups: dict[tuple[float, float, float], list[dict[str, Any]]] = {}
    several = len({board.metric for board in chosen}) > 1 or len(chosen) != len({board.task for board in chosen})
    tasks = len({board.task for board in chosen})
    for board in chosen:
        scale = msgspec.structs.replace(board.scale, start=0.0, end=1.0) if board.scale.is_share else board.scale
        standings = sorted(board.standings, key=lambda one: colors[one.model])
        lane = 22 if len(standings) == 1 else 7
        groups.setdefault((scale.start, scale.end, scale.factor), []).append(
            {
                "task": board.task if tasks > 1 or not several else "",
                "metric": board.metric if several else "",
                "board": board,
                "scale": scale,
                "first": [one for one in board.ranked if one.first == 1],
                "one": standings[0] if len(standings) == 1 else None,
                "drawing": whiskers(
                    [one.estimate for one in standings],
                    scale,
                    [colors[one.model] for one in standings],
                    lane=lane,
                    faint=[one.first is None for one in standings],
                ),
            }
        )
    return {"board": None, "groups": list(groups.values())}


def _bracket(start: int, end: int, index: int) -> str:
    if not start <= index <= end:
        return "none"
    return "top" if index == start else "bottom" if index == end else "middle"


def _comparisons(report: Report) -> list[dict[str, Any]]:
    """Each pair of runs once: its metrics drawn on one axis around zero, and what flipped."""
    pairs: dict[tuple[str, str, str], list[Comparison]] = {}
    for each in report.comparisons:
        pairs.setdefault((each.task, each.a, each.b), []).append(each)
    return [_pair(task, a, b, rows, report) for (task, a, b), rows in pairs.items()]


def _pair(task: str, a: str, b: str, rows: Sequence[Comparison], report: Report) -> dict[str, Any]:
    shown = []
    for each in rows:
        scale = _difference_axis(each)
        shown.append(
            {
                "it": each,
                "moved": moved(each),
                "mde": scale.text(each.mde) if each.mde is not None else None,
                "counts": counts(each),
                "drawing": whiskers([each.difference], scale, [0]),
                "scale": scale,
            }
        )
    flips = [_flips(found) for each in rows if (found := report.flips.get((task, each.metric, b, a))) is not None]
    return {"task": task, "a": a, "b": b, "rows": shown, "flips": flips, "warnings": list(dict.fromkeys(_warnings(rows)))}


def _warnings(rows: Sequence[Comparison]) -> Iterable[str]:
    return (warning for each in rows for warning in each.warnings)


def _difference_axis(each: Comparison) -> words.Scale:
    """A scale with zero in its middle."""
    from assay.report.compare import difference_scale

    scale = difference_scale(each)
    found = each.difference
    reach = max((abs(value) for value in (found.value, found.low, found.high) if value is not None), default=1.0) or 1.0
    step = words.nice_step(reach)
    return msgspec.structs.replace(scale, start=-step, end=step)


def _flips(found: Flips) -> dict[str, Any]:
    """Lost first, then won, then both wrong."""
    kinds = (
        ("lost", found.lost, found.lost_examples),
        ("won", found.won, found.won_examples),
        ("both wrong", found.both_wrong, found.wrong_examples),
    )
    return {
        "metric": found.metric,
        "both": found.both,
        "kinds": [{"name": name, "number": number, "flips": [_flip(each) for each in shown[:8]]} for name, number, shown in kinds],
    }


def _flip(flip: Any) -> dict[str, Reading]:
    return {"before": reading(flip.a, limit=900), "after": reading(flip.b, limit=900)}


def _runs(report: Report) -> list[dict[str, Any]]:
    by_name = {(each.task, each.model): each for each in report.manifests}
    return [{"result": each, "manifest": by_name.get((each.task, each.model))} for each in report.results]


def _settings(manifests: Sequence[Manifest]) -> list[dict[str, Any]]:
    """A table of what differs, for each task with several runs."""
    tables = []
    for task in dict.fromkeys(each.task for each in manifests):
        own = [each for each in manifests if each.task == task]
        rows = settings_diff(own)
        if rows:
            tables.append({"task": task, "columns": [each.model for each in own], "rows": rows})
    return tables
