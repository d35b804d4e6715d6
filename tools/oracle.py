"""Long studies, and what other tools say of the same inputs: small results, committed to `tests/oracle/` and compared by the tests there.

    python tools/oracle.py                    everything but the replays
    python tools/oracle.py --only coverage    one study; --help names them all
    python tools/oracle.py --quick            few repetitions, written to build/oracle/ instead
    python tools/oracle.py --replays          also the replays of published figures (needs ASSAY_FIXTURES)

Every other tool gets an environment of its own under build/oracle/, so that none of them is ever a dependency.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
BUILD, COMMITTED, ASK = ROOT / "build" / "oracle", ROOT / "tests" / "oracle", ROOT / "tools" / "oracles"
QUICK = 200

PINS = {
    "scipy": ("scipy==1.16.3", "numpy==2.3.5"),
    "statsmodels": ("statsmodels==0.14.5", "scipy==1.16.3", "numpy==2.3.5", "pandas==2.3.3"),
    "rouge": ("rouge-score==0.1.2",),
    "jiwer": ("jiwer==4.0.0",),
    "sacrebleu": ("sacrebleu==2.5.1",),
    "inspect": ("inspect_ai==0.3.285",),
    "inspect-0.3.120": ("inspect_ai==0.3.120",),
    "inspect-0.3.58": ("inspect_ai==0.3.58", "textual<1.0"),
    "inspect-0.3.9": ("inspect_ai==0.3.9",),
    "lm_eval": ("lm_eval[api]==0.4.13",),
    "arena_rank": ("arena-rank==0.1.1",),
}


def main() -> int:
    """Runs what was asked for; 1 where a replay failed."""
    studies: dict[str, Callable[[Path, bool], None]] = {
        "coverage": coverage,
        "quantiles": quantiles,
        "text_metrics": text_metrics,
        "lm_eval": lm_eval,
        "ratings": ratings,
        "rating_coverage": rating_coverage,
        "sequences": sequences,
        "inspect": inspect_logs,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=studies, action="append", help="one study (may be given again)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} repetitions at most, written to build/oracle/results/")
    parser.add_argument("--replays", action="store_true", help="also run every replay of a published figure")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    folder = BUILD / "results" if arguments.quick else COMMITTED
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.only or ([] if arguments.replays else studies):
        studies[name](folder / f"{name}.json", arguments.quick)
    return replays(folder / "replays.json", arguments.quick) if arguments.replays else 0


def write(path: Path, document: dict[str, Any]) -> None:
    """A result, one row to a line, so that a changed figure is one changed line."""
    parts = []
    for key, value in document.items():
        rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in value) if isinstance(value, list) else ""
        parts.append(f'  "{key}": ' + (f"[\n{rows}\n  ]" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)))
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def coverage(path: Path, quick: bool) -> None:
    """Every design of tests/statistics/designs.py. A stopped study goes on where it was, unless the code under test has changed."""
    import numpy as np
    from tests.statistics.designs import designs

    part, made_by = BUILD / "coverage-part.json", sources()
    before = json.loads(part.read_text(encoding="utf-8")) if part.is_file() and not quick else {}
    known = {(row["design"], row["method"], row["measure"]): row for row in before.get("designs", ()) if before["made_by"] == made_by}
    rows: list[dict[str, Any]] = []
    for design in designs():
        if (design.name, design.method, design.measure) in known:
            rows.append(known[design.name, design.method, design.measure])
            continue
        started, repetitions = time.perf_counter(), min(design.repetitions, QUICK) if quick else design.repetitions
        held = list(design.held(repetitions))
        row = {
            "design": design.name,
            "method": design.method,
            "measure": design.measure,
            "repetitions": repetitions,
            "coverage": sum(held) / repetitions,
            "bound": design.bound,
            "first": [min(design.recheck, repetitions), sum(held[: design.recheck])],
        }
        rows.append(row if design.exact is None else {**row, "exact": round(design.exact, 6)})
        print(
            f"{rows[-1]['coverage']:.4f}  {design.bound:11}  {design.method}: {design.name}  ({time.perf_counter() - started:.0f} s)",
            flush=True,
        )
        if not quick:
            write(part, {"made_by": made_by, "designs": rows})
    write(path, {"numpy": np.__version__, "designs": rows})
    part.unlink(missing_ok=True)


def sequences(path: Path, quick: bool) -> None:
    """Looking while it runs (tests/statistics/peeking.py): misses at any look, 50 peeks at two equal systems, widths, samples saved."""
    from tests.statistics.peeking import designs, peeks, savings

    rows = []
    for design in designs():
        started, repetitions = time.perf_counter(), QUICK if quick else 10_000
        missed = [design.missed(seed) for seed in range(repetitions)]
        widths = [design.widths(seed) for seed in range(100)] if design.of is None else []
        ratio = {"width ratio": round(sum(a for a, _ in widths) / sum(b for _, b in widths), 3)} if widths else {}
        first = [min(100, repetitions), sum(missed[:100])]
        rows.append({"design": design.name, "repetitions": repetitions, "missed": sum(missed) / repetitions, "first": first, **ratio})
        print(f"{rows[-1]}  ({time.perf_counter() - started:.0f} s)", flush=True)
    seen = [peeks(seed) for seed in range(QUICK if quick else 1_500)]
    found = {"runs": len(seen), "sequence": sum(a for a, _ in seen) / len(seen), "naive": sum(b for _, b in seen) / len(seen)}
    first = [20, *(sum(each) for each in zip(*seen[:20], strict=True))]
    saved = [savings(gain, agree, QUICK) for gain, agree in ((0.2, 0.7), (0.1, 0.8), (0.1, 0.6), (0.05, 0.8), (0.03, 0.9), (0.02, 0.9))]
    write(path, {"designs": rows, "50 peeks, no difference": [{**found, "first": first}], "samples until decided": saved})


def sources() -> str:
    """A digest of the code under test and of the designs."""
    files = [*sorted((ROOT / "src" / "assay" / "stats").glob("*.py"))]
    files += [ROOT / "tests" / "statistics" / name for name in ("designs.py", "decision_designs.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def environment(name: str) -> Path:
    """The Python of an environment that holds one other tool, made where it is missing or pinned otherwise."""
    folder = BUILD / name
    python, stamp = folder / "bin" / "python", folder / "pins"
    pins = "\n".join(PINS[name])
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != pins:
        print(f"Setting up {', '.join(PINS[name])}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINS[name]], check=True)
        stamp.write_text(pins, encoding="utf-8")
    return python


def asked(name: str, question: Any, script: str = "") -> Any:
    """What a tool answers to a question: `tools/oracles/NAME.py` (or another `script`) run in its environment, JSON in and out."""
    # -I keeps the folder of the script, whose files bear the tools' names, off the import path.
    command = [environment(name), "-I", ASK / f"{script or name}.py"]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def quantiles(path: Path, quick: bool) -> None:
    """Distributions, intervals and tests by scipy and statsmodels, on inputs this script makes."""
    from tools.oracles.inputs import numbers

    given = numbers(resamples=2000 if quick else 100_000)
    write(path, {"tools": [PINS[name][0] for name in ("scipy", "statsmodels")], **asked("scipy", given), **asked("statsmodels", given)})


def text_metrics(path: Path, quick: bool) -> None:
    """ROUGE, word and character error rates, BLEU and chrF by the tools that people cite, on invented pairs in two languages."""
    from tools.oracles.inputs import pairs

    rows = pairs()
    for name in ("rouge", "jiwer", "sacrebleu"):
        rows = [{**row, **found} for row, found in zip(rows, asked(name, rows), strict=True)]
    write(path, {"tools": [PINS[name][0] for name in ("rouge", "jiwer", "sacrebleu")], "pairs": rows})


def inspect_logs(path: Path, quick: bool) -> None:
    """Logs by four versions of Inspect, what its newest reader tells of them, and of what comes back from Assay."""
    from tools.oracles.logs import study

    kept = BUILD / "inspect-quick" if quick else ROOT / "tests" / "formats" / "inspect" / "logs"
    rows = study(lambda name, script, question: asked(name, question, script), BUILD / "inspect-logs", kept)
    write(path, {"tools": [PINS[name][0] for name in PINS if name.startswith("inspect")], "logs": rows})


def lm_eval(path: Path, quick: bool) -> None:
    """lm-eval on the tasks of tests/formats/lm_eval/suite, against a server whose words are a function of the prompt: what it asked and
    its scores. And how many of the tasks that come with lm-eval Assay reads."""
    from tests.formats.lm_eval.server import serving
    from tests.formats.lm_eval.tasks import CHAT, GROUP, SUITE, compact, plain_tasks, share_read

    with serving(SUITE) as server:
        found = asked("lm_eval", {"folder": str(SUITE), "url": server.url, "plain": [*plain_tasks(), GROUP], "chat": CHAT})
    rows = [{"asked_for": name, **compact(row)} for name, row in found["tasks"].items()]
    write(path, {"tools": [PINS["lm_eval"][0]], "read": [share_read(Path(found["folder"]))], "tasks": rows})


def ratings(path: Path, quick: bool) -> None:
    """Ratings and standard errors by arena-rank, of a million invented battles and of real ones (ASSAY_FIXTURES)."""
    from tools.oracles.inputs import invented_battles
    from tools.oracles.real_battles import real_battles

    size = (20_000, 20) if quick else (1_000_000, 100)
    given = [
        {"name": "invented", "balanced": False, **invented_battles(*size)},
        {"name": "balanced", "balanced": True, **invented_battles(50_000, 30)},
    ]
    given += [
        {"name": voter, "balanced": False, **battles} for voter, battles in real_battles(os.environ.get("ASSAY_FIXTURES", "")).items()
    ]
    write(path, {"tools": [PINS["arena_rank"][0]], "sets": asked("arena_rank", given)})


def rating_coverage(path: Path, quick: bool) -> None:
    """Interval coverage of ratings, of rank ranges, and the votes the next pair saves: tests/statistics/rating_designs.py."""
    from tests.statistics.rating_designs import STUDIES

    rows = []
    for name, study in STUDIES.items():
        rows.append({"study": name, **study(QUICK if quick else 10_000)})
        print(rows[-1], flush=True)
    write(path, {"studies": rows})


def replays(path: Path, quick: bool) -> int:
    """Every test marked `replay` (quick: only those not marked `slow`), with what it reproduces and how it went."""
    if not os.environ.get("ASSAY_FIXTURES"):
        sys.exit("The replays read published data: set ASSAY_FIXTURES to its folder.")
    found = BUILD / "replays.xml"
    chosen = "replay and not slow" if quick else "replay"
    done = subprocess.run([sys.executable, "-m", "pytest", "-m", chosen, f"--junitxml={found}"], cwd=ROOT, check=False)
    rows = []
    for case in ElementTree.parse(found).iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        rows.append({"test": f"{case.get('classname')}.{case.get('name')}", "outcome": next(iter(kinds), "passed")})
    write(path, {"replays": sorted(rows, key=lambda row: row["test"])})
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
