"""Which examples stand before which question: lm-eval's samplers, draw for draw."""

from collections.abc import Sequence
from random import Random
from typing import Any

from assay.core.errors import DatasetError
from assay.formats.lm_eval.config import Config

SEED = 1234
"""lm-eval's seed for examples, unless the command line says another."""

Doc = dict[str, Any]


def excludes(config: Config) -> bool:
    """Whether a question is kept out of its own examples: where both come from the same split, by lm-eval's comparison of the two names
    (which are also equal where neither is given)."""
    return shots_split(config) == config.test_split


def shots_split(config: Config) -> str | None:
    """The split that examples are named to come from."""
    return config.fewshot_config.split if config.fewshot_config.split is not None else config.fewshot_split


def pool_split(config: Config) -> str | None:
    """The split that examples do come from; None where the YAML lists them."""
    named = shots_split(config)
    if named is not None:
        return named
    if config.fewshot_config.samples is not None:
        return None
    return config.training_split or config.validation_split or config.test_split


class Sampler:
    """Draws examples of one task, question after question in the order of the rows, since each draw moves the generator on."""

    def __init__(self, config: Config, pool: Sequence[Doc], seed: int = SEED) -> None:
        self.pool = list(pool)
        self.count = config.shots
        self.first = config.fewshot_config.sampler == "first_n"
        self.excludes = excludes(config)
        self.task = config.task
        self._chance = Random(seed)

    def draw(self, doc: Doc) -> list[Doc]:
        """The examples of the next question. Raises DatasetError where there are too few."""
        if self.count == 0:
            return []
        own = doc if self.excludes and doc else None
        if self.first:
            found = [each for each in self.pool if own is None or each != own] if own is not None else self.pool
            return self._enough(found[: self.count])
        if own is None:
            return self._drawn(self.pool, self.count)
        found = [each for each in self._drawn(self.pool, self.count + 1) if each != own][: self.count]
        if len(found) < self.count:
            # A row that occurs more than once was drawn more than once: drawn anew from those that differ.
            found = self._drawn([each for each in self.pool if each != own], self.count)
        return found

    def _drawn(self, pool: Sequence[Doc], count: int) -> list[Doc]:
        if len(pool) < count:
            raise self._too_few(len(pool), count)
        return self._chance.sample(pool, count)

    def _enough(self, found: list[Doc]) -> list[Doc]:
        if len(found) < self.count:
            raise self._too_few(len(found), self.count)
        return found

    def _too_few(self, there: int, wanted: int) -> DatasetError:
        return DatasetError(
            f"The task '{self.task}' draws {wanted} examples, and there are {there}.", remedy="Ask for fewer: -T num_fewshot=N."
        )
