"""Datasets: files, hubs and rows read as samples, with their transforms and cards. Nothing is loaded before it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.core.places import cache_folder as cache_folder
    from assay.datasets.cards import check_card as check_card
    from assay.datasets.choices import lettered as lettered
    from assay.datasets.download import Hub as Hub
    from assay.datasets.generators.dataset import Generated as Generated
    from assay.datasets.plain import plain_table as plain_table
    from assay.datasets.prompting import few_shot as few_shot
    from assay.datasets.prompting import shuffle_choices as shuffle_choices
    from assay.datasets.tables import Options as Options
    from assay.datasets.tables import Table as Table
    from assay.datasets.tables import from_rows as from_rows
    from assay.datasets.tables import hub as hub
    from assay.datasets.tables import table as table
    from assay.datasets.transforms import concatenate as concatenate
    from assay.datasets.transforms import filtered as filtered
    from assay.datasets.transforms import from_samples as from_samples
    from assay.datasets.transforms import subset as subset

_HOME = {
    "Generated": "generators.dataset",
    "Hub": "download",
    "Options": "tables",
    "Table": "tables",
    "cache_folder": "cache",
    "check_card": "cards",
    "concatenate": "transforms",
    "few_shot": "prompting",
    "filtered": "transforms",
    "from_rows": "tables",
    "from_samples": "transforms",
    "hub": "tables",
    "lettered": "choices",
    "plain_table": "plain",
    "shuffle_choices": "prompting",
    "subset": "transforms",
    "table": "tables",
}
__all__ = [
    "Generated",
    "Hub",
    "Options",
    "Table",
    "cache_folder",
    "check_card",
    "concatenate",
    "few_shot",
    "filtered",
    "from_rows",
    "from_samples",
    "hub",
    "lettered",
    "plain_table",
    "shuffle_choices",
    "subset",
    "table",
]


def __getattr__(name: str) -> Any:
    """The public name, from the module that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module 'assay.datasets' has no attribute '{name}'")
    return getattr(import_module(f"assay.datasets.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
