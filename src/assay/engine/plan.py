"""Plans: which samples are asked now."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from assay.core.seeds import shuffled
from assay.core.trial import Trial


class Everything(msgspec.Struct, kw_only=True):
    """Every sample `trials` times, in a seeded random order, pass after pass: any prefix is a fair sample."""

    samples: int
    trials: int
    seed: int
    given: bool = False
    learns: ClassVar[bool] = False

    @property
    def planned(self) -> int:
        """How many trials there will be."""
        return self.samples * self.trials

    def next(self, results: Sequence[Trial]) -> Sequence[tuple[int, int]]:
        """All of it at the first call, nothing afterwards."""
        if self.given:
            return ()
        self.given = True
        return [(position, number) for number in range(self.trials) for position in shuffled(self.samples, self.seed, number)]
