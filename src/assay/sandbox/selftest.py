"""The self-test: a backend is used only where every attack on it failed, on this machine. Cached by kernel, version and our own code."""

import json
import os
import platform
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import SandboxError, boundary
from assay.core.fingerprint import fingerprint
from assay.core.loop import wait_for
from assay.core.places import cache_folder, written_whole
from assay.sandbox.attacks import ATTACKS, Attack
from assay.sandbox.backend import Backend, code_fingerprint, interpreter
from assay.sandbox.box import Sandbox
from assay.sandbox.limits import Outcome, Program


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one attack: whether the sandbox held, and if not, how far the attack came."""

    attack: str
    held: bool
    detail: str = ""


class Trap(msgspec.Struct, frozen=True, kw_only=True):
    """What is planted outside: a word found nowhere else, files that hold it, the folders they lie in, a listener's port."""

    mark: str
    canaries: tuple[str, ...]
    folders: tuple[str, ...]
    port: int
    visits: list[str]


@contextmanager
def planted() -> Iterator[Trap]:
    """Plant canaries in the home, the temporary and the working folder (where they can be written), and listen on loopback."""
    mark = f"as{secrets.token_hex(6)}"
    folders = []
    canaries: list[Path] = []
    for folder in dict.fromkeys((Path.home(), Path(tempfile.gettempdir()), Path.cwd())):
        try:
            (folder / mark).write_text(mark)
        except OSError:
            continue
        folders.append(str(folder))
        canaries.append(folder / mark)
    visits: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()
        thread = threading.Thread(target=listen, args=(server, visits, stop))
        thread.start()
        try:
            yield Trap(mark=mark, canaries=tuple(map(str, canaries)), folders=tuple(folders), port=server.getsockname()[1], visits=visits)
        finally:
            stop.set()
            thread.join()
            for canary in canaries:
                canary.unlink(missing_ok=True)


def listen(server: socket.socket, visits: list[str], stop: threading.Event) -> None:
    """Note every connection until told to stop."""
    while not stop.is_set():
        try:
            connection, address = server.accept()
        except TimeoutError:
            continue
        visits.append(str(address))
        connection.close()


async def attack(box: Sandbox, each: Attack, trap: Trap) -> Finding:
    """Run one attack and look at what it says, and at what can be seen from outside."""
    names = {
        "CANARIES": trap.canaries,
        "FOLDERS": trap.folders,
        "MARK": trap.mark,
        "PORT": trap.port,
        "ASSAY": os.getpid(),
        "ALONE": box.tier == 1,
    }
    try:
        outcome = await box.run(Program(source=each.code(names)), limits=each.limits)
    except SandboxError as error:
        return Finding(attack=each.name, held=False, detail=str(error))
    problem = complaint(each, outcome, trap)
    return Finding(attack=each.name, held=not problem, detail=problem)


def complaint(each: Attack, outcome: Outcome, trap: Trap) -> str:
    """What went wrong, empty where the attack was held off."""
    if outcome.status not in each.statuses:
        return f"ended as '{outcome.status}' ({outcome.reason or outcome.stderr[-300:]}), expected {' or '.join(each.statuses)}"
    if each.reports and outcome.status == "ok":
        try:
            managed = json.loads(outcome.stdout)
        except ValueError:
            return f"gave no report: {outcome.stdout[-200:]!r}"
        if managed:
            return f"managed: {', '.join(map(str, managed))}"
    if len(outcome.stdout) > each.limits.output or trap.mark in outcome.stdout:
        return "wrote more than allowed" if trap.mark not in outcome.stdout else "showed a secret"
    if trap.visits:
        return "reached a server outside"
    planted_there = [folder for folder in trap.folders if (Path(folder) / f"{trap.mark}-planted").exists()]
    if planted_there:
        return f"wrote to {planted_there[0]}"
    return "left a process behind" if survivors(trap.mark[:15]) else ""


def survivors(name: str) -> list[int]:
    """Processes of this name, given a moment to go. Empty where there is no /proc to look at."""
    found: list[int] = []
    for _ in range(40):
        found = [int(path.name) for path in Path("/proc").glob("[0-9]*") if called(path) == name]
        if not found:
            break
        time.sleep(0.025)
    return found


def called(path: Path) -> str:
    """The name of a process; empty where it is gone."""
    try:
        return (path / "comm").read_text().strip()
    except OSError:
        return ""


async def examine(backend: Backend) -> list[Finding]:
    """Every attack, one after another, then an honest program: a sandbox that stops everything is of no use either."""
    box = Sandbox(backend, places=1)
    try:
        with planted() as trap:
            findings = [await attack(box, each, trap) for each in ATTACKS]
        honest = await box.run("import json, math, re\nprint(json.dumps(math.factorial(5)))")
        findings.append(Finding(attack="honest program", held=honest.stdout == "120\n", detail=honest.stderr[-300:]))
    except SandboxError as error:
        return [Finding(attack="start", held=False, detail=str(error))]
    finally:
        box.close()
    return findings


def key_of(backend: Backend) -> str:
    """What a passed self-test holds for."""
    return fingerprint(
        platform.release(), platform.machine(), backend.name, backend.version(), os.geteuid(), interpreter().executable, code_fingerprint()
    )


def cache_file() -> Path:
    """Where passed self-tests are remembered."""
    return cache_folder("sandbox.json")


def remembered() -> dict[str, Any]:
    """The passed self-tests; none where the file is absent or torn."""
    try:
        read = json.loads(cache_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def remember(backend: Backend) -> None:
    """Note a pass. A cache that cannot be written costs only time."""
    known = dict(list(remembered().items())[-20:]) | {key_of(backend): f"{backend.name} {backend.version()}, kernel {platform.release()}"}
    with suppress(OSError), written_whole(cache_file()) as writing:
        writing.write_text(json.dumps(known, indent=1), "utf-8")


def trusted(backend: Backend) -> list[Finding]:
    """The attacks that got through: none where the backend passes, now or before. Blocks for about two seconds the first time."""
    if key_of(backend) in remembered():
        return []
    findings: list[Finding] = []
    with boundary("sandbox") as caught:
        findings = wait_for(examine(backend))
    if caught.failure is not None:
        findings = [Finding(attack="self-test", held=False, detail=f"it broke off: {caught.failure.message}")]
    failed = [each for each in findings if not each.held]
    if not failed:
        remember(backend)
    return failed
