"""Runs as a gate reads them, made of arrays; and run folders, written through the matrix importer's own path or by hand."""

from collections.abc import Mapping, Sequence

from assay.core.run import Manifest
from assay.lifecycle.evidence import Column, Evidence, Spent


def run_of(
    task: str,
    values: Mapping[str, Sequence[float]],
    *,
    planned: int | None = None,
    clusters: Sequence[str] | None = None,
    metadata: Mapping[str, Mapping[str, object]] | None = None,
    lower: tuple[str, ...] = (),
    seconds: Sequence[float] = (),
    **fingerprints: str,
) -> Evidence:
    """A run of one trial a sample: metric -> values, the samples s0, s1, ..."""
    count = max((len(each) for each in values.values()), default=0)
    columns = {}
    for metric, own in values.items():
        column = columns[metric] = Column()
        for index, value in enumerate(own):
            column.add(f"s{index}", float(value))
    manifest = Manifest(id="x", task=task, model="m", identity="i", created="2026-01-01", assay="0", seed=0, trials=1, samples=planned or count,
                        planned=planned or count, fingerprints=fingerprints, lower_is_better=lower)  # fmt: skip
    return Evidence(
        place=f"runs/{task}-{id(columns)}",
        manifest=manifest,
        result=None,
        columns=columns,
        clusters=dict(zip((f"s{index}" for index in range(count)), clusters or (), strict=False)),
        metadata=dict(metadata or {}),
        answered={f"s{index}": 1 for index in range(count)},
        spent=tuple(
            Spent(sample_id=f"s{index}", seconds=each, first_token=None, tokens=10, dollars=None) for index, each in enumerate(seconds)
        ),
    )
