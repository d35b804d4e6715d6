"""Where runs rest: folders that hold everything a run said, found by what they are and read in bulk."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.store.examples import Flip, Flips, failures, flips
    from assay.store.files import StoredFiles
    from assay.store.fold import Fold, Record
    from assay.store.folder import RunFolder
    from assay.store.runs import StoredRun, earlier_journals, find_run, list_runs, run_folder

__all__ = [
    "Flip",
    "Flips",
    "Fold",
    "Record",
    "RunFolder",
    "StoredFiles",
    "StoredRun",
    "earlier_journals",
    "failures",
    "find_run",
    "flips",
    "list_runs",
    "run_folder",
]

_HOMES = {
    "Flip": "examples",
    "Flips": "examples",
    "Fold": "fold",
    "Record": "fold",
    "RunFolder": "folder",
    "StoredFiles": "files",
    "StoredRun": "runs",
    "earlier_journals": "runs",
    "failures": "examples",
    "find_run": "runs",
    "flips": "examples",
    "list_runs": "runs",
    "run_folder": "runs",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.store' has no attribute '{name}'")
    return getattr(import_module(f"assay.store.{_HOMES[name]}"), name)
