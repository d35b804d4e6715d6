"""Tokens that nobody counted: about four bytes each, which is right for English and a little much for Chinese."""

import msgspec

from assay.core.answer import Answer, Usage
from assay.core.protocols import Request

BYTES_PER_TOKEN = 4
TEMPLATE = 8
"""Tokens of a chat template around a prompt."""


def prompt_tokens(request: Request) -> int:
    """About four characters a token."""
    return len(request.text) // BYTES_PER_TOKEN + TEMPLATE


def estimated(usage: Usage, request: Request, answer: Answer) -> Usage:
    """Usage with what the endpoint left out: the prompt, asked once for each continuation, or what was written."""
    read, written = usage.input_tokens, usage.output_tokens
    if not read:
        prompts = len(request.continuations or ("",))
        read = len(request.text.encode()) // BYTES_PER_TOKEN * prompts + TEMPLATE
    if not written:
        said = answer.text + (answer.reasoning or "") + "".join(f"{call.name}{call.arguments}" for call in answer.tool_calls)
        written = -(-len(said.encode()) // BYTES_PER_TOKEN)
    return msgspec.structs.replace(usage, input_tokens=read, output_tokens=written)
