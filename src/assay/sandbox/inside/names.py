"""Which names the tests of a program take from it."""

from __future__ import annotations

import builtins
from types import CodeType

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `collections` cost milliseconds at every start
    from collections.abc import Container
    from typing import Any


def names_in(code: CodeType) -> set[str]:
    """Every global name a piece of code, or a function in it, could ask for."""
    found = set(code.co_names)
    for each in code.co_consts:
        if isinstance(each, CodeType):
            found |= names_in(each)
    return found


def borrowed(code: CodeType, defined: Any, entry: Any, known: Container[str] = frozenset(vars(builtins))) -> list[str]:
    """The names the tests take from the program: those of `entry`, or else all they ask for.

    Without `entry` never a builtin: a program that brings its own `abs` or `sorted` must not judge itself. But where the tests take nothing
    else from it, the one builtin they name that it defines is what they are about.
    """
    wanted = names_in(code) & set(defined)
    if entry is not None:
        return sorted(name for name in wanted if name in entry)
    plain = [name for name in wanted if name not in known]
    return sorted(plain if plain or len(wanted) > 1 else wanted)
