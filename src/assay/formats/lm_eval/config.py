"""One task of lm-eval as it stands in YAML, checked: every key is known, of its kind, and needs no Python."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.formats.lm_eval.yaml_files import Python, Settings, python_in

OutputType = Literal["multiple_choice", "generate_until", "loglikelihood", "loglikelihood_rolling"]
Field = str | int | list[Any]
"""How lm-eval names what it takes of a row: a column, a Jinja template, or the value itself."""

UNUSED = frozenset({"tag", "group", "task_list", "task_alias", "should_decontaminate", "doc_to_decontamination_query"})
NEEDS_PYTHON = {
    "class": "a task that is a Python class",
    "custom_dataset": "a dataset that a Python function makes",
    "process_docs": "a Python function over the rows",
    "process_results": "scoring by a Python function",
    "use_prompt": "a prompt of the promptsource package",
}
ELSEWHERE = {
    "doc_to_image": "pictures in a question",
    "doc_to_audio": "sound in a question",
}
SAMPLERS = ("default", "first_n")
GENERATION = ("until", "do_sample", "temperature", "top_p", "max_gen_toks", "max_new_tokens", "max_tokens", "num_beams")
PASSED_ON = ("top_k", "min_p", "seed", "repetition_penalty", "presence_penalty", "frequency_penalty", "logit_bias")
"""Settings of a generation that go to the endpoint as they are."""


class Shots(msgspec.Struct, frozen=True, kw_only=True):
    """How examples are drawn and written; what is None is as in the question itself."""

    sampler: str = "default"
    split: str | None = None
    samples: tuple[dict[str, Any], ...] | None = None
    doc_to_text: Field | None = None
    doc_to_choice: Field | None = None
    doc_to_target: Field | None = None
    gen_prefix: str | None = None
    fewshot_delimiter: str | None = None
    target_delimiter: str | None = None


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a task that say what is asked and how it is scored, with lm-eval's defaults."""

    task: str
    dataset_path: str
    dataset_name: str | None = None
    dataset_kwargs: dict[str, Any] = {}
    training_split: str | None = None
    validation_split: str | None = None
    test_split: str | None = None
    fewshot_split: str | None = None
    output_type: OutputType = "generate_until"
    doc_to_text: Field | None = None
    doc_to_target: Field | None = None
    doc_to_choice: Field | None = None
    description: str = ""
    target_delimiter: str = " "
    fewshot_delimiter: str = "\n\n"
    gen_prefix: str | None = None
    fewshot_config: Shots = Shots()
    num_fewshot: int | None = None
    metric_list: tuple[dict[str, Any], ...] | None = None
    generation_kwargs: dict[str, Any] | None = None
    repeats: int = 1
    filter_list: tuple[dict[str, Any], ...] | None = None
    metadata: dict[str, Any] = {}

    @property
    def eval_split(self) -> str | None:
        """The split that is asked: the test's, else the validation's."""
        return self.test_split or self.validation_split

    @property
    def shots(self) -> int:
        """How many examples stand before a question."""
        return self.num_fewshot or 0


def config_of(found: Settings) -> Config:
    """The checked keys of a task. Raises UsageError naming the file and the key that is unknown, wrong or calls Python."""
    keys = {key: value for key, value in found.keys.items() if key not in UNUSED}
    refuse_python(found)
    unknown = [key for key in keys if key not in Config.__struct_fields__ and key not in ("unsafe_code", *NEEDS_PYTHON, *ELSEWHERE)]
    if unknown:
        raise UsageError(
            f"{found.where(unknown[0])}: lm-eval has no key '{unknown[0]}' for a task.",
            remedy=suggest(unknown[0], Config.__struct_fields__),
        )
    for key in ELSEWHERE:
        if keys.pop(key, None) is not None:
            raise UsageError(f"{found.where(key)}: `{key}` is {ELSEWHERE[key]}, which Assay does not ask of lm-eval tasks.")
    if keys.pop("unsafe_code", False):
        raise UsageError(f"{found.where('unsafe_code')}: `unsafe_code` says that the scorer runs code of the model.", remedy=trusting())
    for key in NEEDS_PYTHON:
        keys.pop(key, None)
    if "metadata" in keys and not isinstance(keys["metadata"], dict):
        keys["metadata"] = {"_metadata": keys["metadata"]}
    keys = {key: in_order(key, value) for key, value in keys.items() if value is not None}
    shots = shots_of(keys.pop("fewshot_config", {}), found)
    try:
        made = msgspec.structs.replace(msgspec.convert(keys, Config), fewshot_config=shots)
    except msgspec.ValidationError as error:
        raise UsageError(f"{found.path}: the task '{keys.get('task', '?')}' cannot be read: {_told(error)}.") from error
    check(made, found)
    return made


def in_order(key: str, value: Any) -> Any:
    """Choices by name are the choices in their order: their names are read by nobody."""
    return list(value.values()) if key == "doc_to_choice" and isinstance(value, dict) else value


def _told(error: msgspec.ValidationError) -> str:
    """msgspec's message, the key by its name."""
    return str(error).replace("`$.", "`").replace("`$`", "the file")


def shots_of(given: Any, found: Settings) -> Shots:
    """The few-shot settings, those of the task where they say nothing."""
    where = found.where("fewshot_config")
    if not isinstance(given, dict):
        raise UsageError(f"{where}: fewshot_config must be a mapping, not {given!r}.")
    unknown = [key for key in given if key not in Shots.__struct_fields__]
    if unknown:
        told = " (lm-eval reads it and does nothing with it)" if unknown[0] == "fewshot_indices" else ""
        raise UsageError(
            f"{where}: fewshot_config has the unknown key '{unknown[0]}'{told}.", remedy=suggest(unknown[0], Shots.__struct_fields__)
        )
    try:
        return msgspec.convert({key: in_order(key, value) for key, value in given.items()}, Shots)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: fewshot_config cannot be read: {_told(error)}.") from error


def refuse_python(found: Settings) -> None:
    """Raise UsageError where a task calls Python, naming the file, the key and the function."""
    for key, what in NEEDS_PYTHON.items():
        if found.keys.get(key) is not None:
            value = found.keys[key]
            named = f" ({value})" if isinstance(value, Python) else ""
            raise UsageError(f"{found.where(key)}: `{key}`{named} is {what}, which only lm-eval itself can run.", remedy=trusting())
    for key, function in python_in(found.keys):
        raise UsageError(
            f"{found.where(key.partition('.')[0])}: `{key}` is the Python function {function}, which only lm-eval itself can run.",
            remedy=trusting(),
        )


def trusting() -> str:
    """What lets Python of a task run."""
    return "If you trust its code: pip install 'assay[lm-eval]' and say --trust."


def check(config: Config, found: Settings) -> None:
    """Raise UsageError for values that lm-eval would stumble over later."""
    if config.eval_split is None:
        raise UsageError(f"{found.path}: the task '{config.task}' names no test_split and no validation_split.")
    if config.doc_to_target is None:
        raise UsageError(f"{found.path}: the task '{config.task}' has no doc_to_target.")
    if config.output_type != "loglikelihood_rolling" and config.doc_to_text is None:
        raise UsageError(f"{found.path}: the task '{config.task}' has no doc_to_text.")
    if config.output_type == "multiple_choice" and config.doc_to_choice is None:
        raise UsageError(f"{found.path}: the multiple_choice task '{config.task}' has no doc_to_choice.")
    if config.fewshot_config.sampler not in SAMPLERS:
        raise UsageError(
            f"{found.where('fewshot_config')}: there is no sampler '{config.fewshot_config.sampler}'.",
            remedy=f"There are: {', '.join(SAMPLERS)}.",
        )
    for name, value in (("num_fewshot", config.shots), ("repeats", config.repeats - 1)):
        if value < 0:
            raise UsageError(f"{found.where(name)}: {name} is too small.")


def decoding_of(config: Config, found: Settings) -> dict[str, Any]:
    """The settings of a generation as fields of `Decoding`: greedy, 256 tokens and up to the few-shot delimiter unless the YAML says else."""
    given: Mapping[str, Any] = config.generation_kwargs or {}
    where = found.where("generation_kwargs")
    unknown = [key for key in given if key not in (*GENERATION, *PASSED_ON)]
    if unknown:
        raise UsageError(
            f"{where}: generation_kwargs has the unknown key '{unknown[0]}'.", remedy=suggest(unknown[0], (*GENERATION, *PASSED_ON))
        )
    if given.get("num_beams", 1) != 1:
        raise UsageError(f"{where}: num_beams is {given['num_beams']}, and endpoints search with one beam.")
    until = given.get("until", [config.fewshot_delimiter])
    stops = [until] if isinstance(until, str) else until
    if not isinstance(stops, list) or not all(isinstance(each, str) for each in stops):
        raise UsageError(f"{where}: `until` must be a text or a list of texts, not {until!r}.")
    longest = next((given[key] for key in ("max_tokens", "max_gen_toks", "max_new_tokens") if key in given), 256)
    try:
        return {
            "temperature": float(given.get("temperature", 0.0)),
            "max_tokens": int(longest),
            "stop": tuple(stops),
            "top_p": None if given.get("top_p") is None else float(given["top_p"]),
            "extra": {key: given[key] for key in PASSED_ON if key in given},
        }
    except (TypeError, ValueError) as error:
        raise UsageError(f"{where}: generation_kwargs holds a value that is no number: {error}.") from error
