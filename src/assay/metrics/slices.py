"""Slices: the same metrics over parts of the samples, by what their metadata says (subject, level, skills, ...)."""

from array import array
from collections.abc import Mapping
from typing import Any

from assay.core.estimate import Estimate
from assay.metrics.column import Column

OTHER = "other"
FOR_SCORERS = frozenset(
    {"gold", "wrong", "exempt", "solution", "patterns", "permutation", "instruction_id_list", "kwargs", "input", "output"}
)
"""Metadata that scorers and validation read: answers and settings of one sample, no group of samples."""

_LONGEST = 80  # characters above which a text is no category


class Slices:
    """Which samples carry which value of which dimension, collected one sample at a time: 8 bytes per sample, dimension and value.

    Text, whole numbers, booleans and lists of them are dimensions (a sample with several values counts in each); other metadata is not.
    A dimension keeps its first `most` values, later ones stand together as "other". `always` names dimensions that are shown even
    where all samples agree.
    """

    __slots__ = ("_always", "_most", "_pairs", "_seen", "_values")

    def __init__(self, *, most: int = 100, always: tuple[str, ...] = ("skills",)) -> None:
        self._most = most
        self._always = always
        self._values: dict[str, dict[str, int]] = {}
        self._pairs: dict[str, tuple[array[int], array[int]]] = {}
        self._seen = 0

    def add(self, sample_index: int, metadata: Mapping[str, Any]) -> None:
        """One sample; call it once per sample, with the index its trials have in the columns."""
        self._seen += 1
        for dimension, raw in metadata.items():
            labels = () if dimension in FOR_SCORERS else _labels(raw)
            if not labels:
                continue
            known = self._values.setdefault(dimension, {})
            samples, codes = self._pairs.setdefault(dimension, (array("I"), array("I")))
            for code in {self._code(known, label) for label in labels}:
                samples.append(sample_index)
                codes.append(code)

    def _code(self, known: dict[str, int], label: str) -> int:
        if label in known or len(known) < self._most:
            return known.setdefault(label, len(known))
        return self._most

    def estimates(self, columns: Mapping[str, Column], trials: int, *, least: int = 5) -> dict[str, dict[str, dict[str, Estimate]]]:
        """dimension -> value -> column name -> estimate. `trials` per sample are the planned denominator.

        Values with fewer than `least` samples are left out, and so are dimensions where every sample is alike or nearly every one is
        its own value (an id is no slice).
        """
        found: dict[str, dict[str, dict[str, Estimate]]] = {}
        for dimension in sorted(self._values):
            members = self._members(dimension, least)
            if members:
                found[dimension] = _means(members, columns, trials)
        return found

    def _members(self, dimension: str, least: int) -> dict[str, Any]:
        import numpy as np

        samples, codes = (np.array(part, dtype=np.int64) for part in self._pairs[dimension])
        names = {code: label for label, code in self._values[dimension].items()}
        counts = np.bincount(codes, minlength=self._most + 1)
        shown = [code for code in names if counts[code] >= least]
        whole = len(shown) == 1 and counts[shown[0]] == self._seen
        if not shown or (whole and dimension not in self._always):
            return {}
        members = {names[code]: samples[codes == code] for code in sorted(shown, key=names.__getitem__)}
        if counts[self._most] >= least and OTHER not in members:
            members[OTHER] = samples[codes == self._most]
        return members


def slices_of(dimension: str, metadata: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """Value -> the ids of the samples that have it in this dimension, by sample id -> metadata; empty where it is no dimension, since no value
    is shared by two samples."""
    found: dict[str, set[str]] = {}
    if dimension in FOR_SCORERS:
        return found
    for sample_id, about in metadata.items():
        for label in _labels(about.get(dimension)):
            found.setdefault(label, set()).add(sample_id)
    return dict(sorted(found.items())) if any(len(ids) > 1 for ids in found.values()) else {}


def _labels(raw: Any) -> tuple[str, ...]:
    """The values a piece of metadata stands for, as texts; none where it is no category."""
    if isinstance(raw, str):
        return (raw,) if 0 < len(raw) <= _LONGEST and "\n" not in raw else ()
    if isinstance(raw, int):
        return (str(raw),)
    if isinstance(raw, list | tuple | set | frozenset):
        return tuple(label for each in raw if isinstance(each, str | int) for label in _labels(each))
    return ()


def _means(members: Mapping[str, Any], columns: Mapping[str, Column], trials: int) -> dict[str, dict[str, Estimate]]:
    import numpy as np

    from assay.metrics.pooled import pooled
    from assay.metrics.summary import mean_estimate

    found: dict[str, dict[str, Estimate]] = {value: {} for value in members}
    for name, column in columns.items():
        samples = np.array(column.samples, dtype=np.int64)
        for value, inside in members.items():
            part = column.part(np.isin(samples, inside))
            found[value][name] = (pooled(part) or mean_estimate)(part, len(inside) * trials)
    return found
