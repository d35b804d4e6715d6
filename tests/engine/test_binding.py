"""Options reach the model they are meant for, and a key never another provider's server."""

import pytest

from assay.core.errors import UsageError
from assay.engine.binding import options_for
from assay.engine.build import parse_options

PAIR = ("openai/gpt-5", "openai-compatible/my-model.v2")


def test_an_option_is_everybodys_unless_its_key_says_whose() -> None:
    options = {
        "stream": True,
        "openai.price_in": 1,
        "openai-compatible/my-model.v2.base_url": "http://x",
        "openai-compatible.stream": False,
    }
    assert options_for(PAIR[0], options, PAIR) == {"stream": True, "price_in": 1}
    assert options_for(PAIR[1], options, PAIR) == {"stream": False, "base_url": "http://x"}


def test_the_nearest_owner_wins() -> None:
    two = ("vllm/a", "vllm/b")
    options = {"vllm.base_url": "http://all", "vllm/b.base_url": "http://b"}
    assert [options_for(each, options, two)["base_url"] for each in two] == ["http://all", "http://b"]


@pytest.mark.parametrize("name", ["base_url", "api_key", "headers"])
def test_an_address_or_a_key_is_not_shared_between_providers(name: str) -> None:
    with pytest.raises(UsageError, match="would go to openai and to openai-compatible") as caught:
        options_for(PAIR[0], {name: "x"}, PAIR)
    assert f"-M openai-compatible.{name}=" in caught.value.remedy
    assert options_for("vllm/a", {name: "x"}, ("vllm/a", "vllm/b")) == {name: "x"}


def test_an_owner_nobody_has_is_met_with_near_misses() -> None:
    with pytest.raises(UsageError, match="no model of this command is named 'opnai'") as caught:
        options_for(PAIR[0], {"opnai.stream": True}, PAIR)
    assert "openai" in caught.value.remedy


def test_a_dash_is_an_underscore_in_the_option_but_not_in_its_owner() -> None:
    assert parse_options(["openai-compatible.base-url=http://x"], "-M") == {"openai-compatible.base_url": "http://x"}
