"""The probe: what an endpoint can do, found out by asking it twice. For `assay info`; a run learns the same as it goes."""

import msgspec

from assay.core.content import message
from assay.core.errors import ModelError
from assay.core.protocols import Decoding, Model, Request, notes_of


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint took of a request that asks for everything, and what it gave back. `notes` say what was dropped."""

    model: str
    logprobs: bool
    likelihood: bool
    reasoning: bool
    usage: bool
    seconds: float
    notes: tuple[str, ...] = ()


EVERYTHING = Decoding(temperature=0.0, top_p=1.0, max_tokens=16, stop=("\n\n\n",), seed=1, logprobs=2)


async def probe(model: Model) -> Capabilities:
    """Asks one small question with every setting, and one for a likelihood. Raises ModelError where the endpoint answers nothing at all."""
    asked = Request(messages=(message("system", "Answer in one word."), message("user", "Say yes.")), decoding=EVERYTHING)
    answer = await model.generate(asked)
    try:
        scored = await model.generate(Request(messages=(message("user", "The sky is"),), continuations=(" blue", " loud"), raw=True))
        likelihood = scored.choice_logprobs is not None
    except ModelError as error:
        if error.kind in ("auth", "no_model"):
            raise
        likelihood = False
    return Capabilities(
        model=answer.model or model.name,
        logprobs=bool(answer.logprobs),
        likelihood=likelihood,
        reasoning=bool(answer.reasoning),
        usage=answer.usage.output_tokens > 0,
        seconds=answer.timing.seconds,
        notes=notes_of(model),
    )
