"""The JSON document of ratings, version 1: what `assay arena rate --format json` prints. Described in docs/json.md."""

from typing import Any

import msgspec

from assay.arena.rating import RatedBattles
from assay.stats.ratings import Rating, Ratings

VERSION = 1
OUTCOMES = ("won", "lost", "tie", "both_bad")


def document(rated: RatedBattles) -> dict[str, Any]:
    """Plain data, `{"version": 1, "ratings": [...]}`; who has no rating has a null value, a reason and a remedy."""
    ratings = rated.ratings
    return {
        "version": VERSION,
        "ratings": [_rating(each) for each in ratings.ratings],
        "groups": [list(each) for each in ratings.groups],
        "battles": ratings.battles,
        "clusters": ratings.clusters,
        "rows": rated.rows,
        "left_out": dict(rated.left_out),
        "votes": dict(rated.votes),
        "separability": ratings.separability,
        "removal": _removal(ratings),
        "next_pair": list(ratings.next_pair) if ratings.next_pair else None,
        "next_worth": ratings.next_worth,
        "style": [msgspec.to_builtins(each) for each in ratings.covariates],
        "placebo": None if rated.placebo is None else {**msgspec.to_builtins(rated.placebo), "honest": rated.placebo.honest},
        "settings": dict(rated.settings),
        "warnings": list(rated.warnings),
    }


def _rating(rating: Rating) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(rating)
    plain["groups"] = list(rating.groups)
    if rating.reason is None:
        del plain["reason"], plain["remedy"]
    return plain


def _removal(ratings: Ratings) -> dict[str, Any] | None:
    """How few votes hold rank 1 up, by name."""
    found = ratings.removal
    if found is None:
        return None
    return {"votes": found.votes, "leader": ratings.rated[0].competitor, "rival": ratings.rival, "share": found.votes / ratings.battles}
