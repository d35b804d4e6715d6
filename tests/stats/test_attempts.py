"""pass@k, pass^k and maj@k against brute force over all subsets; aptitude against numpy; the CRUXEval replay."""

import gzip
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.stats import majority_at, pass_at, pass_hat, plurality_at
from assay.stats.attempts import aptitude, at_least, grouped_percentiles, reduce_majority, reduce_max, reduce_min, unreliability


@pytest.mark.parametrize("n", [1, 4, 7])
def test_against_brute_force(n: int) -> None:
    for c in range(n + 1):
        trials = [1] * c + [0] * (n - c)
        for k in range(1, n + 1):
            subsets = list(combinations(trials, k))
            assert pass_at([n], [c], k)[0] == pytest.approx(np.mean([any(s) for s in subsets]))
            assert pass_hat([n], [c], k)[0] == pytest.approx(np.mean([all(s) for s in subsets]))
            halves = [1.0 if 2 * sum(s) > k else 0.5 if 2 * sum(s) == k else 0.0 for s in subsets]
            assert majority_at([n], [c], k)[0] == pytest.approx(np.mean(halves))


def test_large_counts_stay_finite() -> None:
    assert pass_at([100_000], [3], 1000)[0] == pytest.approx(1 - (0.99 * 0.99 * 0.99), abs=1e-5)
    assert pass_hat([200], [200], 200)[0] == 1.0


def test_plurality_splits_ties_and_beats_minorities() -> None:
    assert plurality_at(["4", "4", "5", "6"], {"4"}, 4) == 1.0
    assert plurality_at(["4", "5"], {"4"}, 2) == 0.5
    assert plurality_at(["4", "5", "5"], {"4"}, 1) == pytest.approx(1 / 3)
    many = ["a"] * 20 + ["b"] * 10
    assert plurality_at(many, {"a"}, 9, seed=1) == plurality_at(many, {"a"}, 9, seed=1) > 0.8


def test_aptitude_and_unreliability() -> None:
    values = np.random.default_rng(0).random(33)
    codes, counts = np.repeat([0, 1, 2], [10, 22, 1]), np.array([10, 22, 1])
    low, high = grouped_percentiles(values, codes, counts, (0.1, 0.9))
    for each in range(3):
        mine = values[codes == each]
        assert high[each] == pytest.approx(aptitude(mine))
        assert high[each] - low[each] == pytest.approx(unreliability(mine), abs=1e-12)
        assert aptitude(mine) == pytest.approx(np.percentile(mine, 90))


def test_reducers() -> None:
    values, codes, counts = np.array([1.0, 0, 1, 0, 1, 0, 0]), np.array([0, 0, 0, 1, 1, 2, 2]), np.array([3, 2, 2])
    assert reduce_max(values, codes, counts).tolist() == [1, 1, 0]
    assert reduce_min(values, codes, counts).tolist() == [0, 0, 0]
    assert reduce_majority(values, codes, counts).tolist() == [1, 0.5, 0]
    assert at_least(values, codes, counts, 2).tolist() == [1, 0, 0]


def test_refusals() -> None:
    for call in (
        lambda: pass_at([3], [1], 4),
        lambda: pass_at([3], [4], 1),
        lambda: pass_hat([3], [1], 0),
        lambda: plurality_at(["a"], {"a"}, 2),
    ):
        with pytest.raises(UsageError):
            call()


@pytest.mark.replay
@pytest.mark.parametrize(("side", "once", "five"), [("I", 35.95, 44.99), ("O", 34.21, 40.29)])
def test_cruxeval_published_figures(fixtures: Path, side: str, once: float, five: float) -> None:
    """Code Llama 7B, 800 functions, 10 samples each; arXiv 2401.03065."""
    with gzip.open(fixtures / "bench" / "cruxeval" / f"codellama7b_{side}.jsonl.gz", "rt") as lines:
        flags = [json.loads(line)["scored"] for line in lines]
    trials, passed = [len(each) for each in flags], [sum(each) for each in flags]
    assert len(flags) == 800
    assert round(100 * float(pass_at(trials, passed, 1).mean()), 2) == once
    assert round(100 * float(pass_at(trials, passed, 5).mean()), 2) == five
