"""A gate as Markdown for a pull request: the decision first, a table, what would help; what flipped and what passed stand folded."""

from collections.abc import Mapping, Sequence

from assay.lifecycle.gate_words import RULES, decision, gathered, limit, number, ordered, reading, sentence
from assay.lifecycle.gates import Finding, Gate
from assay.report.words import plain

MARKS = {"pass": "pass", "fail": "**fail**", "not measurable": "not measurable"}
HEAD = "| outcome | rule | task | metric | found | asked |\n|:--|:--|:--|:--|--:|:--|"
MOST_OPEN = 40
LONGEST = 60_000
"""Characters of a comment; code hosts refuse more than 65,536."""


def to_markdown(gate: Gate, *, flips: Mapping[str, Sequence[str]] | None = None, reproduce: str = "") -> str:
    """The comment. `flips`: a heading (task and metric) -> samples lost, a line each."""
    verdict, _, rest = decision(gate).partition(":")
    models = " against ".join(f"`{_code(gate.models[each])}`" for each in ("candidate", "baseline") if each in gate.models)
    pieces = [f"### {verdict}:{rest}", models]
    shown = [each for each in ordered(gate.findings) if each.outcome != "pass"]
    passed = [each for each in gathered(gate.findings) if each.outcome == "pass"]
    if shown:
        pieces.append("\n".join((HEAD, *map(_row, shown[:MOST_OPEN]))))
        pieces.append("\n".join(f"- {_text(_about(each))}: {_text(sentence(each))}" for each in shown[:MOST_OPEN]))
    if len(shown) > MOST_OPEN:
        pieces.append(f"… and {len(shown) - MOST_OPEN} more that did not pass")
    pieces += [f"> caution: {_text(each)}" for each in gate.cautions]
    if passed:
        pieces.append(_folded(f"{len(gate.of('pass'))} passed", "\n".join((HEAD, *map(_row, passed)))))
    for heading, lines in (flips or {}).items():
        pieces.append(_folded(heading, "\n".join(f"- {_text(each)}" for each in lines)))
    pieces.append(_text(reading(gate)))
    if reproduce:
        pieces.append(f"```text\n{plain(reproduce)}\n```")
    return _within(pieces)


def _within(pieces: Sequence[str]) -> str:
    """The pieces that fit, the later ones left out whole and told."""
    kept: list[str] = []
    room = LONGEST
    for each in filter(None, pieces):
        room -= len(each) + 2
        if room < 0:
            kept.append("… the rest is too long for a comment: `--format json`")
            break
        kept.append(each)
    return "\n\n".join(kept) + "\n"


def _row(found: Finding) -> str:
    metric = " ".join(filter(None, (found.metric, found.part)))
    cells = (RULES[found.rule], found.task, metric, number(found), limit(found))
    return f"| {MARKS[found.outcome]} | {' | '.join(map(_text, cells))} |"


def _about(found: Finding) -> str:
    return ", ".join(filter(None, (found.task, found.metric, found.part)))


def _folded(heading: str, body: str) -> str:
    return f"<details><summary>{_text(heading)}</summary>\n\n{body}\n\n</details>"


def _text(text: str) -> str:
    """Foreign text that cannot break a table, become markup or name people."""
    flat = " ".join(plain(text).split())
    for mark in "\\|<>`*_[]":
        flat = flat.replace(mark, "\\" + mark)
    return flat.replace("@", "@\u2060")


def _code(text: str) -> str:
    return plain(text).replace("`", "'")
