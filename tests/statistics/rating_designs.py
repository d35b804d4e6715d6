"""Simulated battles whose truth is known: do intervals and rank ranges hold it, and does the next pair save votes? Run at length by `make oracle`."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from assay.stats.quantiles import normal_quantile, t_quantile
from assay.stats.ratings_counts import Battles, Counts, battles_of, counted
from assay.stats.ratings_fit import fit, information, inverse, maximum, three
from assay.stats.ratings_graph import rateable
from assay.stats.ratings_next import next_pairs
from assay.stats.ratings_ranks import ahead, critical_value, rank_ranges
from assay.stats.ratings_ties import slopes

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
    """Three newcomers enter a board of seven who met 100 times each pair: the mean squared error of all ratings after 300 votes on chosen pairs,
    after 300 on random ones, and after 900 on random ones."""
    strength = np.linspace(-1.5, 1.5, 10)[np.array([0, 2, 4, 5, 6, 8, 9, 1, 3, 7])]
    truth, errors = strength - strength.mean(), {"chosen": 0.0, "random": 0.0, "random, three times the votes": 0.0}
    for repetition in range(repetitions):
        random = np.random.default_rng(repetition)
        begun = _begun(random, strength)
        counts = begun
        for _ in range(20):
            counts = _chosen(random, strength, counts, 15)
        ends = [counts, *(_voted(random, strength, begun, random.integers(0, len(begun.i), votes)) for votes in (300, 900))]
        for name, end in zip(errors, ends, strict=True):
            errors[name] += float(((maximum(end)[0] - truth) ** 2).sum())
    return {"repetitions": repetitions, **{f"error {name}": round(error / repetitions, 4) for name, error in errors.items()}}


def _begun(random: np.random.Generator, strength: np.ndarray) -> Counts:
    """The old board; every pair with a newcomer starts with one tie, so that all can be rated."""
    i, j = np.triu_indices(len(strength), 1)
    old = j < 7
    n = np.zeros((len(i), 4))
    n[~old, 2] = 1.0
    return _voted(random, strength, Counts(i=i, j=j, n=n, squares=n, battles=n, count=len(strength)), np.repeat(np.flatnonzero(old), 100))


def _chosen(random: np.random.Generator, strength: np.ndarray, counts: Counts, votes: int) -> Counts:
    """Votes on the three pairs that promise most."""
    theta, tie = maximum(counts)
    here = slopes("half", theta[counts.i] - theta[counts.j], tie)
    bread = inverse(information(counts, three(counts.n), here, "half"), counts.count)
    pairs = [int(np.flatnonzero((counts.i == i) & (counts.j == j))[0]) for i, j in next_pairs(theta, bread, 3)]
    return _voted(random, strength, counts, np.array(pairs)[np.arange(votes) % len(pairs)])


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
