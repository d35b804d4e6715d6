"""What crfm-helm's own functions make of the same tables: mean win rates, worst cases over perturbations, calibration error. JSON in, JSON out."""

import contextlib
import json
import sys
from typing import Any

from helm.benchmark.augmentations.perturbation_description import PerturbationDescription
from helm.benchmark.metrics.basic_metrics import compute_calibration_metrics
from helm.benchmark.metrics.metric import compute_worst_case_metrics
from helm.benchmark.metrics.metric_name import MetricName
from helm.benchmark.metrics.statistic import Stat
from helm.benchmark.presentation.summarize import compute_aggregate_row_win_rates
from helm.benchmark.presentation.table import Cell, HeaderCell, Table
from helm.benchmark.scenarios.scenario import Input, Instance


def win_rates(table: list[list[float | None]], lower: list[bool]) -> list[float | None]:
    """By the function that makes HELM's leaderboard."""
    header = [HeaderCell(value=str(each), lower_is_better=less) for each, less in enumerate(lower)]
    return list(compute_aggregate_row_win_rates(Table(title="", header=header, rows=[[Cell(value) for value in row] for row in table])))


def worst(original: list[float], perturbed: list[list[float | None]]) -> float:
    """The mean of `exact_match` that HELM calls robustness."""
    kinds = [PerturbationDescription(name=f"p{each}", robustness=True) for each in range(len(perturbed))]
    given: dict[Any, list[Stat]] = {}
    for place, value in enumerate(original):
        versions = [(None, value), *((kind, row[place]) for kind, row in zip(kinds, perturbed, strict=True))]
        for kind, score in versions:
            if score is not None:
                instance = Instance(input=Input(text=str(place)), references=[], id=str(place), perturbation=kind)
                given[instance] = [Stat(MetricName("exact_match", perturbation=kind)).add(score)]
    (found,) = [each for each in compute_worst_case_metrics(given) if each.name.perturbation.name == "robustness"]
    return float(found.mean)


def calibration(confidence: list[float], correct: list[int]) -> float:
    """`ece_10_bin` of HELM's calibration metrics."""
    given: dict[Any, list[Stat]] = {}
    for place, (stated, right) in enumerate(zip(confidence, correct, strict=True)):
        instance = Instance(input=Input(text=str(place)), references=[], id=str(place))
        stats = {"max_prob": stated, "exact_match": right, "logprob": -1.0}
        given[instance] = [Stat(MetricName(name)).add(value) for name, value in stats.items()]
    (found,) = [each for each in compute_calibration_metrics(given) if each.name.name == "ece_10_bin"]
    return float(found.mean)


def main() -> None:
    """Every table with HELM's answer. HELM writes its log to the standard output, which is ours."""
    given = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        found = {
            "win_rates": [{**each, "said": win_rates(each["table"], each["lower"])} for each in given["win_rates"]],
            "worst": [{**each, "said": worst(each["original"], each["perturbed"])} for each in given["worst"]],
            "calibration": [{**each, "said": calibration(each["confidence"], each["correct"])} for each in given["calibration"]],
        }
    json.dump({kind: [each["said"] for each in rows] for kind, rows in found.items()}, sys.stdout)


main()
