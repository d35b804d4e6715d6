"""The real battles of the replay data as numbers, competitors in the order of their names."""

import gzip
import json
import sys
from pathlib import Path

CODES = {"model_a": 0, "model_b": 1, "tie": 2, "tie (bothbad)": 3}


def real_battles(folder: str) -> dict[str, dict[str, list[int]]]:
    """Battles by voter (human, gpt4): a, b, outcome."""
    path = Path(folder) / "judge" / "arena_votes_3judges" / "battles.jsonl.gz"
    if not folder or not path.is_file():
        sys.exit("The real battles are missing: set ASSAY_FIXTURES to the folder of replay data.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    names = sorted({row[side] for row in rows for side in ("model_a", "model_b")})
    sides = {side: [names.index(row[f"model_{side}"]) for row in rows] for side in "ab"}
    return {voter: {**sides, "outcome": [CODES[row[voter]] for row in rows]} for voter in ("human", "gpt4")}
