"""`lm-eval:NAME`: from a name and options to tasks."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from assay.core.card import Card
from assay.core.errors import UsageError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Decoding
from assay.core.task import Task
from assay.formats.lm_eval.catalogue import Catalogue, Chosen, folders_of
from assay.formats.lm_eval.config import Config, config_of, decoding_of
from assay.formats.lm_eval.documents import Source
from assay.formats.lm_eval.filters import pipelines_of
from assay.formats.lm_eval.measures import asked_of
from assay.formats.lm_eval.options import Options, options_of
from assay.formats.lm_eval.questions import Questions
from assay.formats.lm_eval.scorer import LmEval
from assay.formats.lm_eval.solver import AskLikeLmEval
from assay.formats.lm_eval.yaml_files import Settings


def load(name: str, given: Mapping[str, Any]) -> tuple[Task, ...]:
    """The tasks behind `lm-eval:NAME`: a task, a group or a tag of the folders, or a path to a YAML file.

    Raises UsageError for YAML that is wrong, unknown or calls Python, naming file and key; UnknownName with near misses.
    """
    options = options_of(given)
    chosen = chosen_by(name, options)
    made = []
    for task, found in chosen.tasks.items():
        if options.trust and needs_python(found):
            from assay.formats.lm_eval.trusted import trusted_task

            made.append(trusted_task(task, folders_of(options.include_path or options.folder), options))
        else:
            made.append(task_of(found, options))
    return tuple(grouped(each, chosen) for each in made)


def chosen_by(name: str, options: Options) -> Chosen:
    """The files a name means."""
    folders = folders_of(options.include_path or options.folder)
    path = Path(name).expanduser()
    if path.suffix in (".yaml", ".yml") or (os.sep in name and path.is_file()):
        if not path.is_file():
            raise UsageError(f"There is no file {name}.", remedy="A task of a folder is named without its path: lm-eval:TASK.")
        return Catalogue(folders or (path.parent,)).of_file(path)
    if not folders and options.trust:
        from assay.formats.lm_eval.trusted import own_folder

        folders = (own_folder(),)
    if not folders:
        raise UsageError(
            f"lm-eval:{name}: which folder holds its YAML?",
            remedy="Name it: --include-path FOLDER (or ASSAY_INCLUDE_PATH), or name the file: lm-eval:path/to/task.yaml.",
        )
    return Catalogue(folders).chosen(name)


def needs_python(found: Settings) -> bool:
    """Whether a task calls Python."""
    from assay.formats.lm_eval.config import refuse_python

    try:
        refuse_python(found)
    except UsageError:
        return True
    return bool(found.keys.get("unsafe_code"))


def task_of(found: Settings, options: Options) -> Task:
    """One task, from its checked YAML."""
    config = config_of(found)
    if options.num_fewshot is not None and config.num_fewshot != 0:
        config = msgspec.structs.replace(config, num_fewshot=options.num_fewshot)
    measures, pipelines = asked_of(config, found), pipelines_of(config, found)
    writes = config.output_type == "generate_until"
    if not writes and [step.function for each in pipelines for step in each.steps] != ["take_first"]:
        raise UsageError(
            f"{found.where('filter_list')}: filter_list is for answers that are written, and this task is {config.output_type}."
        )
    dataset = Questions(
        config,
        Source(config, found, options.data),
        options.style,
        seed=options.fewshot_seed,
        metrics=[each.metric for each in measures],
        regex_choices=any(step.function == "multi_choice_regex" for each in pipelines for step in each.steps),
    )
    version = str(config.metadata.get("version", "unversioned"))
    return Task(
        name=config.task,
        dataset=dataset,
        solver=AskLikeLmEval(output_type=config.output_type, chat=options.apply_chat_template, repeats=config.repeats if writes else 1),
        scorers=tuple(
            LmEval(
                name=each.metric,
                output_type=config.output_type,
                pipelines=pipelines,
                options=each.options,
                higher=each.higher,
            )
            for each in measures
        ),
        card=card_of(config, dataset.source, version),
        decoding=Decoding(**decoding_of(config, found)) if writes else Decoding(),
        version=version,
    )


def card_of(config: Config, source: Source, version: str) -> Card:
    """What the YAML tells of the data; what it does not tell is said to be unknown."""
    told = config.metadata
    languages = told.get("languages", told.get("language", ()))
    issue = "read from lm-eval YAML, which names no licence" if "licence" not in told and "license" not in told else ""
    return Card(
        source=source.name,
        revision=str(config.dataset_kwargs.get("revision") or fingerprint(config.dataset_path, config.dataset_name, config.dataset_kwargs)),
        licence=str(told.get("licence", told.get("license", "unknown"))),
        languages=(languages,) if isinstance(languages, str) else tuple(map(str, languages)),
        version=version,
        title=config.task,
        known_issues=(issue,) if issue else (),
    )


def grouped(task: Task, chosen: Chosen) -> Task:
    """A task that knows the groups it was asked for in."""
    mine = tuple(group for group in chosen.groups if task.name in group.tasks and group.aggregates)
    return msgspec.structs.replace(task, groups=mine) if mine else task
