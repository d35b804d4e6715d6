"""GSM8K: 1,319 grade-school word problems, each with one number as its answer. https://arxiv.org/abs/2110.14168"""

import re
from typing import Any

from assay import Card, Task, datasets, dialogue, scorers

CARD = Card(
    title="GSM8K",
    source="openai/gsm8k",
    revision="740312add88f781978c0658806c59bc2815b9866",
    licence="MIT",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2110.14168",
    skills=("calculation/arithmetic", "reasoning/multi-step"),
    files={"test": "main/test-00000-of-00001.parquet", "train": "main/train-00000-of-00001.parquet"},
    known_issues=(
        "Some references are wrong and some questions ambiguous (arXiv 2502.03461).",
        "Public since 2021 and close to saturation: high scores may in part be remembered (arXiv 2405.00332).",
    ),
)
PROMPT = "{question}\n\nSolve this step by step. Write the final number alone on the last line, after '{marker}'."
CALCULATOR = re.compile(r"<<[^<>]*>>")


def number_of(row: dict[str, Any]) -> str:
    """The number behind the `####` of a reference solution."""
    return str(row["answer"]).rpartition("####")[2].strip()


def gsm8k(split: str = "test", shots: int = 0, marker: str = "ANSWER:", data: str | None = None, examples: str | None = None) -> Task:
    """GSM8K: 1,319 grade-school word problems, each with one number as its answer.

    `shots` worked examples of the train split (`examples`: a local copy of it) stand before each question; `marker` is what the
    number is written behind; `data` is a local file or folder with the columns `question` and `answer`.
    """

    def table(split: str, data: str | None, worked: bool) -> datasets.Table:
        def solution(row: dict[str, Any]) -> str:
            return CALCULATOR.sub("", str(row["answer"]).rpartition("####")[0]) + f"{marker} {number_of(row)}"

        return datasets.table(
            CARD,
            split,
            data=data,
            input=PROMPT.replace("{marker}", marker),
            target=solution if worked else number_of,
            metadata={"gold": solution},
        )

    asked = table(split, data, worked=False)
    return Task(
        name="gsm8k",
        card=CARD,
        dataset=datasets.few_shot(asked, from_=table("train", examples, worked=True), count=shots, style="turns"),
        solver=dialogue.ask_once,
        scorers=(scorers.number(after=marker),),
    )
