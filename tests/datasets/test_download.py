"""Downloads: a file is of one version, whole or not there, also where the server's changes or the process was killed."""

import hashlib
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assay import datasets
from assay.core.errors import DatasetError
from assay.datasets import download
from assay.datasets.download import Hub, fetched


def lines(word: str, count: int = 400) -> bytes:
    return b"".join(json.dumps({"question": f"{word} {n}?", "answer": str(n)}).encode() + b"\n" for n in range(count))


OLD, NEW = lines("old"), lines("new")


class Origin:
    """What the server holds, how well it knows HTTP, and what it was asked."""

    def __init__(self) -> None:
        self.content = OLD
        self.tags = True
        self.dates = True
        self.weak = False
        self.heeds_conditions = True
        self.cut = 0
        self.sha256 = False
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.asked: list[dict[str, str]] = []

    @property
    def etag(self) -> str:
        return ("W/" if self.weak else "") + f'"{hashlib.md5(self.content).hexdigest()}"'

    @property
    def modified(self) -> str:
        return "Mon, 01 Jan 2024 00:00:00 GMT" if self.content == OLD else "Tue, 02 Jan 2024 00:00:00 GMT"

    def validators(self) -> dict[str, str]:
        found = {"ETag": self.etag} if self.tags else {}
        return found | ({"Last-Modified": self.modified} if self.dates else {})


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        origin: Origin = self.server.origin  # type: ignore[attr-defined]
        origin.asked.append({key.lower(): value for key, value in self.headers.items()})
        extra = {"X-Linked-Etag": f'"{hashlib.sha256(origin.content).hexdigest()}"'} if origin.sha256 else {}
        if origin.refusals:
            status, headers = origin.refusals.pop(0)
            return self.answer(status, b"", headers)
        known = (origin.etag, origin.modified)
        if origin.heeds_conditions and (self.headers["If-None-Match"] or self.headers["If-Modified-Since"]) in known:
            return self.answer(304, b"", origin.validators())
        content, wanted = origin.content, self.headers["Range"]
        if wanted and origin.heeds_conditions and self.headers["If-Range"] not in (None, *known):
            wanted = None
        if not wanted:
            return self.answer(200, content, {**origin.validators(), **extra}, cut=origin.cut)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}", **extra})
        place = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        return self.answer(206, content[start:], {**origin.validators(), **extra, **place})

    def answer(self, status: int, body: bytes, headers: dict[str, str], cut: int = 0) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut] if cut else body)
        self.close_connection = True


@pytest.fixture
def origin() -> Origin:
    return Origin()


@pytest.fixture
def url(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(download.time, "sleep", lambda _: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.origin = origin  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/data/rows.jsonl"
    server.shutdown()
    thread.join()
    server.server_close()


def first(url: str) -> str:
    return next(datasets.table(url, input="question", target="answer").samples()).prompt


class TestKilledBeforeTheRename:
    """All bytes had come, and the file was still called .part."""

    def get(self, url: str, target: Path, content: bytes) -> bytes:
        target.with_name(target.name + ".part").write_bytes(content)
        found = fetched(url, target, hub=Hub(waits=()), what="the file")
        assert found == hashlib.sha256(target.read_bytes()).hexdigest()
        assert [each.name for each in target.parent.iterdir() if each.name.endswith((".part", ".version"))] == []
        return target.read_bytes()

    def test_what_is_announced_is_taken_as_it_is(self, origin, url, tmp_path):
        origin.sha256 = True
        assert self.get(url, tmp_path / "x.jsonl", OLD) == OLD
        assert len(origin.asked) == 1

    def test_what_is_not_announced_is_fetched_again(self, origin, url, tmp_path):
        assert self.get(url, tmp_path / "x.jsonl", OLD) == OLD

    @pytest.mark.parametrize("announced", [True, False])
    def test_what_is_too_long_is_fetched_again(self, origin, url, tmp_path, announced):
        origin.sha256 = announced
        assert self.get(url, tmp_path / "x.jsonl", OLD + b"more") == OLD


class TestAFileThatChanges:
    @pytest.mark.parametrize("knows", ["all", "dates", "tags", "a weak tag", "nothing", "no conditions"])
    def test_in_the_middle_of_a_download_is_never_mixed(self, origin, url, tmp_path, knows):
        origin.tags, origin.dates = knows not in ("dates", "nothing"), knows in ("all", "dates", "no conditions")
        origin.weak, origin.heeds_conditions = knows == "a weak tag", knows != "no conditions"
        origin.cut = 5000
        with pytest.raises(DatasetError, match="closed after 5000"):
            fetched(url, tmp_path / "x", hub=Hub(waits=()), what="x", may_change=True)
        origin.cut, origin.content = 0, NEW
        fetched(url, tmp_path / "x", hub=Hub(waits=()), what="x", may_change=True)
        assert (tmp_path / "x").read_bytes() == NEW

    def test_that_did_not_is_only_continued(self, origin, url, tmp_path):
        origin.cut = 5000
        with pytest.raises(DatasetError):
            fetched(url, tmp_path / "x", hub=Hub(waits=()), what="x", may_change=True)
        origin.cut = 0
        fetched(url, tmp_path / "x", hub=Hub(waits=()), what="x", may_change=True)
        assert (origin.asked[-1]["range"], origin.asked[-1]["if-range"]) == ("bytes=5000-", origin.etag)
        assert (tmp_path / "x").read_bytes() == OLD

    @pytest.mark.parametrize("knows", ["all", "dates", "nothing"])
    def test_later_is_fetched_anew_and_is_another_dataset(self, origin, url, knows):
        origin.tags, origin.dates = knows == "all", knows != "nothing"
        before = datasets.table(url, input="question", target="answer").fingerprint
        assert datasets.table(url, input="question", target="answer").fingerprint == before
        origin.content = NEW
        assert first(url) == "new 0?"
        assert datasets.table(url, input="question", target="answer").fingerprint != before

    def test_is_asked_for_its_version_and_not_for_its_content(self, origin, url):
        assert [first(url), first(url)] == ["old 0?", "old 0?"]
        assert origin.asked[1]["if-none-match"] == origin.etag and len(origin.asked) == 2

    def test_is_not_asked_after_offline(self, origin, url, monkeypatch):
        first(url)
        origin.content = NEW
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        assert first(url) == "old 0?" and len(origin.asked) == 1

    @pytest.mark.parametrize("status", [404, 500])
    def test_and_cannot_be_asked_after_leaves_the_copy_in_use_and_says_so(self, origin, url, caplog, status):
        first(url)
        origin.refusals = [(status, {})]
        with caplog.at_level(logging.WARNING):
            assert first(url) == "old 0?"
        assert "The copy fetched earlier is used." in caplog.text

    def test_with_a_commit_in_its_address_cannot_change(self, origin, url):
        pinned = url.replace("/data/", f"/{'d' * 40}/")
        assert [first(pinned), first(pinned)] == ["old 0?", "old 0?"] and len(origin.asked) == 1


def test_the_same_content_again_leaves_the_file_to_its_readers(origin, url):
    origin.tags = origin.dates = False
    table = datasets.table(url, input="question", target="answer")
    assert len(table) == 400 and first(url) == "old 0?"
    assert next(table.samples([3])).prompt == "old 3?"


@pytest.mark.parametrize("query", ["?download=true", "?sig=hf_secret", "?file=a/../b"])
def test_an_address_with_a_query_is_one_file_a_query(origin, url, cache, query):
    assert first(url + query) == "old 0?"
    origin.content = NEW
    assert first(url + query + "&v=2") == "new 0?"
    assert len(list(cache.rglob("rows.jsonl"))) == 2
    assert not any("secret" in str(each) for each in cache.rglob("*"))


class TestABusyHub:
    """Waits are recorded, not waited."""

    @pytest.fixture
    def waited(self, url: str, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        found: list[float] = []
        monkeypatch.setattr(download.time, "sleep", found.append)
        monkeypatch.setattr(download.time, "time", lambda: 1_700_000_000.0)
        return found

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "7"}, 7.0),
            ({"Retry-After": "Tue, 14 Nov 2023 22:13:29 GMT"}, 9.0),
            ({"RateLimit": '"resolvers";r=0;t=55'}, 55.0),
            ({"Retry-After": "1"}, 2.0),
            ({"Retry-After": "soon"}, 2.0),
            ({}, 2.0),
        ],
    )
    @pytest.mark.parametrize("status", [429, 503])
    def test_is_given_the_time_it_asks_for(self, origin, url, waited, tmp_path, status, headers, seconds):
        origin.refusals = [(status, headers)]
        fetched(url, tmp_path / "x", hub=Hub(waits=(2.0,)), what="the file")
        assert waited == [seconds]

    def test_that_asks_for_too_much_is_named(self, origin, url, waited, tmp_path):
        origin.refusals = [(429, {"Retry-After": "3600"})]
        with pytest.raises(DatasetError, match="answered 429, asking to wait 3600 seconds"):
            fetched(url, tmp_path / "x", hub=Hub(waits=(2.0,)), what="the file")
        assert waited == []
