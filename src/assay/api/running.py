"""Running: the composition root proper. Names become objects, models get their wrappers, runs their folders, events their collector."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

import assay
from assay.api.collect import Collector
from assay.api.forecast import Forecast, forecast
from assay.api.options import RunOptions, options_from
from assay.api.tasks import resolve_tasks
from assay.core.answer import Usage
from assay.core.errors import BudgetExceeded, MissingKey, StoreError, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.loop import wait_for
from assay.core.protocols import Model, ModelRole, endpoint_of, lower_metrics, notes_of
from assay.core.run import Manifest, Result, RunStatus, run_id
from assay.core.secrets import shown_setting
from assay.core.task import Task
from assay.engine.batch import Job, run_jobs
from assay.engine.binding import options_for
from assay.engine.bound import Role
from assay.engine.build import build_model
from assay.engine.events import Happening, Observer
from assay.engine.journal import FileJournal
from assay.engine.plan import Everything
from assay.engine.run import Execution
from assay.engine.workers import Workers

if TYPE_CHECKING:
    from assay.store import RunFolder

UPLOAD_SECONDS = 30.0
"""How often the journal of a remote run folder is uploaded."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks and models of a command, named and checked; nothing has been asked yet. `pairs[i]` belongs to `manifests[i]`; the models of
    other `roles` are every pair's."""

    options: RunOptions
    pairs: tuple[tuple[Task, Model], ...]
    manifests: list[Manifest]
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
    manifests = [manifest_of(task, model, settings, roles) for task, model in pairs]
    refuse_same(manifests)
    return Prepared(options=settings, pairs=pairs, manifests=manifests, roles=roles)


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


def manifest_of(task: Task, model: Model, options: RunOptions, roles: Mapping[ModelRole, Model]) -> Manifest:
    """What is asked of whom, and the identity of the scores it will give."""
    parts = {
        "dataset": task.dataset.fingerprint,
        "solver": fingerprint(task.solver),
        "scorers": fingerprint(task.scorers),
        "decoding": fingerprint(task.decoding),
        "model": fingerprint(model.name, dict(model.identity)),
        **{str(role): fingerprint(other.name, dict(other.identity)) for role, other in roles.items()},
        "sandbox": "none" if options.sandbox == "none" else "isolated",
    }
    identity = fingerprint(parts)
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
    shown = {key: shown_setting(key.rpartition(".")[2], value) for key, value in settings.items() if value is not None}
    samples = len(task.dataset)
    return Manifest(
        id=run_id(identity, options.seed, samples, task.trials),
        task=task.name,
        model=model.name,
        identity=identity,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        assay=assay.__version__,
        seed=options.seed,
        trials=task.trials,
        samples=samples,
        planned=samples * task.trials,
        fingerprints=parts,
        settings=shown,
        metrics=tuple(scorer.name for scorer in task.scorers),
        lower_is_better=lower_metrics(task.scorers),
        scenario=task.scenario,
        card=task.card,
        notes=("sandbox none: model-written code ran unprotected",) if options.sandbox == "none" else (),
    )


def run(
    tasks: "Sequence[str | Task] | str | Task",
    models: "Sequence[str | Model] | str | Model",
    *,
    watch: Sequence[Observer] = (),
    **options: Any,
) -> list[Result]:
    """Evaluate models on tasks: one result for each pair. `options` are the fields of `RunOptions` (limit=100, trials=4, ...).

    The same call again resumes an interrupted run and shows a finished one. Raises AssayError for whatever stops a run.
    """
    return run_prepared(prepare(tasks, models, **options), watch=watch)


def run_prepared(prepared: Prepared, *, watch: Sequence[Observer] = ()) -> list[Result]:
    """Do the runs and write their reports. Works inside a running event loop too (a notebook), on a thread of its own."""
    return wait_for(run_async(prepared, watch=watch))


async def run_async(prepared: Prepared, *, watch: Sequence[Observer] = ()) -> list[Result]:
    """As `run_prepared`, for a loop that is already running."""
    from assay.store import earlier_journals, run_folder

    options = prepared.options
    if options.sandbox != "auto":
        from assay import sandbox

        sandbox.prefer(options.sandbox)
    async with AsyncExitStack() as stack:
        folders = [run_folder(options.log_dir, manifest, fresh=options.fresh) for manifest in prepared.manifests]
        earlier = [() if options.fresh else earlier_journals(options.log_dir, folder.manifest) for folder in folders]
        journals = [stack.enter_context(held(folder, paths)) for folder, paths in zip(folders, earlier, strict=True)]
        models = wrapped_models(prepared, journals)
        for model in models.values():
            stack.push_async_callback(model.close)
        workers = Workers()
        stack.callback(workers.close)
        runs = []
        for (task, model), folder, journal in zip(prepared.pairs, folders, journals, strict=True):
            asked: dict[ModelRole, Model] = {"target": model, **prepared.roles}
            roles = {role: Role(role, models[id(each)]) for role, each in asked.items()}
            execution = Execution(task=task, roles=roles, journal=journal, seed=options.seed, score_heavily=workers)
            runs.append(Running(execution, folder, journal, watch))
        await drive(runs, options.max_connections)
        raise_if_hopeless(runs)
        results = [run.finish() for run in runs]
        raise_if_full(runs)
        return results


@contextmanager
def held(folder: "RunFolder", earlier: Sequence[Path] = ()) -> Iterator[FileJournal]:
    """The journal of a run folder, which is locked as long; answers in the `earlier` journals are taken over."""
    with folder.lock():
        journal = FileJournal(folder.journal(), earlier=earlier)
        try:
            yield journal
        finally:
            journal.close()


class Running:
    """One run under way: its job for the engine, its collector and its folder. Without a target (answers scored again) no endpoint is shared."""

    def __init__(self, execution: Execution, folder: "RunFolder", journal: FileJournal, watch: Sequence[Observer] = ()) -> None:
        task, manifest = execution.task, folder.manifest
        self.folder = folder
        self.journal = journal
        target = execution.roles.get("target")
        self.model = target.model if target is not None else None
        self.collector = collector = Collector(task, manifest)
        self.started = time.monotonic()

        def observe(event: Happening) -> None:
            collector(event)
            for each in watch:
                each(event)

        self.job = Job(
            name=manifest.id,
            execution=execution,
            journal=journal,
            plan=Everything(samples=len(task.dataset), trials=task.trials, seed=execution.seed),
            planned=manifest.planned,
            lane=endpoint_of(self.model) if self.model is not None else "recorded",
            observe=observe,
        )

    def finish(self) -> Result:
        """The result, written into the folder."""
        collector = self.collector
        ended = collector.scored + collector.unscored + collector.failed
        status: RunStatus = "finished" if self.job.stopped is None and ended >= self.folder.manifest.planned else "interrupted"
        notes = notes_of(self.model) if self.model is not None else ()
        if self.journal.taken_over:
            taken = self.journal.taken_over
            those = f"{taken:,} answers are those" if taken > 1 else "1 answer is that"
            notes += (f"{those} of earlier runs that asked the same; --fresh asks anew",)
        if self.journal.damaged:
            lines = ", ".join(map(str, self.journal.damaged[:5])) + (", ..." if len(self.journal.damaged) > 5 else "")
            notes += (f"journal-0.jsonl is damaged at line {lines}: what stood there was done again",)
        if self.job.stopped is not None:
            notes += (f"stopped: {self.job.stopped}",)
        seconds = time.monotonic() - self.started
        result = collector.result(run_dir=self.folder.path, usage=self.journal.usage, seconds=seconds, status=status, notes=notes)
        try:
            self.folder.sync()
            self.folder.write_result(result)
        except StoreError as error:
            return msgspec.structs.replace(result, notes=(*result.notes, f"not kept: {error.message}"))
        return result


async def drive(runs: Sequence[Running], connections: int) -> None:
    """Do the runs' jobs; remote journals are uploaded meanwhile."""
    syncing = asyncio.create_task(sync_for_ever([run.folder for run in runs]))
    try:
        await run_jobs([run.job for run in runs], connections=connections)
    finally:
        syncing.cancel()


def raise_if_hopeless(runs: "list[Running]") -> None:
    """Raise what stopped every run before a single answer was scored: a wrong key, a model nobody knows."""
    stopped = [run.job.stopped for run in runs if run.job.stopped is not None]
    if len(stopped) == len(runs) and not any(run.collector.scored for run in runs) and not isinstance(stopped[0], BudgetExceeded):
        raise stopped[0]


def raise_if_full(runs: "list[Running]") -> None:
    """Raise what kept a journal from being written, once the other runs have their reports."""
    for run in runs:
        if isinstance(run.job.stopped, StoreError):
            raise run.job.stopped


async def sync_for_ever(folders: "list[RunFolder]") -> None:
    """Upload remote journals now and then, so that a lost machine loses little."""
    while any(folder.files.remote for folder in folders):
        await asyncio.sleep(UPLOAD_SECONDS)
        for folder in folders:
            await asyncio.to_thread(folder.sync)


def wrapped_models(prepared: Prepared, journals: Sequence[FileJournal]) -> dict[int, Model]:
    """Each model behind cache, budget, retry, limiter and deadline; models of one endpoint share its limiter, all share the budget,
    and what the `journals` hold of earlier attempts at these runs counts towards it."""
    from assay.models.budget import Budget
    from assay.models.cache import AnswerCache
    from assay.models.wrap import Limiters, wrap

    options = prepared.options
    limiters = Limiters(options.max_connections, rpm=options.rpm, tpm=options.tpm)
    capped = options.budget is not None or options.token_budget is not None
    spent, calls = sum((journal.usage for journal in journals), Usage()), sum(journal.calls for journal in journals)
    budget = Budget(dollars=options.budget, tokens=options.token_budget, spent=spent, calls=calls) if capped else None
    cache = AnswerCache(anew=options.fresh) if options.cache else None
    return {
        id(model): wrap(model, limiter=limiters.of(model), retries=options.retries, deadline=options.timeout, cache=cache, budget=budget)
        for model in (*(model for _, model in prepared.pairs), *prepared.roles.values())
    }
