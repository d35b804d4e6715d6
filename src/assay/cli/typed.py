"""The command as it was typed, for the report: with its options, without what is secret in them."""

import re
import shlex
from collections.abc import Sequence

from assay.core.secrets import shown_setting, shown_url
from assay.engine.build import parse_value

PAIR = re.compile(r"(?P<flag>-[A-Za-z](?=\w)|--[\w-]+[= ])?(?P<name>[\w./-]+)=(?P<value>.*)", re.DOTALL)
"""`key=value`, alone or joined to the option it belongs to (`-Mkey=value`, `--model-option=key=value`)."""


def typed(words: Sequence[str]) -> str:
    """`assay` and the words behind it, as a shell would take them; what is secret is masked."""
    return shlex.join(["assay", *map(shown_word, words)])


def shown_word(word: str) -> str:
    """One word of a command line."""
    pair = PAIR.fullmatch(word)
    if pair is None:
        return shown_url(word)
    name = pair["name"].rpartition(".")[2].lstrip("-").replace("-", "_")
    value = parse_value(pair["value"])
    shown = shown_setting(name, value)
    if shown == value:
        return word
    text = shown if isinstance(shown, str) else _compact(shown)
    return f"{pair['flag'] or ''}{pair['name']}={text}"


def _compact(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
