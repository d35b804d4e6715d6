"""Downloads over plain HTTPS: streamed, resumed where they broke, checked, and given back as files that are whole."""

import hashlib
import json
import logging
import os
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec

from assay.core.errors import DatasetAbsent, DatasetError, DatasetUnreachable
from assay.datasets.cache import alone, unwritable
from assay.datasets.watching import WATCHER

log = logging.getLogger(__name__)
CHUNK = 1 << 18
RETRIED = (408, 429, 500, 502, 503, 504)


class Hub(msgspec.Struct, frozen=True, kw_only=True):
    """A hub and how it is reached. `token` goes to that host alone and into no message; `waits` are the seconds before each further attempt."""

    endpoint: str = "https://huggingface.co"
    token: str | None = None
    offline: bool = False
    timeout: float = 30.0
    waits: tuple[float, ...] = (1.0, 4.0, 10.0)

    def __repr__(self) -> str:
        return f"Hub(endpoint={self.endpoint!r}, token={'set' if self.token else 'not set'}, offline={self.offline})"


def hub_of(environment: Mapping[str, str] = os.environ) -> Hub:
    """The hub that HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE describe."""
    return Hub(
        endpoint=environment.get("HF_ENDPOINT", "").rstrip("/") or Hub().endpoint,
        token=environment.get("HF_TOKEN", "").strip() or None,
        offline=environment.get("HF_HUB_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on"),
    )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Keeps the token from any other host, and the checksum that a hub names only before it sends us to its storage."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.etag: str | None = None

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        self.etag = headers.get("X-Linked-Etag") or self.etag
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urlsplit(newurl).netloc != self.host:
            new.remove_header("Authorization")
        return new


def fetched(url: str, target: Path, *, hub: Hub, what: str) -> str:
    """`url` as the file `target`; gives its SHA-256. What is there already is not asked for again.

    Raises DatasetError, calling the thing `what`, when offline, refused, not found, cut off for good or not as announced.
    """
    note = target.with_name(target.name + ".sha256")
    if _is_whole(target, note):
        return note.read_text().split()[0]
    if hub.offline:
        raise _offline(what)
    try:
        with alone(target):
            return note.read_text().split()[0] if _is_whole(target, note) else _fetched_now(url, target, note, hub, what)
    except OSError as error:
        raise unwritable(target, error) from error


def _is_whole(target: Path, note: Path) -> bool:
    return target.is_file() and note.is_file()


def _fetched_now(url: str, target: Path, note: Path, hub: Hub, what: str) -> str:
    part = target.with_name(target.name + ".part")
    announced = _attempts(lambda: _continued(url, part, hub), url, hub, what)
    found = _sha256(part)
    if announced and announced != found:
        part.unlink()
        raise DatasetError(f"{what} arrived damaged: its SHA-256 is not the one announced.", remedy="Run it again.")
    note.write_text(f"{found}  {target.name}\n")
    part.replace(target)
    return found


def asked(url: str, *, hub: Hub, what: str) -> Any:
    """The JSON document at `url`. Raises DatasetError as `fetched` does."""
    if hub.offline:
        raise _offline(what)

    def ask() -> Any:
        with _opened(url, hub, {})[0] as response:
            return json.load(response)

    return _attempts(ask, url, hub, what)


def _opened(url: str, hub: Hub, headers: dict[str, str]) -> tuple[Any, _Redirects]:
    host = urlsplit(url).netloc
    request = urllib.request.Request(url, headers={"User-Agent": "assay", **headers})
    if hub.token and host == urlsplit(hub.endpoint).netloc:
        request.add_header("Authorization", f"Bearer {hub.token}")
    redirects = _Redirects(host)
    return urllib.request.build_opener(redirects).open(request, timeout=hub.timeout), redirects


def _continued(url: str, part: Path, hub: Hub) -> str | None:
    """Goes on where `part` ends; gives the announced SHA-256, where there is one."""
    have = part.stat().st_size if part.exists() else 0
    response, redirects = _opened(url, hub, {"Range": f"bytes={have}-"} if have else {})
    with response:
        if response.headers.get_content_type() == "text/html":
            raise ValueError("a web page came instead of the file")
        resumed = response.status == 206
        have = have if resumed else 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        log.info("fetching %s (%s bytes)", part.stem, total if total is not None else "unknown")
        progress = WATCHER.get()
        with part.open("ab" if resumed else "wb") as file:
            while chunk := response.read(CHUNK):
                file.write(chunk)
                have += len(chunk)
                if progress:
                    progress(part.stem, have, total)
        if progress and total is None:
            progress(part.stem, have, have)
    if total is not None and have < total:
        raise ConnectionResetError(f"the connection closed after {have} of {total} bytes")
    etag = (redirects.etag or response.headers.get("X-Linked-Etag") or "").strip('"')
    return etag if len(etag) == 64 else None


def _attempts(act: Callable[[], Any], url: str, hub: Hub, what: str) -> Any:
    """What `act`, which asks `url`, gives, tried again after a fault that may pass."""
    host = _host(url)
    for wait in (*hub.waits, None):
        try:
            return act()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416 or wait is None or error.code not in RETRIED:
                raise _answered(error.code, host, hub, what) from error
        except (urllib.error.URLError, HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            if wait is None or _is_hopeless(error):
                raise _unreachable(error, host, hub, what) from error
        except ValueError as error:
            raise _not_the_hub(error, host, what) from error
        time.sleep(wait)
    raise AssertionError("unreachable")


def _is_hopeless(error: Exception) -> bool:
    """Nobody is there: a name nobody knows, a door nobody opens. Waiting would only delay the message."""
    return isinstance(getattr(error, "reason", error), (socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError))


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _answered(status: int, host: str, hub: Hub, what: str) -> DatasetError:
    if status in (401, 403):
        token = "HF_TOKEN is set, but has no right to it" if hub.token else "HF_TOKEN is not set"
        return DatasetAbsent(
            f"{what} is gated or private ({status}); {token}.",
            remedy="Accept its terms on its page, then set HF_TOKEN to a token that may read it.",
        )
    if status == 404:
        return DatasetAbsent(
            f"{what} was not found at {host}.", remedy="Check the name, the revision and the file, or give a local copy: data=PATH."
        )
    return (DatasetUnreachable if status in RETRIED else DatasetError)(f"{what}: {host} answered {status}.", remedy=_elsewhere(host, hub))


def _elsewhere(host: str, hub: Hub) -> str:
    """What else to do; a mirror helps only where the hub itself was asked."""
    mirror = "set HF_ENDPOINT to a mirror, " if host == _host(hub.endpoint) else ""
    return f"Try again later, {mirror}or use a local copy: set ASSAY_DATA to its folder, or -T data=PATH."


def _unreachable(error: Exception, host: str, hub: Hub, what: str) -> DatasetError:
    reason = getattr(error, "reason", None) or error
    said = getattr(reason, "strerror", None) or reason
    return DatasetUnreachable(f"{what} could not be fetched: {host} cannot be reached ({said}).", remedy=_elsewhere(host, hub))


def _not_the_hub(error: Exception, host: str, what: str) -> DatasetError:
    return DatasetError(
        f"{what}: {host} did not answer as a hub does ({error}).",
        remedy="Check HF_ENDPOINT and the proxy, or use a local copy: -T data=PATH.",
    )


def _offline(what: str) -> DatasetError:
    return DatasetAbsent(
        f"{what} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it.",
        remedy="Unset HF_HUB_OFFLINE once, copy the cache folder from a machine that has it, or use a local copy: set ASSAY_DATA, or -T data=PATH.",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
