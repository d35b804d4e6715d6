"""Generated: a dataset of fresh items, lazy and seeded; and the text a small model learns from."""

import random
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from assay.core.content import Message
from assay.core.errors import DatasetError, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.registry import load, suggest
from assay.core.sample import Sample
from assay.core.seeds import generator
from assay.datasets.generators.families import LANGUAGES, LEVELS, Draft, Family, Item, Language, digest

SPLITS = ("train", "test", "all")
FAMILIES = (
    "arithmetic", "problems", "logic", "dates", "lists", "instructions", "reading", "facts", "choice", "sentiment", "refusal", "memory", "robustness",
    "fairness", "explanation", "derivations",
)  # fmt: skip
"""The families that come with Assay."""
PATIENCE = 4000
"""So many draws in a row without anything new, and the family is held to be exhausted."""


class Part(NamedTuple):
    """One family in one language."""

    family: Family
    language: Language


class Found:
    """Where the groups of one part lie among its draws: found once, in order, as far as anybody asked. Eight bytes a group, and as much for its key."""

    def __init__(self, part: Part, seed: int, level: int, split: str) -> None:
        self.part, self.seed, self.level, self.split = part, seed, level, split
        self.places: array[int] = array("Q")
        self.keys: set[int] = set()
        self.drawn = 0

    def draft(self, place: int) -> Draft:
        """The draft of one draw: depends on nothing but the seed, the part, the level and the place."""
        return self.part.family.draw(generator(self.seed, "generate", self.part.family.name, self.level, place), self.level)

    def wanted(self, draft: Draft) -> bool:
        """Whether a draft is of the split and new."""
        return (self.split == "all" or draft.heldout == (self.split == "test")) and hash_of(draft.key) not in self.keys

    def group(self, number: int) -> Draft:
        """The draft of group `number`. Raises DatasetError where there are not so many."""
        barren = 0
        while len(self.places) <= number:
            draft = self.draft(self.drawn)
            self.drawn += 1
            if self.wanted(draft):
                self.keys.add(hash_of(draft.key))
                self.places.append(self.drawn - 1)
                barren = 0
                if len(self.places) > number:
                    return draft
                continue
            barren += 1
            if barren >= PATIENCE + 10 * len(self.places):
                self.give_up()
        return self.draft(self.places[number])

    def give_up(self) -> None:
        """Says how many different items there are."""
        family = self.part.family
        there = len(self.places) * family.width
        raise DatasetError(
            f"The generator '{family.name}' has only {there} different items at level {self.level} in split '{self.split}'.",
            remedy=f"Ask for at most {there} per language, or for a higher level (1 to 3).",
        )


def hash_of(key: str) -> int:
    """A key as 48 bits."""
    return int(digest(key), 16)


class Generated:
    """A dataset of `count` generated items.

    `family` is a registered name, a Family, or several of them; families and languages take turns, position by position. A family
    that writes groups (variants of one item) fills neighbouring turns with one group; `count` may cut the last group. An item
    depends only on the seed, the family, the level and its place, so a larger `count` continues a smaller one, and the same seed gives
    parallel items in both languages. `split` is "test" (content that is held out), "train" or "all". No two samples share their content.

    Raises UsageError for a wrong parameter, DatasetError where a family has not so many different items.
    """

    def __init__(
        self,
        family: str | Family | Sequence[str | Family],
        *,
        count: int,
        seed: int = 0,
        language: str | Sequence[str] = "en",
        level: int = 1,
        split: str = "test",
    ) -> None:
        families = [family] if isinstance(family, (str, Family)) else list(family)
        languages = [language] if isinstance(language, str) else list(language)
        checked(families, languages, count, level, split)
        self.count, self.seed, self.level, self.split = count, seed, level, split
        resolved = [load("generators", each) if isinstance(each, str) else each for each in families]
        self.parts = [Part(each, spoken) for each in resolved for spoken in each.languages if spoken in languages]
        if not self.parts:
            raise UsageError(
                f"No generator among {[each.name for each in resolved]} writes {languages}.", remedy="Ask for another language."
            )
        self._found = [Found(part, seed, level, split) for part in self.parts]

    def __len__(self) -> int:
        return self.count

    @property
    def fingerprint(self) -> str:
        """Changes with the parameters and with the version of a family."""
        parts = [(part.family.name, part.family.version, part.language) for part in self.parts]
        return fingerprint("generated", parts, self.count, self.seed, self.level, self.split)

    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        """The samples at the positions `order`, all in their own order when None."""
        recent: dict[int, tuple[int, tuple[Item, ...], str]] = {}
        for position in range(self.count) if order is None else order:
            if not 0 <= position < self.count:
                raise UsageError(f"Position {position} is outside this dataset of {self.count} items.", remedy="Positions start at 0.")
            turn, which = divmod(position, len(self.parts))
            part, found = self.parts[which], self._found[which]
            number, place = divmod(turn, part.family.width)
            if which not in recent or recent[which][0] != number:
                draft = found.group(number)
                recent[which] = (number, draft.write(part.language), draft.key)
            _, items, key = recent[which]
            yield sample_of(items[place], part, key, self.level)


def checked(families: list[str | Family], languages: list[str], count: int, level: int, split: str) -> None:
    """Raises UsageError for a parameter that cannot be."""
    if count < 0:
        raise UsageError(f"A dataset cannot have {count} items.", remedy="Give a count of 0 or more.")
    if level not in LEVELS:
        raise UsageError(f"There is no level {level}.", remedy=f"The levels are {', '.join(map(str, LEVELS))}.")
    if split not in SPLITS:
        raise UsageError(f"There is no split '{split}'.", remedy=suggest(split, SPLITS))
    for each in languages:
        if each not in LANGUAGES:
            raise UsageError(f"The generators do not write '{each}'.", remedy=suggest(each, LANGUAGES))
    if not families or not languages:
        raise UsageError("A generated dataset needs a family and a language.", remedy=f"Families: {', '.join(FAMILIES)}.")
    names = [each if isinstance(each, str) else each.name for each in families]
    if len(set(names)) < len(names) or len(set(languages)) < len(languages):
        raise UsageError(f"A family or a language is named twice: {names}, {languages}.", remedy="Name each once.")


def sample_of(item: Item, part: Part, key: str, level: int) -> Sample:
    """An item as a sample. Its id is its content; its cluster the group it belongs to, or the fact it asks for."""
    family, language = part
    grouped = f"{family.name}-{language}-{digest(key)}"
    text = item.input if isinstance(item.input, str) else "\n".join(each.text for each in item.input)
    metadata: dict[str, Any] = {
        "skills": list(item.skills),
        "family": family.name,
        "language": language,
        "respect": item.respect,
        "level": level,
        "template": item.template,
        "solution": item.solution,
        "gold": item.answer,
        "wrong": item.wrong,
        **({"variant": item.variant} if item.variant else {}),
        **item.extra,
    }
    return Sample(
        id=f"{grouped}-{item.variant.replace(' ', '-')}-{digest(text)[:4]}" if item.variant else f"{grouped}-{digest(text)[:4]}",
        input=item.input,
        target=item.target,
        choices=item.choices,
        cluster=grouped if family.width > 1 else item.cluster,
        metadata=metadata,
    )


def training_pairs(
    seed: int,
    count: int,
    *,
    split: str = "train",
    languages: Sequence[str] = LANGUAGES,
    families: Sequence[str | Family] = FAMILIES,
    level: int = 1,
    weights: dict[str, float] | None = None,
) -> Iterator[tuple[tuple[Message, ...], str]]:
    """`count` pairs of (messages, what a good model would answer), drawn with replacement, for training a small model.

    `weights` makes a family (by name) more or less frequent than the others (1.0); Chinese and English are drawn alike. Never
    yields content of the other split.
    """
    checked(list(families), list(languages), count, level, split)
    known = [load("generators", each) if isinstance(each, str) else each for each in families]
    resolved = [each for each in known if set(each.languages) & set(languages)]
    if not resolved:
        raise UsageError(
            f"No generator among {[each.name for each in known]} writes {list(languages)}.", remedy="Ask for another language."
        )
    odds = [(weights or {}).get(each.name, 1.0) for each in resolved]
    for number in range(count):
        rng = generator(seed, "training", number)
        family = rng.choices(resolved, odds)[0]
        language = rng.choice([each for each in family.languages if each in languages])
        item = rng.choice(draft_of(family, rng, level, split).write(language))
        yield item.messages, item.answer


def draft_of(family: Family, rng: random.Random, level: int, split: str) -> Draft:
    """The next draft of a split. Raises DatasetError where the family seems to have none."""
    for _ in range(PATIENCE):
        draft = family.draw(rng, level)
        if split == "all" or draft.heldout == (split == "test"):
            return draft
    raise DatasetError(f"The generator '{family.name}' gave nothing for split '{split}' in {PATIENCE} draws.", remedy="Leave it out.")
