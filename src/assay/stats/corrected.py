"""A rate measured by an imperfect judge, corrected by what people said of some of the items: Rogan-Gladen and prediction-powered inference."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values, cluster_codes, effective_clusters
from assay.stats.intervals import interval
from assay.stats.quantiles import normal_quantile, t_quantile

_FEWEST = 10  # labels below which the spread of what the judge gets wrong cannot be estimated
_IMPOSSIBLE = 1e-4  # probability below which random labels do not differ so much from the rest
_NOTHING = 0.01  # saving below which the judge is said to save nothing


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """A corrected mean beside what the labels alone say (`classical`).

    `saving`: the share of the variance, and so of the labels, that the judge saves: 1 - Var / Var of the labels alone; below 0 where it costs.
    `weight`: how far the judge is trusted (lambda, 0 to 1; 1 for Rogan-Gladen). `correlation` of judge and labels: the saving cannot exceed its
    square. `error`: the standard error. `note` says it in words.
    """

    estimate: Estimate
    classical: Estimate
    saving: float | None
    weight: float | None
    correlation: float | None
    error: float | None
    note: str


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """One PPI++ estimate of one population or stratum."""

    value: float
    variance: float
    weight: float
    freedom: float
    residual: float


def rogan_gladen(verdicts: ArrayLike, gold: ArrayLike, judged: ArrayLike, *, level: float = 0.95) -> Corrected:
    """The true rate behind a judge's 0/1 `verdicts` (shape (n,)), from its sensitivity and specificity on gold items (`gold`: what people said,
    `judged`: what the judge said of the same, 0/1, shapes (m,), none of them among the verdicts).

    theta = (p + q0 - 1) / (q0 + q1 - 1); interval of Lee et al. 2025, arXiv 2511.21140. Unlike PPI++ it allows gold items chosen by their true
    label. It can be wider than the labels alone: then it says so. Source: Rogan & Gladen 1978.
    """
    said, truth, found = (_binary(each, name) for each, name in ((verdicts, "verdicts"), (gold, "gold"), (judged, "judged")))
    if len(truth) != len(found):
        raise UsageError(f"Every gold item needs the judge's verdict too, not {len(truth)} labels and {len(found)} verdicts.")
    positives, negatives = int(truth.sum()), int((1.0 - truth).sum())
    n = len(said)
    classical = interval(truth, level=level) if len(truth) else not_measurable("There is no gold item.")
    reason = _unusable(n, positives, negatives)
    if reason is not None:
        return _refused(reason, n, classical)
    right, cleared = float(found[truth == 1.0].sum()), float((1.0 - found[truth == 0.0]).sum())
    informed = right / positives + cleared / negatives - 1.0
    if informed <= 0.0:
        reason = f"The judge tells good from bad no better than chance (sensitivity {right / positives:.2f}, specificity {cleared / negatives:.2f})."
        return _refused(reason, n, classical)
    value = min(max((float(said.mean()) + cleared / negatives - 1.0) / informed, 0.0), 1.0)
    low, high, error = rogan_gladen_interval(float(said.sum()), n, right, positives, cleared, negatives, level=level)
    labels = len(truth)
    saving = 1.0 - error**2 / max(value * (1.0 - value) / labels, 1e-12)
    note = f"The judge saves {saving:.0%} of the labels.".replace("%", " %")
    if saving < _NOTHING:
        note = (
            f"The judge saves nothing: {labels} labels alone tell as much. Use prediction_powered where the gold items are a random sample."
        )
    estimate = Estimate(value=value, low=min(low, value), high=max(high, value), n=n, clusters=n, method="rogan-gladen", level=level)
    return Corrected(
        estimate=estimate, classical=classical, saving=saving, weight=1.0, correlation=_correlation(truth, found), error=error, note=note
    )


def rogan_gladen_interval(
    flagged: float, n: int, right: float, positives: int, cleared: float, negatives: int, *, level: float = 0.95
) -> tuple[float, float, float]:
    """(low, high, standard error) from counts: `flagged` of n verdicts are 1; of `positives` gold items the judge found `right`, of `negatives` it
    cleared `cleared`. Every rate is drawn towards 1/2 first (z^2 items for p, 2 for the others), and the centre moves by the curvature of the
    ratio. Source: Lee et al. 2025, arXiv 2511.21140."""
    z2 = normal_quantile(0.5 + level / 2.0) ** 2
    p, size = (flagged + z2 / 2.0) / (n + z2), n + z2
    q1, m1 = (right + 1.0) / (positives + 2.0), positives + 2.0
    q0, m0 = (cleared + 1.0) / (negatives + 2.0), negatives + 2.0
    informed = q0 + q1 - 1.0
    if informed <= 0.0:
        return 0.0, 1.0, math.inf
    theta = (p + q0 - 1.0) / informed
    spread0, spread1 = q0 * (1.0 - q0) / m0, q1 * (1.0 - q1) / m1
    centre = theta + 2.0 * z2 * (theta * spread1 - (1.0 - theta) * spread0)
    error = math.sqrt(p * (1.0 - p) / size + (1.0 - theta) ** 2 * spread0 + theta**2 * spread1) / informed
    half = math.sqrt(z2) * error
    return min(max(centre - half, 0.0), 1.0), min(max(centre + half, 0.0), 1.0), error


def prediction_powered(
    labels: ArrayLike,
    judged: ArrayLike,
    rest: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    clusters_rest: ArrayLike | None = None,
    chosen: str = "random",
    weight: float | None = None,
    level: float = 0.95,
) -> Corrected:
    """PPI++: the mean of `labels` (shape (n,)), made sharper by a judge's scores of the same items (`judged`, (n,)) and of others (`rest`, (N,)).

    theta = mean(lambda * rest) + mean(labels - lambda * judged), unbiased however bad the judge; lambda = Cov / ((1 + n/N) Var), clipped to 0..1,
    makes the variance least. The labelled items must be a random sample: `chosen` says how they were chosen, and anything but "random" is
    refused, as are labels whose verdicts differ from the others' by more than chance can. Source: Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453.
    """
    _check_chosen(chosen)
    truth, scored, others = as_values(labels), as_values(judged), as_values(rest)
    if len(truth) != len(scored):
        raise UsageError(f"Every labelled item needs the judge's score too, not {len(truth)} labels and {len(scored)} scores.")
    n, size = len(truth), len(truth) + len(others)
    classical = interval(truth, clusters, level=level) if n else not_measurable("There is no label.")
    reason = _too_few(n, len(others)) or _unlike(scored, others)
    if reason is not None:
        return _refused(reason, n, classical)
    one = _powered(truth, scored, others, clusters, clusters_rest, weight)
    alone = _mean_variance(truth, truth, clusters)
    return _result([one], [1.0], alone, truth, scored, size, classical, level, "ppi++" + ("" if clusters is None else "-clusters"))


def prediction_powered_strata(
    labels: ArrayLike,
    judged: ArrayLike,
    strata: ArrayLike,
    rest: ArrayLike,
    strata_rest: ArrayLike,
    *,
    level: float = 0.95,
) -> Corrected:
    """PPI++ where labels were drawn at random within strata (by the judge's verdict, by task), each at a rate of its own: sum of w_k theta_k with
    w_k the stratum's share of all items and a lambda of its own. `strata`, `strata_rest`: labels of any kind, shapes (n,) and (N,)."""
    truth, scored, others = as_values(labels), as_values(judged), as_values(rest)
    names, codes = np.unique(np.concatenate([np.asarray(strata), np.asarray(strata_rest)]), return_inverse=True)
    if len(truth) != len(scored) or len(codes) != len(truth) + len(others):
        raise UsageError("Labels, scores and strata must be given for the same items.")
    own, theirs = codes.reshape(-1)[: len(truth)], codes.reshape(-1)[len(truth) :]
    shares = np.bincount(codes.reshape(-1)) / len(codes)
    classical = _stratified_mean(truth, own, shares, level)
    parts = []
    for place, name in enumerate(names):
        inside, outside = own == place, theirs == place
        if inside.sum() < _FEWEST or not outside.any():
            reason = (
                f"The stratum '{name}' has {int(inside.sum())} labels and {int(outside.sum())} items without: it needs {_FEWEST} and 1."
            )
            return _refused(reason, len(truth), classical)
        parts.append(_powered(truth[inside], scored[inside], others[outside], None, None, None))
    alone = sum(float(share) ** 2 * _mean_variance(truth[own == k], truth[own == k], None) for k, share in enumerate(shares))
    return _result(parts, shares.tolist(), alone, truth, scored, len(codes), classical, level, "ppi++-strata")


def active_mean(judged: ArrayLike, probabilities: ArrayLike, labelled: ArrayLike, labels: ArrayLike, *, level: float = 0.95) -> Corrected:
    """The mean where each item was sent to people with a known probability of its own (more often where the judge is unsure): the mean of
    judge + labelled / probability * (label - judge). All shapes (n,); `labels` counts only where `labelled` is true.

    A probability of 0 anywhere is refused: what can never be labelled ("disagreements only") can never be corrected. Source: Zrnic & Candes 2024.
    """
    scored, odds, asked = as_values(judged), as_values(probabilities), np.asarray(labelled, dtype=np.bool_)
    truth = np.where(asked, np.asarray(labels, dtype=np.float64), 0.0)
    if not (len(scored) == len(odds) == len(asked) == len(truth)):
        raise UsageError("Scores, probabilities and labels must be given for the same items.")
    if not np.isfinite(truth).all():
        raise UsageError("A labelled item has no label.", remedy="Set `labelled` to false where nobody answered.")
    if (odds <= 0.0).any() or (odds > 1.0).any():
        raise UsageError(
            f"{int((odds <= 0.0).sum())} items could never have been labelled: a probability lies above 0 and is at most 1.",
            remedy="Labelling only what looks wrong corrects nothing; give every item a small chance, such as 0.05.",
        )
    n, drawn = len(scored), int(asked.sum())
    weighted = interval(np.where(asked, truth / odds, 0.0), kind="t", level=level) if n else not_measurable("There is no item.")
    if drawn < _FEWEST:
        return _refused(f"Only {drawn} items were labelled: the correction needs {_FEWEST}.", drawn, weighted)
    values = scored + np.where(asked, (truth - scored) / odds, 0.0)
    value, variance = float(values.mean()), _mean_variance(values, values, None)
    alone = _mean_variance(np.where(asked, truth / odds, 0.0), np.where(asked, truth / odds, 0.0), None)
    half = t_quantile(0.5 + level / 2.0, drawn - 1.0) * math.sqrt(variance)
    estimate = Estimate(value=value, low=value - half, high=value + half, n=n, clusters=n, method="active-ppi", level=level)
    saving = 1.0 - variance / alone if alone > 0.0 else None
    correlation = _correlation(truth[asked], scored[asked])
    return Corrected(
        estimate=estimate,
        classical=weighted,
        saving=saving,
        weight=1.0,
        correlation=correlation,
        error=math.sqrt(variance),
        note=_note(saving, None),
    )


def neyman(shares: Mapping[Any, float], spreads: Mapping[Any, float], budget: int, *, least: int = _FEWEST) -> dict[Any, int]:
    """How many of `budget` labels each stratum gets: in proportion to its share times the spread of label - lambda * judge in it (from a pilot),
    at least `least` each. Source: Neyman 1934."""
    if set(shares) != set(spreads) or not shares:
        raise UsageError("Every stratum needs a share and a spread.")
    if budget < least * len(shares):
        raise UsageError(
            f"{budget} labels are too few for {len(shares)} strata of {least} at least.", remedy="Merge strata, or label more."
        )
    pull = {name: shares[name] * max(spreads[name], 0.0) for name in shares}
    total = sum(pull.values())
    spare = budget - least * len(shares)
    wanted = {name: (spare * each / total if total > 0.0 else spare / len(shares)) for name, each in pull.items()}
    given = {name: least + math.floor(each) for name, each in wanted.items()}
    # Largest remainders get what rounding down left over.
    for name in sorted(wanted, key=lambda each: math.floor(wanted[each]) - wanted[each])[: budget - sum(given.values())]:
        given[name] += 1
    return given


def _powered(
    truth: Floats, scored: Floats, others: Floats, clusters: ArrayLike | None, clusters_rest: ArrayLike | None, weight: float | None
) -> _Part:
    n, size = len(truth), len(others)
    everything = np.concatenate([scored, others])
    if clusters is None and clusters_rest is None:
        spread = float(everything.var(ddof=1)) / n
        between = float(np.cov(truth, scored)[0, 1]) / n
        least = between / ((1.0 + n / size) * spread) if spread > 0.0 else 0.0
    else:
        spread = _mean_variance(scored, scored, clusters) + _mean_variance(others, others, clusters_rest)
        least = _mean_variance(truth, scored, clusters) / spread if spread > 0.0 else 0.0
    trust = min(max(least, 0.0), 1.0) if weight is None else weight
    rectified = truth - trust * scored
    freedom = max(1.0, _effective(clusters, n) - 1.0 - (weight is None))
    # A lambda chosen on the same labels makes their residuals look smaller than they are, by its one degree of freedom.
    residual = _mean_variance(rectified, rectified, clusters) * (1.0 + (weight is None) / freedom)
    variance = residual + trust**2 * _mean_variance(others, others, clusters_rest)
    return _Part(
        value=float(trust * others.mean() + rectified.mean()),
        variance=variance,
        weight=trust,
        freedom=freedom,
        residual=residual,
    )


def _mean_variance(a: Floats, b: Floats, clusters: ArrayLike | None) -> float:
    """The covariance of the means of two measures of the same items, by clusters; their variance where both are the same."""
    n = len(a)
    codes, count = cluster_codes(clusters, n)
    if count < 2:
        return 0.0
    first = np.bincount(codes, weights=a - a.mean(), minlength=count)
    second = np.bincount(codes, weights=b - b.mean(), minlength=count)
    return count / (count - 1.0) * float(np.dot(first, second)) / n**2


def _effective(clusters: ArrayLike | None, n: int) -> float:
    codes, count = cluster_codes(clusters, n)
    return effective_clusters(np.bincount(codes, minlength=count).astype(np.float64))


def _result(
    parts: list[_Part],
    shares: list[float],
    alone: float,
    truth: Floats,
    scored: Floats,
    n: int,
    classical: Estimate,
    level: float,
    method: str,
) -> Corrected:
    value = sum(share * each.value for share, each in zip(shares, parts, strict=True))
    variance = sum(share**2 * each.variance for share, each in zip(shares, parts, strict=True))
    if variance <= 0.0:
        return _refused("Nothing varies: labels and judge leave no spread to compute an interval from.", n, classical)
    # Only the labelled part is estimated from few items; its freedom counts by its share of the variance (Welch-Satterthwaite).
    doubt = sum((share**2 * each.residual) ** 2 / each.freedom for share, each in zip(shares, parts, strict=True))
    freedom = variance**2 / doubt if doubt > 0.0 else float(n)
    half = t_quantile(0.5 + level / 2.0, min(freedom, 1e6)) * math.sqrt(variance)
    saving = 1.0 - variance / alone if alone > 0.0 else None
    correlation = _correlation(truth, scored)
    estimate = Estimate(value=value, low=value - half, high=value + half, n=n, clusters=n, method=method, level=level)
    trust = sum(share * each.weight for share, each in zip(shares, parts, strict=True))
    return Corrected(
        estimate=estimate,
        classical=classical,
        saving=saving,
        weight=trust,
        correlation=correlation,
        error=math.sqrt(variance),
        note=_note(saving, correlation),
    )


def _note(saving: float | None, correlation: float | None) -> str:
    if saving is None:
        return "The labels do not vary: there is nothing to save."
    if saving < _NOTHING:
        return "The judge saves nothing here: the labels alone tell as much."
    bound = "" if correlation is None else f" (at most {correlation**2:.0%}, the squared correlation)"
    return f"The judge saves {saving:.0%} of the labels{bound}.".replace("%", " %")


def _stratified_mean(truth: Floats, own: "np.ndarray[Any, Any]", shares: Floats, level: float) -> Estimate:
    """The labels alone, weighted by strata."""
    sizes = np.bincount(own, minlength=len(shares))
    if (sizes < 2).any():
        return not_measurable("A stratum has fewer than two labels.", n=len(truth))
    value = float(sum(share * truth[own == k].mean() for k, share in enumerate(shares)))
    terms = [
        (float(share) ** 2 * _mean_variance(truth[own == k], truth[own == k], None), int(sizes[k]) - 1.0) for k, share in enumerate(shares)
    ]
    variance = sum(each for each, _ in terms)
    if variance <= 0.0:
        return not_measurable("All labels of a stratum are the same.", n=len(truth))
    half = t_quantile(0.5 + level / 2.0, variance**2 / sum(each**2 / freedom for each, freedom in terms)) * math.sqrt(variance)
    return Estimate(value=value, low=value - half, high=value + half, n=len(truth), clusters=len(truth), method="t-strata", level=level)


def _correlation(truth: Floats, scored: Floats) -> float | None:
    if len(truth) < 2 or not np.ptp(truth) or not np.ptp(scored):
        return None
    return float(np.corrcoef(truth, scored)[0, 1])


def _binary(values: ArrayLike, name: str) -> Floats:
    array = as_values(values)
    if not ((array == 0.0) | (array == 1.0)).all():
        raise UsageError(f"Rogan-Gladen corrects a rate: `{name}` must be 0 or 1.", remedy="Use prediction_powered for scores.")
    return array


def _unusable(n: int, positives: int, negatives: int) -> str | None:
    if not n:
        return "There is no verdict to correct."
    for count, kind in ((positives, "good (1)"), (negatives, "bad (0)")):
        if not count:
            return f"No gold item is {kind}: how the judge errs on those is unknown. Label some."
    return None


def _too_few(n: int, rest: int) -> str | None:
    if n < _FEWEST:
        return f"{n} labels are too few to correct with: label {_FEWEST} or more."
    return "The judge scored no item beyond the labelled ones: there is nothing to gain from it." if not rest else None


def _unlike(scored: Floats, others: Floats) -> str | None:
    """Why the labelled items cannot be a random sample: the judge's scores of them differ too much from those of the rest."""
    spread = float(np.concatenate([scored, others]).var(ddof=1))
    if spread <= 0.0:
        return None
    z = abs(float(scored.mean() - others.mean())) / math.sqrt(spread * (1.0 / len(scored) + 1.0 / len(others)))
    if z <= normal_quantile(1.0 - _IMPOSSIBLE / 2.0):
        return None
    return (
        f"The labelled items are no random sample: the judge's mean is {scored.mean():.3f} on them and {others.mean():.3f} on the rest. "
        "Label items drawn at random, within strata (prediction_powered_strata), or with known probabilities (active_mean)."
    )


def _check_chosen(chosen: str) -> None:
    if chosen != "random":
        raise UsageError(
            f"Labels of items chosen by '{chosen}' cannot correct a rate: what was never looked at may be wrong too.",
            remedy="Label a random sample, or draw with known probabilities and use active_mean.",
        )


def _refused(reason: str, n: int, classical: Estimate) -> Corrected:
    return Corrected(
        estimate=not_measurable(reason, coverage=1.0, n=n),
        classical=classical,
        saving=None,
        weight=None,
        correlation=None,
        error=None,
        note=reason,
    )
