"""One label per item from several annotators: majority with a declared tie rule, Dawid-Skene, and when to ask one more annotator."""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values
from assay.stats.labels import Codes, Labels, as_labels

Ratings = ArrayLike | Sequence[Sequence[Any]]
Ties = Literal["unresolved", "first", "random"]
_TINY = 1e-300


class Majority(msgspec.Struct, frozen=True, kw_only=True):
    """The label of each item (None where nobody said anything, or a tie stays unresolved), the share of the votes it has, and where votes were tied."""

    labels: tuple[Any, ...]
    shares: Floats
    tied: tuple[bool, ...]
    scale: tuple[Any, ...]


class DawidSkene(msgspec.Struct, frozen=True, kw_only=True):
    """What the annotators' labels say together, under a model in which each errs in a way of its own.

    `posterior`: shape (items, labels), the probability of each label; `confusion`: shape (annotators, labels, labels), row: true label, column:
    said; `prevalence`: shape (labels,); `labels`: the most probable one of each item. `spammers`: per annotator 0 (says nothing about the
    truth) to 1 (tells it all), and `skills`: the mean share of right labels over the true labels, both with intervals.
    """

    scale: tuple[Any, ...]
    labels: tuple[Any, ...]
    posterior: Floats
    confusion: Floats
    prevalence: Floats
    spammers: tuple[Estimate, ...]
    skills: tuple[Estimate, ...]
    log_likelihood: float
    iterations: int
    converged: bool


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """How many annotators an item gets: `first` of them, more, one at a time, only while they disagree, `most` in all.

    They disagree until one label is `lead` votes ahead of every other (with the two labels of a first round: until they are the same).
    """

    first: int = 2
    most: int = 5
    lead: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.most or not 1 <= self.lead <= self.first:
            raise UsageError(f"An overlap needs 1 <= lead <= first <= most, not {self.lead}, {self.first}, {self.most}.")

    def next(self, labels: Sequence[Any]) -> int:
        """How many more labels to ask for now, given those an item has."""
        if len(labels) < self.first:
            return self.first - len(labels)
        votes = sorted((labels.count(each) for each in set(labels)), reverse=True)
        ahead = votes[0] - (votes[1] if len(votes) > 1 else 0)
        return 0 if ahead >= self.lead or len(labels) >= self.most else 1


class _Fit(NamedTuple):
    posterior: Floats
    confusion: Floats
    prevalence: Floats
    log_likelihood: float
    iterations: int
    converged: bool


def majority(
    ratings: Ratings, *, ties: Ties, weights: ArrayLike | None = None, scale: Sequence[Any] | None = None, seed: int = 0
) -> Majority:
    """The label that most annotators gave, shape (items, annotators), None or NaN where missing.

    `ties` must be said: "unresolved" leaves the item without a label (for adjudication), "first" takes the tied label that comes first on the
    scale, "random" one of them, drawn with `seed`. `weights`: one per annotator, 0 or more.
    """
    if ties not in ("unresolved", "first", "random"):
        raise UsageError(f"There is no tie rule '{ties}'.", remedy="There are: unresolved, first, random.")
    labels = as_labels(ratings, scale)
    votes = _votes(labels, weights)
    totals = votes.sum(axis=1)
    if not votes.size:
        return Majority(labels=(None,) * len(votes), shares=totals, tied=(False,) * len(votes), scale=labels.scale)
    most = votes.max(axis=1)
    level = votes >= most[:, None] * (1.0 - 1e-9)
    silent = totals <= 0.0
    tied = (level.sum(axis=1) > 1) & ~silent
    if ties == "random":
        chosen = np.where(level, np.random.default_rng(seed).random(level.shape), -1.0).argmax(axis=1)
    else:
        chosen = level.argmax(axis=1)
    without = silent | (tied & (ties == "unresolved"))
    names = tuple(None if none else labels.scale[one] for none, one in zip(without, chosen, strict=True))
    return Majority(
        labels=names, shares=np.where(silent, 0.0, most / np.maximum(totals, _TINY)), tied=tuple(tied.tolist()), scale=labels.scale
    )


def _votes(labels: Labels, weights: ArrayLike | None) -> Floats:
    """The weight each label has on each item, shape (items, labels)."""
    if weights is None:
        return labels.counts
    heavy, (items, annotators) = as_values(weights), labels.codes.shape
    if heavy.shape != (annotators,) or (heavy < 0.0).any():
        raise UsageError(f"There must be one weight of 0 or more per annotator: {annotators} of them, not {heavy.shape}.")
    rows, columns = np.nonzero(labels.codes >= 0)
    width = len(labels.scale)
    cells = rows * width + labels.codes[rows, columns]
    return np.bincount(cells, weights=heavy[columns], minlength=items * width).astype(np.float64).reshape(items, width)


def dawid_skene(
    ratings: Ratings,
    *,
    scale: Sequence[Any] | None = None,
    smoothing: float = 1.0,
    iterations: int = 500,
    tolerance: float = 1e-7,
    resamples: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> DawidSkene:
    """Labels, and the confusion of each annotator, by EM; shape (items, annotators), None or NaN where missing.

    Each annotator says label l of an item whose truth is t with a probability pi[t, l] of its own, independently of the others: annotators that
    err together (two judges of one family) count as evidence twice. `smoothing` pseudo-labels per row of a confusion, drawn towards the
    row that all annotators share, keep rare labels and idle annotators finite. It starts from the shares of the votes. Intervals of skills
    and spammer scores: bootstrap over items, percentile. Source: Dawid & Skene 1979; Raykar & Yu 2012 for the spammer score.
    """
    labels = as_labels(ratings, scale)
    width = len(labels.scale)
    if smoothing <= 0.0:
        raise UsageError("Dawid-Skene needs a smoothing above 0: a confusion with a 0 in it can never be corrected.")
    if width < 2 or int((labels.codes >= 0).any(axis=0).sum()) < 2:
        raise UsageError(
            "Dawid-Skene needs two annotators and two labels or more.", remedy="Name labels that did not occur in `scale`, or use majority."
        )
    said, item = _distinct(labels.codes)
    copies = np.bincount(item).astype(np.float64)
    fit = _em(said, copies, width, smoothing=smoothing, iterations=iterations, tolerance=tolerance)
    drawn = _redrawn(said, copies, fit, smoothing=smoothing, iterations=iterations, resamples=resamples, seed=seed)
    counts = (labels.codes >= 0).sum(axis=0)
    skills, spammers = (
        tuple(_estimate(of(fit.confusion), [of(each) for each in drawn], place, int(n), level) for place, n in enumerate(counts))
        for of in (_skills, _spammer_scores)
    )
    return DawidSkene(
        scale=labels.scale,
        labels=tuple(labels.scale[place] for place in fit.posterior.argmax(axis=1)[item]),
        posterior=fit.posterior[item],
        confusion=fit.confusion,
        prevalence=fit.prevalence,
        spammers=spammers,
        skills=skills,
        log_likelihood=fit.log_likelihood,
        iterations=fit.iterations,
        converged=fit.converged,
    )


def _distinct(codes: Codes) -> tuple[Codes, Codes]:
    """The different rows of labels and which one each item has: equal rows have equal posteriors."""
    said, item = np.unique(codes, axis=0, return_inverse=True)
    return said, item.reshape(-1)


def _em(
    said: Codes,
    copies: Floats,
    width: int,
    *,
    smoothing: float,
    iterations: int,
    tolerance: float,
    start: Floats | None = None,
) -> _Fit:
    """EM in logarithms, on distinct rows `said` (patterns, annotators) that occur `copies` times."""
    patterns, annotators = said.shape
    rows, who = np.nonzero(said >= 0)
    # One cell for every (annotator, said) pair: the E step adds looked-up logarithms, the M step counts posteriors.
    cell = who * width + said[rows, who]
    if start is None:
        votes = np.bincount(rows * width + said[rows, who], minlength=patterns * width).reshape(patterns, width) + 1.0 / width
        start = votes / votes.sum(axis=1, keepdims=True)

    posterior, before = start, -math.inf
    confusion: Floats = np.empty(0)
    prevalence: Floats = np.empty(0)
    for number in range(1, iterations + 1):
        weighted = posterior * copies[:, None]
        prevalence = (weighted.sum(axis=0) + smoothing / width) / (copies.sum() + smoothing)
        counted = np.stack([np.bincount(cell, weights=weighted[rows, true], minlength=annotators * width) for true in range(width)], axis=1)
        confusion = _smoothed(counted.astype(np.float64).reshape(annotators, width, width).transpose(0, 2, 1), smoothing)
        logs = np.log(confusion).transpose(0, 2, 1).reshape(annotators * width, width)
        joint = np.stack([np.bincount(rows, weights=logs[cell, true], minlength=patterns) for true in range(width)], axis=1)
        joint += np.log(prevalence)
        highest = joint.max(axis=1, keepdims=True)
        shares = np.exp(joint - highest)
        totals = shares.sum(axis=1, keepdims=True)
        moved, posterior = float(np.abs(shares / totals - posterior).max()), shares / totals
        before = float(copies @ (np.log(totals) + highest)[:, 0])
        if moved < tolerance:
            return _Fit(posterior, confusion, prevalence, before, number, True)
    return _Fit(posterior, confusion, prevalence, before, iterations, False)


def _smoothed(counts: Floats, smoothing: float) -> Floats:
    """Confusions (annotators, true, said) from expected counts, each row with `smoothing` labels of the row all annotators share."""
    shared = counts.sum(axis=0) + 1.0 / counts.shape[-1]
    shared = shared / shared.sum(axis=-1, keepdims=True)
    raised = counts + smoothing * shared
    found: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return found


def _redrawn(said: Codes, copies: Floats, fit: _Fit, *, smoothing: float, iterations: int, resamples: int, seed: int) -> list[Floats]:
    """The confusions of `resamples` draws of items, each EM starting where the whole one ended."""
    random, n, width = np.random.default_rng(seed), int(copies.sum()), fit.posterior.shape[1]
    found = []
    for _ in range(resamples):
        drawn = random.multinomial(n, copies / n).astype(np.float64)
        kept = drawn > 0.0
        again = _em(
            said[kept],
            drawn[kept],
            width,
            smoothing=smoothing,
            iterations=min(iterations, 100),
            tolerance=1e-4,
            start=fit.posterior[kept],
        )
        found.append(again.confusion)
    return found


def _skills(confusion: Floats) -> Floats:
    shares: Floats = np.diagonal(confusion, axis1=1, axis2=2).mean(axis=1)
    return shares


def _spammer_scores(confusion: Floats) -> Floats:
    """0 where the rows of a confusion are all the same (what is said does not depend on the truth), 1 where they are all certain and differ."""
    width = confusion.shape[-1]
    gaps = ((confusion[:, :, None, :] - confusion[:, None, :, :]) ** 2).sum(axis=-1)
    scores: Floats = gaps.sum(axis=(1, 2)) / 2.0 / (width * (width - 1.0))
    return scores


def _estimate(values: Floats, drawn: list[Floats], place: int, n: int, level: float) -> Estimate:
    if not n:
        return not_measurable("This annotator gave no label.")
    if len(drawn) < 2:
        return not_measurable("An interval needs resamples: pass resamples=200.", coverage=1.0, n=n)
    value = float(values[place])
    tail = (1.0 - level) / 2.0
    low, high = np.quantile([each[place] for each in drawn], [tail, 1.0 - tail])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), n=n, clusters=n, method="bootstrap", level=level)
