"""Where the variance of a score comes from: samples, trials, prompt variants, judges; and which of them the next call is best spent on.

Crossed random effects from a long table that need not be balanced. Components by MINQUE(0) (Rao 1971): each effect's quadratic form is
set equal to its expectation, which needs only the counts and sums of its groups. In balanced tables these are the ANOVA estimates.
"""

import math
from collections.abc import Mapping
from itertools import combinations_with_replacement
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values
from assay.stats.quantiles import normal_quantile, t_quantile

Codes = NDArray[np.intp]
_FEWEST = 3  # samples from which the spread of a component can be seen at all


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One source of variance: `sample`, `variant`, `judge`, `sample x variant`, `sample x judge`, `trial` (another answer to the same prompt) or
    `verdict` (another look by the same judge). `variance` is not measurable where the table cannot tell it from another source; `levels`
    is how many there are of it; `share` is its part of one score's variance."""

    name: str
    levels: int
    variance: Estimate
    share: float | None = None


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What one more costs, in any unit: `sample` to make, `answer` to ask for, `verdict` of one judge on one answer."""

    sample: float = 0.0
    answer: float = 1.0
    verdict: float = 0.0


class VarianceSplit(msgspec.Struct, frozen=True, kw_only=True):
    """The components of one score's variance, and what the standard error of the mean owes to each axis.

    `error` is the standard error of the mean over samples, variants, trials and judges like these. `gains` says by what per cent the variance of the
    mean falls for each per cent more spent on `samples`, `trials`, `variants` or `judges`: the best first. `best` is the first of them.
    """

    components: tuple[Component, ...]
    mean: float
    error: float | None
    gains: dict[str, float]
    best: str | None
    reason: str | None = None


def variance_split(
    values: ArrayLike,
    samples: ArrayLike,
    *,
    variants: ArrayLike | None = None,
    judges: ArrayLike | None = None,
    trials: ArrayLike | None = None,
    costs: Costs | None = None,
    samples_left: bool = True,
) -> VarianceSplit:
    """Split the variance of scores, one row for each score (all shapes (rows,), labels of any kind).

    `trials` names the attempt, and is needed only where several judges saw the same one. `samples_left=False`: there are no more samples to be
    had, so nothing is said of them. Intervals by the jackknife over samples, see `variance_interval`. Raises UsageError for fewer than
    3 samples, and where labels do not fit the values.
    """
    array = as_values(values)
    columns = {"sample": samples, "variant": variants, "judge": judges, "trial": trials}
    given = {name: _codes(each, len(array), name) for name, each in columns.items() if each is not None}
    if len(array) == 0 or int(given["sample"].max()) + 1 < _FEWEST:
        raise UsageError(f"A variance split needs {_FEWEST} samples or more.", remedy="Ask more samples.")
    effects, why = _effects(given)
    # What is taken off every value changes no variance, and keeps digits where the scores are far from 0.
    found = _components(array - float(array.mean()), given["sample"], effects)
    components = [_component(name, codes, *found[name], int(given["sample"].max()) + 1) for name, codes in effects.items()]
    components += [Component(name=name, levels=levels, variance=not_measurable(told)) for name, (levels, told) in why.items()]
    total = sum(each.variance.value or 0.0 for each in components)
    components = [
        msgspec.structs.replace(each, share=each.variance.value / total) if each.variance.value is not None and total > 0.0 else each
        for each in components
    ]
    blind = next((told for name, (_, told) in why.items() if name in ("sample", "trial")), None)
    error, gains = _spending(components, given, len(array), costs or Costs())
    if not samples_left:
        gains.pop("samples", None)
    return VarianceSplit(
        components=tuple(components),
        mean=float(array.mean()),
        error=error if total > 0.0 else None,
        gains=gains if total > 0.0 else {},
        best=next(iter(gains), None) if total > 0.0 else None,
        reason="All scores are the same: there is no variance to split." if total <= 0.0 else blind,
    )


def _codes(labels: ArrayLike, n: int, name: str) -> Codes:
    array: NDArray[Any] = np.asarray(labels)
    if array.shape != (n,):
        raise UsageError(f"There must be one {name} for each of the {n} values, not labels of shape {array.shape}.")
    return np.unique(array, return_inverse=True)[1].reshape(-1)


def _crossed(*codes: Codes) -> Codes:
    """The groups that agree in all."""
    found = codes[0]
    for each in codes[1:]:
        found = np.unique(found * (int(each.max()) + 1) + each, return_inverse=True)[1].reshape(-1)
    return found


def _effects(given: Mapping[str, Codes]) -> tuple[dict[str, Codes], dict[str, tuple[int, str]]]:
    """The effects that the table can tell apart, coarse ones first, and why it cannot tell the others."""
    sample, n = given["sample"], len(given["sample"])
    wanted: dict[str, Codes] = {"sample": sample}
    why: dict[str, tuple[int, str]] = {}
    for name in ("variant", "judge"):
        if name in given and int(given[name].max()) > 0:
            wanted[name] = given[name]
            wanted[f"sample x {name}"] = _crossed(sample, given[name])
        elif name in given:
            why[name] = (1, f"There is one {name} only: add a second.")
    judged = "judge" in wanted
    if judged:
        wanted["trial"] = _crossed(sample, *(given[name] for name in ("variant", "trial") if name in given))
    last = "verdict" if judged else "trial"
    wanted[last] = np.arange(n)
    kept: dict[str, Codes] = {}
    for name, codes in reversed(wanted.items()):
        sizes = int(codes.max()) + 1
        same = next(
            (other for other, others in kept.items() if int(others.max()) + 1 == sizes and int(_crossed(codes, others).max()) + 1 == sizes),
            None,
        )
        if same is None:
            kept[name] = codes
        else:
            why[name] = (
                sizes,
                f"It cannot be told from '{same}', which is as often changed: {_REMEDIES.get(same, 'vary one without the other')}.",
            )
    return dict(reversed(kept.items())), why


_REMEDIES = {"trial": "run with --trials 2 or more", "verdict": "let a judge look twice at some answers, or try some samples twice"}


def _sums(weights: Floats, codes: Codes, count: int) -> Floats:
    return np.bincount(codes, weights=weights, minlength=count).astype(np.float64, copy=False)


class _Parts:
    """What each sample adds to the counts and sums of the quadratic forms: rows are samples, so that a row taken off every total is a jackknife."""

    def __init__(self, values: Floats, sample: Codes, effects: Mapping[str, Codes]) -> None:
        self.values, self.sample, self.samples = values, sample, int(sample.max()) + 1
        self.effects = effects
        self.counts = self.by_sample(np.ones(len(values)))
        self.totals = self.by_sample(values)

    def by_sample(self, weights: Floats) -> Floats:
        """Sums of a weight for each row, by sample."""
        return _sums(weights, self.sample, self.samples)

    def without_each(self, part: Floats) -> Floats:
        """The total, then the total without each sample: shape (samples + 1, ...)."""
        total = part.sum(axis=0, keepdims=True)
        return np.concatenate([total, total - part])

    def outer(self, name: str) -> bool:
        """Whether an effect's groups span samples."""
        return name in ("variant", "judge")

    def spread(self, name: str, weights: Floats) -> Floats:
        """Sums of a weight for each row, by sample and group of an outer effect: shape (samples, groups)."""
        codes = self.effects[name]
        groups = int(codes.max()) + 1
        return _sums(weights, self.sample * groups + codes, self.samples * groups).reshape(self.samples, groups)

    def sizes(self, name: str) -> Floats:
        """For each row the size of its group."""
        codes = self.effects[name]
        return np.bincount(codes).astype(np.float64)[codes]

    def squares(self, name: str, mean: Floats, totals: tuple[Floats, Floats] | None = None) -> Floats:
        """Sum over groups of (sum of the values less the mean) squared."""
        if self.outer(name):
            sums = self.without_each(self.spread(name, self.values)) - mean[:, None] * self.without_each(
                self.spread(name, np.ones(len(self.values)))
            )
            return np.asarray((sums**2).sum(axis=1))
        codes = self.effects[name]
        own = _sums(self.values, codes, int(codes.max()) + 1)[codes]
        size = self.sizes(name)
        # Each row of a group carries the group's square divided by its size, so that sums over rows are sums over groups.
        parts = [self.without_each(self.by_sample(each)) for each in (own * own / size, own, size)]
        return np.asarray(parts[0] - 2.0 * mean * parts[1] + mean**2 * parts[2])

    def overlap(self, one: str, other: str, n: Floats) -> Floats:
        """The squared Frobenius norm of Z' M Z: how much two effects' groups overlap beyond what the common mean takes off."""
        norms = [self._norm(name) for name in (one, other)]
        if self.outer(one) and self.outer(other):
            both = _crossed(self.effects[one], self.effects[other])
            groups = int(both.max()) + 1
            cells = self.without_each(_sums(np.ones(len(both)), self.sample * groups + both, self.samples * groups).reshape(-1, groups))
            first = np.zeros(groups, dtype=np.intp)
            second = np.zeros(groups, dtype=np.intp)
            first[both], second[both] = self.effects[one], self.effects[other]
            sizes = [self.without_each(self.spread(name, np.ones(len(both)))) for name in (one, other)]
            mixed = (cells * sizes[0][:, first] * sizes[1][:, second]).sum(axis=1)
            return np.asarray((cells**2).sum(axis=1) - 2.0 * mixed / n + norms[0] * norms[1] / n**2)
        if self.outer(other):
            one, other = other, one
        common = _crossed(self.effects[one], self.effects[other])
        size = np.bincount(common).astype(np.float64)[common]
        shared = self.without_each(self.by_sample(size))
        if self.outer(one):
            weighted = self.without_each(self.spread(one, self.sizes(other)))
            mixed = (weighted * self.without_each(self.spread(one, np.ones(len(size))))).sum(axis=1)
        else:
            mixed = self.without_each(self.by_sample(self.sizes(one) * self.sizes(other)))
        return np.asarray(shared - 2.0 * mixed / n + norms[0] * norms[1] / n**2)

    def _norm(self, name: str) -> Floats:
        """Sum over groups of their size squared."""
        if self.outer(name):
            return np.asarray((self.without_each(self.spread(name, np.ones(len(self.values)))) ** 2).sum(axis=1))
        return self.without_each(self.by_sample(self.sizes(name)))


def _components(values: Floats, sample: Codes, effects: Mapping[str, Codes]) -> dict[str, tuple[float, float]]:
    """Each effect's variance and its jackknife standard error over samples."""
    parts, names = _Parts(values, sample, effects), list(effects)
    n = parts.without_each(parts.counts)
    mean = parts.without_each(parts.totals) / n
    left = np.stack([parts.squares(name, mean) for name in names], axis=1)
    matrix = np.empty((len(n), len(names), len(names)))
    for (row, one), (column, other) in combinations_with_replacement(list(enumerate(names)), 2):
        matrix[:, row, column] = matrix[:, column, row] = parts.overlap(one, other, n)
    # Effects that only one sample tells apart leave a system without a solution once it is taken off.
    solved = np.einsum("sij,sj->si", np.linalg.pinv(matrix, hermitian=True), left)
    whole, without = solved[0], solved[1:]
    count = len(without)
    spread = without - without.mean(axis=0)
    errors = np.sqrt((count - 1.0) / count * (spread**2).sum(axis=0))
    return {name: (float(value), float(error)) for name, value, error in zip(names, whole, errors, strict=True)}


def _component(name: str, codes: Codes, value: float, error: float, samples: int) -> Component:
    """A variance with its interval; what came out below 0 is 0."""
    levels = int(codes.max()) + 1
    if name in ("variant", "judge"):
        # Other samples show nothing of other variants: what so few of them leave open is added, as for normal effects.
        error = math.hypot(error, value * math.sqrt(2.0 / (levels - 1.0)))
    low, high = variance_interval(value, error, samples)
    estimate = Estimate(value=max(0.0, value), low=low, high=high, n=len(codes), clusters=levels, method="jackknife-variance")
    return Component(name=name, levels=levels, variance=estimate)


def variance_interval(value: float, error: float, samples: int, *, level: float = 0.95) -> tuple[float, float]:
    """The interval of a variance from its standard error: the outer ends of two.

    Chi-square with 2 (value / error)^2 degrees of freedom (Satterthwaite 1946; quantiles by Wilson and Hilferty's cube) leans to the right, as
    normal scores want it; t with `samples` - 1 degrees leans to neither side, as the variance of 0/1 scores does. Each alone covers
    90 to 92 % where the other is right.
    """
    z, t = normal_quantile(0.5 + level / 2.0), t_quantile(0.5 + level / 2.0, samples - 1.0)
    low, high = value - t * error, value + t * error
    freedom = 2.0 * (value / error) ** 2 if error > 0.0 and value > 0.0 else 0.0
    if freedom >= 4.0:
        scale = 2.0 / (9.0 * freedom)
        skewed = [value / (1.0 - scale + sign * z * math.sqrt(scale)) ** 3 for sign in (1.0, -1.0)]
        low, high = min(low, skewed[0]), max(high, skewed[1])
    return max(0.0, low), max(0.0, high)


def _spending(components: list[Component], given: Mapping[str, Codes], rows: int, costs: Costs) -> tuple[float, dict[str, float]]:
    """The standard error of the mean, and what each axis takes off its variance for its share of the cost: the elasticities' quotient."""
    known = {each.name: each.variance.value for each in components if each.variance.value is not None}
    # Where each answer is the only one of its kind, what trials would take away cannot be told from what samples or wordings would.
    repeated = all(each.variance.measurable for each in components if each.name in ("sample", "sample x variant"))
    n = float(given["sample"].max()) + 1.0
    variants, judges = (float(given[name].max()) + 1.0 if name in given else 1.0 for name in ("variant", "judge"))
    trials = max(1.0, rows / (n * variants * judges))
    parts = {
        "sample": (known.get("sample", 0.0) / n, ("samples",)),
        "variant": (known.get("variant", 0.0) / variants, ("variants",)),
        "judge": (known.get("judge", 0.0) / judges, ("judges",)),
        "sample x variant": (known.get("sample x variant", 0.0) / (n * variants), ("samples", "variants")),
        "sample x judge": (known.get("sample x judge", 0.0) / (n * judges), ("samples", "judges")),
        "trial": (known.get("trial", 0.0) / (n * variants * trials), ("samples", "variants", "trials")),
        "verdict": (known.get("verdict", 0.0) / (n * variants * trials * judges), ("samples", "variants", "trials", "judges")),
    }
    variance = sum(value for value, _ in parts.values())
    answers = variants * trials * (costs.answer + judges * costs.verdict)
    whole = costs.sample + answers
    paid = {
        "samples": 1.0,
        "trials": answers / whole,
        "variants": answers / whole,
        "judges": variants * trials * judges * costs.verdict / whole,
    }
    axes = ["samples", *(["trials"] if repeated else []), *(f"{name}s" for name in ("variant", "judge") if name in given)]
    gains = {
        axis: sum(value for value, own in parts.values() if axis in own) / variance / paid[axis]
        for axis in axes
        if variance > 0.0 and paid[axis] > 0.0
    }
    return math.sqrt(variance), dict(sorted(gains.items(), key=lambda each: -each[1]))
