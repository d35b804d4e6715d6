"""A task of lm-eval as a dataset: every row with its examples, its prompt, its choices and what its scorers need."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from assay.core.content import message
from assay.core.errors import DatasetError
from assay.core.fingerprint import fingerprint
from assay.core.sample import Sample
from assay.formats.lm_eval.config import Config
from assay.formats.lm_eval.documents import Documents, Source
from assay.formats.lm_eval.fewshot import Doc, Sampler, excludes, pool_split
from assay.formats.lm_eval.prompts import Prompt, Style, Writer
from assay.formats.lm_eval.scorer import FACTS
from assay.formats.lm_eval.templates import Reading


class Questions:
    """The samples of a task. Rows are read, and examples drawn, at the first use; prompts are written one sample at a time."""

    def __init__(self, config: Config, source: Source, style: Style, *, seed: int, metrics: Sequence[str], regex_choices: bool) -> None:
        self.config = config
        self.source = source
        self.style = style
        self.seed = seed
        self.mutual = "acc_mutual_info" in metrics
        self.regex_choices = regex_choices
        self.documents: Documents = source.documents(config.eval_split or "test")
        self._pool: Documents | None = None
        self._drawn: list[list[Doc]] | None = None
        self._made: Writer | None = None
        self._several: bool | None = None

    @property
    def fingerprint(self) -> str:
        """Of the rows, the examples, the keys of the YAML that shape a prompt, and lm-eval's flags."""
        config = self.config
        pool = pool_split(config) if config.shots else None
        examples = "" if pool is None else source_fingerprint(self.source, pool)
        shape = [getattr(config, key) for key in Config.__struct_fields__ if key not in ("metric_list", "filter_list", "metadata", "task")]
        return fingerprint("lm-eval-1", self.documents.fingerprint, examples, shape, self.style, self.seed, self.mutual)

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def several(self) -> bool:
        """Whether any of several targets is right: lm-eval decides by the first row for the whole task."""
        if self._several is None:
            _, first = next(self.documents.read([0]), (0, None))
            self._several = first is not None and isinstance(self.writer.reading.target(self.config.doc_to_target, first), list)
        return self._several

    @property
    def writer(self) -> Writer:
        """The writer of prompts, once the columns are known."""
        if self._made is None:
            config = self.config
            reading = Reading(self.documents.columns, has_choices=config.doc_to_choice is not None)
            by_choice = False
            if config.doc_to_choice is not None and config.doc_to_text is not None and len(self.documents):
                _, first = next(self.documents.read([0]))
                by_choice = isinstance(reading.text(config.doc_to_text, first), int)
            self._made = Writer(config, reading, self.style, by_choice=by_choice)
        return self._made

    def examples(self, position: int) -> list[Doc]:
        """The examples before the question at a position. All are drawn at once, in the order of the rows, as lm-eval draws them."""
        if not self.config.shots:
            return []
        if self._drawn is None:
            sampler = Sampler(self.config, self.pool(), self.seed)
            own: Iterator[tuple[int, Doc]] = self.documents.read() if excludes(self.config) else ((place, {}) for place in range(len(self)))
            self._drawn = [sampler.draw(doc) for _, doc in own]
        return self._drawn[position]

    def pool(self) -> list[Doc]:
        """The rows that examples are drawn from."""
        split = pool_split(self.config)
        if split is None:
            return [dict(each) for each in self.config.fewshot_config.samples or ()]
        documents = self.documents if split == self.documents.split else self.source.documents(split)
        return [doc for _, doc in documents.read()]

    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        """The samples at the positions `order` (None: all)."""
        for position, doc in self.documents.read(order):
            try:
                yield self.sample(position, doc)
            except DatasetError as error:
                raise DatasetError(f"{self.config.task}, row {position + 1}: {error.message}", remedy=error.remedy) from error
            except (LookupError, TypeError, ValueError) as error:
                told = f"{type(error).__name__}: {error}"
                raise DatasetError(f"{self.config.task}, row {position + 1}: its prompt cannot be written: {told}.") from error

    def sample(self, position: int, doc: Doc) -> Sample:
        """One sample."""
        config, reading = self.config, self.writer.reading
        target = reading.target(config.doc_to_target, doc)
        if config.output_type == "loglikelihood_rolling":
            text = text_in(target, "doc_to_target")
            facts = {"continuations": [text], "asked": 1, "words": len(re.split(r"\s+", text)), "bytes": len(text.encode())}
            return Sample(id=str(position), input=text, metadata={FACTS: facts})
        prompts = self.writer.prompts(doc, self.examples(position))
        if config.output_type == "multiple_choice":
            return self._choice(position, doc, prompts, target)
        if config.output_type == "loglikelihood":
            text = text_in(target, "doc_to_target")
            return Sample(id=str(position), input=said(prompts[0]), target=text, metadata={FACTS: {"continuations": [text], "asked": 1}})
        gold = reading.choices(config.doc_to_choice, doc)[target] if config.doc_to_choice is not None else target
        facts = {"gold": gold, "repeats": config.repeats, "several": self.several}
        if self.regex_choices and isinstance(doc.get("choices"), list):
            facts["choices"] = doc["choices"]
        targets = tuple(map(str, gold)) if isinstance(gold, list) else str(gold)
        # What the filters leave of a bare gold answer nobody can say, so it proves nothing.
        exempt = {"exempt": ["target"]} if config.filter_list is not None else {}
        return Sample(id=str(position), input=said(prompts[0]), target=targets, metadata={FACTS: facts, **exempt})

    def _choice(self, position: int, doc: Doc, prompts: list[Prompt], target: Any) -> Sample:
        config, reading = self.config, self.writer.reading
        choices = reading.choices(config.doc_to_choice, doc)
        prefix = config.gen_prefix
        delimiter = config.target_delimiter
        if self.style.apply_chat_template and not (prefix and not prefix[-1].isspace()):
            delimiter = ""
        by_choice = self.writer.by_choice
        gold = reading.text(config.doc_to_text, doc) if by_choice else target
        facts: dict[str, Any] = {
            "gold": gold,
            "several": self.several,
            "continuations": [delimiter + text_in(target, "doc_to_target")] if by_choice else [delimiter + each for each in choices],
            "asked": len(choices) * (2 if self.mutual else 1),
        }
        if by_choice:
            facts["contexts"] = [[list(turn) for turn in each] if isinstance(each, tuple) else each for each in prompts]
        if self.mutual:
            facts["alone"] = [delimiter + each for each in choices]
        golds = gold if isinstance(gold, list) else [gold]
        named = tuple(choices[each] if isinstance(each, int) and 0 <= each < len(choices) else str(each) for each in golds)
        return Sample(
            id=str(position),
            input=said(prompts[0]),
            target=named[0] if len(named) == 1 else named,
            choices=tuple(choices),
            metadata={FACTS: facts},
        )


def source_fingerprint(source: Source, split: str) -> str:
    """Of the rows of another split."""
    return source.documents(split).fingerprint


def text_in(value: Any, key: str) -> str:
    """A text. Raises DatasetError for anything else."""
    if not isinstance(value, str):
        raise DatasetError(f"{key} gives {value!r}, which is no text.")
    return value


def said(prompt: Prompt) -> Any:
    """A prompt as a sample's input."""
    return prompt if isinstance(prompt, str) else tuple(message(role, text) for role, text in prompt)  # type: ignore[arg-type]
