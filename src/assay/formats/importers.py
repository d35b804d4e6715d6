"""Importers: what another tool wrote becomes runs. Reading is here; run folders, estimates and comparisons are the same as for Assay's own runs."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from assay.core.card import Card
from assay.core.errors import UsageError
from assay.core.estimate import Estimate
from assay.core.registry import entries, load, suggest
from assay.store.fold import Record


class ImportedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One task asked of one model, as another tool tells it.

    `records` are its trials with their samples, passed through once, in the tool's order; they may come from a file that is never held whole.
    `tool` is who wrote it ("lm-eval 0.4.9"). `planned` trials (None: as many as there are). `settings` are the run's own words, flat, for a
    settings diff; `fingerprints` the parts of an identity that the tool tells ("dataset", "solver", "scorers", "decoding"); what it does not tell is
    reckoned from the samples and the names of the scores. `reported` are the tool's own figures: with `records` they are checked against ours, without any they
    are all there is. `created` is an ISO time, empty where nobody wrote it down. `files`, name -> content, are kept in the run folder for an export
    to give back. `fingerprints` are read when the records have been, so an importer may fill them meanwhile.
    """

    task: str
    model: str
    tool: str
    records: Iterable[Record] = ()
    created: str = ""
    planned: int | None = None
    seed: int = 0
    settings: dict[str, Any] = {}
    fingerprints: dict[str, str] = {}
    lower_is_better: tuple[str, ...] = ()
    reported: dict[str, Estimate] = {}
    scenario: str | None = None
    card: Card | None = None
    notes: tuple[str, ...] = ()
    files: dict[str, bytes] = {}


class Importer(msgspec.Struct, frozen=True, kw_only=True):
    """One tool's results. `read(place, **options)` gives its runs, one after the other; a generator may read them as it goes, and each is used up before the next.

    `recognises` looks at a path without reading all of it, `what` is one line of help.
    """

    what: str
    read: Callable[..., Iterator[ImportedRun]]
    recognises: Callable[[Path], bool]


def importer_for(place: Path) -> tuple[str, Importer]:
    """The importer that knows what lies at `place`, with its name. Raises UsageError where none does, or where two do."""
    if not place.exists():
        raise UsageError(f"There is no file or folder '{place}'.")
    if (place / "run.json").is_file():
        raise UsageError(f"{place} is a run of Assay already.", remedy=f"Look at it: assay view {place}")
    known = {name: importer for name in entries("importers") if (importer := load("importers", name)).recognises(place)}
    if len(known) == 1:
        return next(iter(known.items()))
    if known:
        raise UsageError(f"{place} may be of several formats.", remedy=f"Name one: assay import {' | '.join(known)} {place}")
    raise UsageError(
        f"{place} is of no known format.", remedy=f"Name it: assay import FORMAT {place}. {suggest('', list(entries('importers')))}"
    )
