"""Which trials a person should read: failures of many kinds, and what changed between two runs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import overload

import msgspec

from assay.core.errors import StoreError
from assay.core.journal import TrialHead
from assay.store.fold import Fold, Place, Record
from assay.store.folder import RunFolder

HALF = 0.5
"""When choosing what to read, a value from here on counts as right, or as wrong where lower is better."""

POOL = 600


class Chosen(Sequence[Record]):
    """Records that are read when they are looked at, so that forty long answers are never held together."""

    def __init__(self, fold: Fold, places: Sequence[Place]) -> None:
        self._fold, self._places = fold, tuple(places)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> "Chosen": ...
    def __getitem__(self, at: int | slice) -> "Record | Chosen":
        return Chosen(self._fold, self._places[at]) if isinstance(at, slice) else self._fold.record(self._places[at])


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """One sample that two runs answered with different success: the values of the metric (means over trials), a trial of each."""

    sample_id: str
    before: float
    after: float
    a: Record
    b: Record


class Flips(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from run a to run b on one metric: counts over the samples both have a value for, and some to read of each kind."""

    metric: str
    both: int
    lost: int
    won: int
    both_wrong: int
    lost_examples: tuple[Flip, ...]
    won_examples: tuple[Flip, ...]
    wrong_examples: tuple[Flip, ...] = ()


def failures(folder: RunFolder, *, limit: int = 40) -> Sequence[Record]:
    """Up to `limit` trials that a model did badly on any metric, diverse and the same ones each time.

    Groups by what went wrong (the flags) and by skill, takes from each in turn, and within a group the shortest first: they
    are read soonest. Trials that broke around the model are not among them. One attempt per sample.
    """
    with folder.fold() as fold:
        wrong: dict[str, tuple[Place, TrialHead]] = {}
        for place, head in fold.heads():
            if head.sample_id not in wrong and _is_wrong(head, folder.manifest.lower_is_better):
                wrong[head.sample_id] = (place, head)
        pool = sorted(wrong.values(), key=lambda each: _order(each[1].sample_id))[:POOL]
        groups: dict[tuple[str, ...], list[tuple[int, Place]]] = defaultdict(list)
        for place, head in pool:
            record = fold.record(place)
            groups[(*head.flags, _area(record))].append((_length(record), place))
    for group in groups.values():
        group.sort(key=itemgetter(0))
    return Chosen(fold, tuple(_in_turn([[place for _, place in groups[key]] for key in sorted(groups)], limit))) if groups else ()


def flips(a: RunFolder, b: RunFolder, metric: str, *, limit: int = 20) -> Flips:
    """What run b lost and won against run a, sample by sample: any change counts, as in a comparison. Raises StoreError where they have no scored sample in common."""
    with a.fold() as old, b.fold() as new:
        before, after = (fold.means(metric).get(metric, {}) for fold in (old, new))
        common = sorted(before.keys() & after.keys(), key=_order)
        if not common:
            raise StoreError(
                f"{a.path} and {b.path} have no sample in common with a value of '{metric}'.", remedy="Compare runs of one task."
            )

        lower = metric in b.manifest.lower_is_better

        def right(value: float) -> bool:
            return (value < HALF) if lower else (value >= HALF)

        def kind_of(old: float, new: float) -> str:
            if old == new:
                return "right" if right(old) else "wrong"
            return "won" if (new < old) == lower else "lost"

        kinds: dict[str, list[str]] = defaultdict(list)
        for each in common:
            kinds[kind_of(before[each][0], after[each][0])].append(each)

        def chosen(kind: str, most: int) -> tuple[Flip, ...]:
            made = (
                Flip(
                    sample_id=each,
                    before=before[each][0],
                    after=after[each][0],
                    a=old.record(before[each][1]),
                    b=new.record(after[each][1]),
                )
                for each in kinds[kind][:most]
            )
            return tuple(sorted(made, key=lambda flip: _length(flip.b)))

        return Flips(
            metric=metric,
            both=len(common),
            lost=len(kinds["lost"]),
            won=len(kinds["won"]),
            both_wrong=len(kinds["wrong"]),
            lost_examples=chosen("lost", limit),
            won_examples=chosen("won", limit),
            wrong_examples=chosen("wrong", limit // 4),
        )


def _is_wrong(head: TrialHead, lower_is_better: Collection[str]) -> bool:
    """Whether any score says so. Where lower is better only a scorer's first criterion does: one that stands beside others (bits per byte
    beside accuracy) is a measure without right and wrong."""
    seen: set[str] = set()
    for score in head.scores:
        first = score.scorer not in seen
        seen.add(score.scorer)
        if score.value is not None and (first and score.value >= HALF if score.name in lower_is_better else score.value < HALF):
            return True
    return False


def _order(sample_id: str) -> bytes:
    """A fixed order that has nothing to do with the dataset's."""
    return blake2b(sample_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _area(record: Record) -> str:
    """What the sample asks of a model, as far as its metadata says."""
    metadata = record.sample.metadata if record.sample else {}
    for name in ("skills", "skill", "subject", "category", "respect"):
        value = metadata.get(name)
        if isinstance(value, list | tuple) and value:
            return str(value[0])
        if isinstance(value, str):
            return value
    return ""


def _length(record: Record) -> int:
    prompt = len(record.sample.prompt) if record.sample else 0
    return prompt + (len(record.trial.answer.text) if record.trial.answer else 0)


def _in_turn(groups: list[list[Place]], limit: int) -> Iterable[Place]:
    """One of each group, then a second of each, until there are enough."""
    taken = 0
    for turn in range(max((len(group) for group in groups), default=0)):
        for group in groups:
            if turn < len(group) and taken < limit:
                taken += 1
                yield group[turn]
