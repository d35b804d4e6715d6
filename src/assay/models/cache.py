"""The response cache, off unless asked for: answers by everything that could change them, the trial number included. One SQLite file."""

import sqlite3
from pathlib import Path

import msgspec

from assay.core.answer import FROM_CACHE, Answer
from assay.core.content import Media
from assay.core.errors import StoreError
from assay.core.fingerprint import fingerprint
from assay.core.places import cache_folder
from assay.core.protocols import Model, Request
from assay.models.ask import Ask
from assay.models.media import inline, media_in


def cache_key(model: Model, request: Request) -> str:
    """Name, identity and the whole request. The sample's id is left out (the same question is the same question), the trial number is not:
    repeats of a sample must stay independent answers."""
    asked = msgspec.structs.replace(request, sample_id="")
    return fingerprint(model.name, dict(model.identity), asked, [_content(part) for part in media_in(request.messages)])


def _content(part: Media) -> str:
    """What a file holds counts, not what it is called."""
    return part.sha256 or fingerprint(inline(part).uri)


class AnswerCache:
    """Key -> answer, in one file that several runs may share; with `anew` it is written and not read.

    A file that fails (a full disk, a damaged page) costs no answer: from then on nothing is read or written, and `notes` says so.
    """

    def __init__(self, path: Path | None = None, *, anew: bool = False) -> None:
        self.path = path or cache_folder("answers.sqlite")
        self.anew = anew
        self.notes: tuple[str, ...] = ()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=off")
            self._db.execute("create table if not exists answers (key text primary key, answer blob not null) without rowid")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"The answer cache '{self.path}' cannot be opened: {error}.", remedy="Set ASSAY_CACHE_DIR, or run without it."
            ) from error
        self._decoder = msgspec.json.Decoder(Answer)

    def get(self, key: str) -> Answer | None:
        """The answer under a key, if there is one that can be read."""
        if self.anew or self.notes:
            return None
        try:
            row = self._db.execute("select answer from answers where key = ?", (key,)).fetchone()
            return self._decoder.decode(row[0]) if row is not None else None
        except (sqlite3.Error, msgspec.DecodeError) as error:
            self._switch_off("read", error)
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keeps an answer, if it can."""
        if self.notes:
            return
        try:
            self._db.execute("insert or replace into answers values (?, ?)", (key, msgspec.json.encode(answer)))
        except sqlite3.Error as error:
            self._switch_off("written", error)

    def _switch_off(self, what: str, error: Exception) -> None:
        self.notes = (f"the answer cache '{self.path}' cannot be {what}: {error}; this run goes on without it",)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def with_cache(ask: Ask, cache: AnswerCache, model: Model) -> Ask:
    """An answer that was given before is given again, without time or cost, and says where it is from. Faults are not kept."""

    async def remembered(request: Request) -> Answer:
        key = cache_key(model, request)
        found = cache.get(key)
        if found is not None:
            usage = msgspec.structs.replace(found.usage, cost=0.0 if found.usage.cost is not None else None)
            return msgspec.structs.replace(found, usage=usage, notes=(*found.notes, FROM_CACHE))
        answer = await ask(request)
        cache.put(key, answer)
        return answer

    return remembered
