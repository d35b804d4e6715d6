"""The scenario x metric matrix: rows, empty cells, their reasons."""

from assay import metrics
from assay.core.answer import Usage
from assay.core.estimate import Estimate, not_measurable
from assay.core.run import Result

GOOD = Estimate(value=0.5, low=0.4, high=0.6, n=100, clusters=100, method="wilson")


def result(task: str, model: str = "m", scenario: str | None = None, **estimates: Estimate) -> Result:
    return Result(
        task=task,
        model=model,
        scenario=scenario,
        run_dir="",
        planned=1,
        scored=1,
        unscored=0,
        failed=0,
        coverage=1.0,
        metrics=estimates,
        usage=Usage(),
        seconds=0.0,
    )


def test_empty_cells_are_counted_with_their_reasons() -> None:
    found = metrics.matrices([result("gsm8k", exact=GOOD), result("mmlu", choice=GOOD, exact=not_measurable("no key"))])["m"]
    assert (found.rows, found.columns) == (("gsm8k", "mmlu"), ("exact", "choice"))
    assert [[cell.filled for cell in row] for row in found.cells] == [[True, False], [False, True]]
    assert found.cells[0][0].estimate == GOOD
    assert found.cells[0][1].reason == "gsm8k does not measure choice"
    assert found.cells[1][0].reason == "no key" and not found.cells[1][0].filled


def test_what_a_model_was_not_asked_is_empty() -> None:
    found = metrics.matrices([result("gsm8k", "a", exact=GOOD), result("mmlu", "b", exact=GOOD)])
    assert [found["a"].cells[row][0].filled for row in (0, 1)] == [True, False]
    assert found["a"].cells[1][0].reason == "not run"


def test_rows_are_scenarios_unless_tasks_share_one() -> None:
    found = metrics.matrices(
        [
            result("gsm8k", scenario="mathematics", exact=GOOD),
            result("x", scenario="law", exact=GOOD),
            result("y", scenario="law", exact=GOOD),
        ]
    )["m"]
    assert found.rows == ("mathematics", "law/x", "law/y")


def test_the_later_of_two_results_counts_and_nothing_is_nothing() -> None:
    later = Estimate(value=0.9, low=0.8, high=1.0, n=100, clusters=100, method="wilson")
    found = metrics.matrices([result("gsm8k", exact=GOOD), result("gsm8k", exact=later)])["m"]
    assert found.cells[0][0].estimate == later
    assert metrics.matrices([]) == {}
