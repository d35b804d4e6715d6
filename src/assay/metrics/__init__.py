"""Many scores to one estimate: columns of scored trials, metrics over them, slices, the scenario x metric matrix, a running estimate."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.metrics.column import Column as Column
    from assay.metrics.glance import Glance as Glance
    from assay.metrics.matrix import Matrix as Matrix
    from assay.metrics.matrix import matrices as matrices
    from assay.metrics.scored import Metric as Metric
    from assay.metrics.scored import aptitude as aptitude
    from assay.metrics.scored import at_least as at_least
    from assay.metrics.scored import best as best
    from assay.metrics.scored import majority as majority
    from assay.metrics.scored import mean as mean
    from assay.metrics.scored import named as named
    from assay.metrics.scored import pass_at as pass_at
    from assay.metrics.scored import pass_hat as pass_hat
    from assay.metrics.scored import unreliability as unreliability
    from assay.metrics.scored import worst as worst
    from assay.metrics.slices import Slices as Slices
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.metrics.column": ("Column",),
            "assay.metrics.glance": ("Glance",),
            "assay.metrics.matrix": ("Matrix", "matrices"),
            "assay.metrics.scored": (
                "Metric",
                "aptitude",
                "at_least",
                "best",
                "majority",
                "mean",
                "named",
                "pass_at",
                "pass_hat",
                "unreliability",
                "worst",
            ),
            "assay.metrics.slices": ("Slices",),
        },
    )
