"""The scores of a run without its texts: one pass over its journals, what comparisons and estimates over many runs need."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.core.journal import TrialHead, standing
from assay.store.files import broken


class Item(msgspec.Struct, frozen=True, gc=False):
    """What of a sample is read where nobody asks for its metadata."""

    id: str
    cluster: str | None = None


class Described(msgspec.Struct, frozen=True):
    """What of a sample is read with its metadata."""

    id: str
    cluster: str | None = None
    metadata: dict[str, Any] = {}


class Line(msgspec.Struct, frozen=True, gc=False):
    """The fields of a journal's line that hold scores; all else is skipped undecoded."""

    trial: TrialHead | None = None
    sample: Item | None = None


class DescribedLine(msgspec.Struct, frozen=True):
    """The same, with the samples' metadata."""

    trial: TrialHead | None = None
    sample: Described | None = None


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Scores by metric and sample: `means` over the scored trials of each. `clusters` of the samples that name one, `metadata` where it was asked for.

    `scored` counts the trials behind each metric, `trials` those that closed; of one closed several times the last of the best standing counts.
    """

    means: dict[str, dict[str, float]]
    clusters: dict[str, str]
    metadata: dict[str, dict[str, Any]]
    scored: dict[str, int]
    trials: int


def read_scores(journals: Sequence[Path], *, metadata: bool = False) -> Scores:
    """The scores in a run's journals. A torn or damaged line is passed over. Raises StoreError for a file that cannot be read."""
    best: dict[tuple[str, int], tuple[int, TrialHead]] = {}
    clusters: dict[str, str] = {}
    about: dict[str, dict[str, Any]] = {}
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(DescribedLine if metadata else Line)
    for line in lines_of(journals):
        try:
            found: Line | DescribedLine = decoder.decode(line)
        except msgspec.MsgspecError:
            continue
        trial, sample = found.trial, found.sample
        if trial is not None:
            rank, key = standing(trial), (trial.sample_id, trial.number)
            there = best.get(key)
            if there is None or rank >= there[0]:
                best[key] = (rank, trial)
        elif sample is not None:
            if sample.cluster:
                clusters[sample.id] = sample.cluster
            if isinstance(sample, Described):
                about[sample.id] = sample.metadata
    means, scored = means_of([trial for _, trial in best.values()], clusters)
    return Scores(means=means, clusters=clusters, metadata=about, scored=scored, trials=len(best))


def lines_of(journals: Sequence[Path]) -> Iterator[bytes]:
    """The whole lines of the journals that close a trial or tell a sample; paid answers are not even decoded."""
    for path in journals:
        try:
            with path.open("rb") as lines:
                for line in lines:
                    if not line.startswith(b'{"event":"call"') and line.endswith(b"\n"):
                        yield line
        except OSError as error:
            raise broken(error, path, "read") from error


def means_of(trials: Sequence[TrialHead], clusters: dict[str, str]) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Metric -> sample -> mean over its scored trials, and metric -> how many trials those are; a cluster that only a trial names is noted in `clusters`."""
    sums: dict[str, dict[str, float]] = {}
    counts: dict[str, dict[str, int]] = {}
    for trial in trials:
        if trial.cluster and trial.sample_id not in clusters:
            clusters[trial.sample_id] = trial.cluster
        for score in trial.scores:
            if score.value is not None:
                own, times = sums.setdefault(score.name, {}), counts.setdefault(score.name, {})
                own[trial.sample_id] = own.get(trial.sample_id, 0.0) + score.value
                times[trial.sample_id] = times.get(trial.sample_id, 0) + 1
    means = {name: {each: total / counts[name][each] for each, total in own.items()} for name, own in sums.items()}
    return means, {name: sum(times.values()) for name, times in counts.items()}
