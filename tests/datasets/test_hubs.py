"""Hubs: downloads from a loopback server that answers as the Hugging Face hub does."""

import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest

from assay import datasets
from assay.core.card import Card
from assay.core.errors import DatasetError, MissingPackage
from assay.datasets.download import Hub, fetched, hub_of
from assay.datasets.hubs import place_of
from assay.datasets.watching import watching

COMMIT = "a" * 40
CONVERTED = "b" * 40
ROWS = [{"question": f"Question {n}?", "answer": str(n)} for n in range(40)]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)


class Storage:
    """What the server holds and what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.listings: dict[str, tuple[str, list[str]]] = {}
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.statuses: list[int] = []
        self.cut = 0
        self.token: str | None = None
        self.redirect: str | None = None
        self.etag: str | None = None
        self.html = False


class Handler(BaseHTTPRequestHandler):
    storage: Storage

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        storage = self.server.storage  # type: ignore[attr-defined]
        storage.asked.append((self.path, self.headers.get("Authorization"), self.headers.get("Range")))
        if storage.statuses:
            self.answer(storage.statuses.pop(0), b"")
        elif storage.token and self.headers.get("Authorization") != f"Bearer {storage.token}":
            self.answer(401, b"{}")
        elif storage.html:
            self.answer(200, b"<html>log in</html>", kind="text/html")
        elif self.path in storage.listings:
            commit, files = storage.listings[self.path]
            self.answer(
                200, json.dumps({"sha": commit, "siblings": [{"rfilename": each} for each in files]}).encode(), kind="application/json"
            )
        elif self.path in storage.files and storage.redirect:
            self.send_response(302)
            self.send_header("Location", storage.redirect + self.path)
            if storage.etag:
                self.send_header("X-Linked-Etag", f'"{storage.etag}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path in storage.files:
            self.send_file(storage, storage.files[self.path])
        else:
            self.answer(404, b"")

    def send_file(self, storage: Storage, content: bytes) -> None:
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
        body, self.close_connection = content[start:], True
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut, storage.cut = storage.cut, 0
        self.wfile.write(body[:cut] if cut else body)

    def answer(self, status: int, body: bytes, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serving(storage: Storage) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.storage = storage  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def storage() -> Storage:
    return Storage()


@pytest.fixture
def endpoint(storage, monkeypatch) -> Iterator[str]:
    for url in serving(storage):
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield url


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, Storage]]:
    held = Storage()
    for url in serving(held):
        yield url, held


def put(storage: Storage, path: str, content: bytes = LINES, *, commit: str = COMMIT, repo: str = "org/name") -> None:
    storage.files[f"/datasets/{repo}/resolve/{commit}/{path}"] = content


def listing(storage: Storage, *files: str, revision: str = "main", commit: str = COMMIT) -> None:
    storage.listings[f"/api/datasets/org/name/revision/{revision}"] = (commit, list(files))


def card(**fields) -> Card:
    return Card(
        **{
            "source": "org/name",
            "revision": COMMIT,
            "licence": "mit",
            "languages": ("en",),
            "version": "1",
            "files": {"test": "data/test.jsonl"},
            **fields,
        }
    )


def table(source="hf/org/name", split="test", **fields):
    return datasets.table(source, split, input="question", target="answer", **fields)


def problem(source="hf/org/name", split="test", **fields) -> str:
    with pytest.raises(DatasetError) as caught:
        len(table(source, split, **fields))
    return str(caught.value)


def test_a_card_at_a_pinned_commit_asks_for_one_file_once(storage, endpoint):
    put(storage, "data/test.jsonl")
    made = table(card())
    assert [each.id for each in made.samples([0, 39])] == ["test-1", "test-40"]
    assert table(card()).fingerprint == made.fingerprint
    assert [path for path, *_ in storage.asked] == [f"/datasets/org/name/resolve/{COMMIT}/data/test.jsonl"]


def test_the_cache_works_offline(storage, endpoint, monkeypatch):
    put(storage, "data/test.jsonl")
    listing(storage, "README.md", "data/train.jsonl", "data/test.jsonl")
    first = table().fingerprint
    asked = len(storage.asked)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert table().fingerprint == table(card()).fingerprint == first
    assert len(storage.asked) == asked
    said = problem(card(files={"test": "data/other.jsonl"}))
    assert "org/name" in said and "HF_HUB_OFFLINE" in said and "ASSAY_DATA" in said


def test_parquet_shards_found_by_their_names(storage, endpoint, tmp_path):
    for number in range(2):
        path = tmp_path / f"{number}.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT 'Q' || i AS question, i AS answer FROM range({number * 3}, {number * 3 + 3}) t(i)) TO '{path}' (FORMAT parquet)"
            )
        put(storage, f"main/test-0000{number}-of-00002.parquet", path.read_bytes())
    listing(storage, "main/train-00000-of-00001.parquet", "main/test-00001-of-00002.parquet", "main/test-00000-of-00002.parquet")
    assert [each.target for each in table().samples()] == ["0", "1", "2", "3", "4", "5"]
    assert len(table("hf/org/name/main")) == 6
    assert len(datasets.hub("org/name", input="question")) == 6


def test_several_configurations_are_named(storage, endpoint):
    listing(storage, "main/test.jsonl", "socratic/test.jsonl", "main/train.jsonl")
    put(storage, "socratic/test.jsonl")
    assert "2 configurations with a split 'test'. Name one of: main, socratic." in problem()
    assert len(table("hf/org/name/socratic")) == 40
    assert "no configuration 'socratik'. Did you mean socratic?" in problem("hf/org/name/socratik")


def test_a_branch_is_resolved_to_its_commit(storage, endpoint, cache):
    listing(storage, "test.jsonl", revision="v2", commit="c" * 40)
    put(storage, "test.jsonl", commit="c" * 40)
    assert len(table("hf/org/name@v2")) == len(table(revision="v2")) == 40
    assert (cache / "hub" / "org--name" / ("c" * 40) / "test.jsonl").is_file()


def test_a_repository_without_tables_is_read_from_its_converted_branch(storage, endpoint):
    listing(storage, "name.py", "README.md")
    listing(storage, "default/test/0000.jsonl", "default/train/0000.jsonl", revision="refs%2Fconvert%2Fparquet", commit=CONVERTED)
    put(storage, "default/test/0000.jsonl", commit=CONVERTED)
    assert len(table()) == 40


def test_a_pinned_commit_is_never_swapped_for_a_branch(storage, endpoint):
    listing(storage, "name.py", revision=COMMIT)
    listing(storage, "default/test/0000.jsonl", revision="refs%2Fconvert%2Fparquet", commit=CONVERTED)
    assert "no file for the split 'test'" in problem(f"hf/org/name@{COMMIT}")


def test_a_broken_connection_is_resumed(storage, endpoint, tmp_path):
    put(storage, "data/test.jsonl")
    storage.cut = 700
    seen: list[int] = []
    url = f"{endpoint}/datasets/org/name/resolve/{COMMIT}/data/test.jsonl"
    with watching(lambda _, done, total: seen.append(done)):
        found = fetched(url, tmp_path / "x.jsonl", hub=Hub(endpoint=endpoint, waits=(0.0,)), what="x")
    assert [asked[2] for asked in storage.asked] == [None, "bytes=700-"]
    assert (tmp_path / "x.jsonl").read_bytes() == LINES
    assert found == hashlib.sha256(LINES).hexdigest()
    assert seen == [700, len(LINES)]


def test_a_busy_hub_is_asked_again_and_then_named(storage, endpoint, tmp_path):
    put(storage, "data/test.jsonl")
    url = f"{endpoint}/datasets/org/name/resolve/{COMMIT}/data/test.jsonl"
    storage.statuses = [503, 429]
    fetched(url, tmp_path / "x", hub=Hub(endpoint=endpoint, waits=(0.0, 0.0)), what="the file")
    storage.statuses = [503, 503]
    with pytest.raises(DatasetError, match=r"the file: http://127.0.0.1:\d+ answered 503. Try again later"):
        fetched(url, tmp_path / "y", hub=Hub(endpoint=endpoint, waits=(0.0,)), what="the file")
    assert not (tmp_path / "y").exists()


def test_the_token_goes_to_the_hub_alone_and_into_no_message(storage, endpoint, elsewhere, monkeypatch):
    url, other = elsewhere
    path = f"/datasets/org/name/resolve/{COMMIT}/data/test.jsonl"
    put(storage, "data/test.jsonl")
    other.files[path] = LINES
    storage.token, storage.redirect, storage.etag = "hf_secret", url, hashlib.sha256(LINES).hexdigest()
    said = problem(card())
    assert "gated or private (401); HF_TOKEN is not set. Accept its terms" in said
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "HF_TOKEN is set, but has no right" in problem(card()) and "hf_wrong" not in problem(card())
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert len(table(card())) == 40
    assert [asked[1] for asked in other.asked] == [None]
    assert "hf_secret" not in repr(hub_of())


def test_a_file_that_is_not_what_was_announced(storage, endpoint, elsewhere, cache):
    url, other = elsewhere
    put(storage, "data/test.jsonl")
    other.files[f"/datasets/org/name/resolve/{COMMIT}/data/test.jsonl"] = LINES
    storage.redirect, storage.etag = url, "0" * 64
    assert "arrived damaged" in problem(card())
    assert not [each for each in cache.rglob("*") if each.is_file() and not each.name.endswith(".lock")]


def test_a_file_wanted_twice_at_once_is_fetched_once(storage, endpoint, tmp_path):
    put(storage, "data/test.jsonl")
    url = f"{endpoint}/datasets/org/name/resolve/{COMMIT}/data/test.jsonl"
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: fetched(url, tmp_path / "x", hub=Hub(endpoint=endpoint), what="x"), range(4)))
    assert made == [hashlib.sha256(LINES).hexdigest()] * 4
    assert len(storage.asked) == 1


def test_what_is_not_there_and_what_is_no_hub(storage, endpoint, monkeypatch):
    assert "was not found at http://127.0.0.1" in problem(card())
    assert "org/name (split 'test', revision main)" in problem()
    storage.html = True
    assert "did not answer as a hub does" in problem(card())
    assert "did not answer as a hub does" in problem()


def test_no_network(monkeypatch, tmp_path):
    with pytest.raises(DatasetError, match=r"cannot be reached.*HF_ENDPOINT.*ASSAY_DATA"):
        fetched("http://127.0.0.1:9/x", tmp_path / "x", hub=Hub(endpoint="http://127.0.0.1:9", waits=()), what="the file")


@pytest.mark.parametrize("path", ["../../outside.jsonl", "/etc/test.jsonl"])
def test_a_path_that_leads_out_of_the_cache_is_refused(storage, endpoint, path):
    listing(storage, path)
    assert "is not to be trusted" in problem()


def test_a_file_by_its_url(storage, endpoint):
    storage.files["/raw/TruthfulQA.csv"] = b"question,answer\nWhy?,Because.\n"
    url = f"{endpoint}/raw/TruthfulQA.csv"
    assert next(table(url).samples()).target == "Because."
    assert next(table(card(source="https://example.org/TruthfulQA", files={"test": url})).samples()).id == "test-1"
    assert "names no file for the split 'train'" in problem(card(source="https://example.org/TruthfulQA", files={"test": url}), "train")


def test_the_cache_of_the_hub_client_is_used(tmp_path):
    folder = tmp_path / "hf-home" / "hub" / "datasets--org--name" / "snapshots" / COMMIT / "data"
    folder.mkdir(parents=True)
    (folder / "test.jsonl").write_bytes(LINES)
    assert len(table(card())) == 40


@pytest.mark.parametrize("name", ["hf/org", "hf/a/b/c/d", "hf/org/na me", "hf/../x"])
def test_names_that_are_none(name):
    assert "names no dataset of a hub" in problem(name)


def test_an_empty_revision_is_the_main_branch():
    assert place_of("hf/a/b@", "test").revision == "main"


class TestLocalCopies:
    @pytest.mark.parametrize("where", ["org/name/test.jsonl", "name/test.jsonl", "NAME/data/test.jsonl", "name.jsonl", "name/name.jsonl"])
    def test_a_folder_of_local_copies(self, write, monkeypatch, tmp_path, where):
        write(ROWS, f"copies/{where}")
        write([{"x": 1}], "copies/other.jsonl")
        monkeypatch.setenv("ASSAY_DATA", str(tmp_path / "copies"))
        made = table(card())
        assert [each.id for each in made.samples([0])] == ["test-1"]
        assert made.fingerprint == datasets.from_rows(ROWS, input="question", target="answer").fingerprint

    def test_one_local_file_for_a_card(self, write):
        assert len(table(card(), data=write(ROWS, "mine.jsonl"))) == 40

    def test_a_folder_that_lacks_the_split(self, write, monkeypatch, tmp_path):
        write(ROWS, "copies/name/train.jsonl")
        write(ROWS, "copies/name/dev.jsonl")
        monkeypatch.setenv("ASSAY_DATA", str(tmp_path / "copies"))
        assert "no file for the split 'test'. Its tables are: dev.jsonl, train.jsonl." in problem(card())
        assert len(table(card(), "validation")) == 40

    def test_a_folder_that_is_none(self, monkeypatch, tmp_path):
        monkeypatch.setenv("ASSAY_DATA", str(tmp_path / "absent"))
        assert "which is no folder" in problem(card())


@pytest.mark.parametrize(("loader", "extra"), [("datasets", "assay[datasets]"), ("modelscope", "assay[modelscope]")])
def test_a_missing_extra_says_what_to_install(monkeypatch, loader, extra):
    import sys

    for name in ("datasets", "modelscope", "modelscope.hub", "modelscope.hub.snapshot_download"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackage) as caught:
        len(table(loader=loader))
    assert extra in str(caught.value)


def test_hub_settings_of_the_environment():
    made = hub_of({"HF_ENDPOINT": "https://mirror.example/", "HF_TOKEN": " hf_x\n", "HF_HUB_OFFLINE": "yes"})
    assert (made.endpoint, made.token, made.offline) == ("https://mirror.example", "hf_x", True)
    assert hub_of({}) == Hub()
    assert Path(Hub().endpoint).name == "huggingface.co"
