"""A column: the scored values of one metric of one run, as flat arrays of 16 bytes a trial, filled one trial at a time."""

import math
from array import array
from collections.abc import Sequence
from typing import Any


class Column:
    """The material of one metric: for each scored trial its sample, its cluster and its value.

    A score may bring `statistics`, numbers whose sums over the samples a metric is made of (the counts behind corpus BLEU): they stand in
    `statistics`, `width` for each trial; `pooled` says what is made of them.
    `unscored` counts trials that closed without a value; no value can lie below `floor`, where there is one. Order does not matter; a sample may come up in any number of trials.
    """

    __slots__ = ("_codes", "clusters", "floor", "name", "pooled", "samples", "statistics", "unscored", "values", "width")

    def __init__(self, name: str, floor: float | None = None) -> None:
        self.name = name
        self.floor = floor
        self.samples = array("I")
        self.clusters = array("I")
        """0 where no cluster was declared, otherwise a code of 1 and up."""
        self.values = array("d")
        self.statistics = array("d")
        self.width = 0
        self.pooled = ""
        self.unscored = 0
        self._codes: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.values)

    def add(self, sample_index: int, cluster: str | None, value: float | None, statistics: Sequence[float] = (), pooled: str = "") -> None:
        """One trial of the sample at `sample_index`; None (or what is no finite number) counts as unscored."""
        if value is None or not math.isfinite(value):
            self.unscored += 1
            return
        self.samples.append(sample_index)
        self.clusters.append(0 if cluster is None else self._codes.setdefault(cluster, len(self._codes) + 1))
        self.values.append(value)
        if statistics:
            self.width, self.pooled = len(statistics), pooled
            self.statistics.extend(statistics)

    def part(self, keep: Any) -> "Column":
        """The column of the trials that `keep` marks (a boolean array, one entry per trial), under the same name and cluster codes.

        Trials without a value carry no sample, so the part counts none as unscored; they still miss in its coverage.
        """
        import numpy as np

        found = Column(self.name, self.floor)
        found._codes = self._codes
        for name in ("samples", "clusters", "values"):
            whole: array[Any] = getattr(self, name)
            setattr(found, name, array(whole.typecode, np.array(whole)[keep].tobytes()))
        if self.width and len(self.statistics) == self.width * len(self):
            rows = np.array(self.statistics).reshape(-1, self.width)
            found.width, found.pooled, found.statistics = self.width, self.pooled, array("d", rows[keep].tobytes())
        return found
