"""MMLU: 14,042 questions of school and university in 57 subjects, four choices each. https://arxiv.org/abs/2009.03300"""

from typing import Any

from assay import Card, Sample, Task, datasets, dialogue, scorers

SUBJECTS = {
    "calculation/algebra": "abstract_algebra college_mathematics elementary_mathematics high_school_mathematics high_school_statistics",
    "reasoning/logic": "formal_logic logical_fallacies",
    "knowledge/science": """anatomy astronomy college_biology college_chemistry college_computer_science college_physics computer_security
        conceptual_physics electrical_engineering high_school_biology high_school_chemistry high_school_computer_science
        high_school_physics human_aging machine_learning medical_genetics nutrition virology""",
    "knowledge/humanities": """high_school_european_history high_school_us_history high_school_world_history moral_disputes
        moral_scenarios philosophy prehistory world_religions""",
    "knowledge/social-science": """econometrics high_school_geography high_school_government_and_politics high_school_macroeconomics
        high_school_microeconomics high_school_psychology human_sexuality public_relations security_studies sociology us_foreign_policy""",
    "knowledge/professional": """business_ethics clinical_knowledge college_medicine international_law jurisprudence management marketing
        professional_accounting professional_law professional_medicine professional_psychology""",
    "knowledge/facts": "global_facts miscellaneous",
}
SKILLS = {subject: skill for skill, subjects in SUBJECTS.items() for subject in subjects.split()}
CARD = Card(
    title="MMLU",
    source="cais/mmlu",
    revision="c30699e8356da336a370243923dbaf21066bb9fe",
    licence="MIT",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2009.03300",
    skills=tuple(SUBJECTS),
    files={
        "test": "all/test-00000-of-00001.parquet",
        "validation": "all/validation-00000-of-00001.parquet",
        "dev": "all/dev-00000-of-00001.parquet",
    },
    known_issues=(
        "About 6.5 % of the items have a wrong or unclear reference, in virology 57 % (arXiv 2406.04127).",
        "Public since 2020: high scores may be remembered.",
        "The paper's and most published figures are with five examples (shots=5); the default here is none.",
    ),
)
LETTERS = tuple("ABCD")
ASK = "Think it through, then write the letter of the right option alone on the last line, after 'ANSWER:'."


def posed(row: dict[str, Any]) -> str:
    """The question with its options."""
    return datasets.lettered(row["choices"], row["question"].strip())


def letter(row: dict[str, Any]) -> str:
    """The letter of the right choice, which the data gives as a letter or as a number from 0."""
    return row["answer"] if isinstance(row["answer"], str) else LETTERS[row["answer"]]


def mmlu(
    split: str = "test",
    subject: str | None = None,
    shots: int = 0,
    likelihood: bool = False,
    data: str | None = None,
    examples: str | None = None,
) -> Task:
    """MMLU: 14,042 questions of school and university in 57 subjects, four choices each.

    `likelihood` compares the probabilities of the letters instead of asking for text; `shots` (up to 5) examples of the same subject come
    from the split dev (`examples`: a local copy of it); `data` is a local file with the columns `question`, `choices`, `answer`, `subject`.
    """
    marker = "Answer:" if likelihood else "ANSWER:"

    def table(split: str, data: str | None, end: str) -> datasets.Table:
        return datasets.table(
            CARD,
            split,
            data=data,
            id="row",
            input=lambda row: posed(row) + end,
            choices=(lambda row: LETTERS) if likelihood else "choices",
            target=letter,
            answer_as="letter",
            metadata={"subject": "subject", "skills": lambda row: [SKILLS.get(row["subject"], "knowledge")]},
        )

    def worked(sample: Sample) -> str:
        return f"{sample.prompt}\n{marker} {sample.targets[0]}"

    asked = table(split, data, f"\n{marker}" if likelihood else f"\n\n{ASK}")
    dataset = datasets.few_shot(asked, from_=table("dev", examples, ""), count=shots, by="subject", fixed=True, render=worked)
    return Task(
        name="mmlu",
        card=CARD,
        dataset=datasets.filtered(dataset, {"subject": subject}) if subject else dataset,
        solver=dialogue.weigh_choices() if likelihood else dialogue.ask_once,
        scorers=(scorers.choice(by="logprob" if likelihood else "text"),),
    )
