"""How long agreement with its bootstrap takes: `python bench/agreement.py` (no other load, please)."""

import os
import time

import numpy as np

from assay.stats.agreement import krippendorff_alpha
from assay.stats.correlations import kendall

ITEMS, ANNOTATORS, TARGET = 10_000, 5, 1.0


def main() -> None:
    """Measure and print: alpha on a scale of 5 and of about 100 labels, with 1,000 resamples; tau-b of many items."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 5, (ITEMS, 1))
    few = np.where(random.random((ITEMS, ANNOTATORS)) < 0.7, truth, random.integers(0, 5, (ITEMS, ANNOTATORS)))
    many = 20 * few + random.integers(0, 20, few.shape)
    print(f"load {os.getloadavg()[0]:.2f}; alpha of {ITEMS:,} items by {ANNOTATORS} annotators, 1,000 resamples")
    for labels, table in (("5", few), ("100", many)):
        for how in ("nominal", "ordinal", "interval", "ratio"):
            started = time.perf_counter()
            krippendorff_alpha(table, how)  # type: ignore[arg-type]
            taken = time.perf_counter() - started
            print(f"{how:9} {labels:>3} labels  {taken:7.3f} s   {'met' if taken <= TARGET else 'MISSED'}: {TARGET} s")
    a, b = random.normal(size=(2, 100_000))
    started = time.perf_counter()
    kendall(a, b)
    print(f"tau-b of 100,000 items with its interval  {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
