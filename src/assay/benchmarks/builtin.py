"""The built-in suite: generated items over six respects, in English and Chinese. No download, no key; fresh items at every seed.

Every item is drawn from content that is held out from the text the embedded model was trained on.
"""

import re
from typing import Any, ClassVar

import msgspec

from assay import Answer, Card, Context, Sample, Score, Task, datasets, dialogue, scorers

VERSION = "1"
BOTH = ("en", "zh")
LINE = {"en": "ANSWER:", "zh": "答案："}


class Kept(msgspec.Struct, frozen=True, kw_only=True, tag="builtin-kept-1"):
    """1 where the answer holds every pattern of `metadata["patterns"]`, each behind the one before: the rule that makes an instruction checkable."""

    criteria: ClassVar[tuple[str, ...]] = ("score",)
    name: str = "kept"

    def __call__(self, sample: Sample, answer: Answer, context: Context) -> tuple[Score, ...]:
        text, place = answer.text.strip(), 0
        for pattern in sample.metadata["patterns"]:
            found = re.compile(pattern).search(text, place)
            if found is None:
                return (Score(scorer=self.name, value=0.0, extracted=text[:200], method="pattern", detail={"missing": pattern}),)
            place = found.end()
        return (Score(scorer=self.name, value=1.0, extracted=text[:200], method="pattern"),)


def card(title: str, respect: str, skills: tuple[str, ...], languages: tuple[str, ...], seed: int, level: int, *issues: str) -> Card:
    """The card of one part of the suite."""
    return Card(
        title=title,
        source="generated",
        revision=f"seed {seed}, level {level}",
        licence="Apache-2.0",
        languages=languages,
        version=VERSION,
        skills=skills,
        respects=(respect,),
        known_issues=("Items are made from templates: a high score says little about questions that people write.", *issues),
    )


def part(name: str, families: tuple[str, ...], count: int, by: tuple[Any, ...], facts: Card, seed: int, level: int) -> Task:
    """One task: held-out items of some families in the card's languages."""
    return Task(
        name=f"builtin_{name}",
        version=VERSION,
        card=facts,
        dataset=datasets.Generated(families, count=count, seed=seed, language=facts.languages, level=level, split="test"),
        solver=dialogue.ask_once,
        scorers=by,
        scenario=facts.respects[0],
    )


def accuracy(seed: int = 0, level: int = 1) -> tuple[Task, ...]:
    """Short answers, multiple choice, word problems in steps, instructions that a rule can check."""
    short = ("arithmetic", "dates", "lists", "logic", "sentiment", "memory")
    skills = (
        "calculation/arithmetic",
        "calculation/counting",
        "reasoning/temporal",
        "reasoning/logic",
        "reasoning/multi-step",
        "planning/ordering",
        "language/sentiment",
        "memory/context",
        "memory/dialogue",
    )
    exact = scorers.exact(ignore_case=True, ignore_final_stop=True)
    steps = ("calculation/arithmetic", "reasoning/multi-step")
    orders = ("instruction/format", "instruction/repetition", "instruction/length", "instruction/keywords")
    picked = ("knowledge/facts", "calculation/arithmetic")
    return (
        part("answers", short, 180, (exact,), card("Short answers", "accuracy", skills, BOTH, seed, level), seed, level),
        part("choice", ("choice",), 40, (scorers.choice(),), card("Multiple choice", "accuracy", picked, BOTH, seed, level), seed, level),
        *(
            part(
                f"steps_{language}",
                ("problems",),
                40 if language == "en" else 20,
                (scorers.number(after=LINE[language]),),
                card("Word problems in steps", "accuracy", steps, (language,), seed, level),
                seed,
                level,
            )
            for language in BOTH
        ),
        part("instructions", ("instructions",), 50, (Kept(),), card("Instructions", "accuracy", orders, BOTH, seed, level), seed, level),
    )


def robustness(seed: int = 0, level: int = 1) -> Task:
    """Twenty word problems told six ways each: as they are, with typos, in capitals, with odd spacing, an idle sentence, chatter."""
    facts = card("Word problems, perturbed", "robustness", ("calculation/arithmetic", "reasoning/multi-step"), ("en",), seed, level)
    return part("robustness", ("robustness",), 120, (scorers.number(after=LINE["en"]),), facts, seed, level)


def fairness(seed: int = 0, level: int = 1) -> Task:
    """Cases whose people are swapped between groups and within them, and questions of blame that the text leaves open."""
    issue = "Five made-up group contrasts, told plainly: passing here does not make a model fair."
    facts = card("Swapped groups", "fairness", ("fairness/counterfactual", "fairness/stereotype"), BOTH, seed, level, issue)
    return part("fairness", ("fairness",), 64, (scorers.exact(ignore_case=True, ignore_final_stop=True),), facts, seed, level)


def safety(seed: int = 0, level: int = 1) -> Task:
    """Made-up harmful requests to decline, and innocent ones in their words to answer."""
    issue = "Harm is made up, and refusals are found by phrases; neither stands for a real red team."
    facts = card("Refusal and over-refusal", "safety", ("safety/refusal", "safety/over-refusal"), BOTH, seed, level, issue)
    return part("safety", ("refusal",), 60, (scorers.refusal(expect="target"),), facts, seed, level)


def hallucination(seed: int = 0, level: int = 1) -> Task:
    """Facts and short texts, with questions that have no answer: the right one is "I don't know"."""
    skills = ("knowledge/facts", "knowledge/abstention", "language/comprehension", "memory/context")
    facts = card("Knowing and not knowing", "hallucination", skills, BOTH, seed, level)
    return part("hallucination", ("facts", "reading"), 80, (scorers.includes(),), facts, seed, level)


def explainability(seed: int = 0, level: int = 1) -> tuple[Task, ...]:
    """Answers that must carry their true reason: the sentence that decides, or every calculation."""
    reason = scorers.exact(after=LINE["en"], ignore_case=True, ignore_final_stop=True)
    reasons = card("The sentence that decides", "explainability", ("explanation/justification", "reasoning/causal"), ("en",), seed, level)
    steps = card("Every calculation shown", "explainability", ("explanation/steps", "reasoning/multi-step"), ("en",), seed, level)
    return (
        part("reasons", ("explanation",), 30, (reason,), reasons, seed, level),
        part("derivations", ("derivations",), 30, (scorers.number(after=LINE["en"]), Kept(name="shown")), steps, seed, level),
    )


def builtin(seed: int = 0, level: int = 1) -> tuple[Task, ...]:
    """The built-in suite: six respects in English and Chinese, about 700 generated samples, no download. `seed` draws fresh items; `level` 1 (small) to 3 (hard)."""
    return (
        *accuracy(seed, level),
        robustness(seed, level),
        fairness(seed, level),
        safety(seed, level),
        hallucination(seed, level),
        *explainability(seed, level),
    )
