"""Where the variance of a score comes from in one run, or in runs of one task that differ in their prompt; and what to spend the next call on."""

from collections.abc import Sequence

from assay.core.errors import UsageError
from assay.report.variance import Split

_ROWS = "select metric, sample_id, number, value from trials where value is not null order by metric, sample_id, number"


def split_of(runs: Sequence[str]) -> list[Split]:
    """Each metric's variance by samples and trials, and by prompts where several runs are named: one run a prompt, of one task and one model.

    Raises UsageError where the runs are of several tasks or models, or share no metric.
    """
    from assay.store import RunFolder

    folders = [RunFolder.open(place) for place in runs]
    if not folders:
        raise UsageError("A variance split needs a run.", remedy="`assay list runs` shows those there are.")
    for what in ("task", "model"):
        found = sorted({str(getattr(each.manifest, what)) for each in folders})
        if len(found) > 1:
            raise UsageError(
                f"The runs are of several {what}s: {', '.join(found)}.", remedy=f"Name runs of one {what} that differ in their prompt."
            )
    rows = [(place, *row) for place, folder in enumerate(folders) for row in folder.query(_ROWS)]
    task, model = folders[0].manifest.task, folders[0].manifest.model
    metrics = list(dict.fromkeys(metric for _, metric, *_ in rows))
    shared = [
        each for each in metrics if all((place, each) in {(run, metric) for run, metric, *_ in rows} for place in range(len(folders)))
    ]
    if not shared:
        raise UsageError("The runs share no metric with a score.", remedy="Score them with one scorer: assay score RUN --scorer NAME")
    return [_split(task, model, metric, [row for row in rows if row[1] == metric], len(folders)) for metric in shared]


def _split(task: str, model: str, metric: str, rows: Sequence[tuple[int, str, str, int, float]], prompts: int) -> Split:
    from assay.stats import variance_split

    places, _, samples, numbers, values = zip(*rows, strict=True)
    distinct = len(set(samples))
    if distinct < 3:
        return Split(task=task, model=model, metric=metric, samples=distinct, reason="a split needs 3 scored samples or more")
    found = variance_split(values, samples, variants=places if prompts > 1 else None, trials=numbers)
    return Split(
        task=task,
        model=model,
        metric=metric,
        samples=distinct,
        prompts=prompts,
        trials=len(rows) / (distinct * prompts),
        mean=found.mean,
        error=found.error,
        components=found.components,
        gains=found.gains,
        best=found.best,
        reason=found.reason,
    )
