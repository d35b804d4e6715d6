"""Which tasks are meant: names on the shelf, a benchmark file in Python, or a plain data file with a few flags."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from assay.core.errors import DatasetError, UnknownOption, UsageError, boundary
from assay.core.task import Task
from assay.datasets.formats import kind_of
from assay.engine.build import build_scorer, build_tasks, call, check_names

COLUMN_OPTIONS = ("input", "target", "choices", "id", "cluster", "metadata", "answer_as", "allow_missing_target", "split")
FILE_OPTIONS = (*COLUMN_OPTIONS, "scorer", "template", "likelihood")


def resolve_tasks(names: Sequence[str | Task], options: Mapping[str, Any] | None = None) -> tuple[Task, ...]:
    """Every task behind `names`, in order. Raises UnknownName, UsageError or DatasetError; two tasks of one name are refused."""
    tasks: list[Task] = []
    for name in names:
        tasks.extend((name,) if isinstance(name, Task) else tasks_of(name, dict(options or {})))
    seen: set[str] = set()
    for task in tasks:
        if task.name in seen:
            raise UsageError(f"The task '{task.name}' is asked for twice.", remedy="Name each task once.")
        seen.add(task.name)
        check_names(task.scorers, f"The task '{task.name}'")
        if len(task.dataset) == 0:
            raise DatasetError(f"The dataset of the task '{task.name}' is empty.", remedy="Check the file, the split and the filters.")
    return tuple(tasks)


def tasks_of(name: str, options: dict[str, Any]) -> tuple[Task, ...]:
    """The tasks behind one name."""
    path, _, wanted = name.partition("::")
    if path.endswith(".py"):
        with told_apart(name):
            return python_tasks(Path(path), wanted, options)
    if kind_of(name) is not None:
        return (file_task(name, options),)
    ours = {key: value for key, value in options.items() if key not in FILE_OPTIONS or value is not None}
    with told_apart(name):
        return build_tasks(name, ours)


@contextmanager
def told_apart(name: str) -> Iterator[None]:
    """Say it where a benchmark is given what belongs to a data file, rather than that it has no such option."""
    try:
        yield
    except UnknownOption as error:
        if error.option not in FILE_OPTIONS:
            raise
        own = "scorers" if error.option == "scorer" else "questions and prompts"
        raise UsageError(
            f"--{error.option} is for data files; {name} brings its own {own}.",
            remedy=f"Leave it out; {error.remedy[0].lower()}{error.remedy[1:]}",
        ) from error


def python_tasks(path: Path, wanted: str, options: dict[str, Any]) -> tuple[Task, ...]:
    """The tasks a benchmark file makes: its functions that return a Task (only `wanted`, where `file.py::wanted` names one)."""
    module = import_file(path)
    makers = {
        name: value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__ and makes_tasks(value)
    }
    if wanted:
        makers = {name: value for name, value in makers.items() if name == wanted}
    if not makers:
        what = f"no function '{wanted}' that returns a Task" if wanted else "no function that returns a Task"
        raise UsageError(f"{path} has {what}.", remedy="Write one: def my_task() -> Task: ... (see docs/guides/add-a-benchmark.md).")
    tasks: list[Task] = []
    for name, maker in makers.items():
        made = call(maker, f"The task '{name}' in {path}", options)
        tasks.extend((made,) if isinstance(made, Task) else made)
    return tuple(tasks)


def makes_tasks(value: Any) -> bool:
    """Whether a function says that it returns tasks."""
    returned = getattr(value, "__annotations__", {}).get("return")
    return "Task" in (returned if isinstance(returned, str) else getattr(returned, "__name__", str(returned)))


def import_file(path: Path) -> ModuleType:
    """A Python file as a module of its own. Raises UsageError where it is not there or breaks when it is imported."""
    if not path.is_file():
        raise UsageError(f"The benchmark file {path} does not exist.")
    name = f"assay_benchmark_{path.stem}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise UsageError(f"{path} cannot be imported as Python.")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    with boundary("dataset") as caught:
        found.loader.exec_module(module)
    if caught.failure is not None:
        del sys.modules[name]
        raise UsageError(f"The benchmark file {path} breaks when it is imported: {caught.failure.message}.")
    return module


def file_task(source: str, options: Mapping[str, Any]) -> Task:
    """A task from a plain data file: `input`, `target`, `choices`, `id` name columns or templates, `scorer` a scorer (default: exact).

    Without `input` and `target` the usual column names are tried. Raises DatasetError naming the columns there are.
    """
    from assay.datasets.plain import plain_table
    from assay.dialogue import ask_once, ask_with, weigh_choices

    unknown = [key for key in options if key not in FILE_OPTIONS]
    if unknown:
        raise UsageError(f"A data file takes no option '{unknown[0]}'.", remedy=f"It takes: {', '.join(FILE_OPTIONS)}.")
    given = {key: value for key, value in options.items() if value is not None}
    columns = {key: given[key] for key in COLUMN_OPTIONS if key in given}
    dataset = plain_table(source, **columns)
    spec = given.get("scorer", ())
    specs = (spec,) if isinstance(spec, str) else tuple(spec)
    likelihood = bool(given.get("likelihood"))
    default = "likelihood" if likelihood else "choice" if dataset.fields.choices is not None else "exact"
    scorers = tuple(build_scorer(each) for each in specs or (default,))
    template = given.get("template")
    solver = weigh_choices() if likelihood else ask_with(template=template) if template else ask_once
    name = Path(Path(source).name.removesuffix(".gz")).stem
    return Task(name=name, dataset=dataset, solver=solver, scorers=scorers)
