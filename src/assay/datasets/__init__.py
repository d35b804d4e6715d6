"""Datasets: files, hubs and rows read as samples, with their transforms and cards. Nothing is loaded before it is asked for."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.core.places import cache_folder as cache_folder
    from assay.datasets.cards import check_card as check_card
    from assay.datasets.choices import lettered as lettered
    from assay.datasets.conditions import where as where
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
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.core.places": ("cache_folder",),
            "assay.datasets.cards": ("check_card",),
            "assay.datasets.choices": ("lettered",),
            "assay.datasets.conditions": ("where",),
            "assay.datasets.download": ("Hub",),
            "assay.datasets.generators.dataset": ("Generated",),
            "assay.datasets.plain": ("plain_table",),
            "assay.datasets.prompting": ("few_shot", "shuffle_choices"),
            "assay.datasets.tables": ("Options", "Table", "from_rows", "hub", "table"),
            "assay.datasets.transforms": ("concatenate", "filtered", "from_samples", "subset"),
        },
    )
