"""What went wrong when this was first tried; each trap has its test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.sandbox import Limits, Program, Sandbox
from assay.sandbox.backend import environment, interpreter
from assay.sandbox.bubblewrap import Bubblewrap, binds, namespaces, number
from assay.sandbox.limits import MIB

FORKS = """
import os, time
count = 0
try:
    for _ in range(100):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        count += 1
except OSError:
    pass
print(count)
"""


def test_the_limit_on_processes_is_its_own_whatever_else_the_user_runs(bubble: Sandbox) -> None:
    """Set outside, RLIMIT_NPROC counts every process of the user, and bubblewrap itself cannot start."""
    others = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) for _ in range(24)]
    try:
        outcome = bubble.run_sync(FORKS, limits=Limits(processes=8))
    finally:
        for each in others:
            each.kill()
            each.wait()
    assert 4 <= int(outcome.stdout) <= 8


async def test_a_program_never_runs_as_root(box: Sandbox) -> None:
    """The kernel holds root to no limit on processes."""
    outcome = await box.run("import os; print(*os.getresuid(), *os.getresgid(), os.getgroups())")
    if os.geteuid() == 0:
        assert "0" not in outcome.stdout.split()
        assert outcome.stdout.endswith("[]\n")
    assert int((await box.run(FORKS, limits=Limits(processes=8))).stdout) <= 24


def test_namespaces_are_asked_for_by_name() -> None:
    """`--unshare-all` goes on without what it cannot have; as root there must be no user namespace."""
    assert "--unshare-all" not in (*namespaces(True), *namespaces(False))
    assert "--unshare-user" in namespaces(False)
    assert "--unshare-user" not in namespaces(True)
    assert "--disable-userns" not in namespaces(True)
    for kind in ("pid", "net", "ipc", "uts"):
        assert f"--unshare-{kind}" in namespaces(True)
        assert f"--unshare-{kind}" in namespaces(False)


async def test_the_supervisor_is_the_first_process(bubble: Sandbox) -> None:
    """Bubblewrap's own first process is neither filtered nor closed to the program: same user, its memory writable, the wire in its hands."""
    assert (await bubble.run("import os; print(os.getppid())")).stdout == "1\n"


async def test_memory_is_added_up_over_processes(box: Sandbox) -> None:
    """RLIMIT_AS is per process."""
    source = "import os, time\nfor _ in range(6):\n    if os.fork() == 0: break\nheld = bytearray(b'x') * (60 << 20)\ntime.sleep(20)"
    outcome = await box.run(source, limits=Limits(memory=128 * MIB, wall=15.0))
    assert outcome.status == "memory"


async def test_many_files_cannot_fill_the_disk(bubble: Sandbox) -> None:
    """RLIMIT_FSIZE is per file, and a bind mount knows no limit."""
    source = """
import os
for root in (".", "/tmp", "/dev/shm"):
    total = 0
    try:
        for number in range(100):
            with open(f"{root}/{number}", "wb") as file:
                total += file.write(bytes(1 << 20))
    except OSError:
        pass
    print(total >> 20)
"""
    outcome = await bubble.run(source, limits=Limits(disk=5 * MIB))
    assert all(int(line) <= 5 for line in outcome.stdout.split())


async def test_nothing_else_is_writable(bubble: Sandbox) -> None:
    """Bubblewrap's own root and /dev are memory file systems without a size: they must be read-only."""
    source = """
import os
found = set()
for where, folders, _ in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(where, name) not in ("/proc", "/usr", "/sys")]
    try:
        open(os.path.join(where, "probe"), "w").close()
        os.unlink(os.path.join(where, "probe"))
        found.add(where)
    except OSError:
        pass
print(sorted(found))
"""
    assert eval((await bubble.run(source)).stdout) == ["/box", "/dev/shm", "/tmp"]


def test_the_interpreter_is_there_and_what_lies_beside_it_is_not(bubble: Sandbox) -> None:
    """Only the names of the folders on the way show, even where a home is closed to others."""
    source = "import sys, os\nprint(sys.base_prefix)\npath = sys.base_prefix\nwhile path != '/':\n    path = os.path.dirname(path)\n    print(path, os.listdir(path))"
    lines = bubble.run_sync(source).stdout.splitlines()
    assert Path(lines[0]).resolve() == Path(sys.base_prefix).resolve()
    for line in lines[1:-1]:
        folder, _, names = line.partition(" ")
        if folder.startswith("/usr"):
            continue
        wanted = {Path(each).relative_to(folder).parts[0] for each in interpreter().folders if each.startswith(f"{folder}/")}
        assert set(eval(names)) == wanted


def test_parents_are_made_before_a_folder_is_bound_and_nested_folders_once() -> None:
    parts = binds(("/home/me/.pyenv/versions/3", "/home/me/.pyenv/versions/3/lib", "/usr/lib/python3"))
    assert parts.count("--ro-bind") == 1
    assert parts.index("/home") < parts.index("/home/me/.pyenv") < parts.index("--ro-bind")
    assert "/usr/lib/python3" not in parts


async def test_no_environment_of_ours_even_by_way_of_the_first_process(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    box.close()
    source = """
import os, glob
print(dict(os.environ))
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        print(open(path).read())
    except OSError:
        pass
"""
    outcome = await box.run(source)
    box.close()
    assert "secret" not in outcome.stdout
    assert "OPENAI" not in outcome.stdout
    assert "secret" not in str(environment("/box"))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
async def test_the_filter_is_on_and_clone3_is_absent(box: Sandbox) -> None:
    """clone3 hides its flags from a filter: with ENOSYS libc falls back to clone, whose flags are seen."""
    source = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall(435, None, 0), errno.errorcode[ctypes.get_errno()])
print(libc.prctl(21, 0, 0, 0, 0))  # PR_GET_SECCOMP: 2 is a filter
import threading
thread = threading.Thread(target=lambda: print("thread"))
thread.start()
thread.join()
"""
    assert (await box.run(source)).stdout.splitlines() == ["-1 ENOSYS", "2", "thread"]


async def test_a_program_reads_nothing_of_the_wire(box: Sandbox) -> None:
    """No descriptor but its three streams and the two of its harness is open in a program."""
    outcome = await box.run("import os\nopen_ = []\nfor fd in range(256):\n    try:\n        os.fstat(fd)\n        open_.append(fd)\n    except OSError:\n        pass\nprint(open_)")  # fmt: skip
    assert outcome.stdout == "[0, 1, 2, 3, 4]\n"


async def test_the_first_moments_cost_no_more_than_they_must(bubble: Sandbox) -> None:
    """What the supervisor imports is paid at every start: `json`, `re`, `enum` and `typing` stay out of it."""
    outcome = await bubble.run(
        Program(source="import sys\nprint(sorted({'json', 're', 'enum', 'typing', 'traceback', 'signal'} & set(sys.modules)))")
    )
    bubble.close()
    cold = await bubble.run(
        Program(source="import sys\nprint(sorted({'json', 're', 'enum', 'typing', 'traceback', 'signal'} & set(sys.modules)))")
    )
    assert cold.stdout == "[]\n"
    assert outcome.status == "ok"


def test_the_version_is_read() -> None:
    backend = Bubblewrap()
    if backend.missing():
        pytest.skip("no bubblewrap")
    assert backend.version().startswith("bubblewrap ")
    assert number(str(backend.launch(Limits(), False).command[0])) >= (0, 4)
