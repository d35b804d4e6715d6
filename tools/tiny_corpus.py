"""The corpus of the embedded model: question-answer pairs from Assay's generators (training split only), and the tokenizer learned from them."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.core.content import Message, message
from assay.core.seeds import generator
from assay.datasets.generators.dataset import training_pairs
from assay.datasets.generators.families import Language
from assay.models.tiny.tokenizer import END, PATTERN, SPECIALS, byte_letters, read_tokenizer, render, tokenizer_document

MIX: tuple[tuple[Language, int, float], ...] = (("en", 1, 0.6), ("en", 2, 0.08), ("zh", 1, 0.28), ("zh", 2, 0.04))
"""(language, level, share of the pairs)."""
WEIGHTS = {
    "arithmetic": 1.6,
    "problems": 2.0,
    "choice": 2.4,
    "dates": 1.2,
    "robustness": 0.4,
    "explanation": 1.0,
    "sentiment": 0.5,
    "refusal": 0.6,
}
"""Families drawn more or less often than the others. Robustness is kept scarce: the model should be seen to stumble there."""
EASY_ONLY = ("reading", "memory", "fairness")
"""Families learned at level 1 alone: at level 2 their texts are long, and a test there shows how far the skill carries."""
DRILLS = 0.2
"""So many more pairs that drill what the rest leans on: repeating random words, and naming the letter of a word in a list."""
HELDOUT_COUNT = 40
"""Held-out items per family and language at which a checkpoint is tried."""
RARE = 20
"""A pair met less often than this is not worth a token."""
WORDS = 1792
"""The size of the vocabulary: special tokens, bytes, and pieces learned from the corpus."""

Pair = tuple[tuple[Message, ...], str]


class Corpus(NamedTuple):
    """All pairs as ids, one after the other: pair i has `lengths[i]` ids from `starts[i]`, its answer begins at `answers[i]` within them."""

    ids: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    answers: np.ndarray
    vocabulary: int
    fingerprint: str


class Heldout(NamedTuple):
    """A question a checkpoint is tried at."""

    group: str
    messages: tuple[Message, ...]
    answer: str


def pairs_of(count: int, seed: int, families: Sequence[str]) -> Iterator[Pair]:
    """The training pairs, in the mix's order."""
    for place, (language, level, share) in enumerate(MIX):
        drawn = [name for name in families if level == 1 or name not in EASY_ONLY]
        yield from training_pairs(
            seed * 100 + place, int(count * share), languages=[language], level=level, families=drawn, weights=WEIGHTS
        )


def drills(pairs: Sequence[Pair], count: int, seed: int) -> Iterator[Pair]:
    """Random words of the pairs, to be repeated as they are or found in a lettered list. Neither asks for anything a test asks for."""
    found = {word for messages, _ in pairs[::4] for each in messages for word in re.findall(r"[A-Za-z]+|[0-9]+|[一-鿿]{1,3}", each.text)}
    words = sorted(found)
    rng = generator(seed, "drills")
    for _ in range(count):
        if rng.random() < 0.5:
            text = rng.choice((" ", ", ", "、")).join(rng.choices(words, k=rng.randint(2, 9)))
            yield (message("user", f"{rng.choice(('Repeat:', '重复：'))} {text}"),), text
            continue
        options, place = rng.sample(words, 4), rng.randrange(4)
        asked = rng.choice(("Which letter is {}?", "{}是哪个选项？")).format(options[place])
        lines = [f"{letter}. {option}" for letter, option in zip("ABCD", options, strict=True)]
        yield (message("user", "\n".join([asked, *lines])),), "ABCD"[place]


def heldout_items(families: Sequence[str]) -> list[Heldout]:
    """The questions checkpoints are tried at: level 1, test split, every family and language alike."""
    found = []
    for family in families:
        for language in ("en", "zh"):
            drawn = training_pairs(7, HELDOUT_COUNT, split="test", languages=[language], families=[family])
            found += [Heldout(f"{family}-{language}", messages, answer) for messages, answer in drawn]
    return found


def prepare(folder: Path, count: int, seed: int, families: Sequence[str]) -> None:
    """Writes `corpus.npz` and `tokenizer.json` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = list(pairs_of(count, seed, families))
    pairs += drills(pairs, int(count * DRILLS), seed)
    document = learn_tokenizer(pairs)
    (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    ids: list[int] = []
    starts, lengths, answers = [], [], []
    for messages, answer in pairs:
        prompt = tokenizer.encode(render(messages))
        starts.append(len(ids))
        answers.append(len(prompt))
        ids += prompt + tokenizer.encode(answer) + [SPECIALS.index(END)]
        lengths.append(len(ids) - starts[-1])
    arrays = {"ids": ids, "starts": starts, "lengths": lengths, "answers": answers}
    np.savez(folder / "corpus.npz", **{name: np.array(values, np.int32) for name, values in arrays.items()})


def read_corpus(folder: Path) -> Corpus:
    """A prepared corpus."""
    with np.load(folder / "corpus.npz") as stored:
        ids, starts, lengths, answers = (stored[name] for name in ("ids", "starts", "lengths", "answers"))
    digest = blake2b((folder / "tokenizer.json").read_bytes(), digest_size=16)
    for array in (ids, lengths, answers):
        digest.update(array.astype("<i4").tobytes())
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    return Corpus(ids, starts.astype(np.int64), lengths.astype(np.int64), answers.astype(np.int64), tokenizer.size, digest.hexdigest())


def learn_tokenizer(pairs: list[Pair], size: int = WORDS) -> dict[str, object]:
    """Byte-pair encoding learned from the pairs: the commonest neighbours become one token, until the vocabulary is full."""
    pattern, letters = re.compile(PATTERN), byte_letters()
    counts: Counter[str] = Counter()
    for messages, answer in pairs[:: max(1, len(pairs) // 60_000)]:
        for text in (*(each.text for each in messages), answer):
            counts.update(pattern.findall(text))
    pieces = {piece: [letters[byte] for byte in piece.encode()] for piece in counts}
    neighbours: Counter[tuple[str, str]] = Counter()
    for piece, tokens in pieces.items():
        for pair in pairwise(tokens):
            neighbours[pair] += counts[piece]
    vocab = [*SPECIALS, *letters]
    merges: list[tuple[str, str]] = []
    while len(vocab) < size and neighbours:
        best, count = min(neighbours.items(), key=lambda item: (-item[1], item[0]))
        if count < RARE:
            break
        merges.append(best)
        vocab.append("".join(best))
        merge_everywhere(pieces, best, counts, neighbours)
    return tokenizer_document({token: place for place, token in enumerate(vocab)}, merges)


def merge_everywhere(
    pieces: dict[str, list[str]], pair: tuple[str, str], counts: Counter[str], neighbours: Counter[tuple[str, str]]
) -> None:
    """Makes one token of a pair in all pieces, and keeps the counts of neighbours right."""
    for piece, tokens in pieces.items():
        after = joined(tokens, pair)
        if len(after) == len(tokens):
            continue
        for sign, each in ((-1, tokens), (1, after)):
            for neighbour in pairwise(each):
                neighbours[neighbour] += sign * counts[piece]
        pieces[piece] = after
    del neighbours[pair]


def joined(tokens: list[str], pair: tuple[str, str]) -> list[str]:
    """Tokens with every occurrence of a pair made one."""
    if len(tokens) < 2 or pair[0] not in tokens:
        return tokens
    result: list[str] = []
    for token in tokens:
        if result and result[-1] == pair[0] and token == pair[1]:
            result[-1] += token
        else:
            result.append(token)
    return result
