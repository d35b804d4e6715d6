"""JSON, Markdown and CSV: the same numbers for programs, pull requests and spreadsheets."""

import csv
import io
import json

import msgspec

from assay.core.run import Result
from assay.report import settings_diff, to_csv, to_json, to_markdown
from assay.report.settings import cautions, incomparable, unpairable


def test_the_document_keeps_its_contract(scene):
    found = json.loads(to_json(scene.results))
    assert found["version"] == 1
    run = next(each for each in found["runs"] if each["task"] == "honesty")
    for name in ("task", "model", "run_dir", "planned", "scored", "unscored", "failed", "coverage", "metrics", "usage", "seconds"):
        assert name in run
    assert run["metrics"]["judged"]["value"] is None
    assert "judge" in run["metrics"]["judged"]["reason"]
    assert set(run["metrics"]["hallucination"]) == {"value", "low", "high", "n", "clusters", "method", "coverage", "level"}
    assert run["usage"]["cost"] is None
    assert run["usage"]["input_tokens"] > 0
    assert msgspec.json.decode(to_json(scene.results[:1])[:-1].split('"runs": [', 1)[1].rsplit("]", 1)[0], type=Result) == scene.results[0]


def test_the_document_is_what_the_store_reads(scene):
    folder, result = scene.folders[0], scene.results[0]
    folder.write("report.json", to_json([result]))
    assert folder.result() == result


def test_markdown_survives_hostile_names(scene):
    evil = msgspec.structs.replace(scene.results[0], model="a|b\n<script>`x`")
    lines = to_markdown([evil]).split("\n")
    assert len({line.replace("\\|", "").count("|") for line in lines if line.startswith("|")}) == 1
    assert "\\<script\\>" in lines[2]
    assert len([line for line in lines if line.startswith("|")]) == 3


def test_markdown_says_why_there_is_no_number(scene):
    text = to_markdown(scene.results, scene.comparisons())
    assert "not measurable, the judge was never reached" in text
    assert "coverage is below the floor" in text
    assert "number −0.4 [−2.2, +1.4] no difference seen (could have seen 2.6)" in text


def test_csv_is_one_row_per_metric_and_no_formula(scene):
    evil = msgspec.structs.replace(scene.results[0], model="=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(to_csv([evil, *scene.results]))))
    assert len(rows) == 1 + sum(len(result.metrics) for result in scene.results)
    assert rows[0]["model"] == "'=HYPERLINK(1)"
    judged = next(row for row in rows if row["metric"] == "judged")
    assert (judged["value"], judged["coverage"]) == ("", "0.0")
    assert float(rows[1]["value"]) == scene.results[0].metrics["number"].value


def test_settings_that_differ_are_named_and_the_decisive_ones_first(scene):
    own = [each for each in scene.manifests if each.task == "arithmetic"][:2]
    assert incomparable(own) is None
    assert "decoding.temperature" in {each.name for each in settings_diff(own)}
    other = msgspec.structs.replace(own[1], fingerprints={**own[1].fingerprints, "dataset": "another", "scorers": "another"})
    found = settings_diff([own[0], other])
    assert [each.name for each in found if not each.comparable] == ["dataset (content)", "scorers (content)"]
    assert not found[0].comparable
    assert incomparable([own[0], other]) == "they were asked different samples; they were scored by different rules"
    assert settings_diff([own[0]]) == ()


def test_one_rule_says_what_differs_side_by_side_and_sample_by_sample(scene):
    one, other = [each for each in scene.manifests if each.task == "arithmetic"][1:3]
    assert (unpairable(one, other), cautions(one, other)) == (None, ())

    def changed(part):
        return msgspec.structs.replace(other, fingerprints={**other.fingerprints, part: "another"})

    for part in ("dataset", "solver", "sandbox", "decoding"):
        assert unpairable(one, changed(part)) is None
        (caution,) = cautions(one, changed(part))
        (shown,) = settings_diff([one, changed(part)])
        assert caution.startswith(shown.meaning)
        assert shown.comparable is (part == "decoding")
    assert unpairable(one, changed("scorers")) == incomparable([one, changed("scorers")])
    assert cautions(one, changed("scorers")) == ()
