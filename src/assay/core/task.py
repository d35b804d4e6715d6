"""Task: dataset, solver, scorers and trials together. It holds services, so it stands above the protocols."""

from typing import Any

import msgspec

from assay.core.card import Card
from assay.core.fingerprint import fingerprint
from assay.core.group import Group
from assay.core.protocols import Dataset, Decoding, Scorer, Solver


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked and how answers are scored.

    The mean of every score is always estimated; `metrics` (of the metrics room, `metrics.pass_at(5)`) are estimated of every score besides:
    each has a `name` and takes a column of scored trials and how many were planned. `trials` is how often each sample is tried, `scenario`
    the row of the scenario x metric matrix it stands in.
    """

    name: str
    dataset: Dataset
    solver: Solver
    scorers: tuple[Scorer, ...]
    metrics: tuple[Any, ...] = ()
    trials: int = 1
    card: Card | None = None
    decoding: Decoding = Decoding()
    version: str = "1"
    scenario: str | None = None
    groups: tuple[Group, ...] = ()
    """Those it was asked for in: their scores are put together over all their tasks of a command."""

    @property
    def fingerprint(self) -> str:
        """What makes this task's scores comparable: content, solver, scorers, decoding; not the name, not the number of trials."""
        return fingerprint(self.dataset.fingerprint, self.solver, self.scorers, self.decoding)
