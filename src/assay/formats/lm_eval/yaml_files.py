"""lm-eval's YAML files: `include`, and `!function` kept as a name that nothing here ever calls."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from assay.core.errors import UsageError

SKIPPED = frozenset({"__pycache__", ".ipynb_checkpoints"})
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Python(str):
    """What stands behind `!function`: the name of a function in a file of Python."""

    __slots__ = ()


class _Loader(_BASE):  # type: ignore[misc]
    """Plain YAML, with `!function` as a name."""


_Loader.add_constructor("!function", lambda loader, node: Python(loader.construct_scalar(node)))


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a file after its includes, and which file each key stands in."""

    path: Path
    keys: dict[str, Any]
    places: dict[str, Path]

    def where(self, key: str) -> str:
        """The file a key stands in, for a message."""
        return str(self.places.get(key, self.path))


class Reader:
    """Reads each file once, however many include it."""

    def __init__(self) -> None:
        self._plain: dict[Path, dict[str, Any]] = {}

    def settings(self, path: Path, within: tuple[Path, ...] = ()) -> Settings:
        """The keys of a file: those of its includes, in their order, overridden by its own. `within` are the files that include it.

        Raises UsageError for a file that is missing (naming who includes it), is no mapping or includes itself.
        """
        path = path.resolve()
        if path in within:
            chain = " includes ".join(each.name for each in (*within[within.index(path) :], path))
            raise UsageError(f"{path} includes itself: {chain}.", remedy="Take one of these includes out.")
        own = self._read(path, within)
        keys: dict[str, Any] = {}
        places: dict[str, Path] = {}
        for name in _names(own, path):
            base = self.settings(Path(name) if Path(name).is_absolute() else path.parent / name, (*within, path))
            kept = [key for key in base.keys if key != "task_list"]
            keys.update((key, base.keys[key]) for key in kept)
            places.update((key, base.places[key]) for key in kept)
        mine = {key: value for key, value in own.items() if key != "include"}
        return Settings(path=path, keys={**keys, **mine}, places={**places, **dict.fromkeys(mine, path)})

    def _read(self, path: Path, within: tuple[Path, ...]) -> dict[str, Any]:
        if path not in self._plain:
            self._plain[path] = _mapping(path, within)
        return self._plain[path]


def _names(own: Mapping[str, Any], path: Path) -> list[str]:
    """The files that a file includes."""
    given = own.get("include", [])
    names = given if isinstance(given, list) else [given]
    if not all(isinstance(name, str) and not isinstance(name, Python) for name in names):
        raise UsageError(f"{path}: include must be a file's name or a list of them, not {given!r}.")
    return names


def _mapping(path: Path, within: tuple[Path, ...]) -> dict[str, Any]:
    """One file as it is."""
    try:
        found = yaml.load(path.read_bytes(), Loader=_Loader)  # a safe loader with one more tag
    except OSError as error:
        by = f", which {within[-1]} includes," if within else ""
        raise UsageError(
            f"{path}{by} cannot be read: {error.strerror}.", remedy="A path in `include` is seen from the file it stands in."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise UsageError(f"{path} is no YAML that can be read: {told[:300]}.") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} holds a {type(found).__name__}, not keys and values.")
    return {str(key): value for key, value in found.items()}


def files_in(folder: Path) -> Iterator[Path]:
    """Every `.yaml` below a folder, in the order of their paths."""
    found = (each for each in folder.glob("**/*.yaml") if not SKIPPED.intersection(each.parts))
    yield from sorted(found, key=lambda each: each.as_posix())


def python_in(value: Any, key: str = "") -> Iterator[tuple[str, Python]]:
    """Every `!function` in a value, with the key it stands under (`metric_list.aggregation`)."""
    if isinstance(value, Python):
        yield key, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from python_in(each, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for each in value:
            yield from python_in(each, key)
