"""Finding runs: by what they are, never by what they are called."""

import re
from pathlib import Path

import msgspec

from assay.core.errors import StoreError
from assay.core.run import Manifest, Result
from assay.store.files import StoredFiles
from assay.store.folder import RunFolder, read_manifest, read_result


class StoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of runs. `problem` says why a folder cannot be read; then there is no manifest."""

    path: str
    manifest: Manifest | None = None
    result: Result | None = None
    problem: str | None = None


def folder_name(manifest: Manifest) -> str:
    """The name that the same command finds again; task and model are there for people."""
    return f"{_plain(manifest.task, 60)}__{_plain(manifest.model, 60)}__{manifest.content_id}"


def _plain(name: str, limit: int) -> str:
    """The name as a folder's; a long one keeps its head (the provider) and its tail (what tells it from others)."""
    plain = re.sub(r"[^\w.=+-]+", "-", name).strip("-.") or "unnamed"
    if len(plain) <= limit:
        return plain
    head = limit // 3
    return f"{plain[:head]}...{plain[head + 3 - limit :]}"


def find_run(log_dir: str | Path, manifest: Manifest) -> RunFolder | None:
    """The run in `log_dir` that has the content of `manifest`, whatever its folder is called; of several (`--fresh`) the newest."""
    files = StoredFiles(str(log_dir))
    key = manifest.content_id
    names = files.folders()
    for candidates in ([each for each in names if key in each], [each for each in names if key not in each]):
        found = [(there, place) for name in candidates if (there := _manifest(place := files.path(name), manifest.identity)) is not None]
        same = [(there.created, place, there) for there, place in found if there.content_id == key]
        if same:
            _, place, there = max(same, key=lambda each: each[:2])
            return RunFolder(place, there)
    return None


def _manifest(place: str, holding: str) -> Manifest | None:
    """The manifest in a folder if it may be the one looked for, since it holds a fingerprint; a damaged one is not."""
    files = StoredFiles(place)
    data = files.read("run.json")
    if data is None or holding.encode() not in data:
        return None
    try:
        return msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError:
        return None


def run_folder(log_dir: str | Path, manifest: Manifest, *, fresh: bool = False) -> RunFolder:
    """The folder to run in: the one that has this content, so that the same command resumes; or a new one (`fresh`: always)."""
    if not fresh and (found := find_run(log_dir, manifest)) is not None:
        return found
    files = StoredFiles(str(log_dir))
    name, taken = folder_name(manifest), set(files.folders())
    free = next(each for each in (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))) if each not in taken)
    return RunFolder.create(files.path(free), manifest)


ASKED_ALIKE = ("model", "solver", "decoding")
"""The fingerprints two runs share where they may have asked the same questions in the same way."""


def earlier_journals(log_dir: str | Path, manifest: Manifest) -> tuple[Path, ...]:
    """Journals in a local `log_dir` that may hold answers to what `manifest` asks: same task, model, prompts, decoding and seed; other samples,
    trials or scorers. The oldest first."""
    files = StoredFiles(str(log_dir))
    if files.remote:
        return ()
    prefix = folder_name(manifest).removesuffix(manifest.content_id)
    found = []
    for place in (files.path(name) for name in files.folders() if name.startswith(prefix)):
        there = _manifest(place, manifest.fingerprints["model"])
        alike = there is not None and all(there.fingerprints.get(part) == manifest.fingerprints[part] for part in ASKED_ALIKE)
        if there is not None and alike and there.seed == manifest.seed and there.content_id != manifest.content_id:
            found.append((there.created, RunFolder(place, there)))
    return tuple(path for _, folder in sorted(found, key=lambda each: each[0]) for path in folder.journals())


def stored_run(files: StoredFiles) -> StoredRun:
    """The run in a folder, with what it came to; a damaged one with its problem."""
    try:
        manifest = read_manifest(files)
    except StoreError as error:
        return StoredRun(path=files.place, problem=str(error))
    try:
        return StoredRun(path=files.place, manifest=manifest, result=read_result(files))
    except StoreError as error:
        return StoredRun(path=files.place, manifest=manifest, problem=str(error))
