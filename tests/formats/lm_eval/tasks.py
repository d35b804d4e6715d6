"""Which tasks are run how, by lm-eval and by Assay."""

import json
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import Any

SUITE = Path(__file__).parent / "suite"
CHAT: dict[str, dict[str, Any]] = {
    "chat_sums": {"fewshot_as_multiturn": True, "system_instruction": "You are careful."},
    "chat_trivia": {"fewshot_as_multiturn": False},
}
"""Tasks that are asked as a chat, with lm-eval's flags."""
GROUP = "mmlu_like"


def plain_tasks() -> list[str]:
    """The tasks that are asked by completions."""
    names = [each.stem for each in sorted(SUITE.glob("*.yaml")) if not each.name.startswith("_")]
    return [name for name in names if name not in CHAT]


def compact(row: dict[str, Any]) -> dict[str, Any]:
    """What a task asked and came to: the first request whole, of every request a digest (of its prompt and its settings)."""
    lines = [json.dumps(each, ensure_ascii=False, sort_keys=True) for each in row["seen"]]
    return {
        "results": row["results"],
        "first": row["seen"][0],
        "asked": [blake2b(each.encode(), digest_size=8).hexdigest() for each in lines],
    }


def share_read(folder: Path) -> dict[str, Any]:
    """How many of the tasks in a folder of lm-eval Assay reads without it, and why it does not read the others. No data is fetched."""
    from assay.core.errors import UsageError
    from assay.formats.lm_eval.catalogue import Catalogue
    from assay.formats.lm_eval.loader import needs_python, task_of
    from assay.formats.lm_eval.options import Options

    catalogue, counts, why = Catalogue((folder,)), Counter[str](), Counter[str]()
    for found in catalogue.tasks.values():
        if needs_python(found):
            counts["python"] += 1
            continue
        try:
            task_of(found, Options())
            counts["read"] += 1
        except UsageError as error:
            counts["refused"] += 1
            why[error.message.partition(": ")[2][:100]] += 1
    return {"tasks": len(catalogue.tasks), **counts, "why": dict(why.most_common())}
