"""likelihood: questions answered by how probable the model finds each option. acc, acc_norm and bits per byte."""

from math import inf, isfinite, isnan, log
from typing import ClassVar

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers.choices import Choice, positions_of
from assay.scorers.extract import Found
from assay.scorers.letters import LETTERS
from assay.scorers.rule import Rule


class Likelihood(Rule, frozen=True, kw_only=True, tag="likelihood-1"):
    """Three criteria from the log-probabilities of the choices.

    `acc`: 1 where the target has the highest log-probability. `acc_norm`: the same per byte of the option (UTF-8 bytes of its text as listed,
    the rule of lm-evaluation-harness; of the continuation where the sample lists no options). Of equals the first counts.
    `bits_per_byte`: -log2 p(target) / bytes of its continuation, **lower is better**; unscored where the target is impossible (-inf).
    """

    criteria: ClassVar[tuple[str, ...]] = ("acc", "acc_norm", "bits_per_byte")
    lower_is_better: ClassVar[tuple[str, ...]] = ("bits_per_byte",)
    unbounded: ClassVar[tuple[str, ...]] = ("bits_per_byte",)
    name: str = "likelihood"

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        logprobs, counts = self.measures(sample, answer)
        wanted = {positions_of(Choice(name=self.name), sample, target)[0] for target in self.targets(sample)}
        if max(wanted) >= len(logprobs):
            raise self.unusable(sample, str(sample.target), f"one of the {len(logprobs)} continuations that were asked")
        lengths = [len(option.encode()) for option in sample.choices] if sample.choices else counts
        per_byte = [each / length if length else -inf for each, length in zip(logprobs, lengths, strict=True)]
        return (
            self.picked("acc", logprobs, wanted, "highest log-probability"),
            self.picked("acc_norm", per_byte, wanted, "highest log-probability per byte"),
            self.bits(logprobs, counts, wanted),
        )

    def measures(self, sample: Sample, answer: Answer) -> tuple[list[float], list[int]]:
        """Log-probabilities and byte counts, one for each choice. Raises ScorerError where they are not there."""
        rows = answer.choice_logprobs or ()
        if not rows or any(isnan(row[0]) for row in rows) or (sample.choices and len(sample.choices) != len(rows)):
            raise ScorerError(
                f"The answer to sample '{sample.id}' has {len(rows)} log-probabilities for {len(sample.choices or ())} choices.",
                kind="no_logprobs",
                remedy="Ask with a likelihood solver, on a model that gives log-probabilities.",
            )
        return [row[0] for row in rows], [row[2] for row in rows]

    def picked(self, criterion: str, measures: list[float], wanted: set[int], method: str) -> Score:
        """1 where the best measure is a target's."""
        best = max(range(len(measures)), key=measures.__getitem__)
        letter = LETTERS[best] if best < len(LETTERS) else str(best)
        return self.score(float(best in wanted), Found(letter, method), criterion=criterion)

    def bits(self, logprobs: list[float], counts: list[int], wanted: set[int]) -> Score:
        """The bits per byte of the most probable target."""
        usable = [-logprobs[each] / log(2) / counts[each] for each in wanted if counts[each] > 0 and isfinite(logprobs[each])]
        if not usable:
            why = "the target has probability 0 or no bytes, so its bits per byte are not finite"
            return Score(scorer=self.name, criterion="bits_per_byte", value=None, reason=why)
        return Score(scorer=self.name, criterion="bits_per_byte", value=min(usable), method="log-probability of the target")


likelihood = Likelihood
