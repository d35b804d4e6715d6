"""The events of a run's journal: what is written, one JSON line each, before it is used. Trials are a fold over them."""

import msgspec

from assay.core.answer import Answer, Usage
from assay.core.protocols import ModelRole
from assay.core.sample import Sample
from assay.core.score import metric_name
from assay.core.trial import Failure, Trial


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

    Of the closings of one (sample_id, number) the last of the highest `standing` counts: a failure never replaces a success.
    """

    trial: Trial
    call: str | None = None


class Seen(Event, frozen=True, kw_only=True, tag="sample"):
    """A sample, written once before its first closing, so that a run folder can be read without its dataset."""

    sample: Sample


JournalEvent = Call | Closed | Seen
"""What a line decodes to: `msgspec.json.Decoder(JournalEvent)`."""


class ScoreHead(msgspec.Struct, frozen=True, gc=False):
    """What of a score is read without its texts."""

    scorer: str
    value: float | None = None
    criterion: str = "score"

    @property
    def name(self) -> str:
        """The metric this score feeds, as `core.score.Score.name`."""
        return metric_name(self.scorer, self.criterion)


class TrialHead(msgspec.Struct, frozen=True, gc=False):
    """What of a trial is read without its texts."""

    sample_id: str
    number: int
    failure: Failure | None = None
    scores: tuple[ScoreHead, ...] = ()
    flags: tuple[str, ...] = ()
    cluster: str | None = None


class SampleHead(msgspec.Struct, frozen=True, gc=False):
    """What of a sample is read without its texts."""

    id: str


class Head(msgspec.Struct, frozen=True, gc=False):
    """The few fields of a line that an index needs, whatever its event; all else is skipped undecoded, which makes reading a long journal quick."""

    event: str
    key: str | None = None
    trial: TrialHead | None = None
    sample: SampleHead | None = None


class AnswerHead(msgspec.Struct, frozen=True, gc=False):
    """What of an answer is read without its texts."""

    usage: Usage = Usage()


class PaidHead(Head, frozen=True, gc=False):
    """A head with what its call cost."""

    reused: bool = False
    answer: AnswerHead | None = None


DONE = 2
"""The standing of a trial that is not tried again."""


def standing(trial: Trial | TrialHead) -> int:
    """How well a trial closed: DONE with every score it should have, 1 with an answer but not every score, 0 where it failed."""
    if trial.failure is not None:
        return 0
    return DONE if all(score.value is not None for score in trial.scores) else 1
