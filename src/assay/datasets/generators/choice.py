"""Multiple choice, over sums and facts: four options, and the letter at once or after the answer itself."""

import random

from assay.datasets.generators.arithmetic import Sum, draw_sum
from assay.datasets.generators.facts import ASKED, FACTS, Fact, draw_fact, fact_key
from assay.datasets.generators.families import Draft, Family, Item, Language, Word, Wording, pick

LETTERS = "ABCD"
LETTER = Wording("Answer with the letter only.", "只回答选项字母。")
WORKED = Wording("Write the answer, then its letter on a line of its own.", "先写出答案，再另起一行写出选项字母。")
SUM = Wording("What is {sum}?", "{sum}等于多少？")
NUMBERS = tuple(str(number) for number in range(10))


def shown(question: str, options: list[str], tell: str) -> str:
    """The question with its lettered options, and how to answer."""
    return "\n".join([question, *(f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=True)), tell])


def choice_item(question: str, options: list[str], place: int, worked: bool, template: str, skill: str, language: Language) -> Item:
    """A multiple-choice item whose right option stands at `place`; `worked` asks for the answer before its letter."""
    letter, other = LETTERS[place], LETTERS[(place + 1) % 4]
    solution = f"{options[place]}\n{letter}"
    return Item(
        input=shown(question, options, (WORKED if worked else LETTER).fill(language)),
        target=letter,
        answer=solution if worked else "",
        solution=solution,
        wrong=f"{options[(place + 1) % 4]}\n{other}" if worked else other,
        template=f"choice {template}{', worked' if worked else ''}",
        skills=(skill,),
        choices=tuple(options),
    )


def near(rng: random.Random, asked: Sum) -> list[str]:
    """Three wrong results near the right one."""
    wrong = [value for value in range(max(0, asked.result - 5), asked.result + 6) if value != asked.result]
    return [str(value) for value in rng.sample(wrong, 3)]


def draw_sum_choice(rng: random.Random, level: int) -> Draft:
    """A sum with three wrong results; held out with the sum."""
    asked = draw_sum(rng, level)
    options, place, worked = near(rng, asked), rng.randrange(4), rng.random() < 0.5
    options.insert(place, str(asked.result))

    def write(language: Language) -> tuple[Item, ...]:
        return (choice_item(SUM.fill(language, sum=asked), options, place, worked, "sum", "calculation/arithmetic", language),)

    return Draft(f"choice {asked} {options} {worked}", write, origin=asked.key)


def rivals(rng: random.Random, fact: Fact) -> list[Word]:
    """Three wrong values of the fact's kind, no two the same."""
    if fact.kind == "legs":
        return [Word(each, each) for each in rng.sample([number for number in NUMBERS if number != fact.value.en], 3)]
    values = dict.fromkeys(
        each.value for each in FACTS if each.kind == fact.kind and each.value != fact.value and each.subject != fact.subject
    )
    return rng.sample(list(values), 3)


def draw_fact_choice(rng: random.Random, level: int) -> Draft:
    """A fact with three wrong values; held out with the fact under that wording."""
    fact, which = draw_fact(rng)
    options, place, worked = rivals(rng, fact), rng.randrange(4), rng.random() < 0.5
    options.insert(place, fact.value)

    def write(language: Language) -> tuple[Item, ...]:
        said = [option.in_(language) for option in options]
        question = ASKED[fact.kind][which].fill(language, s=fact.subject)
        return (choice_item(question, said, place, worked, fact.kind, "knowledge/facts", language),)

    key = f"choice {fact_key(fact, which)} {','.join(option.en for option in options)} {worked}"
    return Draft(key, write, origin=fact_key(fact, which))


def draw_choice(rng: random.Random, level: int) -> Draft:
    """Over a sum or a fact."""
    return pick(rng, (draw_sum_choice, draw_fact_choice))(rng, level)


CHOICE = Family(name="choice", draw=draw_choice, version="2")
