"""GPQA: 448 questions of biology, physics and chemistry that a search does not answer (198 of them "diamond"). https://arxiv.org/abs/2311.12022"""

from typing import Any

from assay import Card, Task, datasets, dialogue, scorers

CARD = Card(
    title="GPQA",
    source="Idavidrein/gpqa",
    revision="633f5ee89ab8ad4522a9f850766b73f62147ffdd",
    licence="CC-BY-4.0",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2311.12022",
    skills=("knowledge/science", "reasoning/multi-step"),
    files={"diamond": "gpqa_diamond.csv", "main": "gpqa_main.csv", "extended": "gpqa_extended.csv"},
    known_issues=(
        "Gated: accept the terms on the hub, then set HF_TOKEN. The authors ask that the items are not shown in public.",
        "198 questions: the interval of one score is about 7 points to either side.",
        "The right answer stands first in the data, so choices are shuffled: another seed is another column.",
    ),
)
COLUMNS = ("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")
ASK = "{Question}\n\n{choices}\n\nThink it through, then write the letter of the right option alone on the last line, after 'ANSWER:'."


def gpqa(split: str = "diamond", seed: int = 0, likelihood: bool = False, data: str | None = None) -> Task:
    """GPQA: questions of biology, physics and chemistry that a search does not answer; 198 of them "diamond".

    `split` is diamond, main (448) or extended (546); `seed` orders the choices; `likelihood` compares the probabilities of the choices'
    texts instead of asking for a letter; `data` is a local file with the columns of the published CSV.
    """
    dataset = datasets.table(
        CARD,
        split,
        data=data,
        id="Record ID",
        input="{Question}\nAnswer:" if likelihood else ASK,
        choices=lambda row: [str(row[each]).strip() for each in COLUMNS],
        target=lambda row: "A",
        answer_as="letter",
        metadata={"subject": "High-level domain", "field": "Subdomain"},
    )
    by: tuple[Any, ...] = (scorers.likelihood(),) if likelihood else (scorers.choice(),)
    return Task(
        name="gpqa" if split == "diamond" else f"gpqa_{split}",
        card=CARD,
        dataset=datasets.shuffle_choices(dataset, seed=seed),
        solver=dialogue.weigh_choices() if likelihood else dialogue.ask_once,
        scorers=by,
    )
