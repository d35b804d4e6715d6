"""Corrections for how many tests were made together."""

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction of all `p_values`, in their order: the k-th smallest of m times (m - k + 1), never below a smaller one's, at most 1.

    None (nothing could be tested) stays None and does not count. Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    tested = sorted((p_value, index) for index, p_value in enumerate(p_values) if p_value is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p_value, index) in enumerate(tested):
        highest = max(highest, min(1.0, p_value * (len(tested) - rank)))
        adjusted[index] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Hochberg's step-up correction of all `p_values`, in their order: the k-th smallest of m times m / k, never above a larger one's.

    Rejecting what is at most q keeps the expected share of false discoveries at q, for independent or positively dependent tests. None
    (nothing could be tested) stays None and does not count. Source: Benjamini & Hochberg 1995, Journal of the Royal Statistical Society B 57:289.
    """
    tested = sorted((p_value, index) for index, p_value in enumerate(p_values) if p_value is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    lowest = 1.0
    for rank, (p_value, index) in reversed(list(enumerate(tested, start=1))):
        lowest = min(lowest, p_value * len(tested) / rank)
        adjusted[index] = lowest
    return adjusted
