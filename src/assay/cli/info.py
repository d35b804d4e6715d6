"""`assay info`: what a task, a model, a scorer, a generator or a run is."""

from typing import Any

import click

from assay.cli import complete
from assay.cli.describe import about, docstring
from assay.cli.options import CONTEXT, formats, option, write_json
from assay.core.errors import DatasetError, MissingKey, UnknownName, UsageError

KINDS = ("benchmarks", "models", "scorers", "generators")


@click.command("info", context_settings=CONTEXT)
@click.argument("name", shell_complete=complete.anything)
@option("-T", "--task-option", "task_options", multiple=True, metavar="K=V", help="An option of the task (data=FOLDER).")
@option("-M", "--model-option", "model_options", multiple=True, metavar="K=V", help="An option of the model.")
@option("--probe", is_flag=True, help="Ask the model what it can do (a few short requests).")
@formats()
def command(name: str, task_options: tuple[str, ...], model_options: tuple[str, ...], probe: bool, form: str) -> int:
    """Describe a task, a model (provider/name, or a provider), a scorer, a generator or a run folder."""
    from assay.cli import describing
    from assay.engine.build import parse_options

    facts = facts_of(name, parse_options(task_options, "--task-option"), parse_options(model_options, "--model-option"), probe)
    if form == "json":
        write_json({"version": 1, **facts})
    else:
        describing.show(facts)
    return 0


def facts_of(name: str, task_options: dict[str, Any], model_options: dict[str, Any], probe: bool) -> dict[str, Any]:
    """What is known under this name; a name of several things (a scorer, and a generator) is all of them."""
    from pathlib import Path

    from assay.core.registry import entries, meant

    if (Path(name) / "run.json").is_file():
        return run_facts(name)
    if "/" in name and name.partition("/")[0] in entries("models"):
        return model_facts(name, model_options, probe)
    facts: dict[str, Any] = {}
    if name in entries("scorers"):
        facts["scorer"] = scorer_facts(name)
    if name in entries("generators"):
        facts["generator"] = generator_facts(name)
    if name in entries("models"):
        facts["provider"] = provider_facts(name)
    if name in entries("benchmarks") or not facts:
        try:
            facts = {**task_facts(name, task_options), **facts}
        except UnknownName as error:
            if ("_" in name and "No task of" in error.message) or name.partition(":")[0] in entries("task_formats"):
                raise
            known = [each for kind in KINDS for each in entries(kind)]
            raise UnknownName(
                f"Nothing is named '{name}'.", remedy=f"{meant(name, known)} `assay list` shows the tasks there are.".lstrip()
            ) from error
    return facts


def task_facts(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """A task's card and parts; the number of samples where its data is here."""
    from assay.api import resolve_tasks
    from assay.api.data_tasks import is_data
    from assay.api.tasks import format_of
    from assay.engine.build import build_tasks

    try:
        tasks = resolve_tasks([name], options)
        sizes: dict[str, Any] = {task.name: len(task.dataset) for task in tasks}
    except DatasetError as error:
        if is_data(name) or format_of(name):
            raise
        tasks = build_tasks(name, options)
        sizes = {task.name: f"not here: {error}" for task in tasks}
    parts = {
        task.name: {"samples": sizes[task.name], "scorers": [scorer.name for scorer in task.scorers], "trials": task.trials}
        for task in tasks
    }
    return {"task": name, "tasks": parts, "card": tasks[0].card}


def model_facts(name: str, options: dict[str, Any], probe: bool) -> dict[str, Any]:
    """A model's identity, and with `probe` what its endpoint can do."""
    import asyncio

    from assay.engine.build import build_model

    missing = None
    try:
        model = build_model(name, options)
    except MissingKey as error:
        if probe or error.described is None:
            raise
        model, missing = error.described, str(error)
    except UsageError as error:
        if probe:
            raise
        return {"model": name, "missing": str(error)}
    facts: dict[str, Any] = {"model": model.name, "identity": dict(model.identity), **({"missing": missing} if missing else {})}
    if probe:
        facts["capabilities"] = asyncio.run(probed(model))
    return facts


async def probed(model: Any) -> Any:
    """What the endpoint can do."""
    from assay.models.probe import probe

    try:
        return await probe(model)
    finally:
        await model.close()


def provider_facts(name: str) -> dict[str, Any]:
    """What a provider is, and whether its key is set."""
    from assay.core.registry import entries

    return {"name": name, "about": about("models", name, entries("models")[name]), "use": f"assay run TASK --model {name}/NAME"}


def scorer_facts(name: str) -> dict[str, Any]:
    """What a scorer does, its options with their defaults, and how it is named."""
    import inspect

    from assay.core.registry import entries, load

    options = {
        key: "needed" if each.default is each.empty else repr(each.default)
        for key, each in inspect.signature(load("scorers", name)).parameters.items()
        if key != "name" and each.kind is not each.VAR_KEYWORD
    }
    first = next((f"{key}=..." for key in options), "")
    use = f"assay run FILE --scorer {name}" + (f", or {name}:{first}" if first else "")
    return {"name": name, "about": docstring(entries("scorers")[name]), "options": options, "use": use}


def generator_facts(name: str) -> dict[str, Any]:
    """What a generator makes, with one item."""
    from assay.core.registry import entries
    from assay.datasets import Generated

    family = entries("generators")[name].load()
    sample = next(iter(Generated((name,), count=family.width, seed=0, language=family.languages[0]).samples()))
    return {
        "name": name,
        "about": about("generators", name, entries("generators")[name]),
        "languages": list(family.languages),
        "item": {"input": sample.prompt, "target": " | ".join(sample.targets)},
        "use": f'in a benchmark file: dataset=datasets.Generated(("{name}",), count=100, seed=0)',
    }


def run_facts(name: str) -> dict[str, Any]:
    """A run's manifest, how far it has come, and its result where there is one."""
    from assay import store
    from assay.report.document import document

    folder = store.RunFolder.open(name)
    result = folder.result()
    facts = {"run": folder.path, "status": result.status if result else "no result yet", "manifest": folder.manifest}
    return {**facts, **({"result": document([result])["runs"][0]} if result else {})}
