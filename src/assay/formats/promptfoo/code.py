"""Python assertions of promptfoo configurations: an expression, a block with `return`, or `file://module.py:function`. Run only where it was allowed."""

import importlib.util
import textwrap
from pathlib import Path
from typing import Any

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.sample import Sample
from assay.formats.promptfoo.assertion import Check, Verdict


def run_python(check: Check, sample: Sample, answer: Answer, folder: str) -> Verdict:
    """What the configuration's own code says: a boolean, a number, or a mapping with pass, score and reason."""
    context = {"vars": (sample.metadata.get("promptfoo") or {}).get("vars", {}), "prompt": sample.prompt}
    code = str(check.value)
    if code.startswith("file://"):
        found = function_in(code.removeprefix("file://"), folder)(answer.text, context)
    elif "\n" in code.strip() or code.strip().startswith("return "):
        space: dict[str, Any] = {}
        exec(f"def asserted(output, context):\n{textwrap.indent(code, '    ')}", space)
        found = space["asserted"](answer.text, context)
    else:
        found = eval(code, {"output": answer.text, "context": context})
    return verdict_of(found, check)


def function_in(place: str, folder: str) -> Any:
    """The function a file holds: `get_assert` where none is named."""
    path, _, name = place.partition(":")
    where = Path(folder) / path
    spec = importlib.util.spec_from_file_location(f"assay_promptfoo_{where.stem}", where)
    if spec is None or spec.loader is None or not where.is_file():
        raise ScorerError(f"The assertion's file {where} is not there.", kind="no_file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name or "get_assert")


def verdict_of(found: Any, check: Check) -> Verdict:
    """A result of somebody's code as a verdict. Raises ScorerError for what is none."""
    if isinstance(found, dict):
        score = float(found.get("score", float(bool(found.get("pass")))))
        return Verdict(passed=bool(found.get("pass", score > 0)), score=score, reason=str(found.get("reason") or ""))
    if isinstance(found, bool):
        return Verdict(passed=found, score=float(found), reason="the code says so")
    if isinstance(found, int | float):
        floor = check.threshold
        return Verdict(passed=found >= floor if floor is not None else found > 0, score=float(found), reason=f"the code gives {found:g}")
    raise ScorerError(
        f"The python assertion gave a {type(found).__name__}.", kind="no_verdict", remedy="Return True, False, a number or a mapping."
    )
