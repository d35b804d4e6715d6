"""Names into tasks: a suite, one of its tasks, and what is neither."""

import pytest

from assay.core.errors import UnknownName
from assay.engine.build import build_tasks


def test_every_task_of_a_suite_is_found_by_its_own_name() -> None:
    suite = build_tasks("builtin")
    assert len(suite) > 8
    for task in suite:
        (found,) = build_tasks(task.name)
        assert found.fingerprint == task.fingerprint
    for task in build_tasks("cruxeval"):
        assert [each.name for each in build_tasks(task.name)] == [task.name]


def test_options_reach_the_suite() -> None:
    (fresh,) = build_tasks("builtin_answers", {"seed": 7})
    assert fresh.fingerprint == next(each for each in build_tasks("builtin", {"seed": 7}) if each.name == "builtin_answers").fingerprint


def test_a_name_that_no_task_of_the_suite_has() -> None:
    with pytest.raises(UnknownName, match="Did you mean builtin_answers"):
        build_tasks("builtin_answrs")
