"""Data as tasks: a file, a folder, a hub's table or a URL, with a few options; and what such tasks are called."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from assay.core.errors import UsageError
from assay.core.protocols import Dataset
from assay.core.registry import entries, suggest
from assay.core.task import Task
from assay.datasets.formats import kind_of
from assay.datasets.sources import names_of
from assay.engine.build import build_scorer

if TYPE_CHECKING:
    from assay.datasets import Table

SOURCE_OPTIONS = ("split", "data", "revision", "loader")
COLUMN_OPTIONS = ("input", "target", "choices", "id", "cluster", "metadata", "answer_as", "allow_missing_target")
SAMPLE_OPTIONS = ("where", "shuffle_choices", "shots", "shots_from", "seed")
FLAGS = ("input", "target", "choices", "id", "scorer", "template", "likelihood")
"""Options that have a flag of their own on the command line; the others are written -T NAME=."""
OPTIONS = (*SOURCE_OPTIONS, *COLUMN_OPTIONS, *SAMPLE_OPTIONS, *(each for each in FLAGS if each not in COLUMN_OPTIONS), "name")


def is_data(name: str) -> bool:
    """Whether a name is one of data: a hub's table, a URL, a file of a known format, a folder that is called as no benchmark is."""
    if names_of(name) or kind_of(name) is not None:
        return True
    return name not in entries("benchmarks") and Path(name).expanduser().is_dir()


def data_task(source: str, options: Mapping[str, Any], called: str = "") -> Task:
    """A task from data: `input`, `target`, `choices`, `id` name columns or templates, `scorer` a scorer (default: exact).

    Without `input` and `target` the usual column names are tried. `where` keeps some rows, `shuffle_choices` orders the choices anew,
    `shots` puts examples of `shots_from` before each question, `name` names the task (default: `called`).
    Raises UsageError for a wrong option, DatasetError naming the columns there are.
    """
    from assay.datasets import plain_table
    from assay.dialogue import ask_once, ask_with, weigh_choices

    unknown = [key for key in options if key not in OPTIONS]
    if unknown:
        raise UsageError(f"A data file takes no option '{unknown[0]}'.", remedy=suggest(unknown[0], OPTIONS))
    given = {key: value for key, value in options.items() if value is not None}
    check_kinds(given)
    table = plain_table(source, **{key: given[key] for key in (*SOURCE_OPTIONS, *COLUMN_OPTIONS) if key in given})
    spec = given.get("scorer", ())
    specs = (spec,) if isinstance(spec, str) else tuple(spec)
    likelihood = bool(given.get("likelihood"))
    default = "likelihood" if likelihood else "choice" if table.fields.choices is not None else "exact"
    template = given.get("template")
    return Task(
        name=str(given.get("name") or called or names_for([source])[source]),
        dataset=chosen(table, source, given),
        solver=weigh_choices() if likelihood else ask_with(template=template) if template else ask_once,
        scorers=tuple(build_scorer(each) for each in specs or (default,)),
    )


def check_kinds(given: Mapping[str, Any]) -> None:
    """Raise UsageError for an option about samples that is not what it must be."""
    kinds: Mapping[str, tuple[type, str]] = {
        "where": (str, "an expression over the columns, such as 'level == \"hard\"'"),
        "shuffle_choices": (bool, "true or false"),
        "shots": (int, "a whole number"),
        "shots_from": (str, "a file, a hub's table or another split"),
        "seed": (int, "a whole number"),
    }
    for key, (kind, meant) in kinds.items():
        if key in given and (not isinstance(given[key], kind) or (kind is int and isinstance(given[key], bool))):
            raise UsageError(f"{key} is {given[key]!r}: it must be {meant}.")
    if given.get("shots") and "shots_from" not in given:
        raise UsageError(f"{given['shots']} examples need a source.", remedy="Say which: -T shots_from=FILE, or another split of the data.")
    if "shots_from" in given and "shots" not in given:
        raise UsageError("shots_from says where examples come from, but not how many.", remedy="Say how many: -T shots=5.")


def chosen(table: "Table", source: str, given: Mapping[str, Any]) -> Dataset:
    """The samples that the options ask for, as they ask for them."""
    from assay import datasets

    seed = given.get("seed", 0)
    dataset: Dataset = datasets.where(table, given["where"]) if "where" in given else table
    if given.get("shuffle_choices"):
        if table.fields.choices is None:
            raise UsageError(f"{source} has no choices to shuffle.", remedy="Name their column: --choices COLUMN.")
        dataset = datasets.shuffle_choices(dataset, seed=seed)
    if given.get("shots"):
        dataset = datasets.few_shot(dataset, from_=examples(table, source, given), count=given["shots"], seed=seed)
    return dataset


def examples(table: "Table", source: str, given: Mapping[str, Any]) -> "Table":
    """The table that examples are drawn from, its columns read as the data's: another source, or another split of the same."""
    from assay import datasets

    fields = table.fields
    columns = {key: getattr(fields, key) for key in COLUMN_OPTIONS if key not in ("input", "id", "metadata")}
    named = given["shots_from"]
    if is_data(named):
        return datasets.table(named, "train", input=fields.input, **columns)
    place = {key: given[key] for key in ("data", "revision", "loader") if key in given}
    return datasets.table(source, named, input=fields.input, **place, **columns)


def names_for(sources: Sequence[str]) -> dict[str, str]:
    """Source -> what its task is called: the shortest end of its path that no other one has."""
    ways = {source: ways_to_call(source) for source in sources}
    lengths = dict.fromkeys(ways, 0)
    while True:
        names = {source: ways[source][length] for source, length in lengths.items()}
        counted = Counter(names.values())
        longer = [source for source, name in names.items() if counted[name] > 1 and lengths[source] + 1 < len(ways[source])]
        if not longer:
            return names
        for source in longer:
            lengths[source] += 1


def ways_to_call(source: str) -> tuple[str, ...]:
    """Names of a data source, the shortest first: a file's without its ending, with it, then with ever more of its folders."""
    if names_of(source) and "://" not in source:
        parts = source.partition("@")[0].split("/")[1:]
        return ("/".join(parts[1:]), "/".join(parts), source)
    if "://" in source:
        found = urlsplit(source)
        path = PurePosixPath(found.netloc.rpartition("@")[2], unquote(found.path).strip("/"))
    else:
        plain = Path(source).expanduser()
        path = PurePosixPath((plain.resolve() if ".." in plain.parts else plain.absolute()).as_posix().lstrip("/"))
    stem = path.name
    if kind_of(path.name) is not None:
        stem = PurePosixPath(path.name.removesuffix(".gz")).stem
    folders = path.parts[:-1]
    longer = ("/".join((*folders[-count:], stem)) for count in range(1, len(folders) + 1))
    return (stem, path.name, *longer, str(path))
