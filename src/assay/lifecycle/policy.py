"""A gate's policy: what must hold before a candidate is let through, read from TOML, YAML or JSON into typed rules."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from assay.core.errors import UsageError
from assay.core.estimate import COVERAGE_FLOOR
from assay.core.registry import suggest

FLAGS = ("failed", "refused", "truncated", "empty", "unextractable")
"""What a ceiling on a rate can be about: trials that failed through no fault of the model, and the ways a model answers badly."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`task` is a pattern (`*`, `mmlu_*`). Of the rules of one kind that match the same thing the last one counts."""

    task: str = "*"


class MetricRule(Rule, frozen=True, kw_only=True):
    """`metric` is a pattern. `slice` asks the same of parts of the samples: `subject` of each of its values, `subject=law` of one;
    parts of fewer than `least` samples are left out, and said."""

    metric: str = "*"
    slice: str | None = None
    least: int = 1


class NoWorse(MetricRule, frozen=True, kw_only=True):
    """The candidate is not worse than the baseline by `margin` or more, in the unit of the scores."""

    margin: float

    def __post_init__(self) -> None:
        positive(self.margin, "no_worse", "margin")


class Better(MetricRule, frozen=True, kw_only=True):
    """The candidate is better by more than `by`: in all that the rule matches, or with `any` in at least one of them."""

    by: float = 0.0
    any: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.by < math.inf:
            raise UsageError(f"[[better]] by is {self.by}: it must be 0 or more.", remedy="An allowed loss is a margin of [[no_worse]].")


class AtLeast(MetricRule, frozen=True, kw_only=True):
    """The candidate's metric lies above `value`."""

    value: float


class AtMost(MetricRule, frozen=True, kw_only=True):
    """The candidate's metric lies below `value`."""

    value: float


class Latency(Rule, frozen=True, kw_only=True):
    """The `percentile` of the seconds that the candidate takes for an answer (to its `first_token`) lies below `seconds`."""

    seconds: float
    percentile: float = 95.0
    first_token: bool = False

    def __post_init__(self) -> None:
        positive(self.seconds, "latency", "seconds")
        if not 0.0 < self.percentile < 100.0:
            raise UsageError(f"[[latency]] percentile is {self.percentile:g}: it lies between 0 and 100.", remedy="Write percentile = 95.")


class Rate(Rule, frozen=True, kw_only=True):
    """The share of the candidate's trials that are `of` a kind (failed, refused, truncated, empty, unextractable) lies below `at_most`."""

    of: str
    at_most: float

    def __post_init__(self) -> None:
        if self.of not in FLAGS:
            raise UsageError(f"[[rates]] of is '{self.of}': no such kind is counted.", remedy=suggest(self.of, FLAGS))
        if not 0.0 < self.at_most < 1.0:
            raise UsageError(
                f"[[rates]] at_most is {self.at_most:g}: a ceiling that can be shown lies between 0 and 1.", remedy="2 % is at_most = 0.02."
            )


class Budget(Rule, frozen=True, kw_only=True):
    """What the candidate's runs spent, all that match together: at most `dollars`, at most `tokens`; with `per = "sample"` on average for one
    sample of each task, decided on the interval of that mean."""

    dollars: float | None = None
    tokens: float | None = None
    per: Literal["run", "sample"] = "run"

    def __post_init__(self) -> None:
        if self.dollars is None and self.tokens is None:
            raise UsageError("[[budget]] names neither dollars nor tokens.", remedy="Write dollars = 5.0, or tokens = 2000000.")
        for name in ("dollars", "tokens"):
            if getattr(self, name) is not None:
                positive(getattr(self, name), "budget", name)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule must hold. `alpha` is the error of each one-sided test, `correction` that of the violations (`holm` over all rules, or `none`).
    `coverage` is the floor of scored / planned, and of the samples that two runs share, below which nothing is decided; `missing` what a task
    is that only one side has."""

    version: Literal[1] = 1
    alpha: float = 0.05
    correction: Literal["holm", "none"] = "holm"
    coverage: float = COVERAGE_FLOOR
    missing: Literal["inconclusive", "ignore"] = "inconclusive"
    no_worse: tuple[NoWorse, ...] = ()
    better: tuple[Better, ...] = ()
    at_least: tuple[AtLeast, ...] = ()
    at_most: tuple[AtMost, ...] = ()
    latency: tuple[Latency, ...] = ()
    rates: tuple[Rate, ...] = ()
    budget: tuple[Budget, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.alpha < 0.5:
            raise UsageError(f"alpha is {self.alpha:g}: it lies between 0 and 0.5.", remedy="The usual one is alpha = 0.05.")
        if not 0.0 <= self.coverage <= 1.0:
            raise UsageError(f"coverage is {self.coverage:g}: it is a share, between 0 and 1.", remedy="95 % is coverage = 0.95.")
        if not self.rules:
            raise UsageError("The policy has no rule: nothing could fail.", remedy="`assay gate --init` prints one to start from.")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, kind by kind."""
        return (*self.no_worse, *self.better, *self.at_least, *self.at_most, *self.latency, *self.rates, *self.budget)

    @property
    def compares(self) -> bool:
        """Whether a rule needs a baseline."""
        return bool(self.no_worse or self.better)


KINDS: dict[str, type[Rule]] = {
    "no_worse": NoWorse,
    "better": Better,
    "at_least": AtLeast,
    "at_most": AtMost,
    "latency": Latency,
    "rates": Rate,
    "budget": Budget,
}

READERS: dict[str, Callable[[bytes], Any]] = {
    ".toml": msgspec.toml.decode,
    ".yaml": msgspec.yaml.decode,
    ".yml": msgspec.yaml.decode,
    ".json": msgspec.json.decode,
}


def positive(value: float, table: str, name: str) -> None:
    """Raise UsageError unless a number is finite and above 0."""
    if not 0.0 < value < math.inf:
        raise UsageError(f"[[{table}]] {name} is {value:g}: it must be above 0.", remedy=f"2 points of a hundred are {name} = 0.02.")


def read_policy(path: str | Path) -> Policy:
    """The policy in a TOML, YAML or JSON file. Raises UsageError naming the file and the key, with near misses for one that is unknown."""
    place = Path(path)
    if place.suffix not in READERS:
        raise UsageError(f"{place} is no policy.", remedy=f"A policy ends in one of {', '.join(READERS)}.")
    try:
        values = READERS[place.suffix](place.read_bytes())
    except OSError as error:
        raise UsageError(
            f"The policy {place} cannot be read: {error.strerror}.", remedy="`assay gate --init > gate.toml` writes one."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The policy {place} is damaged: {error}.") from error
    try:
        return policy_of(values)
    except UsageError as error:
        raise UsageError(f"{place}: {error.message}", remedy=error.remedy) from error


def policy_of(values: Any) -> Policy:
    """Plain data as a policy. Raises UsageError for an unknown key, a wrong type, a value that cannot be."""
    if not isinstance(values, dict):
        raise UsageError("A policy is a table of keys and rules.", remedy="`assay gate --init` prints one.")
    check_keys(values, Policy, "the policy")
    for kind, rules in ((name, values[name]) for name in KINDS if name in values):
        if not isinstance(rules, list):
            raise UsageError(f"{kind} must be a list of rules.", remedy=f"Write [[{kind}]], with two brackets.")
        for rule in rules:
            if isinstance(rule, dict):
                check_keys(rule, KINDS[kind], f"[[{kind}]]")
    try:
        return msgspec.convert(values, Policy)
    except msgspec.ValidationError as error:
        raise UsageError(f"The policy does not fit: {error}.", remedy="`assay gate --init` prints one that does.") from error


def check_keys(values: dict[str, Any], kind: type[msgspec.Struct], where: str) -> None:
    """Raise UsageError for a key that a table does not have."""
    for key in values:
        if key not in kind.__struct_fields__:
            raise UsageError(f"'{key}' is no key of {where}.", remedy=suggest(str(key), kind.__struct_fields__))


def example() -> str:
    """A policy to start from, with comments."""
    return (Path(__file__).parent / "example.toml").read_text(encoding="utf-8")
