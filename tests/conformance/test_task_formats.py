"""Every registered format of other tools' tasks: what it is not given, it asks for; what it does not know, it refuses by name."""

import pytest
from tests.conformance.parts import registered

from assay.core.errors import UsageError
from assay.core.registry import load


@pytest.mark.parametrize("prefix", registered("task_formats"))
def test_an_option_it_does_not_take_and_a_name_it_does_not_know_are_usage_errors(prefix: str) -> None:
    for name, options in (("nothing_is_called_so", {}), ("nothing_is_called_so", {"no_such_option": 1})):
        with pytest.raises(UsageError) as caught:
            load("task_formats", prefix)(name, options)
        assert "nothing_is_called_so" in str(caught.value) or "no_such_option" in str(caught.value)
