"""A model server whose every word is a function of the prompt: what lm-eval and Assay are both pointed at.

Completions with echo and log-probabilities, chat, and the tokeniser routes by which lm-eval counts tokens. What was asked is remembered.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

BOS = "<|endoftext|>"
TOKENS = re.compile(r"<\|endoftext\|>| ?[A-Za-z]+| ?\d|\s|[^\sA-Za-z\d]")
MARKER = re.compile(r"\[([a-z]+\d+)\]")


def digest(*parts: str) -> int:
    """A number that any change of the texts changes."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=6).digest(), "big")


class Words:
    """The server's mind: tokens, their log-probabilities, and what it says to a prompt."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.ids: dict[str, int] = {}
        self.texts: list[str] = []
        self.lock = Lock()

    def encode(self, text: str) -> list[int]:
        """Ids in the order in which tokens were first met."""
        with self.lock:
            found = []
            for token in TOKENS.findall(text):
                if token not in self.ids:
                    self.ids[token] = len(self.texts)
                    self.texts.append(token)
                found.append(self.ids[token])
            return found

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        return "".join(self.texts[each] for each in ids)

    def echo(self, prompt: str, place: int) -> dict[str, Any]:
        """The prompt and one token more, each with its log-probability; about half of the tokens are the likeliest at their place."""
        tokens = [*TOKENS.findall(prompt), " end"]
        values: list[float | None] = []
        rivals: list[dict[str, float] | None] = []
        offsets, before = [], ""
        for token in tokens:
            offsets.append(len(before))
            number = digest(before[-200:], token)
            value = -0.0625 - (number % 4096) / 1024.0
            values.append(value if before else None)
            best = {token: value} if number // 4096 % 8 else {token: value, " rival": value / 2}
            rivals.append(best if before else None)
            before += token
        logprobs = {"tokens": tokens, "token_logprobs": values, "top_logprobs": rivals, "text_offset": offsets}
        return {"index": place, "text": before, "finish_reason": "length", "logprobs": logprobs}

    def say(self, prompt: str) -> str:
        """One of the answers to the last item that a prompt names, chosen by the prompt."""
        marks = MARKER.findall(prompt)
        known = self.answers.get(marks[-1], ["I do not know."]) if marks else ["I do not know."]
        return known[digest(prompt) % len(known)]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        """What lm-eval asks about the tokeniser; the models for anybody."""
        if self.path.endswith("/tokenizer_info"):
            self.reply({"eos_token": BOS, "bos_token": BOS, "chat_template": None})
        elif self.path.endswith("/seen"):
            self.reply({"seen": self.server.emptied()})
        else:
            self.reply({"object": "list", "data": [{"id": "oracle", "object": "model"}]})

    def do_POST(self) -> None:
        """A model is asked, or its tokeniser."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        words = self.server.words
        if self.path.endswith("/tokenize"):
            self.reply({"tokens": words.encode(body["prompt"])})
        elif self.path.endswith("/detokenize"):
            self.reply({"prompt": words.decode(body["tokens"])})
        elif self.path.endswith("/chat/completions"):
            self.server.note(body, json.dumps(body["messages"], ensure_ascii=False))
            text = words.say("\n".join(each["content"] for each in body["messages"]))
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self.reply({"object": "chat.completion", "model": "oracle", "choices": [choice]})
        else:
            self.complete(body)

    def complete(self, body: dict[str, Any]) -> None:
        """Completions: of one prompt or several."""
        words = self.server.words
        prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
        for prompt in prompts:
            self.server.note(body, prompt)
        if body.get("echo"):
            choices = [words.echo(prompt, place) for place, prompt in enumerate(prompts)]
        else:
            choices = [{"index": place, "text": words.say(prompt), "finish_reason": "stop"} for place, prompt in enumerate(prompts)]
        self.reply({"object": "text_completion", "model": "oracle", "choices": choices})

    def reply(self, document: dict[str, Any]) -> None:
        """JSON."""
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """Listens on loopback; `seen` is what was asked since it was last emptied."""

    daemon_threads = True

    def __init__(self, answers: dict[str, list[str]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.words = Words(answers)
        self.seen: list[dict[str, Any]] = []
        self.guard = Lock()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def emptied(self) -> list[dict[str, Any]]:
        """What was asked since the last time, in an order of its own."""
        with self.guard:
            seen, self.seen = self.seen, []
        return sorted(seen, key=lambda each: json.dumps(each, ensure_ascii=False, sort_keys=True))

    def note(self, body: dict[str, Any], prompt: str) -> None:
        """Remember a prompt and how it was to be answered."""
        settings: dict[str, Any] = {}
        if not body.get("echo"):
            stops = [each for each in body.get("stop") or [] if each != BOS]  # lm-eval adds the tokeniser's end
            settings = {"stop": stops, "max_tokens": body.get("max_tokens"), "temperature": float(body.get("temperature") or 0)}
        with self.guard:
            self.seen.append({"prompt": prompt, **settings})


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server that knows the answers of a folder."""
    server = Server(json.loads((folder / "answers.json").read_text(encoding="utf-8")))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="oracle-server")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
