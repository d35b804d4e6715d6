"""Numbers in, estimates out: intervals, comparisons, power, attempts, calibration. Knows no sample and no model; needs only numpy."""

from typing import TYPE_CHECKING

from assay.core.lazy import front_door

if TYPE_CHECKING:
    from assay.stats.attempts import majority_at as majority_at
    from assay.stats.attempts import pass_at as pass_at
    from assay.stats.attempts import pass_hat as pass_hat
    from assay.stats.attempts import plurality_at as plurality_at
    from assay.stats.calibration import area_under_risk_coverage as area_under_risk_coverage
    from assay.stats.calibration import brier_score as brier_score
    from assay.stats.calibration import expected_calibration_error as expected_calibration_error
    from assay.stats.calibration import reliability_curve as reliability_curve
    from assay.stats.calibration import risk_coverage as risk_coverage
    from assay.stats.calibration import selective_accuracy as selective_accuracy
    from assay.stats.corrections import benjamini_hochberg as benjamini_hochberg
    from assay.stats.corrections import holm as holm
    from assay.stats.differences import Detectable as Detectable
    from assay.stats.differences import Difference as Difference
    from assay.stats.differences import difference as difference
    from assay.stats.differences import mcnemar as mcnemar
    from assay.stats.differences import not_tested as not_tested
    from assay.stats.differences import sign_flip as sign_flip
    from assay.stats.intervals import interval as interval
    from assay.stats.margins import Equivalence as Equivalence
    from assay.stats.margins import equivalence as equivalence
    from assay.stats.percentiles import percentile as percentile
    from assay.stats.power import difference_error as difference_error
    from assay.stats.power import exact_effect as exact_effect
    from assay.stats.power import groups_needed as groups_needed
    from assay.stats.power import minimum_detectable_effect as minimum_detectable_effect
    from assay.stats.power import samples_needed as samples_needed
    from assay.stats.power import within_variance as within_variance
    from assay.stats.ranks import Pairwise as Pairwise
    from assay.stats.ranks import Ranking as Ranking
    from assay.stats.ranks import ranking as ranking
    from assay.stats.ranks import ranking_of as ranking_of
    from assay.stats.ranks import simultaneous_differences as simultaneous_differences
    from assay.stats.rates import at_most as at_most
    from assay.stats.rates import clopper_pearson as clopper_pearson
    from assay.stats.rates import wilson as wilson
    from assay.stats.sequences import FiniteSet as FiniteSet
    from assay.stats.sequences import MeanSequence as MeanSequence
    from assay.stats.sequences import difference_sequence as difference_sequence
    from assay.stats.sequences import first_exclusion as first_exclusion
    from assay.stats.sequences import mean_sequence as mean_sequence
    from assay.stats.unpaired import unpaired_difference as unpaired_difference
    from assay.stats.variance import Component as Component
    from assay.stats.variance import Costs as Costs
    from assay.stats.variance import VarianceSplit as VarianceSplit
    from assay.stats.variance import variance_split as variance_split
else:
    __getattr__, __dir__, __all__ = front_door(
        __name__,
        {
            "assay.stats.attempts": ("majority_at", "pass_at", "pass_hat", "plurality_at"),
            "assay.stats.calibration": (
                "area_under_risk_coverage",
                "brier_score",
                "expected_calibration_error",
                "reliability_curve",
                "risk_coverage",
                "selective_accuracy",
            ),
            "assay.stats.corrections": ("benjamini_hochberg", "holm"),
            "assay.stats.differences": ("Detectable", "Difference", "difference", "mcnemar", "not_tested", "sign_flip"),
            "assay.stats.margins": ("Equivalence", "equivalence"),
            "assay.stats.intervals": ("interval",),
            "assay.stats.percentiles": ("percentile",),
            "assay.stats.power": (
                "difference_error",
                "exact_effect",
                "groups_needed",
                "minimum_detectable_effect",
                "samples_needed",
                "within_variance",
            ),
            "assay.stats.ranks": ("Pairwise", "Ranking", "ranking", "ranking_of", "simultaneous_differences"),
            "assay.stats.rates": ("at_most", "clopper_pearson", "wilson"),
            "assay.stats.sequences": ("FiniteSet", "MeanSequence", "difference_sequence", "first_exclusion", "mean_sequence"),
            "assay.stats.unpaired": ("unpaired_difference",),
            "assay.stats.variance": ("Component", "Costs", "VarianceSplit", "variance_split"),
        },
    )
