"""Build: names into objects. With `core.registry`, the only place that does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from assay.core import registry
from assay.core.errors import UnknownName, UnknownOption, UsageError
from assay.core.protocols import Model, Scorer
from assay.core.task import Task


def build_tasks(name: str, options: Mapping[str, Any] | None = None) -> tuple[Task, ...]:
    """The tasks behind a registered benchmark (a suite has several), or the one of a suite's tasks that has this name.

    Raises UnknownName, or UsageError for an option it does not take.
    """
    suites = [] if name in registry.entries("benchmarks") else suites_of(name)
    for suite in suites:
        found = tuple(task for task in build_tasks(suite, options) if task.name == name)
        if found:
            return found
    if suites:
        parts = [task.name for task in build_tasks(suites[-1], options)]
        raise UnknownName(f"No task of '{suites[-1]}' is named '{name}'.", remedy=registry.suggest(name, parts))
    made = call(registry.load("benchmarks", name), f"The task '{name}'", options or {})
    return (made,) if isinstance(made, Task) else tuple(made)


def suites_of(name: str) -> list[str]:
    """The registered benchmarks that a task's name may belong to, since it begins with theirs (`builtin_answers`: `builtin`); the longest first."""
    return sorted((each for each in registry.entries("benchmarks") if name.startswith(f"{each}_")), key=len, reverse=True)


def build_model(spec: str, options: Mapping[str, Any] | None = None) -> Model:
    """The model behind `provider/name`."""
    provider, slash, name = spec.partition("/")
    if not slash or not name:
        known = ", ".join(f"{each}/..." for each in registry.entries("models"))
        raise UsageError(f"'{spec}' is no model: a model is written provider/name.", remedy=f"Providers: {known}.")
    model: Model = call(registry.load("models", provider), f"The provider '{provider}'", options or {}, name)
    return model


def build_scorer(spec: str) -> Scorer:
    """The scorer behind `name`, `name:option=value` or `name:option=value,option=value`; a value is read as JSON where it is JSON."""
    name, _, tail = spec.partition(":")
    options = parse_options(tail.split(",") if tail else [], f"--scorer {spec}")
    scorer: Scorer = call(registry.load("scorers", name), f"The scorer '{name}'", options)
    return scorer


def check_names(scorers: Sequence[Scorer], where: str) -> None:
    """Raise UsageError where two scorers bear one name: their verdicts would be averaged into one column."""
    names = [scorer.name for scorer in scorers]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"{where}: two scorers are named '{name}', so their verdicts would be one column.",
                remedy=f"Give one a name of its own: --scorer {name}:name=OTHER, or in Python name='OTHER'.",
            )


def parse_options(pairs: "list[str] | tuple[str, ...]", where: str) -> dict[str, Any]:
    """`k=v` pairs as a mapping, with `-` read as `_` in keys (but not in an `owner.` before them); values are JSON where they parse as JSON, else text."""
    options: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"{where}: '{pair}' is not of the form key=value.")
        owner, dot, name = key.strip().rpartition(".")
        options[f"{owner}{dot}{name.replace('-', '_')}"] = parse_value(value)
    return options


def parse_value(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def call(factory: Callable[..., Any], what: str, options: Mapping[str, Any], *positional: Any) -> Any:
    """Call a factory; an option it does not take is a UsageError that says what it might have meant, and what there is."""
    import inspect

    signature = inspect.signature(factory)
    named = [key for key, each in signature.parameters.items() if each.kind in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD)]
    takes = named[len(positional) :]
    has = f"It has: {', '.join(takes)}." if takes else "It has no options."
    unknown = next((key for key in options if key not in takes), None)
    if unknown is not None and not any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values()):
        near = registry.meant(unknown, takes)
        raise UnknownOption(f"{what} has no option '{unknown}'.", remedy=f"{near} {has}".lstrip(), option=unknown)
    try:
        signature.bind(*positional, **options)
    except TypeError as error:
        raise UsageError(f"{what}: {error}.", remedy=has) from error
    return factory(*positional, **options)
