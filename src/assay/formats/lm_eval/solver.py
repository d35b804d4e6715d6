"""Asking as lm-eval does: raw prompts unless a chat template is wanted, and continuations by their likelihood."""

from typing import Any

import msgspec

from assay.core.answer import Answer, Usage
from assay.core.content import Message, message
from assay.core.errors import ModelError
from assay.core.protocols import Context, Decoding, Request
from assay.core.sample import Sample
from assay.formats.lm_eval.config import OutputType
from assay.formats.lm_eval.scorer import FACTS


class AskLikeLmEval(msgspec.Struct, frozen=True, kw_only=True):
    """Asks one sample. `chat` sends turns, else the prompt goes as it is; `repeats` answers are written, all of which the filters see."""

    output_type: OutputType
    chat: bool = False
    repeats: int = 1

    async def __call__(self, sample: Sample, context: Context) -> Answer:
        """The answer, or the likelihoods of every continuation."""
        if self.output_type == "generate_until":
            return await self._write(sample, context)
        facts = sample.metadata[FACTS]
        asked: list[tuple[tuple[Message, ...], tuple[str, ...]]]
        if "pairs" in facts:
            asked = [(turns_of(before), (continuation,)) for before, continuation in facts["pairs"]]
        else:
            asked = [(messages, tuple(facts["continuations"])) for messages in contexts_of(sample, facts, self.output_type)]
        if "alone" in facts:
            asked.append(((message("user", ""),), tuple(facts["alone"])))
        answers = [await self._weigh(messages, continuations, context) for messages, continuations in asked]
        return together(answers)

    async def _write(self, sample: Sample, context: Context) -> Answer:
        request = Request(messages=sample.messages, decoding=context.decoding, raw=not self.chat)
        answers = [await context.model().generate(request) for _ in range(self.repeats)]
        if self.repeats == 1:
            return answers[0]
        usage = sum((each.usage for each in answers), Usage())
        turns = tuple(message("assistant", each.text) for each in answers)
        return msgspec.structs.replace(answers[0], messages=turns, usage=usage)

    async def _weigh(self, messages: tuple[Message, ...], continuations: tuple[str, ...], context: Context) -> Answer:
        # An empty continuation is certain, whoever is asked: no request, and no endpoint that refuses it.
        if not self.chat:
            # Blanks at the end of a context belong to what follows, because tokenizers join them with it.
            text = messages[0].text
            kept = text.rstrip()
            continuations = tuple(text[len(kept) :] + each for each in continuations)
            messages = (message("user", kept),)
        wanted = tuple(each for each in continuations if each)
        request = Request(messages=messages, continuations=wanted, raw=not self.chat, decoding=Decoding(temperature=0.0))
        answer = await context.model().generate(request) if wanted else Answer(text="")
        rows, best = iter(answer.choice_logprobs or ()), iter(answer.choice_greedy or ())
        if wanted and len(answer.choice_logprobs or ()) != len(wanted):
            raise ModelError(f"{context.model().name} gave no log-likelihoods.", kind="no_logprobs", fatal=True)
        told = answer.choice_greedy is not None or not wanted
        return msgspec.structs.replace(
            answer,
            choice_logprobs=tuple(next(rows) if each else (0.0, 0, 0) for each in continuations),
            choice_greedy=tuple(next(best) if each else True for each in continuations) if told else None,
        )


def contexts_of(sample: Sample, facts: dict[str, Any], kind: OutputType) -> list[tuple[Message, ...]]:
    """What stands before the continuations: the input, a context for each choice, or nothing (a whole text is weighed)."""
    if kind == "loglikelihood_rolling":
        return [(message("user", ""),)]
    given = facts.get("contexts")
    if given is None:
        return [sample.messages]
    return [turns_of(each) for each in given]


def turns_of(context: Any) -> tuple[Message, ...]:
    """A context as messages: one text, (role, text) of each turn, or turns as lm_eval writes them."""
    if isinstance(context, str):
        return (message("user", context),)
    return tuple(message(*((each["role"], each["content"]) if isinstance(each, dict) else each)) for each in context)


def together(answers: list[Answer]) -> Answer:
    """Several questions' likelihoods as one answer, in their order."""
    first = answers[0]
    rows = tuple(row for each in answers for row in each.choice_logprobs or ())
    told = all(each.choice_greedy is not None for each in answers)
    return msgspec.structs.replace(
        first,
        text="",
        choice_logprobs=rows,
        choice_greedy=tuple(best for each in answers for best in each.choice_greedy or ()) if told else None,
        usage=sum((each.usage for each in answers), Usage()),
    )
