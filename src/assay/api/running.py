"""Running: the composition root proper. Models get their wrappers, runs their folders, events their collector."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assay.api.collect import Collector
from assay.api.planning import concluded, trials_planned
from assay.api.preparing import Prepared, prepare
from assay.core.answer import Usage
from assay.core.errors import BudgetExceeded, StoreError
from assay.core.loop import wait_for
from assay.core.protocols import Model, ModelRole, Plan, endpoint_of, notes_of
from assay.core.run import Result, RunStatus
from assay.core.task import Task
from assay.engine.batch import Job, run_jobs
from assay.engine.bound import Role
from assay.engine.events import Happening, Observer
from assay.engine.journal import FileJournal
from assay.engine.plan import Everything
from assay.engine.run import Execution
from assay.engine.workers import Workers

if TYPE_CHECKING:
    from assay.store import RunFolder

UPLOAD_SECONDS = 30.0
"""How often the journal of a remote run folder is uploaded."""


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
        for (task, model), planning, folder, journal in zip(prepared.pairs, prepared.plannings, folders, journals, strict=True):
            asked: dict[ModelRole, Model] = {"target": model, **prepared.roles}
            roles = {role: Role(role, models[id(each)]) for role, each in asked.items()}
            execution = Execution(task=task, roles=roles, journal=journal, seed=options.seed, score_heavily=workers)
            runs.append(Running(execution, folder, journal, watch, plan=planning.start()))
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

    def __init__(
        self, execution: Execution, folder: "RunFolder", journal: FileJournal, watch: Sequence[Observer] = (), *, plan: Plan | None = None
    ) -> None:
        task, manifest = execution.task, folder.manifest
        self.folder = folder
        self.journal = journal
        target = execution.roles.get("target")
        self.model = target.model if target is not None else None
        self.collector = collector = Collector(manifest, task)
        self.started = time.monotonic()

        def observe(event: Happening) -> None:
            collector(event)
            for each in watch:
                each(event)

        self.job = Job(
            name=manifest.id,
            execution=execution,
            journal=journal,
            plan=plan or Everything(samples=len(task.dataset), trials=task.trials, seed=execution.seed),
            planned=manifest.planned,
            lane=endpoint_of(self.model) if self.model is not None else "recorded",
            observe=observe,
        )

    def finish(self) -> Result:
        """The result, written into the folder."""
        collector = self.collector
        ended = collector.scored + collector.unscored + collector.failed
        planned = trials_planned(self.job.plan, self.folder.manifest.planned)
        status: RunStatus = "finished" if self.job.stopped is None and ended >= planned else "interrupted"
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
        result = collector.result(
            run_dir=self.folder.path, usage=self.journal.usage, seconds=seconds, status=status, notes=notes, planned=planned
        )
        result = concluded(self.job.plan, result, self.job.results)
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
