"""The HTML report: one file, no script, nothing from a network, foreign text never live, the first screen the decision."""

import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

import assay.report
from assay.report import Report, render_html, write_html

VOID = {"meta", "img", "br", "wbr", "hr", "line", "rect", "circle", "polygon", "polyline", "link", "input"}


class Page(HTMLParser):
    """Reads a page strictly: every tag closed in order; keeps tags, attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in ("style",):
            self.text.append(data)

    @property
    def words(self):
        return re.sub(r"[\s\u00a0]+", " ", "".join(self.text))


def whole(scene):
    return Report(
        results=scene.results, manifests=scene.manifests, examples=scene.examples, comparisons=scene.comparisons(), flips=scene.flips()
    )


@pytest.fixture(scope="module")
def page(scene):
    return render_html(whole(scene))


def test_it_is_one_file_without_script_or_network(page):
    found = Page(page)
    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & set(found.tags)
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "action", "srcset", "xlink:href"):
            assert value.startswith(("#", "data:image/")), (tag, name, value)
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page
    assert len(page.encode()) < 1_000_000


def test_the_first_screen_decides(page):
    words = Page(page).words
    order = [
        words.index(each) for each in ("tiny/step-2400 is first or level", "How sure", "To watch", "Next", "assay run chinese", "Standings")
    ]
    assert order == sorted(order)
    assert "to see one of 0.4 takes about 26,000 samples" in words
    assert "Sandbox none: model-written code ran unprotected (robustness)." in words


def test_every_part_is_there(page):
    words = Page(page).words
    for part in (
        "Standings",
        "Comparisons",
        "Matrix",
        "Slices",
        "Extraction",
        "What went wrong",
        "Failures to read",
        "Settings",
        "Do it again",
    ):
        assert part in words
    assert "小明有" in words
    assert "Not ranked: coverage is below the floor of 95 %" in words
    assert "arithmetic, number: rises from" in words
    assert words.index(" lost of ") < words.index(" won of ") < words.index(" both wrong of ")


def test_model_output_is_never_live(make_scene):
    scene = make_scene(models=("tiny/step-0400",), tasks=("arithmetic",), samples=60, hostile=True)
    evil = "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(4)>{{ 7*7 }}"
    results = [msgspec.structs.replace(each, task=evil, model=evil, notes=(evil,), flags={evil: 1}, errors={evil: evil}, failures={evil: 2}) for each in scene.results]  # fmt: skip
    results = [
        msgspec.structs.replace(each, metrics=dict.fromkeys([evil], next(iter(each.metrics.values()))), slices={evil: {evil: {evil: next(iter(each.metrics.values()))}}})
        for each in results
    ]  # fmt: skip
    manifests = [msgspec.structs.replace(each, task=evil, model=evil, settings={evil: evil, "task.x": evil}) for each in scene.manifests]
    text = render_html(Report(results=results, manifests=manifests, examples=scene.examples, title=evil))
    found = Page(text)
    assert not {"script", "img"} & set(found.tags)
    assert not [each for each in found.attributes if each[1].startswith("on")]
    assert "alert(1)" in found.words
    assert "javascript:alert(3)" in found.words
    assert "{{ 7*7 }}" in found.words
    assert "⟨U+202E⟩" in found.words
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_pictures_are_shown_only_where_they_are_harmless(make_scene):
    from assay.core.content import Image, Message, Text

    scene = make_scene(models=("tiny/step-0400",), tasks=("arithmetic",), samples=40)
    record = next(iter(scene.examples.values()))[0]
    parts = [Image(uri=uri) for uri in ("data:image/png;base64,iVBORw0KGgo=", "https://tracker.example/x.png", "data:image/svg+xml;base64,PHN2Zz4=", 'data:image/png;base64,AA"onload=x')]  # fmt: skip
    sample = msgspec.structs.replace(record.sample, input=(Message(role="user", content=(Text(text="what is this?"), *parts)),))
    shown = {scene.results[0].run_dir: [msgspec.structs.replace(record, sample=sample)]}
    found = Page(render_html(Report(results=scene.results, examples=shown)))
    assert [value for tag, name, value in found.attributes if name == "src"] == ["data:image/png;base64,iVBORw0KGgo="]
    assert "[image: https://tracker.example/x.png]" in found.words


def test_long_texts_are_cut_and_many_runs_still_fit(make_scene):
    scene = make_scene(samples=60)
    long = {
        path: [
            msgspec.structs.replace(
                each, trial=msgspec.structs.replace(each.trial, answer=msgspec.structs.replace(each.trial.answer, text="很长" * 50_000))
            )
            for each in records
        ]
        for path, records in scene.examples.items()
    }
    text = render_html(Report(results=scene.results, manifests=scene.manifests, examples=long))
    assert len(text.encode()) < 1_000_000
    assert "characters left out" in text
    assert "did not fit this page" in text


@pytest.mark.parametrize("count", [0, 1])
def test_little_is_a_page_too(make_scene, count):
    scene = make_scene(models=("tiny/step-0400",), tasks=("honesty",), samples=10)
    words = Page(render_html(Report(results=scene.results[:count]))).words
    assert ("tiny/step-0400" in words) == bool(count)
    assert count or "Nothing was measured." in words


def test_it_is_written_whole_to_disk_or_elsewhere(scene, tmp_path):
    report = Report(results=scene.results[:1])
    assert write_html(tmp_path / "deep" / "report.html", report) == str(tmp_path / "deep" / "report.html")
    assert (tmp_path / "deep" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert write_html("memory://reports/report.html", report) == "memory://reports/report.html"


def luminance(color):
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """WCAG 2.1, relative luminance. https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_gives_the_published_ends():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_texts_have_the_contrast_of_level_aa_in_light_and_dark():
    css = (Path(assay.report.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    blocks = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r"\{([^{}]*--paper[^{}]*)\}", css)]
    blocks = [block for block in blocks if "paper" in block and "warn" in block]
    assert len(blocks) == 3
    for block in blocks:
        for ground in ("paper", "wash"):
            for text in ("ink", "soft", "accent", "bad"):
                assert contrast(block[text], block[ground]) >= 4.5, (text, ground, block)
        for series in ("s1", "s2", "s3", "s5", "s7", "s8", "warn"):
            assert contrast(block[series], block["paper"]) >= 3.0, (series, block)
