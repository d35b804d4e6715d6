"""The tokenizer of the embedded model: reads the standard `tokenizer.json` without any package, and gives the ids Hugging Face gives.

Byte-level BPE over pieces cut by one ASCII-only pattern (words with their leading blank, single digits, single other characters),
so every text has ids and comes back byte for byte.
"""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from assay.core.content import Message
from assay.core.errors import UsageError

PATTERN = " ?[A-Za-z]+|[0-9]| ?[^A-Za-z0-9 ]| "
"""How text is cut into pieces. Only ASCII classes, which Python's `re` and the Oniguruma of `tokenizers` read alike."""

PAD, BOS, END, SYSTEM, USER, ASSISTANT, TOOL, RESERVED = SPECIALS = (
    "<|pad|>",
    "<|bos|>",
    "<|end|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|tool|>",
    "<|reserved|>",
)
"""The special tokens; their place here is their id."""

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}"
    "{% if not (loop.last and continue_final_message | default(false)) %}{{ '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
"""The chat format in Jinja, as `tokenizer_config.json` carries it; `render` writes the same text without Jinja."""


def render(messages: Sequence[Message]) -> str:
    """Messages as the model reads them, up to where it speaks. A last message of the assistant is left open, to be continued."""
    parts = [BOS]
    for each in messages:
        parts += [f"<|{each.role}|>", each.text, END]
    if messages and messages[-1].role == "assistant":
        parts.pop()
    else:
        parts.append(ASSISTANT)
    return "".join(parts)


def byte_letters() -> list[str]:
    """The printable stand-in of each byte, as in GPT-2: printable Latin-1 stands for itself, the others follow from U+0100."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    letters, spare = [], 0x100
    for byte in range(256):
        letters.append(chr(byte) if byte in printable else chr(spare))
        spare += byte not in printable
    return letters


class Tokenizer:
    """Text to ids and back. Made by `read_tokenizer`; the mapping of pieces to ids is remembered, so texts of one world encode fast."""

    def __init__(self, vocab: dict[str, int], merges: Iterable[tuple[str, str]]) -> None:
        letters = byte_letters()
        values = {letter: byte for byte, letter in enumerate(letters)}
        self.vocab = vocab
        self.size = max(vocab.values()) + 1
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.specials = {token: vocab[token] for token in SPECIALS}
        self._letters = letters
        self._pieces = re.compile(PATTERN)
        self._special = re.compile("(" + "|".join(re.escape(token) for token in SPECIALS) + ")")
        self._known: dict[str, list[int]] = {}
        self._bytes = [b""] * self.size
        for token, place in vocab.items():
            if token not in self.specials:
                self._bytes[place] = bytes(values[letter] for letter in token)

    def encode(self, text: str) -> list[int]:
        """Ids of a text; the special tokens in it are read as such (as Hugging Face does with a rendered chat), and nothing is added."""
        ids: list[int] = []
        for part in self._special.split(text):
            if part in self.specials:
                ids.append(self.specials[part])
            else:
                for piece in self._pieces.findall(part):
                    ids += self._encode_piece(piece)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special tokens are left out, and what is no valid UTF-8 becomes U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ids; special tokens have none."""
        return b"".join(self._bytes[place] for place in ids)

    def _encode_piece(self, piece: str) -> list[int]:
        known = self._known.get(piece)
        if known is None:
            letters = [self._letters[byte] for byte in piece.encode("utf-8", errors="replace")]
            known = [self.vocab[token] for token in merge(letters, self.ranks)]
            if len(self._known) < 65_536:
                self._known[piece] = known
        return known


def merge(letters: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """Byte-pair merging: the pair learned first is joined first, the leftmost of equals before the others."""
    tokens = letters
    while len(tokens) > 1:
        pairs = [(ranks.get(pair, len(ranks)), place) for place, pair in enumerate(pairwise(tokens))]
        rank, place = min(pairs)
        if rank == len(ranks):
            break
        tokens = [*tokens[:place], tokens[place] + tokens[place + 1], *tokens[place + 2 :]]
    return tokens


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a `tokenizer.json`. Raises UsageError where the file is not there or not of the one shape this reader knows."""
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        model = document["model"]
        pattern = document["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"]
        merges = [(pair[0], pair[1]) for pair in model["merges"]]
        if model["type"] != "BPE" or pattern != PATTERN:
            raise KeyError("model")
        return Tokenizer(model["vocab"], merges)
    except OSError as error:
        raise UsageError(f"The tokenizer {path.name} cannot be read: {error.strerror}.", remedy="Name a checkpoint folder.") from error
    except (ValueError, LookupError, TypeError) as error:
        raise UsageError(
            f"{path.name} is not a tokenizer of the embedded model (byte-level BPE with its own pattern).",
            remedy="Load other models with hf/PATH.",
        ) from error


def tokenizer_document(vocab: dict[str, int], merges: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The content of `tokenizer.json` for Hugging Face `tokenizers`."""
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    opening = {"SpecialToken": {"id": BOS, "type_id": 0}}
    first, second = {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": place, "content": token, **special} for place, token in enumerate(SPECIALS)],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}, byte_level],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [opening, first],
            "pair": [opening, first, second],
            "special_tokens": {BOS: {"id": BOS, "ids": [SPECIALS.index(BOS)], "tokens": [BOS]}},
        },
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocab,
            "merges": [list(pair) for pair in merges],
        },
    }
