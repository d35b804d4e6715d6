"""A run of Assay that holds everything a run may hold, for the way to Inspect and back."""

from pathlib import Path

import msgspec

from assay.api.importing import stored
from assay.core.answer import Answer, Timing, TokenLogprob, Usage
from assay.core.content import Audio, File, Image, Message, Text, ToolCall, ToolResult, message
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.formats.importers import ImportedRun
from assay.store import RunFolder
from assay.store.fold import Record

DOT = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


def records() -> list[Record]:
    """Trials of every kind."""
    plain = Sample(id="plain", input="1 + 1?", target="2", metadata={"level": 1, "语": "中文"})
    picture = Sample(
        id="dir/picture",
        input=(message("system", "See."), Message(role="user", content=(Text(text="What?"), Image(uri=DOT), File(uri="a.pdf")))),
        target=("dot", "a dot"),
        choices=("dot", "cat"),
        cluster="pictures",
    )
    tools = Sample(id="tools", input="Add 1 and 2.", target=None)
    dialogue = (
        message("user", "Add 1 and 2."),
        Message(role="assistant", content=(Text(text=""), ToolCall(id="c1", name="add", arguments={"x": 1}))),
        Message(role="tool", content=(ToolResult(id="c1", content="no y", failed=True),)),
        Message(role="assistant", content=(ToolCall(id="c2", name="add", arguments="{broken"),)),
        Message(role="tool", content=(ToolResult(id="c2", content="3"), Image(uri=DOT))),
        Message(role="user", content=(Audio(uri="b.wav", media_type="audio/wav"),)),
        message("assistant", "3"),
    )
    judged = (
        Score(scorer="judge", criterion="fair", value=0.25, kind="judge", reason="so\n\nso", detail={"votes": [1, 0], "by": {"a": None}}),
        Score(scorer="judge", criterion="clear", value=None, kind="judge", reason="the judge said nothing"),
        Score(scorer="number", value=1.0, extracted="3", method="last", lenient=1.0),
    )
    told = Answer(
        text="2", reasoning="one and one", model="m", usage=Usage(input_tokens=9, output_tokens=2, cached_tokens=4, cost=0.01),
        timing=Timing(seconds=1.5, first_token=0.25), logprobs=(TokenLogprob(token="2", logprob=-0.1, top={"2": -0.1, "3": -2.0}),),
    )  # fmt: skip
    long = Answer(text="3", messages=dialogue, model="m", notes=("from the cache",), stop_reason="length", reasoning="add them")
    failed = Failure(blame="endpoint", kind="http_500", message="HTTP 500: 坏了", attempts=3)
    right, unscored = Score(scorer="number", value=1.0, extracted="2"), Score(scorer="number", value=None, reason="it broke")
    return [
        Record(trial=Trial(sample_id="plain", number=0, answer=told, scores=(right,), seconds=1.75), sample=plain),
        Record(trial=Trial(sample_id="plain", number=1, failure=failed, seconds=0.5), sample=plain),
        Record(trial=Trial(sample_id="tools", number=0, answer=long, scores=judged, flags=("truncated",)), sample=tools),
        Record(trial=Trial(sample_id="dir/picture", number=0, answer=Answer(text="", model="m"), scores=(unscored,), cluster="pictures", flags=("empty",)), sample=picture),
        Record(trial=Trial(sample_id="dir/picture", number=1, answer=Answer(text="x" * 3000, choice_logprobs=((-1.0, 1, 1),)), scores=(right,)), sample=picture),
    ]  # fmt: skip


def run_in(folder: Path) -> RunFolder:
    """The run in a folder of its own."""
    settings = {"decoding.temperature": 0.5, "imported from": "a test"}
    run = ImportedRun(
        task="own", model="m/1", tool="a test", created="2026-11-25", records=records(), seed=7, settings=settings, notes=("odd",)
    )
    (folder / "source").mkdir(parents=True, exist_ok=True)
    return RunFolder.open(stored(run, str(folder / "source"), str(folder / "runs")).result.run_dir)


def whole(record: Record) -> bytes:
    """A record as bytes, for comparing."""
    return msgspec.json.encode(record, order="deterministic")
