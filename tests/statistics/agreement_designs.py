"""Designs on which the intervals of agreement, correlations, corrected rates and leaderboards are simulated; `tools/oracle.py` runs them in full."""

from collections.abc import Callable

import numpy as np
from tests.statistics.designs import NORMAL, SAFE, Design

from assay.core.estimate import Estimate
from assay.stats import agreement, corrected, correlations
from assay.stats.leaderboards import Scenario, leaderboard
from assay.stats.ranks import ranking, simultaneous_differences

Numbers = np.ndarray


def held(found: Estimate, truth: float) -> bool:
    """Whether an estimate's interval holds the truth; an estimate that is none does not."""
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def labelled(random: np.random.Generator, n: int, right: tuple[float, ...], rates: tuple[float, ...]) -> Numbers:
    """Labels of annotators who each know the true label with a probability of its own and else guess by the base rates, shape (n, annotators)."""
    width = len(rates)
    truth = random.choice(width, n, p=rates)[:, None]
    guessed = random.choice(width, (n, len(right)), p=rates)
    return np.where(random.random((n, len(right))) < np.array(right), truth, guessed).astype(float)


def expected(right: tuple[float, ...]) -> float:
    """What chance-corrected agreement of such annotators comes to: two of them agree beyond chance where both know."""
    pairs = [one * other for place, one in enumerate(right) for other in right[place + 1 :]]
    return float(np.mean(pairs))


def coefficient(name: str, of: Callable[[Numbers], Estimate], n: int, right: tuple[float, ...], rates: tuple[float, ...]) -> Design:
    """A coefficient of `n` items whose true value is that of `expected`."""
    truth = expected(right)
    shown = f"{name}, n = {n}, {len(right)} annotators, {len(rates)} labels, base rate {rates[0]}, truth {truth:.2f}"
    return Design(shown, "agreement", lambda random: held(of(labelled(random, n, right, rates)), truth))


def correlation(name: str, n: int, truth: float, kind: str) -> Design:
    """Two measures of `n` items; `kind` normal, or heavy (t with 5 degrees of freedom, mixed)."""
    of = {"pearson": correlations.pearson, "spearman": correlations.spearman, "kendall": correlations.kendall}[name]

    def hold(random: np.random.Generator) -> bool:
        z = random.normal(size=(n, 2)) if kind == "normal" else random.standard_t(5, (n, 2))
        return held(of(z[:, 0], 0.6 * z[:, 0] + 0.8 * z[:, 1]), truth)

    return Design(f"{name}, n = {n}, {kind}", "correlations", hold)


def rate_behind(n: int, gold: int, theta: float, q1: float, q0: float) -> Design:
    """Rogan-Gladen with gold items that are a random sample: their split into good and bad is drawn too."""

    def hold(random: np.random.Generator) -> bool:
        positives = int(np.clip(random.binomial(gold, theta), 1, gold - 1))
        right, cleared = random.binomial(positives, q1), random.binomial(gold - positives, q0)
        flagged = random.binomial(n, theta * q1 + (1 - theta) * (1 - q0))
        low, high, _ = corrected.rogan_gladen_interval(flagged, n, right, positives, cleared, gold - positives)
        return low <= theta <= high

    return Design(f"rate {theta}, n = {n}, {gold} gold, sensitivity {q1}, specificity {q0}", "rogan-gladen", hold, SAFE)


def powered(n: int, rest: int, kind: str, quality: float) -> Design:
    """PPI++: labels 0/1 or scores, and a judge that knows them with probability `quality`."""

    def draw(random: np.random.Generator, size: int) -> tuple[Numbers, Numbers]:
        if kind == "rate":
            truth = (random.random(size) < 0.3).astype(float)
            return truth, np.where(random.random(size) < quality, truth, random.random(size) < 0.4)
        truth = random.gamma(2.0, 1.0, size)
        return truth, truth * quality + random.normal(size=size)

    def hold(random: np.random.Generator) -> bool:
        truth, judge = draw(random, n + rest)
        return held(corrected.prediction_powered(truth[:n], judge[:n], judge[n:]).estimate, 0.3 if kind == "rate" else 2.0)

    return Design(f"{kind}, {n} labels of {n + rest}, judge {quality}", "ppi++", hold)


def powered_in_strata(n: int, rest: int) -> Design:
    """PPI++ in two strata whose labels were drawn at different rates."""

    def hold(random: np.random.Generator) -> bool:
        size = n + rest
        hard = random.random(size) < 0.3
        truth = (random.random(size) < np.where(hard, 0.5, 0.2)).astype(float)
        judge = np.where(random.random(size) < np.where(hard, 0.6, 0.9), truth, 1.0 - truth)
        odds = np.where(hard, 2.0, 0.6)
        chosen = np.zeros(size, bool)
        chosen[random.choice(size, n, replace=False, p=odds / odds.sum())] = True
        found = corrected.prediction_powered_strata(truth[chosen], judge[chosen], hard[chosen], judge[~chosen], hard[~chosen])
        return held(found.estimate, 0.3 * 0.5 + 0.7 * 0.2)

    return Design(f"rate, {n} labels of {n + rest}, two strata", "ppi++", hold)


def active(size: int) -> Design:
    """Items sent to people with probabilities that follow the judge's doubt."""

    def hold(random: np.random.Generator) -> bool:
        doubt = random.random(size)
        truth = (random.random(size) < 0.4).astype(float)
        judge = np.where(random.random(size) < 1.0 - 0.5 * doubt, truth, 1.0 - truth)
        odds = 0.05 + 0.3 * doubt
        asked = random.random(size) < odds
        return held(corrected.active_mean(judge, odds, asked, np.where(asked, truth, np.nan)).estimate, 0.4)

    return Design(f"rate, {size} items, labelled by doubt", "active-ppi", hold)


def board(models: int, clusters: int, size: int, gap: float) -> Design:
    """A leaderboard of 0/1 scores in two scenarios: all ranks hold together. `gap`: between neighbours; 0 makes all equal."""
    truth = 0.5 + gap * np.arange(models)
    labels = np.repeat(np.arange(clusters), size)

    def hold(random: np.random.Generator) -> bool:
        scenarios = {}
        for name in "ab":
            ease = random.normal(0.0, 0.15, clusters)[labels]
            scores = (random.random((models, clusters * size)) < np.clip(truth[:, None] + ease, 0.0, 1.0)).astype(float)
            scenarios[name] = Scenario(scores=scores, clusters=labels)
        found = leaderboard([str(each) for each in range(models)], scenarios, resamples=2)
        best = {str(k): 1 + int((truth > truth[k]).sum()) for k in range(models)}
        worst = {str(k): int((truth >= truth[k]).sum()) for k in range(models)}
        return all(row.first <= best[row.model] and row.last >= worst[row.model] for row in found.rows if row.first and row.last)

    return Design(f"ranks of {models} models, 2 x {clusters} clusters of {size}, gap {gap}", "simultaneous", hold, SAFE if gap else NORMAL)


def together(models: int) -> Design:
    """All differences of correlated estimates with a known covariance at once."""
    mixing = np.random.default_rng(models).normal(size=(models, models)) / 4
    covariance = mixing @ mixing.T + 0.05 * np.eye(models)
    root = np.linalg.cholesky(covariance)

    def hold(random: np.random.Generator) -> bool:
        found = simultaneous_differences(root @ random.normal(size=models), covariance, draws=2000, seed=int(random.integers(1 << 31)))
        return bool((found.low <= 1e-12).all() and (found.high >= -1e-12).all()) and ranking(np.zeros(models), found.low) is not None

    return Design(f"all differences of {models} correlated estimates", "simultaneous", hold)


def designs() -> list[Design]:
    """Every design, in the order in which they are shown."""
    three, two = (0.8, 0.7, 0.6), (0.8, 0.8)
    even, rare, five = (0.5, 0.5), (0.9, 0.1), (0.3, 0.25, 0.2, 0.15, 0.1)
    alpha, cohen, fleiss = agreement.krippendorff_alpha, agreement.cohen_kappa, agreement.fleiss_kappa
    found = [
        coefficient(name, of, n, right, rates)
        for name, of, right in (("alpha", alpha, three), ("cohen", cohen, two), ("fleiss", fleiss, three))
        for n in (50, 300)
        for rates in (even, rare, five)
        if not (rates is rare and n == 50)
    ]
    found += [coefficient("ordinal alpha", lambda table: alpha(table, "ordinal"), n, (0.0, 0.0, 0.0), five) for n in (50, 300)]
    found += [correlation(name, n, truth, "normal") for name, truth in NORMALS.items() for n in (20, 100)]
    found += [correlation("pearson", n, 0.6, "heavy") for n in (100, 1000)]
    found += [rate_behind(*each) for each in ((500, 200, 0.7, 0.85, 0.8), (2000, 50, 0.3, 0.8, 0.9), (10_000, 400, 0.1, 0.9, 0.95))]
    found += [
        powered(*each) for each in ((50, 500, "rate", 0.8), (200, 2000, "rate", 0.6), (200, 2000, "rate", 0.0), (100, 300, "score", 1.0))
    ]
    found += [powered_in_strata(300, 3000), active(2000)]
    return [*found, board(8, 50, 4, 0.0), board(8, 50, 4, 0.02), together(3), together(20)]


NORMALS = {"pearson": 0.6, "spearman": 6 / np.pi * np.arcsin(0.3), "kendall": 2 / np.pi * np.arcsin(0.6)}
"""The true correlations of a normal pair with rho = .6."""
