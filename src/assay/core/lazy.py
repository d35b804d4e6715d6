"""Front doors: a package's public names, each loaded from the module that holds it when it is first asked for. Standard library only."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def front_door(
    package: str, homes: Mapping[str, Sequence[str]], rooms: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of `package`, whose public names are those in `homes` (module -> names in it) and its modules `rooms`.

    Stands in the `else` of an `if TYPE_CHECKING:` that imports the same names, so that type checkers see them and nothing but them.
    """
    home = {name: module for module, names in homes.items() for name in names}
    public = sorted([*home, *rooms])

    def load(name: str) -> Any:
        if name in rooms:
            return import_module(f"{package}.{name}")
        if name not in home:
            raise AttributeError(f"module '{package}' has no attribute '{name}'; there are: {', '.join(public)}")
        return getattr(import_module(home[name]), name)

    return load, lambda: list(public), public
