"""The composition root: names, engine, store and report wired together. What `assay.run`, `assay.compare` ... are."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.api.comparing import compare as compare
    from assay.api.history import history_of as history_of
    from assay.api.history import runs as runs
    from assay.api.options import RunOptions as RunOptions
    from assay.api.preparing import Prepared as Prepared
    from assay.api.preparing import prepare as prepare
    from assay.api.reporting import compare_results as compare_results
    from assay.api.reporting import load_runs as load_runs
    from assay.api.reporting import write_report as write_report
    from assay.api.rescoring import rescore as rescore
    from assay.api.running import run as run
    from assay.api.running import run_async as run_async
    from assay.api.running import run_prepared as run_prepared
    from assay.api.tasks import resolve_tasks as resolve_tasks
    from assay.api.validating import Finding as Finding
    from assay.api.validating import Validation as Validation
    from assay.api.validating import validate as validate
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.api.comparing": ("compare",),
            "assay.api.history": ("history_of", "runs"),
            "assay.api.options": ("RunOptions",),
            "assay.api.preparing": ("Prepared", "prepare"),
            "assay.api.reporting": ("compare_results", "load_runs", "write_report"),
            "assay.api.rescoring": ("rescore",),
            "assay.api.running": ("run", "run_async", "run_prepared"),
            "assay.api.tasks": ("resolve_tasks",),
            "assay.api.validating": ("Finding", "Validation", "validate"),
        },
    )
