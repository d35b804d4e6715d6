"""Metrics of a whole set: against sacrebleu on the same texts, on worked tables, and the interval coverage of the jackknife by simulation."""

import math
from random import Random

import numpy as np
import pytest
from sacrebleu import corpus_bleu, corpus_chrf, corpus_ter

from assay.formats.lm_eval import text_counts
from assay.metrics.column import Column
from assay.metrics.pooled import Pooled

WORDS = ["stone", "river", "quiet,", "amber", "north.", "paper", "(winter)", "copper", "slow", "渡轮", "garden"]


def texts(count: int, seed: int) -> list[tuple[str, str]]:
    chance = Random(seed)
    made = []
    for _ in range(count):
        wanted = [chance.choice(WORDS) for _ in range(chance.randrange(3, 12))]
        said = [chance.choice(WORDS) if chance.random() < 0.3 else each for each in wanted][: chance.randrange(2, 12)]
        made.append((" ".join(said), " ".join(wanted)))
    return [*made, ("", "nothing said"), ("one", "two three")]


def column(rows: list[tuple[float, ...]], kind: str) -> Column:
    found = Column("x")
    for place, row in enumerate(rows):
        found.add(place, None, 0.0, row, kind)
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["bleu", "chrf", "chrf++", "ter"])
def test_corpus_scores_are_those_of_sacrebleu(kind: str, seed: int) -> None:
    pairs = texts(30, seed)
    said, wanted = [one for one, _ in pairs], [[other for _, other in pairs]]
    ours = {
        "bleu": text_counts.bleu,
        "chrf": text_counts.chrf,
        "chrf++": lambda one, other: text_counts.chrf(one, other, text_counts.WORDS),
        "ter": text_counts.ter,
    }[kind]
    theirs = {
        "bleu": lambda: corpus_bleu(said, wanted),
        "chrf": lambda: corpus_chrf(said, wanted),
        "chrf++": lambda: corpus_chrf(said, wanted, word_order=2),
        "ter": lambda: corpus_ter(said, wanted),
    }[kind]
    found = Pooled(kind=kind.rstrip("+"))(column([ours(*pair)[1] for pair in pairs], kind), len(pairs))
    assert found.value == pytest.approx(theirs().score, abs=1e-9) and found.low is not None and found.low < found.value < found.high
    assert found.method == "jackknife" and found.n == len(pairs) and found.coverage == 1.0


def test_bleu_without_any_match_of_four_words_is_smoothed_as_sacrebleu_does() -> None:
    pairs = [("a b c x y", "a b c d e"), ("k l", "k m")]
    found = Pooled(kind="bleu")(column([text_counts.bleu(*pair)[1] for pair in pairs], "bleu"), 2)
    assert found.value == pytest.approx(corpus_bleu([one for one, _ in pairs], [[other for _, other in pairs]]).score)


def test_f1_and_matthews_correlation_of_a_worked_table() -> None:
    """6 true positives, 1 false positive, 2 false negatives, 3 true negatives: F1 = 12/15, MCC = (6*3 - 1*2) / sqrt(7*8*4*5)."""
    cells = [(1, 1)] * 6 + [(0, 1)] + [(1, 0)] * 2 + [(0, 0)] * 3
    f1 = [(float(gold == said == 1), float(said > gold), float(gold > said)) for gold, said in cells]
    mcc = [tuple(float(place == gold * 2 + said) for place in range(4)) for gold, said in cells]
    assert Pooled(kind="f1")(column(f1, "f1"), 12).value == pytest.approx(12 / 15)
    assert Pooled(kind="mcc")(column(mcc, "mcc"), 12).value == pytest.approx(16 / math.sqrt(7 * 8 * 4 * 5))


def test_one_sample_or_no_counts_is_not_measurable() -> None:
    assert "no interval" in (Pooled(kind="perplexity")(column([(2.0, 3.0)], "perplexity"), 1).reason or "")
    bare = Column("x")
    bare.add(0, None, 1.0)
    assert "no counts" in (Pooled(kind="bleu")(bare, 1).reason or "")


def test_repeated_trials_are_not_new_samples() -> None:
    rows = [(float(place % 5), 3.0) for place in range(40)]
    once = Pooled(kind="perplexity")(column(rows, "perplexity"), 40)
    thrice = Column("x")
    for place, row in enumerate(rows):
        for _ in range(3):
            thrice.add(place, None, 0.0, row, "perplexity")
    again = Pooled(kind="perplexity")(thrice, 120)
    assert (again.value, again.n, again.clusters) == (pytest.approx(once.value), 40, 40)
    assert again.low == pytest.approx(once.low) and again.high == pytest.approx(once.high)


def test_the_interval_of_a_perplexity_holds_the_truth_about_as_often_as_it_says() -> None:
    """Documents of unequal length, nats per word around 2; 2,000 sets of 40. The truth is the ratio of the expectations."""
    rng = np.random.default_rng(3)
    hits, repetitions = 0, 2000
    for _ in range(repetitions):
        words = rng.integers(5, 60, size=40).astype(float)
        nats = words * rng.normal(2.0, 0.4, size=40)
        found = Pooled(kind="perplexity")(column(list(zip(nats, words, strict=True)), "perplexity"), 40)
        assert found.low is not None and found.high is not None
        hits += found.low <= math.exp(2.0) <= found.high
    assert 0.93 <= hits / repetitions <= 0.965
