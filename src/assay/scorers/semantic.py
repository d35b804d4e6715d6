"""similarity: how close an answer's meaning is to the target's, by a sentence-embedding model that you name."""

from functools import lru_cache
from typing import Any, ClassVar

from assay.core.answer import Answer
from assay.core.errors import needed
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers.extract import Found
from assay.scorers.rule import Rule


@lru_cache(maxsize=2)
def encoder(model: str) -> Any:
    """The model, loaded once per process."""
    with needed("The scorer 'similarity'", "assay[semantic]"):
        from sentence_transformers import SentenceTransformer
    return SentenceTransformer(model, device="cpu")


class Similarity(Rule, frozen=True, kw_only=True, tag="similarity-1"):
    """Cosine similarity of the embeddings of answer and target, the best of the targets, on 0..1 (below 0 counts as 0).

    `model` is a path or hub name for sentence-transformers. The number means nothing by itself: it depends on the model, is high for
    texts on one subject that contradict each other, and must be set against people's scores before it decides anything.
    """

    heavy: ClassVar[bool] = True
    name: str = "similarity"
    model: str
    seconds: float = 120.0

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = self.targets(sample)
        if not answer.text.strip():
            return (self.nothing(answer, "empty answer"),)
        vectors = encoder(self.model).encode([answer.text, *targets], normalize_embeddings=True, show_progress_bar=False)
        best = max(float(vectors[0] @ vector) for vector in vectors[1:])
        return (self.score(min(1.0, max(0.0, best)), Found(answer.text.strip(), "whole answer")),)


similarity = Similarity
