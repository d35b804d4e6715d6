"""One label from several: the majority with a declared rule for ties, and Dawid and Skene's model, which learns how each annotator errs."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError

Ties = Literal["none", "first", "last"]
MISSING = -1


def as_labels(labels: ArrayLike, classes: int) -> NDArray[np.intp]:
    """Labels of shape (items, annotators) as 0..classes-1, -1 where there is none. Raises UsageError for what is no such table."""
    table = np.asarray(labels)
    if table.ndim != 2 or not np.issubdtype(table.dtype, np.integer):
        raise UsageError(f"Labels are whole numbers, one row an item, one column an annotator; not {table.dtype} of shape {table.shape}.")
    if classes < 2 or table.max(initial=MISSING) >= classes or table.min(initial=0) < MISSING:
        raise UsageError(f"Labels lie between 0 and {classes - 1}, -1 for none.")
    return table.astype(np.intp)


def majority(labels: ArrayLike, classes: int, *, ties: Ties = "none") -> NDArray[np.intp]:
    """The label most annotators gave each item, shape (items,). Of a tie, and of no label at all, -1 ("none"), else the first or last of the tied classes."""
    table = as_labels(labels, classes)
    counts = np.stack([(table == each).sum(axis=1) for each in range(classes)], axis=1)
    best = counts.max(axis=1)
    tied = (counts == best[:, None]).sum(axis=1) > 1
    first, last = counts.argmax(axis=1), classes - 1 - counts[:, ::-1].argmax(axis=1)
    found = np.where(tied, {"none": np.full(len(table), MISSING), "first": first, "last": last}[ties], first)
    return np.where(best == 0, MISSING, found)


class DawidSkene(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt: `posterior` (items, classes) of the true label, `labels` its mode (items,), `confusion` (annotators, true, given), `prior` (classes,),
    and each annotator's `spammer` score: 0 says nothing, 1 never errs (Raykar and Yu 2012)."""

    posterior: Any
    labels: Any
    confusion: Any
    prior: Any
    spammer: Any
    steps: int


def dawid_skene(labels: ArrayLike, classes: int, *, smooth: float = 0.5, steps: int = 200, tolerance: float = 1e-6) -> DawidSkene:
    """True labels and each annotator's confusion by EM from `labels` (items, annotators), -1 where there is none.

    Starts from the shares of votes; `smooth` is added to every cell of a confusion, so that an annotator of few items is no oracle. In logarithms throughout.
    Source: Dawid and Skene 1979. Raises UsageError where no item has a label.
    """
    table = as_labels(labels, classes)
    given = np.stack([table == each for each in range(classes)], axis=2).astype(np.float64)  # items, annotators, classes
    votes = given.sum(axis=1)
    if not votes.sum():
        raise UsageError("No item has a label.")
    posterior = (votes + 1e-9) / (votes + 1e-9).sum(axis=1, keepdims=True)
    taken = 0
    for step in range(1, steps + 1):
        taken = step
        confusion = np.einsum("it,iag->atg", posterior, given) + smooth
        confusion /= confusion.sum(axis=2, keepdims=True)
        prior = (posterior.sum(axis=0) + smooth) / (len(table) + classes * smooth)
        log = np.log(prior) + np.einsum("iag,atg->it", given, np.log(confusion))
        after = np.exp(log - log.max(axis=1, keepdims=True))
        after /= after.sum(axis=1, keepdims=True)
        moved, posterior = float(np.abs(after - posterior).max()), after
        if moved < tolerance:
            break
    return DawidSkene(
        posterior=posterior,
        labels=posterior.argmax(axis=1),
        confusion=confusion,
        prior=prior,
        spammer=spammer_scores(confusion),
        steps=taken,
    )


def spammer_scores(confusion: Any) -> NDArray[np.float64]:
    """How much each annotator's label depends on the truth, shape (annotators,): the mean squared distance between rows of the confusion, 1 at most."""
    rows = np.asarray(confusion, dtype=np.float64)
    classes = rows.shape[1]
    apart = rows[:, :, None, :] - rows[:, None, :, :]
    return np.asarray((apart**2).sum(axis=(1, 2, 3)) / (2.0 * classes * (classes - 1)))


def wants_another(labels: Sequence[int], *, least: int = 2, most: int = 5) -> bool:
    """Adaptive overlap: two labels of an item, and more only while they disagree, up to `most`."""
    given = [each for each in labels if each != MISSING]
    if len(given) < least:
        return True
    counts = sorted((given.count(each) for each in set(given)), reverse=True)
    return len(given) < most and len(counts) > 1 and counts[0] - counts[1] < 2
