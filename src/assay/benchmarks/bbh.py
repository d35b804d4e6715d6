"""BIG-Bench Hard: 27 sets of reasoning puzzles, 6,511 in all, that language models once failed. https://arxiv.org/abs/2210.09261"""

from pathlib import Path
from typing import Any

from assay import Card, Task, datasets, dialogue, scorers

SKILLS = {
    "boolean_expressions": "reasoning/logic",
    "causal_judgement": "reasoning/causal",
    "date_understanding": "reasoning/temporal",
    "disambiguation_qa": "language/disambiguation",
    "dyck_languages": "reasoning/logic",
    "formal_fallacies": "reasoning/logic",
    "geometric_shapes": "reasoning/spatial",
    "hyperbaton": "language/grammar",
    "logical_deduction_five_objects": "reasoning/logic",
    "logical_deduction_seven_objects": "reasoning/logic",
    "logical_deduction_three_objects": "reasoning/logic",
    "movie_recommendation": "reasoning/analogy",
    "multistep_arithmetic_two": "calculation/arithmetic",
    "navigate": "reasoning/spatial",
    "object_counting": "calculation/counting",
    "penguins_in_a_table": "reasoning/multi-step",
    "reasoning_about_colored_objects": "reasoning/multi-step",
    "ruin_names": "language/generation",
    "salient_translation_error_detection": "language/translation",
    "snarks": "language/sentiment",
    "sports_understanding": "knowledge/commonsense",
    "temporal_sequences": "reasoning/temporal",
    "tracking_shuffled_objects_five_objects": "reasoning/multi-step",
    "tracking_shuffled_objects_seven_objects": "reasoning/multi-step",
    "tracking_shuffled_objects_three_objects": "reasoning/multi-step",
    "web_of_lies": "reasoning/logic",
    "word_sorting": "planning/ordering",
}
CARD = Card(
    title="BIG-Bench Hard",
    source="lukaemon/bbh",
    revision="982bb89fd79532a8ac676a61fc42eb1aeec63f99",
    licence="MIT",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2210.09261",
    skills=tuple(dict.fromkeys(SKILLS.values())),
    known_issues=(
        "The paper averages 23 tasks, not 6,511 items nor 27 files: compare it with the plain mean of the slices of 'family'.",
        "Asked without examples; the paper's figures are with three worked ones.",
        "Some references are wrong or ambiguous (arXiv 2502.03461).",
    ),
)
PROMPT = "{input}\n\nWork it out step by step. End with this sentence, your answer in place of the dots: So the answer is ...\n\
Where options are given, answer with the letter in brackets, such as (A)."


def family(task: str) -> str:
    """The paper's task: three files that differ in the number of objects are one."""
    return next((each for each in ("logical_deduction", "tracking_shuffled_objects") if task.startswith(each)), task)


def table(source: str | Card, task: str | None, split: str, data: str | Path | None) -> datasets.Table:
    """The rows of one task, or (None) of a file whose column `task` names it."""

    def named(row: dict[str, Any]) -> str:
        return task or str(row["task"])

    return datasets.table(
        source,
        split,
        data=data,
        id="row",
        name=task,
        input=PROMPT,
        target="target",
        metadata={
            "task": named,
            "family": lambda row: family(named(row)),
            "skills": lambda row: [SKILLS.get(named(row), "reasoning")],
            "gold": "So the answer is {target}.",
        },
    )


def bbh(subject: str | None = None, split: str = "test", data: str | None = None) -> Task:
    """BIG-Bench Hard: 27 sets of reasoning puzzles, 6,511 in all, that language models once failed.

    `subject` takes one of the 27. `data` is a local file with the columns `task`, `input`, `target`, or a folder that is laid out as the
    hub's (`navigate/test-....parquet`) or as the authors' (`navigate.json`).
    """
    wanted = (subject,) if subject else tuple(SKILLS)
    folder = Path(data).expanduser() if data else None
    if folder is None:
        tables = [table(f"hf/{CARD.source}/{each}@{CARD.revision}", each, split, None) for each in wanted]
        dataset = datasets.concatenate(*tables)
    elif folder.is_dir():
        places = {each: next(folder.glob(f"{each}/{split}*"), folder / f"{each}.json") for each in wanted}
        dataset = datasets.concatenate(*(table(CARD, each, split, place) for each, place in places.items()))
    else:
        dataset = table(CARD, None, split, folder)
        dataset = datasets.filtered(dataset, {"task": subject}) if subject else dataset
    return Task(
        name="bbh",
        card=CARD,
        dataset=dataset,
        solver=dialogue.ask_once,
        scorers=(scorers.exact(after="answer is", ignore_final_stop=True, forgiving=True),),
    )
