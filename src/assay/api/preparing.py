"""Preparing: names become tasks and models, options are applied, and every pair gets the manifest of its run. Nothing is asked yet."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

import assay
from assay.api.forecast import Forecast, forecast
from assay.api.options import RunOptions, options_from
from assay.api.planning import Planning, planning_for
from assay.api.tasks import resolve_tasks
from assay.core.errors import MissingKey, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Model, ModelRole, lower_metrics
from assay.core.run import Manifest, run_id
from assay.core.secrets import shown_setting
from assay.core.task import Task
from assay.engine.binding import options_for
from assay.engine.build import build_model


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks and models of a command, named and checked; nothing has been asked yet. `pairs[i]` belongs to `manifests[i]` and
    `plannings[i]`; the models of other `roles` are every pair's."""

    options: RunOptions
    pairs: tuple[tuple[Task, Model], ...]
    manifests: list[Manifest]
    plannings: tuple[Planning, ...]
    roles: dict[ModelRole, Model] = {}

    def forecasts(self) -> list[Forecast]:
        """What each run would ask and cost."""
        return [forecast(task, model, manifest) for (task, model), manifest in zip(self.pairs, self.manifests, strict=True)]

    @property
    def headline(self) -> str:
        """What is about to happen, in one line."""
        from assay.report.words import count

        tasks = list(dict.fromkeys(each.task for each in self.manifests))
        models = list(dict.fromkeys(each.model for each in self.manifests))
        samples = sum(task.samples for task in {each.task: each for each in self.manifests}.values())
        trials = max(each.trials for each in self.manifests)
        what = ", ".join(tasks[:3]) + (f" and {len(tasks) - 3} more" if len(tasks) > 3 else "")
        whom = models[0] if len(models) == 1 else f"{len(models)} models"
        attempts = f" × {trials} trials" if trials > 1 else ""
        return f"assay run  {what} · {whom} · {count(samples, 'sample')}{attempts} · seed {self.options.seed}"


def prepare(
    tasks: "Sequence[str | Task] | str | Task", models: "Sequence[str | Model] | str | Model", *, ask: bool = True, **options: Any
) -> Prepared:
    """Resolve names, apply the options, give every (task, model) pair its manifest; without `ask` only to look at, for which no model
    needs its key. Raises UsageError, UnknownName, DatasetError."""
    settings = options_from(options)
    named_tasks = resolve_tasks([tasks] if isinstance(tasks, str | Task) else list(tasks), settings.task_options)
    chosen = tuple(adjusted(task, settings) for task in named_tasks)
    asked: list[str | Model] = list(models) if isinstance(models, list | tuple) else [models]  # type: ignore[list-item]
    built = models_of([*asked, *settings.roles.values()], settings.model_options, ask=ask)
    roles: dict[ModelRole, Model] = dict(zip(cast("dict[ModelRole, Any]", settings.roles), built[len(asked) :], strict=True))
    built = built[: len(asked)]
    names = [model.name for model in built]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"The model '{name}' is asked for twice.", remedy="Name each model once.")
    pairs = tuple((task, model) for model in built for task in chosen)
    plannings = {task.name: planning_for(task, settings) for task in chosen}
    manifests = [manifest_of(task, model, settings, roles, plan=plannings[task.name].words) for task, model in pairs]
    refuse_same(manifests)
    planned = tuple(plannings[task.name] for task, _ in pairs)
    return Prepared(options=settings, pairs=pairs, manifests=manifests, plannings=planned, roles=roles)


def refuse_same(manifests: Sequence[Manifest]) -> None:
    """Raise UsageError where two runs of a command would be one: the same samples, prompts, scorers and model under two names."""
    known: dict[str, Manifest] = {}
    for each in manifests:
        first = known.setdefault(each.id, each)
        if first is not each:
            raise UsageError(f"'{first.task}' and '{each.task}' ask {each.model} the same: one run.", remedy="Name one of them.")


def models_of(asked: "Sequence[str | Model]", options: dict[str, Any], *, ask: bool = True) -> list[Model]:
    """The models by name, each with the options that are its own, or as they are; where nobody is asked none needs a key."""
    specs = [each for each in asked if isinstance(each, str)]
    return [model_of(each, options_for(each, options, specs), ask=ask) if isinstance(each, str) else each for each in asked]


def model_of(spec: str, options: dict[str, Any], *, ask: bool) -> Model:
    """A model by name; where it is not asked it needs no key."""
    try:
        return build_model(spec, options)
    except MissingKey as error:
        if ask or error.described is None:
            raise
        described: Model = error.described
        return described


def adjusted(task: Task, options: RunOptions) -> Task:
    """The task with the run's limit, trials and decoding."""
    dataset = task.dataset
    if options.limit is not None and options.limit < len(dataset):
        from assay.datasets import subset

        dataset = subset(dataset, options.limit, seed=options.seed)
    return msgspec.structs.replace(task, dataset=dataset, trials=options.trials or task.trials, decoding=options.decoding(task.decoding))


def manifest_of(task: Task, model: Model, options: RunOptions, roles: Mapping[ModelRole, Model], *, plan: str = "") -> Manifest:
    """What is asked of whom, and the identity of the scores it will give."""
    parts = fingerprints_of(task, model, options, roles)
    identity, samples = fingerprint(parts), len(task.dataset)
    return Manifest(
        id=run_id(identity, options.seed, samples, task.trials, plan),
        task=task.name,
        model=model.name,
        identity=identity,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        assay=assay.__version__,
        seed=options.seed,
        trials=task.trials,
        samples=samples,
        planned=samples * task.trials,
        plan=plan,
        fingerprints=parts,
        settings=settings_of(task, model, options, roles),
        metrics=tuple(scorer.name for scorer in task.scorers),
        lower_is_better=lower_metrics(task.scorers),
        scenario=task.scenario,
        card=task.card,
        notes=("sandbox none: model-written code ran unprotected",) if options.sandbox == "none" else (),
    )


def fingerprints_of(task: Task, model: Model, options: RunOptions, roles: Mapping[ModelRole, Model]) -> dict[str, str]:
    """The fingerprints of all that makes a score, by part."""
    return {
        "dataset": task.dataset.fingerprint,
        "solver": fingerprint(task.solver),
        "scorers": fingerprint(task.scorers),
        "decoding": fingerprint(task.decoding),
        "model": fingerprint(model.name, dict(model.identity)),
        **{str(role): fingerprint(other.name, dict(other.identity)) for role, other in roles.items()},
        "sandbox": "none" if options.sandbox == "none" else "isolated",
    }


def settings_of(task: Task, model: Model, options: RunOptions, roles: Mapping[ModelRole, Model]) -> dict[str, Any]:
    """The same in words, flat, for people and for a settings diff; what is secret is masked."""
    settings = {
        "task": task.name,
        "task version": task.version,
        "model": model.name,
        **{str(role): other.name for role, other in roles.items()},
        "trials": task.trials,
        "limit": options.limit,
        "seed": options.seed,
        "scorers": ", ".join(scorer.name for scorer in task.scorers),
        **{f"decoding.{key}": value for key, value in msgspec.to_builtins(task.decoding).items()},
        **{f"model.{key}": value for key, value in dict(model.identity).items()},
        **{f"task.{key}": value for key, value in options.task_options.items()},
        "command": options.command,
    }
    return {key: shown_setting(key.rpartition(".")[2], value) for key, value in settings.items() if value is not None}
