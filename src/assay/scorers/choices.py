"""choice: which option of a multiple-choice question an answer picks, by letter, by the option's text or by log-probability."""

import re
from collections.abc import Sequence
from math import isnan
from typing import Literal, NamedTuple

from assay.core.answer import Answer
from assay.core.errors import ScorerError, UsageError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers import extract, letters, options
from assay.scorers.extract import Found
from assay.scorers.letters import BARE, FULL_WIDTH, LABELLED, LETTER, LETTERS, LISTED, LONE_RUN, ONE_LETTER, STATEMENT, TRAILING
from assay.scorers.options import named
from assay.scorers.rule import Rule

UNKNOWN_OPTIONS = 10
"""How many letters count where the sample does not list its options: A to J."""

OWN_LABEL = re.compile(r"\s*\(?([A-Za-z])[).:]\s*(.*)", re.DOTALL)
COMMANDS = re.compile(r"\\(?:textbf|textrm|text|mathrm|mathbf|boxed|rm)\s?\{?")
REASON = re.compile(r"\b(?:because|since|while|whereas|although|but)\b", re.IGNORECASE)
NONE_OF_THEM = re.compile(
    r"\b(?:none of (?:the|these|them|above)|no (?:correct|valid|right)? ?(?:answer|option|choice)|neither|cannot be determined|not (?:listed|among))"
    r"|无(?:正确|法|解|选项)|没有(?:正确|一个|任何|给出|符合)|都?不(?:对|正确|符合|成立|在选项)|有误|错误的?题|无$",
    re.IGNORECASE,
)


class Pick(NamedTuple):
    """The options an answer picks (positions), and how they were found; no positions where it says none or several."""

    positions: tuple[int, ...]
    method: str


class Choice(Rule, frozen=True, kw_only=True, tag="choice-2"):
    """1 where the option picked is the target (a letter, or an option's text).

    Read in this order: a lone letter, behind `after` where given, boxed, the last statement ("the answer is (B)", "答案是B", "故选B"),
    a letter on the first line, a labelled line, a phrase such as "option B is correct", the text of exactly one option. Letters in the
    reasoning do not count, nor does what is denied ("A is wrong"). An answer that picks several or none of the options holds nothing.

    A sample with several targets has to be told what they mean, else it is unscored: `multiple` takes them as one set of letters ("ACD"
    as one target is the same): all right 1, a strict non-empty part of them `partial`, anything else 0; `each` as the answers of as many
    questions in their order ("BBC", "1. B 2. B 3. C"): the share that is right; `any_of` as equally good.
    `by="logprob"` takes the continuation with the highest log-probability.
    Lenient: the last capital letter that is an option, or the option whose text comes last.
    """

    name: str = "choice"
    by: Literal["text", "logprob"] = "text"
    after: str | None = None
    multiple: bool = False
    partial: float = 0.0
    each: bool = False
    any_of: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.multiple + self.each + self.any_of > 1:
            raise UsageError(
                f"The scorer '{self.name}' is told several meanings of several targets.", remedy="Take one of multiple, each and any_of."
            )

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        if self.each:
            return (self.in_order(sample, answer),)
        wanted = self.wanted(sample)
        if self.by == "logprob":
            return (self.likeliest(sample, answer, wanted),)
        texts = sample.choices or ()
        count = len(texts) or max(UNKNOWN_OPTIONS, 1 + max(max(each) for each in wanted))
        picked = pick(answer.text, texts, count, self.after, self.multiple)
        lenient = self.worth(lenient_pick(answer.text, texts, count), wanted)
        if not picked.positions:
            return (self.nothing(answer, picked.method, lenient=lenient),)
        value = self.worth(picked.positions, wanted)
        return (self.score(value, Found(spelt(picked.positions), picked.method), lenient=max(value, lenient)),)

    def wanted(self, sample: Sample) -> list[tuple[int, ...]]:
        """The sets of positions that are right. Raises ScorerError for several targets that nobody said the meaning of."""
        targets = self.targets(sample)
        found = [positions_of(self, sample, target) for target in targets]
        if self.multiple and len(targets) > 1:
            return [tuple(sorted({position for each in found for position in each}))]
        if len(targets) > 1 and not self.any_of and (len(set(found)) > 1 or len(set(targets)) < len(targets)):
            raise ScorerError(
                f"Sample '{sample.id}' has {len(targets)} targets, and the scorer '{self.name}' is not told what they mean.",
                kind="several_targets",
                remedy="Say multiple=true (one answer with all of these letters), each=true (as many questions, answered in order)"
                " or any_of=true (each of them is right).",
            )
        return found

    def in_order(self, sample: Sample, answer: Answer) -> Score:
        """The score of an answer to several questions: the share that is right."""
        targets = self.targets(sample)
        if len(targets) == 1 and re.fullmatch(r"[A-Za-z][\s,，、;；]*(?:[A-Za-z][\s,，、;；]*)+", targets[0].strip()):
            targets = tuple(re.findall(r"[A-Za-z]", targets[0]))
        wanted = [positions_of(self, sample, target)[0] for target in targets]
        count = len(sample.choices or ()) or max(UNKNOWN_OPTIONS, 1 + max(wanted))
        text = narrow(answer.text)
        place = extract.after(text, self.after, until="end") if self.after else Found(text, "")
        given, how = letters.ordered(place.text, len(wanted), count) if place else ([], f"no '{self.after}'")
        if not given:
            return self.nothing(answer, how)
        right = [said == right for said, right in zip(given, wanted, strict=True)]
        return self.score(sum(right) / len(right), Found(spelt(given), how), right=right)

    def worth(self, positions: tuple[int, ...], wanted: list[tuple[int, ...]]) -> float:
        """The value of a set of positions."""
        given = set(positions)
        if any(given == set(each) for each in wanted):
            return 1.0
        return self.partial if self.multiple and given and any(given < set(each) for each in wanted) else 0.0

    def likeliest(self, sample: Sample, answer: Answer, wanted: list[tuple[int, ...]]) -> Score:
        """The score of the continuation with the highest log-probability; the first of equals."""
        logprobs = [each[0] for each in answer.choice_logprobs or ()]
        if not logprobs or any(isnan(each) for each in logprobs):
            raise ScorerError(
                f"The answer to sample '{sample.id}' has no log-probabilities of its choices.",
                kind="no_logprobs",
                remedy="Ask with a likelihood solver on a model that gives them, or score with choice(by='text').",
            )
        best = max(range(len(logprobs)), key=logprobs.__getitem__)
        letter = LETTERS[best] if best < len(LETTERS) else str(best)
        return self.score(self.worth((best,), wanted), Found(letter, "highest log-probability"))


def spelt(positions: Sequence[int | None]) -> str:
    """Positions as letters; a dash for none."""
    return "".join("-" if position is None else LETTERS[position] for position in positions)


def positions_of(scorer: Choice, sample: Sample, target: str) -> tuple[int, ...]:
    """The positions a target names: by letter, by the option's text, or (`multiple`) by several letters."""
    target, texts = target.strip(), sample.choices or ()
    by_text = [] if sample.metadata.get("answer_as") == "letter" else places_of(target, texts)
    letter = target.strip("()（）. ").upper()
    by_letter = LETTERS.index(letter) if len(letter) == 1 and letter in LETTERS else None
    if by_letter is not None and texts and by_letter >= len(texts):
        by_letter = None
    if by_text and by_letter is not None and by_text != [by_letter]:
        raise scorer.unusable(sample, target, "clear: it is the letter of one option and the text of another")
    if by_text:
        return (by_text[0],)
    if by_letter is not None:
        return (by_letter,)
    several = re.sub(r"[\s,，、;；和]|\band\b", "", target)
    if scorer.multiple and several and all(each in LETTERS[: len(texts) or 26] for each in several.upper()):
        return tuple(sorted({LETTERS.index(each) for each in several.upper()}))
    raise scorer.unusable(sample, target, "an option (its letter or its text)")


def places_of(target: str, texts: tuple[str, ...]) -> list[int]:
    """The options whose text a target is, or is behind their own label ("B) Paris")."""
    label = OWN_LABEL.fullmatch(target)
    at, rest = (LETTERS.index(label[1].upper()), label[2].strip()) if label else (-1, "")
    return [position for position, option in enumerate(texts) if option.strip() == target or (position == at and option.strip() == rest)]


def narrow(text: str) -> str:
    """An answer as it is read: its end, one width of letters, no end marks."""
    return extract.window(text).translate(FULL_WIDTH).replace("<eoa>", "").strip()


def pick(text: str, texts: tuple[str, ...], count: int, marker: str | None, multiple: bool) -> Pick:
    """Which options an answer picks."""
    text = extract.own(narrow(text), marker).strip()
    if marker:
        place = extract.after(text, marker)
        return stated(place, texts, count, multiple) or Pick((), "no option there") if place else Pick((), f"no '{marker}'")
    lone = letters.alone(text, count)
    if lone is not None:
        return Pick((lone,), "letter alone")
    if multiple and (listed := letters.only(text, count)):
        return Pick(tuple(sorted(set(listed))), "letters alone")
    for place in places(text):
        said = stated(place, texts, count, multiple)
        if said:
            return said
    lines = by_line(text, texts, count, multiple)
    return lines or by_phrase(text, count) or by_text(text, texts) or Pick((), "no option named")


def places(text: str) -> list[Found]:
    """Where an answer is stated, best first."""
    found = extract.conclusions(text, STATEMENT)
    brackets = LONE_RUN.findall(text)
    last = closing(text)
    at = next((number for number, place in enumerate(found, 1) if place.method == "boxed"), 0)
    found[at:at] = [last] if last else []
    return [Found(brackets[-1], "[[...]]"), *found] if brackets else found


def closing(text: str) -> Found | None:
    """The last line, where it names a letter and nothing else ("Option C"), and no other such line names another."""
    last = extract.last_line(text)
    return last if last and BARE.match(last.text) and len(set(BARE.findall(text))) == 1 else None


def stated(place: Found, texts: tuple[str, ...], count: int, multiple: bool) -> Pick | None:
    """What a statement picks; a Pick without positions where it says several or none; None where it speaks of something else."""
    segment = COMMANDS.sub(" ", place.text)
    whole = options.whole(segment, tuple(text if len(text.strip()) > 1 else "" for text in texts))
    if whole is not None:
        return Pick((whole,), f"{place.method}, by text")
    # A reason behind the pick names other options; a list of them names them before it.
    listed = [letters.position(letter) for letter in LISTED.findall(REASON.split(segment, maxsplit=1)[0])]
    found = (multiple and letters.only(segment, count)) or letters.leading(segment, count, multiple)
    if found and len(set(listed)) > 1 and all(each < count for each in listed) and not (multiple and len(set(found)) > 1):
        found = listed
    if found and (multiple or len(set(found)) == 1):
        return Pick(tuple(sorted(set(found))), place.method)
    if found:
        return Pick((), f"{place.method}: several options")
    behind = TRAILING.fullmatch(segment)
    if behind and (at := letters.position(behind[1])) < count:
        return Pick((at,), place.method)
    text = named(segment, texts)
    if text is not None:
        return Pick((text,), f"{place.method}, by text")
    if (lone := ONE_LETTER.fullmatch(segment)) and letters.position(lone[1]) >= count:
        return Pick((), f"{place.method}: a letter that no option has")
    return Pick((), f"{place.method}: none of the options") if NONE_OF_THEM.search(segment[:200]) else None


def by_line(text: str, texts: tuple[str, ...], count: int, multiple: bool) -> Pick | None:
    """A letter on the first line, the line called right, or a line labelled with a letter where one is: a list of options picks none."""
    first = letters.opening(text)
    if first is not None and first < count and not multiple:
        return Pick((first,), "first line")
    right = [] if any(re.fullmatch(letters.RIGHT, option, re.IGNORECASE) for option in texts) else letters.judged(text)
    if right and max(right) < count and (multiple or len(set(right)) == 1):
        return Pick(tuple(sorted(set(right))), "line called right")
    bare = BARE.findall(text)
    labels = {letters.position(match[1]) for match in LABELLED.finditer(text) if not letters.DENIED_BEHIND.match(text, match.end(1))}
    labels |= {letters.position(letter) for letter in bare}
    if len(labels) == 1 and (position := labels.pop()) < count:
        return Pick((position,), "labelled line")
    if multiple and 1 < len(labels) < count and max(labels) < count and not bare:
        return Pick(tuple(sorted(labels)), "labelled lines")
    last = extract.last_line(text)
    if len(set(bare)) > 1 and not multiple:
        return Pick((), "several options on lines of their own")
    if last is None or len(last.text) > 12 or (LABELLED.match(last.text) and not ONE_LETTER.fullmatch(last.text)):
        return None
    found = letters.leading(last.text, count, multiple)
    return Pick(tuple(sorted(set(found))), "last line") if found and (multiple or len(set(found)) == 1) else None


def by_phrase(text: str, count: int) -> Pick | None:
    """Phrases that pick ("option B is correct", "选B"), where all of them pick the same."""
    positions = set(letters.chosen(text))
    if len(positions) == 1 and (position := positions.pop()) < count:
        return Pick((position,), "phrase")
    return Pick((), "several options are picked") if positions else None


def by_text(text: str, texts: tuple[str, ...]) -> Pick | None:
    """The option whose text is the answer, or its last line, or alone of all stands in the answer."""
    last = extract.last_line(text)
    if last and LABELLED.match(last.text) and len(LABELLED.findall(text)) > 1:
        last = None
    for place in filter(None, (Found(text, "option text") if len(text) < 2_000 else None, last)):
        at = named(place.text, texts)
        if at is not None:
            return Pick((at,), f"{place.method}, by text")
    return None


def lenient_pick(text: str, texts: tuple[str, ...], count: int) -> tuple[int, ...]:
    """The second extractor: the last letter that is an option, else the option whose text comes last."""
    text = narrow(text)
    found = [letters.position(match.group("closed") or match.group("open")) for match in LETTER.finditer(text)]
    found = [each for each in found if each < count]
    if found:
        return (found[-1],)
    mentioned = options.mentions(text[-options.LONGEST :], texts)
    return (max(mentioned, key=lambda each: each.end).option,) if mentioned else ()


choice = Choice
