"""wer and cer: how many words or characters must be edited to get from the answer to the target. Lower is better."""

import re
import unicodedata
from typing import ClassVar

from assay.core.answer import Answer
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers.extract import Found
from assay.scorers.rule import Rule

MARKS = re.compile(r"[^\w\s']|_")

LONGEST = 50_000
"""Characters of an answer that are compared; the rest of a longer one counts as insertions."""


class Wer(Rule, frozen=True, kw_only=True, tag="wer-1"):
    """Word error rate, lower is better: (substitutions + deletions + insertions) / words of the target. 0 is perfect, and it can
    pass 1 where much was inserted. The lowest of the targets counts.

    `normalise` (the default) takes away case and punctuation. For speech recognition; scripts without blanks want `cer`.
    An empty answer has deleted everything: 1.
    """

    lower_is_better: ClassVar[tuple[str, ...]] = ("score",)
    unbounded: ClassVar[tuple[str, ...]] = ("score",)
    name: str = "wer"
    normalise: bool = True

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        references = [self.units(target) for target in self.targets(sample)]
        for target, reference in zip(sample.targets, references, strict=True):
            if not reference:
                raise self.unusable(sample, target, "a text with something in it")
        said = self.units(answer.text[:LONGEST])
        beyond = self.count(answer.text[LONGEST:])
        if not said:
            return (self.nothing(answer, "no word in the answer", value=1.0),)
        rates = [(edits(said, reference) + beyond) / len(reference) for reference in references]
        best = min(range(len(rates)), key=rates.__getitem__)
        found = Found(answer.text.strip(), "whole answer")
        return (self.score(rates[best], found, edits=round(rates[best] * len(references[best])), units=len(references[best])),)

    def plain(self, text: str) -> str:
        """A text as it is compared; an apostrophe inside a word stays."""
        text = unicodedata.normalize("NFKC", text)
        if not self.normalise:
            return text
        return MARKS.sub(" ", text.casefold())

    def units(self, text: str) -> list[str]:
        """The words of a text."""
        return self.plain(text).split()

    def count(self, text: str) -> int:
        """How many units a text has that is not compared any more."""
        return len(text.split())


class Cer(Wer, frozen=True, kw_only=True, tag="cer-1"):
    """Character error rate, lower is better: as `wer`, by character, blanks left out. For Chinese, Japanese, OCR and spelling."""

    name: str = "cer"

    def units(self, text: str) -> list[str]:
        """The characters of a text."""
        return list("".join(self.plain(text).split()))

    def count(self, text: str) -> int:
        """How many units a text has that is not compared any more."""
        return sum(map(len, text.split()))


def edits(said: list[str], reference: list[str]) -> int:
    """Levenshtein's distance between two lists, bit-parallel."""
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(said, reference))


cer = Cer
wer = Wer
