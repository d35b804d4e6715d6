"""What every command's options share: `ASSAY_` environment variables, both spellings of a flag, the output format, a configuration file."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.core.group import GroupResult
    from assay.core.run import Result

F = TypeVar("F", bound=Callable[..., Any])

CONTEXT = {"token_normalize_func": lambda token: token.replace("_", "-"), "help_option_names": ["-h", "--help"], "max_content_width": 100}


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option that is also read from `ASSAY_NAME`."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    settings.setdefault("envvar", "ASSAY_" + long.removeprefix("--").replace("-", "_").upper())
    settings.setdefault("show_envvar", False)
    return click.option(*names, **settings)


def formats(*also: str) -> Callable[[F], F]:
    """`--format table|json` and whatever else a command can write."""
    return option(
        "--format",
        "form",
        type=click.Choice(["table", "json", *also]),
        default="table",
        show_default=True,
        help="What to write on standard output; everything else goes to standard error.",
    )


def configured(command: F) -> F:
    """`--config FILE`: a TOML, YAML or JSON file of flags; flags given by hand win."""
    return option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=read_config,
        help="A TOML, YAML or JSON file of flags (max_tokens = 512); flags given by hand win.",
    )(command)


def read_config(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    """Make the file's values the defaults of this command; an unknown key is a UsageError with near misses."""
    if path is None:
        return
    values = parsed(path)
    known = {parameter.name: parameter for parameter in context.command.params if parameter.name}
    by_flag = {name.lstrip("-").replace("-", "_"): each.name for each in known.values() for name in each.opts}
    defaults: dict[str, Any] = {}
    for key, value in values.items():
        name = by_flag.get(key.replace("-", "_"))
        if name is None:
            from assay.core.registry import suggest

            flags = sorted(each for each, spelt in by_flag.items() if known[spelt or ""].param_type_name == "option" and len(each) > 1)
            raise UsageError(f"{path}: '{key}' is no flag of `assay {context.info_name}`.", remedy=suggest(key, flags))
        defaults[name] = _given(value, repeatable=_is_repeatable(known[name]))
    context.default_map = {**(context.default_map or {}), **defaults}


def _is_repeatable(parameter: click.Parameter) -> bool:
    return parameter.nargs == -1 or (isinstance(parameter, click.Option) and parameter.multiple)


def _given(value: Any, *, repeatable: bool) -> Any:
    """A value of the file as click takes it: a mapping as `key=value` pairs, one value of a flag that may be repeated as a list of one."""
    if isinstance(value, dict):
        import json

        return [f"{key}={each if isinstance(each, str) else json.dumps(each)}" for key, each in value.items()]
    return [value] if repeatable and not isinstance(value, list) else value


def parsed(path: Path) -> dict[str, Any]:
    """The mapping in a TOML, YAML or JSON file."""
    import msgspec

    readers: dict[str, Callable[[bytes], Any]] = {
        ".toml": msgspec.toml.decode,
        ".yaml": msgspec.yaml.decode,
        ".yml": msgspec.yaml.decode,
        ".json": msgspec.json.decode,
    }
    if path.suffix not in readers:
        raise UsageError(f"{path} is no configuration file.", remedy=f"Expected one of {', '.join(readers)}.")
    try:
        values = readers[path.suffix](path.read_bytes())
    except OSError as error:
        raise UsageError(f"The configuration file {path} cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"The configuration file {path} is damaged: {error}.") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path} must hold a mapping of flags to values.")
    return values


def document(results: "Sequence[Result]", form: str, groups: "Sequence[GroupResult]" = ()) -> str | None:
    """Results as text in one of the forms that are documents, with a line feed at its end; None for another form."""
    from assay import report
    from assay.api import compare_results

    if form == "markdown":
        text = report.to_markdown(results, compare_results(results))
    elif form in ("json", "csv"):
        text = report.to_json(results, groups) if form == "json" else report.to_csv(results)
    else:
        return None
    return text.rstrip("\n") + "\n"


def run_folders(ctx: click.Context, param: click.Parameter, places: tuple[str, ...]) -> tuple[str, ...]:
    """The run folders among the words of a command: `runs/*` also finds the pages that Assay writes beside them."""
    return tuple(each for each in places if not (each.endswith(".html") and Path(each).is_file()))


def program() -> str:
    """What to type to get this program again: `assay` where PATH finds it, else where it lies (`.venv/bin/assay`)."""
    import shlex
    from shutil import which

    running, found = Path(sys.argv[0]), which("assay")
    if running.name != "assay" or (found is not None and running.exists() and Path(found).samefile(running)):
        return "assay"
    return shlex.quote(shown_path(str(running.absolute())))


def shown_path(path: str) -> str:
    """A path below the working folder without what leads there."""
    return path.removeprefix(f"{Path.cwd()}/")


def wrapped(head: str, text: str) -> str:
    """A text behind its head; on a terminal wrapped between words, so that no word and no path is broken."""
    if not sys.stderr.isatty():
        return head + text
    import textwrap
    from shutil import get_terminal_size

    width = get_terminal_size().columns
    return textwrap.fill(
        text, width, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False, break_on_hyphens=False
    )


def colour_system() -> "Literal['auto'] | None":
    """What a rich console may use: with NO_COLOR nothing at all, for bold and dim are escapes too."""
    return None if os.environ.get("NO_COLOR") else "auto"


def print_parts(parts: "Sequence[Callable[[], Iterable[Any]]]") -> None:
    """What each part draws, an empty line between two parts."""
    from rich.console import Console

    console = Console(highlight=False, color_system=colour_system())
    for place, part in enumerate(parts):
        if place:
            console.print()
        for piece in part():
            console.print(piece)


def say_unreadable(log_dir: str) -> None:
    """Name on standard error the run folders that cannot be read, since what follows leaves them out. Raises UsageError for a folder that is not there."""
    from assay.store import list_runs

    if "://" not in log_dir and not Path(log_dir).is_dir():
        raise UsageError(f"There is no folder '{log_dir}'.", remedy="Name the folder of runs with --log-dir.")
    for run in list_runs(log_dir):
        if run.manifest is None:
            click.echo(wrapped("caution: ", f"{run.path} is left out: {run.problem}"), err=True)


def write_json(content: Any) -> None:
    """One JSON document on standard output."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(content), indent=2).decode())
