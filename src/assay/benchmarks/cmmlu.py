"""CMMLU: 11,582 questions on Chinese language, culture and schooling in 67 subjects, four choices each. https://arxiv.org/abs/2306.09212"""

from pathlib import Path
from typing import Any

from assay import AssayError, Card, Sample, Task, datasets, dialogue, scorers

SUBJECTS = {
    "calculation/algebra": """college_actuarial_science college_mathematics college_medical_statistics elementary_mathematics
        high_school_mathematics""",
    "reasoning/logic": "logical",
    "knowledge/science": """agronomy anatomy astronomy college_engineering_hydrology college_medicine computer_science computer_security
        conceptual_physics electrical_engineering elementary_information_and_technology food_science genetics high_school_biology
        high_school_chemistry high_school_physics machine_learning nutrition sports_science traditional_chinese_medicine virology""",
    "knowledge/humanities": """ancient_chinese arts chinese_food_culture chinese_history chinese_literature elementary_chinese
        legal_and_moral_basis modern_chinese philosophy world_history world_religions""",
    "knowledge/social-science": """chinese_foreign_policy college_education economics education ethnology high_school_geography
        high_school_politics human_sexuality journalism management marketing marxist_theory public_relations security_study sociology""",
    "knowledge/professional": """business_ethics chinese_civil_service_exam chinese_driving_rule chinese_teacher_qualification
        clinical_knowledge college_law construction_project_management international_law jurisprudence professional_accounting
        professional_law professional_medicine professional_psychology""",
    "knowledge/facts": "elementary_commonsense global_facts",
}
SKILLS = {subject: skill for skill, subjects in SUBJECTS.items() for subject in subjects.split()}
CARD = Card(
    title="CMMLU",
    source="https://github.com/haonan-li/CMMLU",
    revision="d6e7b716d8ac694f38969a6c0407437d1fded799",
    licence="CC-BY-NC-SA-4.0",
    languages=("zh",),
    version="1",
    paper="https://arxiv.org/abs/2306.09212",
    skills=tuple(SUBJECTS),
    known_issues=(
        "Read from the authors' repository: the hub keeps the tables in a zip archive, and names the licence CC-BY-NC-4.0.",
        "The paper's figures are with five examples (shots=5) and average subjects, not questions; the default here is none.",
    ),
)
FILES = "https://raw.githubusercontent.com/haonan-li/CMMLU"
LETTERS = tuple("ABCD")
ASK = "请先思考，然后在最后一行只写：答案：加上正确选项的字母。"


def options(row: dict[str, Any]) -> list[str]:
    """The choices."""
    return [row[letter] for letter in LETTERS]


def posed(row: dict[str, Any]) -> str:
    """The question with its options."""
    return datasets.lettered(options(row), row["Question"].strip())


def table(source: str | Card, subject: str | None, split: str, ask: str, data: Path | None = None) -> datasets.Table:
    """The questions of one subject, or (None) of a file whose column `subject` names it; `ask` stands below each."""

    def named(row: dict[str, Any]) -> str:
        return subject or str(row["subject"])

    return datasets.table(
        source,
        split,
        data=data,
        id="row",
        name=subject,
        input=lambda row: f"{posed(row)}\n{ask}",
        choices=(lambda row: LETTERS) if ask == "答案：" else options,
        target="Answer",
        answer_as="letter",
        metadata={"subject": named, "skills": lambda row: [SKILLS.get(named(row), "knowledge")]},
    )


def worked(sample: Sample) -> str:
    """An example: the question with its answer."""
    return f"{sample.prompt}{sample.targets[0]}"


def cmmlu(split: str = "test", subject: str | None = None, shots: int = 0, likelihood: bool = False, data: str | None = None) -> Task:
    """CMMLU: 11,582 questions on Chinese language, culture and schooling in 67 subjects, four choices each.

    `shots` (up to 5) examples of the same subject come from the split dev; `likelihood` compares the probabilities of the letters instead
    of asking for text; `data` is a folder laid out as the authors' (`test/agronomy.csv`), or one file with the columns `Question`, `A` to
    `D`, `Answer`, `subject`.
    """
    ask = "答案：" if likelihood else ASK
    folder = Path(data).expanduser() if data else None

    def of(subject: str, split: str, ask: str) -> datasets.Table:
        if folder is None:
            return table(f"{FILES}/{CARD.revision}/data/{split}/{subject}.csv", subject, split, ask)
        return table(CARD, subject, split, ask, folder / split / f"{subject}.csv")

    dataset: Any
    if folder is not None and not folder.is_dir():
        if shots:
            raise AssayError("One file holds no examples to show.", remedy="Give a folder with the splits dev and test, or shots=0.")
        dataset = table(CARD, None, split, ask, folder)
        dataset = datasets.filtered(dataset, {"subject": subject}) if subject else dataset
    else:
        parts = (
            datasets.few_shot(of(each, split, ask), from_=of(each, "dev", "答案："), count=shots, fixed=True, render=worked)
            for each in ((subject,) if subject else SKILLS)
        )
        dataset = datasets.concatenate(*parts)
    return Task(
        name="cmmlu",
        card=CARD,
        dataset=dataset,
        solver=dialogue.weigh_choices(prefix="") if likelihood else dialogue.ask_once,
        scorers=(scorers.choice(by="logprob" if likelihood else "text"),),
    )
