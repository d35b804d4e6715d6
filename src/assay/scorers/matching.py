"""exact, includes, pattern: the answer compared with the target as text."""

import re
import unicodedata
from collections import deque
from functools import lru_cache
from typing import Any, Literal

from assay.core.answer import Answer
from assay.core.errors import ScorerError, UsageError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers.extract import Found, after, boxed, fenced, first_line, last_line, statements, trimmed, window
from assay.scorers.normal import loose
from assay.scorers.rule import Rule


def loosely_equal(text: str, targets: tuple[str, ...]) -> bool:
    """Whether a text equals a target but for width, case, punctuation and articles."""
    longest = 4 * max(len(target) for target in targets) + 200
    return len(text) <= longest and any(loose(text) == loose(target) for target in targets)


def lenient_match(text: str, targets: tuple[str, ...]) -> float:
    """The second extractor of the text scorers: any place where an answer usually stands, compared loosely."""
    places = [Found(text, "all"), boxed(text), fenced(text), last_line(text), first_line(text), *statements(text)[-1:]]
    return float(any(place is not None and loosely_equal(place.text, targets) for place in places))


WRAPPED = re.compile(
    r"\$(.+)\$|\\\((.+)\\\)|\\\[(.+)\\\]|\\(?:boxed|fbox|text|textbf|mathrm|mathbf)\{(.+)\}|\*(.+)\*|_(.+)_|`(.+)`|\"(.+)\"|'(.+)'|“(.+)”|‘(.+)’"
)
LABEL = re.compile(r"\([A-Za-z]\)")


def unwrapped(text: str) -> str:
    """A text without what only presents it: emphasis, quotes, $...$, \\boxed{...}, the final stop; case aside."""
    text = unicodedata.normalize("NFC", text).replace("**", "").strip()
    for _ in range(8):
        bare = text.removesuffix(".").removesuffix("。").rstrip() if len(text) > 1 else text
        match = WRAPPED.fullmatch(bare)
        bare = next(filter(None, match.groups())).strip() if match else bare
        if bare == text:
            break
        text = bare
    return text.casefold()


class Exact(Rule, frozen=True, kw_only=True, tag="exact-1"):
    """1 where the answer equals a target, blanks around both apart.

    With `after` only what follows the last occurrence of that marker counts, to the end of its line (`until="end"`: of the text);
    an answer without the marker holds nothing. `forgiving` reads past what only presents an answer (emphasis, quotes, a box, the final
    stop, case, an option's text behind its label), and takes a short answer without the marker whole. Lenient: any usual place, without case, punctuation and articles.
    """

    name: str = "exact"
    after: str | None = None
    until: Literal["line", "end"] = "line"
    ignore_case: bool = False
    ignore_final_stop: bool = False
    forgiving: bool = False

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = self.targets(sample)
        found = after(answer.text, self.after, until=self.until) if self.after else Found(answer.text.strip(), "whole answer")
        if found is None and self.forgiving and is_short(answer.text, targets):
            found = Found(answer.text.strip(), "whole answer")
        lenient = lenient_match(answer.text, targets)
        if found is None or (not found.text and "" not in targets):
            return (self.nothing(answer, f"no '{self.after}' with something after it", lenient=lenient),)
        value = float(any(self.equal(found.text, target) for target in targets))
        return (self.score(value, found, lenient=max(value, lenient)),)

    def equal(self, said: str, target: str) -> bool:
        """Whether what was said is the target."""
        if self.plain(said) == self.plain(target):
            return True
        if not self.forgiving:
            return False
        bare, wanted = unwrapped(said), unwrapped(target)
        behind = bare.removeprefix(wanted)
        is_labelled = LABEL.fullmatch(wanted) is not None and behind[:1] in tuple(" :") and not LABEL.search(behind)
        return bare == wanted or (behind != bare and is_labelled)

    def plain(self, text: str) -> str:
        """A text as it is compared."""
        text = unicodedata.normalize("NFC", text.strip())
        if self.ignore_final_stop and text.endswith((".", "。")):
            text = text[:-1].rstrip()
        return text.casefold() if self.ignore_case else text


def is_short(text: str, targets: tuple[str, ...]) -> bool:
    """Whether a text is little else than an answer: one line, hardly longer than a target."""
    text = text.strip()
    return bool(text) and "\n" not in text and len(text) <= 40 + 2 * max(len(target) for target in targets)


class Includes(Rule, frozen=True, kw_only=True, tag="includes-1"):
    """1 where a target stands in the answer.

    `words` (the default) asks for whole words and numbers, so that "no" is not found in "know" nor "5" in "1.5"; characters of
    scripts without blanks need no boundary. Lenient: without punctuation and articles.
    """

    name: str = "includes"
    ignore_case: bool = True
    words: bool = True

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        targets = self.targets(sample)
        if not answer.text.strip():
            return (self.nothing(answer, "empty answer", lenient=0.0),)
        text = self.plain(answer.text)
        for target in targets:
            wanted = self.plain(target.strip())
            if not wanted:
                raise self.unusable(sample, target, "a text with something in it")
            place = self.place(text, wanted)
            if place >= 0:
                return (self.score(1.0, Found(text[place : place + len(wanted)], "found in the answer"), lenient=1.0, at=place),)
        lenient = f" {loose(window(answer.text))} "
        also = any(loose(target) and f" {loose(target)} " in lenient for target in targets)
        return (self.score(0.0, Found(answer.text.strip(), "not in the answer"), lenient=float(also)),)

    def plain(self, text: str) -> str:
        """A text as it is searched."""
        text = unicodedata.normalize("NFC", text)
        return text.casefold() if self.ignore_case else text

    def place(self, text: str, wanted: str) -> int:
        """Where `wanted` stands in `text`, or -1."""
        start = text.find(wanted)
        while self.words and start >= 0 and not whole(text, start, start + len(wanted)):
            start = text.find(wanted, onward(text, start))
        return start


SPACED_WORD = re.compile(
    r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
WORD_END = re.compile(r"\W|$")


def onward(text: str, start: int) -> int:
    """Where the next occurrence may begin: behind the word in which this one lies, so that one long word costs one look."""
    glued = start > 0 and SPACED_WORD.match(text, start - 1) and SPACED_WORD.match(text, start)
    end = WORD_END.search(text, start + 1) if glued and text.isascii() else None
    return end.start() if end else start + 1


def whole(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] cuts no word and no number in two."""
    first, last = text[start], text[end - 1]
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    if SPACED_WORD.match(first) and before and SPACED_WORD.match(before[-1]):
        return False
    if SPACED_WORD.match(last) and behind and SPACED_WORD.match(behind[0]):
        return False
    if first.isdigit() and before:
        if before[-1] in "-−" and not (len(before) > 1 and before[0].isalnum()):
            return False
        if before[-1] in ".," and (len(before) == 1 or before[0].isdigit() or (before[-1] == "." and not before[0].isalpha())):
            return False
    return not (last.isdigit() and len(behind) == 2 and behind[0] in ".,/:" and behind[1].isdigit())


@lru_cache(maxsize=256)
def compiled(expression: str, ignore_case: bool) -> Any:
    """A pattern of the package `regex`, which can stop at a time limit; the standard library's cannot."""
    import regex  # type: ignore[import-untyped]

    try:
        return regex.compile(expression, regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0))
    except regex.error as error:
        raise UsageError(f"The pattern {expression!r} cannot be read: {error}.", remedy="Correct the regular expression.") from error


SEARCHED = 200_000
"""Characters of an answer in which a pattern is looked for: from the end, or from the beginning where the first match is wanted."""


class Pattern(Rule, frozen=True, kw_only=True, tag="pattern-1"):
    """What a regular expression finds (its `group`, in the last match unless `which="first"`), compared with the target.

    Without a target a match alone scores 1. `^` and `$` are line ends. A pattern that runs longer than `seconds` is our fault: unscored.
    Lenient: as for `exact`.
    """

    name: str = "pattern"
    pattern: str
    group: int | str = 0
    which: Literal["first", "last"] = "last"
    ignore_case: bool = False
    seconds: float = 1.0

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        text = self.matched(sample, answer)
        targets = sample.targets
        lenient = lenient_match(answer.text, targets) if targets else None
        if text is None:
            return (self.nothing(answer, "the pattern is nowhere in the answer", lenient=lenient),)
        value = float(not targets or any(self.plain(text) == self.plain(target) for target in targets))
        return (self.score(value, Found(text, f"pattern, {self.which} match"), lenient=None if lenient is None else max(value, lenient)),)

    def matched(self, sample: Sample, answer: Answer) -> str | None:
        """The text of the group in the match that counts."""
        expression = compiled(self.pattern, self.ignore_case)
        try:
            text = answer.text[:SEARCHED] if self.which == "first" else answer.text[-SEARCHED:]
            matches = expression.finditer(text, timeout=self.seconds)
            match = next(matches, None) if self.which == "first" else next(iter(deque(matches, maxlen=1)), None)
        except TimeoutError as error:
            raise ScorerError(
                f"The pattern {self.pattern!r} took more than {self.seconds:g} s on the answer to sample '{sample.id}'.",
                kind="timeout",
                remedy="Make the pattern linear (no nested repeats), or raise `seconds`.",
            ) from error
        try:
            return None if match is None else match.group(int(self.group) if str(self.group).isdigit() else self.group)
        except IndexError as error:
            raise UsageError(f"The pattern {self.pattern!r} has no group {self.group!r}.", remedy="Name one of its groups.") from error

    def plain(self, text: str) -> str:
        """A text as it is compared."""
        return trimmed(text).casefold() if self.ignore_case else trimmed(text)


def pattern(expression: str, *, group: int | str = 0, name: str = "pattern", **fields: Any) -> Pattern:
    """1 where what a regular expression finds equals the target. `fields` are the other fields of `Pattern` (`which`, `ignore_case`, `seconds`)."""
    scorer = Pattern(pattern=expression, group=group, name=name, **fields)
    compiled(expression, scorer.ignore_case)
    return scorer


exact = Exact
includes = Includes
