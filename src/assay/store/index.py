"""The index: what every run below a folder came to, a row for each run and metric, to filter, sort and ask in SQL.

Made from manifests and reports. What was read is kept in the cache folder by each file's time and size, so that thousands of runs are listed
without opening them again.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.errors import StoreError, UsageError
from assay.core.estimate import Estimate
from assay.core.places import cache_folder, written_whole
from assay.store.files import StoredFiles
from assay.store.folder import MANIFEST, REPORT
from assay.store.runs import StoredRun, stored_run
from assay.store.tags import TAGS, read_tags

if TYPE_CHECKING:
    import duckdb

COLUMNS = {
    "run_dir": "VARCHAR",
    "id": "VARCHAR",
    "task": "VARCHAR",
    "model": "VARCHAR",
    "created": "TIMESTAMP WITH TIME ZONE",
    "status": "VARCHAR",
    "tags": "VARCHAR[]",
    "metric": "VARCHAR",
    "value": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "n": "BIGINT",
    "clusters": "BIGINT",
    "method": "VARCHAR",
    "coverage": "DOUBLE",
    "lower_is_better": "BOOLEAN",
    "planned": "BIGINT",
    "scored": "BIGINT",
    "failed": "BIGINT",
    "samples": "BIGINT",
    "trials": "BIGINT",
    "seed": "BIGINT",
    "scenario": "VARCHAR",
    "identity": "VARCHAR",
    "dataset": "VARCHAR",
    "input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "cost": "DOUBLE",
    "seconds": "DOUBLE",
}
"""`coverage` is the metric's; `dataset` the fingerprint of the samples; a run without a result has one row, with no metric."""


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the index knows it, with its tags. `stamp` changes when one of its files does."""

    stamp: str
    run: StoredRun
    tags: tuple[str, ...] = ()


def indexed(log_dir: str | Path) -> tuple[Indexed, ...]:
    """Every run in `log_dir`, or the one that it is, the newest first."""
    files = StoredFiles(str(log_dir))
    if files.read(MANIFEST) is not None:
        return (read_one(files, ""),)
    cache = cache_folder("index", f"{blake2b(files.place.encode(), digest_size=12).hexdigest()}.json")
    known, found, changed = kept(cache), {}, False
    for name in files.folders():
        if name.startswith("."):
            continue
        place = files.path(name)
        stamp = stamp_of(place)
        there = known.get(name)
        if there is None or not stamp or there.stamp != stamp:
            there, changed = read_one(StoredFiles(place), stamp), True
        found[name] = there
    if changed or len(found) != len(known):
        keep(cache, found)
    runs = [each for each in found.values() if each.run.manifest is not None or each.run.problem is not None]
    return tuple(sorted(runs, key=lambda each: (each.run.manifest.created if each.run.manifest else "", each.run.path), reverse=True))


def list_runs(log_dir: str | Path) -> tuple[StoredRun, ...]:
    """The runs in `log_dir` (or the one that it is), newest first; no journal is read."""
    return tuple(each.run for each in indexed(log_dir))


def read_one(files: StoredFiles, stamp: str) -> Indexed:
    """A run, read from its files."""
    return Indexed(stamp=stamp, run=stored_run(files), tags=read_tags(files))


def stamp_of(place: str) -> str:
    """Times and sizes of a local folder's files; empty for a remote one, which is always read."""
    parts = []
    for name in (MANIFEST, REPORT, TAGS):
        try:
            state = Path(place, name).stat()
        except OSError:
            parts.append("-")
        else:
            parts.append(f"{state.st_mtime_ns}.{state.st_size}")
    return "" if set(parts) == {"-"} else " ".join(parts)


def kept(cache: Path) -> dict[str, Indexed]:
    """What was read before; nothing where it cannot be understood."""
    try:
        return msgspec.json.decode(cache.read_bytes(), type=dict[str, Indexed])
    except (OSError, msgspec.MsgspecError):
        return {}


def keep(cache: Path, found: dict[str, Indexed]) -> None:
    """Keep what was read; where the cache cannot be written the next reading takes longer, and that is all."""
    try:
        with written_whole(cache) as writing:
            writing.write_bytes(msgspec.json.encode(found))
    except (OSError, StoreError):
        return


def rows(log_dir: str | Path) -> Iterator[tuple[Any, ...]]:
    """The rows of the table `runs`, in the order of COLUMNS."""
    for each in indexed(log_dir):
        manifest, result = each.run.manifest, each.run.result
        if manifest is None:
            continue
        metrics: dict[str, Estimate | None] = dict(result.metrics) if result is not None and result.metrics else {"": None}
        for name, estimate in metrics.items():
            found = estimate if estimate is not None and estimate.measurable else None
            yield (
                each.run.path,
                manifest.id,
                manifest.task,
                manifest.model,
                manifest.created or None,
                result.status if result is not None else "no result",
                " ".join(each.tags),
                name or None,
                *((found.value, found.low, found.high, found.n, found.clusters, found.method) if found is not None else (None,) * 6),
                estimate.coverage if estimate is not None else None,
                name in result.lower_is_better if result is not None and name else None,
                manifest.planned,
                *((result.scored, result.failed) if result is not None else (None, None)),
                manifest.samples,
                manifest.trials,
                manifest.seed,
                manifest.scenario,
                manifest.identity,
                manifest.fingerprints.get("dataset"),
                *((result.usage.input_tokens, result.usage.output_tokens, result.usage.cost, result.seconds) if result else (None,) * 4),
            )


def database(log_dir: str | Path, *, trials: bool = False) -> "duckdb.DuckDBPyConnection":
    """A DuckDB connection with the table `runs`; with `trials` also the view `trials` over every score of every run, whose Parquet is made where it
    is missing."""
    import duckdb

    found = duckdb.connect()
    found.execute(f"create table runs ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    table = list(rows(log_dir))
    if table:
        import numpy as np

        # Whole columns go in a thousand times quicker than rows; tags, words without blanks, travel as one text.
        columns = {name: np.array(values, dtype=object) for name, values in zip(COLUMNS, zip(*table, strict=True), strict=True)}
        told = ", ".join("string_split_regex(trim(tags), ' +')" if name == "tags" else name for name in COLUMNS)
        found.register("columns", columns)
        found.execute(f"insert into runs select {told} from columns")
        found.execute("update runs set tags = [] where tags = ['']")
        found.unregister("columns")
    if trials:
        add_trials(found, [each.run for each in indexed(log_dir)])
    return found


def add_trials(found: "duckdb.DuckDBPyConnection", runs: Sequence[StoredRun]) -> None:
    """The view `trials`: the columns of `trials.parquet` with the run's folder, task and model."""
    from assay.store.folder import RunFolder
    from assay.store.trials import TRIALS

    parts = []
    for run in runs:
        if run.manifest is None:
            continue
        path = RunFolder(run.path, run.manifest).parquet() / "trials.parquet"
        told = ", ".join(
            f"{quoted(value)} as {name}"
            for name, value in (("run_dir", run.path), ("task", run.manifest.task), ("model", run.manifest.model))
        )
        parts.append(f"select {told}, * from read_parquet({quoted(str(path))})")
    empty = ", ".join(
        f"null::{kind} as {name}" for name, kind in {"run_dir": "VARCHAR", "task": "VARCHAR", "model": "VARCHAR", **TRIALS}.items()
    )
    found.execute(f"create view trials as {' union all '.join(parts) if parts else f'select {empty} where false'}")


def ask(log_dir: str | Path, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """(column names, rows) of a SQL question to the tables `runs` and `trials`. Raises UsageError with what the database said."""
    import duckdb

    if not sql.strip(" ;\n\t"):
        raise UsageError("The question is empty.", remedy='assay query "select task, model, value from runs"')
    with database(log_dir, trials="trials" in sql.lower()) as found:
        try:
            answer = found.execute(sql)
            names = tuple(each[0] for each in answer.description or ())
            return names, answer.fetchall()
        except duckdb.Error as error:
            known = f"runs has {', '.join(COLUMNS)}; trials has one row a score."
            raise UsageError(f"The runs cannot be asked that: {str(error).splitlines()[0]}", remedy=known) from error


def quoted(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
