"""Hubs: tables of the Hugging Face hub at a pinned revision over plain HTTPS, with a cache that works offline; ModelScope and `datasets` as extras."""

import hashlib
import os
import re
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

import msgspec

from assay.core.errors import DatasetError, needed, quoted
from assay.core.places import cache_folder
from assay.core.secrets import shown_url
from assay.datasets.cache import written_whole
from assay.datasets.download import Hub, asked, fetched, hub_of
from assay.datasets.formats import rows_of
from assay.datasets.rows import JsonLines
from assay.datasets.splits import files_of_split

PINNED = re.compile(r"[0-9a-f]{40}")
RAISED_BY_CLIENTS = (OSError, ValueError, RuntimeError, LookupError, TypeError)
CONVERTED = "refs/convert/parquet"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a table lies on a hub. `files` (paths or URLs, `*` allowed in a path) spares asking which there are."""

    repo: str
    revision: str = "main"
    config: str | None = None
    split: str = "test"
    files: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"{self.repo}{'/' + self.config if self.config else ''} (split '{self.split}', revision {self.revision[:12]})"


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a repository at a commit."""

    commit: str
    files: tuple[str, ...]


def place_of(source: str, split: str, revision: str | None = None) -> Place:
    """`org/name`, `org/name/config` or either with `@revision` (a leading `hf/` or `modelscope/` is dropped) as a place."""
    text, _, pinned = source.removeprefix("hf/").removeprefix("modelscope/").partition("@")
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(re.fullmatch(r"\w[\w.-]*", each) for each in parts):
        raise DatasetError(
            f"'{source}' names no dataset of a hub.", remedy="Write hf/org/name, hf/org/name/config or hf/org/name@revision."
        )
    return Place(repo="/".join(parts[:2]), config=parts[2] if len(parts) > 2 else None, revision=revision or pinned or "main", split=split)


def hub_rows(place: Place, *, hub: Hub | None = None) -> JsonLines:
    """The rows of a hub's table, fetched once and kept. Raises DatasetError saying what cannot be had and how else to get it."""
    hub = hub or hub_of()
    commit, files = _files(place, hub)
    paths, digests = [], []
    for file in files:
        url = file if "://" in file else f"{hub.endpoint}/datasets/{place.repo}/resolve/{quote(commit, safe='')}/{quote(file)}"
        path = _kept_by_hub_client(place.repo, commit, file)
        if path is None:
            path = _kept(place.repo, commit, file)
            what = shown_url(file) if "://" in file else f"{place.title}, file {file}"
            digests.append(fetched(url, path, hub=hub, what=what, may_change=not _is_pinned(commit, file)))
        paths.append(path)
    digest = " ".join(digests) if len(digests) == len(paths) else None
    return rows_of(paths, place.split, name=f"{place.repo}: {shown_url(files[0])}", digest=digest)


def _is_pinned(commit: str, file: str) -> bool:
    """Whether what a file holds cannot change: a hub's at its commit, and a URL with a commit in it."""
    return (
        "://" not in file or PINNED.fullmatch(commit) is not None or any(PINNED.fullmatch(each) for each in urlsplit(file).path.split("/"))
    )


def _kept(repo: str, commit: str, file: str) -> Path:
    """The place of a file in the cache. A hub's paths are a stranger's: none may lead out of the folder.

    A URL's query, which may hold a key, becomes a folder named by its digest, so that the file keeps the ending that says what it is.
    """
    inside = PurePosixPath(file)
    if "://" in file:
        parts = urlsplit(file)
        query = [hashlib.sha256(parts.query.encode()).hexdigest()[:16]] if parts.query else []
        path = PurePosixPath(unquote(parts.path).lstrip("/"))
        inside = PurePosixPath(parts.netloc.rpartition("@")[2], path.parent, *query, path.name)
    if inside.is_absolute() or ".." in inside.parts:
        raise DatasetError(f"{repo} lists a file with the path '{file}'.", remedy="Such a repository is not to be trusted.")
    return cache_folder("hub", repo.replace("/", "--"), quote(commit, safe=""), *inside.parts)


def _kept_by_hub_client(repo: str, commit: str, file: str) -> Path | None:
    """The same file in the cache of huggingface_hub, where that has it."""
    home = os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "hub"
    path = Path(home) / f"datasets--{repo.replace('/', '--')}" / "snapshots" / commit / file
    return path if PINNED.fullmatch(commit) and ".." not in file and path.is_file() else None


def _files(place: Place, hub: Hub) -> tuple[str, list[str]]:
    """(commit, files) of a place. Files that a card names at a pinned commit need no question."""
    exact = [each for each in place.files if "*" not in each]
    if place.files and len(exact) == len(place.files) and (PINNED.fullmatch(place.revision) or all("://" in each for each in exact)):
        return place.revision, exact
    listing = _listing(place, place.revision, hub)
    if place.files:
        found = [each for each in listing.files if any(PurePosixPath(each).match(pattern) for pattern in place.files)]
        if not found:
            raise DatasetError(f"{place.title} has no file {', '.join(place.files)}.", remedy=f"It has: {', '.join(listing.files[:20])}.")
        return listing.commit, sorted(found)
    try:
        return listing.commit, files_of_split(listing.files, place.split, name=place.title, config=place.config)
    except DatasetError:
        if PINNED.fullmatch(place.revision) or place.revision == CONVERTED or _has_tables(listing):
            raise
    converted = _listing(place, CONVERTED, hub)
    return converted.commit, files_of_split(converted.files, place.split, name=place.title, config=place.config)


def _has_tables(listing: Listing) -> bool:
    return any(each.endswith((".parquet", ".jsonl", ".jsonl.gz", ".csv")) for each in listing.files)


def _listing(place: Place, revision: str, hub: Hub) -> Listing:
    """The files at a revision. Of a commit it is kept for ever; of a branch it is asked anew, and kept for offline use."""
    kept = cache_folder("hub", place.repo.replace("/", "--"), "listings", f"{quote(revision, safe='')}.json")
    if kept.is_file() and (hub.offline or PINNED.fullmatch(revision)):
        return msgspec.json.decode(kept.read_bytes(), type=Listing)
    url = f"{hub.endpoint}/api/datasets/{place.repo}/revision/{quote(revision, safe='')}"
    document = asked(url, hub=hub, what=place.title)
    try:
        listing = Listing(commit=document["sha"], files=tuple(each["rfilename"] for each in document["siblings"]))
    except (KeyError, TypeError) as error:
        raise DatasetError(f"{place.title}: {hub.endpoint} did not answer as a hub does.", remedy="Check HF_ENDPOINT.") from error
    with written_whole(kept) as writing:
        writing.write_bytes(msgspec.json.encode(listing))
    return listing


def modelscope_rows(place: Place) -> JsonLines:
    """The rows of a table on ModelScope, through its own package."""
    with needed("ModelScope", "assay[modelscope]"):
        from modelscope.hub.snapshot_download import dataset_snapshot_download
    revision = "master" if place.revision == "main" else place.revision
    wanted = {"allow_file_pattern": list(place.files)} if place.files else {}
    try:
        folder = Path(dataset_snapshot_download(place.repo, revision=revision, cache_dir=str(cache_folder("modelscope")), **wanted))
    except RAISED_BY_CLIENTS as error:
        raise _not_loaded("modelscope", place, error) from error
    files = {each.relative_to(folder).as_posix(): each for each in sorted(folder.rglob("*")) if each.is_file()}
    chosen = list(place.files) or files_of_split(list(files), place.split, name=place.title, config=place.config)
    return rows_of([files.get(each, folder / each) for each in chosen], place.split, name=f"{place.repo}: {chosen[0]}")


def loaded_rows(place: Place) -> JsonLines:
    """The rows as the `datasets` package streams them, for what it alone can read; kept under the commit or branch they were asked at."""
    with needed("This loader", "assay[datasets]"):
        import datasets
    spool = cache_folder(
        "loaded", place.repo.replace("/", "--"), quote(place.revision, safe=""), f"{place.config or 'default'}-{place.split}.jsonl"
    )
    if not spool.exists() or not PINNED.fullmatch(place.revision):
        try:
            rows = iter(datasets.load_dataset(place.repo, place.config, split=place.split, revision=place.revision, streaming=True))
            first = next(rows, None)
        except RAISED_BY_CLIENTS as error:
            raise _not_loaded("datasets", place, error) from error
        with written_whole(spool) as writing, writing.open("wb") as file:
            for row in chain([] if first is None else [first], rows):
                file.write(msgspec.json.encode(row, enc_hook=str) + b"\n")
    return JsonLines(spool, name=place.title, unit="row")


def _not_loaded(package: str, place: Place, error: Exception) -> DatasetError:
    return DatasetError(
        f"{place.title} could not be loaded with '{package}': {type(error).__name__}: {quoted(str(error), 300)}.",
        remedy="Check the name and the network, or use a local copy: set ASSAY_DATA to its folder, or -T data=PATH.",
    )
