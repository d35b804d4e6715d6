"""What every journey needs: the command as a person types it, data for the fake server, and a look into the journal."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.testing import is_right, planted_value

COMMAND = str(Path(sys.executable).with_name("assay"))
FIELDS = ("--input", "question", "--target", "answer", "--scorer", "number")
SECONDS = 120


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def result(self) -> Any:
        """The only run of a result document."""
        (found,) = self.document["runs"]
        return found

    @property
    def complaints(self) -> list[str]:
        """The lines that say what went wrong."""
        return [line for line in self.err.splitlines() if line.lower().startswith("error:")]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment without keys and settings of Assay, with its cache below `home`."""
    plain = {
        key: value for key, value in os.environ.items() if not key.startswith("ASSAY_") and not key.endswith(("_API_KEY", "_BASE_URL"))
    }
    return {**plain, "XDG_CACHE_HOME": str(home / ".cache"), "NO_COLOR": "1", "COLUMNS": "120", **more}


def start(*words: str | Path, cwd: Path, program: Sequence[str] = (COMMAND,), **env: str) -> "subprocess.Popen[str]":
    """The command under way, in the folder `cwd`."""
    typed = [*program, *map(str, words)]
    return subprocess.Popen(
        typed, cwd=cwd, env=environment(cwd, **env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: "subprocess.Popen[str]") -> Outcome:
    """What a command under way came to."""
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"the command did not end: {err[-2000:]}") from None
    return Outcome(code=process.returncode, out=out, err=err)


def assay(*words: str | Path, cwd: Path, **env: str) -> Outcome:
    """The command, from start to exit."""
    return ended(start(*words, cwd=cwd, **env))


def assert_refused(outcome: Outcome, code: int, *words: str) -> None:
    """Assert one clear message: the exit code, one complaint, every word somewhere in it, no traceback; on standard output nothing,
    or the same message where JSON was asked for."""
    assert outcome.code == code, (outcome.code, outcome.err)
    assert "Traceback" not in outcome.err, outcome.err
    assert len(outcome.complaints) == 1, outcome.err
    for word in words:
        assert word in outcome.err, (word, outcome.err)
    if outcome.out:
        assert outcome.document["error"]["exit_code"] == code and outcome.document["error"]["message"] in outcome.err, outcome.out


def model(url: str, *options: str, name: str = "fake") -> tuple[str, ...]:
    """The flags that name a model at `url`."""
    pairs = [f"base_url={url}", *options]
    return ("--model", f"openai-compatible/{name}", *(word for pair in pairs for word in ("-M", pair)))


def write_items(path: Path, count: int, first: int = 0) -> Path:
    """Questions the fake server knows, as JSONL: ids q0, q1, ..."""
    rows = (
        {"id": f"q{item}", "question": f"How many? [item {item}]", "answer": planted_value(item)} for item in range(first, first + count)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def planted(ids: Sequence[str], accuracy: float = 0.9) -> float:
    """The share of these samples that the server knows."""
    return sum(is_right(int(each.removeprefix("q")), accuracy) for each in ids) / len(ids)


def events(folder: str | Path, kind: str) -> Iterator[Mapping[str, Any]]:
    """The journal's events of one kind; a torn last line is none."""
    for path in sorted(Path(folder).glob("journal-*.jsonl")):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                event = json.loads(line)
                if event["event"] == kind:
                    yield event


def closed_well(folder: str | Path) -> list[tuple[str, int]]:
    """(sample, number) of every closing without a failure, as often as it stands there."""
    return [(each["trial"]["sample_id"], each["trial"]["number"]) for each in events(folder, "closed") if "failure" not in each["trial"]]


def on_a_terminal(*words: str | Path, cwd: Path, columns: int = 80, keys: Mapping[str, bytes] | None = None, **env: str) -> tuple[int, str]:
    """(exit code, all that was written, escapes and all) of the command in a pseudo-terminal; `keys`: each is pressed when its text is first seen."""
    import fcntl
    import pty
    import struct
    import termios

    waiting = dict(keys or {})
    plain = {key: value for key, value in environment(cwd, **{"NO_COLOR": "", **env}).items() if key not in ("COLUMNS", "LINES")}
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve(COMMAND, [COMMAND, *map(str, words)], {**plain, "TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    written = b""
    with os.fdopen(terminal, "r+b", buffering=0) as screen:
        while True:
            try:
                piece = screen.read(65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            written += piece
            for text in [each for each in waiting if each.encode() in written]:
                screen.write(waiting.pop(text))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode("utf-8", "replace")


def screen_of(written: str, columns: int) -> list[str]:
    """The lines that stand on a terminal after all this was written: text, line ends, and the few escapes that a live block uses."""
    lines, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]", written):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            row += 1
        elif piece.endswith("A") and piece[0] == "\x1b":
            row = max(0, row - int(piece[2:-1] or 1))
        elif piece == "\x1b[2K":
            lines[row] = ""
        elif piece >= " ":
            if column == columns:
                row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
            lines[row] = lines[row].ljust(column)[:column] + piece + lines[row][column + 1 :]
            column += 1
        lines += [""] * (row + 1 - len(lines))
    return [line.rstrip() for line in lines]
