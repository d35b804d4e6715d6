"""What a gate knows of a run: scores by metric and sample, and of every trial its flags, its time and its cost."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.estimate import Estimate, not_measurable
from assay.core.journal import TrialHead, standing
from assay.core.run import Manifest, Result
from assay.store import RunFolder
from assay.store.scores import DescribedLine, lines_of

if TYPE_CHECKING:
    from assay.core.trial import Trial


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What one answered trial took: seconds, None where nothing was recorded; tokens in and out; US dollars, None without a known price."""

    sample_id: str
    seconds: float | None
    first_token: float | None
    tokens: int
    dollars: float | None


class Column(msgspec.Struct, kw_only=True):
    """One metric: the sum of each sample's scores and how many there are; `binary` while every score is 0 or 1."""

    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    binary: bool = True

    def add(self, sample_id: str, value: float) -> None:
        """One score."""
        self.sums[sample_id] = self.sums.get(sample_id, 0.0) + value
        self.counts[sample_id] = self.counts.get(sample_id, 0) + 1
        self.binary = self.binary and value in (0.0, 1.0)

    def mean(self, sample_id: str) -> float:
        """The mean over a sample's trials."""
        return self.sums[sample_id] / self.counts[sample_id]

    @property
    def is_share(self) -> bool:
        """Whether every mean lies in 0..1."""
        return all(0.0 <= self.mean(each) <= 1.0 for each in self.sums)


def mean_of(column: Column, ids: Sequence[str], groups: Sequence[int] | None, *, alpha: float, coverage: float) -> Estimate:
    """The mean over some samples' means with its 1 - 2 alpha interval: exact (by `groups`) for 0/1 scores, t on clusters for others."""
    from assay.stats import interval

    if not ids:
        return not_measurable("no sample was scored", coverage=coverage)
    values, trials = [column.mean(each) for each in ids], sum(column.counts[each] for each in ids)
    exact = column.binary
    return interval(
        values,
        groups,
        kind="clopper-pearson" if exact else "auto",
        observations=trials if exact else None,
        level=1.0 - 2.0 * alpha,
        coverage=coverage,
    )


def groups_of(ids: Sequence[str], clusters: Mapping[str, str]) -> list[int] | None:
    """The samples' clusters as numbers; None where every sample is its own."""
    codes: dict[str, int] = {}
    found = [codes.setdefault(clusters.get(each, "\0" + each), len(codes)) for each in ids]
    return None if len(codes) == len(ids) else found


class Evidence(msgspec.Struct, kw_only=True):
    """A run as a gate reads it. `flags`: kind -> sample -> trials; `answered` and `failed`: sample -> trials. `spent` is there only if asked for."""

    place: str
    manifest: Manifest
    result: Result | None
    columns: dict[str, Column] = {}
    clusters: dict[str, str] = {}
    metadata: dict[str, Mapping[str, Any]] = {}
    flags: dict[str, dict[str, int]] = {}
    answered: dict[str, int] = {}
    failed: dict[str, int] = {}
    spent: tuple[Spent, ...] = ()

    def coverage(self, metric: str) -> float:
        """Scored / planned trials of a metric."""
        column, planned = self.columns.get(metric), self.manifest.planned
        return min(1.0, sum(column.counts.values()) / planned) if column and planned else 0.0

    def groups(self, ids: Sequence[str]) -> list[int] | None:
        """The samples' clusters as numbers; None where every sample is its own."""
        return groups_of(ids, self.clusters)

    def mean(self, metric: str, ids: Sequence[str], alpha: float) -> Estimate:
        """A metric's mean over some samples with its 1 - 2 alpha interval."""
        return mean_of(self.columns[metric], ids, self.groups(ids), alpha=alpha, coverage=self.coverage(metric))

    def rate(self, kind: str, alpha: float) -> Estimate:
        """The share of trials of a kind: failed ones of all that ended, the others of those answered; with an exact interval by samples."""
        from assay.stats import interval

        counted = self.failed if kind == "failed" else self.flags.get(kind, {})
        ended = {each: self.answered.get(each, 0) + (self.failed.get(each, 0) if kind == "failed" else 0) for each in self.samples}
        ids = [each for each, trials in ended.items() if trials]
        if not ids:
            return not_measurable("no trial was answered")
        shares = [min(1.0, counted.get(each, 0) / ended[each]) for each in ids]
        trials = sum(ended[each] for each in ids)
        coverage = min(1.0, trials / self.manifest.planned) if self.manifest.planned else 0.0
        level = 1.0 - 2.0 * alpha
        return interval(shares, self.groups(ids), kind="clopper-pearson", observations=trials, level=level, coverage=coverage)

    @property
    def samples(self) -> list[str]:
        """Every sample that came up, in the order of the journal."""
        return list(dict.fromkeys((*self.answered, *self.failed)))


def read_evidence(place: str, *, spending: bool = False) -> Evidence:
    """Read a run folder, without its texts; the whole answers too (slower) only where their time and cost are asked for."""
    folder = RunFolder.open(place)
    evidence = Evidence(place=folder.path, manifest=folder.manifest, result=folder.result())
    for head in trials_of(evidence, folder):
        ended = evidence.answered if head.failure is None else evidence.failed
        ended[head.sample_id] = ended.get(head.sample_id, 0) + 1
        if head.failure is None:
            _count(evidence, head)
    if spending:
        evidence.spent = tuple(spent_of(each.trial) for each in folder.records() if each.trial.failure is None)
    return evidence


def trials_of(evidence: Evidence, folder: RunFolder) -> list[TrialHead]:
    """The trials of a run, of one closed several times the last of the best standing; what the samples say of themselves is noted."""
    best: dict[tuple[str, int], tuple[int, TrialHead]] = {}
    decoder = msgspec.json.Decoder(DescribedLine)
    for line in lines_of(folder.journals()):
        try:
            found = decoder.decode(line)
        except msgspec.MsgspecError:
            continue
        trial, sample = found.trial, found.sample
        if trial is not None:
            rank, key = standing(trial), (trial.sample_id, trial.number)
            if key not in best or rank >= best[key][0]:
                best[key] = (rank, trial)
            if trial.cluster:
                evidence.clusters.setdefault(trial.sample_id, trial.cluster)
        elif sample is not None:
            if sample.cluster:
                evidence.clusters[sample.id] = sample.cluster
            evidence.metadata[sample.id] = sample.metadata
    return [trial for _, trial in best.values()]


def _count(evidence: Evidence, head: TrialHead) -> None:
    for flag in head.flags:
        own = evidence.flags.setdefault(flag, {})
        own[head.sample_id] = own.get(head.sample_id, 0) + 1
    for score in head.scores:
        if score.value is not None:
            evidence.columns.setdefault(score.name, Column()).add(head.sample_id, score.value)


def spent_of(trial: "Trial") -> Spent:
    """What an answered trial took."""
    answer = trial.answer
    if answer is None:
        return Spent(sample_id=trial.sample_id, seconds=None, first_token=None, tokens=0, dollars=None)
    timing, usage = answer.timing, answer.usage
    return Spent(
        sample_id=trial.sample_id,
        seconds=timing.seconds if timing.seconds > 0.0 else None,
        first_token=timing.first_token,
        tokens=usage.input_tokens + usage.output_tokens,
        dollars=usage.cost,
    )
