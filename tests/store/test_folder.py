"""Run folders: made once, opened anywhere, written whole or not at all, held by one writer."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from assay.core.answer import Usage
from assay.core.errors import MissingPackage, StoreError, UsageError
from assay.core.estimate import Estimate, not_measurable
from assay.core.run import Result
from assay.store import RunFolder

RESULT = Result(
    task="gsm8k",
    model="openai/gpt-x",
    run_dir="runs/r",
    planned=3,
    scored=2,
    unscored=0,
    failed=1,
    coverage=2 / 3,
    metrics={"accuracy": Estimate(value=0.5, low=0.1, high=0.9, n=2, clusters=2, method="wilson"), "bleu": not_measurable("no text")},
    usage=Usage(input_tokens=5),
    seconds=1.5,
)


def test_what_is_created_can_be_opened(tmp_path, manifest):
    made = RunFolder.create(tmp_path / "r", manifest())
    made.write_result(RESULT)
    opened = RunFolder.open(tmp_path / "r")
    assert opened.manifest == manifest()
    assert opened.result() == msgspec.structs.replace(RESULT, run_dir=str(tmp_path / "r")), "a folder is where it was opened"
    assert opened.journals() == ()
    assert opened.journal() == tmp_path / "r" / "journal-0.jsonl"


def test_creating_again_takes_what_is_there_but_never_another_run(tmp_path, manifest):
    RunFolder.create(tmp_path / "r", manifest(created="first"))
    assert RunFolder.create(tmp_path / "r", manifest(created="second")).manifest.created == "first"
    with pytest.raises(StoreError, match="holds another run, r1"):
        RunFolder.create(tmp_path / "r", manifest(seed=1))


def test_a_folder_without_a_run_and_a_damaged_one_are_said(tmp_path):
    with pytest.raises(UsageError, match="no run folder"):
        RunFolder.open(tmp_path)
    (tmp_path / "run.json").write_text('{"id": "r1", "task"')
    with pytest.raises(StoreError, match=r"run\.json is damaged"):
        RunFolder.open(tmp_path)


def test_journals_are_sorted_by_shard_number(tmp_path, manifest):
    folder = RunFolder.create(tmp_path, manifest())
    for shard in (10, 2, 0):
        folder.journal(shard).touch()
    (tmp_path / "journal-x.jsonl").touch()
    assert [path.name for path in folder.journals()] == ["journal-0.jsonl", "journal-2.jsonl", "journal-10.jsonl"]


def test_a_folder_that_cannot_be_made_names_the_path_and_the_way_out(tmp_path, manifest):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"file/r.* cannot be .*--log-dir"):
        RunFolder.create(tmp_path / "file" / "r", manifest())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_forbidden_folder_is_said(tmp_path, manifest):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        RunFolder.create(tmp_path / "r", manifest())


FULL_DISK = """
import resource, sys
from assay.core.errors import StoreError
from assay.store import StoredFiles
files = StoredFiles(sys.argv[1])
files.write("report.html", "old" * 100)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    files.write("report.html", "new" * 100_000)
except StoreError as error:
    print(error)
"""


def test_a_full_disk_keeps_the_old_file_and_leaves_no_half_one(tmp_path):
    """A real refusal of the operating system: a file may not grow beyond 4 kB."""
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "report.html cannot be written: File too large. Make room" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "old" * 100


def test_a_file_gets_the_rights_of_any_other_file(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    folder = RunFolder.create(tmp_path / "r", _manifest())
    assert (Path(folder.path) / "run.json").stat().st_mode == plain.stat().st_mode


def _manifest():
    from assay.core.run import Manifest

    return Manifest(id="r", task="t", model="m", identity="i", created="now", assay="0", seed=0, trials=1, samples=1, planned=1)


HOLD = """
import sys
from pathlib import Path
from assay.store.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_never_write_one_folder(tmp_path, manifest):
    folder = RunFolder.create(tmp_path, manifest())
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=rf"being written by process {other.pid} on .*--fresh"), folder.lock():
            pass
        other.kill()
    with folder.lock():
        pass


def test_a_remote_folder_keeps_its_journal_here_and_uploads_it(tmp_path, manifest, writer, monkeypatch):
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "here"))
    folder = RunFolder.create("memory://bucket/runs/r1", manifest())
    journal = writer(folder.journal())
    journal.scored("s1", 1.0)
    folder.sync()
    journal.scored("s2", 0.0)
    folder.sync()
    folder.write("report.html", "<p>é</p>")
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path / "elsewhere"))
    other = RunFolder.open("memory://bucket/runs/r1")
    assert [record.trial.sample_id for record in other.records()] == ["s1", "s2"]
    assert other.files.read("report.html") == "<p>é</p>".encode()
    assert other.query("select count(*) from trials") == [(2,)]


def test_after_a_crash_before_the_upload_the_longer_journal_is_the_truth(tmp_path, manifest, writer, monkeypatch):
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(tmp_path))
    folder = RunFolder.create("memory://bucket/runs/r2", manifest())
    journal = writer(folder.journal())
    journal.scored("s1", 1.0)
    folder.sync()
    journal.scored("s2", 0.0)
    again = RunFolder.open("memory://bucket/runs/r2")
    assert len(list(again.records())) == 2
    again.sync()
    assert again.files.sizes()["journal-0.jsonl"] == again.journal().stat().st_size


def test_a_place_without_a_driver_says_what_to_install(manifest):
    with pytest.raises(MissingPackage, match="no driver for 'nowhere://'"):
        RunFolder.create("nowhere://bucket/r", manifest())
