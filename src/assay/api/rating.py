"""Rating: battles of a file become ratings, and their page."""

from pathlib import Path

from assay.arena.rating import RatedBattles, RateOptions, rate_battles
from assay.models.tiny.threads import pin_threads
from assay.report.ratings import write_ratings


def rate(place: str | Path, options: RateOptions | None = None, *, page: str | None = None) -> RatedBattles:
    """Ratings of the battles in a file (JSONL, CSV, Parquet), and their HTML page at `page` where one is named.

    Raises UsageError and DatasetError for a file that cannot be rated, StoreError for a page that cannot be written.
    """
    pin_threads()
    rated = rate_battles(place, options)
    if page is not None:
        write_ratings(page, rated.ratings, place=rated.place, notes=rated.warnings, settings=rated.settings)
    return rated
