"""How long thousands of runs take to list and to ask in SQL: `python bench/index.py [RUNS]` (5,000 unless told)."""

import sys
import tempfile
import time
from pathlib import Path

from assay.core.answer import Usage
from assay.core.estimate import Estimate
from assay.core.run import Manifest, Result
from assay.store import RunFolder
from assay.store.index import ask, indexed


def main(count: int) -> None:
    """Print seconds for a first listing, one from the cache, and a question; the ratio is to reading the files' bytes."""
    with tempfile.TemporaryDirectory() as place:
        for number in range(count):
            task, model = f"task-{number % 20}", f"model-{number % 50}"
            manifest = Manifest(
                id=f"{number}", task=task, model=model, identity=f"{number}", created=f"2026-{1 + number % 12:02}-01T00:00:00+00:00",
                assay="0", seed=0, trials=1, samples=500, planned=500, settings={"temperature": 0.0, "note": "x" * 400},
            )  # fmt: skip
            folder = RunFolder.create(Path(place, f"run-{number}"), manifest)
            estimate = Estimate(value=0.5, low=0.45, high=0.55, n=500, clusters=500, method="wilson")
            folder.write_result(
                Result(task=task, model=model, run_dir=folder.path, planned=500, scored=500, unscored=0, failed=0, coverage=1.0,
                       metrics={"accuracy": estimate}, usage=Usage(), seconds=1.0)
            )  # fmt: skip
        started = time.perf_counter()
        size = sum(len(path.read_bytes()) for path in Path(place).rglob("*.json"))
        plain = time.perf_counter() - started
        print(f"{count:,} runs, {size / 1e6:.1f} MB of manifests and reports; reading the bytes {plain:.2f} s")
        for name, what in (("list, first time", indexed), ("list, again", indexed), ("a question in SQL", question)):
            started = time.perf_counter()
            what(place)
            seconds = time.perf_counter() - started
            print(f"{name:20} {seconds:6.2f} s   {seconds / plain:5.1f} × the bytes")


def question(place: str) -> None:
    """The best model of every task."""
    ask(place, "select task, arg_max(model, value) from runs group by task")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
