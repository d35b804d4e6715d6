"""The forecast: what a run would ask and cost, said before it asks."""

from itertools import islice

import msgspec

from assay.core.protocols import Model, Request
from assay.core.run import Manifest
from assay.core.task import Task

PEEK = 200


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What one run would ask: requests, input tokens (four characters a token, from up to 200 samples), the most output tokens where that
    is capped, and dollars where the price is known. `prompt` is the first one."""

    task: str
    model: str
    requests: int
    input_tokens: int
    output_tokens: int | None
    dollars: float | None
    prompt: str


def forecast(task: Task, model: Model, manifest: Manifest) -> Forecast:
    """Look at the first samples and reckon."""
    from assay.models.estimate import prompt_tokens

    samples = list(islice(task.dataset.samples(range(min(PEEK, len(task.dataset)))), PEEK))
    guesses = [prompt_tokens(Request(messages=sample.messages)) for sample in samples]
    given = manifest.planned * sum(guesses) // max(len(guesses), 1)
    written = manifest.planned * task.decoding.max_tokens if task.decoding.max_tokens else None
    return Forecast(
        task=task.name,
        model=model.name,
        requests=manifest.planned,
        input_tokens=given,
        output_tokens=written,
        dollars=dollars(model, given, written),
        prompt=samples[0].prompt if samples else "",
    )


def dollars(model: Model, given: int, written: int | None) -> float | None:
    """The cost, at most; None where the price or the length of answers is not known."""
    from assay.core.answer import Usage
    from assay.models.prices import cost_of, stated_price

    return cost_of(Usage(input_tokens=given, output_tokens=written), stated_price(model)) if written is not None else None


def forecast_lines(found: Forecast) -> list[str]:
    """The forecast for a person."""
    from assay.report.words import count

    most = (
        f", at most {found.output_tokens:,} out"
        if found.output_tokens is not None
        else ", answers of unknown length (--max-tokens caps them)"
    )
    cost = f", at most ${found.dollars:,.2f}" if found.dollars is not None else ""
    return [
        f"{found.task} on {found.model}: {count(found.requests, 'request')}, about {count(found.input_tokens, 'token')} in{most}{cost}",
        "",
        found.prompt,
    ]
