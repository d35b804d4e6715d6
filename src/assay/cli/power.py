"""`assay power`: how many samples, how small a difference, and what to spend the next call on."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, print_parts, run_folders, write_json
from assay.core.errors import UsageError


@click.command("power", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, shell_complete=complete.runs, callback=run_folders)
@option("--difference", type=float, help="The difference to find, a share: 0.03 is three points.")
@option("--samples", type=int, help="How many samples there are: what difference would they find?")
@option("--baseline", type=float, help="The accuracy of the model you have, 0 to 1.")
@option("--correlation", type=float, help="Of the two models' scores on one sample; 0.3 to 0.7 is usual.")
@option("--noise", type=float, default=0.0, show_default=True, help="Share of a score's variance that lies between trials of one sample.")
@option("--trials", type=int, default=1, show_default=True, help="Trials of each sample.")
@option("--trials-b", type=int, help="Trials of the other model, where they differ.")
@option("--power", type=float, default=0.8, show_default=True, help="In what share of cases the difference is to be found.")
@option("--alpha", type=float, default=0.05, show_default=True, help="The level of the test, two-sided.")
@option("--comparisons", type=int, default=1, show_default=True, help="How many are corrected together.")
@option("--design-effect", type=float, default=1.0, show_default=True, help="By how much groups inflate the variance.")
@option(
    "--split",
    is_flag=True,
    help="Runs of one model, each another prompt: which of samples, trials and prompts to spend on. One run alone is always split.",
)
@option("--svg", type=click.Path(path_type=Path), help="Write the power curve to this file.")
@formats()
def command(runs: tuple[str, ...], form: str, **flags: Any) -> int:
    """Say how many samples a comparison needs, or what it could see; from a plan, or from two runs. Of one run, where its variance comes from.

    \b
    assay power --difference 0.03 --baseline 0.7 --correlation 0.5
    assay power --samples 500 --baseline 0.7 --correlation 0.5
    assay power runs/gsm8k__a__* runs/gsm8k__b__* --difference 0.02
    assay power runs/gsm8k__a__*
    """
    from assay.api.powering import Terms

    terms = Terms(**{name: flags.pop(name) for name in ("power", "alpha", "comparisons", "design_effect")})
    if flags.pop("split") or len(runs) == 1:
        return of_split(runs, form, flags)
    return of_runs(runs, terms, form, flags) if runs else of_plan(terms, form, flags)


def of_split(runs: tuple[str, ...], form: str, flags: dict[str, Any]) -> int:
    """Where the variance of a score comes from."""
    from assay.api.splitting import split_of
    from assay.report.variance import split_lines

    for name in ("difference", "samples", "baseline", "correlation", "svg"):
        if flags[name] is not None:
            raise UsageError(f"--{name} is for a plan or for two runs; these runs are split.", remedy="Leave it out, or name two runs.")
    found = split_of(runs)
    if form == "json":
        write_json({"version": 1, "splits": found})
        return 0
    print_parts([partial(split_lines, each) for each in found])
    return 0 if any(each.error is not None for each in found) else 3


def of_runs(runs: tuple[str, ...], terms: Any, form: str, flags: dict[str, Any]) -> int:
    """What two runs tell."""
    from assay.api.powering import power_of
    from assay.report.power import seen_lines

    for name in ("samples", "baseline", "correlation", "svg"):
        if flags[name] is not None:
            raise UsageError(f"--{name} is for a plan; from runs it is reckoned.", remedy="Leave it out, or name no runs.")
    found = power_of(runs, difference=flags["difference"], terms=terms)
    if form == "json":
        write_json({"version": 1, "metrics": found})
        return 0
    print_parts([partial(seen_lines, each) for each in found])
    return 0 if any(each.reason is None for each in found) else 3


def of_plan(terms: Any, form: str, flags: dict[str, Any]) -> int:
    """What a plan takes."""
    from assay.api.exporting import written
    from assay.api.powering import plan_power
    from assay.report.power import plan_lines, power_chart

    if flags["baseline"] is None or flags["correlation"] is None:
        raise UsageError("A plan needs --baseline and --correlation.", remedy="Or name two runs, from which both are reckoned.")
    trials = flags["trials"]
    plan = plan_power(
        baseline=flags["baseline"],
        correlation=flags["correlation"],
        difference=flags["difference"],
        samples=flags["samples"],
        noise=flags["noise"],
        trials=(trials, flags["trials_b"] or trials),
        terms=terms,
    )
    curve = curve_of(plan)
    if flags["svg"] is not None:
        written(flags["svg"], power_chart(plan, curve))
    if form == "json":
        write_json({"version": 1, **plan_document(plan), "curve": [{"samples": n, "power": chance} for n, chance in curve.items()]})
        return 0
    print_parts([partial(plan_lines, plan, curve)])
    return 0


def plan_document(plan: Any) -> dict[str, Any]:
    """The plan as JSON has it: samples by trials as a list."""
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(plan)
    found["by_trials"] = [{"trials": k, "samples": n} for k, n in plan.by_trials.items()]
    return found


def curve_of(plan: Any) -> dict[int, float]:
    """Samples -> the chance to find the difference, from a quarter of the samples to twice as many."""
    from assay.stats.planning import power_at

    counts = sorted({max(1, round(plan.samples * part)) for part in (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)})
    level = plan.alpha / plan.comparisons
    return {n: power_at(n, plan.difference, variance=plan.variance, design_effect=plan.design_effect, alpha=level) for n in counts}
