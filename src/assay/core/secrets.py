"""What may be shown or stored of a setting: no key, no password, nothing that stands in a URL before its host or behind its question mark."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

MASK = "***"
NAMED = re.compile(r"key|token|secret|passw|auth|credential|cookie|signature", re.IGNORECASE)
"""A setting whose name says so is a secret, unless it is a number (max_tokens)."""
ALL_SECRET = frozenset({"headers"})
"""Settings of which every value is a secret, whatever its name."""
USER = re.compile(r"(?<=://)[^/?#\s@]+@")
QUERY = re.compile(r"(://[^?\s]*)\?[^#\s]*")


def shown_url(text: str) -> str:
    """A text without what URLs in it hold before their host and behind their question mark."""
    return QUERY.sub(rf"\1?{MASK}", USER.sub(f"{MASK}@", text))


def shown_setting(name: str, value: Any) -> Any:
    """A setting as it may be shown: secret values masked, URLs cleaned, mappings and lists looked through."""
    if isinstance(value, Mapping):
        return {key: MASK if name in ALL_SECRET else shown_setting(str(key), each) for key, each in value.items()}
    if isinstance(value, str):
        return MASK if NAMED.search(name) or name in ALL_SECRET else shown_url(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [shown_setting(name, each) for each in value]
    return value
