"""The help of a command with many flags: in groups, each flag with its default."""

from collections.abc import Mapping, Sequence

import click

RUN_GROUPS = {
    "Task": ("limit", "trials", "until", "adaptive", "calibrate", "seed", "task_options", "include_path", "trust", "sandbox"),
    "Model": (
        "models",
        "model_options",
        "judge",
        "simulator",
        "attacker",
        "temperature",
        "top_p",
        "max_tokens",
        "stop",
        "reasoning_effort",
    ),
    "A data file": ("input_", "target", "choices", "id_", "scorers", "template", "likelihood"),
    "Speed and limits": ("max_connections", "rpm", "tpm", "timeout", "retries", "budget", "token_budget"),
    "Output": ("log_dir", "form", "min_coverage", "cache", "fresh", "dry_run", "config"),
}
RUN_DEFAULTS = {
    "limit": "all",
    "trials": "the task's own, mostly 1",
    "until": "everything is asked",
    "adaptive": "everything is asked",
    "temperature": "the task's own, else the model's",
    "top_p": "the task's own, else the model's",
    "max_tokens": "the task's own, else the model's",
    "reasoning_effort": "the model's",
    "rpm": "no cap",
    "tpm": "no cap",
    "budget": "no cap",
    "token_budget": "no cap",
    "input_": "question, prompt ...: the usual names",
    "target": "answer, label ...: the usual names",
    "choices": "choices, options ...: the usual names",
    "id_": "id ...: the usual names, else the row",
    "scorers": "exact; with choices: choice",
    "template": "the input alone",
}
"""What holds where a flag is left out, where click cannot know it."""


class Grouped(click.Command):
    """A command whose flags are listed below headings."""

    groups: Mapping[str, Sequence[str]] = {}
    defaults: Mapping[str, str] = {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One section a group; a flag of no group stands in the last."""
        named = {name for names in self.groups.values() for name in names}
        known = {each.name or "": each for each in self.get_params(ctx) if isinstance(each, click.Option)}
        left = [name for name in known if name not in named]
        for place, (heading, names) in enumerate(self.groups.items(), 1):
            wanted = [*names, *(left if place == len(self.groups) else ())]
            rows = [row for name in wanted if name in known and (row := self.row(known[name], ctx)) is not None]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def row(self, param: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
        """A flag and its help, with its default."""
        record = param.get_help_record(ctx)
        said = self.defaults.get(param.name or "")
        return (record[0], f"{record[1]}  [default: {said}]") if record and said and "[default:" not in record[1] else record


class RunCommand(Grouped):
    """`assay run`."""

    groups = RUN_GROUPS
    defaults = RUN_DEFAULTS
