"""Benchmarks without local data read what is published: the hub's repositories, commits, file names, columns and types, with rows of our own.

Shapes are from the dataset cards and file listings: huggingface.co/datasets/ceval/ceval-exam, TIGER-Lab/MMLU-Pro, Idavidrein/gpqa (gated),
basicv8vc/SimpleQA, HuggingFaceH4/aime_2024, math-ai/aime25, and github.com/haonan-li/CMMLU.
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.benchmarks.test_shelf import cache, hub, made, scores, written

from assay.core.registry import load
from assay.datasets import hubs

__all__ = ["cache", "hub"]  # fixtures of the shelf's own tests


def parquet(path: Path, columns: str, *rows: str) -> None:
    """A Parquet file with typed columns: `columns` as SQL types, each row as SQL values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns})")
        for row in rows:
            connection.execute(f"INSERT INTO t VALUES ({row})")
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")


def asked(name: str, **options: Any) -> tuple[list[str], list[Any], list[dict[str, Any]]]:
    """Prompts, targets and metadata of a benchmark's samples."""
    samples = [sample for task in made(name, **options) for sample in task.dataset.samples()]
    return [each.prompt for each in samples], [each.target for each in samples], [dict(each.metadata) for each in samples]


CEVAL = "id INTEGER, question VARCHAR, A VARCHAR, B VARCHAR, C VARCHAR, D VARCHAR, answer VARCHAR, explanation VARCHAR"


def test_ceval(hub: Path) -> None:
    root = hub / "ceval" / "ceval-exam" / "617524a00b307ff6f9933702f724131fe12ca7ce"
    for subject in ("law", "logic"):
        parquet(root / subject / "val-00000-of-00001.parquet", CEVAL, "0, '下列____正确。', '甲', '乙', '丙', '丁', 'C', ''")
        parquet(root / subject / "dev-00000-of-00001.parquet", CEVAL, "0, '例题____。', '一', '二', '三', '四', 'B', '1. 因为……'")
        parquet(root / subject / "test-00000-of-00001.parquet", CEVAL, "0, '未公布____。', '甲', '乙', '丙', '丁', '', ''")
    prompts, targets, metadata = asked("ceval", subject="law")
    assert prompts == ["下列____正确。\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n请先思考，然后在最后一行只写：答案：加上正确选项的字母。"]
    assert targets == ["C"] and metadata[0]["subject"] == "law" and metadata[0]["skills"] == ["knowledge/professional"]
    (shown,), _, _ = asked("ceval", subject="law", shots=1, likelihood=True)
    assert shown == "例题____。\nA. 一\nB. 二\nC. 三\nD. 四\n答案：B\n\n下列____正确。\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案："
    assert len(load("benchmarks", "ceval").__globals__["SKILLS"]) == 52


def test_cmmlu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The authors' tables: a first column without a name, and the answer as a letter."""
    fetched: list[str] = []

    def served(url: str, target: Path, **_: Any) -> str:
        fetched.append(url)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            ',Question,A,B,C,D,Answer\n0,下列平均值是,16～17,21,28,19～20,B\n1,“引号”，与逗号,"甲,乙",丙,丁,戊,A\n', encoding="utf-8"
        )
        return "0" * 64

    monkeypatch.setattr(hubs, "fetched", served)
    prompts, targets, _ = asked("cmmlu", subject="agronomy")
    assert fetched == ["https://raw.githubusercontent.com/haonan-li/CMMLU/d6e7b716d8ac694f38969a6c0407437d1fded799/data/test/agronomy.csv"]
    assert prompts[1].startswith("“引号”，与逗号\nA. 甲,乙\nB. 丙\nC. 丁\nD. 戊\n") and targets == ["B", "A"]
    card = load("benchmarks", "cmmlu").__globals__["CARD"]
    assert card.licence == "CC-BY-NC-SA-4.0" and len(load("benchmarks", "cmmlu").__globals__["SKILLS"]) == 67


MMLU_PRO = "question_id BIGINT, question VARCHAR, options VARCHAR[], answer VARCHAR, answer_index BIGINT, cot_content VARCHAR, category VARCHAR, src VARCHAR"


def test_mmlu_pro(hub: Path) -> None:
    root = hub / "TIGER-Lab" / "MMLU-Pro" / "b189ec765aa7ed75c8acfea42df31fdae71f97be" / "data"
    ten = "[" + ", ".join(f"'option {n}'" for n in range(10)) + "]"
    rows = (
        f"70, 'Which one? ', {ten}, 'J', 9, '', 'computer science', 'ori_mmlu-x'",
        "71, 'And of three?', ['a', 'b', 'c'], 'A', 0, '', 'law', 'y'",
    )
    parquet(root / "test-00000-of-00001.parquet", MMLU_PRO, *rows)
    prompts, targets, metadata = asked("mmlu_pro")
    assert targets == ["J", "A"] and [each["subject"] for each in metadata] == ["computer science", "law"]
    assert "\nJ. option 9\n" in prompts[0] and "C. c" in prompts[1] and "D." not in prompts[1]
    (task,) = made("mmlu_pro")
    assert [sample.id for sample in task.dataset.samples()] == ["70", "71"]
    assert scores(task, "ANSWER: J")[0] == [1.0]


GPQA = (
    "Pre-Revision Question", "Pre-Revision Correct Answer", "Pre-Revision Incorrect Answer 1", "Pre-Revision Incorrect Answer 2",
    "Pre-Revision Incorrect Answer 3", "Pre-Revision Explanation", "Self-reported question-writing time (minutes)", "Question",
    "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Explanation", "Subdomain",
    "Writer's Difficulty Estimate", "Record ID", "High-level domain", "Question Writer", "Canary String",
)  # fmt: skip


@pytest.mark.parametrize(("split", "file"), [("diamond", "gpqa_diamond.csv"), ("main", "gpqa_main.csv"), ("extended", "gpqa_extended.csv")])
def test_gpqa(hub: Path, split: str, file: str) -> None:
    """The question and the answers after revision are meant, not those before it; a cell may hold line breaks."""
    row = dict.fromkeys(GPQA, "before") | {
        "Question": "Two levels, \"E1\" and E2,\nhow far apart?",
        "Correct Answer": "10^-4 eV",
        "Incorrect Answer 1": "10^-8 eV\n",
        "Incorrect Answer 2": "10^-9 eV",
        "Incorrect Answer 3": "10^-11 eV",
        "Record ID": "rec06",
        "High-level domain": "Physics",
        "Subdomain": "Physics (general)",
    }  # fmt: skip
    written([row], hub / "Idavidrein" / "gpqa" / "633f5ee89ab8ad4522a9f850766b73f62147ffdd" / file)
    (task,) = made("gpqa", split=split)
    (sample,) = task.dataset.samples()
    assert sample.id == "rec06" and "before" not in sample.prompt and sample.prompt.startswith('Two levels, "E1" and E2,\nhow far apart?')
    assert sample.choices is not None and sample.target is not None
    assert sample.choices["ABCD".index(str(sample.target))] == "10^-4 eV" and "10^-8 eV\n" not in sample.choices
    assert (sample.metadata["subject"], sample.metadata["field"]) == ("Physics", "Physics (general)")


def test_simpleqa(hub: Path) -> None:
    kept = {"topic": "Science and technology", "answer_type": "Person", "urls": ["https://example.org/a", "https://example.org/b"]}
    row = {"metadata": str(kept), "problem": "Who received the prize in 2010?", "answer": "Michio Sugeno"}
    written([row], hub / "basicv8vc" / "SimpleQA" / "e319282ab125c3dbd0c7fd00be2e4dd54e7e8f94" / "simple_qa_test_set.csv")
    (prompt,), targets, metadata = asked("simpleqa")
    assert prompt.startswith("Who received the prize in 2010?\n\n") and targets == ["Michio Sugeno"]
    assert (metadata[0]["topic"], metadata[0]["answer_type"]) == ("Science and technology", "Person")
    assert "urls" not in metadata[0]


def test_aime24(hub: Path) -> None:
    """Published as a split called train; the answer is a text with leading zeros."""
    root = hub / "HuggingFaceH4" / "aime_2024" / "2fe88a2f1091d5048c0f36abc874fb997b3dd99a" / "data"
    columns = "id BIGINT, problem VARCHAR, solution VARCHAR, answer VARCHAR, url VARCHAR, year VARCHAR"
    rows = ("60, 'Find $m+n$.', 'It is $25+8=\\boxed{033}$.', '033', 'https://artofproblemsolving.com', '2024'",)
    parquet(root / "train-00000-of-00001.parquet", columns, *rows)
    (prompt,), targets, _ = asked("aime24")
    assert prompt.startswith("Find $m+n$.\n\nSolve this step by step.") and "\\boxed" not in prompt and targets == ["033"]
    (task,) = made("aime24")
    assert scores(task, "ANSWER: 33") == scores(task, "ANSWER: 033") == [[1.0]] and scores(task, "ANSWER: 25") == [[0.0]]


def test_aime25(hub: Path) -> None:
    root = hub / "math-ai" / "aime25" / "563bb8404243c5f09de6ec262f2db674fe5bce9b"
    root.mkdir(parents=True)
    rows = [
        {"problem": "Find the sum of all bases.", "answer": "70", "id": "0"},
        {"problem": "How many degrees?", "answer": "336", "id": "19"},
    ]
    (root / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    prompts, targets, _ = asked("aime25")
    assert prompts[0].startswith("Find the sum of all bases.\n\nSolve") and targets == ["70", "336"]
    (task,) = made("aime25")
    assert scores(task, "ANSWER: $336^\\circ$")[1] == [1.0]
