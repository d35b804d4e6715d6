"""The HTML report: one file, no script, nothing from a network, foreign text never live, the first screen the decision."""

import itertools
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


def rows_of(text, start, end):
    """The words of each table row between two places of the page."""
    part = text[text.index(start) : text.index(end)]
    return [
        Page(f"<table><tr{row}</tr></table>").words.strip()
        for row in re.findall(r"<tr(.*?)</tr>", re.sub("</t[dh]>", r" \g<0>", part), re.DOTALL)
    ]


def test_headings_come_in_order_and_table_heads_say_what_they_head(page):
    levels = [int(each) for each in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert levels.count(1) == 1
    found = Page(page)
    assert found.tags.count("th") == sum(tag == "th" and name == "scope" for tag, name, _ in found.attributes)
    assert page.count("<svg") == page.count("<title>") - 1


def test_the_first_screen_has_a_line_per_task_with_who_leads_and_who_is_next(page):
    rows = rows_of(page, "<h1>", "How sure")
    assert [row.split()[0] for row in rows[1:]] == ["arithmetic", "facts", "robustness", "chinese", "honesty"]
    assert re.fullmatch(r"arithmetic number tiny/step-2400 [\d.]+ \[.+\] tiny/step-1800 [\d.]+ \[.+\] (alone|level|all).*", rows[1])


def test_respects_stand_together_where_tasks_name_them(scene):
    respects = {
        "arithmetic": "accuracy",
        "facts": "hallucination",
        "robustness": "robustness",
        "chinese": "accuracy",
        "honesty": "hallucination",
    }
    results = [msgspec.structs.replace(each, scenario=respects[each.task]) for each in scene.results]
    rows = rows_of(render_html(Report(results=results)), "<h1>", "How sure")
    assert [row.split()[:2] for row in rows[1:]] == [
        ["accuracy", "arithmetic"], ["chinese", "includes"], ["hallucination", "facts"], ["honesty", "hallucination"], ["robustness", "robustness"],
    ]  # fmt: skip


def test_all_shares_stand_on_one_axis_with_their_intervals_in_text(page):
    part = page[page.index('<h2 id="standings"') : page.index('<h2 id="training"')]
    assert part.count('class="axis"') == 1
    assert all(re.search(r"[\d.]+ \[[\d., ]+\]|—", row) for row in rows_of(page, 'id="standings"', 'id="training"') if "tiny/" in row)


def test_the_matrix_has_tasks_by_models_and_says_why_a_cell_is_empty(page):
    part = page[page.index('<h2 id="matrix"') : page.index('<h2 id="slices"')]
    words = Page(f"<section>{part.rpartition('</section>')[0]}</section>").words
    assert "20 of 24 cells filled" in words
    assert "1 the judge was never reached: set --judge." in words
    assert re.search(r", \d\d % covered", words)
    assert part.count("<sup>1</sup>") == 5
    assert "Scenario by metric" not in words


def test_a_better_cell_is_darker_also_where_lower_is_better(page):
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if "hallucination" in row and 'class="cell' in row)
    tints = [int(each) for each in re.findall(r'class="cell t(\d)"', row)]
    assert tints == sorted(tints)
    assert len(set(tints)) > 1


def test_scenarios_that_share_metrics_have_their_own_matrix(scene, estimate):
    both = {"accuracy": estimate(40, 50), "calibration": estimate(30, 50)}
    results = [msgspec.structs.replace(each, metrics=both, slices={}) for each in scene.results]
    assert "Scenario by metric" in Page(render_html(Report(results=results))).words


def test_a_pair_is_one_forest_and_only_what_decides_is_open(scene):
    pairs = [("tiny/step-1200", "tiny/step-0400"), ("tiny/step-1800", "tiny/step-0400"), ("tiny/step-2400", "tiny/step-1800")]
    many = [msgspec.structs.replace(each, a=a, b=b) for a, b in pairs for each in scene.comparisons()]
    text = render_html(Report(results=scene.results, comparisons=many))
    part = text[text.index('<h2 id="comparisons"') : text.index('<h2 id="matrix"')]
    heads = re.findall(r'<details class="pairing"( open)?><summary><h3>(.*?)</h3>', part)
    assert [(bool(is_open), name.replace("<wbr>", "")) for is_open, name in heads] == [
        (True, "tiny/step-2400 against tiny/step-1800"), (False, "tiny/step-1200 against tiny/step-0400"), (False, "tiny/step-1800 against tiny/step-0400"),
    ]  # fmt: skip
    assert part.count('class="axis"') == 3
    assert "no difference seen (could have seen 2.6)" in part


def test_the_forgiving_extractor_is_told_of_also_where_it_changes_nothing(scene):
    from assay.core.run import Leniency

    none = [msgspec.structs.replace(each, leniency={"number": Leniency(checked=45, gained=0, lost=0)}) for each in scene.results[:4]]
    assert "0 of 45" in Page(render_html(Report(results=none))).words


def test_settings_show_what_differs_first_and_no_folder_of_this_machine(page):
    part = page[page.index('<h2 id="settings"') :]
    words = re.sub("<[^>]+>", "", part)
    assert words.index("What differs") < words.index("Do it again") < words.index("20 runs: trials") < words.index("All settings")
    assert "tokens in" in words
    assert "/tmp/" not in words
    assert part.count("All settings") == 1


def test_an_answer_cut_off_while_reasoning_says_so_and_how_to_see_the_whole(make_scene):
    scene = make_scene(models=("tiny/step-0400",), tasks=("chinese",), samples=40)
    record = next(iter(scene.examples.values()))[0]
    answer = msgspec.structs.replace(record.trial.answer, text="", reasoning="想" * 5000, stop_reason="length")
    shown = [msgspec.structs.replace(record, trial=msgspec.structs.replace(record.trial, answer=answer))]
    text = render_html(Report(results=scene.results, examples={scene.results[0].run_dir: shown}))
    assert "Cut off at the token limit while still reasoning: there is no answer." in text
    assert f"assay view {scene.results[0].run_dir} --sample {record.trial.sample_id}" in text
    assert 'lang="zh"' in text


def test_names_break_after_their_marks_and_numbers_never(scene):
    one = [each for each in scene.results if each.model == "tiny/step-2400"]
    headline = re.search(r"<h1>(.*?)</h1>", render_html(Report(results=one)))[1]
    assert headline.startswith("tiny/<wbr>step-<wbr>2400 is strongest on ")
    assert re.search(r"\(\d+\.\d\u00a0%\)", headline)


def test_slices_of_what_is_no_share_are_not_said_to_be_level(scene):
    loss = {"loss": msgspec.structs.replace(next(iter(scene.results[0].metrics.values())), value=3.0, low=2.9, high=3.1)}
    results = [msgspec.structs.replace(each, metrics=loss, slices={"kind": {"a": loss, "b": loss}}) for each in scene.results[:5]]
    words = Page(render_html(Report(results=results))).words
    assert "All 2 slices of arithmetic, loss" in words
    assert "No slice is worse" not in words


def test_two_runs_of_one_model_have_two_names(make_scene):
    scene = make_scene(models=("tiny/step-0400",), tasks=("arithmetic",), samples=40)
    other = msgspec.structs.replace(scene.results[0], run_dir="elsewhere/arithmetic__tiny-step-0400__0123456789")
    words = Page(render_html(Report(results=[*scene.results, other]))).words
    assert "tiny/step-0400 · 0123456789" in words


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
