"""C-Eval: 1,346 questions of Chinese examinations in 52 subjects, four choices each (validation split). https://arxiv.org/abs/2305.08322"""

from pathlib import Path
from typing import Any

from assay import AssayError, Card, Sample, Task, datasets, dialogue, scorers

SUBJECTS = {
    "calculation/algebra": """advanced_mathematics discrete_mathematics high_school_mathematics middle_school_mathematics
        probability_and_statistics""",
    "reasoning/logic": "logic",
    "knowledge/science": """basic_medicine college_chemistry college_physics college_programming computer_architecture computer_network
        high_school_biology high_school_chemistry high_school_physics middle_school_biology middle_school_chemistry middle_school_physics
        operating_system plant_protection sports_science veterinary_medicine""",
    "knowledge/humanities": """art_studies chinese_language_and_literature high_school_chinese high_school_history
        ideological_and_moral_cultivation middle_school_history modern_chinese_history""",
    "knowledge/social-science": """business_administration college_economics education_science high_school_geography high_school_politics
        mao_zedong_thought marxism middle_school_geography middle_school_politics""",
    "knowledge/professional": """accountant civil_servant clinical_medicine electrical_engineer environmental_impact_assessment_engineer
        fire_engineer law legal_professional metrology_engineer physician professional_tour_guide tax_accountant teacher_qualification
        urban_and_rural_planner""",
}
SKILLS = {subject: skill for skill, subjects in SUBJECTS.items() for subject in subjects.split()}
CARD = Card(
    title="C-Eval",
    source="ceval/ceval-exam",
    revision="617524a00b307ff6f9933702f724131fe12ca7ce",
    licence="CC-BY-NC-SA-4.0",
    languages=("zh",),
    version="1",
    paper="https://arxiv.org/abs/2305.08322",
    skills=tuple(SUBJECTS),
    known_issues=(
        "The leaderboard is of the test split; at this commit its answers may be absent, so the validation split is the default.",
        "The paper's figures are with five examples (shots=5) and average subjects, not questions; the default here is none.",
    ),
)
LETTERS = tuple("ABCD")
ASK = "请先思考，然后在最后一行只写：答案：加上正确选项的字母。"


def options(row: dict[str, Any]) -> list[str]:
    """The choices."""
    return [row[letter] for letter in LETTERS]


def posed(row: dict[str, Any]) -> str:
    """The question with its options."""
    return datasets.lettered(options(row), row["question"].strip())


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
        target="answer",
        answer_as="letter",
        metadata={"subject": named, "skills": lambda row: [SKILLS.get(named(row), "knowledge")]},
    )


def worked(sample: Sample) -> str:
    """An example: the question with its answer."""
    return f"{sample.prompt}{sample.targets[0]}"


def ceval(split: str = "val", subject: str | None = None, shots: int = 0, likelihood: bool = False, data: str | None = None) -> Task:
    """C-Eval: 1,346 questions of Chinese examinations in 52 subjects, four choices each (validation split).

    `shots` (up to 5) examples of the same subject come from the split dev; `likelihood` compares the probabilities of the letters instead
    of asking for text; `data` is a folder laid out as the hub's (`law/val-....parquet`) or as the authors' archive (`val/law_val.csv`), or
    one file with the columns `question`, `A` to `D`, `answer`, `subject`.
    """
    ask = "答案：" if likelihood else ASK
    folder = Path(data).expanduser() if data else None

    def of(subject: str, split: str, ask: str) -> datasets.Table:
        if folder is None:
            return table(f"hf/{CARD.source}/{subject}@{CARD.revision}", subject, split, ask)
        return table(CARD, subject, split, ask, next(folder.glob(f"{subject}/{split}*"), folder / split / f"{subject}_{split}.csv"))

    dataset: Any
    if folder is not None and not folder.is_dir():
        if shots:
            raise AssayError("One file holds no examples to show.", remedy="Give a folder with the splits dev and val, or shots=0.")
        dataset = table(CARD, None, split, ask, folder)
        dataset = datasets.filtered(dataset, {"subject": subject}) if subject else dataset
    else:
        parts = (
            datasets.few_shot(of(each, split, ask), from_=of(each, "dev", "答案："), count=shots, fixed=True, render=worked)
            for each in ((subject,) if subject else SKILLS)
        )
        dataset = datasets.concatenate(*parts)
    return Task(
        name="ceval",
        card=CARD,
        dataset=dataset,
        solver=dialogue.weigh_choices(prefix="") if likelihood else dialogue.ask_once,
        scorers=(scorers.choice(by="logprob" if likelihood else "text"),),
    )
