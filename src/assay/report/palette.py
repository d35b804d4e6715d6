"""What a run is called on a page and which colour it has: the same everywhere on it."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from assay.core.run import Manifest, Result

_Key = tuple[str, str, str]


class Palette(msgspec.Struct, frozen=True, kw_only=True):
    """`labels` by (task, model, run folder): the model, with the run's id where a model has two runs of a task. `colors` by label; `respects` by task."""

    labels: Mapping[_Key, str]
    colors: Mapping[str, int]
    respects: Mapping[str, str]

    def label(self, result: Result) -> str:
        """What stands beside the numbers of this run."""
        return self.labels[_key(result)]

    def color(self, name: str) -> int:
        """The place of a label in the palette; a name nobody knows has the first colour."""
        return self.colors.get(name, 0)


def palette(results: Sequence[Result], manifests: Sequence[Manifest]) -> Palette:
    """Labels and colours in the order the runs come; a task's respect is its scenario, or the first its card names."""
    runs = Counter((each.task, each.model) for each in results)
    labels = {
        _key(each): each.model if runs[each.task, each.model] == 1 else f"{each.model} · {folder_of(each).rpartition('__')[2]}"
        for each in results
    }
    respects = {each.task: each.card.respects[0] for each in manifests if each.card and each.card.respects}
    respects.update({each.task: each.scenario for each in results if each.scenario})
    names = dict.fromkeys(labels.values())
    return Palette(labels=labels, colors={name: index for index, name in enumerate(names)}, respects=respects)


def folder_of(result: Result) -> str:
    """The run folder's own name, which means the same wherever the folders have been moved."""
    return result.run_dir.rstrip("/").rpartition("/")[2]


def _key(result: Result) -> _Key:
    return result.task, result.model, result.run_dir
