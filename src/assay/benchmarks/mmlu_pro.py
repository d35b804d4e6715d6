"""MMLU-Pro: 12,032 harder questions in 14 fields, up to ten choices each. https://arxiv.org/abs/2406.01574"""

from typing import Any

from assay import Card, Task, datasets, dialogue, scorers

SKILLS = {
    "math": "calculation/algebra",
    "physics": "knowledge/science",
    "chemistry": "knowledge/science",
    "biology": "knowledge/science",
    "engineering": "knowledge/science",
    "computer science": "knowledge/science",
    "law": "knowledge/professional",
    "health": "knowledge/professional",
    "business": "knowledge/professional",
    "economics": "knowledge/social-science",
    "psychology": "knowledge/social-science",
    "philosophy": "knowledge/humanities",
    "history": "knowledge/humanities",
    "other": "knowledge/facts",
}
CARD = Card(
    title="MMLU-Pro",
    source="TIGER-Lab/MMLU-Pro",
    revision="b189ec765aa7ed75c8acfea42df31fdae71f97be",
    licence="MIT",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2406.01574",
    skills=("reasoning/multi-step", *dict.fromkeys(SKILLS.values())),
    files={"test": "data/test-00000-of-00001.parquet", "validation": "data/validation-00000-of-00001.parquet"},
    known_issues=(
        "The paper's figures are with five worked examples, and an answer that cannot be read counts as a random guess; here neither.",
        "The number of choices varies from item to item, and with it the score of a guess.",
    ),
)
LETTERS = tuple("ABCDEFGHIJ")
ASK = "{question}\n{choices}\n\nThink it through, then write the letter of the right option alone on the last line, after 'ANSWER:'."


def posed(row: dict[str, Any]) -> str:
    """The question with its options, for a model that continues text."""
    return f"{datasets.lettered(row['options'], row['question'].strip())}\nAnswer:"


def mmlu_pro(split: str = "test", subject: str | None = None, likelihood: bool = False, data: str | None = None) -> Task:
    """MMLU-Pro: 12,032 harder questions in 14 fields, up to ten choices each.

    `subject` takes one field ("physics"); `likelihood` compares the probabilities of the letters instead of asking for text; `data` is a
    local file or folder with the columns `question_id`, `question`, `options`, `answer`, `category`.
    """
    dataset: Any = datasets.table(
        CARD,
        split,
        data=data,
        id="question_id",
        input=posed if likelihood else ASK,
        choices=(lambda row: LETTERS[: len(row["options"])]) if likelihood else "options",
        target="answer",
        answer_as="letter",
        metadata={
            "subject": "category",
            "skills": lambda row: ["reasoning/multi-step", SKILLS.get(row["category"], "knowledge")],
        },
    )
    return Task(
        name="mmlu_pro",
        card=CARD,
        dataset=datasets.filtered(dataset, {"subject": subject}) if subject else dataset,
        solver=dialogue.weigh_choices() if likelihood else dialogue.ask_once,
        scorers=(scorers.choice(by="logprob" if likelihood else "text"),),
    )
