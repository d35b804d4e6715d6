"""CRUXEval: 800 short Python functions; say what a call returns, or find a call that returns a value. https://arxiv.org/abs/2401.03065"""

from typing import Any, Literal

from assay import Card, Task, datasets, dialogue, metrics, scorers

Mode = Literal["input", "output"]

CARD = Card(
    title="CRUXEval",
    source="cruxeval-org/cruxeval",
    revision="b96af0450242eb4da433032b90998f25588a5d0f",
    licence="MIT",
    languages=("en",),
    version="1",
    paper="https://arxiv.org/abs/2401.03065",
    skills=("code/execution",),
    files={"test": "test.jsonl"},
    known_issues=("The functions were written by a model (Code Llama 34B), so they resemble what such models write.",),
)
PROMPTS: dict[Mode, str] = {
    "output": """```python
{code}
```

What does `f({input})` return? Work it out step by step. End with the value alone, as a Python literal, between [ANSWER] and [/ANSWER].""",
    "input": """```python
{code}
```

Find a call of `f` that returns `{output}`; any will do. Work it out step by step. \
End with the call alone, such as f(1, 'a'), between [ANSWER] and [/ANSWER].""",
}


def one(mode: Mode, split: str, k: int, data: str | None) -> Task:
    """The task in one direction."""

    def gold(row: dict[str, Any]) -> str:
        return str(row["output"]) if mode == "output" else f"f({row['input']})"

    return Task(
        name=f"cruxeval_{mode}",
        card=CARD,
        dataset=datasets.table(
            CARD,
            split,
            data=data,
            id="id",
            input=PROMPTS[mode],
            metadata={
                "code": "code",
                "input": "input",
                "output": "output",
                "gold": gold,
                "wrong": lambda row: "[['wrong']]" if mode == "output" else f"f({row['input']}, *[0] * 9)",
            },
        ),
        solver=dialogue.ask_once,
        scorers=(scorers.execution(mode=mode),),
        metrics=(metrics.pass_at(k),) if k > 1 else (),
        trials=k,
    )


def cruxeval(mode: Mode | None = None, split: str = "test", k: int = 1, data: str | None = None) -> tuple[Task, ...]:
    """CRUXEval: 800 short Python functions; say what a call returns, or find a call that returns a value.

    `mode` "output" or "input" takes one direction, else both are asked; `k` above 1 adds pass@k and asks each question k times; `data`
    is a local file with the columns `code`, `input`, `output`, `id`.
    """
    modes: tuple[Mode, ...] = ("output", "input") if mode is None else (mode,)
    return tuple(one(each, split, k, data) for each in modes)
