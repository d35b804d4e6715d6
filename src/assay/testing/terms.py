"""What is asserted of an estimate over a whole set, and of which metric."""

from typing import Any

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asserted of the estimate over a whole set. Without a bound it is only shown. `strict` fails what is not shown to hold; else only what is
    shown not to hold fails. `metric` is needed where there are several; below `coverage` nothing is decided."""

    at_least: float | None = None
    at_most: float | None = None
    metric: str | None = None
    strict: bool = False
    coverage: float = 0.95


def terms_of(values: dict[str, Any]) -> Terms:
    """What is asserted. Raises UsageError for a wrong type or a bound that is none."""
    unknown = [each for each in values if each not in Terms.__struct_fields__]
    if unknown:
        raise UsageError(f"'{unknown[0]}' is nothing that can be asserted.", remedy=suggest(unknown[0], Terms.__struct_fields__))
    try:
        return msgspec.convert(values, Terms)
    except msgspec.ValidationError as error:
        raise UsageError(f"An expectation has the wrong type: {error}.") from error


def chosen(metric: str | None, known: list[str]) -> str:
    """The metric that is meant. Raises UsageError where several are, or none."""
    if metric is not None and metric in known:
        return metric
    if metric is None and len(known) == 1:
        return known[0]
    if metric is None:
        raise UsageError(f"There are {len(known)} metrics.", remedy=f"Name one: metric={' or '.join(map(repr, known)) or '...'}.")
    raise UsageError(f"No metric is named '{metric}'.", remedy=suggest(metric, known))
