"""A policy: read from three formats into typed rules; what it cannot mean is an error that names the key and the remedy."""

import re

import msgspec
import pytest

from assay.core.errors import UsageError
from assay.lifecycle.policy import KINDS, Budget, NoWorse, Policy, example, policy_of, read_policy

TOML = '[[no_worse]]\ntask = "a*"\nmargin = 0.02\n[[budget]]\ntokens = 1_000\n'
RULES = {"no_worse": [{"task": "a*", "margin": 0.02}], "budget": [{"tokens": 1000}]}


def test_three_formats_say_the_same(tmp_path):
    (tmp_path / "gate.toml").write_text(TOML)
    (tmp_path / "gate.json").write_bytes(msgspec.json.encode(RULES))
    (tmp_path / "gate.yaml").write_bytes(msgspec.yaml.encode(RULES))
    expected = Policy(no_worse=(NoWorse(task="a*", margin=0.02),), budget=(Budget(tokens=1000),))
    assert [read_policy(tmp_path / f"gate.{kind}") for kind in ("toml", "json", "yaml")] == [expected] * 3
    assert expected.compares and not policy_of({"budget": [{"tokens": 1}]}).compares


def test_the_example_is_a_policy_and_names_every_kind_of_rule_and_key(tmp_path):
    (tmp_path / "gate.toml").write_text(example())
    assert read_policy(tmp_path / "gate.toml").no_worse == (NoWorse(margin=0.02),)
    whole = re.sub(r"^# (?=\[\[|\w+ = )", "", example(), flags=re.MULTILINE)
    (tmp_path / "whole.toml").write_text(whole)
    full = read_policy(tmp_path / "whole.toml")
    assert all(getattr(full, kind) for kind in KINDS)
    for kind, struct in KINDS.items():
        assert [each for each in struct.__struct_fields__ if each not in example()] == [], kind


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"no_wurse": []}, ("'no_wurse'", "Did you mean no_worse")),
        ({"no_worse": [{"margn": 0.1}]}, ("'margn'", "[[no_worse]]", "margin")),
        ({"no_worse": [{"margin": -0.02}]}, ("margin is -0.02", "above 0")),
        ({"no_worse": [{"margin": "2%"}]}, ("float", "$.no_worse[0].margin")),
        ({"no_worse": {"margin": 0.02}}, ("[[no_worse]], with two brackets",)),
        ({"no_worse": [{}]}, ("margin",)),
        ({"better": [{"by": -1}]}, ("by is -1", "no_worse")),
        ({"rates": [{"of": "refusd", "at_most": 0.1}]}, ("'refusd'", "refused")),
        ({"rates": [{"of": "refused", "at_most": 0}]}, ("at_most is 0", "0.02")),
        ({"latency": [{"seconds": 2, "percentile": 100}]}, ("percentile is 100",)),
        ({"latency": [{"seconds": float("inf")}]}, ("inf", "above 0")),
        ({"budget": [{}]}, ("neither dollars nor tokens",)),
        ({"budget": [{"dollars": 1, "per": "week"}]}, ("week",)),
        ({"alpha": 0.6, "budget": [{"tokens": 1}]}, ("alpha is 0.6",)),
        ({"coverage": 95, "budget": [{"tokens": 1}]}, ("coverage is 95", "0.95")),
        ({"version": 2, "budget": [{"tokens": 1}]}, ("version",)),
        ({}, ("no rule", "--init")),
        ([], ("table",)),
    ],
)
def test_what_a_policy_cannot_mean(values, words):
    with pytest.raises(UsageError) as caught:
        policy_of(values)
    assert all(each in str(caught.value) for each in words), str(caught.value)


def test_a_file_that_is_none(tmp_path):
    for name, content, word in (("a.txt", "", "ends in one of"), ("b.toml", "= 3", "damaged"), ("c.yaml", "a: [", "damaged"),
                                ("d.json", "\xff", "damaged"), ("f.toml", "alpha = 3\n", "f.toml: alpha is 3")):  # fmt: skip
        (tmp_path / name).write_bytes(content.encode("latin-1"))
        with pytest.raises(UsageError, match=word):
            read_policy(tmp_path / name)
    with pytest.raises(UsageError, match=r"cannot be read.*--init"):
        read_policy(tmp_path / "absent.toml")
