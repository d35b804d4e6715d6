"""The metrics of lm-eval that need no Python of a task: which there are, and what a YAML asks of them."""

from typing import Any

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.formats.lm_eval.config import Config, OutputType
from assay.formats.lm_eval.yaml_files import Settings

CHOICE: tuple[OutputType, ...] = ("multiple_choice",)
TEXT: tuple[OutputType, ...] = ("generate_until",)
GIVEN: tuple[OutputType, ...] = ("loglikelihood",)
ROLLING: tuple[OutputType, ...] = ("loglikelihood_rolling",)


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A metric: the kinds of tasks that have it, its usual aggregation, whether higher is better, what pools its counts (no mean)."""

    types: tuple[OutputType, ...]
    aggregation: str = "mean"
    higher: bool = True
    pooled: str | None = None


MEASURES = {
    "acc": Measure(types=CHOICE + GIVEN),
    "acc_norm": Measure(types=CHOICE),
    "acc_bytes": Measure(types=CHOICE),
    "acc_mutual_info": Measure(types=CHOICE),
    "exact_match": Measure(types=CHOICE + TEXT),
    "brier_score": Measure(types=CHOICE, aggregation="brier_score", higher=False),
    "f1": Measure(types=CHOICE, aggregation="f1", pooled="f1"),
    "mcc": Measure(types=CHOICE, aggregation="matthews_corrcoef", pooled="mcc"),
    "perplexity": Measure(types=GIVEN, aggregation="perplexity", higher=False, pooled="perplexity"),
    "word_perplexity": Measure(types=ROLLING, aggregation="weighted_perplexity", higher=False, pooled="perplexity"),
    "byte_perplexity": Measure(types=ROLLING, aggregation="weighted_perplexity", higher=False, pooled="perplexity"),
    "bits_per_byte": Measure(types=ROLLING, aggregation="bits_per_byte", higher=False, pooled="bits"),
    "bleu": Measure(types=TEXT, aggregation="bleu", pooled="bleu"),
    "chrf": Measure(types=TEXT, aggregation="chrf", pooled="chrf"),
    "chrf++": Measure(types=TEXT, aggregation="chrf++", pooled="chrf"),
    "ter": Measure(types=TEXT, aggregation="ter", higher=False, pooled="ter"),
}
USUAL: dict[OutputType, tuple[str, ...]] = {
    "loglikelihood": ("perplexity", "acc"),
    "loglikelihood_rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
    "multiple_choice": ("acc", "acc_norm"),
    "generate_until": ("exact_match",),
}
"""The metrics of a task that names none."""
SAME_AS_MEAN = {"mean": ("mean", "nanmean")}
EXACT = ("regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers")
WITHOUT_EFFECT = ("weight_by_size",)
"""A key of groups, which some tasks carry too."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One metric as a task asks for it."""

    metric: str
    higher: bool
    options: dict[str, Any] = {}


def asked_of(config: Config, found: Settings) -> tuple[Asked, ...]:
    """The metrics of a task. Raises UsageError naming file and key for one that is unknown, or is none of this kind of task."""
    where = f"{found.where('metric_list')}: metric_list"
    if config.metric_list is None:
        return tuple(Asked(metric=name, higher=MEASURES[name].higher) for name in USUAL[config.output_type])
    made = tuple(asked(item, config.output_type, where) for item in config.metric_list)
    names = [each.metric for each in made]
    # Of a metric that is named twice lm-eval keeps the last settings.
    return tuple(each for place, each in enumerate(made) if each.metric not in names[place + 1 :])


def asked(item: dict[str, Any], kind: OutputType, where: str) -> Asked:
    """One checked line of a metric list."""
    name = item.get("metric")
    if not isinstance(name, str) or name not in MEASURES:
        raise UsageError(f"{where}: there is no metric '{name}' that Assay computes itself.", remedy=suggest(str(name), list(MEASURES)))
    measure = MEASURES[name]
    if item.get("hf_evaluate") and name != "exact_match":
        raise UsageError(
            f"{where}: '{name}' of the package `evaluate` is another metric than lm-eval's own, and Assay does not compute it."
        )
    if kind not in measure.types:
        raise UsageError(f"{where}: the metric '{name}' is for {' and '.join(measure.types)}, and this task is {kind}.")
    given = item.get("aggregation", measure.aggregation)
    if given not in SAME_AS_MEAN.get(measure.aggregation, (measure.aggregation,)):
        raise UsageError(f"{where}: '{name}' cannot be aggregated by {given!r}.", remedy=f"Write aggregation: {measure.aggregation}.")
    options = {key: value for key, value in item.items() if key not in ("metric", "aggregation", "higher_is_better", "hf_evaluate")}
    unknown = [key for key in options if key not in (*EXACT, *WITHOUT_EFFECT)]
    if unknown:
        raise UsageError(f"{where}: the metric '{name}' has no setting '{unknown[0]}'.", remedy=f"It has: {', '.join(EXACT)}.")
    kept = {key: options[key] for key in EXACT if key in options} if name == "exact_match" and kind == "generate_until" else {}
    return Asked(metric=name, higher=bool(item.get("higher_is_better", measure.higher)), options=kept)
