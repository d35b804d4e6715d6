"""Prompting: examples before the question, and choices in another order. Drawn per sample from a seed, so neither order nor subset changes them."""

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from random import Random
from typing import Literal

import msgspec

from assay.core.content import Message, Text, message
from assay.core.errors import DatasetError, UsageError
from assay.core.protocols import Dataset
from assay.core.sample import Sample
from assay.core.seeds import generator
from assay.datasets.choices import LETTERS, lettered
from assay.datasets.transforms import Mapped

Style = Literal["text", "turns"]
SHOWN_OTHERWISE = re.compile(r"^\s*\(?A[.):]\s.*^\s*\(?B[.):]\s", re.MULTILINE | re.DOTALL)


def example(sample: Sample) -> str:
    """A shot as text: its input, and its first target below."""
    return f"{sample.prompt.rstrip()}\n{sample.targets[0]}"


class Shots(msgspec.Struct, frozen=True, kw_only=True):
    """How examples are put before a sample."""

    source: Dataset
    pools: Callable[[], Mapping[str, Sequence[int]]]
    by: str
    count: int
    seed: int
    fixed: bool
    style: Style
    render: Callable[[Sample], str]

    def __call__(self, sample: Sample) -> Sample:
        shots = list(self.drawn(sample))
        return msgspec.structs.replace(sample, input=self._turns(shots, sample) if self.style == "turns" else self._text(shots, sample))

    def drawn(self, sample: Sample) -> Iterator[Sample]:
        """The examples: never the sample itself, nor one with the same input."""
        value = str(sample.metadata.get(self.by)) if self.by else ""
        pool = self.pools().get(value, ())
        left = self.count
        for position in pool if self.fixed else in_drawn_order(pool, generator(self.seed, "few-shot", sample.id)):
            shot = next(iter(self.source.samples([position])))
            if shot.prompt == sample.prompt:
                continue
            if not shot.targets:
                raise DatasetError(f"The example '{shot.id}' has no target.", remedy="Draw examples from data in which every row has one.")
            left -= 1
            yield shot
            if not left:
                return
        among = f" whose {self.by} is '{value}'" if self.by else ""
        raise DatasetError(
            f"{self.count} examples for '{sample.id}' cannot be drawn from {len(pool)} samples{among}.", remedy="Ask for fewer."
        )

    def _text(self, shots: list[Sample], sample: Sample) -> str | tuple[Message, ...]:
        before = "\n\n".join(self.render(shot) for shot in shots)
        if isinstance(sample.input, str):
            return f"{before}\n\n{sample.input}"
        return self._placed((message("user", before),), sample)

    def _turns(self, shots: list[Sample], sample: Sample) -> tuple[Message, ...]:
        turns = [turn for shot in shots for turn in (*shot.messages, message("assistant", shot.targets[0]))]
        system = sample.messages[:1] if sample.messages[0].role == "system" else ()
        return self._placed(tuple(turn for turn in turns if not (system and turn.role == "system")), sample)

    def _placed(self, turns: tuple[Message, ...], sample: Sample) -> tuple[Message, ...]:
        """Behind the system message, before the rest."""
        first = 1 if sample.messages[0].role == "system" else 0
        return (*sample.messages[:first], *turns, *sample.messages[first:])


def in_drawn_order(pool: Sequence[int], choose: Random) -> Iterator[int]:
    """Every position of the pool once; only those that are taken are drawn."""
    tried: set[int] = set()
    while len(tried) < len(pool):
        place = choose.randrange(len(pool))
        if place not in tried:
            tried.add(place)
            yield pool[place]


def pools_of(source: Dataset, by: str) -> Mapping[str, Sequence[int]]:
    """Value of the metadata field `by` -> the positions that have it; all under "" where there is no `by`."""
    if not by:
        return {"": range(len(source))}
    found: dict[str, array[int]] = {}
    for position, sample in enumerate(source.samples()):
        found.setdefault(str(sample.metadata.get(by)), array("Q")).append(position)
    return found


def few_shot(
    dataset: Dataset,
    *,
    from_: Dataset,
    count: int,
    by: str = "",
    seed: int = 0,
    fixed: bool = False,
    style: Style = "text",
    render: Callable[[Sample], str] = example,
) -> Dataset:
    """`count` examples of `from_` before each sample: drawn for each, or with `fixed` the first ones, in their order, for all.

    `by` names a field of the metadata, such as "subject": examples are those in which it is the same as in the sample.
    `style` "text" writes them, by `render`, above the input; "turns" makes each a turn of user and assistant. To show worked answers,
    let `from_` be a table whose target is the worked answer. Raises UsageError for a count below 0, DatasetError when there are too few.
    """
    if count < 0:
        raise UsageError(f"{count} examples cannot be shown.", remedy="Give a number from 0 up.")
    if count == 0:
        return dataset
    pools = cache(partial(pools_of, from_, by))
    shots = Shots(source=from_, pools=pools, by=by, count=count, seed=seed, fixed=fixed, style=style, render=render)
    drawn = ("first",) if fixed else (seed,)
    return Mapped(dataset, shots, ("few-shot", from_.fingerprint, by, count, *drawn, style, None if render is example else render))


def shuffle_choices(dataset: Dataset, seed: int = 0, *, render: Callable[[tuple[str, ...]], str] = lettered) -> Dataset:
    """The choices of each sample in an order of its own, and the target letter with them; `metadata["permutation"]` holds the old places.

    Where the input shows the choices as `render` writes them, it then shows the new order. Samples without choices stay as they are.
    Raises DatasetError, when a sample is read, if its choices are shown in another way or its target is no letter.
    """
    return Mapped(dataset, partial(_permuted, seed=seed, render=render), ("shuffle-choices", seed, None if render is lettered else render))


def _permuted(sample: Sample, *, seed: int, render: Callable[[tuple[str, ...]], str]) -> Sample:
    if not sample.choices:
        return sample
    order = list(range(len(sample.choices)))
    generator(seed, "choices", sample.id).shuffle(order)
    choices = tuple(sample.choices[old] for old in order)
    before, after = render(sample.choices), render(choices)
    moved = {LETTERS[old]: LETTERS[new] for new, old in enumerate(order)}
    unknown = [each for each in sample.targets if each not in moved]
    if unknown:
        raise DatasetError(
            f"The target '{unknown[0]}' of '{sample.id}' is no letter of its choices.",
            remedy="Let the table make letters of targets: choices=...",
        )
    targets = tuple(moved[each] for each in sample.targets)
    return msgspec.structs.replace(
        sample,
        choices=choices,
        target=targets if isinstance(sample.target, tuple) else (targets[0] if targets else None),
        input=_reworded(sample, before, after),
        metadata={**sample.metadata, "permutation": order},
    )


def _reworded(sample: Sample, before: str, after: str) -> str | tuple[Message, ...]:
    if before not in sample.prompt:
        if SHOWN_OTHERWISE.search(sample.prompt):
            raise DatasetError(
                f"The input of '{sample.id}' shows its choices in a way of its own, so they cannot be shuffled in it.",
                remedy="Show them with {choices} in the input template, or give render= as the input writes them.",
            )
        return sample.input
    if isinstance(sample.input, str):
        return _last_replaced(sample.input, before, after)
    return tuple(_message_replaced(each, before, after) for each in sample.input)


def _last_replaced(text: str, before: str, after: str) -> str:
    """The last place only: examples above may have the same choices."""
    head, found, tail = text.rpartition(before)
    return f"{head}{after}{tail}" if found else text


def _message_replaced(each: Message, before: str, after: str) -> Message:
    parts = tuple(
        msgspec.structs.replace(part, text=_last_replaced(part.text, before, after)) if isinstance(part, Text) else part
        for part in each.content
    )
    return msgspec.structs.replace(each, content=parts)
