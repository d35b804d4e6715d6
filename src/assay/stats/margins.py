"""Are two systems the same, or is one at least no worse, within a stated margin? Two one-sided tests over the samples they share."""

import math
from collections.abc import Callable
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from assay.core.errors import UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.stats.clusters import Floats, as_values, cluster_sums, clustered_error, effective_clusters
from assay.stats.quantiles import beta_cdf, normal_quantile, t_quantile, t_two_sided
from assay.stats.rates import at_most

Form = Literal["equivalence", "non-inferiority"]
Verdict = Literal["equivalent", "different", "non-inferior", "inferior", "not shown", "not measurable"]
_FEW = 10  # clusters that moved, below which their spread is not taken as estimated
_POWER = 0.8


class Equivalence(msgspec.Struct, frozen=True, kw_only=True):
    """What two one-sided tests say of A minus B.

    `estimate` is the mean difference with its 1 - 2 alpha interval: it lies inside the margin exactly where the tests reject. `p_lower` is
    that of "A is worse by the margin or more", `p_upper` of "A is better by the margin or more"; `p_value` is the one that decides: the
    larger of both for equivalence, `p_lower` for non-inferiority. `verdict`: `equivalent` or `non-inferior` where that is shown,
    `different` or `inferior` where the interval lies wholly beyond the margin, else `not shown`. `smallest_margin` is the margin that
    these samples show with 80 % power where there is truly no difference, `samples_needed` how many samples show the stated one.
    """

    form: Form
    margin: float
    alpha: float
    estimate: Estimate
    p_value: float | None
    p_lower: float | None
    p_upper: float | None
    verdict: Verdict
    method: str
    smallest_margin: float | None = None
    samples_needed: int | None = None


def equivalence(
    a: ArrayLike,
    b: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    margin: float,
    form: Form = "equivalence",
    alpha: float = 0.05,
    bounds: tuple[float, float] | None = None,
    coverage: float = 1.0,
) -> Equivalence:
    """Test that a - b, one value per shared sample in the same order (shapes (n,)), lies within `margin` (in the unit of the scores).

    `form="equivalence"` asks for both sides (TOST, Schuirmann 1987), `"non-inferiority"` only that A is not worse than B by `margin`;
    where lower scores are better, pass the two the other way round. Each one-sided test is at `alpha`. 0/1 scores of unclustered samples get
    the score test (Tango 1998), all others t on clusters, corrected for skewness (Hall 1992). `bounds` is the range of a difference (-1..1 where
    all scores lie in 0..1): it is what makes samples without any difference measurable. Raises UsageError where the two do not pair up.
    """
    _check(margin, alpha, form)
    first, second = as_values(a), as_values(b)
    if len(first) != len(second):
        raise UsageError(f"A paired difference needs the same samples on both sides, not {len(first)} and {len(second)}.")
    scores = np.concatenate([first, second])
    if bounds is None and len(scores) and scores.min() >= 0.0 and scores.max() <= 1.0:
        bounds = (-1.0, 1.0)
    sums, sizes = cluster_sums(first - second, clusters)
    tail = _tail(scores, sums, sizes, None if bounds is None else min(-bounds[0], bounds[1]))
    if isinstance(tail, str):
        nothing = not_measurable(tail, coverage=coverage, n=len(first))
        return Equivalence(form=form, margin=margin, alpha=alpha, estimate=nothing, p_value=None, p_lower=None, p_upper=None,
                           verdict="not measurable", method="none")  # fmt: skip
    mean = float(sums.sum() / sizes.sum())
    estimate = Estimate(value=mean, low=tail.below(alpha), high=-tail.mirrored().below(alpha), n=len(first), clusters=len(sums),
                        method=tail.method, coverage=coverage, level=1.0 - 2.0 * alpha)  # fmt: skip
    p_lower, p_upper = tail.p(-margin), tail.mirrored().p(-margin)
    smallest = _smallest_margin(tail, form, alpha)
    return Equivalence(
        form=form,
        margin=margin,
        alpha=alpha,
        estimate=estimate,
        p_value=p_lower if form == "non-inferiority" else max(p_lower, p_upper),
        p_lower=p_lower,
        p_upper=p_upper,
        verdict=_verdict(estimate, form, margin),
        method=tail.method,
        smallest_margin=smallest,
        samples_needed=max(2, math.ceil(round(len(first) * (smallest / margin) ** 2, 9))),
    )


class _Tail(msgspec.Struct, frozen=True, kw_only=True):
    """The one-sided test that the mean difference is at most some value, for 0/1 pairs (`method` "score") or cluster sums ("t").

    `won`, `lost`: clusters whose difference is above and below 0. `error`, `skewness` (of the mean) are those of the clusters; `span` the largest
    difference one cluster can have; of "t" it is set only where so few clusters moved that an exact bound must hold as well.
    """

    method: str
    groups: float
    mean: float
    error: float
    skewness: float
    won: float
    lost: float
    span: float | None

    def mirrored(self) -> "_Tail":
        """The same with A and B exchanged."""
        return msgspec.structs.replace(self, mean=-self.mean, skewness=-self.skewness, won=self.lost, lost=self.won)

    def p(self, null: float) -> float:
        """The p-value of "the mean is `null` or less"."""
        if self.method == "score":
            return 0.5 * math.erfc(score_statistic(self.won, self.lost, self.groups, null) / math.sqrt(2.0)) if null > -1.0 else 0.0
        found = 0.0
        if self.error > 0.0:
            found = _t_above(hall((self.mean - null) / self.error, self.skewness), self.groups - 1.0)
        if self.span is not None:
            found = max(found, self._exact(-null / self.span))
        return found

    def _exact(self, share: float) -> float:
        """P(Binomial(groups, share) <= lost): to lose the mean by `share` of the span, that share of the groups must lose at least."""
        if share <= 0.0 or self.lost >= self.groups:
            return 1.0
        return 0.0 if share >= 1.0 else 1.0 - beta_cdf(share, self.lost + 1.0, self.groups - self.lost)

    def below(self, alpha: float) -> float:
        """The largest value that the test at `alpha` does not exclude from below: where `p` is `alpha`."""
        if self.method == "score":
            return _root(lambda null: self.p(null) - alpha, -1.0, self.mean)
        low = self.mean - unhall(t_quantile(1.0 - alpha, self.groups - 1.0), self.skewness) * self.error
        return low if self.span is None else min(low, -self.span * at_most(self.lost, self.groups, level=1.0 - alpha))


def _tail(scores: Floats, sums: Floats, sizes: Floats, span: float | None) -> _Tail | str:
    """The test that fits the values, or why there is none."""
    n = len(scores) // 2
    if len(sums) < 2:
        return "There is no shared sample." if not n else f"All {n} shared samples are one group: there is no spread between groups."
    if len(sums) == n and bool(((scores == 0.0) | (scores == 1.0)).all()):
        won, lost = float((sums > 0.0).sum()), float((sums < 0.0).sum())
        # One sample that moved either way is the least to be known about the spread of those that did not.
        error = max(clustered_error(sums, sizes), 1.0 / n)
        return _Tail(method="score", groups=n, mean=(won - lost) / n, error=error, skewness=0.0, won=won, lost=lost, span=1.0)
    groups, error = effective_clusters(sizes), clustered_error(sums, sizes)
    few = int((sums != 0.0).sum()) < _FEW or error <= 1e-12 * float(np.abs(sums).max())
    if few and span is None:
        return "Fewer than 10 groups differ, and the range of the scores is not known: the spread cannot be estimated."
    won, lost = (groups * float(sizes[moved].sum() / sizes.sum()) for moved in (sums > 0.0, sums < 0.0))
    method = ("t" if len(sums) == n else "t-clusters") if not few else "exact-t"
    deviations = sums - sizes * (float(sums.sum()) / n)
    square = float(np.dot(deviations, deviations))
    skewness = float((deviations**3).sum()) / square**1.5 if square > 0.0 else 0.0
    return _Tail(method=method, groups=groups, mean=float(sums.sum() / sizes.sum()), error=error, skewness=skewness, won=min(won, groups),
                 lost=min(lost, groups), span=span if few else None)  # fmt: skip


def score_statistic(won: float, lost: float, n: float, null: float) -> float:
    """Tango's score statistic of a paired difference of two rates, normal where the difference is truly `null` (-1 < null < 1).

    `won`, `lost` of `n` pairs are discordant. Source: Tango 1998, Statistics in Medicine 17:891.
    """
    linear = -won - lost + (2.0 * n - won + lost) * null
    root = math.sqrt(max(0.0, linear * linear + 8.0 * n * lost * null * (1.0 - null)))
    losing = max(0.0, (root - linear) / (4.0 * n))
    variance = n * (2.0 * losing + null * (1.0 - null))
    difference = won - lost - n * null
    if variance <= 1e-12 * n:
        return 0.0 if abs(difference) < 1e-9 else math.copysign(math.inf, difference)
    return difference / math.sqrt(variance)


def hall(t: float, skewness: float) -> float:
    """A studentised mean without the bias that skewness gives to one-sided tests; `skewness` is the mean's own, that of the values / sqrt(n).

    Source: Hall 1992, Journal of the Royal Statistical Society B 54:221.
    """
    return t + skewness * (t * t / 3.0 + 1.0 / 6.0) + skewness**2 * t**3 / 27.0


def unhall(corrected: float, skewness: float) -> float:
    """The t whose `hall` is `corrected`."""
    if abs(skewness) < 1e-9:
        return corrected
    return 3.0 * (math.cbrt(1.0 + skewness * (corrected - skewness / 6.0)) - 1.0) / skewness


def _t_above(t: float, freedom: float) -> float:
    """The probability that Student's t lies above `t`."""
    half = 0.5 * t_two_sided(t, max(1.0, freedom))
    return half if t >= 0.0 else 1.0 - half


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    """Where an increasing function is 0, by halving."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if of(middle) > 0.0 else (middle, high)
    return 0.5 * (low + high)


def _smallest_margin(tail: _Tail, form: Form, alpha: float) -> float:
    """(z_{1-alpha} + z_power) SE, with both sides to pass z_{(1+power)/2}; never less than what no loss at all could show."""
    z = normal_quantile(1.0 - alpha) + normal_quantile(_POWER if form == "non-inferiority" else 0.5 + _POWER / 2.0)
    return max(z * tail.error, (tail.span or 0.0) * at_most(0.0, tail.groups, level=1.0 - alpha))


def _verdict(estimate: Estimate, form: Form, margin: float) -> Verdict:
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return "not measurable"
    if form == "non-inferiority":
        return "non-inferior" if low > -margin else "inferior" if high < -margin else "not shown"
    if low > -margin and high < margin:
        return "equivalent"
    return "different" if high < -margin or low > margin else "not shown"


def _check(margin: float, alpha: float, form: str) -> None:
    if not (margin > 0.0 and math.isfinite(margin)):
        raise UsageError(
            f"The margin must be above 0, not {margin}.", remedy="State the largest difference that does not matter, such as 0.02."
        )
    if not 0.0 < alpha < 0.5:
        raise UsageError(f"alpha of a one-sided test lies between 0 and 0.5, not {alpha}.")
    if form not in ("equivalence", "non-inferiority"):
        raise UsageError(f"There is no form '{form}'.", remedy="There are: equivalence, non-inferiority.")
