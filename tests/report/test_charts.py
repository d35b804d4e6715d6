"""Charts as SVG: well-formed, titled with their finding, labelled, escaped; nothing drawn for what was not measured."""

import xml.etree.ElementTree as ElementTree

import pytest

from assay.core.estimate import Estimate, not_measurable
from assay.report.charts import Series, axis, line_band, whiskers
from assay.report.words import Scale

UNIT = Scale(factor=100.0, decimals=1, start=0.0, end=1.0)
EVIL = "</svg><script>alert(1)</script>&\"'"


def of(value, low, high):
    return Estimate(value=value, low=low, high=high, n=10, clusters=10, method="t")


def read(svg):
    return ElementTree.fromstring(svg)


def numbers(tree, tag, name):
    return [float(each.get(name).rstrip("%")) for each in tree.iter(tag)]


def test_a_dot_stands_between_the_ends_of_its_whisker():
    tree = read(whiskers([of(0.5, 0.25, 0.75), None, not_measurable("x")], UNIT, [0, 1, 2]))
    (dot,) = numbers(tree, "circle", "cx")
    assert dot == pytest.approx(50.0)
    bars = [each for each in tree.iter("line") if each.get("stroke-width") == "2"]
    assert (float(bars[0].get("x1")[:-1]), float(bars[0].get("x2")[:-1])) == (pytest.approx(25.5), pytest.approx(74.5))
    assert tree.get("aria-label") == "50.0 [25.0, 75.0]; —; —"


def test_what_stands_on_too_little_is_hollow():
    assert "stroke-width" in read(whiskers([of(0.5, 0.4, 0.6)], UNIT, [0], faint=[True])).find("circle").attrib
    assert "stroke-width" not in read(whiskers([of(0.5, 0.4, 0.6)], UNIT, [0])).find("circle").attrib


def test_a_chart_escapes_what_it_is_given():
    tree = read(line_band(EVIL, [Series(label=EVIL, points=((1, of(0.5, 0.4, 0.6)), (2, of(0.6, 0.5, 0.7))))], UNIT, x_label=EVIL))
    assert tree.find("figcaption").text == EVIL
    assert not list(tree.iter("script"))


def test_a_line_skips_what_was_not_measured_and_has_a_band():
    points = ((400, of(0.2, 0.1, 0.3)), (800, not_measurable("lost")), (1200, of(0.6, 0.5, 0.7)))
    tree = read(line_band("rises", [Series(label="m", points=points)], UNIT, x_label="step"))
    assert len(list(tree.iter("circle"))) == 2
    assert len(list(tree.iter("polygon"))) == 1
    assert line_band("nothing", [Series(label="m", points=((1, not_measurable("x")),))], UNIT) == ""


def test_axis_labels_are_round():
    assert [each.text for each in read(axis(UNIT)).iter("text")] == ["0", "20", "40", "60", "80", "100"]
