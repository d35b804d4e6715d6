"""Reading: a small world told in a few sentences, and a question about it that the text may leave open."""

import random
from typing import NamedTuple

from assay.datasets.generators.families import UNKNOWN, Draft, Family, Item, Language, Person, Word, Wording, joined, pick
from assay.datasets.generators.words import CITIES, COLOURS, FOODS, JOBS, PEOPLE, PETS


class Relation(NamedTuple):
    """Something that can be true of a person, how it is told and asked."""

    name: str
    values: tuple[Word, ...]
    told: Wording
    asked: Wording


RELATIONS = (
    Relation("city", CITIES, Wording("{who} lives in {value}.", "{who}住在{value}。"), Wording("Where does {who} live?", "{who}住在哪里？")),
    Relation("pet", PETS, Wording("{who} has a {value}.", "{who}养了{value}。"), Wording("Which animal does {who} have?", "{who}养了什么动物？")),
    Relation("job", JOBS, Wording("{who} is a {value}.", "{who}是{value}。"), Wording("What is the job of {who}?", "{who}的职业是什么？")),
    Relation("food", FOODS, Wording("{who} likes {value}.", "{who}喜欢吃{value}。"), Wording("Which food does {who} like?", "{who}喜欢吃什么？")),
    Relation("hat", COLOURS, Wording("The hat of {who} is {value}.", "{who}的帽子是{value}的。"), Wording("Which colour is the hat of {who}?", "{who}的帽子是什么颜色的？")),
)  # fmt: skip
TELL = Wording(
    'Answer with one word. If the text does not say it, answer "I don\'t know".', "只回答一个词。如果文中没有说，就回答“不知道”。"
)
ABSENT = Wording("The text does not say it.", "文中没有说。")
ACCEPTED_UNKNOWN = {
    "en": (UNKNOWN["en"], "I do not know", "I don’t know", "don't know", "the text does not say", "unknown"),
    "zh": (UNKNOWN["zh"], "我不知道", "文中没有说", "未知", "无法确定"),
}
SIZES = {1: (3, 4), 2: (5, 8), 3: (9, 14)}
UNANSWERABLE = 0.4


class Told(NamedTuple):
    """One sentence of the world."""

    who: Person
    relation: Relation
    value: Word

    @property
    def key(self) -> str:
        """The fact, free of language."""
        return f"{self.who.en}-{self.relation.name}-{self.value.en}"

    def sentence(self, language: Language) -> str:
        """The fact in a language."""
        return self.relation.told.fill(language, who=self.who, value=self.value)


def draw_world(rng: random.Random, level: int) -> list[Told]:
    """Different facts about a few people; no person has two values of one relation."""
    size = rng.randint(*SIZES[level])
    people = rng.sample(PEOPLE, max(2, size // 2))
    places = rng.sample([(who, relation) for who in people for relation in RELATIONS], size)
    return [Told(who, relation, pick(rng, relation.values)) for who, relation in places]


def draw_question(rng: random.Random, world: list[Told], answerable: bool) -> tuple[Person, Relation]:
    """A (person, relation) that the world tells, or one that it does not: a known person's other property, or a stranger."""
    if answerable:
        fact = pick(rng, world)
        return fact.who, fact.relation
    told = {(fact.who, fact.relation.name) for fact in world}
    people = list(dict.fromkeys(fact.who for fact in world))
    if rng.random() < 0.25:
        return pick(rng, [who for who in PEOPLE if who not in people]), pick(rng, world).relation
    return pick(rng, [(who, relation) for who in people for relation in RELATIONS if (who, relation.name) not in told])


def draw_reading(rng: random.Random, level: int) -> Draft:
    """A world and a question; four in ten have no answer in the text."""
    world = draw_world(rng, level)
    answerable = rng.random() >= UNANSWERABLE
    who, relation = draw_question(rng, world, answerable)
    evidence = next((fact for fact in world if (fact.who, fact.relation.name) == (who, relation.name)), None)
    decoy = next((fact.value for fact in world if fact.relation.name == relation.name and fact is not evidence), None)
    wrong = decoy if decoy is not None and (evidence is None or decoy != evidence.value) else other(relation, evidence)

    def write(language: Language) -> tuple[Item, ...]:
        text = joined([fact.sentence(language) for fact in world], language)
        asked = f"{text}\n{relation.asked.fill(language, who=who)}\n{TELL.fill(language)}"
        if evidence is None:
            return (unanswerable(asked, wrong.in_(language), ABSENT.fill(language), f"reading {relation.name}", language),)
        gold = evidence.value.in_(language)
        return (
            Item(
                input=asked,
                target=gold,
                solution=f"{evidence.sentence(language)}\n{gold}",
                wrong=wrong.in_(language),
                template=f"reading {relation.name}",
                skills=("language/comprehension", "memory/context"),
                respect="hallucination",
                extra={"answerable": True},
            ),
        )

    return Draft(f"reading {' '.join(fact.key for fact in world)} ? {who.en}-{relation.name}", write)


def other(relation: Relation, evidence: Told | None) -> Word:
    """A value of the relation that is not the right one."""
    return next(value for value in relation.values if evidence is None or value != evidence.value)


def unanswerable(asked: str, wrong: str, why: str, template: str, language: Language) -> Item:
    """A question whose gold answer is that nobody can know."""
    return Item(
        input=asked,
        target=ACCEPTED_UNKNOWN[language],
        solution=f"{why}\n{UNKNOWN[language]}",
        wrong=wrong,
        template=f"{template} open",
        skills=("knowledge/abstention",),
        respect="hallucination",
        extra={"answerable": False},
    )


READING = Family(name="reading", draw=draw_reading)
