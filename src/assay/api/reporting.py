"""Reports from run folders: one page for whatever runs are named, with the comparisons between them and failures to read."""

from collections.abc import Sequence

import msgspec

from assay.api.comparing import compare
from assay.core.errors import UsageError
from assay.core.estimate import COVERAGE_FLOOR
from assay.core.run import Manifest, Result
from assay.core.seeds import derive_seed
from assay.report import Comparison, Report, write_html
from assay.report.settings import labelled
from assay.store import RunFolder, failures, flips

EXAMPLES_OF_ONE, EXAMPLES_OF_MANY = 40, 8
FLIPS = 10
MOST_FLIP_TABLES = 24


def load_runs(places: Sequence[str]) -> tuple[list[Result], list[Manifest]]:
    """The results and manifests of run folders. Raises UsageError for a run without a result."""
    results, manifests = [], []
    for place in places:
        folder = RunFolder.open(place)
        result = folder.result()
        if result is None:
            command = folder.manifest.settings.get("command")
            raise UsageError(
                f"The run in {place} has no result yet.",
                remedy=f"Repeat its command: it goes on where it stopped{f': {command}' if command else ''}.",
            )
        ended, there = result.scored + result.unscored + result.failed, folder.closings()
        reported = bool(result.metrics) and all(each.method.startswith("reported") for each in result.metrics.values())
        if there < ended and not reported:
            note = (
                f"the journal holds {there:,} of the {ended:,} trials of this result: it was cut or replaced; repeat the command to mend it"
            )
            result = msgspec.structs.replace(result, notes=(*result.notes, note))
        results.append(result)
        manifests.append(folder.manifest)
    return results, manifests


def compare_results(results: Sequence[Result], floor: float = COVERAGE_FLOOR) -> list[Comparison]:
    """Every pair of runs of one task, the later named minus the earlier, all corrected together; nothing where no two share a task.
    Each run's model is called by its `label` among these runs."""
    tasks = [result.task for result in results]
    shared = [result.run_dir for result in results if tasks.count(result.task) > 1]
    return compare(shared, floor=floor) if shared else []


def write_report(
    results: Sequence[Result],
    manifests: Sequence[Manifest],
    path: str | None = None,
    *,
    comparisons: Sequence[Comparison] | None = None,
    floor: float = COVERAGE_FLOOR,
) -> str:
    """Write the HTML page of these runs and return where it is: by default `report.html` in the run folder, or beside the run folders."""
    found = compare_results(results, floor) if comparisons is None else comparisons
    results, manifests = labelled(results, manifests) if len(results) == len(manifests) else (results, manifests)
    each = EXAMPLES_OF_ONE if len(results) == 1 else EXAMPLES_OF_MANY
    examples = {result.run_dir: failures(RunFolder.open(result.run_dir), limit=each) for result in results}
    parted = {
        (row.task, row.metric, row.b, row.a): flips(RunFolder.open(row.b_run), RunFolder.open(row.a_run), row.metric, limit=FLIPS)
        for row in [each for each in found if each.slice is None][:MOST_FLIP_TABLES]
        if row.won or row.lost
    }
    page = Report(results=results, manifests=manifests, examples=examples, comparisons=found, flips=parted, floor=floor)
    return write_html(path or page_of(results), page)


def page_of(results: Sequence[Result]) -> str:
    """Where the page of these runs goes."""
    first = results[0].run_dir.rstrip("/")
    if len(results) == 1:
        return f"{first}/report.html"
    name = derive_seed(0, *sorted(result.run_dir for result in results)) % 16**8
    return f"{first.rpartition('/')[0] or '.'}/report-{name:08x}.html"
