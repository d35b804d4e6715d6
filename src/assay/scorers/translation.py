"""bleu and chrf: sentence scores of sacrebleu, on 0..1."""

from functools import lru_cache
from typing import Any

from assay.core.answer import Answer
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers.extract import Found
from assay.scorers.normal import is_chinese
from assay.scorers.rule import Rule

LONGEST = 20_000
"""Characters of an answer that are compared, from its beginning; what is cut is said in the detail."""


@lru_cache(maxsize=16)
def metric(kind: str, *settings: Any) -> Any:
    """A sacrebleu metric, made once."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    if kind == "bleu":
        return BLEU(tokenize=settings[0], effective_order=True)
    return CHRF(word_order=settings[0])


class Bleu(Rule, frozen=True, kw_only=True, tag="bleu-1"):
    """Sentence BLEU with effective order, on 0..1, against all targets at once. `tokenize` is sacrebleu's ("13a", "zh", "char", ...),
    "auto" takes "zh" where a target has Han characters.

    The mean of sentence scores is not corpus BLEU, the published figure. BLEU separates systems poorly at a high level and knows no
    meaning: read it beside chrF or a judge. Source: Papineni et al. 2002, P02-1040; Post 2018, W18-6319.
    """

    name: str = "bleu"
    tokenize: str = "auto"

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = self.targets(sample)
        if not answer.text.strip():
            return (self.nothing(answer, "empty answer"),)
        tokenizer = self.tokenize if self.tokenize != "auto" else "zh" if any(map(is_chinese, targets)) else "13a"
        result = metric("bleu", tokenizer).sentence_score(answer.text[:LONGEST], list(targets))
        found = Found(answer.text.strip(), "whole answer")
        return (self.score(result.score / 100, found, tokenize=tokenizer, brevity_penalty=result.bp, cut=len(answer.text) > LONGEST),)


class Chrf(Rule, frozen=True, kw_only=True, tag="chrf-1"):
    """Sentence chrF on 0..1 (character 6-grams, beta 2), the best of the targets. `word_order=2` is chrF++.

    By character, so it serves languages without blanks too. Source: Popović 2015, W15-3049.
    """

    name: str = "chrf"
    word_order: int = 0

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = self.targets(sample)
        if not answer.text.strip():
            return (self.nothing(answer, "empty answer"),)
        result = metric("chrf", self.word_order).sentence_score(answer.text[:LONGEST], list(targets))
        return (self.score(min(1.0, result.score / 100), Found(answer.text.strip(), "whole answer"), cut=len(answer.text) > LONGEST),)


bleu = Bleu
chrf = Chrf
