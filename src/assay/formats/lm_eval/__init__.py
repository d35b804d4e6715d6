"""Tasks of EleutherAI's lm-evaluation-harness, read from its YAML files without it: `assay run lm-eval:TASK`."""

from collections.abc import Mapping
from typing import Any

from assay.core.task import Task


def load_tasks(name: str, options: Mapping[str, Any]) -> tuple[Task, ...]:
    """The tasks behind `lm-eval:NAME`: a task, a group or a tag of the folders in `include_path`, or a path to a YAML file.

    Raises UsageError for YAML that is wrong, unknown or calls Python (naming file and key), UnknownName with near misses.
    """
    from assay.formats.lm_eval.loader import load

    return load(name, options)
