"""What a folder of lm-eval tasks holds: tasks, groups and tags, and which tasks a name means."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import UnknownName, UsageError
from assay.core.group import Aggregate, Group
from assay.core.registry import meant
from assay.formats.lm_eval.yaml_files import Reader, Settings, files_in

GROUP_KEYS = frozenset({"group", "group_alias", "task", "aggregate_metric_list", "metadata"})
AGGREGATE_KEYS = ("metric", "filter_list", "aggregation", "weight_by_size")


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What a name means: tasks by name, in order, and the groups they stand in, from the inside out."""

    tasks: dict[str, Settings]
    groups: tuple[Group, ...] = ()


class Catalogue:
    """The tasks, groups and tags of folders. A file that cannot be read is told of only where it is asked for."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.reader = Reader()
        self.folders = tuple(folders)
        self.tasks: dict[str, Settings] = {}
        self.groups: dict[str, Settings] = {}
        self.tags: dict[str, set[str]] = {}
        self.broken: dict[Path, UsageError] = {}
        for folder in folders:
            self._add(folder)

    def _add(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder} of lm-eval tasks.", remedy="Name it: --include-path FOLDER.")
        mine: set[str] = set()
        for path in files_in(folder):
            try:
                found = self.reader.settings(path)
            except UsageError as error:
                self.broken[path] = error
                continue
            self._note(found, mine)

    def _note(self, found: Settings, mine: set[str]) -> None:
        """Within a folder the first of a name counts, of several folders the last."""
        keys = found.keys
        name = keys.get("group") if "group" in keys and "class" not in keys else keys.get("task")
        if not isinstance(name, str) or name in mine:
            return
        mine.add(name)
        self.tasks.pop(name, None)
        self.groups.pop(name, None)
        if "group" in keys and "class" not in keys:
            self.groups[name] = found
            return
        self.tasks[name] = found
        for tag in tags_of(found):
            self.tags.setdefault(tag, set()).add(name)

    @property
    def names(self) -> list[str]:
        """Everything that can be asked for."""
        return sorted({*self.tasks, *self.groups, *self.tags})

    def chosen(self, name: str) -> Chosen:
        """The tasks behind a task's, a group's or a tag's name. Raises UnknownName with near misses, UsageError for what is broken."""
        tasks: dict[str, Settings] = {}
        groups: list[Group] = []
        self._gather(name, {}, tasks, groups, within=())
        return Chosen(tasks=tasks, groups=tuple(groups))

    def of_file(self, path: Path) -> Chosen:
        """The task or group that a file holds; what a group names is looked for in the folders."""
        found = self.reader.settings(path)
        name = found.keys.get("group", found.keys.get("task"))
        if not isinstance(name, str):
            raise UsageError(f"{path} names no task.", remedy="It must have the key `task` (or `group`), itself or by an include.")
        into = self.groups if "group" in found.keys and "class" not in found.keys else self.tasks
        self.tasks.pop(name, None)
        self.groups.pop(name, None)
        into[name] = found
        return self.chosen(name)

    def _gather(
        self, name: str, changes: Mapping[str, Any], tasks: dict[str, Settings], groups: list[Group], within: tuple[str, ...]
    ) -> list[str]:
        """Put the tasks behind a name into `tasks`, with `changes` to their keys; their names."""
        if name in within:
            raise UsageError(f"The group '{name}' holds itself: {' > '.join((*within, name))}.")
        if name in self.groups:
            return self._group(name, self.groups[name], changes, tasks, groups, (*within, name))
        if name in self.tasks:
            tasks[name] = changed(self.tasks[name], changes)
            return [name]
        if name in self.tags:
            return [each for task in sorted(self.tags[name]) for each in self._gather(task, changes, tasks, groups, within)]
        raise self._unknown(name, within)

    def _unknown(self, name: str, within: tuple[str, ...]) -> Exception:
        for path, error in self.broken.items():
            if path.stem == name or f"task: {name}\n" in path.read_text(encoding="utf-8", errors="replace"):
                return error
        where = ", ".join(map(str, self.folders)) or "no folder"
        by = f", which the group '{within[-1]}' names" if within else ""
        count = len(self.names)
        broken = f" {len(self.broken)} of its files cannot be read." if self.broken else ""
        return UnknownName(
            f"No task, group or tag '{name}'{by} is in {where}.",
            remedy=f"{meant(name, self.names)} There are {count} names in it.{broken}".lstrip(),
        )

    def _group(
        self,
        name: str,
        found: Settings,
        changes: Mapping[str, Any],
        tasks: dict[str, Settings],
        groups: list[Group],
        within: tuple[str, ...],
    ) -> list[str]:
        own = {key: value for key, value in found.keys.items() if key not in (*GROUP_KEYS, "tag")}
        inner = {**own, **changes}
        members: list[str] = []
        for item in listed(found.keys.get("task"), found, "task"):
            members += self._member(item, name, found, inner, tasks, groups, within)
        members = list(dict.fromkeys(members))
        groups.append(Group(name=name, tasks=tuple(members), aggregates=aggregates_of(found)))
        return members

    def _member(
        self,
        item: Any,
        group: str,
        found: Settings,
        changes: Mapping[str, Any],
        tasks: dict[str, Settings],
        groups: list[Group],
        within: tuple[str, ...],
    ) -> list[str]:
        """One line of a group's list: a name, a name with changes, or a task or group written out on the spot."""
        if isinstance(item, str):
            return self._gather(item, changes, tasks, groups, within)
        if isinstance(item, dict) and isinstance(item.get("group"), str):
            named, rest = item["group"], {key: value for key, value in item.items() if key != "group"}
            if named in self.groups:
                return self._gather(named, {**changes, **rest}, tasks, groups, within)
            inline = Settings(path=found.path, keys=item, places=dict.fromkeys(item, found.path))
            return self._group(f"{group}::{named}", inline, changes, tasks, groups, (*within, f"{group}::{named}"))
        if isinstance(item, dict) and isinstance(item.get("task"), str):
            named, rest = item["task"], {**changes, **{key: value for key, value in item.items() if key != "task"}}
            if named in self.tasks or named in self.groups or named in self.tags:
                return self._gather(named, rest, tasks, groups, within)
            whole = {**rest, "task": f"{group}::{named}"}
            tasks[whole["task"]] = Settings(path=found.path, keys=whole, places=dict.fromkeys(whole, found.path))
            return [whole["task"]]
        raise UsageError(f"{found.where('task')}: {item!r} in the list `task` of the group '{group}' names neither a task nor a group.")


def tags_of(found: Settings) -> Iterator[str]:
    """The tags of a task."""
    yield from (each for each in listed(found.keys.get("tag"), found, "tag") if isinstance(each, str))


def listed(value: Any, found: Settings, key: str) -> list[Any]:
    """A value that may stand alone or in a list."""
    if value is None:
        return []
    if isinstance(value, str | dict):
        return [value]
    if not isinstance(value, list):
        raise UsageError(f"{found.where(key)}: `{key}` must be a name or a list, not {value!r}.")
    return value


def changed(found: Settings, changes: Mapping[str, Any]) -> Settings:
    """A task with what a group changes of it."""
    return msgspec.structs.replace(found, keys={**found.keys, **changes}) if changes else found


def aggregates_of(found: Settings) -> tuple[Aggregate, ...]:
    """How a group's scores are put together. Raises UsageError for what is no mean of its tasks."""
    made = []
    for item in listed(found.keys.get("aggregate_metric_list"), found, "aggregate_metric_list"):
        where = f"{found.where('aggregate_metric_list')}: aggregate_metric_list"
        if not isinstance(item, dict) or not isinstance(item.get("metric"), str):
            raise UsageError(f"{where} must hold mappings with the key `metric`, not {item!r}.")
        unknown = [key for key in item if key not in AGGREGATE_KEYS]
        if unknown:
            raise UsageError(f"{where} has the unknown key '{unknown[0]}'.", remedy=f"There are: {', '.join(AGGREGATE_KEYS)}.")
        if item.get("aggregation", "mean") != "mean":
            raise UsageError(f"{where}: the aggregation {item['aggregation']!r} is not `mean`, the only one there is.")
        filters = item.get("filter_list")
        names = None if filters is None else (filters,) if isinstance(filters, str) else tuple(map(str, filters))
        criteria = None if names is None else tuple("score" if each == "none" else each for each in names)
        made.append(Aggregate(metric=item["metric"], criteria=criteria, weight_by_size=bool(item.get("weight_by_size", True))))
    return tuple(made)


def folders_of(given: Any) -> tuple[Path, ...]:
    """The folders a person names: one, several (a list, or separated by commas or as in PATH), or those of ASSAY_INCLUDE_PATH."""
    value = given if given is not None else os.environ.get("ASSAY_INCLUDE_PATH", "")
    parts = value if isinstance(value, list | tuple) else str(value).replace(",", os.pathsep).split(os.pathsep)
    return tuple(Path(str(each).strip()).expanduser() for each in parts if str(each).strip())
