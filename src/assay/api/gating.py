"""Gating: run folders on two sides, a policy, and the verdict."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.core.errors import UsageError
from assay.core.run import Manifest
from assay.lifecycle.evidence import Evidence, read_evidence
from assay.lifecycle.gates import Gate, decide
from assay.lifecycle.policy import Policy
from assay.report.settings import cautions
from assay.report.words import listing


def gate(policy: Policy, *, candidate: Sequence[str], baseline: Sequence[str] = ()) -> Gate:
    """Decide whether the candidate's runs keep the policy beside the baseline's.

    Each side is one or more run folders, folders of runs, or patterns (`runs/*step-0900*`). Raises UsageError where a side names two runs
    of one task, both name the same run, or the policy compares and there is no baseline.
    """
    if policy.compares and not baseline:
        raise UsageError(
            "The policy compares ([[no_worse]], [[better]]) and there is no baseline.", remedy="Name its runs: --baseline RUN."
        )
    spending = bool(policy.latency) or any(each.per == "sample" for each in policy.budget)
    before = side_of("baseline", baseline, spending=False) if policy.compares else {}
    after = side_of("candidate", candidate, spending=spending)
    same = [task for task, run in after.items() if task in before and before[task].place == run.place]
    if same:
        raise UsageError(f"{after[same[0]].place} is on both sides of the gate.", remedy="Name another run as the baseline.")
    verdict, findings = decide(policy, before, after)
    return Gate(
        verdict=verdict,
        policy=policy,
        findings=findings,
        baseline={task: run.place for task, run in before.items()},
        candidate={task: run.place for task, run in after.items()},
        models={side: listing(models_of(runs)) for side, runs in (("baseline", before), ("candidate", after)) if runs},
        cautions=dangers(before, after),
    )


def models_of(runs: Mapping[str, Evidence]) -> list[str]:
    """The models of a side, each once."""
    return list(dict.fromkeys(each.manifest.model for each in runs.values()))


def side_of(side: str, places: Sequence[str], *, spending: bool) -> dict[str, Evidence]:
    """Task -> run of one side. Of several runs of the same content the newest counts; others of one task are a UsageError."""
    found: dict[str, tuple[str, Manifest]] = {}
    for place, manifest in runs_in(side, places):
        there = found.get(manifest.task)
        if there is not None and there[0] != place and there[1].content_id != manifest.content_id:
            raise UsageError(
                f"The {side} names two runs of {manifest.task}: {there[0]} and {place}.",
                remedy="Name one run folder of each task, or a pattern that matches one: --" + side + " 'runs/*NAME*'.",
            )
        if there is None or manifest.created > there[1].created:
            found[manifest.task] = (place, manifest)
    return {task: read_evidence(place, spending=spending) for task, (place, _) in sorted(found.items())}


def runs_in(side: str, places: Sequence[str]) -> list[tuple[str, Manifest]]:
    """Every run folder behind these places. Raises UsageError where a place holds none, or one that cannot be read."""
    from assay.store import list_runs

    found = []
    for place in places:
        is_pattern = not Path(place).exists() and any(mark in place for mark in "*?[") and "://" not in place
        folders = matching(place) if is_pattern else [place]
        runs = [run for folder in folders for run in list_runs(folder)]
        if not runs:
            raise UsageError(f"The {side} {place} holds no run.", remedy="`assay list runs` shows those there are.")
        for run in runs:
            if run.manifest is None:
                raise UsageError(f"The run in {run.path} cannot be read: {run.problem}", remedy="Name the others one by one.")
            found.append((run.path, run.manifest))
    return found


def matching(pattern: str) -> list[str]:
    """The folders that a pattern matches, in order."""
    anchor = Path(pattern).anchor
    return sorted(str(each) for each in Path(anchor).glob(pattern.removeprefix(anchor)) if each.is_dir())


def dangers(before: Mapping[str, Evidence], after: Mapping[str, Evidence]) -> tuple[str, ...]:
    """What endangers the verdict: settings in which two runs differ, limits; each once, with the tasks it concerns."""
    told: dict[str, list[str]] = {}
    for task, run in after.items():
        other = before.get(task)
        if other is not None:
            for warning in cautions(other.manifest, run.manifest):
                told.setdefault(warning, []).append(task)
        limit = run.manifest.settings.get("limit")
        if isinstance(limit, int) and limit <= run.manifest.samples:
            told.setdefault(f"the candidate was limited to {limit:,} samples", []).append(task)
    return tuple(f"{listing(tasks)}: {warning}" for warning, tasks in told.items())
