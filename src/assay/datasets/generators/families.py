"""What the generators are made of: what an item is, what a family is, how words agree, and which content is held out for testing.

A family draws a *draft*: content chosen at random (numbers, names, templates), free of language. The draft has a `key`, the
identity of that content, and writes itself out in a language on demand. Whether a draft is for training or for testing is a
property of its content (`is_heldout`), so the two never meet, whatever the seed.
"""

import random
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from assay.core.content import Message, message

Language = Literal["en", "zh"]
Respect = Literal["accuracy", "robustness", "fairness", "safety", "hallucination", "explainability"]

LANGUAGES: tuple[Language, ...] = ("en", "zh")
LEVELS = (1, 2, 3)
ANSWER: dict[Language, str] = {"en": "ANSWER:", "zh": "答案："}
"""What stands before the result on the last line of an answer that shows its steps."""
UNKNOWN: dict[Language, str] = {"en": "I don't know", "zh": "不知道"}
HELDOUT_PART = 5
"""One part in five of all content is held out for testing."""

T = TypeVar("T")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its gold answer.

    `target` is what a scorer compares (the first one is the gold answer, the others are as right); `answer` is all that a good model
    would write, the gold answer unless said otherwise; `solution` is worked out for people and ends in the gold answer; `wrong` is an answer that must not pass.
    `template` names the wording, `variant` the place of the item in its group (perturbed, swapped), where it has one; `cluster` the fact
    that several items ask for.
    """

    input: str | tuple[Message, ...]
    target: str | tuple[str, ...]
    solution: str
    wrong: str
    template: str
    skills: tuple[str, ...]
    answer: str = ""
    respect: Respect = "accuracy"
    choices: tuple[str, ...] | None = None
    variant: str = ""
    cluster: str | None = None
    extra: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if not self.answer:
            msgspec.structs.force_setattr(self, "answer", self.gold)

    @property
    def gold(self) -> str:
        """The first target."""
        return self.target if isinstance(self.target, str) else self.target[0]

    @property
    def messages(self) -> tuple[Message, ...]:
        """The input as a conversation."""
        return (message("user", self.input),) if isinstance(self.input, str) else self.input


class Draft(NamedTuple):
    """Content that was chosen and not yet written. `origin` decides the split: it differs from `key` where several drafts rest on
    the same content (a sum, and a multiple-choice question about that sum)."""

    key: str
    write: Callable[[Language], tuple[Item, ...]]
    origin: str = ""

    @property
    def heldout(self) -> bool:
        """Whether this content is for testing only."""
        return is_heldout(self.origin or self.key)


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of item. `draw` takes a random generator and a level (1 small, 2 middling, 3 hard); every draft writes `width` items that
    belong together. `version` changes whenever the same seed gives other text. Families without numbers or lengths ignore the level."""

    name: str
    draw: Callable[[random.Random, int], Draft]
    version: str = "1"
    width: int = 1
    languages: tuple[Language, ...] = LANGUAGES


def is_heldout(origin: str) -> bool:
    """Whether content is held out for testing: one part in five, by the content alone."""
    return int.from_bytes(blake2b(origin.encode(), digest_size=8).digest(), "big") % HELDOUT_PART == 0


class Word(NamedTuple):
    """A word in both languages; `language` is chosen by indexing."""

    en: str
    zh: str

    def in_(self, language: Language) -> str:
        """The word in a language."""
        return self.en if language == "en" else self.zh


class Noun(NamedTuple):
    """A thing that can be counted: English singular and plural, Chinese with its measure word."""

    one: str
    many: str
    zh: str
    measure: str


class Person(NamedTuple):
    """A person: a name in each language, and how to speak of them."""

    en: str
    zh: str
    woman: bool

    def in_(self, language: Language) -> str:
        """The name in a language."""
        return self.en if language == "en" else self.zh


PRONOUNS: dict[bool, dict[str, str]] = {
    True: {"they": "she", "them": "her", "their": "her", "They": "She", "Their": "Her"},
    False: {"they": "he", "them": "him", "their": "his", "They": "He", "Their": "His"},
}


class Who(NamedTuple):
    """A person in a template: `{who}` is the name, `{who:they}`, `{who:them}`, `{who:their}` the pronoun (capital letter as written)."""

    person: Person
    language: Language

    def __format__(self, spec: str) -> str:
        if not spec:
            return self.person.in_(self.language)
        if self.language == "zh":
            return ("她" if self.person.woman else "他") + ("的" if spec.lower() == "their" else "")
        return PRONOUNS[self.person.woman][spec]


class Count(NamedTuple):
    """A number of things in a template: `{a}` "3 apples" or "3个苹果", `{a:more}` "3 more apples", `{a:n}` the number,
    `{a:things}` the things in general, `{a:howmany}` what a question asks, `{a:is}` the verb that agrees."""

    number: int
    noun: Noun
    language: Language

    def __format__(self, spec: str) -> str:
        number, noun, language = self
        name = noun.one if number == 1 else noun.many
        if spec == "n":
            return str(number)
        if spec == "is":
            return "是" if language == "zh" else "is" if number == 1 else "are"
        if spec == "things":
            return noun.zh if language == "zh" else noun.many
        if spec == "howmany":
            return f"多少{noun.measure}{noun.zh}" if language == "zh" else f"How many {noun.many}"
        if language == "zh":
            return f"{number}{noun.measure}{noun.zh}"
        return f"{number} more {name}" if spec == "more" else f"{number} {name}"


class Wording(NamedTuple):
    """A template in both languages, with `str.format` slots."""

    en: str
    zh: str

    def fill(self, language: Language, /, **slots: Any) -> str:
        """The template with its slots filled; words and people are put into the language."""
        shown = {name: in_language(value, language) for name, value in slots.items()}
        return (self.en if language == "en" else self.zh).format(**shown)


def in_language(value: Any, language: Language) -> Any:
    """A slot's value as a template of a language shows it."""
    if isinstance(value, Person):
        return Who(value, language)
    return value.in_(language) if isinstance(value, Word) else value


def pick(rng: random.Random, pool: Sequence[T]) -> T:
    """One of a pool."""
    return pool[int(rng.random() * len(pool))]


def joined(parts: Sequence[str], language: Language) -> str:
    """Sentences of one paragraph: with a space between in English, without in Chinese."""
    return (" " if language == "en" else "").join(parts)


def an(name: str) -> str:
    """An English noun with its indefinite article, by its first letter."""
    return f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"


def listed(parts: Sequence[object], language: Language) -> str:
    """A list in a sentence: `a, b, c` or `a、b、c`."""
    return (", " if language == "en" else "、").join(str(part) for part in parts)


def final(language: Language, value: object) -> str:
    """The last line of an answer that shows its steps."""
    return f"{ANSWER[language]}{' ' if language == 'en' else ''}{value}"


def digest(text: str) -> str:
    """Twelve hex digits of a text."""
    return blake2b(text.encode(), digest_size=6).hexdigest()
