"""Run: one task asked of one system. The manifest says what was asked, the result what came of it."""

from typing import Any, Literal

import msgspec

from assay.core.answer import Usage
from assay.core.card import Card
from assay.core.estimate import Estimate
from assay.core.fingerprint import fingerprint

RunStatus = Literal["interrupted", "finished"]


def run_id(identity: str, seed: int, samples: int, trials: int, plan: str = "") -> str:
    """10 hex digits of all that makes a command's run: the identity of its scores, the seed, how many samples, how many trials of each,
    and the `plan` that chooses among them, where it is not simply all of them."""
    return fingerprint(identity, seed, samples, trials, *([plan] if plan else []))[:10]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run is: written once as `run.json`, never changed.

    `identity` is the fingerprint of all that makes the scores (dataset content, solver, scorers, model, decoding); runs with
    another identity stand in another column. `id` is the `run_id` of the content. `fingerprints` are its parts, `settings` the same in words, flat, for a settings diff.
    `lower_is_better` names the metrics whose scorer declares it. `planned` trials are the most there can be: a `plan` (in words, empty
    where everything is asked) may ask for fewer, and then the result's `planned` says how many.
    """

    id: str
    task: str
    model: str
    identity: str
    created: str
    assay: str
    seed: int
    trials: int
    samples: int
    planned: int
    plan: str = ""
    fingerprints: dict[str, str] = {}
    settings: dict[str, Any] = {}
    metrics: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()
    scenario: str | None = None
    card: Card | None = None
    notes: tuple[str, ...] = ()

    @property
    def content_id(self) -> str:
        """`id`, reckoned from the content: what an old folder's `id` says was made by another rule."""
        return run_id(self.identity, self.seed, self.samples, self.trials, self.plan)


class Leniency(msgspec.Struct, frozen=True, kw_only=True):
    """How often a second, more forgiving extractor disagrees with the scorer: (of `checked` scores) `gained` would rise, `lost` would fall."""

    checked: int
    gained: int
    lost: int


class Stopping(msgspec.Struct, frozen=True, kw_only=True):
    """What a stopping rule (`--until`) came to: `met`, or everything was `asked`, of so many samples `of`, in so many `looks`.

    `sequence` is the estimate the rule watched, a confidence sequence that holds at all looks together; `usual` the interval for a number
    of samples fixed beforehand, which does not. `verdict` is there for a rule that decides between two runs: `better`, `worse`,
    `within the margin`, `undecided`, `not measurable`.
    """

    rule: str
    met: bool
    metric: str
    asked: int
    of: int
    looks: int
    sequence: Estimate
    usual: Estimate
    verdict: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to: the document `assay run --format json` prints for it.

    Counts are trials: planned = scored + unscored + failed + those not reached yet. `metrics` is keyed by metric name;
    `lower_is_better` names those of them whose lower value is the better one.
    `slices`: dimension -> value -> metric -> estimate. `flags` counts what the model did badly (empty, truncated, refused,
    unextractable), `failures` what broke around it, by `blame:kind`; `errors` holds the first message of each kind.
    """

    task: str
    model: str
    run_dir: str
    planned: int
    scored: int
    unscored: int
    failed: int
    coverage: float
    metrics: dict[str, Estimate]
    usage: Usage
    seconds: float
    status: RunStatus = "finished"
    identity: str = ""
    lower_is_better: tuple[str, ...] = ()
    scenario: str | None = None
    slices: dict[str, dict[str, dict[str, Estimate]]] = {}
    flags: dict[str, int] = {}
    failures: dict[str, int] = {}
    errors: dict[str, str] = {}
    leniency: dict[str, Leniency] = {}
    notes: tuple[str, ...] = ()
    stopping: Stopping | None = None
