"""Log-likelihood of continuations: where counting begins, and what is reported."""

from collections.abc import Sequence

from assay.core.errors import ModelError

Total = tuple[float, int, int]
"""Log-probability, tokens and bytes of one continuation."""


def shared_start(alone: Sequence[int], sequences: Sequence[Sequence[int]]) -> int:
    """Where counting begins: the first place at which prompt and continuation, tokenised together, leave the prompt tokenised alone.

    Mostly the prompt's end. Where a token spans the border, every continuation is counted from the same earlier place, so that
    their likelihoods stay comparable. At least 1: the first token of all has nothing before it.
    """
    start = len(alone)
    for ids in sequences:
        agreed = next((place for place, (a, b) in enumerate(zip(alone, ids, strict=False)) if a != b), min(len(alone), len(ids)))
        start = min(start, agreed)
    return max(1, start)


def refuse_empty(name: str, continuations: Sequence[str]) -> None:
    """Raises ModelError for an empty continuation: it would be certain, and win every choice."""
    if "" in continuations:
        raise unscorable(name, continuations.index(""), "it is empty")


def unscorable(name: str, place: int, reason: str) -> ModelError:
    """The error for a sample one of whose continuations has no likelihood, whoever is asked."""
    return ModelError(
        f"{name}: continuation {place + 1} has no likelihood: {reason}.", kind="bad_request", remedy="Mend or drop the sample."
    )


def total(continuation: str, logprobs: Sequence[float]) -> Total:
    """What an answer reports of one continuation."""
    return float(sum(logprobs)), len(logprobs), len(continuation.encode())


def border_note(alone: Sequence[int], start: int) -> tuple[str, ...]:
    """A note where counting begins before the continuation."""
    early = len(alone) - start
    return (f"likelihood: a token spans the border, counted from {early} token(s) before it",) if early > 0 else ()
