"""The registry: names as strings in entry points, nothing imported until it is asked for. Our own parts are declared as a stranger's would be."""

import difflib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from assay.core.errors import MissingPackage, UnknownName


@cache
def entries(kind: str) -> dict[str, EntryPoint]:
    """Name -> entry point of one kind (`benchmarks`, `models`, ...), from every installed package; the first package by name wins a tie."""
    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=f"assay.{kind}"), key=lambda point: (origin(point) != "assay", origin(point))):
        found.setdefault(point.name, point)
    return dict(sorted(found.items()))


def origin(point: EntryPoint) -> str:
    """The package that declares an entry point."""
    return point.dist.name if point.dist is not None else "unknown"


def meant(name: str, known: "list[str] | tuple[str, ...]") -> str:
    """A question that says what a wrong name might have meant; nothing where nothing is near."""
    close = difflib.get_close_matches(name.lower(), [each.lower() for each in known], n=3, cutoff=0.5)
    by_lower = {each.lower(): each for each in known}
    return f"Did you mean {', '.join(by_lower[each] for each in close)}?" if close else ""


def suggest(name: str, known: "list[str] | tuple[str, ...]") -> str:
    """What a wrong name might have meant, and what there is."""
    shown = ", ".join(known[:30]) + (f", and {len(known) - 30} more" if len(known) > 30 else "")
    return f"{meant(name, known)} There are: {shown or 'none'}.".lstrip()


def load(kind: str, name: str) -> Any:
    """The object behind a name. Raises UnknownName with near misses, or MissingPackage naming what to install."""
    known = entries(kind)
    if name not in known:
        raise UnknownName(f"No {kind.rstrip('s')} is named '{name}'.", remedy=suggest(name, list(known)))
    try:
        return known[name].load()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("assay"):
            raise
        raise MissingPackage(
            f"The {kind.rstrip('s')} '{name}' needs the package '{error.name}', which is not installed.", remedy=f"pip install {error.name}"
        ) from error
