"""How numbers and texts are written, the same in terminal, page and table: scales, decimals, and foreign text made harmless."""

import math
import re
from collections.abc import Iterable, Sequence

import msgspec

from assay.core.estimate import Estimate

NO_SHARE = {
    "bits_per_byte",
    "loss",
    "perplexity",
    "word_perplexity",
    "byte_perplexity",
    "brier_score",
    "latency",
    "seconds",
    "tokens",
    "cost",
    "mae",
    "rmse",
    "wer",
    "cer",
}
"""Metrics that are no share of anything, even where their value lies between 0 and 1: error rates pass 1, and a metric has one unit."""

EMPTY = "—"
MINUS = "−"

METHODS = {
    "wilson": "Wilson score interval",
    "clopper-pearson": "exact binomial interval (Clopper-Pearson)",
    "t": "Student's t interval",
    "t-clusters": "Student's t interval, by groups",
    "wilson-clusters": "Wilson score interval, by groups",
    "clopper-pearson-clusters": "Clopper-Pearson, by groups",
    "constant": "exact interval of a value without spread",
    "bounds": "the whole range: one group shows no spread",
    "bca": "bootstrap interval (BCa)",
    "adaptive": "estimate of the whole set from adaptively chosen samples (item model, calibrated on earlier runs)",
    "betting": "confidence sequence (betting), valid under peeking",
    "betting-clusters": "confidence sequence (betting), by groups, valid under peeking",
    "betting-set": "confidence sequence (betting) of this set's mean, valid under peeking",
    "betting-set-clusters": "confidence sequence (betting) of this set's mean, by groups, valid under peeking",
    "jackknife": "delete-one jackknife of the whole set's score",
    "mover": "the tasks' own intervals put together (MOVER)",
    "score": "Tango's score interval of a paired difference",
    "exact-t": "t and exact bound together: few groups differ",
    "unpaired": "both sides' own intervals put together, samples not paired (Newcombe, MOVER)",
    "jackknife-variance": "interval of a variance (jackknife; chi-square and t)",
}

METRIC_NAMES = {"wer": "word errors", "cer": "character errors"}
BUILTIN_NAMES = {"kept": "rules kept", "shown": "work shown"}
"""Metrics whose name does not say what is counted: of any task, and of the built-in ones (elsewhere such a name is somebody's own)."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How the values of one metric are written: `factor` (100 for shares), `decimals`, and the axis from `start` to `end`, in the metric's own unit."""

    factor: float
    decimals: int
    start: float
    end: float

    def text(self, value: float | None) -> str:
        """A value; an em dash where there is none."""
        return EMPTY if value is None else _minus(f"{value * self.factor:,.{self.decimals}f}")

    def signed(self, value: float | None) -> str:
        """A difference with its sign; what rounds to nothing has none."""
        if value is None:
            return EMPTY
        text = f"{value * self.factor:+,.{self.decimals}f}"
        return _minus(text) if float(text.replace(",", "")) else text[1:]

    def place(self, value: float) -> float:
        """Where a value stands on the axis, 0..1; beyond its ends, the end."""
        return min(1.0, max(0.0, (value - self.start) / (self.end - self.start)))

    @property
    def is_share(self) -> bool:
        """Whether values are written as per cent."""
        return self.factor == 100.0


def _minus(text: str) -> str:
    """The real minus sign, and none before a zero."""
    return text.replace("-", MINUS) if any(digit in "123456789" for digit in text) else text.replace("-", "")


def scale_of(metric: str, estimates: Iterable[Estimate], *, whole: bool = False) -> Scale:
    """The scale that fits all estimates of one metric together. `whole` asks for an axis from 0 to 1 where the metric is a share."""
    bounds = [each for one in estimates for each in (one.value, one.low, one.high) if each is not None and math.isfinite(each)]
    least, most = (min(bounds), max(bounds)) if bounds else (0.0, 1.0)
    share = least >= 0.0 and most <= 1.0 and base_name(metric) not in NO_SHARE
    if share:
        start, end = (0.0, 1.0) if whole else _axis(least, most, 0.0, 1.0)
        return Scale(factor=100.0, decimals=1, start=start, end=end)
    size = max(abs(least), abs(most))
    start, end = _axis(min(0.0, least) if whole else least, most, -math.inf, math.inf)
    return Scale(factor=1.0, decimals=1 if size >= 100 else 2 if size >= 1 else 3, start=start, end=end)


def _axis(least: float, most: float, floor: float, ceiling: float) -> tuple[float, float]:
    """Round ends around the data; the whole range where the data fill half of it."""
    if math.isfinite(ceiling) and most - least > 0.5 * (ceiling - floor):
        return floor, ceiling
    step = nice_step(max(most - least, 1e-9 * max(abs(most), 1.0), 0.02 if math.isfinite(ceiling) else 0.0) / 2)
    start, end = math.floor(least / step) * step, math.ceil(most / step) * step
    if end - start < step:
        end = start + step
    return max(floor, start), min(ceiling, end)


def nice_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= rough * (1 - 1e-9))


def ticks(start: float, end: float, most: int = 5) -> list[float]:
    """Round places on an axis, at most `most` + 1 of them."""
    step = nice_step((end - start) / most)
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def base_name(metric: str) -> str:
    """The last part of a metric's name, without its arguments: what `number/wer` measures is `wer`."""
    return re.split(r"[/ ]", metric.partition("@")[0])[-1].lower()


def metric_name(metric: str, task: str) -> str:
    """A metric of a task as a person reads it; documents and options keep its own name."""
    names = {**METRIC_NAMES, **BUILTIN_NAMES} if task.startswith("builtin") else METRIC_NAMES
    return names.get(metric, metric)


FAILURES = {
    "endpoint_down": "the endpoint answers nobody any more",
    "not_recorded": "the recording has no answer",
    "unreachable": "nobody answers at the endpoint",
    "cut": "the connection was cut",
    "timeout": "no answer in time",
    "rate_limit": "too many requests for the endpoint",
    "quota": "the account has no credit left",
    "auth": "the key was refused",
    "no_model": "the endpoint has no such model",
    "no_path": "the address has no such path",
    "not_json": "the endpoint answered something that is no JSON",
    "bad_request": "the endpoint refused the request",
    "bad_response": "the endpoint's answer has no content",
    "error_in_answer": "the endpoint answered with an error",
    "context_overflow": "the prompt does not fit the model's context",
    "content_filter": "the endpoint's content filter",
    "budget": "the budget was spent",
}


def failure_name(kind: str, message: str = "") -> str:
    """What broke, in words: of `endpoint:http_503` "the endpoint answered HTTP 503"; a message that says at which address nobody
    answers says it better than its kind."""
    if found := re.search(r"[Nn]obody answers at [^\s;,]+[^\s;,.]", message):
        return found[0][:1].upper() + found[0][1:]
    blame, _, own = kind.partition(":")
    if status := re.fullmatch(r"http_(\d+)", own):
        return f"the {blame} answered HTTP {status[1]}"
    if blame == "unscored":
        return f"unscored by {own}"
    if blame != "endpoint" and own in FAILURES:
        return f"{own.replace('_', ' ')} ({blame})"
    return FAILURES.get(own, f"{own.replace('_', ' ')} ({blame})" if own else kind)


def interval(estimate: Estimate, scale: Scale) -> str:
    """`[68.9, 73.8]`, or nothing where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{scale.text(estimate.low)}, {scale.text(estimate.high)}]"


def number(estimate: Estimate, scale: Scale) -> str:
    """`71.4 [68.9, 73.8]`, or an em dash."""
    return f"{scale.text(estimate.value)} {interval(estimate, scale)}".strip()


def share(value: float) -> str:
    """A share as a whole per cent that never rounds up to 100 or down to 0."""
    per_cent = round(value * 100)
    if value < 1.0 and per_cent == 100:
        return "> 99 %"
    if value > 0.0 and per_cent == 0:
        return "< 1 %"
    return f"{per_cent} %"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 trial`, `1,319 trials`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def tokens(number: int) -> str:
    """`812`, `12.3 k`, `4.1 M` tokens."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.1f} {letter} tokens"
    return count(number, "token")


def money(dollars: float) -> str:
    """US dollars; small sums keep two significant digits."""
    if dollars == 0 or dollars >= 0.1:
        return f"${dollars:,.2f}"
    return f"${dollars:.{max(2, 1 - math.floor(math.log10(dollars)))}f}"


def listing(words: Sequence[str], most: int = 4) -> str:
    """`a, b and c`; of many, the first and how many more."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")


def plain(text: str) -> str:
    """Foreign text with what would steer a screen (control codes, direction overrides, lone surrogates) made visible."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """A text to read: its beginning and end, with how many characters were left out between them."""

    head: str
    tail: str = ""
    left_out: int = 0


def excerpt(text: str, limit: int = 1600) -> Excerpt:
    """At most `limit` characters of a text: two thirds from its beginning, where questions stand, the rest from its end, where answers do."""
    if len(text) <= limit:
        return Excerpt(head=plain(text))
    head = limit * 2 // 3
    tail = limit - head
    return Excerpt(head=plain(text[:head]), tail=plain(text[-tail:]), left_out=len(text) - limit)
