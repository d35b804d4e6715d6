"""Build: names into objects. With `core.registry`, the only place that does."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from assay.core import registry
from assay.core.errors import UsageError
from assay.core.protocols import Model, Scorer
from assay.core.task import Task


def build_tasks(name: str, options: Mapping[str, Any] | None = None) -> tuple[Task, ...]:
    """The tasks behind a registered benchmark (a suite has several). Raises UnknownName, or UsageError for an option it does not take."""
    made = call(registry.load("benchmarks", name), f"The task '{name}'", options or {})
    return (made,) if isinstance(made, Task) else tuple(made)


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


def parse_options(pairs: "list[str] | tuple[str, ...]", where: str) -> dict[str, Any]:
    """`k=v` pairs as a mapping, with `-` read as `_` in keys; values are JSON where they parse as JSON, else text."""
    options: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"{where}: '{pair}' is not of the form key=value.")
        options[key.strip().replace("-", "_")] = parse_value(value)
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
    unknown = next((key for key in options if key not in takes), None)
    if unknown is not None and not any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values()):
        raise UsageError(f"{what} has no option '{unknown}'.", remedy=registry.suggest(unknown, takes) if takes else "It takes none.")
    try:
        signature.bind(*positional, **options)
    except TypeError as error:
        raise UsageError(f"{what}: {error}.", remedy=f"It takes: {', '.join(takes) or 'no options'}.") from error
    return factory(*positional, **options)
