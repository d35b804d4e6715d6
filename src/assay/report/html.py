"""The HTML report: one file without script or network, whose first screen is the decision. Light, dark and paper by the same tokens."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.estimate import COVERAGE_FLOOR
from assay.core.run import Manifest, Result
from assay.report import words
from assay.report.charts import axis
from assay.report.compare import Comparison
from assay.report.findings import command, deciding_boards, findings
from assay.report.matrix import metric_matrix, model_matrix
from assay.report.overview import below, ordered, overview, standings
from assay.report.pairs import pairs
from assay.report.palette import palette
from assay.report.ranks import boards
from assay.report.readings import Shelf, shelves
from assay.report.sections import FLAGS, curves, differing, every_setting, runs, troubles
from assay.report.slices import slice_sections
from assay.report.totals import extractions, spent
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
    results, manifests = report.results, report.manifests
    shown = boards(results, report.comparisons, floor=report.floor)
    colors = palette(results, manifests)
    top = overview(shown, colors)
    rest = below(shown, top["kind"])
    return environment().get_template(PAGE).render(
        version=version("assay"),
        title=report.title or _title(results),
        facts=_facts(report),
        findings=findings(results, manifests, shown, report.comparisons),
        top=top,
        standings=standings(rest[:MOST_BOARDS], colors),
        more=standings(rest[MOST_BOARDS:], colors),
        left=len(rest[MOST_BOARDS:]),
        colors=colors,
        curves=curves(deciding_boards(shown)),
        comparisons=pairs(report.comparisons, report.flips, list(dict.fromkeys(each.model for each in results)), ordered(shown)),
        matrices=[table for table in (model_matrix(results, colors), metric_matrix(results, colors)) if table is not None],
        slices=slice_sections(results, colors),
        troubles=troubles(results, colors),
        extractions=extractions(results),
        flag_names=FLAGS,
        shelves=_by_task(shelves(results, report.examples, colors)),
        runs=runs(results, colors),
        differing=differing(manifests),
        settings=every_setting(manifests),
        commands=list(dict.fromkeys(command(each) for each in manifests)),
        methods=sorted({one.method for each in results for one in each.metrics.values() if one.measurable}),
    )  # fmt: skip


def _by_task(found: Sequence[Shelf]) -> list[tuple[str, list[Shelf]]]:
    """Shelves by task, in their order."""
    tasks: dict[str, list[Shelf]] = {}
    for each in found:
        tasks.setdefault(each.task, []).append(each)
    return list(tasks.items())


@cache
def environment() -> "Environment":
    """What pages are rendered by: our templates, everything foreign escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(svg=_markup, plain=_plain, name=_name, share=words.share, duration=words.duration, money=words.money)
    found.globals.update(
        count=words.count,
        metric_name=words.metric_name,
        interval=words.interval,
        listing=words.listing,
        axis=axis,
        method_name=words.METHODS.get,
    )
    return found


def warm_up() -> None:
    """Load and compile what a page needs, so that writing one is quick."""
    for name in environment().list_templates():
        environment().get_template(name)


def _markup(svg: str) -> Any:
    """Our own SVG, in which all foreign text has been escaped, as it is."""
    from markupsafe import Markup

    return Markup(svg)


def _name(text: str) -> Any:
    """A foreign name that may be broken after `_`, `/` and `-`, and nowhere else."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"([_/\-]+)(?=[^_/\-])", r"\1<wbr>", str(escape(_plain(text)))))


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
    longest = max((each.seconds for each in results), default=0.0)
    return [*found, *spent(results), *([f"took {words.duration(longest)}"] if longest else [])]
