"""The wire: JSON over HTTP with kept connections. One session per event loop; every fault leaves as a ModelError that says what it means."""

import asyncio
import errno
import io
import os
import re
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from assay.core.errors import ModelError, quoted
from assay.models.faults import Complaint, HttpFault, complaint_of, fault_of, redacted
from assay.models.lenient import text_of

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 30.0
LARGE_BODY = 2**19
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Wire:
    """The HTTP client of one endpoint. `secrets` (keys, tokens) are kept out of every message; `absent` is what to do where nobody listens."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str], secrets: tuple[str, ...] = (), absent: str = "") -> None:
        head, _, query = base_url.partition("?")
        self.base_url = head.rstrip("/")
        self.shown = public_url(self.base_url)
        self._query = query
        self._headers = dict(headers)
        self._secrets = secrets
        self._absent = absent or "Check the address, and that the server runs."
        self._sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}

    def __repr__(self) -> str:
        return f"Wire({self.shown!r})"

    def session(self) -> "aiohttp.ClientSession":
        """The session of the running loop; sessions of loops that have ended are forgotten."""
        loop = asyncio.get_running_loop()
        found = self._sessions.get(loop)
        if found is None or found.closed:
            self._sessions = {each: session for each, session in self._sessions.items() if not each.is_closed()}
            found = self._sessions[loop] = self._open()
        return found

    def _open(self) -> "aiohttp.ClientSession":
        import aiohttp

        local = (urlsplit(self.base_url).hostname or "") in LOOPBACK
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "assay", **self._headers},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            trust_env=not local and any(each in os.environ for each in PROXIES),
            read_bufsize=2**18,
        )

    def url(self, path: str) -> str:
        """The address of a path: the base URL's own query (an API version) comes after it."""
        if not self._query:
            return self.base_url + path
        return f"{self.base_url}{path}{'&' if '?' in path else '?'}{self._query}"

    async def post(self, path: str, body: bytes) -> bytes:
        """The body of the answer to a POST. Raises ModelError: unreachable, cut, or whatever the status means."""
        return await self._whole("POST", path, body)

    async def get(self, path: str) -> bytes:
        """The body of the answer to a GET."""
        return await self._whole("GET", path, None)

    async def _whole(self, method: str, path: str, body: bytes | None) -> bytes:
        import aiohttp

        data = io.BytesIO(body) if body is not None and len(body) > LARGE_BODY else body
        try:
            async with self.session().request(method, self.url(path), data=data, allow_redirects=False) as response:
                content = utf8(await response.read(), response)
                status, headers = response.status, response.headers
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error, path) from error
        if 200 <= status < 300:
            return content
        raise fault_of(status, headers, content, url=self.shown + path, secrets=self._secrets)

    async def stream(self, path: str, body: bytes) -> AsyncGenerator[bytes, None]:
        """The body of the answer to a POST in pieces, as they come."""
        import aiohttp

        data = io.BytesIO(body) if len(body) > LARGE_BODY else body
        try:
            async with self.session().post(self.url(path), data=data, allow_redirects=False) as response:
                if not 200 <= response.status < 300 or "html" in response.headers.get("Content-Type", ""):
                    content = utf8(await response.read(), response)
                    raise fault_of(response.status, response.headers, content, url=self.shown + path, secrets=self._secrets)
                async for piece in response.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error, path) from error

    def _broken(self, error: Exception, path: str) -> ModelError:
        """What a transport error means: nobody there, a wrong address, or a connection cut on the way."""
        import aiohttp

        url, said = self.shown + path, quoted(redacted(str(error), self._secrets)) or type(error).__name__
        if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
            return HttpFault(
                f"'{self.shown}' is no HTTP address.", kind="bad_url", fatal=True, remedy="It should look like https://host/v1."
            )
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return HttpFault(f"{url}: the certificate is not trusted ({said}).", kind="tls", fatal=True, remedy="Set SSL_CERT_FILE.")
        if isinstance(error, aiohttp.ClientConnectorError):
            return self._nobody(error.os_error)
        if isinstance(error, TimeoutError):
            return HttpFault(f"{url}: no connection within {CONNECT_SECONDS:g} s.", kind="unreachable", retryable=True)
        return HttpFault(f"{url}: the connection was cut ({said}).", kind="cut", retryable=True)

    def _nobody(self, error: OSError) -> ModelError:
        """Nobody took the connection: refused at once where nothing listens, else for what the system says (an unknown name, no route)."""
        place = urlsplit(self.shown).netloc
        if all_refused(error):
            return HttpFault(f"Nobody answers at {place}.", kind="unreachable", retryable=True, absent=True, remedy=self._absent)
        why = quoted(redacted(error.strerror or str(error), self._secrets))
        return HttpFault(
            f"Nobody answers at {place} ({why}).", kind="unreachable", retryable=True, remedy="Check the address and the network."
        )

    def not_json(self, content: bytes, path: str) -> ModelError:
        """The error for an answer 200 that cannot be read."""
        return fault_of(200, {}, content, url=self.shown + path, secrets=self._secrets)

    def error_in_answer(self, body: bytes) -> HttpFault:
        """The error that an answer 200 holds as JSON: what its `code`, where that is an HTTP status, would have meant."""
        complaint = complaint_of(body) or Complaint(text="")
        if 400 <= complaint.status < 600:
            return fault_of(complaint.status, {}, body, url=self.shown, secrets=self._secrets)
        said = quoted(redacted(complaint.text, self._secrets), 500)
        return HttpFault(f"{self.shown} answered with an error: {said}", kind="error_in_answer", code=complaint.code, retryable=True)

    async def close(self) -> None:
        """Closes the running loop's connections."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()


def all_refused(error: OSError) -> bool:
    """Whether every address of a host refused the connection."""
    numbers = re.findall(r"\[Errno (\d+)\]", str(error)) if error.errno is None else [str(error.errno)]
    return bool(numbers) and set(numbers) == {str(errno.ECONNREFUSED)}


def utf8(content: bytes, response: "aiohttp.ClientResponse") -> bytes:
    """A body in UTF-8, whatever encoding was declared; one that declares none is left as it is."""
    if content.isascii() or not response.charset or response.charset.lower() in ("utf-8", "utf8"):
        return content
    return text_of(content, response.charset).encode("utf-8", "replace")


def public_url(url: str) -> str:
    """A URL that may be shown and stored: no user name, no password, no query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
