"""Sandbox: a backend with a pool of warm sessions. As many programs run at once as there are processors."""

import asyncio
import os
import weakref
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from assay.core.errors import SandboxError
from assay.core.loop import wait_for
from assay.sandbox.backend import Backend
from assay.sandbox.limits import Limits, Outcome, Program
from assay.sandbox.session import Ended, Session

RECYCLE = 2000
REMEMBERED = 10_000
ATTEMPTS = 3
Key = tuple[bool, tuple[str, ...], int]
Pool = dict[Key, list[Session]]


class Sandbox:
    """Runs programs nobody trusts. A sandbox that breaks raises SandboxError; a program that breaks is an Outcome.

    Sessions stay warm between calls and end with `close()`, or with Assay itself, however it ends. A program that ran into a
    limit, was killed or left anything behind costs its session: the next one starts in a new sandbox.
    """

    def __init__(self, backend: Backend, *, places: int | None = None) -> None:
        self.backend = backend
        self.places = places or os.cpu_count() or 1
        self._idle: Pool = {}
        self._gates: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = weakref.WeakKeyDictionary()
        self._outcomes: dict[tuple[bytes, Limits], Outcome] = {}
        self._owner = os.getpid()
        self._end = weakref.finalize(self, close_all, self._idle, self._owner)

    @property
    def name(self) -> str:
        """The backend's name, as it is stamped into results."""
        return self.backend.name

    @property
    def tier(self) -> int:
        """1: namespaces of its own; 2: weaker; 0: none."""
        return self.backend.tier

    async def run(self, program: Program | str, *, stdin: str = "", arguments: Sequence[str] = (), limits: Limits | None = None) -> Outcome:
        """Run one program; `stdin` and `arguments` are for a program given as its source. Raises SandboxError."""
        if isinstance(program, str):
            program = Program(source=program, stdin=stdin, arguments=tuple(arguments))
        limits = limits or Limits()
        async with self._gate():
            deaths = 0
            for _ in range(ATTEMPTS):
                session = await self._take(program, limits)
                try:
                    outcome = await session.run(program, limits)
                except Ended as ended:
                    deaths += ended.begun
                    if deaths == 2:  # twice under the same program, each time in a fresh sandbox: it is the program
                        return Outcome(
                            status="killed",
                            backend=self.name,
                            passed=None if program.tests is None else False,
                            reason="the sandbox died with it",
                        )
                    continue
                self._give_back(session, program, limits)
                return outcome
        raise SandboxError(
            f"The sandbox '{self.name}' died {ATTEMPTS} times before it took a program.", kind="died", remedy=self.backend.remedy()
        )

    async def once(self, program: Program, limits: Limits) -> Outcome:
        """`run`, for a program asked about again and again: an outcome that is no matter of time or memory is remembered. Raises SandboxError."""
        place = blake2b(msgspec.msgpack.encode(program), digest_size=16).digest(), limits
        if place not in self._outcomes:
            outcome = await self.run(program, limits=limits)
            if outcome.status not in ("ok", "error"):
                return outcome
            if len(self._outcomes) >= REMEMBERED:
                self._outcomes.clear()
            self._outcomes[place] = outcome
        return self._outcomes[place]

    async def run_many(self, programs: Iterable[Program], *, limits: Limits | None = None) -> list[Outcome]:
        """Run many programs, in warm sandboxes, as many at once as there are places; outcomes in the order given. The first fault of a
        sandbox ends it all."""
        waiting = list(enumerate(programs))[::-1]
        outcomes: dict[int, Outcome] = {}

        async def work() -> None:
            while waiting:
                position, program = waiting.pop()
                outcomes[position] = await self.run(program, limits=limits)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.places, len(waiting))):
                group.create_task(work())
        return [outcomes[position] for position in range(len(outcomes))]

    def run_sync(self, program: Program | str, *, stdin: str = "", arguments: Sequence[str] = (), limits: Limits | None = None) -> Outcome:
        """`run` for code that is not async; works beside a running event loop too."""
        return wait_for(self.run(program, stdin=stdin, arguments=arguments, limits=limits))

    def close(self) -> None:
        """End every idle sandbox."""
        close_all(self._idle, self._owner)

    def _gate(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if loop not in self._gates:
            self._gates[loop] = asyncio.Semaphore(self.places)
        return self._gates[loop]

    async def _take(self, program: Program, limits: Limits) -> Session:
        if os.getpid() != self._owner:  # a fork: the sessions are our parent's
            self._owner, self._idle = os.getpid(), {}
        idle = self._idle.setdefault(key(program, limits), [])
        while idle:
            session = idle.pop()
            if session.alive:
                return session
            session.close()
        return await Session.open(self.backend, limits, program)

    def _give_back(self, session: Session, program: Program, limits: Limits) -> None:
        if session.socket.fileno() < 0:
            return
        if session.served >= RECYCLE:
            session.close()
        else:
            self._idle.setdefault(key(program, limits), []).append(session)


def key(program: Program, limits: Limits) -> Key:
    """What is fixed when a sandbox starts: a session serves only programs that agree on it."""
    return program.packages, program.preload, limits.disk


def close_all(idle: Pool, owner: int) -> None:
    """Close sessions, unless they belong to the process we were forked from."""
    if os.getpid() != owner:
        return
    for sessions in idle.values():
        while sessions:
            sessions.pop().close()
