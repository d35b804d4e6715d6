"""MBPP: 500 short Python programs to write from a sentence and three tests. https://arxiv.org/abs/2108.07732"""

from typing import Any

from assay import Card, Task, datasets, dialogue, metrics, scorers

CARD = Card(
    title="MBPP",
    source="google-research-datasets/mbpp",
    revision="4bb6404fdc6cacfda99d4ac4205087b89d32030c",
    licence="CC-BY-4.0",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2108.07732",
    skills=("code/synthesis",),
    files={"test": "full/test-00000-of-00001.parquet", "sanitized": "sanitized/test-00000-of-00001.parquet"},
    known_issues=(
        "The tests stand in the prompt, so a program can be written to them alone; and three tests let wrong programs pass.",
        "Some sentences say too little without the tests; the split 'sanitized' was corrected by hand.",
    ),
)
PROMPT = "{task}\n\nYour Python code must pass these tests:\n\n```python\n{tests}\n```\n\nAnswer with the code alone, in one code block."


def asked(row: dict[str, Any]) -> str:
    """The prompt: both forms of the data name the sentence differently."""
    return PROMPT.replace("{task}", row.get("text") or row["prompt"]).replace("{tests}", "\n".join(row["test_list"]))


def mbpp(split: str = "test", k: int = 1, data: str | None = None) -> Task:
    """MBPP: 500 short Python programs to write from a sentence and three tests, run in the sandbox.

    `split` "sanitized" takes the part that was corrected by hand; `k` above 1 adds pass@k and asks each problem k times; `data` is a
    local file with the columns `task_id`, `text` or `prompt`, `code`, `test_list`.
    """
    return Task(
        name="mbpp" if split == "test" else f"mbpp_{split}",
        card=CARD,
        dataset=datasets.table(
            CARD,
            split,
            data=data,
            id="task_id",
            input=asked,
            metadata={
                "test_list": "test_list",
                "test_setup_code": lambda row: row.get("test_setup_code"),
                "test_imports": lambda row: row.get("test_imports"),
                "code": "code",
                "gold": "code",
            },
        ),
        solver=dialogue.ask_once,
        # The published harness has numpy; the reference of problem 123 alone needs several seconds.
        scorers=(scorers.code(seconds=30, packages=True),),
        metrics=(metrics.pass_at(k),) if k > 1 else (),
        trials=k,
    )
