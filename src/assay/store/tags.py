"""Tags: words people put on runs, in `tags.json` beside the manifest, which itself is never changed."""

import re
from collections.abc import Iterable

import msgspec

from assay.core.errors import StoreError, UsageError
from assay.store.files import StoredFiles

TAGS = "tags.json"
WORD = re.compile(r"[\w.:/@+-]{1,100}")


def read_tags(files: StoredFiles) -> tuple[str, ...]:
    """The tags of a run folder, in alphabetical order; none where nobody put any or the file is damaged."""
    data = files.read(TAGS)
    if data is None:
        return ()
    try:
        return tuple(sorted(msgspec.json.decode(data, type=set[str])))
    except msgspec.MsgspecError:
        return ()


def change_tags(place: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> tuple[str, ...]:
    """Put tags on a run, take others off; what it has then. Raises UsageError for a word that is no tag, StoreError for a folder that cannot be written."""
    wanted = list(add)
    for word in wanted:
        if not WORD.fullmatch(word):
            raise UsageError(f"'{word}' is no tag.", remedy="A tag is one word: letters, digits and . : / @ + - _, up to 100.")
    files = StoredFiles(place)
    there = read_tags(files)
    if (wanted or remove) and not there and files.read(TAGS) not in (None, b"[]"):
        raise StoreError(f"{files.path(TAGS)} is damaged.", remedy="Mend it, a JSON list of words, or delete it.")
    found = tuple(sorted({*there, *wanted} - set(remove)))
    if found == there:
        return found
    try:
        files.write(TAGS, msgspec.json.encode(found))
    except OSError as error:
        raise StoreError(f"{files.place} cannot be written: {error.strerror}.") from error
    return found
