"""What annotators said of items, as numbers: one row per item, one column per annotator, -1 where nobody said anything."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError, quoted
from assay.stats.clusters import Floats

Codes = NDArray[np.intp]


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """`codes`: shape (items, annotators), positions in `scale` or -1 where a label is missing; `scale`: the labels there are, in order;
    `values`: their numbers, shape (len(scale),), or None where they are words that nobody put in an order."""

    codes: Codes
    scale: tuple[Any, ...]
    values: Floats | None

    @property
    def counts(self) -> Floats:
        """How often each item got each label, shape (items, len(scale))."""
        items, width = len(self.codes), len(self.scale)
        rows, columns = np.nonzero(self.codes >= 0)
        cells = rows * width + self.codes[rows, columns]
        return np.bincount(cells, minlength=items * width).astype(np.float64).reshape(items, width)

    def numbers(self, why: str) -> Floats:
        """The number of each label of the scale. Raises UsageError where they are words without an order."""
        if self.values is None:
            raise UsageError(
                f"{why} needs labels that are numbers, or their order; these are words, such as '{quoted(str(self.scale[0]), 40)}'.",
                remedy="Name the labels in order: scale=('bad', 'fair', 'good').",
            )
        return self.values


def as_labels(ratings: ArrayLike | Sequence[Sequence[Any]], scale: Sequence[Any] | None = None) -> Labels:
    """Ratings of any kind (numbers, words; None or NaN where missing), shape (items, annotators), as Labels.

    `scale` names every label there can be, in order: then a label outside it raises UsageError, and words are numbered 0, 1, 2... Without it
    the scale is what occurs: numbers in their order, words alphabetically.
    """
    try:
        # Words raise; None becomes NaN.
        numbers = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError):
        return _words(ratings, scale)
    _check_shape(numbers)
    if np.isinf(numbers).any():
        raise UsageError("Labels must be finite numbers or words.", remedy="A label that is missing is None or NaN.")
    if scale is not None and not all(isinstance(each, int | float) for each in scale):
        return _words(ratings, scale)
    known = np.isfinite(numbers)
    values, inverse = np.unique(numbers[known], return_inverse=True)
    codes = np.full(numbers.shape, -1, dtype=np.intp)
    codes[known] = inverse.reshape(-1)
    if scale is None:
        return Labels(codes=codes, scale=tuple(_plain(each) for each in values), values=values)
    declared = np.asarray(scale, dtype=np.float64)
    if len(np.unique(declared)) < len(declared):
        raise UsageError(f"The scale names a label twice: {tuple(scale)}.")
    strangers = values[~np.isin(values, declared)]
    if len(strangers):
        raise _stranger(_plain(strangers[0]), scale)
    places = np.argsort(declared, kind="stable")
    moved = places[np.searchsorted(declared[places], values)]
    codes[known] = moved[codes[known]]
    return Labels(codes=codes, scale=tuple(scale), values=declared)


def _words(ratings: ArrayLike | Sequence[Sequence[Any]], scale: Sequence[Any] | None) -> Labels:
    try:
        table = np.array(ratings, dtype=object)
    except ValueError as error:
        raise UsageError("Every item needs one place per annotator.", remedy="Fill in None where there is no label.") from error
    _check_shape(table)
    flat = [None if each is None or each != each else each for each in table.ravel().tolist()]
    found = set(flat) - {None}
    names = tuple(scale) if scale is not None else tuple(sorted(found, key=lambda each: (str(type(each)), each)))
    places = {name: place for place, name in enumerate(names)}
    if len(places) < len(names):
        raise UsageError(f"The scale names a label twice: {names}.")
    for each in found - places.keys():
        raise _stranger(each, names)
    codes = np.array([-1 if each is None else places[each] for each in flat], dtype=np.intp).reshape(table.shape)
    return Labels(codes=codes, scale=names, values=np.arange(float(len(names))) if scale is not None else None)


def _check_shape(table: NDArray[Any]) -> None:
    if table.ndim != 2:
        raise UsageError(
            f"Labels are a table of items by annotators, not an array of shape {table.shape}.",
            remedy="Every item needs one place per annotator; fill in None where there is no label.",
        )


def _stranger(label: Any, scale: Sequence[Any]) -> UsageError:
    return UsageError(f"The label '{quoted(str(label), 40)}' is not on the scale {tuple(scale)}.", remedy="Name every label in `scale`.")


def _plain(value: np.float64) -> int | float:
    return int(value) if value == int(value) else float(value)
