"""Comparing runs from the command line: slices, many models, and what cannot be concluded."""

import random
import re
from pathlib import Path

import pytest
from tests.journeys.stage import Outcome, assay, assert_refused


def runs(folder: Path, *more: str, seed: int = 3, name: str = "exam") -> list[str]:
    """Runs of four models on 240 items: `best` is better than `plain` in law alone, `twin` is as good as `plain`, `poor` is bad."""
    dice = random.Random(seed)
    lines = ["id,subject,plain,best,twin,poor"]
    for n in range(240):
        subject = ("law", "art", "法学")[n % 3]
        hard = dice.random()
        plain = int(hard < 0.5)
        best = int(hard < 0.95) if subject == "law" else plain
        lines.append(f"q{n},{subject},{plain},{best},{int(dice.random() < 0.5)},{int(dice.random() < 0.1)}")
    (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    return [each["run_dir"] for each in assay("import", "matrix", f"{name}.csv", *more, "--format", "json", cwd=folder).document["runs"]]


def compared(folder: Path, *words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = assay("compare", *words, "--format", "json", cwd=folder).document["comparisons"]
    return found


def test_a_difference_in_one_slice_is_found_there_and_corrected_with_the_others(tmp_path: Path) -> None:
    plain, best, *_ = runs(tmp_path)
    found = compared(tmp_path, plain, best, "--by", "subject")
    verdicts = {each["slice"]: each["verdict"] for each in found}
    assert verdicts == {None: "better", "subject=law": "better", "subject=art": "no difference seen", "subject=法学": "no difference seen"}
    assert {each["family"] for each in found} == {4}
    whole, law = (next(each for each in found if each["slice"] == name) for name in (None, "subject=law"))
    assert whole["won"] == law["won"] and law["difference"]["n"] == 80  # type: ignore[index]


def test_a_dimension_nobody_has_is_named(tmp_path: Path) -> None:
    plain, best, *_ = runs(tmp_path)
    assert_refused(assay("compare", plain, best, "--by", "subjct", cwd=tmp_path), 2, "subjct", "Did you mean subject?")


def test_three_models_show_who_cannot_be_told_apart(tmp_path: Path) -> None:
    plain, best, twin, poor = runs(tmp_path)
    shown = assay("compare", plain, twin, poor, best, cwd=tmp_path).out
    ranks = {name: rank for rank, name in re.findall(r"(\d(?:-\d)?)\s+(plain|best|twin|poor)\s", shown)}
    assert ranks == {"best": "1", "plain": "2-3", "twin": "2-3", "poor": "4"}
    assert "6 comparisons" in shown


def test_the_page_holds_the_slices(tmp_path: Path) -> None:
    plain, best, *_ = runs(tmp_path)
    assert assay("compare", plain, best, "--by", "subject", "--html", "page.html", cwd=tmp_path).code == 0
    assert "subject=法学" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("id,other\nx1,1\nx2,0\nx3,1\n", "they share fewer than two scored samples"),
        ("id,other\nq1,1\n", "they share fewer than two scored samples"),
    ],
)
def test_runs_that_share_nothing_are_not_measurable(tmp_path: Path, table: str, said: str) -> None:
    plain, *_ = runs(tmp_path)
    (tmp_path / "exam.csv").write_text(table)
    (other,) = assay("import", "matrix", "exam.csv", "--format", "json", cwd=tmp_path).document["runs"]
    (found,) = compared(tmp_path, plain, other["run_dir"])
    assert (found["verdict"], found["reason"]) == ("not measurable", said)
    assert found["difference"]["value"] is None and found["p_value"] is None  # type: ignore[index]


def test_equal_scores_are_not_called_the_same(tmp_path: Path) -> None:
    (tmp_path / "flat.csv").write_text("id,a,b\n" + "".join(f"q{n},1,1\n" for n in range(40)))
    a, b = (each["run_dir"] for each in assay("import", "matrix", "flat.csv", "--format", "json", cwd=tmp_path).document["runs"])
    (found,) = compared(tmp_path, a, b)
    assert found["verdict"] == "no difference seen" and found["mde"] is not None and 0 < found["mde"] < 0.3  # type: ignore[operator]


def test_one_sample_is_too_few(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("id,a,b\nq,1,0\n")
    a, b = (each["run_dir"] for each in assay("import", "matrix", "one.csv", "--format", "json", cwd=tmp_path).document["runs"])
    (found,) = compared(tmp_path, a, b)
    assert found["verdict"] == "not measurable"


def test_another_task_is_refused(tmp_path: Path) -> None:
    plain, *_ = runs(tmp_path)
    other, *_ = runs(tmp_path, name="other")
    outcome: Outcome = assay("compare", plain, other, cwd=tmp_path)
    assert_refused(outcome, 2, "exam, other")


def test_below_the_floor_of_coverage_there_is_no_verdict(tmp_path: Path) -> None:
    """`b` has a score only where it was right: better by the samples they share, and that is no evidence."""
    rows = "".join(f"q{n},{int(n % 2)},{1 if n % 5 < 2 else ''}\n" for n in range(200))
    (tmp_path / "miss.csv").write_text("id,a,b\n" + rows)
    a, b = (each["run_dir"] for each in assay("import", "matrix", "miss.csv", "--format", "json", cwd=tmp_path).document["runs"])
    (found,) = compared(tmp_path, a, b)
    assert found["verdict"] == "not measurable" and "coverage is 40 %, below the floor of 95 %" in str(found["reason"])
    assert found["difference"]["coverage"] == 0.4 and found["difference"]["value"] is not None  # type: ignore[index]
    (allowed,) = compared(tmp_path, a, b, "--min-coverage", "0.3")
    assert allowed["verdict"] == "better"


def test_missing_trials_of_a_sample_lower_the_coverage(tmp_path: Path) -> None:
    rows = "".join(f"q{n},1,{1 if trial == 0 else ''}\n" for n in range(40) for trial in range(3))
    (tmp_path / "trials.csv").write_text("id,a,b\n" + rows)
    a, b = (each["run_dir"] for each in assay("import", "matrix", "trials.csv", "--format", "json", cwd=tmp_path).document["runs"])
    (found,) = compared(tmp_path, a, b)
    assert found["difference"]["coverage"] == pytest.approx(1 / 3) and found["verdict"] == "not measurable"  # type: ignore[index]


def test_a_run_named_twice_and_slices_too_small_are_refused(tmp_path: Path) -> None:
    plain, *_ = runs(tmp_path)
    assert_refused(assay("compare", plain, plain, cwd=tmp_path), 2, "named twice")
    (tmp_path / "few.csv").write_text("id,subject,a,b\n" + "".join(f"q{n},s{n // 2},1,{n % 2}\n" for n in range(8)))
    a, b = (each["run_dir"] for each in assay("import", "matrix", "few.csv", "--format", "json", cwd=tmp_path).document["runs"])
    assert_refused(assay("compare", a, b, "--by", "subject", cwd=tmp_path), 2, "No value of subject has 5 samples")
