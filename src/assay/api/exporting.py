"""Exporting: runs as documents, or as files of other tools."""

from collections.abc import Callable, Sequence
from pathlib import Path

from assay import report
from assay.api.reporting import compare_results, load_runs, write_report
from assay.core.errors import UsageError
from assay.core.run import Result
from assay.formats.exporters import Exporter, exporter
from assay.store import RunFolder


def export_files(runs: Sequence[str], to: str, out: Path | None) -> list[str]:
    """Write runs to a place and say which files were made. Raises UsageError where the format needs a place and none is named."""
    chosen = exporter(to)
    if chosen.files is None:
        if out is None:
            raise UsageError(f"The format '{to}' is a text.", remedy="Name a file with --out, or print it.")
        return [written(out, export_text(runs, to))]
    if out is None:
        raise UsageError(f"The format '{to}' goes to files.", remedy="Name their place: --out FOLDER.")
    return list(chosen.files([RunFolder.open(place) for place in runs], out))


def export_text(runs: Sequence[str], to: str) -> str:
    """The runs as one text."""
    chosen = exporter(to)
    if chosen.text is None:
        raise UsageError(f"The format '{to}' goes to files.", remedy="Name their place: --out FOLDER.")
    return chosen.text(runs)


def written(path: Path, text: str) -> str:
    """Write a file, its folder made where it is missing; where it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", remedy="Name another place with --out.") from error
    return str(path)


def documented(form: Callable[[Sequence[Result]], str]) -> Callable[[Sequence[str]], str]:
    """A form of results as a form of run folders."""
    return lambda runs: form(load_runs(runs)[0]).rstrip("\n") + "\n"


def html(runs: Sequence[str]) -> str:
    """The page of these runs; drafted elsewhere, so that no run's own report is replaced."""
    from tempfile import TemporaryDirectory

    results, manifests = load_runs(runs)
    with TemporaryDirectory() as draft:
        return Path(write_report(results, manifests, f"{draft}/report.html")).read_text(encoding="utf-8")


JSON = Exporter(what="the results as the document that --format json prints", text=documented(report.to_json))
CSV = Exporter(what="the results as a table, one row per metric", text=documented(report.to_csv))
MARKDOWN = Exporter(
    what="the results as Markdown, with comparisons", text=documented(lambda results: report.to_markdown(results, compare_results(results)))
)
HTML = Exporter(what="one page of all of them, with what to read", text=html)
