"""Simulated battles whose truth is known: do intervals and rank ranges hold it, and does the next pair save votes? Run at length by `make oracle`."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from assay.stats.quantiles import normal_quantile, t_quantile
from assay.stats.ratings_counts import Battles, Counts, battles_of, counted
from assay.stats.ratings_fit import fit, maximum
from assay.stats.ratings_graph import rateable
from assay.stats.ratings_next import next_pairs
from assay.stats.ratings_ranks import ahead, critical_value, rank_ranges

TIES = 0.2


def drawn(random: np.random.Generator, strength: np.ndarray, count: int, voters: int = 0, taste: float = 0.0) -> Battles:
    """Battles of random pairs, a fifth of them ties; each of `voters` has a taste of its own for every competitor, of the given spread."""
    size = len(strength)
    a = random.integers(0, size, count)
    b = (a + random.integers(1, size, count)) % size
    apart, voter = strength[a] - strength[b], None
    if voters:
        voter = random.integers(0, voters, count)
        own = random.normal(0.0, taste, (voters, size))
        apart = apart + own[voter, a] - own[voter, b]
    won = random.random(count) < 1.0 / (1.0 + np.exp(-apart))
    outcome = np.where(random.random(count) < TIES, 2, np.where(won, 0, 1))
    return battles_of(a, b, outcome, size, clusters=voter)


def limit(strength: np.ndarray) -> np.ndarray:
    """What the ratings tend to with ever more battles: with ties as half a win they are drawn together a little."""
    i, j = np.triu_indices(len(strength), 1)
    p = (1.0 - TIES) / (1.0 + np.exp(strength[j] - strength[i]))
    n = np.stack([p, 1.0 - TIES - p, np.full(len(p), TIES), np.zeros(len(p))], axis=1) * 1000.0
    return maximum(Counts(i=i, j=j, n=n, squares=n, battles=n, count=len(strength)))[0]


def holding(repetitions: int, *, size: int, count: int, spread: float, voters: int = 0, taste: float = 0.0) -> dict[str, Any]:
    """The share of ratings whose interval holds the truth, of studies whose rank ranges all hold it, and with voters the share that intervals
    hold which take their votes as independent."""
    strength = np.linspace(-spread, spread, size)
    truth = np.zeros(size) if voters else limit(strength)
    # With no taste shared by all, equal competitors are equal in the limit too, whatever single voters like.
    strength = np.zeros(size) if voters else strength
    held, naive, ranks, done = 0.0, 0.0, 0, 0
    for repetition in range(repetitions):
        battles = drawn(np.random.default_rng(repetition), strength, count, voters, taste)
        counts = counted(battles)
        if not rateable(counts).all():
            continue
        found, done = fit(counts, battles), done + 1
        freedom = None if found.groups is None else found.groups - 1.0
        reach = normal_quantile(0.975) if freedom is None else t_quantile(0.975, freedom)
        held += float((np.abs(found.theta - truth) <= reach * np.sqrt(np.diag(found.covariance))).mean())
        if voters:
            plain = fit(counts)
            naive += float((np.abs(plain.theta - truth) <= normal_quantile(0.975) * np.sqrt(np.diag(plain.covariance))).mean())
        critical = critical_value(found.covariance, freedom=freedom, seed=repetition, draws=1000)
        place = rank_ranges(ahead(found.theta, found.covariance, critical))
        first = 1 + (truth[None, :] > truth[:, None] + 1e-9).sum(axis=1)
        last = size - (truth[None, :] < truth[:, None] - 1e-9).sum(axis=1)
        ranks += bool(((place[:, 0] <= first) & (place[:, 1] >= last)).all())
    answer = {"repetitions": done, "intervals": round(held / done, 5), "ranks": round(ranks / done, 5)}
    return {**answer, "as independent": round(naive / done, 5)} if voters else answer


def saving(repetitions: int) -> dict[str, Any]:
    """The mean squared error of ratings after 600 battles of chosen pairs against 600 of random ones; eight competitors far apart, 120 battles
    to begin with in which the last three were hardly drawn."""
    strength, share = np.linspace(-1.5, 1.5, 8), np.array([1, 1, 1, 1, 1, 0.15, 0.15, 0.15])
    errors, done = {"chosen": 0.0, "random": 0.0}, 0
    for repetition in range(max(20, repetitions // 20)):
        parts = {}
        for way in errors:
            random = np.random.default_rng(repetition)
            counts = _begun(random, strength, share)
            for _ in range(24):
                counts = _more(random, strength, counts, way, 25)
            parts[way] = counts
        if not all(rateable(each).all() for each in parts.values()):
            continue
        done += 1
        for way, counts in parts.items():
            errors[way] += float(((maximum(counts)[0] - (strength - strength.mean())) ** 2).sum())
    return {"repetitions": done, "error chosen": round(errors["chosen"] / done, 4), "error random": round(errors["random"] / done, 4)}


def _begun(random: np.random.Generator, strength: np.ndarray, share: np.ndarray) -> Counts:
    """A few battles, of some competitors hardly any; every pair starts with one tie so that all can be rated."""
    size = len(strength)
    i, j = np.triu_indices(size, 1)
    n = np.zeros((len(i), 4))
    n[:, 2] = 1.0
    counts = Counts(i=i, j=j, n=n, squares=n, battles=n, count=size)
    chosen = random.choice(len(i), 120, p=share[i] * share[j] / (share[i] * share[j]).sum())
    return _voted(random, strength, counts, chosen)


def _more(random: np.random.Generator, strength: np.ndarray, counts: Counts, way: str, votes: int) -> Counts:
    if way == "random":
        return _voted(random, strength, counts, random.integers(0, len(counts.i), votes))
    found = fit(counts)
    pairs = next_pairs(found.theta, found.bread, 3)
    at = [int(np.flatnonzero((counts.i == i) & (counts.j == j))[0]) for i, j in pairs]
    return _voted(random, strength, counts, np.array(at)[np.arange(votes) % len(at)])


def _voted(random: np.random.Generator, strength: np.ndarray, counts: Counts, pairs: np.ndarray) -> Counts:
    won = random.random(len(pairs)) < 1.0 / (1.0 + np.exp(strength[counts.j[pairs]] - strength[counts.i[pairs]]))
    battles = counts.battles.copy()
    np.add.at(battles, (pairs, np.where(won, 0, 1)), 1.0)
    return counts.with_counts(battles)


STUDIES: dict[str, Callable[[int], dict[str, Any]]] = {
    "5 competitors, 200 battles": partial(holding, size=5, count=200, spread=0.5),
    "10 competitors, 500 battles": partial(holding, size=10, count=500, spread=0.8),
    "10 competitors, 2,000 battles": partial(holding, size=10, count=2000, spread=1.5),
    "5 equal competitors, 300 battles": partial(holding, size=5, count=300, spread=0.0),
    "40 voters, 600 battles": partial(holding, size=5, count=600, spread=0.0, voters=40, taste=0.7),
    "100 voters, 1,000 battles": partial(holding, size=5, count=1000, spread=0.0, voters=100, taste=0.7),
    "next pair": saving,
}
