"""Faults: what an endpoint's refusal means, whether asking again can help, and what to tell the person. Keys never reach a message."""

import email.utils
import re
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from assay.core.errors import ModelError, quoted
from assay.models.lenient import read_json, text_of

RATE_LIMIT = "http_429"
SHORTEST_SECRET = 6
"""A header of "1" is no secret, and taking it out would maim every message."""
RETRYABLE = frozenset({408, 409, 425, 429})
OVERFLOW = re.compile(
    r"context[_ ]length|context window|maximum context|too many (?:input )?tokens|prompt is too long|input is too long|exceeds? the (?:model'?s )?(?:maximum|max)"
    r"|reduce the length|token limit|exceeds the maximum number of tokens|longer than the (?:model|maximum)",
    re.I,
)
NO_MODEL = re.compile(
    r"model.{0,120}(?:not found|not exist|no such|unknown|not available|not valid|invalid model)|(?:unknown|invalid|no such) model|not a valid model",
    re.I | re.S,
)
BAD_KEY = re.compile(r"api[ _-]?key (?:not valid|expired|is invalid)|(?:invalid|incorrect) api[ _-]?key", re.I)
FILTERED = frozenset(
    {"content_filter", "content_policy_violation", "data_inspection_failed", "contentFilter", "ResponsibleAIPolicyViolation"}
)
FLAGGED = re.compile(
    r"(?:input|prompt|content|message|text)s? (?:was|were|is|has been|have been)? ?(?:flagged|blocked|filtered)|requires moderation|content exists risk"
    r"|content (?:management )?policy|safety system|considered high risk|敏感内容",
    re.I,
)
ACCOUNT = re.compile(r"account|organi[sz]ation|api[ _-]?key|suspend|terminat|banned|region|country", re.I)
"""Who is refused as a person is refused whatever he asks: that is no verdict on a prompt."""
NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance", "exceeded_current_quota_error"})


class HttpFault(ModelError):
    """A ModelError with what the wire said: the HTTP `status`, and the parameter and code the endpoint complained about."""

    def __init__(self, message: str, *, status: int = 0, param: str = "", code: str = "", **rest: Any) -> None:
        super().__init__(message, **rest)
        self.status = status
        self.param = param
        self.code = code


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """What an error body says, whichever dialect it is written in."""

    text: str
    code: str = ""
    param: str = ""
    flagged: bool = False
    """A content policy refused this prompt or answer."""
    status: int = 0
    """The HTTP status that the body itself names, as a number in `code`."""
    retry_after: float | None = None


def redacted(text: str, secrets: tuple[str, ...]) -> str:
    """`text` without any of the secrets: endpoints like to repeat the key they refuse."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "[key]")
    return text


def complaint_of(body: bytes) -> Complaint | None:
    """The complaint in a JSON error body (OpenAI, Anthropic, Google, Ollama and FastAPI write it differently); None where it is not JSON."""
    try:
        found = read_json(body)
    except msgspec.DecodeError:
        return None
    if isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, dict):
        return Complaint(text=str(found))
    inner = found.get("error", found)
    if not isinstance(inner, dict):
        return Complaint(text=str(inner), code=str(found.get("code") or ""))
    text = inner.get("message") or inner.get("detail") or inner.get("msg") or found.get("message") or text_of(body)
    code = next((str(inner[key]) for key in ("code", "status", "type") if isinstance(inner.get(key), str) and inner[key]), "")
    number = inner.get("code")
    status = number if isinstance(number, int) and not isinstance(number, bool) else 0
    return Complaint(
        text=str(text),
        code=code,
        param=str(inner.get("param") or ""),
        flagged=code in FILTERED or _flagged(str(text), inner.get("metadata")),
        status=status,
        retry_after=_delay_in(inner.get("details")),
    )


def _flagged(text: str, metadata: Any) -> bool:
    """Whether a content policy speaks: in words, or as OpenRouter's metadata of a flagged input."""
    if isinstance(metadata, dict) and "flagged_input" in metadata:
        return True
    return bool(FLAGGED.search(text)) and not ACCOUNT.search(text)


def _delay_in(details: Any) -> float | None:
    """Google's RetryInfo: `{"retryDelay": "34s"}` among the details."""
    for each in details if isinstance(details, list) else []:
        delay = each.get("retryDelay") if isinstance(each, dict) else None
        if isinstance(delay, str) and re.fullmatch(r"\d+(\.\d+)?s", delay):
            return float(delay[:-1])
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the endpoint asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date; None where it asks nothing readable."""
    milliseconds = headers.get("retry-after-ms")
    if milliseconds and re.fullmatch(r"\d+(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    value = (headers.get("Retry-After") or headers.get("retry-after") or "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        moment = email.utils.parsedate_tz(value) if value else None
        return max(0.0, email.utils.mktime_tz(moment) - time.time()) if moment else None
    except (ValueError, OverflowError):
        return None


def fault_of(status: int, headers: Mapping[str, str], body: bytes, *, url: str, secrets: tuple[str, ...] = ()) -> HttpFault:
    """The error an HTTP answer other than 200 stands for."""
    complaint = complaint_of(body)
    if complaint is None:
        return _not_json(status, headers, body, url, secrets)
    said = f"{url} answered {status}: {quoted(redacted(complaint.text, secrets), 500)}"
    wire: dict[str, Any] = {"status": status, "param": complaint.param, "code": complaint.code}
    if complaint.code in NO_MONEY or status == 402:
        return HttpFault(said, kind="quota", fatal=True, remedy="The account has no credit left; top it up or use another key.", **wire)
    if status in RETRYABLE or status >= 500:
        wait = retry_after(headers)
        return HttpFault(said, kind=f"http_{status}", retryable=True, retry_after=complaint.retry_after if wait is None else wait, **wire)
    if complaint.flagged and status != 401:
        return HttpFault(said, kind="content_filter", **wire)
    if status in (401, 403) or (status == 400 and BAD_KEY.search(complaint.text)):
        return HttpFault(
            said, kind="auth", fatal=True, remedy="Check the key and what it may use; keys are read from <PROVIDER>_API_KEY.", **wire
        )
    if complaint.code == "context_length_exceeded" or status == 413 or OVERFLOW.search(complaint.text):
        return HttpFault(said, kind="context_overflow", remedy="The prompt and max_tokens do not fit the model's context.", **wire)
    if complaint.code == "model_not_found" or NO_MODEL.search(complaint.text):
        return HttpFault(said, kind="no_model", fatal=True, **wire)
    if status in (404, 405):
        return HttpFault(said, kind="no_path", fatal=True, remedy="Check the base URL: OpenAI-compatible ones usually end in /v1.", **wire)
    return HttpFault(said, kind="bad_request", **wire)


def _not_json(status: int, headers: Mapping[str, str], body: bytes, url: str, secrets: tuple[str, ...]) -> HttpFault:
    """An answer nobody can parse. A page is a wrong base URL; a gateway's 502 page, or an empty body, may pass."""
    start = text_of(body[:300]).strip()
    shown = quoted(redacted(start, secrets), 120)
    if status in RETRYABLE or status >= 500:
        return HttpFault(
            f"{url} answered {status}: {shown}", kind=f"http_{status}", status=status, retryable=True, retry_after=retry_after(headers)
        )
    if 300 <= status < 400:
        place = redacted(headers.get("Location", ""), secrets)
        return HttpFault(
            f"{url} redirects to {quoted(place)}.", kind="redirect", status=status, fatal=True, remedy="Give that address as the base URL."
        )
    if status in (401, 403):
        return HttpFault(
            f"{url} answered {status}: {shown}", kind="auth", status=status, fatal=True, remedy="Check the key and the base URL."
        )
    if start[:1] == "<" or "html" in headers.get("Content-Type", ""):
        remedy = "The base URL is probably wrong; OpenAI-compatible ones usually end in /v1."
        return HttpFault(
            f"{url} answered {status} with an HTML page, not JSON: {shown}", kind="not_json", status=status, fatal=True, remedy=remedy
        )
    return HttpFault(
        f"{url} answered {status} with something that is not JSON: {shown or '(nothing)'}",
        kind="not_json",
        status=status,
        retryable=200 <= status < 300,
    )
