"""Robustness: one word problem told six ways (as it is, with typos, in another surface form, with odd spacing, with an idle sentence,
with chatter before it). The gold answer is the same, and the six share a cluster."""

import random

from assay.datasets.generators.arithmetic import SHOW, Problem, draw_problem, problem_item
from assay.datasets.generators.families import Draft, Family, Item, Language, Wording, joined, pick
from assay.datasets.generators.words import COLOURS, PETS

VARIANTS = ("original", "typo", "surface", "spacing", "distractor", "chatter")
IDLE = (
    Wording("The {pet} next door is {n} years old.", "邻居家的{pet}今年{n}岁了。"),
    Wording("The bus number {n} is {colour}.", "{n}路公共汽车是{colour}的。"),
)
CHATTER = (
    Wording("Hello! I hope you are well. Please help me with this.", "你好！希望你一切都好。请帮我看看这道题。"),
    Wording("I have a small question for you, no hurry.", "我有个小问题想问你，不着急。"),
)


def swapped(text: str, places: list[float], language: Language) -> str:
    """Typos at relative places: two inner letters of a long English word change places; a Chinese character is written twice. Digits stay."""
    if language == "zh":
        marks = [place for place, letter in enumerate(text) if "一" <= letter <= "鿿"]
        chosen = {marks[int(place * len(marks))] for place in places}
        return "".join(letter * (2 if place in chosen else 1) for place, letter in enumerate(text))
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 4 and word[:4].isalpha() and word[1] != word[2]]
    for place in {long[int(each * len(long))] for each in places} if long else ():
        word = words[place]
        words[place] = word[0] + word[2] + word[1] + word[3:]
    return " ".join(words)


def surfaced(text: str, language: Language) -> str:
    """English in capitals; Chinese with full-width digits."""
    return text.upper() if language == "en" else text.translate({ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)})


def spaced(text: str, language: Language) -> str:
    """Twice as wide: two spaces between English words, a space after each Chinese mark of punctuation."""
    return text.replace(" ", "  ") if language == "en" else text.replace("。", "。 ").replace("，", "， ").replace("有", " 有 ")


def retold(problem: Problem, idle: str, chatter: str, places: list[float], language: Language) -> dict[str, str]:
    """The story in every variant."""
    sentences, question = problem.sentences(language), problem.question(language)
    plain = joined([*sentences, question], language)
    return {
        "original": plain,
        "typo": swapped(plain, places, language),
        "surface": surfaced(plain, language),
        "spacing": spaced(plain, language),
        "distractor": joined([*sentences, idle, question], language),
        "chatter": joined([chatter, plain], language),
    }


def draw_robustness(rng: random.Random, level: int) -> Draft:
    """A word problem in all its variants; held out with the problem."""
    problem = draw_problem(rng, level)
    idle, chatter, places = pick(rng, IDLE), pick(rng, CHATTER), [rng.random(), rng.random()]
    slots = {"pet": pick(rng, PETS), "colour": pick(rng, COLOURS), "n": rng.randint(2, 15)}

    def write(language: Language) -> tuple[Item, ...]:
        told = retold(problem, idle.fill(language, **slots), chatter.fill(language), places, language)
        return tuple(
            problem_item(problem, language, input=f"{told[variant]}\n{SHOW.fill(language)}", variant=variant, respect="robustness")
            for variant in VARIANTS
        )

    return Draft(f"robustness {problem.key}", write, origin=problem.key)


ROBUSTNESS = Family(name="robustness", draw=draw_robustness, width=len(VARIANTS))
