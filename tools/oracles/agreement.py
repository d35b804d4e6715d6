"""What krippendorff, scikit-learn, statsmodels and irrCAC say of the same tables of labels. JSON in, JSON out."""

import json
import sys

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa


def coefficients(ratings: list[list[float | None]]) -> dict[str, float]:
    """Alpha by krippendorff (4 measurements); AC1, AC2 and kappas by irrCAC, kappas of complete tables by the other two."""
    table = np.array(ratings, dtype=float)
    found = {
        f"alpha {each}": float(krippendorff.alpha(table.T, level_of_measurement=each))
        for each in ("nominal", "ordinal", "interval", "ratio")
    }
    for weights, ours in (("identity", "nominal"), ("linear", "linear"), ("quadratic", "quadratic")):
        # Left to itself it counts a gap as one more label.
        cac = CAC(pd.DataFrame(table), weights=weights, categories=sorted(set(table[~np.isnan(table)].tolist())), digits=10)
        found[f"gwet {ours}"] = float(cac.gwet()["est"]["coefficient_value"])
        found[f"fleiss {ours}"] = float(cac.fleiss()["est"]["coefficient_value"])
    if not np.isnan(table).any():
        found["fleiss statsmodels"] = float(fleiss_kappa(aggregate_raters(table.astype(int))[0]))
        if table.shape[1] == 2:
            for weights, ours in ((None, "nominal"), ("linear", "linear"), ("quadratic", "quadratic")):
                found[f"cohen {ours}"] = float(cohen_kappa_score(table[:, 0], table[:, 1], weights=weights))
    return found


def main() -> None:
    """Every table by name, with what was said of it."""
    given = json.load(sys.stdin)
    json.dump([{"name": each["name"], "said": coefficients(each["ratings"])} for each in given], sys.stdout)


main()
