"""What a model in this process reads: text only, and no more of it than its context holds."""

from collections.abc import Sequence

from assay.core.content import Message, Text
from assay.core.errors import ModelError


def check_text_only(messages: Sequence[Message], name: str) -> None:
    """Raises ModelError where a message holds more than text."""
    for each in messages:
        for part in each.content:
            if not isinstance(part, Text):
                raise ModelError(
                    f"{name} reads text only, but a {each.role} message holds {type(part).__name__}.",
                    kind="unsupported_content",
                    remedy="Use a model that takes such parts.",
                )


def check_length(tokens: int, context: int, name: str) -> None:
    """Raises ModelError where `tokens` are more than the `context` of the model: nothing is cut."""
    if tokens > context:
        raise ModelError(
            f"The prompt needs {tokens} tokens, more than the {context} that {name} reads.",
            kind="context_length",
            remedy="Shorten the prompt, use fewer examples, or use a model with a longer context.",
        )
