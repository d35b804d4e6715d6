"""Running: the composition root proper. Names become objects, models get their wrappers, runs their folders, events their collector."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

import assay
from assay.api.collect import Collector
from assay.api.forecast import Forecast, forecast
from assay.api.options import RunOptions, options_from
from assay.api.tasks import resolve_tasks
from assay.core.answer import Usage
from assay.core.errors import BudgetExceeded, StoreError, UsageError
from assay.core.fingerprint import fingerprint
from assay.core.protocols import Model
from assay.core.run import Manifest, Result, RunStatus
from assay.core.task import Task
from assay.engine.batch import Job, run_jobs
from assay.engine.bound import Role
from assay.engine.build import build_model
from assay.engine.events import Happening, Observer
from assay.engine.journal import FileJournal
from assay.engine.plan import Everything
from assay.engine.run import Execution
from assay.engine.workers import Workers

if TYPE_CHECKING:
    from assay.store import RunFolder

SYNC_SECONDS = 30.0
"""How often the journal of a remote run folder is uploaded."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks and models of a command, named and checked; nothing has been asked yet. `pairs[i]` belongs to `manifests[i]`."""

    options: RunOptions
    pairs: tuple[tuple[Task, Model], ...]
    manifests: list[Manifest]

    def forecasts(self) -> list[Forecast]:
        """What each run would ask and cost."""
        return [forecast(task, model, manifest) for (task, model), manifest in zip(self.pairs, self.manifests, strict=True)]

    @property
    def headline(self) -> str:
        """What is about to happen, in one line."""
        tasks = list(dict.fromkeys(each.task for each in self.manifests))
        models = list(dict.fromkeys(each.model for each in self.manifests))
        samples = sum(task.samples for task in {each.task: each for each in self.manifests}.values())
        trials = max(each.trials for each in self.manifests)
        what = ", ".join(tasks[:3]) + (f" and {len(tasks) - 3} more" if len(tasks) > 3 else "")
        whom = models[0] if len(models) == 1 else f"{len(models)} models"
        attempts = f" × {trials} trials" if trials > 1 else ""
        return f"assay run  {what} · {whom} · {samples:,} samples{attempts} · seed {self.options.seed}"


def prepare(tasks: "Sequence[str | Task] | str | Task", models: "Sequence[str | Model] | str | Model", **options: Any) -> Prepared:
    """Resolve names, apply the options, give every (task, model) pair its manifest. Raises UsageError, UnknownName, DatasetError."""
    settings = options_from(options)
    named_tasks = resolve_tasks([tasks] if isinstance(tasks, str | Task) else list(tasks), settings.task_options)
    chosen = tuple(adjusted(task, settings) for task in named_tasks)
    built = [model_of(each, settings) for each in (list(models) if isinstance(models, list | tuple) else [models])]
    names = [model.name for model in built]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"The model '{name}' is asked for twice.", remedy="Name each model once.")
    pairs = tuple((task, model) for model in built for task in chosen)
    return Prepared(options=settings, pairs=pairs, manifests=[manifest_of(task, model, settings) for task, model in pairs])


def model_of(spec: Any, options: RunOptions) -> Model:
    """A model by name, or a model as it is."""
    if isinstance(spec, str):
        return build_model(spec, options.model_options)
    model: Model = spec
    return model


def adjusted(task: Task, options: RunOptions) -> Task:
    """The task with the run's limit, trials and decoding."""
    dataset = task.dataset
    if options.limit is not None and options.limit < len(dataset):
        from assay.datasets import subset

        dataset = subset(dataset, options.limit, seed=options.seed)
    return msgspec.structs.replace(task, dataset=dataset, trials=options.trials or task.trials, decoding=options.decoding(task.decoding))


def manifest_of(task: Task, model: Model, options: RunOptions) -> Manifest:
    """What is asked of whom, and the identity of the scores it will give."""
    parts = {
        "dataset": task.dataset.fingerprint,
        "solver": fingerprint(task.solver),
        "scorers": fingerprint(task.scorers),
        "decoding": fingerprint(task.decoding),
        "model": fingerprint(model.name, dict(model.identity)),
        "sandbox": "none" if options.sandbox == "none" else "isolated",
    }
    identity = fingerprint(parts)
    settings = {
        "task": task.name,
        "task version": task.version,
        "model": model.name,
        "trials": task.trials,
        "limit": options.limit,
        "seed": options.seed,
        "scorers": ", ".join(scorer.name for scorer in task.scorers),
        **{f"decoding.{key}": value for key, value in msgspec.to_builtins(task.decoding).items()},
        **{f"model.{key}": value for key, value in dict(model.identity).items()},
        **{f"task.{key}": value for key, value in options.task_options.items()},
        "command": options.command,
    }
    samples = len(task.dataset)
    return Manifest(
        id=fingerprint(identity, options.seed, task.trials)[:12],
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
        settings={key: value for key, value in settings.items() if value is not None},
        metrics=tuple(scorer.name for scorer in task.scorers),
        scenario=task.scenario,
        card=task.card,
        notes=("sandbox none: model-written code ran unprotected",) if options.sandbox == "none" else (),
    )


def run_prepared(prepared: Prepared, *, watch: Sequence[Observer] = ()) -> list[Result]:
    """Do the runs and write their reports. Works inside a running event loop too (a notebook), on a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(run_async(prepared, watch=watch))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, run_async(prepared, watch=watch)).result()


async def run_async(prepared: Prepared, *, watch: Sequence[Observer] = ()) -> list[Result]:
    """As `run_prepared`, for a loop that is already running."""
    from assay.store import earlier_journals, run_folder

    options = prepared.options
    if options.sandbox != "auto":
        from assay import sandbox

        sandbox.prefer(options.sandbox)
    async with AsyncExitStack() as stack:
        folders = [run_folder(options.log_dir, manifest, fresh=options.fresh) for manifest in prepared.manifests]
        for folder in folders:
            stack.enter_context(folder.lock())
        journals = [
            FileJournal(folder.journal(), earlier=() if options.fresh else earlier_journals(options.log_dir, folder.manifest))
            for folder in folders
        ]
        for journal in journals:
            stack.callback(journal.close)
        models = wrapped_models(prepared, journals)
        for model in models.values():
            stack.push_async_callback(model.close)
        workers = Workers()
        stack.callback(workers.close)
        runs = []
        for (task, model), folder, journal in zip(prepared.pairs, folders, journals, strict=True):
            execution = Execution(
                task=task, roles={"target": Role("target", models[id(model)])}, journal=journal, seed=options.seed, score_heavily=workers
            )
            runs.append(Running(execution, folder, journal, watch))
        syncing = asyncio.create_task(sync_for_ever(folders))
        stack.callback(syncing.cancel)
        await run_jobs([run.job for run in runs], connections=options.max_connections)
        raise_if_hopeless(runs)
        return [run.finish() for run in runs]


class Running:
    """One run under way: its job for the engine, its collector and its folder."""

    def __init__(self, execution: Execution, folder: "RunFolder", journal: FileJournal, watch: Sequence[Observer]) -> None:
        task, manifest = execution.task, folder.manifest
        self.folder = folder
        self.journal = journal
        self.model = execution.roles["target"].model
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
            lane=getattr(self.model, "endpoint", self.model.name),
            observe=observe,
        )

    def finish(self) -> Result:
        """The result, written into the folder."""
        collector = self.collector
        ended = collector.scored + collector.unscored + collector.failed
        status: RunStatus = "finished" if self.job.stopped is None and ended >= self.folder.manifest.planned else "interrupted"
        notes = tuple(getattr(self.model, "notes", ()))
        if self.journal.taken_over:
            notes += (f"{self.journal.taken_over:,} answers are those of earlier runs that asked the same; --fresh asks anew",)
        if self.job.stopped is not None:
            notes += (f"stopped: {self.job.stopped}",)
        seconds = time.monotonic() - self.started
        result = collector.result(run_dir=self.folder.path, usage=self.journal.usage, seconds=seconds, status=status, notes=notes)
        self.folder.sync()
        self.folder.write_result(result)
        return result


def raise_if_hopeless(runs: "list[Running]") -> None:
    """Raise what stopped every run before a single answer was scored: a wrong key, a model nobody knows. A full disk is raised at once."""
    stopped = [run.job.stopped for run in runs if run.job.stopped is not None]
    for error in stopped:
        if isinstance(error, StoreError):
            raise error
    if len(stopped) == len(runs) and not any(run.collector.scored for run in runs) and not isinstance(stopped[0], BudgetExceeded):
        raise stopped[0]


async def sync_for_ever(folders: "list[RunFolder]") -> None:
    """Upload remote journals now and then, so that a lost machine loses little."""
    while any(folder.files.remote for folder in folders):
        await asyncio.sleep(SYNC_SECONDS)
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
        for _, model in prepared.pairs
    }
