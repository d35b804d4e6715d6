"""The variance split in words: where a score's variance comes from, and what the next call is best spent on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from assay.report.grids import grid
from assay.report.words import count, metric_name, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

NAMES = {
    "sample": "samples",
    "variant": "prompts",
    "judge": "judges",
    "sample x variant": "prompts, sample by sample",
    "sample x judge": "judges, sample by sample",
    "trial": "trials of one sample",
    "verdict": "verdicts of one judge",
}
AXES = {"samples": "a new sample", "trials": "another trial of each sample", "variants": "another prompt", "judges": "another judge"}
BAR = 20


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """One metric's variance in one run, or in runs that differ in their prompt. `components` are `assay.stats.Component`s; `error` is the standard
    error of the mean over samples, prompts and trials like these; `gains` says by how many per cent its square falls for each per cent more that is
    spent on an axis, `best` is the first of them; `reason` says what could not be told."""

    task: str
    model: str
    metric: str
    samples: int
    prompts: int = 1
    trials: float = 0.0
    mean: float | None = None
    error: float | None = None
    components: tuple[Any, ...] = ()
    gains: dict[str, float] = {}
    best: str | None = None
    reason: str | None = None


def split_lines(split: Split) -> "Iterator[RenderableType]":
    """The answer first: what to spend on; then each source with its share, drawn, and its interval."""
    from rich.text import Text

    asked = [
        count(split.samples, "sample"),
        *([count(split.prompts, "prompt")] if split.prompts > 1 else []),
        f"{split.trials:.3g} trials each",
    ]
    yield Text(plain(f"{split.task} · {metric_name(split.metric, split.task)} · {split.model}"), style="bold")
    if split.error is None or split.mean is None:
        yield Text(f"not measurable: {split.reason}", style="yellow")
        return
    yield Text(f"{' · '.join(asked)}; the mean is {split.mean:.3f}, its standard error {split.error:.3f}", style="dim")
    yield ""
    table = grid()
    for each in split.components:
        name, variance = NAMES.get(each.name, each.name), each.variance
        if variance.value is None:
            table.add_row(name, "—", "", Text(variance.reason or "", style="dim"))
        else:
            share = each.share or 0.0
            table.add_row(
                name,
                f"{share:.0%}".replace("%", " %"),
                "█" * round(BAR * share),
                f"{variance.value:.4f} [{variance.low:.4f}, {variance.high:.4f}]",
            )
    yield table
    yield ""
    if split.best is not None:
        yield f"next call  {AXES[split.best]}"
    others = [
        f"{AXES[axis]} {gain / split.gains[split.best]:.2f}" for axis, gain in split.gains.items() if split.best and axis != split.best
    ]
    if others:
        yield Text(f"for the same calls, of what that gains: {' · '.join(others)}", style="dim")
