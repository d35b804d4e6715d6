"""Charts: well-formed, titled with their finding, labelled, escaped; nothing drawn for what was not measured."""

import re
import xml.etree.ElementTree as ElementTree

import msgspec

from assay.core.estimate import Estimate, not_measurable
from assay.report.charts import Series, axis, line_band, whisker
from assay.report.words import Scale

UNIT = Scale(factor=100.0, decimals=1, start=0.0, end=1.0)
EVIL = "</svg><script>alert(1)</script>&\"'"


def of(value, low, high):
    return Estimate(value=value, low=low, high=high, n=10, clusters=10, method="t")


def read(svg):
    return ElementTree.fromstring(svg)


def places(text):
    return {name: float(value) for name, value in re.findall(r"--(\w):([\d.]+)", read(text).get("style"))}


def test_a_dot_stands_between_the_ends_of_its_whisker():
    assert places(whisker(of(0.5, 0.25, 0.75), UNIT, 0)) == {"v": 0.5, "a": 0.25, "b": 0.75}
    assert places(whisker(of(0.5, -0.2, 1.4), UNIT, 0)) == {"v": 0.5, "a": 0.0, "b": 1.0}
    assert places(whisker(of(0.62, 0.6, 0.7), msgspec.structs.replace(UNIT, start=0.6, end=0.8), 0)) == {"v": 0.1, "a": 0.0, "b": 0.5}


def test_nothing_is_drawn_for_what_was_not_measured():
    assert whisker(None, UNIT, 0) == whisker(not_measurable("x"), UNIT, 0) == ""
    bare = whisker(Estimate(value=0.5, low=None, high=None, n=1, clusters=1, method="t"), UNIT, 0)
    assert places(bare) == {"v": 0.5}
    assert "bare" in bare


def test_a_model_keeps_its_colour_and_beyond_the_palette_they_repeat():
    assert [read(whisker(of(0.5, 0.4, 0.6), UNIT, color)).get("class") for color in (0, 7, 8, None)] == ["w c0", "w c7", "w c0", "w ink"]


def test_what_stands_on_too_little_is_hollow():
    assert "faint" in whisker(of(0.5, 0.4, 0.6), UNIT, 0, faint=True)
    assert "faint" not in whisker(of(0.5, 0.4, 0.6), UNIT, 0)


def test_a_chart_escapes_what_it_is_given():
    tree = read(line_band(EVIL, [Series(label=EVIL, points=((1, of(0.5, 0.4, 0.6)), (2, of(0.6, 0.5, 0.7))))], UNIT, x_label=EVIL))
    assert tree.find("figcaption").text == EVIL
    assert tree.find("svg/title").text == EVIL
    assert not list(tree.iter("script"))


def test_a_line_skips_what_was_not_measured_and_has_a_band():
    points = ((400, of(0.2, 0.1, 0.3)), (800, not_measurable("lost")), (1200, of(0.6, 0.5, 0.7)))
    tree = read(line_band("rises", [Series(label="m", points=points)], UNIT, x_label="step"))
    assert len(list(tree.iter("circle"))) == 2
    assert len(list(tree.iter("polygon"))) == 1
    assert line_band("nothing", [Series(label="m", points=((1, not_measurable("x")),))], UNIT) == ""


def test_axis_labels_are_round():
    assert [each.text for each in read(axis(UNIT)).iter("b")] == ["0", "20", "40", "60", "80", "100"]
