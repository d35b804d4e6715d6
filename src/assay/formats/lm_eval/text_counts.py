"""What corpus BLEU, chrF and TER are made of, sentence by sentence: counts whose sums give the score of a corpus."""

import string
from collections import Counter
from functools import cache
from typing import Any

CHARACTERS, WORDS = 6, 2
"""The longest n-grams of chrF; the words' only in chrF++."""

Counts = tuple[float, tuple[float, ...]]
"""The score of the sentence alone, and its counts."""


def bleu(said: str, wanted: str) -> Counts:
    """As sacrebleu tokenises by default (13a); alone by the orders that there are."""
    found = _tool("bleu").sentence_score(said, [wanted])
    return float(found.score), (*map(float, found.counts), *map(float, found.totals), float(found.sys_len), float(found.ref_len))


def chrf(said: str, wanted: str, words: int = 0) -> Counts:
    """n-grams of characters without blanks, and for chrF++ of words without the marks at their ends."""
    found: list[float] = []
    one, other = "".join(said.split()), "".join(wanted.split())
    for order in range(1, CHARACTERS + 1):
        found += _common(_ngrams(one, order), _ngrams(other, order))
    mine, theirs = _words(said), _words(wanted)
    for order in range(1, words + 1):
        found += _common(_ngrams(mine, order), _ngrams(theirs, order))
    return float(_tool(f"chrf{words}").sentence_score(said, [wanted]).score), tuple(found)


def ter(said: str, wanted: str) -> Counts:
    """Edits, and words of the reference."""
    found = _tool("ter").sentence_score(said, [wanted])
    return float(found.score), (float(found.num_edits), float(found.ref_length))


@cache
def _tool(name: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    if name == "bleu":
        return BLEU(effective_order=True)
    return TER() if name == "ter" else CHRF(word_order=int(name.removeprefix("chrf")))


def _ngrams(units: Any, order: int) -> Counter[Any]:
    return Counter(units[place : place + order] for place in range(len(units) - order + 1))


def _common(one: Counter[Any], other: Counter[Any]) -> tuple[float, float, float]:
    """The n-grams of the answer (none where the reference has none), of the reference, and of both."""
    return float(one.total() if other else 0), float(other.total()), float((one & other).total())


def _words(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in text.split():
        if len(word) > 1 and word[-1] in string.punctuation:
            found += [word[:-1], word[-1]]
        elif len(word) > 1 and word[0] in string.punctuation:
            found += [word[0], word[1:]]
        else:
            found.append(word)
    return tuple(found)
