"""Versions: what a server says names the content behind a URL, kept beside the file, so that no file is made of two versions and no copy outlives its original."""

from email.message import Message
from pathlib import Path

import msgspec


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """The validators of RFC 9110: an entity tag, the time of the last change, either or neither."""

    etag: str | None = None
    modified: str | None = None

    @property
    def unless_same(self) -> dict[str, str]:
        """Headers that ask for the content only where it is another by now (then 200, else 304); none where the server named no version."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {header: value for header, value in named.items() if value}

    @property
    def while_same(self) -> dict[str, str]:
        """Headers that ask for a range only while the content is the same; none where nothing strong enough is known (a weak tag is not)."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else self.modified
        return {"If-Range": strong} if strong else {}


def version_of(headers: Message) -> Version:
    """What an answer's headers say."""
    return Version(etag=headers.get("ETag"), modified=headers.get("Last-Modified"))


def beside(path: Path) -> Path:
    """Where the version of the file `path` is kept."""
    return path.with_name(path.name + ".version")


def kept_version(path: Path) -> Version:
    """The version kept beside `path`; an empty one where there is none that can be read."""
    try:
        return msgspec.json.decode(beside(path).read_bytes(), type=Version)
    except (OSError, msgspec.DecodeError):
        return Version()


def keep_version(path: Path, version: Version) -> None:
    """Write the version of `path` beside it."""
    beside(path).write_bytes(msgspec.json.encode(version))
