"""The public test kit: a fake model server with every fault we know, and checks for other people's parts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.testing.answers import is_right, planted_letter, planted_value
    from assay.testing.behaviour import Behaviour, HttpReply
    from assay.testing.checks import check_benchmark, check_dataset, check_model, check_scorer
    from assay.testing.fake import FakeServer

__all__ = [
    "Behaviour",
    "FakeServer",
    "HttpReply",
    "check_benchmark",
    "check_dataset",
    "check_model",
    "check_scorer",
    "is_right",
    "planted_letter",
    "planted_value",
]

_HOMES = {
    "Behaviour": "behaviour",
    "FakeServer": "fake",
    "HttpReply": "behaviour",
    "check_benchmark": "checks",
    "check_dataset": "checks",
    "check_model": "checks",
    "check_scorer": "checks",
    "is_right": "answers",
    "planted_letter": "answers",
    "planted_value": "answers",
}


def __getattr__(name: str) -> Any:
    """Loads a name when it is first used, so that `python -m assay.testing.server` finds its module untouched."""
    if name not in _HOMES:
        raise AttributeError(f"assay.testing has no '{name}'")
    return getattr(import_module(f"assay.testing.{_HOMES[name]}"), name)
