"""`assay power`: from a plan and from two runs."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.stage import assay, assert_refused

PLAN = ("--baseline", "0.7", "--correlation", "0.5")


def planned(folder: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = assay("power", *words, "--format", "json", cwd=folder).document
    return found


def test_samples_for_a_difference_and_back(tmp_path: Path) -> None:
    found = planned(tmp_path, "--difference", "0.03", *PLAN)
    assert found["samples"] == 1777
    back = planned(tmp_path, "--samples", "1777", *PLAN)
    assert back["difference"] == pytest.approx(0.03, abs=1e-4)
    assert [each["samples"] for each in found["curve"]] == sorted(each["samples"] for each in found["curve"])
    assert planned(tmp_path, "--difference", "0.03", *PLAN, "--comparisons", "10")["samples"] > 2500
    assert planned(tmp_path, "--difference", "0.03", *PLAN, "--design-effect", "2")["samples"] == pytest.approx(2 * 1777, abs=1)


def test_a_correlation_that_cannot_be_is_replaced_aloud(tmp_path: Path) -> None:
    found = planned(tmp_path, "--samples", "30", *PLAN)
    assert found["correlation"] < 0.5 and "permit no correlation of 0.5" in found["notes"][0]


def test_a_screen_and_a_curve(tmp_path: Path) -> None:
    shown = assay("power", "--difference", "0.03", *PLAN, "--noise", "0.3", "--svg", "curve.svg", cwd=tmp_path).out
    assert "1,777 samples find a difference of 3.0 points" in shown and "80 %" in shown and "8:" in shown
    assert "<svg" in (tmp_path / "curve.svg").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--difference", "0.03", "--baseline", "0.7", "--correlation", "0.99"), ("cannot be correlated by 0.99", "-0.398 and 0.929")),
        (("--difference", "0.5", *PLAN), ("leads to 1.2", "-0.7 and 0.3")),
        (("--difference", "0", *PLAN), ("must not be 0",)),
        (PLAN, ("--difference 0.03",)),
        (("--samples", "500", "--baseline", "0.7", "--correlation", "1.5"), ("between -1 and 1",)),
        (("--samples", "5", *PLAN), ("5 samples find no difference",)),
        (("--difference", "0.03"), ("--baseline and --correlation",)),
        (("--samples", "2", *PLAN), ("find no difference",)),
        (("--difference", "0.03", *PLAN, "--power", "1.2"), ("between 0 and 1",)),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, words: tuple[str, ...], told: tuple[str, ...]) -> None:
    assert_refused(assay("power", *words, cwd=tmp_path), 2, *told)


def runs(folder: Path, trials: int) -> list[str]:
    """Two models on 400 items: each item is hard or easy, and every trial has chance of its own."""
    dice = random.Random(2)
    rows = [(n, dice.random()) for n in range(400)]
    lines = ["id,a,b"] + [f"q{n},{int(dice.random() < p)},{int(dice.random() < min(1, p + 0.1))}" for n, p in rows for _ in range(trials)]
    (folder / "s.csv").write_text("\n".join(lines))
    return [each["run_dir"] for each in assay("import", "matrix", "s.csv", "--format", "json", cwd=folder).document["runs"]]


def test_two_runs_tell_the_spread_and_what_trials_would_buy(tmp_path: Path) -> None:
    (found,) = planned(tmp_path, *runs(tmp_path, 4), "--difference", "0.02")["metrics"]
    spread = found["spread"]
    assert (
        spread["between"] < 0.35 * spread["total"]
    )  # the models differ by the same on nearly every item: what is left is chance of the trial
    assert found["by_trials"]["8"] < found["by_trials"]["4"] == pytest.approx(found["detectable"], rel=0.1)
    assert found["needed"] > 400


def test_one_trial_each_says_what_cannot_be_told(tmp_path: Path) -> None:
    places = runs(tmp_path, 1)
    (found,) = planned(tmp_path, *places)["metrics"]
    assert found["spread"]["between"] is None and found["by_trials"] == {}
    assert "--trials 2 tells it" in assay("power", *places, cwd=tmp_path).out


def test_runs_without_spread_or_in_common_are_not_measurable(tmp_path: Path) -> None:
    (tmp_path / "flat.csv").write_text("id,a,b\n" + "".join(f"q{n},1,1\n" for n in range(9)))
    places = [each["run_dir"] for each in assay("import", "matrix", "flat.csv", "--format", "json", cwd=tmp_path).document["runs"]]
    outcome = assay("power", *places, cwd=tmp_path)
    assert outcome.code == 3 and "not measurable" in outcome.out


def test_one_run_says_where_its_variance_comes_from(tmp_path: Path) -> None:
    """Trials of the fair coin within a hard and easy item: the sample's part is the variance of a uniform share, 1/12, the trial's 1/6."""
    place = runs(tmp_path, 4)[0]
    (found,) = planned(tmp_path, place)["splits"]
    parts = {each["name"]: each["variance"] for each in found["components"]}
    assert parts["sample"]["low"] <= 1 / 12 <= parts["sample"]["high"] and parts["trial"]["low"] <= 1 / 6 <= parts["trial"]["high"]
    assert found["best"] == "samples" and 0 < found["gains"]["trials"] < 0.6
    shown = assay("power", place, cwd=tmp_path).out
    assert "next call  a new sample" in shown and "trials of one sample" in shown


def test_runs_that_differ_in_their_prompt_are_split_by_it(tmp_path: Path) -> None:
    """Four wordings: each shifts the chance by its own amount, which is most of the variance of the mean."""
    dice, places = random.Random(5), []
    ease = [dice.random() * 0.4 for _ in range(200)]
    for wording, shift in enumerate((0.0, 0.5, 0.1, 0.6)):
        folder = tmp_path / f"w{wording}"
        folder.mkdir()
        (folder / "s.csv").write_text(
            "id,a\n" + "".join(f"q{n},{int(dice.random() < p + shift)}\n" for n, p in enumerate(ease) for _ in range(2))
        )
        found = assay("import", "matrix", "s.csv", "--format", "json", cwd=folder).document["runs"]
        places += [str(folder / each["run_dir"]) for each in found]
    (found,) = planned(tmp_path, *places, "--split")["splits"]
    assert found["prompts"] == 4 and found["best"] == "variants"
    assert {each["name"] for each in found["components"]} == {"sample", "variant", "sample x variant", "trial"}
    assert "next call  another prompt" in assay("power", *places, "--split", cwd=tmp_path).out


def test_a_split_refuses_what_it_cannot_take_apart(tmp_path: Path) -> None:
    places = runs(tmp_path, 2)
    assert_refused(assay("power", *places, "--split", cwd=tmp_path), 2, "several models", "differ in their prompt")
    assert_refused(assay("power", places[0], "--difference", "0.1", cwd=tmp_path), 2, "--difference is for a plan")
    once = runs(tmp_path, 1)[0]
    shown = assay("power", once, cwd=tmp_path)
    assert shown.code == 0 and "--trials 2" in shown.out
