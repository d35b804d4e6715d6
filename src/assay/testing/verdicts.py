"""The verdict on what a session's tests scored together: shown to hold, shown not to, or neither; and how pytest is told."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from assay.core.errors import UsageError
from assay.core.estimate import Estimate
from assay.lifecycle.checks import Check
from assay.lifecycle.evidence import Column, Evidence, groups_of, mean_of
from assay.lifecycle.gate_words import number, written
from assay.lifecycle.gates import Finding, finding
from assay.report.words import count, plain, share
from assay.testing.terms import Terms, chosen, terms_of

if TYPE_CHECKING:
    import pytest

ALPHA = 0.05
MOST = 5
"""Failures that are shown to be read."""

Outcome = Literal["passed", "failed", "skipped"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a session says of one expectation. `outcome` is None where nothing was asserted; `line` is for the summary, `text` for the failure."""

    group: str
    name: str
    outcome: Outcome | None
    line: str
    text: str

    def report(self, when: Any) -> "pytest.TestReport":
        """This verdict as the report of one more test."""
        import pytest

        path, _, name = self.group.partition("::")
        outcome: Outcome = (self.outcome or "passed") if when == "call" else "passed"
        longrepr: Any = self.text if outcome == "failed" else (path, 0, self.line) if outcome == "skipped" else None
        return pytest.TestReport(
            nodeid=f"{self.group}[{self.name}]",
            location=(path, None, f"{name}[{self.name}]"),
            keywords={},
            outcome=outcome,
            longrepr=longrepr,
            when=when,
            user_properties=[("estimate", self.line)] if when == "call" else [],
        )


class Gathered(msgspec.Struct, kw_only=True):
    """The trials of one test function."""

    planned: int
    terms: Terms
    lower: tuple[str, ...]
    reported: int = 0
    columns: dict[str, Column] = {}
    clusters: dict[str, str] = {}
    wrong: dict[str, dict[str, tuple[float, str]]] = {}
    unscored: list[str] = []


def verdicts_of(payloads: Mapping[str, dict[str, Any]]) -> Iterator[Verdict]:
    """A verdict for each test function and each of its metrics that something is asserted or known of."""
    groups: dict[str, Gathered] = {}
    for payload in payloads.values():
        fresh = Gathered(planned=payload["planned"], terms=terms_of(payload["terms"]), lower=tuple(payload["lower"]))
        _add(groups.setdefault(payload["group"], fresh), payload)
    for name, group in groups.items():
        yield from _verdicts(name, group)


def _add(group: Gathered, payload: dict[str, Any]) -> None:
    sample_id = payload["sample"]
    group.reported += 1
    if payload["cluster"]:
        group.clusters[sample_id] = payload["cluster"]
    for metric, (value, reason) in payload["scores"].items():
        if value is None:
            group.unscored.append(f"{sample_id}: {reason}")
            continue
        group.columns.setdefault(metric, Column()).add(sample_id, value)
        badness = value if metric in group.lower else -value
        text = f"{sample_id}: {value:g}, answered {payload['answer']!r}, expected {payload['target']!r}. {payload['prompt']}"
        own = group.wrong.setdefault(metric, {})
        own[sample_id] = max(own.get(sample_id, (badness, text)), (badness, text), key=lambda each: each[0])


def _verdicts(name: str, group: Gathered) -> Iterator[Verdict]:
    terms = group.terms
    bounds = [("at_least", terms.at_least), ("at_most", terms.at_most)]
    if not group.columns:
        text = f"not measurable: none of {count(group.planned, 'trial')} was scored"
        asserted = any(value is not None for _, value in bounds)
        yield Verdict(group=name, name="estimate", outcome=_open(terms) if asserted else None, line=f"{name}  {text}", text=text)
        return
    try:
        metrics = list(group.columns) if all(value is None for _, value in bounds) else [chosen(terms.metric, list(group.columns))]
    except UsageError as error:
        yield Verdict(group=name, name="estimate", outcome="failed", line=f"{name}  {error}", text=str(error))
        return
    for metric in metrics:
        if all(value is None for _, value in bounds):
            found = finding(check_of(group, metric, "at_least", 0.0), ALPHA)
            yield Verdict(group=name, name=metric, outcome=None, line=f"{name}  {metric} {told(found)}", text="")
        for rule, value in bounds:
            if value is not None:
                yield _judged(name, group, metric, rule, value)


def _judged(name: str, group: Gathered, metric: str, rule: str, value: float) -> Verdict:
    terms, found = group.terms, finding(check_of(group, metric, rule, value), ALPHA)
    outcome, said = judged(found, terms, group.reported < group.planned)
    relation = ">" if rule == "at_least" else "<"
    line = f"{name}  {metric} {told(found)}: {said}"
    wrong = [text for _, text in sorted(group.wrong[metric].values(), key=lambda each: -each[0])[:MOST]]
    return Verdict(
        group=name,
        name=f"{metric} {relation} {value:g}",
        outcome=outcome,
        line=plain(line),
        text=plain("\n".join((f"{metric} {told(found)}: {said}", *_to_read(wrong, group.unscored)))),
    )


def _to_read(wrong: list[str], unscored: list[str]) -> Iterator[str]:
    if wrong:
        yield "the worst to read:"
        yield from (f"  {each}" for each in wrong)
    if unscored:
        yield f"not scored ({len(unscored):,}), such as:"
        yield f"  {unscored[0]}"


def check_of(group: Gathered, metric: str, rule: str, value: float) -> Check:
    """The check that an expectation makes."""
    column = group.columns[metric]
    ids = list(column.sums)
    coverage = min(1.0, sum(column.counts.values()) / group.planned)
    groups = groups_of(ids, group.clusters)

    def at(alpha: float) -> Estimate:
        return mean_of(column, ids, groups, alpha=alpha, coverage=coverage)

    return Check(
        rule=rule, task="", metric=metric, at=at, limit=value, above=rule == "at_least", unit="share" if column.is_share else "score"
    )


def told(found: Finding) -> str:
    """`61.0 [52.9, 68.7] over 100 samples`."""
    over = f" over {count(found.estimate.n, 'sample')}"
    return number(found) + over + (f", coverage {share(found.estimate.coverage)}" if found.estimate.coverage < 1.0 else "")


def judged(found: Finding, terms: Terms, selected: bool) -> tuple[Outcome, str]:
    """What an expectation comes to, and the words for it. `selected`: not every planned test was run."""
    asked = f"{'at least' if found.rule == 'at_least' else 'at most'} {written(found.limit, found.unit, like=found.estimate)}"
    if found.estimate.coverage < terms.coverage:
        why = "a selection decides nothing about the whole set" if selected else "too little was scored to decide"
        return _open(terms), f"{asked} is not measurable: {why} (coverage {share(found.estimate.coverage)}, floor {share(terms.coverage)})"
    if found.outcome == "pass":
        return "passed", f"{asked} is shown"
    if found.outcome == "fail":
        return "failed", f"{asked} is shown not to hold"
    help_ = f". {found.help}" if found.help else ""
    return ("failed" if terms.strict else "passed"), f"{asked} is not shown either way{help_}"


def _open(terms: Terms) -> Outcome:
    """What is not measurable fails only where a proof is asked for."""
    return "failed" if terms.strict else "skipped"


def check_evidence(evidence: Evidence, terms: Terms) -> None:
    """Raise AssertionError where a run does not keep the terms, with what to read; skip the test where nothing can be decided."""
    import pytest

    __tracebackhide__ = True
    if not evidence.columns:
        nothing = plain(
            "\n".join((f"not measurable: none of {count(evidence.manifest.planned, 'trial')} was scored", *_failures(evidence)))
        )
        if terms.strict:
            raise AssertionError(nothing)
        pytest.skip(nothing)
    metric = chosen(terms.metric, list(evidence.columns))
    rule, value = ("at_least", terms.at_least) if terms.at_least is not None else ("at_most", terms.at_most)
    lower = evidence.manifest.lower_is_better
    group = Gathered(planned=evidence.manifest.planned, terms=terms, lower=lower, columns=evidence.columns, clusters=evidence.clusters)
    found = finding(check_of(group, metric, rule, value or 0.0), ALPHA)
    outcome, said = judged(found, terms, selected=False)
    text = f"{metric} {told(found)}: {said}"
    if outcome == "skipped":
        pytest.skip(plain("\n".join((text, *_failures(evidence)))))
    if outcome == "failed":
        raise AssertionError(plain("\n".join((text, *_failures(evidence)))))


def _failures(evidence: Evidence) -> Iterator[str]:
    """A few failures of a run folder to read, and what broke around the model."""
    from assay.store import RunFolder, failures

    records = failures(RunFolder.open(evidence.place), limit=MOST)
    if len(records):
        yield "failures to read:"
    for each in records[:MOST]:
        trial, sample = each.trial, each.sample
        answer = trial.answer.text[:160] if trial.answer else ""
        yield f"  {trial.sample_id}: answered {answer!r}, expected {' | '.join(sample.targets)[:160] if sample else ''!r}"
    for kind, message in (evidence.result.errors if evidence.result else {}).items():
        yield f"broken: {kind}: {message[:200]}"
    yield f"all of it: assay view {evidence.place} --failures 5"
