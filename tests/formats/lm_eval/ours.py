"""The same tasks by Assay on the same server, in the shape of what `tools/oracles/lm_eval.py` gives."""

from pathlib import Path
from typing import Any

from tests.formats.lm_eval.server import BOS, Server
from tests.formats.lm_eval.tasks import SUITE

from assay.api import prepare, run_prepared
from assay.formats.lm_eval.catalogue import Catalogue
from assay.metrics.groups import of_groups


def ran(name: str, server: Server, log_dir: Path, *, flags: dict[str, Any] | None = None) -> dict[str, Any]:
    """What Assay asked, and its numbers by lm-eval's keys: "acc,none"."""
    server.emptied()
    options = {"folder": str(SUITE), **({"apply_chat_template": True, **flags} if flags is not None else {})}
    model = {"base_url": server.url, "bos": BOS, **({"api": "chat"} if flags is not None else {})}
    prepared = prepare(
        f"lm-eval:{name}", "openai-compatible/oracle", task_options=options, model_options=model, log_dir=str(log_dir), retries=0
    )
    results = run_prepared(prepared)
    groups = of_groups(dict.fromkeys(group for task, _ in prepared.pairs for group in task.groups), results)
    both = [(each.task, each.metrics) for each in results] + [(each.group, each.metrics) for each in groups]
    rows = {called: {keyed(label): estimate.value for label, estimate in metrics.items()} for called, metrics in both}
    return {"seen": server.emptied(), "results": rows, "runs": results}


def keyed(label: str) -> str:
    """A metric's label as lm-eval writes it."""
    metric, _, pipeline = label.partition("/")
    return f"{metric},{pipeline or 'none'}"


def names() -> list[str]:
    """Every task of the suite."""
    return sorted(Catalogue((SUITE,)).tasks)
