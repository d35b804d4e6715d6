"""The terminal: one file a command, each imported only when it is called."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from assay.core.errors import AssayError, UsageError

# command -> (module that holds a click command of the name `command`, its line in the help)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "The main job on the embedded model: no key, no network."),
    "run": ("run", "Evaluate models on tasks (alias: eval)."),
    "list": ("listing", "List tasks, models, scorers, generators or runs."),
    "info": ("info", "Describe a task, a model or a run."),
    "validate": ("validate", "Check benchmarks without a model: gold answers score 1, wrong ones 0."),
    "score": ("score", "Score the answers of an earlier run again, asking no model."),
    "compare": ("compare", "Compare runs: paired differences with intervals, and the flips."),
    "power": ("power", "How many samples, how small a difference, what to spend the next call on."),
    "history": ("history", "One task over time: every run's estimate, and what changed."),
    "tag": ("tag", "Put tags on runs, to find them again."),
    "query": ("query", "Ask all runs in SQL."),
    "gate": ("gate", "Let a candidate through or not, by a policy: GO, NO-GO, INCONCLUSIVE."),
    "arena": ("arena", "Rate models from battles: votes of people or judges."),
    "view": ("view", "Look at runs: a table here, or the HTML report."),
    "import": ("importing", "Make runs of other tools' results: lm-eval, Inspect, matrices and more."),
    "export": ("export", "Write runs as Parquet, CSV, Markdown or JSON."),
    "prefetch": ("prefetch", "Bring the data of tasks into the cache, for offline work."),
    "sandbox": ("sandbox", "Say which sandbox runs model-written code here, and test it."),
    "completions": ("completions", "Print the completion script for a shell."),
}
ALIASES = {"eval": "run", "ls": "list"}


class Unread(Exception):
    """Whoever read our output (head, a pager) has seen enough and closed the pipe."""


@contextmanager
def told_when_unread() -> Iterator[None]:
    """A closed pipe inside becomes Unread, before click or rich make exit code 1 of it."""
    try:
        yield
    except BrokenPipeError as error:
        raise Unread from error
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):
            raise Unread from left
        raise


class LazyGroup(click.Group):
    """A group whose commands are imported on first use, so that `--help` stays quick."""

    def make_context(self, *words: Any, **settings: Any) -> click.Context:
        """As click does it, and a closed pipe is told: help is written here."""
        with told_when_unread():
            return super().make_context(*words, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does it, and a closed pipe is told."""
        with told_when_unread():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"assay.cli.{COMMANDS[name][0]}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with near misses for an unknown name."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from assay.core.registry import suggest

            ctx.fail(f"No command is named '{args[0]}'. {suggest(args[0], list(COMMANDS))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="assay", message="%(prog)s %(version)s")
def app() -> None:
    """Assay: how good an AI model or application is, how sure you can be, and why.

    Start with `assay run builtin --model tiny/latest`: no key, no download.
    """


def main(arguments: list[str] | None = None) -> None:
    """The command `assay`. Exit codes: 0 fine, 1 a gate said no, 2 wrong usage, 3 coverage or infrastructure too poor to tell."""
    try:
        with told_when_unread():
            code = called(sys.argv[1:] if arguments is None else arguments)
            sys.stdout.flush()
    except Unread:
        # What Python still holds for the reader must go somewhere when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def called(words: list[str]) -> int:
    """Do what a command line says; the exit code. Raises Unread or BrokenPipeError where nobody reads what it writes."""
    from assay.cli.downloads import shown

    code: Any = None
    try:
        load_environment()
        with shown():
            code = app.main(args=words, prog_name="assay", standalone_mode=False)
    except click.exceptions.Abort:
        fail("Stopped.", "", 3, words)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        fail(error.format_message(), how_it_is_used(error), error.exit_code, words)
    except AssayError as error:
        fail(error.message, error.remedy, error.exit_code, words)
    return code if isinstance(code, int) else 0


def how_it_is_used(error: click.ClickException) -> str:
    """Where to read on after a wrong flag or word."""
    context = getattr(error, "ctx", None)
    return "" if context is None else f"`{context.command_path} --help` says what it takes."


def fail(message: str, remedy: str, code: int, words: list[str]) -> None:
    """Say what went wrong and what to do, on standard error, and leave; as the one document on standard output too, where JSON was asked for."""
    from assay.cli.options import wrapped

    click.echo(click.style(wrapped("error: ", message), fg=None if os.environ.get("NO_COLOR") else "red"), err=True)
    if remedy:
        click.echo(wrapped(" " * len("error: "), remedy), err=True)
    if asks_for_json(words):
        import json

        click.echo(json.dumps({"version": 1, "error": {"message": message, "remedy": remedy, "exit_code": code}}, ensure_ascii=False))
    sys.exit(code)


def asks_for_json(words: list[str]) -> bool:
    """Whether a command line asks for `--format json`: by the flag, in the environment or in a configuration file, however wrong the rest of it is."""
    typed = [word.partition("=")[2] for word in words if word.startswith("--format=")]
    typed += [after for word, after in pairwise(words) if word == "--format"]
    if typed:
        return typed[-1] == "json"
    with click.Context(app) as root:
        command = app.get_command(root, words[0]) if words else None
    form = next((each.name for each in command.params if "--format" in each.opts), None) if command is not None else None
    if command is None or form is None:
        return os.environ.get("ASSAY_FORMAT") == "json"
    return command.make_context(words[0], words[1:], resilient_parsing=True).params.get(form) == "json"


def load_environment() -> None:
    """Read `.env` of the working folder; what the environment says already wins. Raises UsageError for one that cannot be read, naming the line."""
    path = Path(".env")
    if not path.is_file():
        return
    from io import StringIO

    from dotenv import load_dotenv

    content = b""
    try:
        content = path.read_bytes()
        load_dotenv(stream=StringIO(content.decode("utf-8-sig")), override=False)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path.absolute()}, line {line}: byte 0x{content[error.start]:02X} is not valid UTF-8.", remedy="Save the file as UTF-8."
        ) from error
    except OSError as error:
        raise UsageError(f"{path.absolute()} cannot be read: {error.strerror}.", remedy="Check its permissions.") from error
    except ValueError as error:
        raise UsageError(f"{path.absolute()} holds what no variable can: {error}.", remedy="Save the file as UTF-8.") from error
