"""Which tasks are run how, by lm-eval and by Assay."""

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
