"""Rules that stop a run: `width<0.03`, `accuracy:width<=0.03`, `decided:vs=runs/OLD,margin=0.02`, each of the population or of the set."""

import re
from math import isfinite
from typing import Literal

import msgspec

from assay.core.errors import UsageError
from assay.core.registry import suggest
from assay.core.score import metric_name
from assay.core.task import Task

FORMS = "width<W, METRIC:width<W, decided:vs=RUN, decided:vs=RUN,margin=M; each may end in ,of=set"
WIDTH = re.compile(r"width\s*(<=|<)\s*(.*)", re.DOTALL)
OPTION = re.compile(r"^(.*),\s*(\w+)=([^,]*)$", re.DOTALL)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When a run has seen enough: once the interval of `metric` is narrower than `width`, or once its paired difference from the run `vs`
    is decided (with a `margin`: once it is known to lie within it). `of`: whose mean, the population's or that of the run's samples."""

    metric: str | None = None
    width: float | None = None
    inclusive: bool = False
    vs: str | None = None
    margin: float | None = None
    of: Literal["population", "set"] = "population"

    @property
    def words(self) -> str:
        """The rule as it is typed, in one spelling."""
        head = f"{self.metric}:" if self.metric else ""
        tail = ",of=set" if self.of == "set" else ""
        if self.width is not None:
            return f"{head}width{'<=' if self.inclusive else '<'}{self.width:g}{tail}"
        return f"{head}decided:vs={self.vs}{f',margin={self.margin:g}' if self.margin is not None else ''}{tail}"

    def narrow(self, low: float, high: float) -> bool:
        """Whether an interval is as narrow as the rule wants it."""
        wanted = self.width or 0.0
        return high - low < wanted or (self.inclusive and high - low == wanted)


def parse_rule(text: str) -> Rule:
    """The rule behind a text. Raises UsageError that says which forms there are."""
    told, options = text.strip(), {}
    while match := OPTION.match(told):
        if match[2] in options:
            raise UsageError(f"The rule '{text}' says {match[2]} twice.")
        told, options[match[2]] = match[1], match[3].strip()
    for name in options:
        if name not in ("margin", "of"):
            raise UsageError(f"A rule has no option '{name}': {text}.", remedy=suggest(name, ("margin", "of")))
    if options.get("of", "population") not in ("population", "set"):
        raise UsageError(f"of={options['of']} in the rule '{text}': a mean is of=population or of=set.")
    of: Literal["population", "set"] = "set" if options.get("of") == "set" else "population"
    metric, kind = None, told
    if not told.startswith(("width", "decided:")) and ":" in told:
        metric, _, kind = (part.strip() for part in told.partition(":"))
    if match := WIDTH.fullmatch(kind):
        if "margin" in options:
            raise UsageError(f"A margin belongs to decided, not to width: {text}.")
        return Rule(metric=metric, width=_number(match[2], text, "A width"), inclusive=match[1] == "<=", of=of)
    if kind.startswith("decided:vs=") and kind != "decided:vs=":
        margin = _number(options["margin"], text, "A margin") if "margin" in options else None
        return Rule(metric=metric, vs=kind.removeprefix("decided:vs="), margin=margin, of=of)
    raise UsageError(f"There is no rule '{text}'.", remedy=f"There are: {FORMS}.")


def _number(written: str, text: str, what: str) -> float:
    try:
        value = float(written)
    except ValueError:
        value = -1.0
    if not 0.0 < value < 2.0 or not isfinite(value):
        raise UsageError(f"{what} is a number above 0 and below 2, as in width<0.03; not '{written}' in the rule '{text}'.")
    return value


def watched_metric(rule: Rule, task: Task) -> str:
    """The metric the rule watches: the one it names, or the task's first. Raises UsageError where there is none, or it has no range."""
    names = [metric_name(each.name, criterion) for each in task.scorers for criterion in each.criteria]
    unbounded = {metric_name(each.name, criterion) for each in task.scorers for criterion in getattr(each, "unbounded", ())}
    bounded = [name for name in names if name not in unbounded]
    if rule.metric is None and names:
        chosen = names[0]
    elif rule.metric in names:
        chosen = rule.metric
    else:
        raise UsageError(
            f"The task '{task.name}' has no metric '{rule.metric}' whose mean a rule can watch.", remedy=suggest(rule.metric or "", names)
        )
    if chosen in unbounded:
        others = f"There are: {', '.join(bounded)}." if bounded else "No metric of this task has one; use --limit."
        raise UsageError(f"The metric '{chosen}' has no upper end, and a stopping rule needs a known range.", remedy=others)
    return chosen
