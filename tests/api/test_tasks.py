"""Which tasks a name stands for."""

import gzip
import json
from pathlib import Path

import pytest

from assay.api import resolve_tasks
from assay.datasets.formats import SUFFIXES


@pytest.mark.parametrize("suffix", [each for each, kind in SUFFIXES.items() if kind == "jsonl"])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_whatever_can_be_read_as_a_table_is_a_data_file(tmp_path: Path, suffix: str, packed: str) -> None:
    content = json.dumps({"question": "1 + 1?", "answer": 2}).encode()
    path = tmp_path / f"sums.v2{suffix}{packed}"
    path.write_bytes(gzip.compress(content) if packed else content)
    (task,) = resolve_tasks([str(path)])
    assert task.name == "sums.v2" and len(task.dataset) == 1
