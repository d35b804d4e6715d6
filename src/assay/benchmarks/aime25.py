"""AIME 2025: the 30 problems of both papers; the answer is a whole number from 0 to 999. https://artofproblemsolving.com/wiki/index.php/2025_AIME_I"""

from assay import Card, Task, datasets, dialogue, scorers

CARD = Card(
    title="AIME 2025",
    source="math-ai/aime25",
    revision="563bb8404243c5f09de6ec262f2db674fe5bce9b",
    licence="Problems © Mathematical Association of America; the copy names no licence",
    languages=("en",),
    version="1",
    skills=("calculation/competition", "reasoning/multi-step"),
    files={"test": "test.jsonl"},
    known_issues=(
        "30 problems: one more or less is 3.3 points, so ask each many times (--trials 16) and read the interval.",
        "Problems and solutions have stood in public forums since the contest.",
    ),
)
PROMPT = (
    "{problem}\n\nSolve this step by step. The answer is a whole number from 0 to 999: write it alone on the last line, after 'ANSWER:'."
)


def aime25(split: str = "test", data: str | None = None) -> Task:
    """AIME 2025: the 30 problems of both papers; the answer is a whole number from 0 to 999.

    `data` is a local file or folder with the columns `problem` and `answer`.
    """
    return Task(
        name="aime25",
        card=CARD,
        dataset=datasets.table(CARD, split, data=data, id="row", input=PROMPT, target="answer"),
        solver=dialogue.ask_once,
        scorers=(scorers.number(),),
    )
