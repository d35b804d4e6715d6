"""The simplest solvers: ask once, ask with a system message, weigh the choices by likelihood."""

import msgspec

from assay.core.answer import Answer
from assay.core.content import Message, message
from assay.core.errors import UsageError
from assay.core.protocols import Context, Request
from assay.core.sample import Sample


# A function's text is its identity, and this one stands in nearly every run there is: a word less, and none of them is found again. So it
# still says the sample's id and the trial's number, which the engine sets anyway.
async def ask_once(sample: Sample, context: Context) -> Answer:
    """Send the sample's messages and take what comes back."""
    request = Request(messages=sample.messages, decoding=context.decoding, sample_id=sample.id, number=context.number)
    return await context.model().generate(request)


class ask_with(msgspec.Struct, frozen=True, kw_only=True):  # noqa: N801 - a solver with settings reads like the function it replaces
    """Ask once, with a system message before and a text around the input; `template` holds `{input}`."""

    system: str | None = None
    template: str | None = None

    async def __call__(self, sample: Sample, context: Context) -> Answer:
        """The model's answer."""
        messages: tuple[Message, ...] = sample.messages
        if self.template is not None:
            messages = (*messages[:-1], message("user", self.template.replace("{input}", messages[-1].text)))
        if self.system is not None:
            messages = (message("system", self.system), *messages)
        request = Request(messages=messages, decoding=context.decoding)
        return await context.model().generate(request)


class weigh_choices(msgspec.Struct, frozen=True, kw_only=True):  # noqa: N801
    """Ask for the log-likelihood of each of the sample's choices after the input; the answer's text is the likeliest one.

    `prefix` stands before each choice (a space, for most tokenizers); `raw` leaves the chat template out.
    """

    prefix: str = " "
    raw: bool = True

    async def __call__(self, sample: Sample, context: Context) -> Answer:
        """The model's answer, with `choice_logprobs` in the order of the choices."""
        if not sample.choices:
            raise UsageError(f"The sample '{sample.id}' has no choices to weigh.", remedy="Name the column: choices=...")
        request = Request(
            messages=sample.messages,
            decoding=context.decoding,
            continuations=tuple(self.prefix + choice for choice in sample.choices),
            raw=self.raw,
        )
        answer = await context.model().generate(request)
        weights = answer.choice_logprobs or ()
        best = max(range(len(weights)), key=lambda index: weights[index][0], default=None)
        text = answer.text if best is None else sample.choices[best]
        return msgspec.structs.replace(answer, text=text)
