"""The command line's defaults are those of `assay.run`."""

import msgspec

from assay.api.options import DEFAULTS, RunOptions
from assay.cli.run import command


def test_a_flag_left_out_is_an_option_left_out() -> None:
    given = {each.name: each.get_default(command.make_context("run", ["t", "-m", "m"])) for each in command.params}
    shared = {name: value for name, value in given.items() if name in RunOptions.__struct_fields__ and type(value) in (int, float, str)}
    assert {"seed", "max_connections", "timeout", "retries", "log_dir", "min_coverage", "sandbox"} <= shared.keys()
    for name, value in shared.items():
        assert value == msgspec.structs.asdict(DEFAULTS)[name], name
