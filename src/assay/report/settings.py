"""What differs between runs, and whether their scores may still stand side by side."""

from collections.abc import Sequence
from typing import Any

import msgspec

from assay.core.run import Manifest

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
        **{f"{name} (content)": value[:12] for name, value in prints.items()},
        **words,
        "seed": manifest.seed,
        "trials": manifest.trials,
        "samples": manifest.samples,
        "assay": manifest.assay,
    }


def _setting(name: str, values: tuple[str, ...]) -> Setting:
    part = name.removesuffix(" (content)")
    if part in DECISIVE and part != name:
        return Setting(name=name, values=values, comparable=False, meaning=DECISIVE[part])
    return Setting(name=name, values=values, meaning=TOLERABLE.get(part.partition(".")[0]))


def _text(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
