"""Many models over many scenarios: mean score, mean win rate, worst cases; with intervals over samples, ranks as ranges and groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, cluster_codes, effective_clusters
from assay.stats.differences import Difference, difference
from assay.stats.intervals import interval
from assay.stats.power import groups_needed
from assay.stats.quantiles import t_quantile
from assay.stats.ranks import Pairwise, Ranking, ranking, simultaneous_differences

_CELLS = 4_000_000
_FEWEST = 2  # clusters all models share, below which a scenario says nothing about spread


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of K models on one set of samples, shape (K, n); NaN where a model has no score. `clusters`: shape (n,), what samples come from."""

    scores: Any
    clusters: Any = None
    lower_is_better: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One model: its mean score over scenarios (each counts the same) and its mean win rate, the ranks it may hold by the score."""

    model: str
    score: Estimate
    win_rate: Estimate
    first: int | None
    last: int | None


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True):
    """Rows best first. `groups`: models that cannot be told apart, by name; `dropped`: scenarios left out, and why.

    A win rate is a share of this field: another model on the board changes it for everybody.
    """

    rows: tuple[Row, ...]
    groups: tuple[tuple[str, ...], ...]
    dropped: tuple[tuple[str, str], ...]


class WorstCase(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of the originals, the mean of each sample's worst version, and the paired difference worst minus original."""

    original: Estimate
    worst: Estimate
    drop: Difference


class _Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario on the samples that all models have: sums of scores by cluster (C, K), sizes (C,), better when higher."""

    sums: Floats
    sizes: Floats
    n: int

    @property
    def means(self) -> Floats:
        """The mean score of each model."""
        found: Floats = self.sums.sum(axis=0) / self.sizes.sum()
        return found

    @property
    def covariance(self) -> Floats:
        """The covariance (K, K) of the models' means, by clusters."""
        count = len(self.sizes)
        apart = self.sums - self.sizes[:, None] * self.means
        found: Floats = count / (count - 1.0) * (apart.T @ apart) / self.sizes.sum() ** 2
        return found

    @property
    def freedom(self) -> float:
        """Degrees of freedom of a standard error from these clusters."""
        return max(1.0, effective_clusters(self.sizes) - 1.0)


def mean_win_rates(table: ArrayLike, lower_is_better: Sequence[bool] | None = None) -> list[float | None]:
    """HELM's mean win rate of each row (model) over the columns (scenarios) of a table, NaN or None where a cell is empty.

    In a column: the share of the other models that it beats, a tie counting half; columns with fewer than two numbers are skipped, and None
    is the answer for a model that has no other. Source: Liang et al. 2022, arXiv 2211.09110; equal to crfm-helm's own function.
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2:
        raise UsageError(f"A table of models by scenarios is needed, not an array of shape {values.shape}.")
    lower = [False] * values.shape[1] if lower_is_better is None else list(lower_is_better)
    if len(lower) != values.shape[1]:
        raise UsageError(f"`lower_is_better` must name all {values.shape[1]} columns, not {len(lower)}.")
    rates = np.full(values.shape, np.nan)
    for column, less in enumerate(lower):
        known = np.isfinite(values[:, column])
        if known.sum() >= 2:
            rates[known, column] = _win_rates((-values if less else values)[known, column])
    return [None if not np.isfinite(row).any() else float(row[np.isfinite(row)].mean()) for row in rates]


def _win_rates(values: Floats) -> Floats:
    """The share of the others each value beats, along the last axis; a tie counts half."""
    # Mid-ranks less one are the wins: others below, plus half of those that are equal.
    flat = values.reshape(-1, values.shape[-1])
    order = np.argsort(flat, axis=1, kind="stable")
    ordered = np.take_along_axis(flat, order, axis=1)
    places = np.broadcast_to(np.arange(flat.shape[1]), flat.shape)
    fresh = np.concatenate([np.ones((len(flat), 1), bool), ordered[:, 1:] != ordered[:, :-1]], axis=1)
    last = np.concatenate([fresh[:, 1:], np.ones((len(flat), 1), bool)], axis=1)
    first = np.maximum.accumulate(np.where(fresh, places, 0), axis=1)
    final = np.minimum.accumulate(np.where(last, places, flat.shape[1])[:, ::-1], axis=1)[:, ::-1]
    wins = np.empty(flat.shape)
    np.put_along_axis(wins, order, (first + final) / 2.0, axis=1)
    return (wins / (flat.shape[1] - 1.0)).reshape(values.shape)


def leaderboard(
    models: Sequence[str], scenarios: Mapping[str, Scenario], *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Leaderboard:
    """The board of K models over scenarios, each on the samples that all models have a score for.

    Mean scores: t on clusters within scenarios. Win rates: bootstrap of the shared clusters, the same draw for all models. Ranks and groups come
    from simultaneous intervals of all pairwise differences of mean scores (`stats.ranks`). A scenario that is lower-is-better enters the mean
    score negated: scores of unlike scales should be put on one before.
    """
    if len(set(models)) < len(models) or len(models) < 2:
        raise UsageError("A leaderboard needs two models or more, each named once.")
    kept, dropped, planned = {}, [], 0
    for name, each in scenarios.items():
        shared, width = _shared(each, len(models), name)
        planned += width
        if isinstance(shared, str):
            dropped.append((name, shared))
        else:
            kept[name] = shared
    if not kept:
        nothing = not_measurable("No scenario has samples that all models share.")
        rows = tuple(Row(model=each, score=nothing, win_rate=nothing, first=None, last=None) for each in models)
        return Leaderboard(rows=rows, groups=(), dropped=tuple(dropped))
    used = list(kept.values())
    scores, pairs = _scores(used, planned, level), _differences(used, level, seed)
    wins = _win_estimates(used, planned, level, resamples, seed)
    places = ranking([each.value or 0.0 for each in scores], pairs.low)
    rows = tuple(Row(model=models[k], score=scores[k], win_rate=wins[k], first=places.first[k], last=places.last[k]) for k in places.order)
    return Leaderboard(rows=rows, groups=_names(models, places), dropped=tuple(dropped))


def _names(models: Sequence[str], places: Ranking) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(models[k] for k in group) for group in places.groups)


def _shared(scenario: Scenario, models: int, name: str) -> tuple[_Shared | str, int]:
    """The scenario on shared samples, or why it cannot be used; and how many samples it has."""
    scores = np.asarray(scenario.scores, dtype=np.float64)
    if scores.ndim != 2 or len(scores) != models:
        raise UsageError(f"The scenario '{name}' must have {models} rows of scores, one per model, not an array of shape {scores.shape}.")
    if np.isinf(scores).any():
        raise UsageError(f"The scenario '{name}' has scores that are not finite.", remedy="A score that is missing is NaN.")
    common = np.isfinite(scores).all(axis=0)
    codes, _ = cluster_codes(scenario.clusters, scores.shape[1])
    _, codes = np.unique(codes[common], return_inverse=True)
    count = int(codes.max()) + 1 if len(codes) else 0
    if count < _FEWEST:
        return f"{int(common.sum())} samples in {count} clusters have a score of every model", scores.shape[1]
    values = -scores[:, common] if scenario.lower_is_better else scores[:, common]
    sums = np.stack([np.bincount(codes, weights=row, minlength=count).astype(np.float64) for row in values], axis=1)
    sizes = np.bincount(codes, minlength=count).astype(np.float64)
    return _Shared(sums=sums, sizes=sizes, n=int(common.sum())), scores.shape[1]


def _scores(used: Sequence[_Shared], planned: int, level: float) -> list[Estimate]:
    """Each model's mean over scenarios, with t on the scenarios' clusters."""
    n, clusters = sum(each.n for each in used), sum(len(each.sizes) for each in used)
    means = np.mean([each.means for each in used], axis=0)
    variances = np.stack([np.diag(each.covariance) for each in used]) / len(used) ** 2
    found = []
    for k, mean in enumerate(means):
        variance = float(variances[:, k].sum())
        if variance <= 0.0:
            found.append(_constant(used, k, planned, level))
            continue
        doubt = sum(float(own) ** 2 / each.freedom for own, each in zip(variances[:, k], used, strict=True))
        half = t_quantile(0.5 + level / 2.0, min(variance**2 / doubt, 1e6)) * variance**0.5
        found.append(
            Estimate(
                value=float(mean),
                low=float(mean) - half,
                high=float(mean) + half,
                n=n,
                clusters=clusters,
                method="t-scenarios" if len(used) > 1 else "t" if clusters == n else "t-clusters",
                coverage=n / planned,
                level=level,
            )
        )
    return found


def _constant(used: Sequence[_Shared], k: int, planned: int, level: float) -> Estimate:
    """A model whose scores never vary: what one scenario with its known range allows to say."""
    n = sum(each.n for each in used)
    if len(used) > 1:
        return not_measurable("All scores of a scenario are the same: there is no spread.", coverage=n / planned, n=n)
    per_cluster = used[0].sums[:, k] / used[0].sizes
    repeated = np.repeat(per_cluster, used[0].sizes.astype(int))
    labels = np.repeat(np.arange(len(per_cluster)), used[0].sizes.astype(int))
    return interval(repeated, labels, kind="t", level=level, coverage=n / planned)


def _differences(used: Sequence[_Shared], level: float, seed: int) -> Pairwise:
    """Simultaneous intervals of the differences of mean scores. A pair that too few clusters tell apart for any exact test is not told apart."""
    means = np.mean([each.means for each in used], axis=0)
    covariance = sum((each.covariance for each in used), np.zeros((len(means), len(means)))) / len(used) ** 2
    freedom = sum(each.freedom for each in used)
    found = simultaneous_differences(means, covariance, level=level, freedom=min(freedom, 1e6), seed=seed)
    count = len(means)
    needed = groups_needed((1.0 - level) / max(1.0, count * (count - 1.0) / 2.0))
    moved = sum((_moved(each) for each in used), np.zeros((count, count)))
    # Differences without spread all went one way, by the same amount: where clusters enough say so, that is the difference.
    delta = means[:, None] - means[None, :]
    low = np.where(np.isneginf(found.low) & (moved >= needed), delta, found.low)
    low = np.where(moved < needed, np.minimum(low, 0.0), low)
    np.fill_diagonal(low, 0.0)
    return Pairwise(low=low, high=-low.T, critical=found.critical, level=level)


def _moved(shared: _Shared) -> Floats:
    """In how many clusters two models differ at all, shape (K, K)."""
    count = shared.sums.shape[1]
    moved = np.zeros((count, count))
    for k in range(count - 1):
        moved[k, k + 1 :] = (shared.sums[:, k + 1 :] != shared.sums[:, k : k + 1]).sum(axis=0)
    return moved + moved.T


def _win_estimates(used: Sequence[_Shared], planned: int, level: float, resamples: int, seed: int) -> list[Estimate]:
    """Mean win rates, with the percentiles of a bootstrap that draws clusters once for all models."""
    n, clusters = sum(each.n for each in used), sum(len(each.sizes) for each in used)
    values = np.mean([_win_rates(each.means) for each in used], axis=0)
    random, tail = np.random.default_rng(seed), (1.0 - level) / 2.0
    drawn = np.mean([_win_rates(_redrawn(each, resamples, random)) for each in used], axis=0)
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
    return [
        Estimate(
            value=float(value),
            low=min(float(low[k]), float(value)),
            high=max(float(high[k]), float(value)),
            n=n,
            clusters=clusters,
            method="bootstrap",
            coverage=n / planned,
            level=level,
        )
        for k, value in enumerate(values)
    ]


def _redrawn(shared: _Shared, resamples: int, random: np.random.Generator) -> Floats:
    """Means of all models over `resamples` draws of clusters, shape (resamples, K)."""
    count = len(shared.sizes)
    step, found = max(1, _CELLS // count), []
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        cells = random.integers(0, count, size=(size, count)) + (np.arange(size) * count)[:, None]
        weights = np.bincount(cells.ravel(), minlength=size * count).reshape(size, count).astype(np.float64)
        found.append((weights @ shared.sums) / (weights @ shared.sizes)[:, None])
    # Equal models must tie in every draw: sums of the same numbers may differ in the last digit.
    means = np.concatenate(found).astype(np.float64)
    return means.round(12)


def worst_case(
    original: ArrayLike,
    perturbed: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    lower_is_better: bool = False,
    level: float = 0.95,
) -> WorstCase:
    """HELM's robustness: the worst of {original + perturbations} of each sample, then the mean. `original`: shape (n,); `perturbed`: shape
    (perturbations, n), NaN where a perturbation did not apply or has no score. Samples whose original has no score are left out.

    The worst of more versions is lower by chance alone: compare only equal sets of perturbations, and read the drop beside an identity placebo.
    Source: Liang et al. 2022, arXiv 2211.09110, section 4.
    """
    first, others = np.asarray(original, dtype=np.float64), np.atleast_2d(np.asarray(perturbed, dtype=np.float64))
    if first.ndim != 1 or others.shape[1] != len(first):
        raise UsageError(f"Every perturbation needs a place per sample: {len(first)}, not an array of shape {others.shape}.")
    kept = np.isfinite(first)
    labels = None if clusters is None else np.asarray(clusters)[kept]
    versions = np.vstack([first, others])[:, kept]
    worst = np.nanmax(versions, axis=0) if lower_is_better else np.nanmin(versions, axis=0)
    coverage = float(kept.mean()) if len(kept) else 0.0
    return WorstCase(
        original=interval(first[kept], labels, level=level, coverage=coverage),
        worst=interval(worst, labels, level=level, coverage=coverage),
        drop=difference(worst, first[kept], labels, level=level, coverage=coverage),
    )
