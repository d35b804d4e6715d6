"""How long `assay compare` takes on two runs of 100,000 trials, beside reading their journals' bytes once: `python bench/compare.py [TRIALS]`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from assay.core.run import Manifest
from assay.store import RunFolder
from store import write_journal


def main(trials: int) -> None:
    """Print the seconds of the whole command, and the ratio to `wc -l` on the same journals."""
    with tempfile.TemporaryDirectory() as place:
        plain = Manifest(id="", task="b", model="", identity="b", created="", assay="", seed=0, trials=1, samples=trials, planned=trials)
        folders = []
        for name in ("one", "two"):
            folder = RunFolder.create(Path(place, name), msgspec.structs.replace(plain, id=name, model=name))
            write_journal(folder.journal(), trials)
            subprocess.run([sys.executable, "-m", "assay", "view", folder.path], capture_output=True, check=False)
            folders.append(folder)
        journals = [str(each.journal()) for each in folders]
        counted = timed(["wc", "-l", *journals])
        for name, words in {"compare": [], "compare --by skills": ["--by", "skills"]}.items():
            seconds = timed([sys.executable, "-m", "assay", "compare", *(each.path for each in folders), *words, "--format", "json"])
            print(f"{name:24} 2 × {trials:,} trials: {seconds:5.2f} s, {seconds / counted:5.1f} × `wc -l`")


def timed(command: list[str]) -> float:
    """Wall seconds, the better of two."""
    found = []
    for _ in range(2):
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=False)
        found.append(time.perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
