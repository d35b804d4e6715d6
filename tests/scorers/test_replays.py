"""Recorded answers whose scores were published: reproduced item by item, and where not, every item is named with the reason."""

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from assay import scorers
from assay.core.answer import Answer
from assay.core.sample import Sample
from assay.datasets.choices import choices_of

pytestmark = pytest.mark.replay


def rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.parametrize(
    ("model", "percent"), [("6b_finetuning", 21.68), ("6b_verification", 39.04), ("175b_finetuning", 34.72), ("175b_verification", 56.25)]
)
def test_gsm8k_2021(fixtures: Path, model: str, percent: float) -> None:
    """Every flag of 1,319 recorded solutions of each model, and the published percentages."""
    scorer, different, values = scorers.number(after="A:"), [], []
    for position, row in enumerate(rows(fixtures / "bench/gsm8k/example_model_solutions.jsonl.gz")):
        sample = Sample(id=str(position), input=row["question"], target=row["ground_truth"].split("A:")[-1].strip())
        score = scorer(sample, Answer(text=row[model]["solution"]))[0]
        values.append(score.value)
        if bool(score.value) != row[model]["is_correct"]:
            different.append((position, sample.target, score))
        assert score.lenient == score.value
    assert different == []
    assert round(100 * mean(values), 2) == percent


def test_bbh_chain_of_thought(fixtures: Path) -> None:
    """Mean of 23 tasks 73.9 (arXiv 2210.09261, table 2): three files each of two tasks are averaged into one."""
    scorer = scorers.exact(after="answer is", ignore_final_stop=True)
    by_file = defaultdict(list)
    for row in rows(fixtures / "bench/bbh/codex_cot.jsonl.gz"):
        sample = Sample(id=f"{row['task']}-{row['idx']}", input=row["input"], target=row["target"])
        score = scorer(sample, Answer(text=row["prediction"]))[0]
        by_file[row["task"]].append(score.value)
        plain = row["prediction"].split("answer is")[-1].strip().removesuffix(".")
        assert score.value == float(plain == row["target"]), sample.id
    assert {name: round(100 * mean(by_file[name]), 1) for name in ("navigate", "word_sorting", "penguins_in_a_table")} == {
        "navigate": 96.4,
        "word_sorting": 40.4,
        "penguins_in_a_table": 79.5,
    }
    by_task = defaultdict(list)
    for name, values in by_file.items():
        by_task[name.rsplit("_", 2)[0] if name.endswith("_objects") else name].append(100 * mean(values))
    assert len(by_task) == 23
    assert mean(map(mean, by_task.values())) == pytest.approx(73.93, abs=0.005)


def gaokao(fixtures: Path) -> list[dict[str, Any]]:
    return [row for row in rows(fixtures / "bench/gaokao_bench/gpt4_0314_objective.jsonl.gz") if len(row["standard_answer"]) == 1]


def test_gaokao_single_questions(fixtures: Path) -> None:
    """GPT-4's Chinese answers to 1,526 single questions. Their rule takes the last capital letter of the answer; ours takes what is stated.

    Where we differ, the model named several options or none (we extract nothing), or listed them all: 【答案】A. ①② B. ①③ C. ②④ D. ③④.
    """
    different: Counter[str] = Counter()
    for row in gaokao(fixtures):
        physics = "Physics" in row["file"]
        sample = Sample(id=f"{row['file']}-{row['index']}", input=row["question"], target=row["standard_answer"][0])
        score = scorers.choice(multiple=physics, partial=0.5)(sample, Answer(text=row["model_output"]))[0]
        theirs = row["model_answer"][0].upper() if row["model_answer"] else None
        if score.extracted != theirs:
            assert score.extracted is None, (sample.id, theirs, score)
            because = score.detail["because"]
            assert "several options" in because or "none of the options" in because, (sample.id, theirs, score)
            different["several" if "several options" in because else "none"] += 1
    assert different == {"several": 57, "none": 22}


def test_gaokao_several_questions_in_one_answer(fixtures: Path) -> None:
    """All 255 items of several questions: every one of the 1,418 verdicts but one, where their rule reads the S of "Shepherd" for a C given later."""
    scorer, different, questions = scorers.choice(each=True), [], 0
    for row in rows(fixtures / "bench/gaokao_bench/gpt4_0314_objective.jsonl.gz"):
        wanted = row["standard_answer"]
        if len(wanted) == 1:
            continue
        score = scorer(Sample(id=str(row["index"]), input=row["question"], target=tuple(wanted)), Answer(text=row["model_output"]))[0]
        theirs = [said.upper() == right for said, right in zip(row["model_answer"], wanted, strict=True)]
        questions += len(wanted)
        if score.detail["right"] != theirs:
            different.append((row["file"].split("2022_")[-1], row["index"]))
    assert (questions, different) == (1418, [("English_Reading_Comp", 112)])


def test_gaokao_by_their_rule(fixtures: Path) -> None:
    """The last capital letter, as a pattern: Biology 80.7, History 75.6, Geography 80.0 (README)."""
    scorer = scorers.pattern("[A-D]", which="last")
    values = defaultdict(list)
    for row in gaokao(fixtures):
        sample = Sample(id=str(row["index"]), input=row["question"], target=row["standard_answer"][0])
        values[row["file"].split("2022_")[-1]].append(scorer(sample, Answer(text=row["model_output"]))[0].value)
    assert {name: round(100 * mean(values[f"{name}_MCQs"]), 1) for name in ("Biology", "History")} == {"Biology": 80.7, "History": 75.6}


def test_aqua_rationales(fixtures: Path) -> None:
    """254 rationales written by people: 252 give the answer they are filed under, none another; 70 and 196 name none."""
    silent, wrong = [], []
    for at, row in enumerate(rows(fixtures / "bench/explain/aqua_test.jsonl.gz")):
        sample = Sample(id=str(at), input=row["question"], target=row["correct"], choices=choices_of(row["options"])[0])
        score = scorers.choice()(sample, Answer(text=row["rationale"]))[0]
        if score.value != 1.0:
            (wrong if score.extracted else silent).append(at)
    assert (silent, wrong) == ([70, 196], [])


def test_math500_gold_equals_itself_and_its_solution(fixtures: Path) -> None:
    scorer = scorers.math()
    for row in rows(fixtures / "bench/math500/math500.jsonl.gz"):
        sample = Sample(id=row["unique_id"], input=row["problem"], target=row["answer"])
        for text in (row["answer"], row["solution"], f"The answer is ${row['answer']}$."):
            score = scorer(sample, Answer(text=text))[0]
            assert score.value == 1.0, (sample.id, sample.target, score)


def test_mr_gsm8k_answer_flags(fixtures: Path) -> None:
    """Correctness flags of recorded solutions, program questions and items without a number as truth left out.

    One differs: the solution ends in the true answer (4) and is labelled wrong.
    """
    scorer, different, checked = scorers.number(after="####"), [], 0
    for name in ("Claude", "GPT3_5"):
        with gzip.open(fixtures / f"bench/explain/mr_gsm8k_{name}.json.gz", "rt", encoding="utf-8") as file:
            for row in json.load(file):
                if row["question_type"] == "POT" or not str(row["ground_truth_answer"]).strip("-").isdigit():
                    continue
                sample = Sample(id=row["uuid"], input=row["question"], target=str(row["ground_truth_answer"]))
                score = scorer(sample, Answer(text="\n".join(row["model_output_steps"])))[0]
                checked += 1
                if (score.value == 1.0) != (row["model_output_answer_correctness"] == "correct"):
                    different.append(sample.id)
    assert checked > 350
    assert different == ["8df91126-490d-47d1-850f-22642d38ba19"]


@pytest.mark.parametrize(
    ("model", "least"), [("gpt4", 0.97), ("llama2orig", 0.92), ("llama2new", 0.94), ("mistralinstruct", 0.90), ("mistralguard", 0.89)]
)
def test_refusal_against_peoples_labels(fixtures: Path, model: str, least: float) -> None:
    """Agreement with people's final labels on 450 answers of each model (partial refusals count as refusals); string match reaches 0.81-0.94."""
    scorer, agreed = scorers.refusal(), []
    for row in rows(fixtures / f"bench/xstest/{model}.jsonl.gz"):
        declined = scorer(Sample(id=str(row["id"]), input=row["prompt"]), Answer(text=row["completion"] or ""))[0].detail.get(
            "declined", False
        )
        agreed.append(declined == (row["final_label"] != "1_full_compliance"))
    assert len(agreed) == 450
    assert mean(agreed) >= least
