"""Scoring as lm-eval does: a scorer for each metric, with a criterion for each of its filter pipelines."""

import re
import string
from collections.abc import Callable, Mapping, Sequence
from math import exp, isnan
from typing import Any

import msgspec

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import NOTHING_TO_EXTRACT, STATISTICS, Score
from assay.formats.lm_eval.config import OutputType
from assay.formats.lm_eval.filters import Pipeline
from assay.formats.lm_eval.measures import MEASURES

FACTS = "lm_eval"
"""The key of a sample's metadata under which stands what its scorers need."""
Found = tuple[float, str | None, tuple[float, ...]]
"""A value, what was compared, and the counts behind it."""


class Unscored(Exception):
    """Why an answer has no score."""


class LmEval(msgspec.Struct, frozen=True, kw_only=True, tag="lm-eval-1"):
    """One metric of a task."""

    name: str
    output_type: OutputType
    pipelines: tuple[Pipeline, ...]
    options: dict[str, Any] = {}
    higher: bool = True

    @property
    def criteria(self) -> tuple[str, ...]:
        """The pipelines; without a name where there is but lm-eval's own."""
        names = tuple(each.name for each in self.pipelines)
        return ("score",) if names == ("none",) else names

    @property
    def lower_is_better(self) -> tuple[str, ...]:
        """All of them, for an error or a perplexity."""
        return () if self.higher else self.criteria

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        """A score for each pipeline."""
        facts: Mapping[str, Any] = sample.metadata.get(FACTS, {})
        return tuple(
            self._score(criterion, pipeline, facts, sample, answer)
            for criterion, pipeline in zip(self.criteria, self.pipelines, strict=True)
        )

    def _score(self, criterion: str, pipeline: Pipeline, facts: Mapping[str, Any], sample: Sample, answer: Answer) -> Score:
        try:
            if self.output_type == "generate_until":
                value, extracted, counts = self._text(pipeline, facts, answer)
            else:
                value, extracted, counts = self._weighed(facts, sample, answer)
        except Unscored as why:
            return Score(scorer=self.name, criterion=criterion, value=None, reason=str(why))
        except (LookupError, ValueError, TypeError) as error:
            raise ScorerError(f"The metric '{self.name}' cannot score sample '{sample.id}': {error}.", kind="lm_eval") from error
        reason = NOTHING_TO_EXTRACT if extracted is not None and extracted in fallbacks(pipeline) else None
        detail = {STATISTICS: {MEASURES[self.name].pooled: list(counts)}} if counts else {}
        return Score(
            scorer=self.name, criterion=criterion, value=value, extracted=extracted, method=pipeline.name, reason=reason, detail=detail
        )

    def _text(self, pipeline: Pipeline, facts: Mapping[str, Any], answer: Answer) -> Found:
        said = [each.text for each in answer.messages if each.role == "assistant"] if facts.get("repeats", 1) > 1 else [answer.text]
        result = pipeline(said, facts.get("choices"))
        results = result if isinstance(result, list) else [result]
        shown = " | ".join(map(str, results))
        gold, several = facts["gold"], facts.get("several", False)
        if self.name == "exact_match":
            golds = [str(each) for each in (gold if isinstance(gold, list) and several else [gold])]
            hits = [float(same(each, wanted, self.options)) for wanted in golds for each in results]
            return (float(any(hits)) if several else sum(hits) / len(hits)), shown, ()
        if several or isinstance(gold, list):
            raise Unscored(f"{self.name} compares with one target, and there are several")
        if len(results) != 1:
            raise Unscored(f"{self.name} compares one answer, and the filters leave {len(results)}")
        from assay.formats.lm_eval import text_counts

        count: Callable[[str, str], text_counts.Counts] = {
            "bleu": text_counts.bleu,
            "chrf": text_counts.chrf,
            "chrf++": lambda one, other: text_counts.chrf(one, other, text_counts.WORDS),
            "ter": text_counts.ter,
        }[self.name]
        value, counts = count(str(results[0]), str(gold))
        return value, shown, counts

    def _weighed(self, facts: Mapping[str, Any], sample: Sample, answer: Answer) -> Found:
        rows = answer.choice_logprobs or ()
        if len(rows) != facts["asked"] or any(isnan(row[0]) for row in rows):
            raise ScorerError(
                f"The answer to sample '{sample.id}' has {len(rows)} log-probabilities, and {facts['asked']} were asked.",
                kind="no_logprobs",
                remedy="Use a model that gives log-probabilities: tiny, hf, or an endpoint with completions.",
            )
        logprobs = [row[0] for row in rows]
        if self.output_type == "loglikelihood":
            return (float(greedy(answer, 0)), None, ()) if self.name == "acc" else (-logprobs[0], None, (-logprobs[0], 1.0))
        if self.output_type == "loglikelihood_rolling":
            units = facts["words"] if self.name == "word_perplexity" else facts["bytes"]
            if not units:
                raise Unscored("the text is empty")
            return -logprobs[0] / units, None, (-logprobs[0], float(units))
        return self._choice(list(sample.choices or ()), logprobs, facts, answer)

    def _choice(self, choices: list[str], logprobs: list[float], facts: Mapping[str, Any], answer: Answer) -> Found:
        """Multiple choice: the likeliest, by itself, per character, per byte, or against its likelihood without the question."""
        gold = numbers_of(facts["gold"], choices, several=facts.get("several", False))
        alone, without = logprobs[: len(choices)], logprobs[len(choices) :]
        measures = {
            "acc_norm": [each / len(text) if text else float("-inf") for each, text in zip(alone, choices, strict=True)],
            "acc_bytes": [each / len(text.encode()) if text else float("-inf") for each, text in zip(alone, choices, strict=True)],
            "acc_mutual_info": [one - other for one, other in zip(alone, without, strict=False)],
        }.get(self.name, alone)
        best = max(range(len(choices)), key=measures.__getitem__)
        if self.name == "exact_match":
            return float(any(greedy(answer, each) for each in gold)), choices[best], ()
        if self.name == "brier_score":
            weights = [exp(each - max(alone)) for each in alone]
            total = sum(weights)
            return sum((each / total - (place == gold[0])) ** 2 for place, each in enumerate(weights)), choices[best], ()
        value = float(best in gold)
        return value, choices[best], table_of(self.name, gold[0], best, len(choices)) if self.name in ("f1", "mcc") else ()


def table_of(metric: str, gold: int, said: int, count: int) -> tuple[float, ...]:
    """The counts of one answer: true positive, false positive and false negative of class 1, or its cell in the confusion matrix."""
    if metric == "f1":
        if count > 2 and not {gold, said} <= {0, 1}:
            raise Unscored("f1 is of two classes, 0 and 1, and this question has more")
        return float(gold == said == 1), float(said == 1 != gold), float(gold == 1 != said)
    return tuple(float(place == gold * count + said) for place in range(count * count))


def numbers_of(gold: Any, choices: Sequence[str], *, several: bool) -> list[int]:
    """The right choices by number. Raises Unscored where a target is none of them: that is the data's fault, not the model's."""
    found = gold if several and isinstance(gold, list) else [gold]
    numbers = [choices.index(each) if isinstance(each, str) and each in choices else each for each in found]
    kept = [each for each in numbers if isinstance(each, int) and 0 <= each < len(choices)]
    if not kept:
        raise Unscored(f"the target {gold!r} is none of the {len(choices)} choices")
    return kept


def greedy(answer: Answer, place: int) -> bool:
    """Whether a continuation is what the model would have written. Raises Unscored where it does not tell."""
    if answer.choice_greedy is None:
        raise Unscored("the model does not tell whether it would have written this itself (the rivals of each token)")
    return answer.choice_greedy[place]


def same(said: Any, wanted: str, options: Mapping[str, Any]) -> bool:
    """Whether two texts are equal once what is to be ignored is taken out of both."""
    if not isinstance(said, str):
        return said is not None and str(said) == wanted  # what a filter `map` puts in may be a number
    one, other = (cleaned(each, options) for each in (said, wanted))
    return one == other


def cleaned(text: str, options: Mapping[str, Any]) -> str:
    """A text without what is to be ignored, in lm-eval's order."""
    for pattern in options.get("regexes_to_ignore") or ():
        text = re.sub(pattern, "", text)
    if options.get("ignore_case"):
        text = text.lower()
    if options.get("ignore_punctuation"):
        text = text.translate(str.maketrans("", "", string.punctuation))
    return text.translate(str.maketrans("", "", string.digits)) if options.get("ignore_numbers") else text


def fallbacks(pipeline: Pipeline) -> tuple[str, ...]:
    """What a pipeline says where it found nothing."""
    return tuple(
        str(step.options.get("fallback", "[invalid]")) for step in pipeline.steps if step.function in ("regex", "multi_choice_regex")
    )
