"""Downloads over plain HTTPS: streamed, resumed where they broke, checked, given back as files that are whole, and asked after where they may change."""

import email.utils
import hashlib
import json
import logging
import os
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec

from assay.core.errors import DatasetAbsent, DatasetError, DatasetUnreachable
from assay.datasets.cache import alone, unwritable
from assay.datasets.versions import beside, keep_version, kept_version, version_of
from assay.datasets.watching import WATCHER

log = logging.getLogger(__name__)
CHUNK = 1 << 18
RETRIED = (408, 429, 500, 502, 503, 504)
LONGEST_WAIT = 300.0
"""Seconds: the window of the hub's rate limits. Who asks for a longer wait is named instead of waited for."""
UNTIL_RESET = re.compile(r"\bt=(\d+)")
"""The seconds in a `RateLimit` header, which the hub sends instead of `Retry-After` (https://huggingface.co/docs/hub/rate-limits)."""


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


def fetched(url: str, target: Path, *, hub: Hub, what: str, may_change: bool = False) -> str:
    """`url` as the file `target`; gives its SHA-256. What is there already is not asked for again, or where it `may_change` only if it has.

    Raises DatasetError, calling the thing `what`, when offline, refused, not found, cut off for good or not as announced.
    """
    note = target.with_name(target.name + ".sha256")
    if _is_whole(target, note) and (hub.offline or not may_change):
        return note.read_text().split()[0]
    if hub.offline:
        raise _offline(what)
    try:
        with alone(target):
            if not _is_whole(target, note):
                return _fetched_now(url, target, note, hub, what, may_change)
            if may_change:
                _renew(url, target, note, hub, what)
            return note.read_text().split()[0]
    except OSError as error:
        raise unwritable(target, error) from error


def _is_whole(target: Path, note: Path) -> bool:
    return target.is_file() and note.is_file()


def _renew(url: str, target: Path, note: Path, hub: Hub, what: str) -> None:
    """Fetch what the server has now where that is another version. Who cannot be asked leaves the copy in use, and that is said."""
    try:
        if not _attempts(lambda: _is_current(url, target, hub), url, msgspec.structs.replace(hub, waits=()), what):
            _fetched_now(url, target, note, hub, what, may_change=True)
    except DatasetError as error:
        log.warning("%s The copy fetched earlier is used.", error.message)


def _is_current(url: str, target: Path, hub: Hub) -> bool:
    """Whether the server says that it still has the version which `target` holds."""
    try:
        response, _ = _opened(url, hub, kept_version(target).unless_same)
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise
        error.close()
        return True
    response.close()
    return False


def _fetched_now(url: str, target: Path, note: Path, hub: Hub, what: str, may_change: bool) -> str:
    part = target.with_name(target.name + ".part")
    announced = _attempts(lambda: _continued(url, part, hub, may_change), url, hub, what)
    found = _sha256(part)
    if announced and announced != found:
        _drop(part)
        raise DatasetError(f"{what} arrived damaged: its SHA-256 is not the one announced.", remedy="Run it again.")
    version = kept_version(part)
    if _is_whole(target, note) and note.read_text().split()[0] == found:
        _drop(part)  # the same content again: whoever reads the file goes on reading it
    else:
        note.write_text(f"{found}  {target.name}\n")
        part.replace(target)
        beside(part).unlink(missing_ok=True)
    if may_change:
        keep_version(target, version)
    return found


def _drop(part: Path) -> None:
    """Forget what came so far, and of which version it was."""
    part.unlink(missing_ok=True)
    beside(part).unlink(missing_ok=True)


def asked(url: str, *, hub: Hub, what: str) -> Any:
    """The JSON document at `url`. Raises DatasetError as `fetched` does."""
    if hub.offline:
        raise _offline(what)

    def ask() -> Any:
        with _opened(url, hub, {})[0] as response:
            return json.load(response)

    return _attempts(ask, url, hub, what)


def _opened(url: str, hub: Hub, headers: dict[str, str], redirects: _Redirects | None = None) -> tuple[Any, _Redirects]:
    host = urlsplit(url).netloc
    request = urllib.request.Request(url, headers={"User-Agent": "assay", **headers})
    if hub.token and host == urlsplit(hub.endpoint).netloc:
        request.add_header("Authorization", f"Bearer {hub.token}")
    redirects = redirects or _Redirects(host)
    return urllib.request.build_opener(redirects).open(request, timeout=hub.timeout), redirects


def _continued(url: str, part: Path, hub: Hub, may_change: bool) -> str | None:
    """Goes on where `part` ends, or anew where that is not certainly the same content; gives the announced SHA-256, where there is one."""
    have = part.stat().st_size if part.exists() else 0
    condition = kept_version(part).while_same if may_change else {}
    if may_change and not condition:
        have = 0
    redirects = _Redirects(urlsplit(url).netloc)
    try:
        response, _ = _opened(url, hub, {"Range": f"bytes={have}-", **condition} if have else {}, redirects)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        error.close()
        announced = _checksum(redirects, error.headers)
        if announced is None or announced != _sha256(part):  # else it is whole: stopped between its last byte and its name
            _drop(part)
            return _continued(url, part, hub, may_change)
        return announced
    with response:
        if response.headers.get_content_type() == "text/html":
            raise ValueError("a web page came instead of the file")
        if have and response.status == 206 and not _goes_on(response.headers, have, part, may_change):
            _drop(part)
            return _continued(url, part, hub, may_change)
        if response.status != 206 and may_change:
            _drop(part)
            part.parent.mkdir(parents=True, exist_ok=True)
            keep_version(part, version_of(response.headers))
        _received(response, part, have if response.status == 206 else 0)
        return _checksum(redirects, response.headers)


def _goes_on(headers: Message, have: int, part: Path, may_change: bool) -> bool:
    """Whether a partial answer begins where `part` ends and is of the same version: not every server heeds If-Range."""
    place = headers.get("Content-Range")
    begins = place is None or place.replace("bytes", "").strip().startswith(f"{have}-")
    return begins and (not may_change or version_of(headers) == kept_version(part))


def _received(response: Any, part: Path, have: int) -> None:
    """Writes what comes behind the first `have` bytes of `part`. Raises ConnectionResetError where it ends too early."""
    length = response.headers.get("Content-Length")
    total = have + int(length) if length else None
    log.info("fetching %s (%s bytes)", part.stem, total if total is not None else "unknown")
    progress = WATCHER.get()
    with part.open("ab" if have else "wb") as file:
        while chunk := response.read(CHUNK):
            file.write(chunk)
            have += len(chunk)
            if progress:
                progress(part.stem, have, total)
    if progress and total is None:
        progress(part.stem, have, have)
    if total is not None and have < total:
        raise ConnectionResetError(f"the connection closed after {have} of {total} bytes")


def _checksum(redirects: _Redirects, headers: Message) -> str | None:
    """The SHA-256 that the hub announces, where it does."""
    etag = (redirects.etag or headers.get("X-Linked-Etag") or "").strip('"')
    return etag if len(etag) == 64 else None


def _attempts(act: Callable[[], Any], url: str, hub: Hub, what: str) -> Any:
    """What `act`, which asks `url`, gives, tried again after a fault that may pass, and not before the time that the other side asks for."""
    host = _host(url)
    for wait in (*hub.waits, None):
        try:
            return act()
        except urllib.error.HTTPError as error:
            error.close()
            asked_for = _wait_asked_for(error.headers)
            if wait is None or error.code not in RETRIED or asked_for > LONGEST_WAIT:
                raise _answered(error.code, host, hub, what, asked_for) from error
            if asked_for > wait:
                log.warning("%s: asked to wait %.0f seconds (%s).", what, asked_for, error.code)
            wait = max(wait, asked_for)
        except (urllib.error.URLError, HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            if wait is None or _is_hopeless(error):
                raise _unreachable(error, host, hub, what) from error
        except ValueError as error:
            raise _not_the_hub(error, host, what) from error
        time.sleep(wait)
    raise AssertionError("unreachable")


def _wait_asked_for(headers: Message) -> float:
    """Seconds to wait, from `Retry-After` (seconds or a date) or the hub's `RateLimit`; 0 where neither says."""
    value = (headers.get("Retry-After") or "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    moment = email.utils.parsedate_tz(value) if value else None
    if moment:
        return max(0.0, email.utils.mktime_tz(moment) - time.time())
    reset = UNTIL_RESET.search(headers.get("RateLimit") or "")
    return float(reset[1]) if reset else 0.0


def _is_hopeless(error: Exception) -> bool:
    """Nobody is there: a name nobody knows, a door nobody opens. Waiting would only delay the message."""
    return isinstance(getattr(error, "reason", error), (socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError))


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _answered(status: int, host: str, hub: Hub, what: str, asked_for: float = 0.0) -> DatasetError:
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
    wait = f", asking to wait {asked_for:.0f} seconds" if asked_for else ""
    kind = DatasetUnreachable if status in RETRIED else DatasetError
    return kind(f"{what}: {host} answered {status}{wait}.", remedy=_elsewhere(host, hub))


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
