"""The first process inside the sandbox: takes programs from the wire, forks one child for each, watches it, sweeps, reports."""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` proper imports `enum`: a third of the start-up
import errno
import fcntl
import gc
import os
import select
import sys
import time
from binascii import b2a_base64

from assay.sandbox.inside import apart, confine, harness
from assay.sandbox.inside.processes import count_others, family, handle_of, kill, remove, resident, size_of
from assay.sandbox.inside.wire import Closed, receive_bytes, receive_trusted, send

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `collections` cost milliseconds at every start
    from collections.abc import Callable
    from typing import Any

TICK = 0.05
LOOK = 0.1
REPORT = 64 * 1024 * 1024
ALLOWANCE = 96 * 1024 * 1024
SWEEP = 5.0


class Watched:
    """One program under way: its processes, its pipes and what came out of them."""

    def __init__(self) -> None:
        self.pids: dict[int, int | None] = {}
        self.main = 0
        self.output: dict[int, bytearray] = {}
        self.input: dict[int, memoryview] = {}
        self.report = -1
        self.streams = (-1, -1)
        self.started = time.monotonic()
        self.verdict = ""
        self.tests = -1


def main() -> None:
    """Introduce ourselves, take the settings, then serve programs until the parent is gone or a program left traces."""
    send(1, {"pid": os.getpid(), "machine": os.uname().machine, "landlock": confine.landlock_version(), "uid": os.getuid()})
    settings = receive_trusted(0)
    confine.settle(settings)
    os.chdir("/")
    sys.path[:] = [path for path in sys.path if path]
    signal.signal(signal.SIGTERM, lambda *_: leave(settings))
    preload(settings)
    gc.collect()
    gc.freeze()  # a child's first collection then copies no page of ours
    send(1, {"ready": True})
    try:
        while serve_one(settings):
            warm()
    except Closed:
        pass
    leave(settings)


def serve_one(settings: dict[str, Any]) -> bool:
    """One program from the wire to its outcome; False where it left traces and nothing more should run here.

    A function of its own, so that no name here still holds one program's outcome (its tests' last words) when the next is forked.
    """
    job = receive_trusted(0)
    send(1, {"started": True})
    outcome = run(job, settings)
    outcome["dirty"] = not wipe(settings["scratch"]) or outcome["dirty"]
    send(1, outcome)
    return not outcome["dirty"]


def preload(settings: dict[str, Any]) -> None:
    """Import what programs will ask for, once. A module that is not there is the program's to stumble over."""
    before = list(sys.path)
    sys.path.extend(settings["packages"])
    for name in settings["preload"]:
        try:
            __import__(name)
        except ImportError:
            continue
    sys.path[:] = before


def warm() -> None:
    """Import what judging and tracebacks need, once the first program has its outcome: later children find it done."""
    import json
    import linecache
    import traceback

    del json, linecache, traceback  # they stay in sys.modules
    gc.freeze()


def leave(settings: dict[str, Any]) -> None:
    """End, and everything started here with us; a scratch folder on a real disk goes too, for its owner may be dead."""
    sweep(settings)
    if settings["measure_disk"]:
        remove(settings["folder"])
    os._exit(0)


def run(job: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """One program from fork to sweep."""
    watched = Watched()
    secret = os.urandom(32)
    start(job, settings, watched)
    if job["mode"] == "together":
        tests = receive_bytes(0, int.from_bytes(receive_bytes(0, 4), "big"))
        payload = secret + len(tests).to_bytes(8, "big") + tests
    else:
        payload = b""
    watch(watched, job["limits"], settings, payload)
    usage = time.monotonic() - watched.started
    sweep(settings, watched)
    drain(watched, job["limits"]["output"])
    return describe(watched, job, secret.hex(), usage)


def start(job: dict[str, Any], settings: dict[str, Any], watched: Watched) -> None:
    """Fork the program, and its judge where the tests run apart."""
    apart = job["mode"] == "apart"
    stdin, out, err, report, tests = (os.pipe() for _ in range(5))
    ask, reply = (os.pipe(), os.pipe()) if apart else ((-1, -1), (-1, -1))
    others = ours(settings) + apart
    streams, ends = (stdin[0], out[1], err[1]), (ask[0], reply[1]) if apart else (report[1], tests[0])
    watched.main = fork(watched, lambda: child(streams, ends, job, settings, others))
    if apart:
        watched.main = fork(watched, lambda: beside((report[1], reply[0], ask[1]), job, settings, others))
    for fd in (stdin[0], out[1], err[1], report[1], tests[0], *ask, *reply):
        if fd >= 0:
            os.close(fd)
    watched.streams, watched.report, watched.tests = (out[0], err[0]), report[0], tests[1]
    watched.output = {out[0]: bytearray(), err[0]: bytearray(), report[0]: bytearray()}
    watched.input = {stdin[1]: memoryview(job["stdin"].encode("utf-8", "surrogateescape"))}
    for fd in (*watched.output, *watched.input, tests[1]):
        os.set_blocking(fd, False)


def ours(settings: dict[str, Any]) -> int:
    """How many processes the kernel counts for our user before the program is started: us alone in a namespace or under an uid of our own, else
    whatever the user runs besides."""
    return 1 if settings["namespace"] or settings["alone"] else count_others()


def fork(watched: Watched, work: Callable[[], None]) -> int:
    """Start `work` in a child that never comes back here, whatever happens in it."""
    pid = os.fork()
    if not pid:
        with harness.Boundary() as caught:
            work()
        with harness.Boundary():
            os.write(2, f"assay: {harness.describe(caught.error or SystemExit())}\n".encode())
        os._exit(70)
    watched.pids[pid] = None
    return pid


def child(streams: tuple[int, int, int], ends: tuple[int, int], job: dict[str, Any], settings: dict[str, Any], others: int) -> None:
    """The program's process: its own session, its streams, nothing else open, everything locked before its first line runs."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    rearrange((*streams, *ends))
    confine.lock(settings, job["limits"], others)
    harness.enter({harness.FILE: job["source"], **job["files"]}, settings["folder"])
    send(4 if job["mode"] == "apart" else 3, {"locked": True})
    if job["mode"] == "apart":
        apart.serve(job, 3, 4, settings["packages"])
    elif job["mode"] == "together":
        harness.run_together(job, 3, 4, settings["packages"])
    else:
        harness.run_plain(job, 3, settings["packages"])


def beside(ends: tuple[int, int, int], job: dict[str, Any], settings: dict[str, Any], others: int) -> None:
    """The judge's process: it alone reads the tests off the wire and holds the report; it writes no file and sees no output."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    void = os.open("/dev/null", os.O_RDWR)
    rearrange((0, void, void, *ends))
    confine.lock(settings | {"writable": []}, job["limits"], others)
    apart.judge(3, 4, 5, settings["packages"])


def rearrange(fds: tuple[int, ...]) -> None:
    """Make `fds` the descriptors 0, 1, 2, ... and close every other one."""
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in fds]
    for position, fd in enumerate(moved):
        os.dup2(fd, position, inheritable=position < 3)
    os.closerange(len(fds), 256)


def watch(watched: Watched, limits: dict[str, Any], settings: dict[str, Any], payload: bytes) -> None:
    """Move bytes and look at the clock until the main process has ended or a limit is reached; `watched.verdict` names it."""
    poller = select.poll()
    for fd in watched.output:
        poller.register(fd, select.POLLIN)
    for fd in watched.input:
        poller.register(fd, select.POLLOUT)
    poller.register(0, 0)  # only whether the parent is still there
    end = handle_of(watched.main)
    if end is not None:
        poller.register(end, select.POLLIN)
    looked = watched.started + LOOK
    try:
        while watched.main in watched.pids and not watched.verdict and not reap(watched):
            for fd, event in poller.poll(1000 * (TICK if end is not None else TICK / 10)):
                if fd == 0:
                    leave(settings)
                move(watched, fd, event, poller, limits["output"])
            feed(watched, payload, poller)
            now = time.monotonic()
            if now - watched.started > limits["wall"]:
                watched.verdict = "timeout"
            elif now > looked:
                looked = now + LOOK
                look(watched, limits, settings)
    finally:
        if end is not None:
            os.close(end)


def move(watched: Watched, fd: int, event: int, poller: Any, cap: int) -> None:
    """Read what the program wrote, or write what it may read."""
    if fd in watched.output:
        if event & (select.POLLIN | select.POLLHUP) and not take(watched, fd, cap):
            poller.unregister(fd)
    elif fd in watched.input:
        view = watched.input[fd]
        try:
            watched.input[fd] = view[os.write(fd, view[: 1 << 16]) :]
            done = not watched.input[fd]
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EPIPE:
                raise
            done = True
        if done:
            poller.unregister(fd)
            os.close(fd)
            del watched.input[fd]


def take(watched: Watched, fd: int, cap: int) -> bool:
    """Read once; False at the end of the stream. Sets the verdict where more came than is allowed."""
    try:
        part = os.read(fd, 1 << 16)
    except BlockingIOError:
        return True
    kept = watched.output[fd]
    kept += part
    allowed = REPORT if fd == watched.report else cap
    if len(kept) > allowed:
        del kept[allowed:]
        watched.verdict = watched.verdict or "output"
        return False
    return bool(part)


def feed(watched: Watched, payload: bytes, poller: Any) -> None:
    """Once the program is loaded (its second word), send it the tests and the word of proof."""
    if watched.tests < 0 or (payload and len(split_frames(bytes(watched.output[watched.report][:256]))) < 2):
        return
    watched.input[watched.tests] = memoryview(payload)
    poller.register(watched.tests, select.POLLOUT)
    watched.tests = -1


def look(watched: Watched, limits: dict[str, Any], settings: dict[str, Any]) -> None:
    """Add up what all processes of the program hold in memory, and on disk where nothing else bounds it."""
    total = sum(resident(pid) for pid in family(settings))
    if total > limits["memory"] + ALLOWANCE:
        watched.verdict = "memory"
    elif settings["measure_disk"] and sum(map(size_of, settings["scratch"])) > 2 * limits["disk"]:
        watched.verdict = "disk"


def reap(watched: Watched) -> bool:
    """Collect what has ended; True once the main process has."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if not pid:
            return watched.pids[watched.main] is not None
        if pid in watched.pids:
            watched.pids[pid] = status


def sweep(settings: dict[str, Any], watched: Watched | None = None) -> None:
    """Kill every process the program left, and wait for it."""
    until = time.monotonic() + SWEEP
    while time.monotonic() < until:
        if settings["alone"]:  # nobody else has this uid or lives in this namespace
            kill(-1)
        else:
            targets = family(settings) if confine.LINUX else [-pid for pid in (watched.pids if watched else ())]
            for pid in targets:
                kill(pid)
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                if watched and pid in watched.pids and watched.pids[pid] is None:
                    watched.pids[pid] = status
        except ChildProcessError:
            return
        time.sleep(0.001)
    os._exit(4)  # something cannot be killed: our own end takes the namespace with it


def drain(watched: Watched, cap: int) -> None:
    """Read what still lies in the pipes, and close them."""
    for fd in watched.output:
        while len(watched.output[fd]) < (REPORT if fd == watched.report else cap):
            try:
                part = os.read(fd, 1 << 16)
            except BlockingIOError:
                break
            if not part:
                break
            watched.output[fd] += part
        os.close(fd)
    for fd in (*watched.input, *([watched.tests] if watched.tests >= 0 else [])):
        os.close(fd)


def wipe(folders: list[str]) -> bool:
    """Empty the folders a program may write to. False where something stays: the whole sandbox is then thrown away."""
    for folder in folders:
        try:
            for entry in list(os.scandir(folder)):
                if entry.is_dir(follow_symlinks=False):
                    return False
                os.unlink(entry.path)  # noqa: PTH108
        except OSError:
            return False
    return True


def describe(watched: Watched, job: dict[str, Any], secret: str, seconds: float) -> dict[str, Any]:
    """The outcome as it goes over the wire."""
    frames = split_frames(bytes(watched.output[watched.report]))
    said = words(frames[1:])
    out, err = (bytes(watched.output[fd][: job["limits"]["output"]]) for fd in watched.streams)
    first, main = next(iter(watched.pids.values())), watched.pids[watched.main]
    passed: bool | None = None
    if job["mode"] != "plain":
        passed = not watched.verdict and (said.get("passed") is True if job["mode"] == "apart" else said.get("proof") == secret)
    return {
        "locked": bool(watched.verdict) or (bool(frames) and frames[0] == b'{"locked": true}'),
        "verdict": watched.verdict,
        "wait": first,
        "stdout": b2a_base64(out, newline=False).decode(),
        "stderr": b2a_base64(err, newline=False).decode(),
        "seconds": seconds,
        "passed": passed,
        "crossed": said.get("crossed", True) is not False,
        "test_error": str(said.get("error", ""))[:4000],
        "value": said.get("value"),
        "left": said.get("left") is True,
        "dirty": bool(watched.verdict) or (job["mode"] == "apart" and not said.get("taken")) or main is None or os.WIFSIGNALED(main),
    }


def words(frames: list[bytes]) -> dict[str, Any]:
    """What the reports say, together; what is no report (a program can write here) is passed over."""
    said: dict[str, Any] = {}
    if frames:
        import json

        for frame in frames:
            try:
                entry = json.loads(frame)
            except (ValueError, RecursionError):
                continue
            if isinstance(entry, dict):
                said.update(entry)
    return said


def split_frames(data: bytes) -> list[bytes]:
    """Length-prefixed frames one after another; a torn last one is dropped."""
    frames = []
    while len(data) >= 4:
        size = int.from_bytes(data[:4], "big")
        frames.append(data[4 : 4 + size])
        data = data[4 + size :]
    return frames
