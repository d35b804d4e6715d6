"""How long ratings take: a million battles of 100 models from integer arrays, and the whole command from Parquet: `python bench/ratings.py`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print seconds, and the ratio to counting the same pairs once with NumPy."""
    sys.path.insert(0, str(ROOT))
    import duckdb
    from tools.oracles.inputs import invented_battles

    from assay.stats.ratings import bradley_terry
    from assay.stats.ratings_counts import Battles

    given = {key: np.array(value, dtype=np.int64) for key, value in invented_battles(1_000_000, 100).items()}
    battles = Battles(**given, count=100)
    counting = best(lambda: np.bincount((given["a"] * 100 + given["b"]) * 4 + given["outcome"], minlength=40_000))
    rating = best(lambda: bradley_terry(battles))
    print(f"1 M battles, 100 models, sandwich intervals: {rating:.3f} s, {rating / counting:.1f} × one np.bincount")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "votes.parquet")
        words = np.array(["a", "b", "tie", "both_bad"], dtype=object)
        names = np.array([f"model-{n:03}" for n in range(100)], dtype=object)
        table = {"a": names[given["a"]], "b": names[given["b"]], "outcome": words[given["outcome"]]}
        with duckdb.connect() as database:
            database.register("votes", table)
            database.execute(f"copy (select * from votes) to '{path}' (format parquet)")
        command = best(
            lambda: subprocess.run(
                [sys.executable, "-m", "assay", "arena", "rate", str(path), "--format", "json"], capture_output=True, check=True
            )
        )
        print(f"the whole command from Parquet: {command:.2f} s, {command / rating:.0f} × the rating alone")


def best(what: object) -> float:
    """Wall seconds, the best of three."""
    found = []
    for _ in range(3):
        started = time.perf_counter()
        what()  # type: ignore[operator]
        found.append(time.perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    main()
