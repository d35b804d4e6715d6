"""One family of comparisons: whatever command shows a pair, it has one verdict."""

import json
import re
from pathlib import Path

from tests.journeys.stage import FIELDS, assay, write_items

from assay.testing import planted_value

COUNT = 60


def recorded(folder: Path, **right: int) -> tuple[str, ...]:
    """A recording for each name, right on its first so many of the items; as flags."""
    flags: list[str] = []
    for name, first in right.items():
        rows = ({"id": f"q{n}", "output": str(planted_value(n) + (n >= first))} for n in range(COUNT))
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        flags += ["--model", f"replay/{name}.jsonl"]
    return tuple(flags)


def verdicts(text: str) -> list[str]:
    return re.findall(r"\](?: *│)?  +(better|worse|not certain|no difference seen|not measurable)", text)


def test_run_view_compare_and_the_page_agree(tmp_path: Path) -> None:
    """Alone the last pair (20 to 27 of 60: p = .016) is certain; among the six of four models it is not, and no screen says otherwise."""
    data = write_items(tmp_path / "items.jsonl", COUNT)
    models = recorded(tmp_path, a=20, b=20, c=20, d=27)
    ran = assay("run", data, *FIELDS, *models, cwd=tmp_path)
    assert ran.code == 0, ran.err
    folders = sorted(path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    document = assay("compare", *folders, "--format", "json", cwd=tmp_path).document
    assert document["family"] == 6 and {row["family"] for row in document["comparisons"]} == {6}
    last = next(row for row in document["comparisons"] if "d.jsonl" in row["a"] and "c.jsonl" in row["b"])
    assert last["verdict"] == "not certain" and last["p_value"] < 0.05 < last["adjusted_p"]
    assert verdicts(ran.out) == ["not certain"] and ran.out.count("corrected (Holm) over 6 comparisons") == 1
    viewed = assay("view", cwd=tmp_path).out
    assert verdicts(viewed) == ["no difference seen", "no difference seen", "not certain"], "neighbours only"
    compared = assay("compare", *folders, cwd=tmp_path).out
    assert compared.count("not certain once corrected") == 3 and compared.count("no difference seen (could have seen") == 3
    page = next((tmp_path / "runs").glob("report-*.html")).read_text()
    assert page.count("not certain once corrected for 6 comparisons") >= 3
    assert not re.search(r"class=\"(better|soft)\">better<", page)
    alone = assay("compare", *folders[-2:], "--format", "json", cwd=tmp_path).document
    assert alone["family"] == 1 and alone["comparisons"][0]["verdict"] == "better"


def test_too_few_samples_are_said_to_be_too_few(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 4)
    assay("run", data, *FIELDS, *recorded(tmp_path, a=0, b=4), cwd=tmp_path)
    (row,) = assay("compare", *sorted((tmp_path / "runs").glob("items__*")), "--format", "json", cwd=tmp_path).document["comparisons"]
    assert (row["verdict"], row["mde"]) == ("not measurable", None)
    assert row["reason"] == "4 samples are too few; needs about 6"


def test_two_runs_of_one_model_are_told_apart(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 20)
    for flags in ((), ("--temperature", "0.7")):
        assert assay("run", data, *FIELDS, "--model", "scripted/1", *flags, cwd=tmp_path).code == 0
    folders = sorted((tmp_path / "runs").glob("items__*"), key=lambda path: "0.7" in (path / "run.json").read_text())
    compared = assay("compare", *folders, "--html", "page.html", cwd=tmp_path)
    assert "scripted/1 (temperature 0.7) against scripted/1 · items" in compared.out
    assert "differs  temperature: 0.7, before not set" in compared.out
    whole = compared.out + compared.err
    assert whole.count("the models wrote under different settings") == 1
    assert re.search(r"^next  .*assay compare .*|^next  .*assay view ", compared.out, re.M)
    assert "scripted/1 (temperature 0.7)" in (tmp_path / "page.html").read_text()
    assert "scripted/1 (temperature 0.7)" in assay("view", *folders, cwd=tmp_path).out or "1 (temperature 0.7)" in compared.out


def test_view_shows_the_last_command_and_counts_the_others(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", 10)
    for name in ("1", "2", "3"):
        assay("run", data, *FIELDS, "--model", f"scripted/{name}", cwd=tmp_path)
    viewed = assay("view", cwd=tmp_path)
    assert viewed.out.splitlines()[0] == "items · scripted/3 · 10 samples · seed 0" or "2 more runs" in viewed.err
    assert "2 more runs of earlier commands" in viewed.err and "list runs" in viewed.err
    assert "assay view" in next(line for line in viewed.out.splitlines() if line.startswith("next"))
    assert "3 models" in assay("view", "--task", "items", cwd=tmp_path).out.splitlines()[0]


def test_flips_show_the_question_and_what_each_made_of_it(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", COUNT)
    assay("run", data, *FIELDS, *recorded(tmp_path, a=10, b=40), cwd=tmp_path)
    out = assay("compare", *sorted((tmp_path / "runs").glob("items__*")), "--flips", "1", cwd=tmp_path).out
    won = out[out.index("── won: ") :]
    assert "How many? [item" in won and "target" in won and won.count("extracted") == 2
    assert "replay/a.jsonl" in won and "replay/b.jsonl" in won and "--sample q" in won


def test_an_error_rate_has_one_unit_and_one_order_everywhere(tmp_path: Path) -> None:
    """Runs of a lower-is-better metric, named by `runs/*`: the same ranks in view and Markdown, the same unit in every column."""
    words = ["eins", "zwei", "drei", "vier"]
    rows = [{"id": f"q{n}", "question": f"Say {n}", "answer": " ".join(words)} for n in range(30)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    models: list[str] = []
    for name, said in {"good": words, "bad": words * 3}.items():
        given = ({"id": f"q{n}", "output": " ".join(said[: len(said) - n % 2])} for n in range(30))
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given))
        models += ["--model", f"replay/{name}.jsonl"]
    ran = assay("run", "items.jsonl", "--input", "question", "--target", "answer", "--scorer", "wer", *models, cwd=tmp_path)
    assert ran.code == 0, ran.err
    everything = sorted(str(path) for path in (tmp_path / "runs").iterdir())
    assert any(path.endswith(".html") for path in everything), "the page lies beside the runs, where `runs/*` finds it"
    listed = assay("list", "runs", cwd=tmp_path).out
    assert "0.12" in listed and "1.88" in listed and "12.5" not in listed, listed
    compared = assay("compare", *everything, "--flips", "2", cwd=tmp_path)
    assert compared.code == 0 and "0.12" in compared.out and "1.88" in compared.out, compared.out
    assert compared.out.count("── lost") + compared.out.count("── won") == 2, "any change is a flip"
    table = assay("export", *everything, "--to", "markdown", cwd=tmp_path).out
    ranks = {cells[3].strip(): cells[4].strip() for line in table.splitlines() if len(cells := line.split("|")) > 5}
    assert ranks["replay/good.jsonl"] == "1" and ranks["replay/bad.jsonl"] == "2", table


def test_runs_without_a_common_metric_say_so(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", COUNT)
    models = recorded(tmp_path, a=20)
    fields = FIELDS[: FIELDS.index("--scorer")]
    places = [
        assay("run", data, *fields, "--scorer", scorer, *models, "--format", "json", cwd=tmp_path).result["run_dir"]
        for scorer in ("number", "exact")
    ]
    compared = assay("compare", *places, cwd=tmp_path)
    assert "the runs share no metric" in compared.out and "exact" in compared.out and "assay score RUN" in compared.out, compared.out
