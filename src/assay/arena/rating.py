"""From a file of battles to ratings, with what a reader must know of the votes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from assay.arena.battles import BattleFile, read_battles
from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.stats.ratings import IntervalKind, Ratings, Settings, rate
from assay.stats.ratings_counts import battles_of
from assay.stats.ratings_placebo import Placebo, placebo
from assay.stats.ratings_style import contrasts
from assay.stats.ratings_ties import Ties

Cluster = Literal["auto", "none", "sample", "voter"]

FEW = 20
"""Battles of a competitor below which its interval, which is right for many, is only rough."""

UNEVEN = 10.0
"""How many times as many battles as another competitor one may have before it is said."""


class RateOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to rate. `cluster`: which battles belong together; `auto` takes samples where they repeat. `voters`: only the votes of `human`, `judge` or these names.
    `style`: hold the style counts of the file fixed. `balanced`: pairs weighted by 1 / max(battles, 50). `outcome`: another column of outcomes.
    `placebo`: a competitor to enter twice."""

    interval: IntervalKind = "sandwich"
    cluster: Cluster = "auto"
    ties: Ties = "half"
    style: bool = False
    voters: tuple[str, ...] = ()
    balanced: bool = False
    outcome: str | None = None
    placebo: str | None = None
    seed: int = 0


class RatedBattles(msgspec.Struct, frozen=True, kw_only=True):
    """Ratings of a file. `rows` in it; `left_out`: rows that were not used, by reason; `votes` by kind of voter; `settings` as they were used;
    `warnings` of the file and of the ratings."""

    place: str
    ratings: Ratings
    rows: int
    left_out: Mapping[str, int]
    votes: Mapping[str, int]
    settings: Mapping[str, Any]
    warnings: tuple[str, ...]
    placebo: Placebo | None = None


def rate_battles(place: str | Path, options: RateOptions | None = None) -> RatedBattles:
    """Ratings of the battles in a file: JSONL, CSV or Parquet, packed or not. Raises what `read_battles` and `rate` raise."""
    options = options or RateOptions()
    file = read_battles(place, outcome=options.outcome, voters=options.voters, style=options.style)
    by, labels = clusters_of(file, options.cluster, str(place))
    battles = battles_of(file.a, file.b, file.outcome, len(file.names), clusters=labels)
    settings = Settings(interval=options.interval, ties=options.ties, balanced=options.balanced, seed=options.seed)
    style = contrasts(file.style) if options.style else None
    ratings = rate(battles, file.names, settings, style=style, style_names=tuple(file.style))
    checked = None
    if options.placebo is not None:
        if options.placebo not in file.names:
            raise UsageError(f"There is no competitor '{options.placebo}'.", remedy=suggest(options.placebo, file.names))
        number = file.names.index(options.placebo)
        apart = file.voter if file.voter is not None else file.sample
        checked = placebo(battles, number, by=apart, ties=options.ties, seed=options.seed)
    return RatedBattles(
        place=str(place),
        ratings=ratings,
        rows=file.rows,
        left_out=file.left_out,
        votes=file.votes,
        settings={
            "interval": ratings.method,
            "level": ratings.level,
            "ties": options.ties,
            "cluster": by,
            "balanced": options.balanced,
            "style": list(file.style),
            "voters": list(options.voters),
            "outcome": options.outcome,
            "seed": options.seed,
        },
        warnings=(*warnings(file, ratings, by), *ratings.warnings),
        placebo=checked,
    )


def clusters_of(file: BattleFile, cluster: Cluster, place: str) -> tuple[str, Any]:
    """What the battles are grouped by (`none`, `sample`, `voter`), and the label of each. Raises UsageError where the file has no such column."""
    import numpy as np

    if cluster == "none":
        return "none", None
    if cluster == "auto":
        repeats = file.sample is not None and len(np.unique(file.sample)) < len(file.sample)
        return ("sample", file.sample) if repeats else ("none", None)
    labels = file.sample if cluster == "sample" else file.voter
    if labels is None:
        wanted = "sample_id" if cluster == "sample" else "voter"
        raise UsageError(f"{place} cannot be grouped by {cluster}: it has no column '{wanted}'.", remedy="Leave out --cluster.")
    return cluster, labels


def warnings(file: BattleFile, ratings: Ratings, by: str) -> Iterator[str]:
    """What the votes themselves make doubtful."""
    import numpy as np

    for why, number in file.left_out.items():
        if why != "votes of others":
            yield f"left out of {file.rows:,} rows: {number:,}, {why}"
    if len(file.votes) > 1:
        yield f"{file.votes['human']:,} votes of people and {file.votes['judge']:,} of judges are mixed, as asked"
    if "judge" in file.votes and len(file.judges) > 1:
        yield f"the votes of {len(file.judges)} judges are pooled; --voter NAME rates by one of them"
    if file.voter is not None and by != "voter":
        voters = len(np.unique(file.voter))
        if voters < 0.9 * len(file.voter) and voters > 1:
            yield f"{voters:,} voters cast {len(file.voter):,} votes, which are taken as independent: --cluster voter takes a voter's votes together"
    rated = [each for each in ratings.rated if each.battles]
    few = [each.competitor for each in rated if each.battles < FEW]
    if few:
        whom = few[0] if len(few) == 1 else f"{few[0]} and {len(few) - 1} more"
        yield f"fewer than {FEW} battles: {whom}; intervals of so few are rough"
    if rated:
        most, least = max(rated, key=lambda each: each.battles), min(rated, key=lambda each: each.battles)
        if most.battles > UNEVEN * least.battles:
            yield f"{most.competitor} was in {most.battles:,} battles, {least.competitor} in {least.battles:,}: who is drawn more often has the narrower interval"
