"""`assay tag`: words on runs, to find them again."""

import click

from assay.cli import complete
from assay.cli.options import CONTEXT, formats, option, run_folders, shown_path, write_json
from assay.core.errors import UsageError


@click.command("tag", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True, shell_complete=complete.runs, callback=run_folders)
@option("--add", multiple=True, metavar="TAG", help="Put this tag on the runs; may be repeated.")
@option("--remove", multiple=True, metavar="TAG", help="Take this tag off; may be repeated.")
@formats()
def command(runs: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...], form: str) -> int:
    """Put tags on runs, or take them off; without either, say which they have.

    \b
    assay tag runs/gsm8k__* --add nightly
    assay list runs --tag nightly
    """
    from assay.store import RunFolder, change_tags

    if both := set(add) & set(remove):
        raise UsageError(f"'{sorted(both)[0]}' is to be put on and taken off.", remedy="Name it once.")
    folders = [RunFolder.open(place) for place in runs]
    found = {folder.path: change_tags(folder.path, add=add, remove=remove) for folder in folders}
    if form == "json":
        write_json({"version": 1, "runs": [{"run_dir": place, "tags": list(tags)} for place, tags in found.items()]})
    else:
        for place, tags in found.items():
            click.echo(f"{shown_path(place)}  {' '.join(tags) or 'no tags'}")
    return 0
