"""Agreement of annotators: how much more often they say the same than chance would have it, with the interval items leave open."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, cluster_codes, effective_clusters
from assay.stats.intervals import interval
from assay.stats.labels import Labels, as_labels
from assay.stats.totals import RESAMPLES, Statistic, bca_of, distinct, drawn_weights, totals_interval

Ratings = ArrayLike | Sequence[Sequence[Any]]
Measurement = Literal["nominal", "ordinal", "interval", "ratio"]
Weights = Literal["nominal", "linear", "quadratic"]
_FEWEST = 5  # items below which no bootstrap over items says anything
_WIDEST = 1000  # labels above which a table of pairs of labels is too large, and chance agreement of categories means nothing
_CELLS = 4_000_000


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed together, because each alone misleads: raw agreement, the coefficients, and how often each label was given (`base_rates`,
    by label). `kappa` is Cohen's for two annotators and Fleiss' for more."""

    raw: Estimate
    alpha: Estimate
    kappa: Estimate
    ac: Estimate
    base_rates: tuple[tuple[Any, float], ...]
    items: int
    annotators: int


class _Coefficient(NamedTuple):
    """A coefficient 1 - observed / expected disagreement, of totals over items. `apart`: the largest disagreement of two labels."""

    parts: Floats
    disagreements: Callable[[Floats], tuple[Floats, Floats]]
    apart: float

    def value(self, totals: Floats) -> Floats:
        """The coefficient of each row of totals; NaN where chance leaves no room for disagreement."""
        observed, expected = self.disagreements(totals)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(expected > 1e-12 * self.apart, 1.0 - observed / expected, np.nan)


def agreement(ratings: Ratings, *, scale: Sequence[Any] | None = None, clusters: ArrayLike | None = None, seed: int = 0) -> Agreement:
    """Raw agreement, Krippendorff's alpha (nominal), Cohen's or Fleiss' kappa and Gwet's AC1 of one table of labels, shape (items, annotators)."""
    labels = as_labels(ratings, scale)
    counts = labels.counts.sum(axis=0)
    two = labels.codes.shape[1] == 2
    shared: dict[str, Any] = {"scale": scale, "clusters": clusters, "seed": seed}
    return Agreement(
        raw=raw_agreement(ratings, clusters=clusters),
        alpha=krippendorff_alpha(ratings, **shared),
        kappa=cohen_kappa(ratings, **shared) if two else fleiss_kappa(ratings, **shared),
        ac=gwet_ac(ratings, **shared),
        base_rates=tuple((name, float(count / max(1.0, counts.sum()))) for name, count in zip(labels.scale, counts, strict=True)),
        items=int((labels.codes >= 0).any(axis=1).sum()),
        annotators=int((labels.codes >= 0).any(axis=0).sum()),
    )


def raw_agreement(
    ratings: Ratings, *, per: Literal["item", "pair"] = "item", clusters: ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """The share of pairs of annotators who gave an item the same label; shape (items, annotators), None or NaN where missing.

    `per="item"` averages the share over items with two labels or more; `per="pair"` counts every pair of labels once, so that items
    with many labels weigh more. Either way items (or `clusters`) are what is independent.
    """
    if per not in ("item", "pair"):
        raise UsageError(f"Agreement is counted per 'item' or per 'pair', not per '{per}'.")
    labels = as_labels(ratings)
    counts = labels.counts
    sizes = counts.sum(axis=1)
    kept = sizes >= 2.0
    refused = _refusal(labels, kept, fewest=1)
    if refused is not None:
        return refused
    pairs, same = (sizes * (sizes - 1.0) / 2.0)[kept], (counts * (counts - 1.0) / 2.0).sum(axis=1)[kept]
    groups = np.flatnonzero(kept) if clusters is None else np.asarray(clusters)[kept]
    coverage = float(kept.mean())
    if per == "item":
        return interval(same / pairs, None if clusters is None else groups, bounds=(0.0, 1.0), level=level, coverage=coverage)
    outcomes = np.repeat(np.tile([1.0, 0.0], len(same)), np.stack([same, pairs - same], axis=1).ravel().astype(int))
    return interval(outcomes, np.repeat(groups, pairs.astype(int)), level=level, coverage=coverage)


def krippendorff_alpha(
    ratings: Ratings,
    measurement: Measurement = "nominal",
    *,
    scale: Sequence[Any] | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Krippendorff's alpha of labels, shape (items, annotators), None or NaN where missing: any number of annotators, any gaps.

    `measurement`: what a disagreement weighs: "nominal" all the same; "ordinal" by how many labels lie between; "interval" the squared
    difference; "ratio" the squared relative difference. `scale` names all labels in order (needed for words that have one).
    1 is perfect, 0 what chance gives. BCa bootstrap over items, or over `clusters` of them. Source: Krippendorff 2011, "Computing
    Krippendorff's alpha-reliability"; Krippendorff 2019, chapter 12.
    """
    labels = as_labels(ratings, scale)
    kept = (labels.codes >= 0).sum(axis=1) >= 2
    refused = _refusal(labels, kept)
    if refused is not None:
        return refused
    used, groups = _kept(labels, kept), None if clusters is None else np.asarray(clusters)[kept]
    if measurement == "ordinal":
        used.numbers("Ordinal alpha")
        return _ordinal(used, groups, kept, level=level, resamples=resamples, seed=seed)
    return _estimate(_alpha(used, measurement), groups, kept, level=level, resamples=resamples, seed=seed)


def cohen_kappa(
    ratings: Ratings,
    weights: Weights = "nominal",
    *,
    scale: Sequence[Any] | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Cohen's kappa of two annotators, shape (items, 2): each has base rates of its own. Items without both labels are left out.

    `weights`: "linear" and "quadratic" count a disagreement by its distance on the scale (numbers, or words that `scale` puts in order).
    Kappa of verdicts "a or b is better" depends on which answer is called a: use `symmetric_kappa`. Source: Cohen 1960, 1968.
    """
    labels = as_labels(ratings, scale)
    if labels.codes.shape[1] != 2:
        raise UsageError(
            f"Cohen's kappa is of two annotators, not {labels.codes.shape[1]}.", remedy="Use fleiss_kappa or krippendorff_alpha."
        )
    kept = (labels.codes >= 0).sum(axis=1) == 2
    refused = _refusal(labels, kept)
    if refused is not None:
        return refused
    apart, codes, width = _disagreement(labels, weights), labels.codes[kept], len(labels.scale)
    hot = np.eye(width)
    parts = np.column_stack([apart[codes[:, 0], codes[:, 1]], hot[codes[:, 0]], hot[codes[:, 1]], np.ones(len(codes))])

    def disagreements(totals: Floats) -> tuple[Floats, Floats]:
        n, first, second = totals[:, -1], totals[:, 1 : width + 1], totals[:, width + 1 : -1]
        return totals[:, 0] / n, ((first @ apart) * second).sum(axis=1) / n**2

    groups = None if clusters is None else np.asarray(clusters)[kept]
    return _estimate(_Coefficient(parts, disagreements, 1.0), groups, kept, level=level, resamples=resamples, seed=seed)


def symmetric_kappa(
    ratings: Ratings,
    mirror: Mapping[Any, Any] | None = None,
    *,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Cohen's kappa of pairwise verdicts that does not depend on which answer is called a: the data stacked with its mirror image.

    `ratings`: verdicts of two annotators, shape (items, 2). `mirror`: what a verdict becomes when the answers change places; {"a": "b", "b": "a"}
    unless named, and labels that it does not name (ties) stay.
    """
    stacked, items = mirrored(ratings, mirror)
    half = len(items) // 2
    groups = items if clusters is None else np.tile(np.asarray(clusters), 2)
    found = cohen_kappa(stacked, clusters=groups, level=level, resamples=resamples, seed=seed)
    return msgspec.structs.replace(found, n=found.n // 2) if half else found


def mirrored(ratings: Ratings, mirror: Mapping[Any, Any] | None = None) -> tuple[list[list[Any]], "np.ndarray[Any, np.dtype[np.intp]]"]:
    """Pairwise verdicts below their own mirror image, shape (2 * items, annotators), and the item of each row, to pass as `clusters`."""
    swapped = dict(mirror) if mirror is not None else {"a": "b", "b": "a"}
    if any(swapped.get(other) != one for one, other in swapped.items()):
        raise UsageError(f"A mirror maps two labels to each other, which {swapped} does not.", remedy="Such as {'a': 'b', 'b': 'a'}.")
    table = [list(row) for row in np.asarray(ratings, dtype=object)]
    if swapped and not any(each in swapped for row in table for each in row):
        raise UsageError(f"No verdict is one of {list(swapped)}.", remedy="Name what a verdict becomes in `mirror`.")
    reflected = [[swapped.get(each, each) for each in row] for row in table]
    return table + reflected, np.tile(np.arange(len(table)), 2)


def fleiss_kappa(
    ratings: Ratings,
    weights: Weights = "nominal",
    *,
    scale: Sequence[Any] | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Fleiss' kappa, shape (items, annotators): the annotators share one set of base rates and may differ from item to item.

    Items may have different numbers of labels: those with two or more tell the agreement, all tell the base rates. Source: Fleiss 1971; Gwet 2014.
    """
    return _pooled(as_labels(ratings, scale), weights, clusters, fleiss=True, level=level, resamples=resamples, seed=seed)


def gwet_ac(
    ratings: Ratings,
    weights: Weights = "nominal",
    *,
    scale: Sequence[Any] | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Gwet's AC1 (AC2 with "linear" or "quadratic" weights), shape (items, annotators): a coefficient that stays put where one label is rare.

    It depends on how many labels there could be: name them in `scale` where some did not occur. Source: Gwet 2008, 2014.
    """
    return _pooled(as_labels(ratings, scale), weights, clusters, fleiss=False, level=level, resamples=resamples, seed=seed)


def _pooled(
    labels: Labels, weights: Weights, clusters: ArrayLike | None, *, fleiss: bool, level: float, resamples: int, seed: int
) -> Estimate:
    """The coefficients whose chance agreement comes from base rates that all annotators share."""
    counts = labels.counts
    sizes, width = counts.sum(axis=1), len(labels.scale)
    kept = sizes >= 2.0
    refused = _refusal(labels, kept, one_label=fleiss or width < 2)
    if refused is not None:
        return refused
    apart = _disagreement(labels, weights)
    rated = sizes >= 1.0
    pairs = np.maximum(sizes * (sizes - 1.0), 1.0)
    # An item with one label has no pair, and still says how common its label is.
    parts = np.column_stack([((counts @ apart) * counts).sum(axis=1) / pairs, kept, counts / np.maximum(sizes, 1.0)[:, None], rated])[rated]

    def disagreements(totals: Floats) -> tuple[Floats, Floats]:
        shares = totals[:, 2:-1] / totals[:, -1:]
        observed = totals[:, 0] / np.maximum(totals[:, 1], 1e-300)
        if fleiss:
            return observed, ((shares @ apart) * shares).sum(axis=1)
        chance = (width**2 - apart.sum()) / (width * (width - 1.0)) * (shares * (1.0 - shares)).sum(axis=1)
        return observed, 1.0 - chance

    groups = None if clusters is None else np.asarray(clusters)[rated]
    return _estimate(_Coefficient(parts, disagreements, 1.0), groups, kept, level=level, resamples=resamples, seed=seed)


def _disagreement(labels: Labels, weights: Weights) -> Floats:
    """How far apart two labels are, 0 to 1, shape (C, C)."""
    width = len(labels.scale)
    if width > _WIDEST:
        raise UsageError(
            f"There are {width} different labels: too many for a coefficient of categories.",
            remedy="Use krippendorff_alpha(measurement='interval'), a correlation, or round the labels.",
        )
    if weights == "nominal":
        return 1.0 - np.eye(width)
    if weights not in ("linear", "quadratic"):
        raise UsageError(f"There are no weights '{weights}'.", remedy="There are: nominal, linear, quadratic.")
    values = labels.numbers("A weighted coefficient")
    gaps = np.abs(values[:, None] - values[None, :]) / max(float(np.ptp(values)), 1e-300)
    return gaps if weights == "linear" else gaps**2


def _kept(labels: Labels, kept: "np.ndarray[Any, np.dtype[np.bool_]]") -> Labels:
    return Labels(codes=labels.codes[kept], scale=labels.scale, values=labels.values)


def _alpha(labels: Labels, measurement: Measurement) -> _Coefficient:
    """Nominal, interval or ratio alpha. Totals: disagreements, labels, and what the expected disagreement needs of the margins."""
    if measurement == "interval":
        values = labels.numbers("Interval alpha")
        return _squared(labels, values - values.mean())
    if measurement not in ("nominal", "ratio"):
        raise UsageError(f"There is no measurement '{measurement}'.", remedy="There are: nominal, ordinal, interval, ratio.")
    width = len(labels.scale)
    if width > _WIDEST:
        raise UsageError(
            f"There are {width} different labels: too many to compare each with each.", remedy="Use measurement='interval', or round them."
        )
    apart = 1.0 - np.eye(width)
    if measurement == "ratio":
        values = labels.numbers("Ratio alpha")
        if values.min() < 0.0:
            raise UsageError(f"Ratio alpha needs labels from 0 up, and one is {values.min():g}.", remedy="Use measurement='interval'.")
        total = values[:, None] + values[None, :]
        apart = ((values[:, None] - values[None, :]) / np.where(total > 0.0, total, 1.0)) ** 2
    counts = labels.counts
    sizes = counts.sum(axis=1)
    parts = np.column_stack([((counts @ apart) * counts).sum(axis=1) / (sizes - 1.0), sizes, counts])

    def disagreements(totals: Floats) -> tuple[Floats, Floats]:
        n, margins = totals[:, 1], totals[:, 2:]
        return totals[:, 0] / n, ((margins @ apart) * margins).sum(axis=1) / (n * (n - 1.0))

    return _Coefficient(parts, disagreements, float(apart.max()))


def _squared(labels: Labels, values: Floats) -> _Coefficient:
    """Alpha with squared differences of the labels' values: the margins are needed only through their first two moments."""
    said = labels.codes >= 0
    numbers = np.where(said, values[labels.codes], 0.0)
    sizes, sums, squares = said.sum(axis=1).astype(np.float64), numbers.sum(axis=1), (numbers**2).sum(axis=1)
    parts = np.column_stack([2.0 * (sizes * squares - sums**2) / (sizes - 1.0), sizes, sums, squares])
    # Differences of large sums leave rounding behind where all labels of an item are the same.
    same = np.where(said, labels.codes, labels.codes.max(axis=1)[:, None])
    parts[np.ptp(same, axis=1) == 0, 0] = 0.0

    def disagreements(totals: Floats) -> tuple[Floats, Floats]:
        n = totals[:, 1]
        return totals[:, 0] / n, 2.0 * np.maximum(n * totals[:, 3] - totals[:, 2] ** 2, 0.0) / (n * (n - 1.0))

    return _Coefficient(parts, disagreements, float(np.ptp(values)) ** 2)


def _ordinal(labels: Labels, clusters: ArrayLike | None, kept: Any, *, level: float, resamples: int, seed: int) -> Estimate:
    """Ordinal alpha: the interval one on mid-ranks of the labels, which every resample has anew.

    The distance of two labels, the sum of what lies between with half of either end, is the difference of their mid-ranks.
    """
    counts = labels.counts
    order = np.argsort(labels.numbers("Ordinal alpha"), kind="stable")
    counts = counts[:, order]
    codes, width = cluster_codes(clusters, len(counts))
    rows, copies = (counts, np.ones(len(counts))) if clusters is not None else distinct(counts)
    margins = counts.sum(axis=0)
    ranks = np.empty(len(order))
    ranks[order] = np.cumsum(margins) - margins / 2.0
    fixed = _squared(labels, ranks - ranks.mean())

    def draw(random: np.random.Generator, size: int) -> Floats:
        if clusters is None:
            return drawn_weights(random, copies, len(counts), size)
        return drawn_weights(random, np.ones(width), width, size)[:, codes]

    def redrawn() -> Floats:
        random, step = np.random.default_rng(seed), max(1, _CELLS // len(rows))
        sizes = [min(step, resamples - start) for start in range(0, resamples, step)]
        return np.concatenate([_ordinal_values(draw(random, size), rows) for size in sizes])

    return _estimate(fixed, clusters, kept, level=level, resamples=resamples, seed=seed, redrawn=redrawn)


def _ordinal_values(weights: Floats, rows: Floats) -> Floats:
    """Ordinal alpha of each row of weights (R, rows), of items with these counts of labels (rows, C)."""
    margins, sizes = weights @ rows, rows.sum(axis=1)
    n = margins.sum(axis=1)
    ranks = (np.cumsum(margins, axis=1) - margins / 2.0 - n[:, None] / 2.0) / n[:, None]
    apart = 2.0 * (sizes[:, None] * (rows @ (ranks**2).T) - (rows @ ranks.T) ** 2) / (sizes - 1.0)[:, None]
    first, second = (margins * ranks).sum(axis=1), (margins * ranks**2).sum(axis=1)
    expected = 2.0 * (n * second - first**2) / (n * (n - 1.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 1e-12, 1.0 - np.einsum("ru,ur->r", weights, apart) / n / expected, np.nan)


def _estimate(
    coefficient: _Coefficient,
    clusters: ArrayLike | None,
    kept: "np.ndarray[Any, np.dtype[np.bool_]]",
    *,
    level: float,
    resamples: int,
    seed: int,
    redrawn: Callable[[], Floats] | None = None,
) -> Estimate:
    """The coefficient with its interval, or why there is none. `redrawn` gives its bootstrap values where totals do not."""
    parts, n, coverage = coefficient.parts, int(kept.sum()), float(kept.mean())
    codes, count = cluster_codes(clusters, len(parts))
    sizes = np.bincount(codes, minlength=count).astype(np.float64)
    if clusters is not None:
        parts = np.stack([np.bincount(codes, weights=column, minlength=count) for column in parts.T], axis=1)
    total = parts.sum(axis=0)[None, :]
    (value,) = coefficient.value(total)
    if not np.isfinite(value):
        return not_measurable("All labels are the same: chance alone would agree as well.", coverage=coverage, n=n)
    if count < _FEWEST:
        return not_measurable(f"The interval needs {_FEWEST} independent items or more, and there are {count}.", coverage=coverage, n=n)
    observed, expected = (float(each[0]) for each in coefficient.disagreements(total))
    if observed <= 0.0:
        # A share u of items that nobody saw may disagree as far as labels can: (1 - u)^C = (1 - level) / 2.
        unseen = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / effective_clusters(sizes))
        low, high, method = max(-1.0, 1.0 - unseen * coefficient.apart / expected), 1.0, "clopper-pearson"
    else:
        ends = _ends(coefficient.value, parts, float(value), redrawn, level=level, resamples=resamples, seed=seed)
        if ends is None:
            reason = "In more than 5 % of the resamples all labels are the same: too few items have another label."
            return not_measurable(reason, coverage=coverage, n=n)
        low, high, method = *ends, "bca"
    return Estimate(
        value=float(value),
        low=min(low, float(value)),
        high=max(high, float(value)),
        n=n,
        clusters=count,
        method=method + ("" if clusters is None else "-clusters"),
        coverage=coverage,
        level=level,
    )


def _ends(
    statistic: Statistic, parts: Floats, value: float, redrawn: Callable[[], Floats] | None, *, level: float, resamples: int, seed: int
) -> tuple[float, float] | None:
    if redrawn is None:
        return totals_interval(parts, statistic, level=level, resamples=resamples, seed=seed)
    rows, copies = distinct(parts)
    return bca_of(redrawn(), value, statistic(parts.sum(axis=0) - rows), copies, level=level)


def _refusal(
    labels: Labels, kept: "np.ndarray[Any, np.dtype[np.bool_]]", *, fewest: int = _FEWEST, one_label: bool = True
) -> Estimate | None:
    """Why agreement cannot be measured, if it cannot."""
    said = labels.codes >= 0
    annotators, n = int(said.any(axis=0).sum()), int(kept.sum())
    coverage = float(kept.mean()) if len(kept) else 0.0
    if not said.any():
        return not_measurable("There is no label.")
    if annotators < 2:
        return not_measurable("There is one annotator: agreement needs a second.", coverage=coverage, n=n)
    if not n:
        return not_measurable("No item has labels of two annotators: let them overlap.", coverage=coverage, n=n)
    if n < fewest:
        return not_measurable(f"Only {n} items have two labels; the interval needs {fewest}.", coverage=coverage, n=n)
    used = labels.codes[kept]
    if fewest > 1 and one_label and len(np.unique(used[used >= 0])) < 2:
        name = labels.scale[int(used.max())]
        return not_measurable(f"There is one label only, '{name}': chance alone would agree as well.", coverage=coverage, n=n)
    return None
