"""A candidate before a gate, through the command line: the verdicts with their exit codes, the files for CI, and what is refused."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.journeys.stage import Outcome, assay, assert_refused

N = 300


def write_runs(place: Path) -> None:
    """Runs of one task by four models: `base`, `same` as good, `worse` by far, and `near` three points worse."""
    rows = ["item,base,same,worse,near"]
    for index in range(N):
        base = index % 10 < 8
        same = base if index % 50 else not base
        near = base and not (index % 10 == 1 and index < 100)
        rows.append(f"i{index},{int(base)},{int(same)},{int(base and index % 2)},{int(near)}")
    (place / "scores.csv").write_text("\n".join(rows) + "\n")
    done = assay("import", "matrix", "scores.csv", "--log-dir", "runs", cwd=place)
    assert done.code == 0, done.err


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("gate")
    write_runs(found)
    (found / "gate.toml").write_text("[[no_worse]]\nmargin = 0.05\n")
    return found


def gate(place: Path, candidate: str, *words: str) -> Outcome:
    return assay("gate", "--baseline", "runs/*base*", "--candidate", f"runs/*{candidate}*", "--policy", "gate.toml", *words, cwd=place)


@pytest.mark.parametrize(("candidate", "code", "verdict"), [("same", 0, "GO"), ("worse", 1, "NO-GO"), ("near", 3, "INCONCLUSIVE")])
def test_the_three_verdicts(place: Path, candidate: str, code: int, verdict: str) -> None:
    done = gate(place, candidate)
    assert done.code == code and done.out.startswith(f"{verdict}: "), done.out + done.err
    assert f"again  assay gate --baseline 'runs/*base*' --candidate 'runs/*{candidate}*' --policy gate.toml" in done.out.replace(
        done.out.rpartition("again  ")[2].partition(" gate")[0], "assay"
    )
    document = gate(place, candidate, "--format", "json").document
    assert (document["version"], document["verdict"], document["exit_code"]) == (1, verdict, code)
    (rule,) = [each for each in document["rules"] if each["rule"] == "no_worse"]
    assert rule["estimate"]["n"] == N and rule["estimate"]["level"] == pytest.approx(0.9) and rule["limit"] == -0.05
    if verdict == "INCONCLUSIVE":
        assert rule["samples_needed"] > N and "more samples" in rule["help"] and rule["reason"] == "not shown either way"


def test_files_for_a_pull_request(place: Path) -> None:
    done = gate(place, "worse", "--junit", "out/junit.xml", "--markdown", "out/comment.md", "--format", "json")
    assert done.code == 1 and done.document["verdict"] == "NO-GO" and "out/junit.xml" in done.err
    suite = ElementTree.parse(place / "out" / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("3", "1", "0", "0")
    assert len(suite.findall("testcase")) == 3 and suite.find("testcase/failure") is not None
    text = (place / "out" / "comment.md").read_text()
    assert (
        text.startswith("### NO-GO: 1 of 3 rules is shown to be violated\n") and "<details><summary>lost: " in text and ": 1 to 0." in text
    )
    assert gate(place, "worse", "--format", "markdown").out == text


def test_not_measurable_is_an_error_for_ci_where_nothing_else_decides(place: Path) -> None:
    assert gate(place, "near", "--junit", "near.xml").code == 3
    suite = ElementTree.parse(place / "near.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "1", "0")
    (place / "two.toml").write_text("[[no_worse]]\nmargin = 0.05\n[[latency]]\nseconds = 2\n")
    done = assay(
        "gate", "--baseline", "runs/*base*", "--candidate", "runs/*worse*", "--policy", "two.toml", "--junit", "two.xml", cwd=place
    )
    assert done.code == 1 and "the run recorded no time" in done.out
    suite = ElementTree.parse(place / "two.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("1", "0", "1")


def test_without_a_baseline(place: Path) -> None:
    (place / "floor.yaml").write_text("at_least: [{value: 0.7}]\n")
    done = assay("gate", "--candidate", "runs/*base*", "--policy", "floor.yaml", cwd=place)
    assert done.code == 0 and done.out.startswith("GO: "), done.out
    assert_refused(
        assay("gate", "--candidate", "runs/*base*", "--policy", "gate.toml", cwd=place), 2, "there is no baseline", "--baseline RUN"
    )


def test_what_is_refused(place: Path) -> None:
    assert_refused(assay("gate", cwd=place), 2, "needs a candidate and a policy", "--init")
    assert_refused(gate(place, "nobody"), 2, "holds no run")
    assert_refused(gate(place, "base"), 2, "on both sides")
    assert_refused(assay("gate", "--baseline", "runs", "--candidate", "runs/*same*", "--policy", "gate.toml", cwd=place), 2, "two runs of")
    (place / "points.json").write_text(json.dumps({"no_worse": [{"margin": 2}]}))
    assert_refused(
        assay("gate", "--baseline", "runs/*base*", "--candidate", "runs/*same*", "--policy", "points.json", cwd=place), 2, "0.02"
    )
    (place / "typo.toml").write_text("[[no_wurse]]\nmargin = 0.05\n")
    assert_refused(assay("gate", "--candidate", "runs/*same*", "--policy", "typo.toml", "--format", "json", cwd=place), 2, "no_worse")


def test_the_example_is_printed_and_can_be_used_at_once(place: Path) -> None:
    done = assay("gate", "--init", cwd=place)
    assert done.code == 0
    (place / "example.toml").write_text(done.out)
    done = assay("gate", "--baseline", "runs/*base*", "--candidate", "runs/*worse*", "--policy", "example.toml", cwd=place)
    assert done.code == 1, done.err


def test_a_cut_journal_lowers_the_coverage_and_nothing_is_decided(place: Path, tmp_path: Path) -> None:
    write_runs(tmp_path)
    (tmp_path / "gate.toml").write_text("[[no_worse]]\nmargin = 0.05\n")
    (journal,) = next(iter((tmp_path / "runs").glob("*worse*"))).glob("journal-*.jsonl")
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    done = gate(tmp_path, "worse")
    assert done.code == 3 and "coverage" in done.out and "below the floor of 95 %" in done.out, done.out
