"""The composition root: names, engine, store and report wired together. What `assay.run`, `assay.compare` ... are."""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api.comparing import compare
    from assay.api.options import RunOptions
    from assay.api.reporting import compare_results, load_runs, write_report
    from assay.api.rescoring import rescore
    from assay.api.running import Prepared, prepare, run_async, run_prepared
    from assay.api.tasks import resolve_tasks
    from assay.api.validating import Finding, Validation, validate
    from assay.core.protocols import Model
    from assay.core.run import Result
    from assay.core.task import Task
    from assay.engine.events import Observer

_MODULES = {
    "comparing": ("compare",),
    "options": ("RunOptions",),
    "reporting": ("compare_results", "load_runs", "write_report"),
    "rescoring": ("rescore",),
    "running": ("Prepared", "prepare", "run_async", "run_prepared"),
    "tasks": ("resolve_tasks",),
    "validating": ("Finding", "Validation", "validate"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
__all__ = [
    "Finding",
    "Prepared",
    "RunOptions",
    "Validation",
    "compare",
    "compare_results",
    "load_runs",
    "prepare",
    "rescore",
    "resolve_tasks",
    "run",
    "run_async",
    "run_prepared",
    "validate",
    "write_report",
]


def run(
    tasks: "Sequence[str | Task] | str | Task",
    models: "Sequence[str | Model] | str | Model",
    *,
    watch: "Sequence[Observer]" = (),
    **options: Any,
) -> "list[Result]":
    """Evaluate models on tasks: one result for each pair. `options` are the fields of `RunOptions` (limit=100, trials=4, ...).

    The same call again resumes an interrupted run and shows a finished one. Raises AssayError for whatever stops a run.
    """
    from assay.api.running import prepare, run_prepared

    return run_prepared(prepare(tasks, models, **options), watch=watch)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: what a run needs only for its report can wait until answers are awaited."""
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.api' has no attribute '{name}'")
    return getattr(import_module(f"assay.api.{_HOMES[name]}"), name)
