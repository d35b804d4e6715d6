"""FakeServer: the fake model server as a context manager, in a thread of this process or in a process of its own."""

import asyncio
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.testing.behaviour import Behaviour, HttpReply
from assay.testing.server import new_site
from assay.testing.site import Site


class FakeServer:
    """A fake model server on loopback; `url` is its OpenAI-compatible base URL, `google_url` Google's.

        with FakeServer(latency=0.1, p500=0.05) as server:
            ... server.url, server.stats()["answered"]

    Keywords are the fields of `Behaviour`. `answer` makes the text of every answer from the decoded request body, or a whole `HttpReply`.
    `process=True` runs it in a process of its own, so that its work does not slow the client down (`answer` cannot go along).
    """

    def __init__(
        self, *, port: int = 0, process: bool = False, answer: Callable[[dict[str, Any]], str | HttpReply] | None = None, **behaviour: Any
    ) -> None:
        for key in behaviour:
            if key not in Behaviour.__struct_fields__:
                raise UsageError(f"The fake server has no behaviour '{key}'.", remedy=suggest(key, Behaviour.__struct_fields__))
        if process and answer is not None:
            raise UsageError("A fake server in a process of its own takes no answer function.")
        self.behaviour = Behaviour(**behaviour)
        self.port = port
        self._answer = answer
        self._own_process = process
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._site: Site | None = None

    @property
    def root(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL for OpenAI-compatible and Anthropic clients."""
        return f"{self.root}/v1"

    @property
    def google_url(self) -> str:
        """The base URL for Google clients."""
        return f"{self.root}/v1beta"

    def __enter__(self) -> "FakeServer":
        if self._own_process:
            self._start_process()
        else:
            self._start_thread()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _start_process(self) -> None:
        self._child = subprocess.Popen([sys.executable, "-m", "assay.testing.server", "--port", str(self.port)], stdout=subprocess.PIPE)
        assert self._child.stdout is not None
        line = self._child.stdout.readline().decode()
        self.port = int(line.rsplit(":", 1)[1].split("/")[0])
        self.set()

    def _start_thread(self) -> None:
        ready = threading.Event()
        self._loop = loop = asyncio.new_event_loop()
        self._site = site = new_site(self.behaviour, self._answer)

        failed: list[OSError] = []

        def run() -> None:
            try:
                self.port = loop.run_until_complete(site.open(self.port))
            except OSError as error:
                failed.append(error)
            ready.set()
            if not failed:
                loop.run_forever()
                site.die()
                loop.run_until_complete(asyncio.sleep(0))
            loop.close()

        self._thread = threading.Thread(target=run, name="fake-model-server", daemon=True)
        self._thread.start()
        ready.wait()
        if failed:
            self._thread.join()
            raise UsageError(
                f"The fake server cannot listen on port {self.port}: {failed[0].strerror}.", remedy="Take port=0, which finds a free one."
            )

    def _in_loop(self, act: Callable[[Site], Any]) -> Any:
        """Runs `act` in the server's own thread."""
        assert self._loop is not None and self._site is not None

        async def there(site: Site) -> Any:
            found = act(site)
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(there(self._site), self._loop).result(10)

    def _over_http(self, path: str, body: bytes | None = None) -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.root + path, data=body), timeout=10) as response:
            return bytes(response.read())

    def stats(self) -> dict[str, Any]:
        """What the server has seen: requests, answered, refused, failed, cut, hung, rejected, items, repeats, max_in_flight, by_second, ..."""
        if self._child is not None:
            found: dict[str, Any] = msgspec.json.decode(self._over_http("/stats"))
            return found
        summary: dict[str, Any] = self._in_loop(lambda site: site.stats.summary())
        return summary

    def set(self, **changes: Any) -> None:
        """Behaves otherwise from now on."""
        self.behaviour = msgspec.structs.replace(self.behaviour, **changes)
        if self._child is not None:
            self._over_http("/config", msgspec.json.encode(self.behaviour))
        else:
            self._in_loop(lambda site: site.configure(self.behaviour))

    def reset(self) -> None:
        """Forgets what it has seen."""
        if self._child is not None:
            self._over_http("/reset", b"{}")
        else:
            self._in_loop(lambda site: site.reset())

    def revive(self) -> None:
        """Listens again on the same port after it has died (in a thread only)."""
        self.set(die_after=None)
        self._in_loop(lambda site: site.open(self.port) if site.listener is None else None)

    def close(self) -> None:
        """Stops the server."""
        if self._child is not None:
            self._child.terminate()
            self._child.wait(10)
            if self._child.stdout is not None:
                self._child.stdout.close()
            self._child = None
        elif self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
