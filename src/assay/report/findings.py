"""The first screen: what was found, how sure that is, what to watch, what to do next, each in a sentence."""

import math
import re
import shlex
from collections.abc import Sequence

import msgspec

from assay.core.run import Manifest, Result
from assay.report.compare import Comparison, corrected, difference_scale, moved, phrases
from assay.report.ranks import Board
from assay.report.settings import incomparable
from assay.report.totals import extractions, sums
from assay.report.words import count, failure_name, listing, metric_name, share


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """`headline` is the decision; `sure` says how far to believe it; `watch` names what endangers it; `next` are (what for, command)."""

    headline: str
    sure: tuple[str, ...]
    watch: tuple[str, ...]
    next: tuple[tuple[str, str], ...]


def findings(
    results: Sequence[Result], manifests: Sequence[Manifest], shown: Sequence[Board], comparisons: Sequence[Comparison] = ()
) -> Findings:
    """What the boards say in words. Takes the first metric of each task as the one that decides."""
    deciding = deciding_boards(shown)
    return Findings(
        headline=_headline(deciding),
        sure=tuple(_sure(results, deciding, comparisons)),
        watch=tuple(_watch(results, manifests, shown)),
        next=tuple(_next(results, manifests, comparisons)),
    )


def deciding_boards(shown: Sequence[Board]) -> list[Board]:
    """The board of each task's first metric."""
    first: dict[str, Board] = {}
    for board in shown:
        first.setdefault(board.task, board)
    return list(first.values())


def _headline(deciding: Sequence[Board]) -> str:
    ranked = [board for board in deciding if board.ranked]
    if not ranked:
        if any(one.estimate.measurable for board in deciding for one in board.standings):
            return "Too little was scored for a verdict: the numbers are of what was reached."
        return "Nothing can be said yet." if deciding else "Nothing was measured."
    models = {one.model for board in ranked for one in board.standings}
    if len(models) == 1:
        return _one_model(ranked)
    return _one_task(ranked[0]) if len(ranked) == 1 else _many(ranked)


def _one_model(ranked: Sequence[Board]) -> str:
    if len(ranked) == 1:
        board = ranked[0]
        one = board.ranked[0]
        return f"{one.model} reaches {_value(board)} on {board.task} ({metric_name(board.metric, board.task)})."
    shares = [board for board in ranked if board.scale.is_share and not board.lower_is_better]
    model = ranked[0].ranked[0].model
    if len(shares) < 2:
        return f"{model} on {len(ranked)} tasks."
    ordered = sorted(shares, key=lambda board: board.ranked[0].estimate.value or 0.0)
    weak, strong = ordered[0], ordered[-1]
    return f"{model} is strongest on {strong.task} ({_value(strong)}) and weakest on {weak.task} ({_value(weak)})."


def _value(board: Board) -> str:
    found = board.ranked[0].estimate
    return board.scale.text(found.value) + (" %" if board.scale.is_share else "")


def _one_task(board: Board) -> str:
    first = [one for one in board.ranked if one.first == 1]
    if len(board.ranked) == 1:
        return f"Only {first[0].model} was measured well enough to be ranked on {board.task}."
    if len(first) == 1:
        return f"{first[0].model} leads on {board.task} with {_value(board)} ({metric_name(board.metric, board.task)})."
    names = listing([one.model for one in first])
    if len(first) == len(board.ranked):
        return f"{names} cannot be told apart on {board.task}."
    return f"{names} lead on {board.task}; they cannot be told apart."


def _many(ranked: Sequence[Board]) -> str:
    """Several tasks, several models: who is first, or not known to be behind the first, on most tasks."""
    contested = [board for board in ranked if len(board.ranked) > 1]
    if not contested:
        return "No two models were measured well enough on the same task to be ranked."
    level: dict[str, int] = {}
    alone: dict[str, int] = {}
    for board in contested:
        first = [one.model for one in board.ranked if one.first == 1]
        for model in first:
            level[model] = level.get(model, 0) + 1
            alone[model] = alone.get(model, 0) + (len(first) == 1)
    best = max(level, key=lambda model: (level[model], alone[model]))
    rivals = [model for model in level if (level[model], alone[model]) == (level[best], alone[best])]
    if len(rivals) > 1:
        return (
            f"{listing(rivals)} share the lead: each is first or level with the first on {level[best]} of {count(len(contested), 'task')}."
        )
    if alone[best] == len(contested):
        return f"{best} leads on all {len(contested)} tasks."
    extra = f", alone in front on {alone[best]}" if alone[best] else ", never alone in front"
    return f"{best} is first or level with the first on {level[best]} of {count(len(contested), 'task')}{extra}."


def _sure(results: Sequence[Result], deciding: Sequence[Board], comparisons: Sequence[Comparison]) -> "list[str]":
    found = [one.estimate for board in deciding for one in board.standings if one.estimate.measurable]
    lines = []
    if found:
        few, many = min(each.n for each in found), max(each.n for each in found)
        samples = count(many, "sample") if few == many else f"{few:,} to {count(many, 'sample')}"
        each = " each" if len(found) > 1 else ""
        clustered = any(0 < one.clusters < one.n for one in found)
        among = ", grouped by what they came from" if clustered else ""
        lines.append(f"Every interval is {found[0].level:.0%}, from {samples}{each}{among}.".replace("%", " %", 1))
    scored, planned = sum(each.scored for each in results), sum(each.planned for each in results)
    if planned:
        lines.append(f"{scored:,} of {count(planned, 'planned trial')} scored ({share(scored / planned)}).")
    lines += [_led(each) for each in _at_the_top(deciding, comparisons)[:2]]
    told = corrected(comparisons)
    if told:
        lines.append(f"Verdicts are {told}.")
    if any(board.groups and not board.paired for board in deciding):
        lines.append("Where no pair was compared, two models count as told apart only if their intervals do not touch.")
    return lines


def _at_the_top(deciding: Sequence[Board], comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Of each board the comparison of the leader with the one behind it, those first that leave the lead open."""
    found = []
    for board in deciding:
        first = {one.model for one in board.ranked[:2]}
        found += [
            each
            for each in comparisons
            if (each.task, each.metric, each.slice) == (board.task, board.metric, None) and {each.a, each.b} == first
        ]
    return sorted(found, key=lambda each: each.verdict in ("better", "worse"))


def _led(each: Comparison) -> str:
    """How far the lead is to be believed; where nothing was seen, how many samples would show the difference that was estimated."""
    text = f"{each.task}, {metric_name(each.metric, each.task)}, {each.a} against {each.b}: "
    text += f"{moved(each)} {' '.join(phrases(each))}" if each.difference.measurable else " ".join(phrases(each))
    scale, mde, value = difference_scale(each), each.mde or 0.0, each.difference.value or 0.0
    if each.verdict == "no difference seen" and value and mde > abs(value):
        needed = each.difference.n * (mde / value) ** 2
        if math.isfinite(needed) and needed < 1e7:
            text += f"; to see one of {scale.text(abs(value))} takes about {_rounded(needed):,} samples"
    return text + "."


def _rounded(number_of: float) -> int:
    """Two significant digits, upwards: more would promise too much."""
    power = int(10 ** max(0, math.floor(math.log10(max(number_of, 1.0))) - 1))
    return math.ceil(number_of / power) * power


def _watch(results: Sequence[Result], manifests: Sequence[Manifest], shown: Sequence[Board]) -> "list[str]":
    """What endangers the decision, the gravest first; what several runs share is said once."""
    lines = []
    for task in dict.fromkeys(each.task for each in results):
        why = incomparable([each for each in manifests if each.task == task])
        if why:
            lines.append(f"The numbers of {task} cannot be compared: {why}.")
    lines += without_rank(shown)
    failed = sum(each.failed for each in results)
    if failed:
        kinds = sums(each.failures for each in results)
        worst = max(kinds, key=lambda kind: kinds[kind]) if kinds else "unknown"
        message = next((each.errors[worst] for each in results if each.errors.get(worst)), "")
        lines.append(
            f"{count(failed, 'trial')} broke through no fault of a model (mostly: {failure_name(worst, message)}) and count for nobody."
        )
    lines += [
        f"{each.task}, {each.model} was {each.status}: the numbers are of what was reached."
        for each in results
        if each.status != "finished"
    ]
    lines += _noted(results)
    cut = {each.model: each.flags["truncated"] / each.planned for each in results if each.planned and each.flags.get("truncated")}
    lines += [f"{share(part)} of the answers of {model} were cut off: raise --max-tokens." for model, part in cut.items() if part >= 0.02]
    lines += extraction(results)
    return list(dict.fromkeys(lines))


def without_rank(shown: Sequence[Board]) -> list[str]:
    """A sentence for each reason why a metric of a task has no number or no rank, with whom it concerns."""
    found: dict[tuple[str, str, str], list[str]] = {}
    everyone: dict[tuple[str, str], int] = {}
    for board in shown:
        everyone[board.task, board.metric] = len(board.standings)
        for one in board.standings:
            if one.why is not None:
                kind = "not measurable" if not one.estimate.measurable else "not ranked"
                found.setdefault((board.task, board.metric, f"{kind}: {one.why.rstrip('.')}"), []).append(one.model)
    lines = []
    unsure: dict[tuple[str, str], list[str]] = {}
    for board in shown:
        if board.unsure is not None:
            unsure.setdefault((board.unsure, board.metric), []).append(board.task)
    for (why, _), tasks in unsure.items():
        lines.append(f"{listing(tasks)}: some ranks are not measurable: {why}.")
    for (task, metric, why), models in found.items():
        whom = "" if len(models) == everyone[task, metric] else f" for {listing(models)}"
        lines.append(f"{task}, {metric}{whom} is {why}.")
    return lines


def extraction(results: Sequence[Result], *, least: float = 0.01) -> list[str]:
    """Where a more forgiving extractor scores `least` of the answers or more differently: the score may be the extractor's."""
    return [
        f"{each.task}, {each.metric}: a more forgiving extractor scores {each.gained:,} of {count(each.checked, 'answer')} higher"
        f" and {each.lost:,} lower."
        for each in extractions(results)
        if each.gained + each.lost > 0 and (each.gained + each.lost) / each.checked >= least
    ]


def _noted(results: Sequence[Result]) -> list[str]:
    notes: dict[str, list[str]] = {}
    for each in results:
        for note in each.notes:
            notes.setdefault(note, []).append(f"{each.task}, {each.model}")
    models = {each.model for each in results}
    lines = []
    for note, runs in notes.items():
        tasks = list(dict.fromkeys(run.partition(", ")[0] for run in runs))
        whom = (
            "" if len(runs) == len(results) else f" ({listing(tasks)})" if len(runs) == len(tasks) * len(models) else f" ({listing(runs)})"
        )
        # Only a word gets a capital: `ans.jsonl` is the name of a file.
        word = note.partition(" ")[0].rstrip(":,;")
        begun = note[:1].upper() + note[1:] if word.isalpha() else note
        lines.append(f"{begun.rstrip('.')}{whom}.")
    return lines


def _next(results: Sequence[Result], manifests: Sequence[Manifest], comparisons: Sequence[Comparison]) -> "list[tuple[str, str]]":
    steps = []
    short = [each for each in results if each.failed or each.status != "finished"]
    by_name = {(each.task, each.model): each for each in manifests}
    for each in short[:2]:
        manifest = by_name.get((each.task, each.model))
        if manifest is not None:
            steps.append(("Finish what failed or was not reached", command(manifest)))
    tasks: dict[str, list[Result]] = {}
    for each in results:
        tasks.setdefault(each.task, []).append(each)
    for runs in tasks.values():
        if len(runs) > 1 and not comparisons:
            pair = [shlex.quote(each.run_dir) for each in runs[-2:]]
            steps.append(("See whether the difference is real", f"assay compare {' '.join(pair)}"))
            break
    if results:
        steps.append(("Read what went wrong", f"assay view {shlex.quote(results[-1].run_dir)} --failures 3"))
    return list(dict.fromkeys(steps))


def command(manifest: Manifest) -> str:
    """The command that makes this run again: as it was typed where the settings keep it under `command`, else put together."""
    if isinstance(manifest.settings.get("command"), str):
        return str(manifest.settings["command"])
    model = str(manifest.settings.get("model", manifest.model))  # a report calls two runs of one model by what differs
    parts = ["assay", "run", manifest.task, "--model", model, "--seed", str(manifest.seed), "--trials", str(manifest.trials)]
    given = manifest.settings
    if isinstance(given.get("limit"), int):
        parts += ["--limit", str(given["limit"])]
    for name in ("temperature", "top_p", "max_tokens"):
        value = given.get(f"decoding.{name}")
        if isinstance(value, int | float):
            parts += [f"--{name.replace('_', '-')}", str(value)]
    if isinstance(given.get("model.base_url"), str):
        parts += ["-M", f"base_url={given['model.base_url']}"]
    for key, value in given.items():
        if re.fullmatch(r"task\.\w+", key) and isinstance(value, str | int | float):
            parts += ["-T", f"{key.removeprefix('task.')}={value}"]
    return " ".join(shlex.quote(each) for each in parts)
