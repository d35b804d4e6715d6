"""Tasks that call Python, through an installed lm_eval: it makes the prompts and scores the answers, Assay asks. Only after `--trust`."""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from assay.core.answer import Answer
from assay.core.card import Card
from assay.core.content import message
from assay.core.errors import ScorerError, UsageError, needed
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Context, Decoding
from assay.core.sample import Sample
from assay.core.score import STATISTICS, Score
from assay.core.task import Task
from assay.formats.lm_eval.config import GENERATION
from assay.formats.lm_eval.options import Options
from assay.formats.lm_eval.scorer import FACTS
from assay.formats.lm_eval.solver import AskLikeLmEval

POOLED = {"perplexity": "perplexity", "weighted_perplexity": "perplexity", "bits_per_byte": "bits"}
"""lm-eval's aggregations of pairs of numbers -> what pools them here."""


def own_folder() -> Path:
    """The folder of the tasks that come with lm_eval. Raises MissingPackage where it is not installed."""
    with needed("lm-eval tasks that call Python", "assay[lm-eval]"):
        import lm_eval.tasks
    return Path(str(lm_eval.tasks.__file__)).parent


def trusted_task(name: str, folders: Sequence[Path], options: Options) -> Task:
    """A task as lm_eval makes it. Its code runs in this process. Raises MissingPackage, or UsageError where lm_eval cannot make it."""
    with needed("lm-eval tasks that call Python", "assay[lm-eval]"):
        from lm_eval.tasks import TaskManager
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    try:
        manager = TaskManager(include_path=[str(each) for each in folders] or None, include_defaults=not folders)
        made = manager.load([name])["tasks"][name]
    except (LookupError, ValueError, TypeError, OSError, ImportError, AssertionError, AttributeError) as error:
        raise UsageError(f"lm_eval cannot make the task '{name}': {type(error).__name__}: {str(error)[:300]}.") from error
    shots = made.get_config("num_fewshot")
    made.set_config(key="num_fewshot", value=shots if shots == 0 or options.num_fewshot is None else options.num_fewshot)
    made.set_config(key="num_fewshot", value=made.get_config("num_fewshot") or 0)
    made.set_fewshot_seed(seed=options.fewshot_seed)
    writes = made.OUTPUT_TYPE == "generate_until"
    dataset = Theirs(made, name, options)
    repeats = int(made.get_config("repeats") or 1) if writes else 1
    pipelines = tuple(each.name for each in made._filters)
    return Task(
        name=name,
        dataset=dataset,
        solver=AskLikeLmEval(output_type=made.OUTPUT_TYPE, chat=options.apply_chat_template, repeats=repeats),
        scorers=tuple(Their(made, dataset, metric, pipelines) for metric in made._metric_fn_list),
        card=card_of(made, name, dataset.fingerprint),
        decoding=decoding_of(made.get_config("generation_kwargs") or {}) if writes else Decoding(),
        version=str(made.VERSION),
    )


def decoding_of(given: dict[str, Any]) -> Decoding:
    """lm_eval's settings of a generation."""
    until = given.get("until", ())
    extra = {key: value for key, value in given.items() if key not in GENERATION}
    longest = next((given[key] for key in ("max_tokens", "max_gen_toks", "max_new_tokens") if key in given), 256)
    stops = (until,) if isinstance(until, str) else tuple(until)
    return Decoding(
        temperature=float(given.get("temperature", 0.0)), top_p=given.get("top_p"), max_tokens=int(longest), stop=stops, extra=extra
    )


def card_of(made: Any, name: str, revision: str) -> Card:
    """What lm_eval tells of its data."""
    source = "/".join(str(each) for each in (made.DATASET_PATH, made.DATASET_NAME) if each)
    known = ("prompts and scores are made by Python of lm-eval",)
    return Card(
        source=source or name, revision=revision, licence="unknown", languages=(), version=str(made.VERSION), title=name, known_issues=known
    )


class Theirs:
    """lm_eval's documents as samples, each with the requests that lm_eval makes of it."""

    def __init__(self, made: Any, name: str, options: Options) -> None:
        self.made = made
        self.name = name
        self.style = options.style
        self.docs = list(made.eval_docs)
        self.instances: dict[str, list[Any]] = {}
        self._contexts: list[Any] | None = None

    @property
    def fingerprint(self) -> str:
        """Of lm_eval's settings of the task, functions by their text, and of the documents."""
        return fingerprint("lm-eval-trusted-1", repr(self.made.dump_config()), repr(self.docs), self.style)

    def __len__(self) -> int:
        return len(self.docs)

    def context(self, position: int) -> Any:
        """The prompt of a document; all are made in their order, as lm_eval draws examples one document after the other."""
        if self._contexts is None:
            style = self.style
            write = partial(
                self.made.fewshot_context,
                num_fewshot=self.made.get_config("num_fewshot"),
                system_instruction=style.system_instruction,
                apply_chat_template=style.apply_chat_template,
                fewshot_as_multiturn=style.fewshot_as_multiturn,
                chat_template=(lambda turns, **_: turns) if style.apply_chat_template else None,
            )
            self._contexts = [write(doc, gen_prefix=self.made.doc_to_prefix(doc)) for doc in self.docs]
        return self._contexts[position]

    def requests(self, position: int) -> list[Any]:
        """lm_eval's requests of a document, made once."""
        key = str(position)
        if key not in self.instances:
            found = self.made.construct_requests(
                doc=self.docs[position],
                ctx=self.context(position),
                metadata=(self.name, position, 1),
                apply_chat_template=self.style.apply_chat_template,
            )
            self.instances[key] = found if isinstance(found, list) else [found]
        return self.instances[key]

    def samples(self, order: Sequence[int] | None = None) -> Iterator[Sample]:
        """The samples at the positions `order` (None: all)."""
        for position in range(len(self.docs)) if order is None else order:
            requests = self.requests(position)
            target = self.made.doc_to_target(self.docs[position])
            shown = tuple(map(str, target)) if isinstance(target, list) else str(target)
            given = requests[0].args[0]
            facts: dict[str, Any] = {"repeats": int(self.made.get_config("repeats") or 1)}
            if self.made.OUTPUT_TYPE == "loglikelihood_rolling":
                facts |= {"continuations": [given], "asked": 1}
            elif self.made.OUTPUT_TYPE != "generate_until":
                facts |= {"pairs": [[each.args[0], each.args[1]] for each in requests], "asked": len(requests)}
            text = given if isinstance(given, str) else tuple(message(turn["role"], turn["content"]) for turn in given)
            yield Sample(id=str(position), input=text, target=shown or None, metadata={FACTS: facts, "exempt": ["target"]})


class Their:
    """One metric as lm_eval computes it."""

    def __init__(self, made: Any, dataset: Theirs, metric: str, pipelines: tuple[str, ...]) -> None:
        self.made = made
        self.dataset = dataset
        self.name = metric
        self.pipelines = pipelines
        self.criteria = ("score",) if pipelines == ("none",) else pipelines
        better = made.higher_is_better().get(metric, True)
        self.lower_is_better = () if better else self.criteria
        self.aggregation = getattr(made.aggregation().get(metric), "__name__", "mean")
        self.fingerprint = fingerprint("lm-eval-trusted-1", metric, pipelines, repr(made.dump_config()))

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        """A score for each pipeline."""
        position = int(sample.id)
        requests = self.dataset.requests(position)
        try:
            for each, said in zip(requests, responses(answer, sample, self.made.OUTPUT_TYPE), strict=True):
                each.resps, each.filtered_resps = said, {}
            for ensemble in self.made._filters:
                ensemble.apply(requests)
            found = [
                self.made.process_results(self.dataset.docs[position], [each.filtered_resps[name] for each in requests])
                for name in self.pipelines
            ]
        except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
            raise ScorerError(f"lm_eval cannot score sample '{sample.id}': {type(error).__name__}: {error}", kind="lm_eval") from error
        return tuple(self._score(criterion, row.get(self.name)) for criterion, row in zip(self.criteria, found, strict=True))

    def _score(self, criterion: str, value: Any) -> Score:
        counts: list[float] = []
        if self.aggregation in POOLED:
            over, under = value if isinstance(value, tuple) else (value, 1.0)
            counts, value = [-float(over), float(under)], -float(over) / float(under)
        elif self.aggregation not in ("mean", "nanmean"):
            why = f"lm_eval aggregates it by the function '{self.aggregation}', for which Assay has no interval"
            return Score(scorer=self.name, criterion=criterion, value=None, reason=why)
        try:
            return Score(
                scorer=self.name,
                criterion=criterion,
                value=float(value),
                detail={STATISTICS: {POOLED[self.aggregation]: counts}} if counts else {},
            )
        except (TypeError, ValueError):
            return Score(scorer=self.name, criterion=criterion, value=None, reason=f"lm_eval gives {str(value)[:80]!r}, which is no number")


def responses(answer: Answer, sample: Sample, kind: str) -> list[list[Any]]:
    """An answer as lm_eval's responses, a list for each request."""
    if kind == "generate_until":
        several = sample.metadata[FACTS]["repeats"] > 1
        return [[each.text for each in answer.messages if each.role == "assistant"] if several else [answer.text]]
    rows, greedy = answer.choice_logprobs or (), answer.choice_greedy or ()
    if kind == "loglikelihood_rolling":
        return [[row[0]] for row in rows]
    told = greedy if len(greedy) == len(rows) else (False,) * len(rows)
    return [[(row[0], best)] for row, best in zip(rows, told, strict=True)]
