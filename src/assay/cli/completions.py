"""`assay completions`: the shell's tab key."""

import click

from assay.cli.options import CONTEXT, formats, write_json

HOW = {
    "bash": 'add to ~/.bashrc:  eval "$(assay completions bash)"',
    "zsh": 'add to ~/.zshrc:  eval "$(assay completions zsh)"',
    "fish": "assay completions fish > ~/.config/fish/completions/assay.fish",
}

# `tiny/` is not the end of a word: no blank is put behind it. fish knows that by itself.
GO_ON = {
    "bash": [("    return 0\n", "    [[ ${#COMREPLY[@]} == 1 && ${COMREPLY[0]} == */ ]] && compopt -o nospace\n    return 0\n")],
    "zsh": [
        (
            "        compadd -U -V unsorted -a completions\n",
            "        [[ ${#completions} == 1 && ${completions[1]} == */ ]] && compadd -U -S '' -a completions && return\n"
            "        compadd -U -V unsorted -a completions\n",
        )
    ],
}


@click.command("completions", context_settings=CONTEXT)
@click.argument("shell", type=click.Choice(list(HOW)))
@formats()
def command(shell: str, form: str) -> int:
    """Print the completion script for a shell."""
    from click.shell_completion import get_completion_class

    from assay.cli import app

    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"No completions for {shell}.")
    script = made(app, {}, "assay", "_ASSAY_COMPLETE").source()
    for before, after in GO_ON.get(shell, ()):
        script = script.replace(before, after)
    if form == "json":
        write_json({"version": 1, "shell": shell, "script": script})
        return 0
    click.echo(script)
    click.echo(f"# {HOW[shell]}", err=True)
    return 0
