"""Splits: which of many files hold a split of a dataset, judged by their names, as hubs and people lay them out."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from assay.core.errors import DatasetError
from assay.core.registry import suggest
from assay.datasets.formats import kind_of

ALIASES: dict[str, tuple[str, ...]] = {
    "test": ("test", "testing", "eval", "evaluation"),
    "validation": ("validation", "valid", "val", "dev"),
    "train": ("train", "training"),
}
PREFERRED = ("parquet", "jsonl", "json", "csv", "tsv")


def files_of_split(files: Sequence[str], split: str, *, name: str, config: str | None = None) -> list[str]:
    """The files, by name in order, that hold `split`. Raises DatasetError when none does or several configurations do."""
    tables = sorted(each for each in files if kind_of(each))
    if config is not None:
        of_config = [each for each in tables if config in PurePosixPath(each).parts[:-1] or each.startswith(f"{config}-")]
        if not of_config:
            raise DatasetError(f"{name} has no configuration '{config}'.", remedy=suggest(config, tuple(sorted(_folders(tables)))))
        tables = of_config
    found = _named(tables, split)
    if not found and len(tables) == 1:
        found = tables
    if not found:
        shown = ", ".join(tables[:20]) + (", ..." if len(tables) > 20 else "")
        named = " Name its split: -T split=NAME (in Python split=)." if tables else ""
        raise DatasetError(f"{name} has no file for the split '{split}'.", remedy=f"Its tables are: {shown or 'none'}.{named}")
    folders = _folders(found)
    if len(folders) > 1:
        shown = ", ".join(sorted(folders)[:30])
        raise DatasetError(f"{name} has {len(folders)} configurations with a split '{split}'.", remedy=f"Name one of: {shown}.")
    kinds = {kind_of(each) for each in found}
    chosen = next(kind for kind in PREFERRED if kind in kinds)
    return [each for each in found if kind_of(each) == chosen]


def _named(tables: Sequence[str], split: str) -> list[str]:
    """Tables whose name, or failing that whose folder, has the split (or another word for it) as a word of its own."""
    words = next((group for group in ALIASES.values() if split in group), (split,))
    for word in dict.fromkeys((split, *words)):
        pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", re.IGNORECASE)
        for part in (-1, -2):
            found = [each for each in tables if len(PurePosixPath(each).parts) >= -part and pattern.search(PurePosixPath(each).parts[part])]
            if found:
                return found
    return []


def _folders(files: Sequence[str]) -> set[str]:
    """The configurations: the first folder of each path, where it is not merely called after what every dataset has."""
    plain = {"data", "raw", ".", *(word for group in ALIASES.values() for word in group)}
    firsts = {PurePosixPath(each).parts[0] if len(PurePosixPath(each).parts) > 1 else "." for each in files}
    return {each if each not in plain else "." for each in firsts}


def local_files(path: Path, split: str, *, names: Sequence[str] = ()) -> list[Path]:
    """The files of a split at a local path: the file itself, or those in a folder; `names` are what the dataset is also called."""
    if not path.is_dir():
        return [path]
    files = {
        each.relative_to(path).as_posix(): each for each in sorted(path.rglob("*")) if each.is_file() and not each.name.startswith(".")
    }
    if not _named([each for each in files if kind_of(each)], split):
        called = [each for each in files if plainly(Path(each).name.split(".")[0]) in {plainly(name) for name in names}]
        if len(called) == 1:
            return [files[called[0]]]
    return [files[each] for each in files_of_split(list(files), split, name=str(path))]


def plainly(name: str) -> str:
    """A name without what people write differently: case, hyphens, underscores."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def in_data_folder(folder: Path, source: str) -> Path | None:
    """Where a folder of local copies keeps `org/name`: in `org/name`, `name`, or a folder or file called so in another spelling; None where it does not."""
    direct = folder / source
    if direct.exists():
        return direct
    last = plainly(source.rsplit("/", 1)[-1])
    whole = plainly(source)
    if not folder.is_dir():
        raise DatasetError(
            f"ASSAY_DATA names {folder}, which is no folder.", remedy="Set it to the folder that holds the local copies, or unset it."
        )
    fits = [
        each for each in sorted(folder.iterdir()) if plainly(each.name.split(".")[0]) in (last, whole) and (each.is_dir() or kind_of(each))
    ]
    return fits[0] if fits else None
