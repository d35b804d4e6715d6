"""Ratings from battles: Bradley-Terry with intervals, rank ranges, groups that cannot be told apart, and what holds the order up."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from assay.core.errors import UsageError
from assay.stats.clusters import Floats
from assay.stats.quantiles import normal_quantile, t_quantile
from assay.stats.ratings_bootstrap import RESAMPLES, bootstrap
from assay.stats.ratings_counts import Battles, Counts, balanced, counted
from assay.stats.ratings_fit import CENTRE, SCALE, Fit, fit
from assay.stats.ratings_graph import Mask, rateable, unrated
from assay.stats.ratings_next import gain_over_uniform, next_pairs
from assay.stats.ratings_ranks import ahead, critical_value, level_groups, rank_ranges, separability
from assay.stats.ratings_removal import Removal, smallest_removal
from assay.stats.ratings_style import RIDGE, StyleFit, style_fit
from assay.stats.ratings_ties import TIES, Ties

IntervalKind = Literal["sandwich", "bootstrap"]
FEW_GROUPS = 30
"""Clusters below which a sandwich is known to be too narrow by a little, and a warning stands beside it."""

_REMOVAL = 300  # competitors up to which the smallest removal is looked for


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How ratings are made. `balanced`: pairs weighted by 1 / max(battles, 50); `ridge` of style; `resamples` and `seed` of the bootstrap and of rank ranges."""

    interval: IntervalKind = "sandwich"
    ties: Ties = "half"
    balanced: bool = False
    level: float = 0.95
    ridge: float = RIDGE
    resamples: int = RESAMPLES
    seed: int = 0


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """One competitor. `value`, `low`, `high`, `error` in points, centred at 1000 over all who are rated; None where it cannot be rated: `reason` says why,
    `remedy` which battle would help. `first` to `last`: the ranks it may hold, all at once with 95 %. `groups`: positions in `Ratings.groups`."""

    competitor: str
    value: float | None
    low: float | None
    high: float | None
    battles: int
    error: float | None = None
    won: int = 0
    lost: int = 0
    tied: int = 0
    both_bad: int = 0
    first: int | None = None
    last: int | None = None
    groups: tuple[int, ...] = ()
    reason: str | None = None
    remedy: str | None = None

    @property
    def rank(self) -> str:
        """`1`, `2-4`, or an em dash."""
        if self.first is None or self.last is None:
            return "—"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Covariate(msgspec.Struct, frozen=True, kw_only=True):
    """What one standard deviation more of a style count is worth, in points, with its interval."""

    name: str
    value: float
    low: float
    high: float


class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, best first, those without a rating last. `groups`: names of neighbours none of whom is surely ahead of another. `battles`: those that were
    used, `clusters` the groups they stand on (None: as independent). `removal`: what would put `rival` on rank 1, None where it was not looked for or not found.
    `next_pair`: whose battle would narrow the ratings most, worth `next_worth` battles of a random pair. `critical`: standard errors each difference may be off at once."""

    ratings: tuple[Rating, ...]
    groups: tuple[tuple[str, ...], ...]
    battles: int
    method: str
    level: float
    clusters: int | None = None
    separability: float | None = None
    tie: float | None = None
    removal: Removal | None = None
    rival: str | None = None
    next_pair: tuple[str, str] | None = None
    next_worth: float | None = None
    critical: float | None = None
    covariates: tuple[Covariate, ...] = ()
    pairs_met: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def rated(self) -> tuple[Rating, ...]:
        """Those who have a rating, best first."""
        return tuple(each for each in self.ratings if each.value is not None)


def rate(
    battles: Battles,
    names: Sequence[str],
    settings: Settings | None = None,
    *,
    style: Floats | None = None,
    style_names: Sequence[str] = (),
) -> Ratings:
    """Ratings of the competitors `names` (one for each number in `battles`). `style` (n, F): contrasts of style held fixed, named `style_names`.

    Who is never compared, won or lost everything, or stands in a group of its own has no rating but a reason. Raises UsageError for no battle at all.
    """
    settings = settings or Settings()
    if len(names) != battles.count:
        raise UsageError(f"There are {battles.count} competitors and {len(names)} names.")
    if not battles.size:
        raise UsageError("There is no battle to rate.")
    if settings.ties not in TIES:
        raise UsageError(f"There is no model of ties '{settings.ties}'.", remedy=f"There are: {', '.join(TIES)}.")
    if style is not None and settings.ties != "half":
        raise UsageError("Style is controlled with ties as half a win only.", remedy="Leave out one of the two.")
    every = counted(battles)
    mask = rateable(every)
    if not mask.any():
        return _nobody(every, battles, names, settings)
    kept = mask[battles.a] & mask[battles.b]
    numbers = np.cumsum(mask) - 1
    inner = battles.only(kept)
    inner = msgspec.structs.replace(inner, a=numbers[inner.a], b=numbers[inner.b], count=int(mask.sum()))
    work = _Work(every, mask, inner, None if style is None else style[kept], settings)
    return work.ratings(names, style_names)


def _nobody(counts: Counts, battles: Battles, names: Sequence[str], settings: Settings) -> Ratings:
    """Every competitor with the reason why it has no rating."""
    whys = unrated(counts, np.zeros(counts.count, dtype=np.bool_), names, ())
    outcomes = counts.outcomes()
    rows = [_unrated_row(names[each], outcomes[each], whys[each].reason, whys[each].remedy) for each in range(counts.count)]
    text = "nobody can be rated: no two competitors both took something from each other, directly or round a circle of others"
    return Ratings(
        ratings=tuple(rows), groups=(), battles=battles.size, method="none", level=settings.level, pairs_met=len(counts.i), warnings=(text,)
    )


def _unrated_row(name: str, outcomes: Any, reason: str, remedy: str) -> Rating:
    won, lost, tied, both_bad = (int(each) for each in outcomes)
    return Rating(
        competitor=name, value=None, low=None, high=None, battles=won + lost + tied + both_bad, won=won, lost=lost, tied=tied, both_bad=both_bad,
        reason=reason, remedy=remedy,
    )  # fmt: skip


class _Work:
    """One rating on its way: the fit of those who can be rated, and what follows from it."""

    def __init__(self, every: Counts, mask: Mask, battles: Battles, style: Floats | None, settings: Settings) -> None:
        self.every, self.mask, self.settings = every, mask, settings
        self.warnings: list[str] = []
        self.battles = balanced(battles) if settings.balanced else battles
        outside = int(every.met.sum()) - battles.size
        if outside:
            self.warnings.append(f"{outside:,} battles are with competitors who cannot be rated, and say nothing of those who are")
        inner = every.within(mask)
        self.counts = counted(self.battles) if settings.balanced else inner
        self.ties = self._ties()
        self.style: StyleFit | None = None
        if style is not None:
            self.style = style_fit(self.battles, style, ridge=settings.ridge)
            self.fit = self.style.fit
        else:
            self.fit = fit(self.counts, self.battles, ties=self.ties)
        if not self.fit.robust:
            one = "all battles belong to one group" if self.fit.groups == 1 else "all battles among those rated are ties"
            self.warnings.append(f"{one}: the votes show no spread, so the intervals are those the model alone gives")
        elif self.fit.groups is not None and self.fit.groups < FEW_GROUPS:
            self.warnings.append(f"{self.fit.groups} groups are few: intervals by groups are trustworthy from about {FEW_GROUPS} on")

    def _ties(self) -> Ties:
        """The model of ties that was asked for, or half a win where the battles cannot tell its parameter."""
        tied = float(self.counts.n[:, 2:].sum() / self.counts.n.sum())
        if self.settings.ties == "half" or 0.0 < tied < 1.0:
            return self.settings.ties
        what = "no battle is a tie" if tied == 0.0 else "all battles are ties"
        self.warnings.append(f"{what}: '{self.settings.ties}' has nothing to estimate, so ties are half a win")
        return "half"

    @property
    def freedom(self) -> float | None:
        """Degrees of freedom of intervals by clusters; None: normal."""
        return None if self.fit.groups is None or not self.fit.robust else self.fit.groups - 1.0

    def intervals(self) -> tuple[Floats, Floats, Floats, str]:
        """(low, high) in theta, its covariance, and the name of the method."""
        by = "" if self.fit.groups is None else "-clusters"
        if self.settings.interval == "bootstrap":
            return self._drawn(f"bootstrap{by}")
        error = np.sqrt(np.diag(self.fit.covariance))
        p = 0.5 + self.settings.level / 2.0
        reach = error * (normal_quantile(p) if self.freedom is None else t_quantile(p, self.freedom))
        name = "information" if not self.fit.robust else f"sandwich{by}"
        return self.fit.theta - reach, self.fit.theta + reach, self.fit.covariance, name

    def _drawn(self, name: str) -> tuple[Floats, Floats, Floats, str]:
        if self.style is not None:
            raise UsageError("With style the interval is the sandwich.", remedy="Leave out the bootstrap.")
        settings = self.settings
        drawn = bootstrap(
            self.counts, self.fit.theta, self.fit.tie, battles=self.battles, ties=self.ties, resamples=settings.resamples, seed=settings.seed
        )  # fmt: skip
        lost = settings.resamples - len(drawn)
        if lost > 0.05 * settings.resamples:
            raise UsageError(
                f"In {lost} of {settings.resamples} resamples somebody won or lost everything: a bootstrap of so few battles has no interval.",
                remedy="Use the sandwich interval.",
            )
        if lost:
            self.warnings.append(
                f"{lost} of {settings.resamples} resamples had no maximum and were left out: intervals are a little too narrow"
            )
        tail = (1.0 - settings.level) / 2.0
        low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
        return low, high, np.cov(drawn.T), name

    def removal(self) -> Removal | None:
        """The smallest removal, in the numbers of all competitors."""
        if self.settings.balanced or self.style is not None or self.battles.weights is not None or self.counts.count > _REMOVAL:
            return None
        found = smallest_removal(self.counts, self.fit)
        if found is None:
            return None
        number = np.flatnonzero(self.mask)
        cells = tuple((int(number[i]), int(number[j]), outcome, votes) for i, j, outcome, votes in found.cells)
        return Removal(votes=found.votes, leader=int(number[found.leader]), rival=int(number[found.rival]), cells=cells)

    def ratings(self, names: Sequence[str], style_names: Sequence[str]) -> Ratings:
        """The whole answer."""
        low, high, covariance, method = self.intervals()
        settings, theta = self.settings, self.fit.theta
        critical = critical_value(covariance, level=settings.level, freedom=self.freedom, seed=settings.seed)
        sure, order = ahead(theta, covariance, critical), np.argsort(-theta, kind="stable")
        number = np.flatnonzero(self.mask)
        groups = level_groups(sure, order)
        rows = self._rows(names, number, order, (low, high, np.sqrt(np.diag(covariance))), rank_ranges(sure), groups)
        pair, removal = next_pairs(theta, self.fit.bread)[0], self.removal()
        return Ratings(
            ratings=(*rows, *self._unrated(names, number[order])),
            groups=tuple(tuple(names[number[each]] for each in order[start : end + 1]) for start, end in groups),
            battles=self.battles.size,
            method=method,
            level=settings.level,
            clusters=self.fit.groups,
            separability=separability(low, high),
            tie=None if self.ties == "half" else self.fit.tie,
            removal=removal,
            rival=None if removal is None else names[removal.rival],
            next_pair=(names[number[pair[0]]], names[number[pair[1]]]),
            next_worth=gain_over_uniform(theta, self.fit.bread),
            critical=critical,
            covariates=self._covariates(style_names),
            pairs_met=len(self.counts.i),
            warnings=tuple(self.warnings),
        )

    def _rows(
        self,
        names: Sequence[str],
        number: Any,
        order: Any,
        spread: tuple[Floats, Floats, Floats],
        ranks: Any,
        groups: list[tuple[int, int]],
    ) -> list[Rating]:
        low, high, error = spread
        outcomes, found = self.every.outcomes(), []
        for place, each in enumerate(order):
            won, lost, tied, both_bad = (int(value) for value in outcomes[number[each]])
            found.append(
                Rating(
                    competitor=names[number[each]],
                    value=points(float(self.fit.theta[each])), low=points(float(low[each])), high=points(float(high[each])),
                    battles=won + lost + tied + both_bad,
                    error=SCALE * float(error[each]),
                    won=won, lost=lost, tied=tied, both_bad=both_bad,
                    first=int(ranks[each, 0]), last=int(ranks[each, 1]),
                    groups=tuple(index for index, (start, end) in enumerate(groups) if start <= place <= end),
                )
            )  # fmt: skip
        return found

    def _unrated(self, names: Sequence[str], order: Any) -> list[Rating]:
        """Those without a rating, those with most battles first."""
        whys, outcomes = unrated(self.every, self.mask, names, [int(each) for each in order]), self.every.outcomes()
        rows = [_unrated_row(names[each], outcomes[each], why.reason, why.remedy) for each, why in whys.items()]
        return sorted(rows, key=lambda row: (-row.battles, row.competitor))

    def _covariates(self, style_names: Sequence[str]) -> tuple[Covariate, ...]:
        if self.style is None:
            return ()
        reach = normal_quantile(0.5 + self.settings.level / 2.0) * self.style.errors
        return tuple(
            Covariate(name=name, value=SCALE * float(value), low=SCALE * float(value - wide), high=SCALE * float(value + wide))
            for name, value, wide in zip(style_names, self.style.coefficients, reach, strict=True)
        )


def points(theta: float) -> float:
    """theta on the scale of ratings: 1000 + (400 / ln 10) theta."""
    return CENTRE + SCALE * theta


def bradley_terry(battles: Battles, ties: Ties = "half", *, level: float = 0.95) -> tuple[Floats, Floats, Floats, Fit]:
    """(values, low, high, fit) in points, with sandwich intervals, (count,) each, of battles in which everybody can be rated: the quick way, without names.

    Raises UsageError where somebody cannot: `rate` says who and why.
    """
    counts = counted(battles)
    if not rateable(counts).all():
        raise UsageError("Not everybody can be rated.", remedy="`rate` rates the rest, and says who cannot be and why.")
    found = fit(counts, battles, ties=ties)
    p = 0.5 + level / 2.0
    few = found.groups is not None and found.robust
    reach = np.sqrt(np.diag(found.covariance)) * (t_quantile(p, found.groups - 1.0) if few and found.groups else normal_quantile(p))
    return CENTRE + SCALE * found.theta, CENTRE + SCALE * (found.theta - reach), CENTRE + SCALE * (found.theta + reach), found
