"""Slices that stand out: a planted weak one is found, equal ones are not, and the rate of false finds keeps its promise."""

import random

import msgspec

from assay.core.answer import Usage
from assay.core.run import Result
from assay.report.palette import palette
from assay.report.slices import slice_sections, weak_slices


def run_of(estimate, parts, *, model="m", lower=False):
    """A run of which each part is (right, n)."""
    right, n = sum(part[0] for part in parts.values()), sum(part[1] for part in parts.values())
    slices = {"kind": {name: {"exact": estimate(*part)} for name, part in parts.items()}}
    return Result(
        task="t", model=model, run_dir=f"runs/t__{model}", planned=n, scored=n, unscored=0, failed=0, coverage=1.0, usage=Usage(),
        metrics={"exact": estimate(right, n)}, seconds=1.0, slices=slices, lower_is_better=("exact",) if lower else (),
    )  # fmt: skip


def test_a_weak_slice_is_found_with_what_the_rest_reaches(estimate):
    (weak,), looked = weak_slices([run_of(estimate, {"a": (5, 50), "b": (45, 50), "c": (44, 50)})], "exact")
    assert (weak.dimension, weak.value, weak.rest, looked) == ("kind", "a", 0.89, 3)


def test_the_other_end_is_the_weak_one_where_lower_is_better(estimate):
    (weak,), _ = weak_slices([run_of(estimate, {"a": (5, 50), "b": (45, 50), "c": (4, 50)}, lower=True)], "exact")
    assert weak.value == "b"


def test_equal_slices_do_not_stand_out_and_a_slice_that_is_all_is_none(estimate):
    assert weak_slices([run_of(estimate, {"a": (25, 50), "b": (24, 50)})], "exact") == ([], 2)
    assert weak_slices([run_of(estimate, {"a": (5, 50)})], "exact") == ([], 0)


def test_of_runs_without_any_weak_slice_few_show_one(estimate):
    """5 % of the families at most by Bonferroni; two standard errors of 400 draws are added."""
    dice = random.Random(1)
    found = 0
    for _ in range(400):
        parts = {str(each): (sum(dice.random() < 0.6 for _ in range(40)), 40) for each in range(8)}
        found += bool(weak_slices([run_of(estimate, parts)], "exact")[0])
    assert found / 400 <= 0.05 + 2 * 0.011


def test_two_runs_of_one_model_are_told_apart_each_with_its_own_n(estimate):
    first = run_of(estimate, {"a": (5, 50), "b": (45, 50)})
    second = msgspec.structs.replace(run_of(estimate, {"a": (3, 30), "b": (29, 30)}), run_dir="runs/t__m__0123456789")
    runs = [msgspec.structs.replace(first, run_dir="runs/t__m__abcdefabcd"), second]
    (section,) = slice_sections(runs, palette(runs, ()))
    assert section["columns"] == ["m · abcdefabcd", "m · 0123456789"]
    assert {(row["label"], row["n"]) for row in section["rows"]} == {("m · abcdefabcd", 50), ("m · 0123456789", 30)}
    assert [cell[1] for cell in section["dimensions"][0]["rows"][0]["cells"]] == [50, 30]


def test_the_same_samples_under_a_second_name_are_shown_once(estimate):
    run = run_of(estimate, {"a": (5, 50), "b": (45, 50)})
    run = msgspec.structs.replace(run, slices={**run.slices, "skill": run.slices["kind"]})
    (section,) = slice_sections([run], palette([run], ()))
    assert [row["slice"] for row in section["rows"]] == ["kind: a"]
    assert [each["name"] for each in section["dimensions"]] == ["kind", "skill"]
