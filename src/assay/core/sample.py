"""Sample: one question of a dataset, with what a scorer needs to judge its answer."""

from typing import Any

import msgspec

from assay.core.content import Message, message, text_of


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of a dataset.

    `input` is a prompt or whole conversation. `target` is the expected answer (several: any of them is right).
    `choices` are the options of a multiple-choice question, in the order shown. `cluster` names what the sample came from
    (a source text, a template), where samples are not independent. `metadata` carries slices (`skills`, `subject`, ...)
    and whatever a scorer wants.
    """

    id: str
    input: str | tuple[Message, ...]
    target: str | tuple[str, ...] | None = None
    choices: tuple[str, ...] | None = None
    cluster: str | None = None
    metadata: dict[str, Any] = {}

    @property
    def messages(self) -> tuple[Message, ...]:
        """The input as a conversation."""
        return (message("user", self.input),) if isinstance(self.input, str) else self.input

    @property
    def prompt(self) -> str:
        """The input as one text, for reading and for joining recorded answers."""
        return self.input if isinstance(self.input, str) else text_of(self.input)

    @property
    def targets(self) -> tuple[str, ...]:
        """Every accepted answer."""
        if self.target is None:
            return ()
        return (self.target,) if isinstance(self.target, str) else self.target
