"""`assay gate`: a policy, a baseline and a candidate; GO, NO-GO or INCONCLUSIVE."""

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, program, shown_path, write_json

MOST_FLIPS = 10
LONGEST_FLIP = 160


@click.command("gate", context_settings=CONTEXT)
@option("--baseline", multiple=True, shell_complete=complete.runs, help="Run folder, folder of runs, or a quoted pattern; repeatable.")
@option("--candidate", multiple=True, shell_complete=complete.runs, help="The same of what wants to be let through.")
@option("--policy", "policy_file", help="TOML, YAML or JSON: what must hold.")
@option("--junit", help="Write JUnit XML to this file too.")
@option("--markdown", help="Write a comment for a pull request to this file too.")
@click.option("--init", is_flag=True, help="Print a policy to start from, and nothing else.")
@formats("markdown")
def command(
    baseline: tuple[str, ...],
    candidate: tuple[str, ...],
    policy_file: str | None,
    junit: str | None,
    markdown: str | None,
    init: bool,
    form: str,
) -> int:
    """Decide whether a candidate may replace a baseline, by a policy.

    \b
    assay gate --init > gate.toml
    assay gate --baseline runs/main --candidate runs/pull --policy gate.toml

    Exit code 0 is GO, 1 NO-GO (a violation is shown), 3 INCONCLUSIVE (neither that nor that every rule holds), 2 wrong usage.
    """
    from assay.api.gating import gate
    from assay.core.errors import UsageError
    from assay.lifecycle.policy import example, read_policy

    if init:
        click.echo(example(), nl=False)
        return 0
    if not candidate or policy_file is None:
        raise UsageError(
            "A gate needs a candidate and a policy.",
            remedy="`assay gate --init > gate.toml` writes one; then --candidate RUN --policy gate.toml.",
        )
    found = gate(read_policy(policy_file), candidate=candidate, baseline=baseline)
    again = reproduced(baseline, candidate, policy_file)
    if junit:
        from assay.lifecycle.junit import to_junit

        write_file(junit, to_junit(found))
    if markdown or form == "markdown":
        from assay.lifecycle.gate_markdown import to_markdown

        text = to_markdown(found, flips=lost(found), reproduce=again)
        if markdown:
            write_file(markdown, text)
    if form == "json":
        write_json(document(found, again))
    elif form == "markdown":
        click.echo(text, nl=False)
    else:
        from assay.lifecycle.gate_screen import print_gate

        print_gate(found, reproduce=again)
    return found.exit_code


def document(found: Any, again: str) -> dict[str, Any]:
    """The JSON document, version 1: described in docs/json.md."""
    from assay.lifecycle.gate_words import decision, sentence

    return {
        "version": 1,
        "verdict": found.verdict,
        "exit_code": found.exit_code,
        "decision": decision(found),
        "rules": [{**plain(each), "sentence": sentence(each)} for each in found.findings],
        "baseline": found.baseline,
        "candidate": found.candidate,
        "models": found.models,
        "cautions": found.cautions,
        "policy": found.policy,
        "reproduce": again,
    }


def plain(found: Any) -> dict[str, Any]:
    """A finding as plain data."""
    import msgspec

    values: dict[str, Any] = msgspec.to_builtins(found)
    return values


def reproduced(baseline: tuple[str, ...], candidate: tuple[str, ...], policy: str) -> str:
    """The command that comes to this decision."""
    sides = [word for side, places in (("--baseline", baseline), ("--candidate", candidate)) for place in places for word in (side, place)]
    return shlex.join([program(), "gate", *sides, "--policy", policy])


def write_file(path: str, text: str) -> None:
    """Write a file that was asked for beside the output, and say so on standard error. Raises UsageError where it cannot be written."""
    from assay.core.errors import UsageError

    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", remedy="Name another file.") from error
    print(shown_path(str(Path(path).absolute())), file=sys.stderr)


def lost(found: Any) -> dict[str, list[str]]:
    """Heading -> the first samples that the candidate lost, of each comparison that did not pass."""
    from assay import store
    from assay.report.words import excerpt

    told: dict[str, list[str]] = {}
    for each in found.findings:
        pair = (found.baseline.get(each.task), found.candidate.get(each.task))
        heading = f"lost: {each.task} {each.metric}"
        if (
            each.rule not in ("no_worse", "better")
            or each.outcome == "pass"
            or None in pair
            or any(known.startswith(heading) for known in told)
            or not each.estimate.measurable
        ):
            continue
        before, after = (store.RunFolder.open(str(place)) for place in pair)
        flips = store.flips(before, after, each.metric, limit=MOST_FLIPS)
        lines = []
        for flip in flips.lost_examples[:MOST_FLIPS]:
            sample = flip.a.sample or flip.b.sample
            prompt = excerpt(" ".join(sample.prompt.split()), LONGEST_FLIP).head if sample else ""
            lines.append(f"{flip.sample_id}: {flip.before:g} to {flip.after:g}. {prompt}")
        if lines:
            told[f"{heading}: {flips.lost:,} of them, {flips.won:,} won"] = lines
    return told
