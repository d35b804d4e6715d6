"""Our agreement, prediction-powered means and leaderboard numbers against what other tools said of the same inputs (committed by `make oracle`)."""

import json
from pathlib import Path
from typing import Any

import pytest
from tools.oracles.label_inputs import boards, judged, tables

from assay.core.estimate import Estimate
from assay.stats import agreement, calibration, leaderboards
from assay.stats.corrected import prediction_powered
from assay.stats.quantiles import normal_quantile, t_quantile

SAID: dict[str, Any] = json.loads((Path(__file__).parent / "labels.json").read_text(encoding="utf-8"))
TABLES = {each["name"]: each["ratings"] for each in tables()}


def ours(kind: str, ratings: Any) -> Estimate:
    """The coefficient that an oracle calls `kind`; irrCAC counts the labels that occur, as we do without a scale."""
    name, how = kind.split(" ")
    if name == "alpha":
        return agreement.krippendorff_alpha(ratings, how, resamples=20)  # type: ignore[arg-type]
    of = {"gwet": agreement.gwet_ac, "fleiss": agreement.fleiss_kappa, "cohen": agreement.cohen_kappa}[name]
    return of(ratings, "nominal" if how == "statsmodels" else how, resamples=20)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", SAID["agreement"], ids=lambda row: row["name"])
def test_coefficients_of_agreement(row: dict[str, Any]) -> None:
    assert len(row["said"]) >= 6
    for kind, theirs in row["said"].items():
        assert ours(kind, TABLES[row["name"]]).value == pytest.approx(theirs, abs=2e-9), kind


def test_every_table_and_tool_was_asked() -> None:
    assert {each["name"] for each in SAID["agreement"]} == set(TABLES)
    kinds = {kind for each in SAID["agreement"] for kind in each["said"]}
    assert {"alpha ratio", "gwet quadratic", "fleiss statsmodels", "cohen linear"} <= kinds
    assert {"krippendorff==0.8.1", "irrCAC==0.4.4", "ppi-python==0.2.3", "crfm-helm==0.5.16"} <= set(SAID["tools"])


@pytest.mark.parametrize("place", range(8))
def test_prediction_powered_means(place: int) -> None:
    """The point to 9 digits at every lambda, at their own too; the width once our n - 1 and t stand where ppi-python has n and the normal."""
    given, row = judged()[place], SAID["ppi"][place]
    assert given["name"] == row["name"]
    tuned = prediction_powered(given["labels"], given["judged"], given["rest"]).weight
    assert tuned is not None
    # Their covariance divides by n, and their variance by n - 1: 59/60 of the best lambda.
    theirs = tuned if tuned in (0.0, 1.0) else tuned * 59 / 60
    for name, (point, low, high) in row["said"].items():
        found = prediction_powered(given["labels"], given["judged"], given["rest"], weight=theirs if name == "tuned" else float(name))
        assert found.estimate.value == pytest.approx(point, abs=1e-9), name
        assert found.error == pytest.approx((high - low) / 2.0 / normal_quantile(0.975), rel=0.02), name
        assert found.estimate.high is not None and found.estimate.low is not None and found.error is not None
        reach = (found.estimate.high - found.estimate.low) / 2.0 / found.error
        assert normal_quantile(0.975) < reach <= t_quantile(0.975, 58.0)


def test_helms_win_rates_worst_cases_and_calibration_errors() -> None:
    """crfm-helm's own functions on tables with ties, empty cells, lower-is-better; perturbations that are missing; tied confidences."""
    given, (said,) = boards(), SAID["helm"]
    for table, theirs in zip(given["win_rates"], said["win_rates"], strict=True):
        found = leaderboards.mean_win_rates(
            [[float("nan") if cell is None else cell for cell in row] for row in table["table"]], table["lower"]
        )
        assert found == [None if each is None else pytest.approx(each, abs=1e-12) for each in theirs]
    for each, mean in zip(given["worst"], said["worst"], strict=True):
        assert leaderboards.worst_case(each["original"], each["perturbed"]).worst.value == pytest.approx(mean, abs=1e-12)
    for each, error in zip(given["calibration"], said["calibration"], strict=True):
        assert calibration.expected_calibration_error(each["confidence"], each["correct"]).value == pytest.approx(error, abs=1e-12)
