"""What differs between runs, what they are called by it, and whether their scores may still stand side by side."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from assay.core.run import Manifest, Result

DECISIVE = {
    "dataset": "they were asked different samples",
    "solver": "they were asked in different ways",
    "scorers": "they were scored by different rules",
    "sandbox": "code ran under different conditions",
}
"""Parts of an identity that must agree before two numbers mean the same thing; the model is what is compared."""

UNPAIRED = ("scorers",)
"""Of them, those that must agree even where two runs are compared sample by sample: there the others are a caution."""

TOLERABLE = {
    "decoding": "the models wrote under different settings",
    "seed": "other random choices; with a limit, other samples",
    "trials": "another number of attempts per sample",
    "samples": "another number of samples",
    "assay": "another version of Assay",
}


CONTENT, MISSING = " (content)", "—"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting that is not the same everywhere: its value in each run, and what that means (None: nothing is known of it).

    `comparable` is False where numbers of these runs answer different questions.
    """

    name: str
    values: tuple[str, ...]
    comparable: bool = True
    meaning: str | None = None


def settings_diff(manifests: Sequence[Manifest]) -> tuple[Setting, ...]:
    """What differs between runs of one task, what makes them incomparable first. Empty where nothing does, or for one run."""
    rows = [_facts(each) for each in manifests]
    names = dict.fromkeys(name for row in rows for name in row)
    found = []
    for name in names:
        values = tuple(_text(row.get(name)) for row in rows)
        if len(set(values)) > 1:
            found.append(_setting(name, values))
    return tuple(sorted(found, key=lambda each: each.comparable))


def labels(manifests: Sequence[Manifest]) -> list[str]:
    """What each run's model is called beside the others: its name, and of two runs of one task and model what differs between them,
    `tiny/latest (temperature 0.7)`; where no setting does, when they were made. No two runs of a task have one label."""
    found = [each.model for each in manifests]
    asked: dict[tuple[str, str], list[int]] = {}
    for index, each in enumerate(manifests):
        asked.setdefault((each.task, each.model), []).append(index)
    for indexes in asked.values():
        if len(indexes) > 1:
            for index, label in zip(indexes, _told_apart([manifests[index] for index in indexes]), strict=True):
                found[index] = label
    return found


def labelled(results: Sequence[Result], manifests: Sequence[Manifest]) -> tuple[list[Result], list[Manifest]]:
    """The runs under their `labels`; `manifests[i]` belongs to `results[i]`."""
    names = labels(manifests)
    return (
        [msgspec.structs.replace(each, model=name) for each, name in zip(results, names, strict=True)],
        [msgspec.structs.replace(each, model=name) for each, name in zip(manifests, names, strict=True)],
    )


def _told_apart(own: Sequence[Manifest]) -> list[str]:
    """Labels for runs of one task and model."""
    differ = [each for each in settings_diff(own) if not each.name.endswith(CONTENT) and each.name != "assay"]
    if any(each.name == "limit" for each in differ):
        differ = [each for each in differ if each.name != "samples"]
    differ.sort(key=lambda each: not each.name.startswith("decoding."))
    told = []
    for index, manifest in enumerate(own):
        parts = [f"{plain_name(each.name)} {each.values[index][:24]}" for each in differ if each.values[index] != MISSING]
        told.append(f"{manifest.model} ({', '.join(parts[:3])})" if parts else manifest.model)
    for facts in ([each.created[:19].replace("T", " ") for each in own], [each.id for each in own]):
        times = Counter(told)
        told = [f"{label} (run {fact})" if times[label] > 1 else label for label, fact in zip(told, facts, strict=True)]
    times = Counter(told)
    return [f"{label} ({told[: index + 1].count(label)})" if times[label] > 1 else label for index, label in enumerate(told)]


def plain_name(name: str) -> str:
    """A setting as a person says it: `temperature`, not `decoding.temperature`."""
    return name.rpartition(".")[2].replace("_", " ") if name.startswith(("decoding.", "model.", "task.")) else name


def incomparable(manifests: Sequence[Manifest]) -> str | None:
    """Why numbers of these runs must not be compared, or None."""
    reasons = [each.meaning for each in settings_diff(manifests) if not each.comparable and each.meaning]
    return "; ".join(reasons) or None


def unpairable(a: Manifest, b: Manifest) -> str | None:
    """Why two runs must not be compared even over the samples they share, or None."""
    return "; ".join(DECISIVE[part] for part in UNPAIRED if _differs(a, b, part)) or None


def cautions(a: Manifest, b: Manifest) -> tuple[str, ...]:
    """What endangers a comparison of two runs over the samples they share."""
    parts = {part: meaning for part, meaning in {**DECISIVE, **TOLERABLE}.items() if part not in UNPAIRED and _differs(a, b, part)}
    return tuple(
        f"{meaning}: only those with the same id are compared" if part == "dataset" else meaning for part, meaning in parts.items()
    )


def _differs(a: Manifest, b: Manifest, part: str) -> bool:
    return a.fingerprints.get(part) != b.fingerprints.get(part)


def _facts(manifest: Manifest) -> dict[str, Any]:
    words = {name: value for name, value in manifest.settings.items() if name not in ("task", "model", "seed", "trials", "command")}
    prints = {name: value for name, value in manifest.fingerprints.items() if name != "model"}
    return {
        **{f"{name}{CONTENT}": value[:12] for name, value in prints.items()},
        **words,
        "seed": manifest.seed,
        "trials": manifest.trials,
        "samples": manifest.samples,
        "assay": manifest.assay,
    }


def _setting(name: str, values: tuple[str, ...]) -> Setting:
    part = name.removesuffix(CONTENT)
    if part in DECISIVE and part != name:
        return Setting(name=name, values=values, comparable=False, meaning=DECISIVE[part])
    return Setting(name=name, values=values, meaning=TOLERABLE.get(part.partition(".")[0]))


def _text(value: Any) -> str:
    if value is None:
        return MISSING
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
