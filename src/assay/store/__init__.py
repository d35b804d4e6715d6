"""Where runs rest: folders that hold everything a run said, found by what they are and read in bulk."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.store.examples import Flip as Flip
    from assay.store.examples import Flips as Flips
    from assay.store.examples import failures as failures
    from assay.store.examples import flips as flips
    from assay.store.files import StoredFiles as StoredFiles
    from assay.store.fold import Fold as Fold
    from assay.store.fold import Record as Record
    from assay.store.folder import RunFolder as RunFolder
    from assay.store.index import Indexed as Indexed
    from assay.store.index import indexed as indexed
    from assay.store.index import list_runs as list_runs
    from assay.store.runs import StoredRun as StoredRun
    from assay.store.runs import earlier_journals as earlier_journals
    from assay.store.runs import find_run as find_run
    from assay.store.runs import run_folder as run_folder
    from assay.store.tags import change_tags as change_tags
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.store.examples": ("Flip", "Flips", "failures", "flips"),
            "assay.store.files": ("StoredFiles",),
            "assay.store.fold": ("Fold", "Record"),
            "assay.store.folder": ("RunFolder",),
            "assay.store.index": ("Indexed", "indexed", "list_runs"),
            "assay.store.runs": ("StoredRun", "earlier_journals", "find_run", "run_folder"),
            "assay.store.tags": ("change_tags",),
        },
    )
