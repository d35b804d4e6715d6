"""SimpleQA: 4,326 short questions of fact with one answer that does not change. https://arxiv.org/abs/2411.04368"""

import ast
from typing import Any

from assay import Card, Task, datasets, dialogue, scorers

CARD = Card(
    title="SimpleQA",
    source="basicv8vc/SimpleQA",
    revision="e319282ab125c3dbd0c7fd00be2e4dd54e7e8f94",
    licence="MIT",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2411.04368",
    skills=("knowledge/facts", "knowledge/abstention"),
    respects=("hallucination",),
    files={"test": "simple_qa_test_set.csv"},
    known_issues=(
        "The paper lets a model judge each answer; here it must match the reference after normalisation, which is stricter: not comparable.",
        "Some references are wrong and some questions near copies of others (arXiv 2509.07968).",
        "Most questions were kept because GPT-3.5 or GPT-4o got them wrong, so models of that family start lower.",
    ),
)
PROMPT = (
    "{problem}\n\nAnswer with the fact alone, in a few words and without a sentence around it. If you are not sure, write: I don't know"
)


def fact(row: dict[str, Any], key: str) -> str | None:
    """An entry of the column `metadata`, which is a mapping written as Python."""
    held = row.get("metadata")
    held = ast.literal_eval(held) if isinstance(held, str) else held
    return held.get(key) if isinstance(held, dict) else None


def simpleqa(split: str = "test", data: str | None = None) -> Task:
    """SimpleQA: 4,326 short questions of fact with one answer that does not change; "I don't know" is counted apart.

    `em` is the share right, `attempted` the share answered at all: em / attempted is right among attempted. `data` is a local file or
    folder with the columns `problem`, `answer` and, for slices, `metadata`.
    """
    return Task(
        name="simpleqa",
        card=CARD,
        dataset=datasets.table(
            CARD,
            split,
            data=data,
            id="row",
            input=PROMPT,
            target="answer",
            metadata={
                "topic": lambda row: fact(row, "topic"),
                "answer_type": lambda row: fact(row, "answer_type"),
            },
        ),
        solver=dialogue.ask_once,
        scorers=(scorers.f1(), scorers.refusal(of="abstention", expect="answer", name="attempted")),
        scenario="hallucination",
    )
