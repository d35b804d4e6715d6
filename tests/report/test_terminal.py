"""Results in a terminal: narrow, wide, plain, in ASCII."""

import io

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
    assert "not told apart" in text or "┌" in text


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
    import msgspec

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
    assert "number +3.7 [+1.6, +5.8] better · 12 lost, 34 won, 554 the same" in target.getvalue()
    assert "hallucination −4.5 [−6.5, −2.5] better · 9 lost, 36 won" in target.getvalue()


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
