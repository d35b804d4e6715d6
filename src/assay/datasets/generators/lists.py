"""Lists: sort, turn round, count, find."""

import random

from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, pick
from assay.datasets.generators.words import PLAIN

LENGTHS = {1: (3, 5), 2: (5, 8), 3: (8, 14)}
TOPS = {1: 30, 2: 100, 3: 1000}
NUMBERS = {
    "up": Wording(
        "Sort these numbers from smallest to largest: {a}. Write only the numbers, separated by commas.",
        "把这些数从小到大排列：{a}。只写数字，用逗号隔开。",
    ),
    "down": Wording(
        "Sort these numbers from largest to smallest: {a}. Write only the numbers, separated by commas.",
        "把这些数从大到小排列：{a}。只写数字，用逗号隔开。",
    ),
    "largest": Wording("Which of these numbers is the largest: {a}? Answer with the number only.", "这些数里哪个最大：{a}？只回答数字。"),
    "smallest": Wording("Which of these numbers is the smallest: {a}? Answer with the number only.", "这些数里哪个最小：{a}？只回答数字。"),
    "even": Wording("How many of these numbers are even: {a}? Answer with the number only.", "这些数里有几个偶数：{a}？只回答数字。"),
}
WORDS = {
    "reverse": Wording(
        "Write these words in reverse order: {a}. Write only the words, separated by commas.",
        "把这些词按相反的顺序写出来：{a}。只写词，用逗号隔开。",
    ),
    "count": Wording(
        'How many times is "{w}" in this list: {a}? Answer with the number only.', "“{w}”在这个列表里出现了几次：{a}？只回答数字。"
    ),
    "length": Wording("How many words are in this list: {a}? Answer with the number only.", "这个列表里有几个词：{a}？只回答数字。"),
    "first": Wording(
        "What is the first word of this list: {a}? Answer with the word only.", "这个列表的第一个词是什么：{a}？只回答这个词。"
    ),
    "last": Wording(
        "What is the last word of this list: {a}? Answer with the word only.", "这个列表的最后一个词是什么：{a}？只回答这个词。"
    ),
}


def commas(parts: list[int] | list[str], language: Language) -> str:
    """A list with commas, as the language writes them."""
    return (", " if language == "en" else "，").join(str(part) for part in parts)


def accepted(parts: list[int] | list[str], language: Language) -> str | tuple[str, ...]:
    """The gold list, and the same with the other comma."""
    gold = commas(parts, language)
    return gold if len(parts) < 2 else (gold, ",".join(map(str, parts)), ", ".join(map(str, parts)), "、".join(map(str, parts)))


def solved_numbers(kind: str, numbers: list[int]) -> list[int]:
    """The gold answer as a list of numbers."""
    ordered = sorted(numbers)
    answers = {"up": ordered, "down": ordered[::-1], "largest": ordered[-1:], "smallest": ordered[:1]}
    return answers.get(kind) or [sum(1 for each in numbers if each % 2 == 0)]


def draw_numbers(rng: random.Random, level: int) -> Draft:
    """A question about a list of different numbers."""
    kind = pick(rng, tuple(NUMBERS))
    numbers = rng.sample(range(1, TOPS[level] + 1), rng.randint(*LENGTHS[level]))
    gold = solved_numbers(kind, numbers)
    wrong = [*gold[1:], gold[0]] if len(gold) > 1 else [gold[0] + 1]

    def write(language: Language) -> tuple[Item, ...]:
        asked = NUMBERS[kind].fill(language, a=commas(numbers, language))
        ordered = " < ".join(map(str, sorted(numbers)))
        evens = commas([each for each in numbers if each % 2 == 0], language) or "-"
        worked = f"{evens if kind == 'even' else ordered}\n{commas(gold, language)}"
        return (finished(asked, accepted(gold, language), commas(wrong, language), worked, kind, language),)

    return Draft(f"numbers {kind} {numbers}", write)


def finished(asked: str, target: str | tuple[str, ...], wrong: str, worked: str, kind: str, language: Language) -> Item:
    """An item of this family; a list may be written with either comma."""
    targets = target if isinstance(target, str) else tuple(dict.fromkeys(target))
    skills = (
        ("calculation/counting",)
        if kind in ("count", "length", "even")
        else ("planning/ordering",)
        if kind in ("up", "down")
        else ("memory/context",)
    )
    return Item(input=asked, target=targets, solution=worked, wrong=wrong, template=kind, skills=skills)


def solved_words(kind: str, words: list[Word], asked: Word) -> list[Word] | int:
    """The gold answer: words, or how many."""
    if kind in ("count", "length"):
        return words.count(asked) if kind == "count" else len(words)
    return {"reverse": words[::-1], "first": words[:1], "last": words[-1:]}[kind]


def draw_words(rng: random.Random, level: int) -> Draft:
    """A question about a list of words."""
    kind = pick(rng, tuple(WORDS))
    length = rng.randint(*LENGTHS[level])
    pool = rng.sample(PLAIN, 3 if kind == "count" else length)
    words = [pick(rng, pool) for _ in range(length)] if kind == "count" else pool
    word = pool[0]
    solved = solved_words(kind, words, word)

    def write(language: Language) -> tuple[Item, ...]:
        shown = commas([each.in_(language) for each in words], language)
        asked = WORDS[kind].fill(language, a=shown, w=word)
        if isinstance(solved, int):
            numbered = " ".join(f"{place}.{each.in_(language)}" for place, each in enumerate(words, 1))
            return (finished(asked, str(solved), str(solved + 1), f"{numbered}\n{solved}", kind, language),)
        gold = [each.in_(language) for each in solved]
        wrong = [*gold[1:], gold[0]] if len(gold) > 1 else [words[1].in_(language)]
        return (finished(asked, accepted(gold, language), commas(wrong, language), f"{shown}\n{commas(gold, language)}", kind, language),)

    return Draft(f"words {kind} {','.join(each.en for each in words)} {word.en}", write)


def draw_lists(rng: random.Random, level: int) -> Draft:
    """Numbers or words."""
    return pick(rng, (draw_numbers, draw_words))(rng, level)


LISTS = Family(name="lists", draw=draw_lists)
