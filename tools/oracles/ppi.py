"""What ppi-python says of the same labels and scores: point, lambda 0, 1 and its own, intervals at 95 %. JSON in, JSON out."""

import json
import sys

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate


def main() -> None:
    """Every set by name, with its estimates and intervals, by lambda ("tuned": the one it chooses)."""
    found = []
    for each in json.load(sys.stdin):
        labels, judged, rest = (np.array(each[name], dtype=float) for name in ("labels", "judged", "rest"))
        said = {}
        for name, weight in (("tuned", None), ("0", 0.0), ("0.5", 0.5), ("1", 1.0)):
            low, high = ppi_mean_ci(labels, judged, rest, alpha=0.05, lam=weight)
            said[name] = [float(np.squeeze(end)) for end in (ppi_mean_pointestimate(labels, judged, rest, lam=weight), low, high)]
        found.append({"name": each["name"], "said": said})
    json.dump(found, sys.stdout)


main()
