"""Results in a terminal: narrow, wide, plain, in ASCII."""

import io
import re

import msgspec
import pytest
from rich.cells import cell_len

from assay.core.estimate import Estimate
from assay.report import print_comparisons, print_results
from assay.report.grids import draw
from assay.report.words import Scale

UNIT = Scale(factor=100.0, decimals=1, start=0.0, end=1.0)


def printed(results, monkeypatch, width=80, encoding="utf-8", **more):
    monkeypatch.setenv("COLUMNS", str(width))
    raw = io.BytesIO()
    target = io.TextIOWrapper(raw, encoding=encoding)
    print_results(results, file=target, **more)
    target.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_width_holds_every_model_and_number(scene, monkeypatch, width):
    text = printed(scene.results, monkeypatch, width, manifests=scene.manifests, comparisons=scene.comparisons(), report="runs/report.html")
    assert max(cell_len(line) for line in text.split("\n")) <= width
    for result in scene.results:
        assert result.model.split("/")[1] in text
        for found in result.metrics.values():
            assert found.value is None or UNIT.text(found.value) in text
    assert "\x1b" not in text
    assert "52 %" in text
    assert "cannot be told apart" in text and re.search(r"\b\d-\d\b", text), "ranks are ranges"
    for result in scene.results:
        for found in result.metrics.values():
            assert found.value is None or f"{UNIT.text(found.value)} [{UNIT.text(found.low)}, {UNIT.text(found.high)}]" in text


def test_one_model_has_its_intervals_written(scene, monkeypatch):
    text = printed([scene.results[-1]], monkeypatch)
    found = scene.results[-1].metrics["hallucination"]
    assert f"{UNIT.text(found.value)} [{UNIT.text(found.low)}, {UNIT.text(found.high)}]" in text
    assert "●" in text
    assert "lower is better" in text
    assert "judged is not measurable: the judge was never reached" in " ".join(text.split())


def test_a_terminal_without_unicode_gets_the_nearest_characters(scene, monkeypatch):
    text = printed(scene.results, monkeypatch, encoding="ascii", comparisons=scene.comparisons())
    assert text.isascii()
    assert "o" in text


def test_foreign_text_cannot_steer_the_terminal(scene, monkeypatch):
    evil = msgspec.structs.replace(
        scene.results[0], model="m\x1b]0;title\x07[bold]", failures={"endpoint:x": 3}, errors={"endpoint:x": "a\x1b[2Jb"}
    )
    text = printed([evil], monkeypatch)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "⟨U+001B⟩[2Jb" in text


def test_nothing_is_said_to_be_nothing(monkeypatch):
    assert "No results" in printed([], monkeypatch)


def test_comparisons_print_a_line_per_metric(scene, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    target = io.StringIO()
    print_comparisons(scene.comparisons(), file=target)
    lines = [line.strip() for line in target.getvalue().splitlines()]
    assert "difference  +3.7 [+1.6, +5.8]  better" in lines and "12 lost, 34 won, 554 the same" in lines
    assert "difference  −4.5 [−6.5, −2.5]  better" in lines and "9 lost, 36 won, 555 the same" in lines


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [(0.5, 0.3, 0.7, "   ├─●─┤   "), (0.0, 0.0, 0.2, "●─┤        "), (1.0, 1.0, 1.0, "          ●"), (None, None, None, " " * 11), (0.5, None, None, "     ●     ")],
)  # fmt: skip
def test_a_dot_and_its_whisker_stand_where_they_are(value, low, high, expected):
    found = Estimate(value=value, low=low, high=high, n=1, clusters=1, method="t")
    assert draw(found, UNIT, 11) == expected


def test_a_long_path_is_not_broken(scene, monkeypatch):
    path = "runs/" + "a-long-name-" * 12 + "/report.html"
    lines = printed([scene.results[0]], monkeypatch, 60, report=path, advice=("assay view " + path, "assay list runs")).splitlines()
    assert [line.split("  ")[-1] for line in lines[-3:]] == [path, "assay view " + path, "assay list runs"]


def family(scene, **changes):
    """The three comparisons as a family of 72, the second one changed."""
    first, second, third = [msgspec.structs.replace(each, family=72) for each in scene.comparisons()]
    return [first, msgspec.structs.replace(second, **changes), third]


def test_the_first_line_says_what_it_is(scene, monkeypatch):
    one = printed(scene.results[:1], monkeypatch, manifests=scene.manifests[:1]).splitlines()
    assert one[0] == "arithmetic · tiny/step-0400 · 120 samples · seed 7"
    many = printed(scene.results, monkeypatch, manifests=scene.manifests).splitlines()
    assert many[0] == "5 tasks · 4 models · 600 samples · seed 7"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["no difference seen", "(could have seen 2.6)"]),
        ({"verdict": "not certain"}, ["not certain", "once corrected"]),
        (
            {"verdict": "not measurable", "reason": "10 groups are too few for 72 comparisons; needs about 12"},
            ["not measurable:", "10 groups are too few", "(needs about 12)"],
        ),
    ],
)
def test_a_verdict_breaks_between_its_phrases_and_the_family_is_said_once(scene, monkeypatch, changes, expected):
    text = printed(scene.results, monkeypatch, 80, comparisons=family(scene, **changes), pairs="last")
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("robustness") and "−0.4" in line)
    column = lines[start].index(expected[0])
    told = " ".join(line[column:].strip() for line in lines[start : start + len(expected)])
    assert told.startswith(" ".join(expected)), text
    assert text.count("corrected (Holm) over 72 comparisons") == 1


def test_the_last_two_are_listed_and_the_rest_is_counted(scene, monkeypatch):
    more = [msgspec.structs.replace(each, b="tiny/step-0400") for each in family(scene)]
    text = printed(scene.results, monkeypatch, comparisons=[*family(scene), *more], pairs="last")
    assert "tiny/step-2400 against tiny/step-1800" in text
    assert "against tiny/step-0400" not in text
    assert "1 more pair in the report" in text


def test_a_compared_pair_shows_what_both_reached_and_what_differs(scene, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    own = [(result, manifest) for result, manifest in zip(scene.results, scene.manifests, strict=True) if result.task == "arithmetic"]
    (early, old), (late, new) = own[0], own[3]
    pair = msgspec.structs.replace(
        scene.comparisons()[0],
        b=early.model,
        a_run=late.run_dir,
        b_run=early.run_dir,
        warnings=("the models wrote under different settings",),
    )
    target = io.StringIO()
    print_comparisons([pair], file=target, results=[early, late], manifests=[old, new], advice=("assay compare x y --flips 3",))
    text = target.getvalue()
    for result in (early, late):
        found = result.metrics["number"]
        assert f"{UNIT.text(found.value)} [{UNIT.text(found.low)}, {UNIT.text(found.high)}]" in text
    assert "differs  temperature: 0.0, before 0.7" in text
    assert text.count("the models wrote under different settings") == 1
    assert text.rstrip().endswith("next  assay compare x y --flips 3")


def test_of_many_models_the_leading_and_the_last_are_shown(scene, monkeypatch):
    base = scene.results[0]
    many = [msgspec.structs.replace(base, model=f"m/{index:02}", run_dir=f"runs/{index}") for index in range(12)]
    text = printed(many, monkeypatch)
    assert "… and 6 more models" in text
    assert text.count("├") <= 8 and "  11  " in text


def test_what_broke_is_named_once_in_words(scene, monkeypatch):
    said = "Nobody answers at 127.0.0.1:9. Check the address."
    down = msgspec.structs.replace(
        scene.results[0],
        failures={"endpoint:unreachable": 2, "endpoint:endpoint_down": 1},
        errors={"endpoint:unreachable": said, "endpoint:endpoint_down": said},
    )
    text = printed([down], monkeypatch)
    assert re.search(r"^failed +3 × Nobody answers at 127.0.0.1:9\. Check the address\.$", text, re.M)
    assert "endpoint:" not in text


def test_what_is_no_share_is_not_drawn_below_an_axis_of_shares() -> None:
    from assay.report.standings import on_axis
    from assay.report.words import Scale

    share, rate = Scale(factor=100.0, decimals=1, start=0.0, end=1.0), Scale(factor=1.0, decimals=2, start=0.0, end=20.0)
    assert on_axis(share, [share, rate]) and not on_axis(rate, [share, rate])
    assert on_axis(rate, [rate, rate])
