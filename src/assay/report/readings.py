"""Trials to read: a conversation with its scores beside it, long texts cut with their size said, foreign text never live."""

import json
import re
from collections.abc import Mapping, Sequence

import msgspec

from assay.core.content import Media, Message, Part, Text, ToolCall
from assay.core.run import Result
from assay.core.score import Score
from assay.report.palette import Palette
from assay.report.words import Excerpt, count, excerpt
from assay.store import Record

BUDGET = 250_000
"""Characters of text to read in a whole report, so that it opens at once and can be sent by mail."""

FLIP_LIMIT = 500
"""Characters of one text of a flip, which shows two answers side by side."""

HAN, KANA = re.compile("[\u3400-\u9fff]"), re.compile("[\u3040-\u30ff]")

PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
LARGEST_PICTURE = 60_000
MOST_MESSAGES = 12


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message: a text, or a picture small enough to be inside the page. `lang` is set where a font must know the language."""

    text: Excerpt | None = None
    picture: str | None = None
    code: bool = False
    lang: str = ""


class Bubble(msgspec.Struct, frozen=True, kw_only=True):
    """What one side said."""

    role: str
    pieces: tuple[Piece, ...]


class ShownScore(msgspec.Struct, frozen=True, kw_only=True):
    """A score as it stands in the margin."""

    name: str
    value: str
    facts: tuple[tuple[str, Excerpt], ...]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One trial to read. `ending` says how the answer broke off, `cut` whether the page leaves out a part of what was written;
    `size` is about how many characters it brings into the page."""

    sample_id: str
    number: int
    bubbles: tuple[Bubble, ...]
    reasoning: Excerpt | None
    answer: tuple[Bubble, ...]
    targets: tuple[Excerpt, ...]
    scores: tuple[ShownScore, ...]
    flags: tuple[str, ...]
    facts: tuple[str, ...]
    ending: str | None
    cut: bool
    size: int


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to read of one run; `left` trials were chosen but did not fit the page."""

    task: str
    label: str
    run_dir: str
    readings: tuple[Reading, ...]
    left: int


def shelves(results: Sequence[Result], examples: Mapping[str, Sequence[Record]], colors: Palette, *, limit: int = 40) -> list[Shelf]:
    """Every run's examples by its `run_dir`, up to `limit` of each; together they fit `BUDGET`, shared fairly."""
    mine = [(each, examples.get(each.run_dir, ())) for each in results]
    known = [(result, records) for result, records in mine if records]
    found = []
    share = BUDGET // max(1, len(known))
    for result, records in known:
        taken: list[Reading] = []
        spent = 0
        for record in records[:limit]:
            one = reading(record, limit=1600 if len(known) < 8 else 700)
            if taken and spent + one.size > share:
                break
            taken.append(one)
            spent += one.size
        shelf = Shelf(
            task=result.task, label=colors.label(result), run_dir=result.run_dir, readings=tuple(taken), left=len(records) - len(taken)
        )
        found.append(shelf)
    return found


def reading(record: Record, *, limit: int = 1600) -> Reading:
    """One trial with its question, its answer and its scores."""
    trial, sample = record.trial, record.sample
    answer = trial.answer
    question = _bubbles(sample.messages, limit) if sample else ()
    said: tuple[Bubble, ...] = ()
    reasoning = None
    if answer is not None:
        said = _bubbles(_beyond(answer.messages, len(sample.messages) if sample else 0), limit) if len(answer.messages) > 1 else ()
        said = said or (Bubble(role="assistant", pieces=_said(answer.text, answer.tool_calls, limit)),)
        reasoning = excerpt(answer.reasoning, limit) if answer.reasoning else None
    targets = tuple(excerpt(each, 300) for each in (sample.targets if sample else ())[:4])
    facts = _facts(record)
    size = _size(question) + _size(said) + (_length(reasoning) if reasoning else 0) + 900
    return Reading(
        sample_id=excerpt(trial.sample_id, 80).head,
        number=trial.number,
        bubbles=question,
        reasoning=reasoning,
        answer=said,
        targets=targets,
        scores=tuple(_shown(score) for score in trial.scores),
        flags=trial.flags,
        facts=facts,
        ending=_ending(record),
        cut=_is_cut((*question, *said), reasoning),
        size=size,
    )


def _ending(record: Record) -> str | None:
    """How an answer broke off, in words; None for one that ended by itself."""
    answer = record.trial.answer
    if answer is None:
        return None
    cut = "truncated" in record.trial.flags or answer.stop_reason == "length"
    if answer.reasoning and not answer.text.strip() and not answer.tool_calls:
        return f"{'Cut off at the token limit while' if cut else 'Ended'} still reasoning: there is no answer."
    return "Cut off at the token limit." if cut else None


def _is_cut(bubbles: Sequence[Bubble], reasoning: Excerpt | None) -> bool:
    """Whether anything was left out, of the texts or of the messages between them."""
    texts = [piece.text for bubble in bubbles for piece in bubble.pieces if piece.text is not None]
    return any(each.left_out for each in texts) or any(not bubble.role for bubble in bubbles) or bool(reasoning and reasoning.left_out)


def _beyond(messages: Sequence[Message], asked: int) -> Sequence[Message]:
    """What of a whole exchange came after the question."""
    return messages[asked:] if len(messages) > asked else messages


def _bubbles(messages: Sequence[Message], limit: int) -> tuple[Bubble, ...]:
    shown = messages if len(messages) <= MOST_MESSAGES else (*messages[: MOST_MESSAGES // 2], *messages[-MOST_MESSAGES // 2 :])
    found = [Bubble(role=each.role, pieces=tuple(_piece(part, limit) for part in each.content)) for each in shown]
    if len(shown) < len(messages):
        left = Excerpt(head=f"… {len(messages) - len(shown):,} messages left out …")
        found.insert(MOST_MESSAGES // 2, Bubble(role="", pieces=(Piece(text=left),)))
    return tuple(found)


def _said(text: str, calls: Sequence[ToolCall], limit: int) -> tuple[Piece, ...]:
    texts = (_text(text, limit),) if text or not calls else ()
    return (*texts, *(_piece(call, limit) for call in calls))


def _text(text: str, limit: int) -> Piece:
    """A text; Chinese is marked as such, so that no Japanese glyphs are taken for it."""
    return Piece(text=excerpt(text, limit), lang="zh" if HAN.search(text) and not KANA.search(text) else "")


def _piece(part: Part, limit: int) -> Piece:
    if isinstance(part, Text):
        return _text(part.text, limit)
    if isinstance(part, Media):
        if len(part.uri) <= LARGEST_PICTURE and PICTURE.fullmatch(part.uri):
            return Piece(picture=part.uri)
        where = "data of its own" if part.uri.startswith("data:") else part.uri
        return Piece(text=excerpt(f"[{type(part).__name__.lower()}: {where}]", 300), code=True)
    if isinstance(part, ToolCall):
        given = part.arguments if isinstance(part.arguments, str) else json.dumps(part.arguments, ensure_ascii=False)
        return Piece(text=excerpt(f"{part.name}({given})", limit), code=True)
    return Piece(text=excerpt(part.content, limit), code=True)


def _shown(score: Score) -> ShownScore:
    facts = []
    if score.extracted is not None:
        facts.append(("extracted", excerpt(score.extracted, 240)))
    if score.method:
        facts.append(("found by", excerpt(score.method, 80)))
    if score.lenient is not None and score.lenient != score.value:
        facts.append(("a more forgiving extractor", excerpt(f"{score.lenient:g}", 20)))
    if score.reason:
        facts.append(("reason", excerpt(score.reason, 500)))
    value = "unscored" if score.value is None else f"{score.value:.3g}"
    return ShownScore(name=score.name, value=value, facts=tuple(facts))


def _facts(record: Record) -> tuple[str, ...]:
    answer = record.trial.answer
    if answer is None:
        return ()
    found = [f"{record.trial.seconds:.1f} s"] if record.trial.seconds else []
    if answer.usage.output_tokens:
        found.append(count(answer.usage.output_tokens, "token"))
    if answer.stop_reason not in ("stop", "unknown"):
        found.append(f"ended by {answer.stop_reason}")
    return tuple(found)


def _length(text: Excerpt) -> int:
    return len(text.head.encode()) + len(text.tail.encode())


def _size(bubbles: Sequence[Bubble]) -> int:
    pieces = [piece for bubble in bubbles for piece in bubble.pieces]
    return sum((_length(piece.text) if piece.text else 0) + len(piece.picture or "") + 120 for piece in pieces)
