"""The help of `assay run`: every flag in one group, with what holds where it is left out."""

import re

import click
from click.testing import CliRunner

from assay.cli import app
from assay.cli.grouping import RUN_DEFAULTS, RUN_GROUPS
from assay.cli.run import command


def test_every_flag_is_in_one_group() -> None:
    named = [name for names in RUN_GROUPS.values() for name in names]
    params = {param.name for param in command.get_params(click.Context(command)) if isinstance(param, click.Option)} - {
        "help",
        "_click_default_help",
    }
    assert len(named) == len(set(named)) and set(named) == params
    assert set(RUN_DEFAULTS) <= params


def test_the_help_is_grouped_and_says_the_defaults() -> None:
    text = CliRunner().invoke(app, ["run", "--help"], prog_name="assay").output
    places = [text.index(f"\n{heading}:\n") for heading in RUN_GROUPS]
    assert places == sorted(places)
    flat = " ".join(text.split())
    for flag in ("--temperature", "--trials", "--max-tokens", "--limit", "--budget", "--seed", "--timeout", "--scorer"):
        assert re.search(rf"{flag} [A-Z]+ [^-]*?\[default: [^\]]+\]", flat.replace("US-", "US ")), flag
