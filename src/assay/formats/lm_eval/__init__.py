"""Tasks of EleutherAI's lm-evaluation-harness, read from its YAML files without it: `assay run lm-eval:TASK`."""

from collections.abc import Mapping
from typing import Any

from assay.core.errors import UsageError
from assay.core.task import Task


def load_tasks(name: str, options: Mapping[str, Any]) -> tuple[Task, ...]:
    """The tasks behind `lm-eval:NAME`."""
    raise UsageError(f"lm-eval:{name}: this format is being built.")
