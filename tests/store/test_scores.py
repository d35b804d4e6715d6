"""Scores read in one pass: the same as the fold tells, whatever was closed twice, torn or damaged."""

from pathlib import Path

import msgspec

from assay.core.journal import Closed, Seen
from assay.core.sample import Sample
from assay.core.score import Score
from assay.core.trial import Failure, Trial
from assay.store.fold import Fold
from assay.store.scores import read_scores

encode = msgspec.json.Encoder().encode
BROKEN = Failure(blame="endpoint", kind="http_500", message="down")


def closed(sample: str, number: int, *values: float | None, failure: Failure | None = None, cluster: str | None = None) -> bytes:
    scores = tuple(Score(scorer=f"s{index}", value=value, reason=None if value is not None else "no") for index, value in enumerate(values))
    return encode(Closed(trial=Trial(sample_id=sample, number=number, scores=scores, failure=failure, cluster=cluster))) + b"\n"


def written(folder: Path, *lines: bytes) -> Path:
    path = folder / "journal-0.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def test_the_last_of_the_best_standing_counts(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        encode(Seen(sample=Sample(id="甲", input="?", cluster="text", metadata={"subject": "law"}))) + b"\n",
        closed("甲", 0, 0.0, 1.0),
        closed("甲", 0, 1.0, 1.0),
        closed("甲", 0, failure=BROKEN),
        closed("甲", 1, 0.0, None),
        closed("b", 0, failure=BROKEN),
        closed("c", 0, 0.5, 0.25, cluster="page"),
        b'{"event":"closed","trial":{"sample_id":"d","number":0,"sco\n',
        closed("e", 0, 1.0)[:-8],
    )
    found = read_scores([path], metadata=True)
    assert found.means == {"s0": {"甲": 0.5, "c": 0.5}, "s1": {"甲": 1.0, "c": 0.25}}
    assert found.clusters == {"甲": "text", "c": "page"}
    assert found.metadata == {"甲": {"subject": "law"}}
    with Fold([path]) as fold:
        assert {name: {each: mean for each, (mean, _) in own.items()} for name, own in fold.means().items()} == found.means


def test_without_metadata_none_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, encode(Seen(sample=Sample(id="a", input="?", metadata={"subject": "law"}))) + b"\n", closed("a", 0, 1.0))
    assert read_scores([path]).metadata == {}
