"""Recorded labels of people and judges give the published agreement, aggregation, correction and clustering figures."""

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.stats.aggregation import dawid_skene, majority
from assay.stats.agreement import cohen_kappa, krippendorff_alpha, raw_agreement, symmetric_kappa
from assay.stats.clusters import cluster_sums, clustered_error
from assay.stats.corrected import prediction_powered

pytestmark = pytest.mark.replay

SWAP = {"a": "b", "b": "a"}
Key = tuple[int, str, str, int]


def rows(path: Path) -> list[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def verdict(row: dict[str, Any]) -> tuple[Key, str]:
    """A vote with the models in alphabetical order; a verdict that flipped with the order is a tie."""
    said = {"model_a": "a", "model_b": "b"}.get(row["winner"].split()[0], "tie")
    first, second = row["model_a"], row["model_b"]
    if first > second:
        first, second, said = second, first, SWAP.get(said, said)
    return (row["question_id"], first, second, row["turn"]), said


@pytest.fixture(scope="session")
def mtbench(fixtures: Path) -> tuple[list[tuple[Key, str, str]], dict[Key, str]]:
    """People's votes with who gave them, and GPT-4's verdicts."""
    folder = fixtures / "judge" / "mtbench_human"
    people = [(*verdict(row), row["judge"]) for row in rows(folder / "human.jsonl.gz")]
    return people, dict(verdict(row) for row in rows(folder / "gpt4_pair.jsonl.gz"))


@pytest.mark.parametrize(
    ("turn", "decisive", "judge", "pairs", "people", "people_pairs"),
    [
        (1, False, 66.0, 1343, 63.0, 721),
        (1, True, 84.6, 859, 81.0, 479),
        (2, False, 65.7, 1325, 66.6, 707),
        (2, True, 84.6, 864, 81.9, 474),
    ],
)
def test_mtbench_agreement(mtbench: Any, turn: int, decisive: bool, judge: float, pairs: int, people: float, people_pairs: int) -> None:
    """Zheng et al. 2023, the agreement table: GPT-4 with experts, and experts with each other; a vote is the unit, a question and pair the cluster."""
    said, gpt4 = mtbench
    votes: dict[Key, list[str | None]] = defaultdict(list)
    for key, vote, who in said:
        if who.startswith("expert") and key[3] == turn and not (decisive and vote == "tie"):
            votes[key].append(vote)
    shown = [(key, vote) for key, each in votes.items() for vote in each if key in gpt4 and not (decisive and gpt4[key] == "tie")]
    found = raw_agreement([[vote, gpt4[key]] for key, vote in shown], clusters=[str(key) for key, _ in shown])
    assert (found.n, round(100 * (found.value or 0), 1)) == (pairs, judge)
    widest = max(map(len, votes.values()))
    table = [[*each, *[None] * (widest - len(each))] for each in votes.values()]
    among = raw_agreement(table, per="pair")
    assert (among.n, round(100 * (among.value or 0), 1)) == (people_pairs, people)
    assert among.low is not None and among.high is not None and among.high - among.low > 0.05 and among.clusters < among.n


def test_kappa_of_pairwise_verdicts_depends_on_who_is_called_a(mtbench: Any) -> None:
    """1,078 decisive pairs, 88.4 %: kappa .767 with the models in alphabetical order, .390 with the stronger one first, .768 symmetrised."""
    said, gpt4 = mtbench
    votes: dict[Key, Counter[str]] = defaultdict(Counter)
    for key, vote, _ in said:
        votes[key][vote] += 1
    pairs: dict[Key, list[str]] = {}
    for key, counted in votes.items():
        top = counted.most_common(2)
        people = "tie" if len(top) > 1 and top[0][1] == top[1][1] else top[0][0]
        if key in gpt4 and "tie" not in (people, gpt4[key]):
            pairs[key] = [people, gpt4[key]]
    table = list(pairs.values())
    assert len(table) == 1078 and round(100 * (raw_agreement(table).value or 0), 1) == 88.4
    strength = ("gpt-4", "claude-v1", "gpt-3.5-turbo", "vicuna-13b-v1.2", "alpaca-13b", "llama-13b")
    stronger = [[SWAP[each] for each in pair] if strength.index(a) > strength.index(b) else pair for (_, a, b, _), pair in pairs.items()]
    assert cohen_kappa(table).value == pytest.approx(0.767, abs=0.0005)
    assert cohen_kappa(stronger).value == pytest.approx(0.390, abs=0.0005)
    for each in (table, stronger):
        assert symmetric_kappa(each).value == pytest.approx(0.768, abs=0.0005)


def test_llmbar_panel(fixtures: Path) -> None:
    """Five judges in two orders on 419 pairs: majority 63.4 % (a tie is worth half), Dawid-Skene 83.8 %."""
    folder = fixtures / "judge" / "llmbar"
    items = [row for row in rows(folder / "items.jsonl.gz") if row["subset"].startswith("LLMBar")]
    subsets = sorted({row["subset"] for row in items})
    gold = np.array([str(row["label"]) for name in subsets for row in sorted(items, key=lambda each: each["idx"]) if row["subset"] == name])
    runs = {(row["judge"], row["subset"]): row for row in rows(folder / "verdicts.jsonl.gz") if row["strategy"] == "Vanilla"}
    columns = [
        [verdict for name in subsets for verdict in runs[judge, name][order]]
        for judge in ("GPT-4", "ChatGPT", "PaLM2", "LLaMA2", "Falcon")
        for order in ("winner", "winner_swapped")
    ]
    table = [[each if each in ("1", "2") else None for each in row] for row in zip(*columns, strict=True)]
    plain = majority(table, ties="unresolved")
    right = (np.array(plain.labels) == gold) + 0.5 * np.array(plain.tied)
    assert len(gold) == 419 and round(100 * right.mean(), 1) == 63.4
    together = dawid_skene(table, scale=("1", "2"))
    assert round(100 * (np.array(together.labels) == gold).mean(), 1) == 83.8
    assert min(each.low or 0.0 for each in together.spammers[:2]) > 0.5 > max(each.high or 1.0 for each in together.spammers[6:])


def test_a_judge_saves_about_a_quarter_of_the_arenas_votes(fixtures: Path) -> None:
    """GPT-4 beside 1,000 of 26,919 votes saves 25 % (its squared correlation, .25, less what tuning costs); GPT-3.5 next to nothing."""
    score = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "tie (bothbad)": 0.5}
    battles = rows(fixtures / "judge" / "arena_votes_3judges" / "battles.jsonl.gz")
    votes = np.array([score[row["human"]] for row in battles])
    random = np.random.default_rng(0)
    orders = [random.permutation(len(votes)) for _ in range(100)]
    saved = {}
    for judge in ("gpt4", "claude3opus", "gpt35"):
        judged = np.array([score[row[judge]] for row in battles])
        found = [prediction_powered(votes[o[:1000]], judged[o[:1000]], judged[o[1000:]]) for o in orders]
        saved[judge] = float(np.mean([each.saving for each in found]))
        held = [each.estimate.low <= votes.mean() <= each.estimate.high for each in found if each.estimate.low and each.estimate.high]
        assert len(held) == 100 and np.mean(held) >= 0.89
    assert saved["gpt4"] == pytest.approx(0.25, abs=0.03) and saved["claude3opus"] == pytest.approx(0.11, abs=0.03)
    assert saved["gpt35"] < 0.05


def test_clusters_by_task_widen_livebench(fixtures: Path) -> None:
    """84 models on the 864 questions all of them have: 2.81 times the naive error in the median, 1.78 to 4.27 (without the factor C/(C-1))."""
    first, *models = rows(fixtures / "judge" / "livebench_matrix" / "responses.jsonl.gz")
    tasks = np.array([each["task"] for each in first["questions"]])
    table = np.array([[np.nan if each is None else each for each in row["score"]] for row in models], dtype=float)
    table = table[np.isfinite(table).sum(axis=1) >= 1000]
    common = np.isfinite(table).all(axis=0)
    assert (len(table), common.sum()) == (84, 864)
    count = len(set(tasks[common]))
    ratios = [
        clustered_error(*cluster_sums(row, tasks[common])) / clustered_error(*cluster_sums(row, None)) * ((count - 1) / count) ** 0.5
        for row in table[:, common]
    ]
    assert [round(float(each), 2) for each in (np.median(ratios), min(ratios), max(ratios))] == [2.81, 1.78, 4.27]


def test_judge_bench_alphas(fixtures: Path) -> None:
    """JUDGE-BENCH: Krippendorff's alpha of the people, nominal or ordinal, up to 123 labels an item; published to eight digits or four."""
    groups: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for row in rows(fixtures / "judge" / "judge_bench_humans" / "labels.jsonl.gz"):
        groups[row["dataset"], row["type"]].append(row)
    published = {
        ("dices-990", "categorical"): [0.14324966],
        ("dices-350-crowdsourced", "categorical"): [0.16086022],
        ("newsroom", "graded"): [0.2849, 0.1151, -0.0158, 0.0650],
        ("recipe-crowd-sourcing-data", "graded"): [0.4151, 0.4324, 0.3991, 0.3986, 0.3627, 0.4351],
    }
    assert set(groups) == set(published)
    for (name, kind), units in groups.items():
        metrics = list(dict.fromkeys(each["metric"] for each in units))
        for metric, alpha in zip(metrics, published[name, kind], strict=True):
            said = [each["labels"] for each in units if each["metric"] == metric]
            widest = max(map(len, said))
            found = krippendorff_alpha(
                [[*each, *[None] * (widest - len(each))] for each in said], "nominal" if kind == "categorical" else "ordinal"
            )
            assert found.value == pytest.approx(alpha, abs=6e-9 if kind == "categorical" else 6e-5), (name, metric)
