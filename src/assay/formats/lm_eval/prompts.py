"""Prompts as lm-eval writes them: description, examples and question as one text, or as the turns of a chat."""

from collections.abc import Sequence
from typing import Any

import msgspec

from assay.core.errors import DatasetError
from assay.formats.lm_eval.config import Config
from assay.formats.lm_eval.templates import Doc, Reading


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How a prompt is dressed: lm-eval's flags of the same names."""

    apply_chat_template: bool = False
    fewshot_as_multiturn: bool = False
    system_instruction: str | None = None


class Turn(msgspec.Struct, kw_only=True):
    """A turn, with what follows it where all turns become one text."""

    role: str
    content: str
    behind: str = ""


Prompt = str | tuple[tuple[str, str], ...]
"""One text, or (role, content) of each turn."""


class Writer:
    """Writes the prompts of one task."""

    def __init__(self, config: Config, reading: Reading, style: Style, *, by_choice: bool) -> None:
        self.config = config
        self.reading = reading
        self.style = style
        self.by_choice = by_choice
        """Whether each choice makes a context of its own, before one continuation (as in Winogrande)."""

    def prompts(self, doc: Doc, examples: Sequence[Doc]) -> list[Prompt]:
        """The prompt of a question; of one whose contexts differ by choice, a prompt for each."""
        config = self.config
        turns = self.opening(doc)
        for each in examples:
            turns += self.example(each)
        prefix = self.prefix(doc)
        if self.by_choice:
            contexts = self.reading.choices(config.doc_to_choice, doc)
            return [self.dressed([*copied(turns), *question(text, prefix, delimiter="")]) for text in contexts]
        text = self.reading.text(config.doc_to_text, doc)
        if not isinstance(text, str):
            raise DatasetError(f"doc_to_text of the task '{config.task}' gives {text!r}, which is no text.")
        return [self.dressed([*turns, *question(text, prefix, delimiter=config.target_delimiter)])]

    def opening(self, doc: Doc) -> list[Turn]:
        """What stands before the examples."""
        described = self.reading.either(self.config.description, doc, "description") or ""
        system = joined(self.style.system_instruction or "", described, self.config.fewshot_delimiter)
        return [Turn(role="system", content=system)] if system else []

    def prefix(self, doc: Doc) -> str | None:
        """How the answer begins, where the task says so."""
        given = self.config.gen_prefix
        if given is None:
            return None
        return str(doc[given]) if given in self.reading.columns else self.reading.either(given, doc, "gen_prefix") or ""

    def example(self, doc: Doc) -> list[Turn]:
        """A question with its answer."""
        config, shots = self.config, self.config.fewshot_config
        asked = self.reading.text(first_of(shots.doc_to_text, config.doc_to_text), doc)
        choice_field = first_of(shots.doc_to_choice, config.doc_to_choice)
        choices = self.reading.choices(choice_field, doc) if choice_field else None
        answer = self.reading.target(first_of(shots.doc_to_target, config.doc_to_target), doc)
        if self.by_choice:
            asked, choices = (choices or [])[asked], None
        prefix = self.reading.either(first_of(shots.gen_prefix, config.gen_prefix), doc, "gen_prefix")
        delimiter = first_of(shots.target_delimiter, config.target_delimiter)
        behind = first_of(shots.fewshot_delimiter, config.fewshot_delimiter)
        if not isinstance(asked, str):
            raise DatasetError(f"doc_to_text of the task '{config.task}' gives {asked!r}, which is no text.")
        if answer is None or answer == "":
            return question(asked, prefix, delimiter=delimiter)
        said = choices[answer] if choices and isinstance(answer, int) else answer[0] if isinstance(answer, list) else answer
        if not isinstance(said, str):
            raise DatasetError(f"doc_to_target of the task '{config.task}' gives {answer!r} for an example, which is no text.")
        asked_turn = question(asked, prefix, delimiter=delimiter)[0]
        if not prefix:
            asked_turn.behind = delimiter
        return [asked_turn, Turn(role="assistant", content=joined(prefix or "", said, " "), behind=behind)]

    def dressed(self, turns: list[Turn]) -> Prompt:
        """Turns as one text, or as a chat."""
        if not self.style.apply_chat_template:
            return text_of(turns)
        kept = turns if self.style.fewshot_as_multiturn else single_turn(turns)
        return tuple((each.role, each.content) for each in kept)


def question(text: str, prefix: str | None, *, delimiter: str) -> list[Turn]:
    """A question without its answer, and how that answer begins where it is said."""
    if not prefix:
        return [Turn(role="user", content=text)]
    apart = bool(text) and not (text[-1].isspace() or prefix[0].isspace())
    return [Turn(role="user", content=text, behind=delimiter if apart else ""), Turn(role="assistant", content=prefix)]


def single_turn(turns: Sequence[Turn]) -> list[Turn]:
    """All turns but the system's as one turn of the user; how the answer begins stays the assistant's."""
    system = [turns[0]] if turns[0].role == "system" else []
    rest = copied(turns[len(system) :])
    last = [rest.pop()] if rest[-1].role == "assistant" else []
    rest[-1].behind = ""
    return [*system, Turn(role="user", content=text_of(rest)), *last]


def copied(turns: Sequence[Turn]) -> list[Turn]:
    """The same turns, to be changed."""
    return [msgspec.structs.replace(each) for each in turns]


def text_of(turns: Sequence[Turn]) -> str:
    """Turns as one text."""
    return "".join(each.content + each.behind for each in turns)


def joined(before: str, after: str, delimiter: str) -> str:
    """Two texts with a delimiter between them, unless one is empty or there is a blank already."""
    if not before or not after:
        return before or after
    return before + after if before[-1].isspace() or after[0].isspace() else before + delimiter + after


def first_of(own: Any, general: Any) -> Any:
    """A setting of the examples, or the task's where they have none."""
    return general if own is None else own
