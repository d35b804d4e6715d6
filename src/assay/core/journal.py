"""The events of a run's journal: what is written, one JSON line each, before it is used. Trials are a fold over them."""

import msgspec

from assay.core.answer import Answer
from assay.core.protocols import ModelRole
from assay.core.sample import Sample
from assay.core.trial import Trial


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """One line of a journal."""


class Call(Event, frozen=True, kw_only=True, tag="call"):
    """A paid answer. `key` is the fingerprint of request, model identity, role, sample, trial number and ordinal.

    A `reused` one was paid for by an earlier run, from whose journal it was taken over; it costs this run nothing.
    """

    key: str
    role: ModelRole = "target"
    answer: Answer
    reused: bool = False


class Closed(Event, frozen=True, kw_only=True, tag="closed"):
    """A trial that ended. Where its answer is that of the call `call`, `trial.answer` is None and `call` names it.

    The last closing of (sample_id, number) wins, but a failure never replaces a success.
    """

    trial: Trial
    call: str | None = None


class Seen(Event, frozen=True, kw_only=True, tag="sample"):
    """A sample, written once before its first closing, so that a run folder can be read without its dataset."""

    sample: Sample


JournalEvent = Call | Closed | Seen
"""What a line decodes to: `msgspec.json.Decoder(JournalEvent)`."""
