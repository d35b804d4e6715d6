"""Session: one living sandbox process seen from outside. It takes one program at a time, each in a fork of its own."""

import asyncio
import json
import marshal
import os
import shutil
import socket
import subprocess
from base64 import b64decode
from typing import Any

from assay.core.errors import SandboxError, quoted
from assay.sandbox import seccomp
from assay.sandbox.backend import Backend, Launch, bundle
from assay.sandbox.inside.wire import restore
from assay.sandbox.limits import Limits, Outcome, Program, Status

START = 30.0
GRACE = 15.0
LARGEST = 256 * 1024 * 1024


class Ended(Exception):
    """The sandbox process is gone. `begun` says whether it had taken the program."""

    def __init__(self, begun: bool) -> None:
        super().__init__("the sandbox ended")
        self.begun = begun


class Session:
    """One sandbox process and the socket to it. Bound to no event loop, so that it can serve one after another."""

    def __init__(self, backend: Backend, launch: Launch) -> None:
        self.backend = backend
        self.launch = launch
        self.preload: tuple[str, ...] = ()
        self.served = 0
        self.socket, theirs = socket.socketpair()
        self.socket.setblocking(False)
        try:
            self.process = subprocess.Popen(
                launch.command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
                env=launch.environment,
                start_new_session=True,
                cwd="/",
            )
        except OSError as error:
            self.socket.close()
            raise SandboxError(
                f"The sandbox '{backend.name}' cannot be started: {error}.", kind="start", remedy=backend.remedy()
            ) from error
        finally:
            theirs.close()

    @classmethod
    async def open(cls, backend: Backend, limits: Limits, program: Program) -> "Session":
        """Start a sandbox and agree with its supervisor. Raises SandboxError with what it said where it does not come up."""
        session = cls(backend, backend.launch(limits, program.packages))
        session.preload = program.preload
        opened = False
        try:
            async with asyncio.timeout(START):
                await session._agree()
            opened = True
        except (Ended, TimeoutError, ValueError) as error:
            said = session.complaint()
            raise SandboxError(f"The sandbox '{backend.name}' did not come up: {said}.", kind="start", remedy=backend.remedy()) from error
        finally:
            if not opened:
                session.close()
        return session

    async def _agree(self) -> None:
        await self._send(bundle(self.launch.source))
        hello = await self._receive()
        rules = self.launch.settings
        code = None
        if rules["filtered"]:
            code = seccomp.program(hello["machine"], hello["pid"], own_signals_only=not rules["namespace"] and hello["landlock"] < 6)
            if code is None:
                raise SandboxError(f"There is no seccomp filter for the processor '{hello['machine']}'.", kind="start")
        await self._send(marshal.dumps(rules | {"filter": code.hex() if code else "", "preload": list(self.preload)}, 4))
        if not (await self._receive()).get("ready"):
            raise ValueError("the supervisor is not ready")

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    async def run(self, program: Program, limits: Limits) -> Outcome:
        """One program. Raises Ended where the sandbox dies under it, SandboxError where it could not lock the program in."""
        mode = "plain" if program.tests is None else program.check
        job: dict[str, Any] = {
            "mode": mode,
            "source": program.source,
            "stdin": program.stdin,
            "arguments": program.arguments,
            "files": program.files,
            "packages": program.packages,
            "value": program.value,
            "preamble": program.preamble,
            "entry": program.entry,
            "limits": {name: getattr(limits, name) for name in ("wall", "memory", "processes", "disk", "output", "files")}
            | {"cpu": limits.cpu_seconds},
        }
        begun, done = False, False
        try:
            async with asyncio.timeout(limits.wall + GRACE):
                await self._send(marshal.dumps(job, 4))
                begun = bool((await self._receive()).get("started"))
                if mode == "together":
                    await self._send((program.tests or "").encode("utf-8", "surrogateescape"))
                elif mode == "apart":
                    asked = {"tests": program.tests, "packages": program.packages, "given": program.given, "entry": program.entry}
                    await self._send(marshal.dumps(asked, 4))
                reply = await self._receive()
            done = not reply["dirty"]
        except (Ended, TimeoutError, ValueError) as error:
            raise Ended(begun) from error
        finally:
            self.served += 1
            if not done:
                self.close()
        return self._outcome(reply, mode)

    def _outcome(self, reply: dict[str, Any], mode: str) -> Outcome:
        stdout, stderr = (b64decode(reply[name]).decode("utf-8", "replace") for name in ("stdout", "stderr"))
        if not reply["locked"]:
            self.close()
            raise SandboxError(f"The sandbox '{self.backend.name}' could not lock a program in: {quoted(stderr)}", kind="lock")
        status, code, reason = judge(reply, mode, stderr)
        return Outcome(
            status=status,
            backend=self.backend.name,
            exit_code=code,
            stdout=stdout,
            stderr=stderr,
            seconds=reply["seconds"],
            passed=reply["passed"],
            crossed=reply["crossed"],
            test_error=reply["test_error"],
            value=plain(reply["value"]),
            left=reply["left"],
            reason=reason,
        )

    async def _send(self, body: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self.socket, len(body).to_bytes(4, "big") + body)
        except OSError as error:
            raise Ended(False) from error

    async def _receive(self) -> dict[str, Any]:
        size = int.from_bytes(await self._exactly(4), "big")
        if size > LARGEST:
            raise ValueError(f"a frame of {size} bytes")
        value = json.loads(await self._exactly(size))
        if not isinstance(value, dict):
            raise ValueError("no mapping")
        return value

    async def _exactly(self, count: int) -> bytes:
        parts = []
        while count:
            try:
                part = await asyncio.get_running_loop().sock_recv(self.socket, min(count, 1 << 20))
            except OSError as error:
                raise Ended(False) from error
            if not part:
                raise Ended(False)
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def complaint(self) -> str:
        """What the process said before it died, on one line."""
        self.process.kill()
        said = self.process.stderr.read(4096) if self.process.stderr and not self.process.stderr.closed else b""
        return quoted(said.decode("utf-8", "replace").strip().replace("\n", "; ") or "it said nothing", 400)

    def close(self) -> None:
        """End the sandbox and everything in it. The supervisor sweeps when the socket closes; what does not listen is killed."""
        self.socket.close()
        gentle = not self.launch.settings["namespace"] or self.launch.stop is not None
        try:
            if gentle:  # no namespace dies with this process: its supervisor must sweep first
                self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            if self.launch.stop is not None:
                subprocess.run(self.launch.stop, capture_output=True, check=False, timeout=30, env=self.launch.environment)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stderr:
                self.process.stderr.close()
            if self.launch.folder:
                shutil.rmtree(self.launch.folder, ignore_errors=True)


def plain(value: Any) -> Any:
    """The program's value; None for what no honest program of ours would have sent."""
    try:
        return restore(value)
    except (ValueError, TypeError, KeyError, RecursionError, ArithmeticError):
        return None


def judge(reply: dict[str, Any], mode: str, stderr: str) -> tuple[Status, int | None, str]:
    """Status, exit code and a word of reason from what the supervisor saw."""
    verdict = reply["verdict"]
    if verdict:
        return ("killed" if verdict == "disk" else verdict), None, f"more {verdict} than allowed" if verdict != "timeout" else ""
    if reply["wait"] is None:
        return "killed", None, "the program's process was not to be found"
    code = os.waitstatus_to_exitcode(reply["wait"])
    if code == -24:
        return "timeout", code, "processor time"
    if mode == "apart":  # the program is ended once its judge has spoken: its own code says nothing
        if reply["passed"]:
            return "ok", 0, ""
        memory = reply["test_error"].startswith("MemoryError")
        return ("killed" if code < 0 and code != -9 else "memory" if memory else "error"), code, ""
    if code < 0:
        return "killed", code, f"signal {-code}"
    if code == 0:
        return "ok", 0, ""
    last = stderr.rstrip().rpartition("\n")[2]
    return ("memory" if last.startswith("MemoryError") else "error"), code, ""
