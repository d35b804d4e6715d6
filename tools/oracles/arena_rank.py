"""What arena-rank says of battles given as JSON on standard input: ratings, standard errors, seconds of its second fit (the first one compiles)."""

import json
import sys
import time

import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset

WORDS = ("model_a", "model_b", "tie", "both_bad")


def rated(table, reweighted):
    """(answer, seconds) of one fit with sandwich intervals."""
    started = time.perf_counter()
    dataset = PairDataset.from_pandas(table, reweighted=reweighted)
    model = BradleyTerry(n_competitors=len(dataset.competitors))
    found = model.compute_ratings_and_cis(dataset)
    ratings, variances = (found[name].tolist() for name in ("ratings", "variances"))
    return dict(zip(found["competitors"], zip(ratings, variances, strict=True), strict=True)), time.perf_counter() - started


def main():
    """One answer for each set of battles."""
    answers = []
    for given in json.load(sys.stdin):
        table = pd.DataFrame(
            {"model_a": [f"m{each:03d}" for each in given["a"]], "model_b": [f"m{each:03d}" for each in given["b"]]}
            | {"winner": [WORDS[each] for each in given["outcome"]]}
        )
        rated(table, given["balanced"])
        found, seconds = rated(table, given["balanced"])
        rows = [[round(found[name][0], 5), round(found[name][1] ** 0.5, 5)] for name in sorted(found)]
        answers.append({"name": given["name"], "seconds": round(seconds, 3), "ratings": rows})
    json.dump(answers, sys.stdout)


main()
