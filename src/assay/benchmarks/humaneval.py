"""HumanEval: 164 Python functions to write from their docstrings, judged by unit tests. https://arxiv.org/abs/2107.03374"""

from assay import Card, Task, datasets, dialogue, metrics, scorers

CARD = Card(
    title="HumanEval",
    source="openai/openai_humaneval",
    revision="7dce6050a7d6d172f3cc5c32aa97f52fa1a2e544",
    licence="MIT",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2107.03374",
    skills=("code/synthesis",),
    files={"test": "openai_humaneval/test-00000-of-00001.parquet"},
    known_issues=(
        "About seven tests a problem let wrong programs pass (arXiv 2305.01210).",
        "Public since 2021: high scores may be remembered.",
    ),
)
PROMPT = "Complete this Python function. Answer with the whole function, imports included, in one code block.\n\n```python\n{prompt}\n```"


def humaneval(split: str = "test", k: int = 1, complete: bool = False, data: str | None = None) -> Task:
    """HumanEval: 164 Python functions to write from their docstrings, judged by unit tests in the sandbox.

    `k` above 1 adds pass@k and asks each problem k times (more with --trials); `complete` sends the bare prompt for a base model to
    continue; `data` is a local file with the columns `task_id`, `prompt`, `canonical_solution`, `test`, `entry_point`.
    """
    return Task(
        name="humaneval",
        card=CARD,
        dataset=datasets.table(
            CARD,
            split,
            data=data,
            id="task_id",
            input="prompt" if complete else PROMPT,
            metadata={
                "prompt": "prompt",
                "test": "test",
                "entry_point": "entry_point",
                "gold": "canonical_solution",
            },
        ),
        solver=dialogue.ask_once,
        scorers=(scorers.code(packages=True),),  # the published harness has numpy
        metrics=(metrics.pass_at(k),) if k > 1 else (),
        trials=k,
    )
