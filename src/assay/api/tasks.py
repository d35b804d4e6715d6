"""Which tasks are meant: names on the shelf, a benchmark file in Python, or data with a few flags."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from assay.api.data_tasks import FLAGS, OPTIONS, data_task, is_data, names_for
from assay.core.errors import DatasetError, UnknownOption, UsageError, boundary
from assay.core.registry import entries, load
from assay.core.task import Task
from assay.engine.build import build_tasks, call, check_names


def resolve_tasks(names: Sequence[str | Task], options: Mapping[str, Any] | None = None) -> tuple[Task, ...]:
    """Every task behind `names`, in order. Raises UnknownName, UsageError or DatasetError; two tasks of one name are refused."""
    tasks: list[Task] = []
    called = names_for([name for name in names if isinstance(name, str) and not format_of(name) and is_data(name)])
    for name in names:
        tasks.extend((name,) if isinstance(name, Task) else tasks_of(name, dict(options or {}), called.get(name, "")))
    seen: set[str] = set()
    for task in tasks:
        if task.name in seen:
            raise UsageError(
                f"The task '{task.name}' is asked for twice.", remedy="Name each task once; data may be given a name: -T name=NAME."
            )
        seen.add(task.name)
        check_names(task.scorers, f"The task '{task.name}'")
        if len(task.dataset) == 0:
            raise DatasetError(f"The dataset of the task '{task.name}' is empty.", remedy="Check the file, the split and the filters.")
    return tuple(tasks)


def tasks_of(name: str, options: dict[str, Any], called: str) -> tuple[Task, ...]:
    """The tasks behind one name; data is `called` so unless the options name it."""
    foreign = format_of(name)
    if foreign:
        return foreign_tasks(foreign, name.removeprefix(f"{foreign}:"), options)
    path, _, wanted = name.partition("::")
    if path.endswith(".py"):
        with told_apart(name):
            return python_tasks(Path(path), wanted, options)
    if (Path(name) / "run.json").is_file():
        raise UsageError(
            f"{name} is a run, not data.", remedy=f"Look at it with `assay view {name}`, score it again with `assay score {name}`."
        )
    if is_data(name):
        return (data_task(name, options, called),)
    if "/" in name and name not in entries("benchmarks"):
        raise UsageError(f"There is no file or folder '{name}'.", remedy="A table of the hub is written hf/org/name.")
    ours = {key: value for key, value in options.items() if key not in OPTIONS or value is not None}
    with told_apart(name):
        return build_tasks(name, ours)


def format_of(name: str) -> str:
    """The format of another tool that a name says before its first colon (`lm-eval:arc_easy`); empty where it says none."""
    prefix, colon, _ = name.partition(":")
    return prefix if colon and prefix in entries("task_formats") else ""


def foreign_tasks(prefix: str, name: str, options: Mapping[str, Any]) -> tuple[Task, ...]:
    """Another tool's tasks. Whoever declares `prefix` in the entry points `assay.task_formats` is called with the name behind the colon and
    the options that were given; it returns a Task or several, and raises UsageError for an option it does not take."""
    given = {key: value for key, value in options.items() if value is not None}
    made = load("task_formats", prefix)(name, given)
    return (made,) if isinstance(made, Task) else tuple(made)


@contextmanager
def told_apart(name: str) -> Iterator[None]:
    """Say it where a benchmark is given what belongs to data, rather than that it has no such option."""
    try:
        yield
    except UnknownOption as error:
        if error.option not in OPTIONS:
            raise
        own = "scorers" if error.option == "scorer" else "questions and prompts"
        given = f"--{error.option}" if error.option in FLAGS else f"-T {error.option}="
        raise UsageError(
            f"{given} is for data files; {name} brings its own {own}.",
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
