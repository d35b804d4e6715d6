"""AIME 2024: the 30 problems of both papers; the answer is a whole number from 0 to 999. https://artofproblemsolving.com/wiki/index.php/2024_AIME_I"""

from assay import Card, Task, datasets, dialogue, scorers

CARD = Card(
    title="AIME 2024",
    source="HuggingFaceH4/aime_2024",
    revision="2fe88a2f1091d5048c0f36abc874fb997b3dd99a",
    licence="Problems © Mathematical Association of America; the copy names no licence",
    languages=("en",),
    version="1",
    skills=("calculation/competition", "reasoning/multi-step"),
    files={"test": "data/train-00000-of-00001.parquet"},
    known_issues=(
        "30 problems: one more or less is 3.3 points, so ask each many times (--trials 16) and read the interval.",
        "Problems and solutions have stood in public forums since the contest.",
    ),
)
PROMPT = (
    "{problem}\n\nSolve this step by step. The answer is a whole number from 0 to 999: write it alone on the last line, after 'ANSWER:'."
)


def aime24(split: str = "test", data: str | None = None) -> Task:
    """AIME 2024: the 30 problems of both papers; the answer is a whole number from 0 to 999.

    `data` is a local file or folder with the columns `problem` and `answer`.
    """
    return Task(
        name="aime24",
        card=CARD,
        dataset=datasets.table(CARD, split, data=data, id="row", input=PROMPT, target="answer"),
        solver=dialogue.ask_once,
        scorers=(scorers.number(),),
    )
