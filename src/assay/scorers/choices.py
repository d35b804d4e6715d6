"""choice: which option of a multiple-choice question an answer picks, by letter, by the option's text or by log-probability."""

import re
from math import isnan
from typing import Literal, NamedTuple

from assay.core.answer import Answer
from assay.core.errors import ScorerError
from assay.core.protocols import Context
from assay.core.sample import Sample
from assay.core.score import Score
from assay.scorers import extract
from assay.scorers.extract import Found
from assay.scorers.normal import loose
from assay.scorers.rule import Rule

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNKNOWN_OPTIONS = 10
"""How many letters count where the sample does not list its options: A to J."""

DECORATION = r"[\s*_`\"'“”‘’「」$\\#>:：]*"
LETTER = re.compile(
    r"[(（\[【{]\s?(?P<closed>[A-Za-z])\s?[)）\]】}]"
    r"|(?<![A-Za-z0-9'’\\])(?P<open>[A-Z])(?![A-Za-z0-9'’]|-[A-Za-z]|\.[A-Za-z]\.)"
)
RUN = re.compile(r"(?<![A-Za-z])([A-Z]{2,10})(?![A-Za-z0-9'’])")
FILLER = r"(?:(?i:therefore|thus|hence|then|clearly|obviously|indeed|definitely|certainly|simply|probably|likely|actually)\b,?"
LEADING = re.compile(
    rf"{DECORATION}(?:[,，=–—-]{DECORATION})?{FILLER}{DECORATION}){{0,2}}"
    rf"(?:[(（\[]?(?i:(?:the\s)?(?:option|choice|letter|answer|ans)|选项?|选择|第){DECORATION}){{0,2}}"
    r"(?:[(（\[【{]\s?(?P<closed>[A-Za-z])\s?[)）\]】}]|(?P<open>[A-Z])(?![A-Za-z0-9'’]|-[A-Za-z]|\.[A-Za-z]\.)|(?P<small>[a-z])(?=[).:：、，]|\s*$)(?!\.[a-z]))"
)
# A letter that ends its line (or its tag), marks aside.
LETTER_AHEAD = (
    r"(?=[*_`\"'“‘(（\[【{$ \t]{0,6}(?:(?:option|choice|letter)[ \t]{0,2})?[(（\[*]{0,3}(?-i:[A-Z])"
    r"[)）\]】}*_`\"'”’.。!,，;；$]{0,6}[ \t]*(?:$|</))"
)
NAMED = r"(?-i:[A-Z])[)*]{0,3}[ \t]?[,;.–—-]?[ \t]?"
# What stands before a letter only: "Answer D" says less than "Answer: D", so the letter must end the line and begin a clause.
STATEMENT = re.compile(
    rf"(?:answer|option|choice)\b[^\n.]{{0,20}}?(?:\bnot|n['’]t)[ \t](?:option[ \t])?[(*]{{0,3}}{NAMED}"
    rf"(?:but(?: rather)?|it(?: is|['’]s| must be| should be)|rather)[ \t]{LETTER_AHEAD}"
    rf"|(?:(?<=[.!?。:;,，(=>])[ \t]{{0,3}}|(?<![A-Za-z])(?:correct|final|right|best|so|hence|thus|therefore)[ \t,]{{1,2}}(?:the[ \t])?)"
    rf"(?:ans|answer)[ \t*_]{{1,4}}{LETTER_AHEAD}"
    rf"|(?<![A-Za-z])ans(?:wer)?[ \t*_]{{0,4}}[-–—=.>]{{1,2}}{LETTER_AHEAD}"
    rf"|(?:答案|选项)[ \t]{{1,3}}{LETTER_AHEAD}"
    r"|<(?:final_?)?(?:answer|choice)>|[\"'](?:final_?)?(?:answer|choice|option)[\"'][ \t]?:"
    rf"|{extract.STATEMENT.pattern}",
    re.IGNORECASE | re.MULTILINE,
)
BARE = re.compile(
    r"^[ \t#>*_(（\[]{0,6}(?i:option|choice|answer|ans)[ \t*_]{0,3}[:：]?[ \t*_(（\[]{1,4}([A-Z])[)）\]*_.。!]{0,5}[ \t]*$", re.MULTILINE
)
ONE_LETTER = re.compile(r"[\W_]{0,6}(?:(?i:option|choice|letter|answer|ans)[\W_]{1,3})?([A-Z])[\W_]{0,6}")
OWN_LABEL = re.compile(r"\s*\(?([A-Za-z])[).:]\s*(.*)", re.DOTALL)
# "Plan B is the best" picks no option.
LETTERED = (
    "plan", "vitamin", "type", "class", "grade", "group", "team", "point", "hepatitis", "section", "part", "person", "company", "city",
)  # fmt: skip
NAMES = "".join(f"(?<!(?i:{word}) )" for word in LETTERED)
# "A" and "I" are words, too: they are letters before these.
AFTER_WORD = re.compile(
    r"\s+(?:(?:is|are|was|or|and|as|because|since|for|which|with|but|would|seems|should|best|correct|matches|does|has|in|by|given|due|answers)\b|[^a-z])|\s*$"
)
BETWEEN = re.compile(
    r"[\s*_`()（）\[\]【】{}$,，、;；/&+|]*(?:(?:and|or|及|和|与|或者?|以及)[\s*_`()（）\[\]【】{}$]*(?:option|选项)?[\s(（]*)?",
    re.IGNORECASE,
)
NONE_OF_THEM = re.compile(
    r"\b(?:none of (?:the|these|them|above)|no (?:correct|valid|right)? ?(?:answer|option|choice)|neither|cannot be determined|not (?:listed|among))"
    r"|无(?:正确|法|解|选项)|没有(?:正确|一个|任何|给出|符合)|都?不(?:对|正确|符合|成立|在选项)|有误|错误的?题|无$",
    re.IGNORECASE,
)
LABELLED = re.compile(r"^[ \t]{0,4}[*_(（\[]{0,3}([A-Z])[)）\].:：、][*_]{0,2}(?=\s|$|[\u4e00-\u9fff])", re.MULTILINE)
LISTED = re.compile(r"(?:^|[\s(（])([A-Z])[.．:：、)）](?=\s|[^\sA-Za-z])")
CHOSEN = re.compile(
    r"(?:\b(?:choose|pick|select|chose|picked|go with|going with|opt for|option|choice)[\s*_`:：(（]{1,6}([A-Z])(?![A-Za-z'’])"
    rf"|(?<![A-Za-z]){NAMES}[(（]?([A-Z])[)）]?[*_]{{0,2}}\s?(?:is|would be|must be)(?: the)?[ *_]{{1,4}}(?:correct|right|best|true|answer)\b"
    r"|(?:选|选择|选项)[\s*_:：(（]{0,4}([A-Z])(?![A-Za-z])(?!选?项?(?:是|为)?(?:错|不))"
    r"|(?<![A-Za-z])([A-Z])(?:选?项)?(?:是|为)?(?:正确|对的))"
)


class Pick(NamedTuple):
    """The options an answer picks (positions), and how they were found; no positions where it says none or several."""

    positions: tuple[int, ...]
    method: str


class Choice(Rule, frozen=True, kw_only=True, tag="choice-1"):
    """1 where the option picked is the target (a letter, or an option's text).

    Read in this order: a lone letter, behind `after` where given, boxed, the last statement ("the answer is (B)", "答案是B", "故选B"),
    a labelled line, a phrase such as "option B is correct", the text of exactly one option. Letters in the reasoning do not count.
    An answer that picks several or none of the options holds nothing. `multiple` scores sets of letters ("ACD"): all right 1,
    a strict non-empty part of them `partial`, anything else 0. `by="logprob"` takes the continuation with the highest log-probability.
    Lenient: the last capital letter that is an option, or the option whose text comes last.
    """

    name: str = "choice"
    by: Literal["text", "logprob"] = "text"
    after: str | None = None
    multiple: bool = False
    partial: float = 0.0

    def __call__(self, sample: Sample, answer: Answer, context: Context | None = None) -> tuple[Score, ...]:
        wanted = [positions_of(self, sample, target) for target in self.targets(sample)]
        if self.by == "logprob":
            return (self.likeliest(sample, answer, wanted),)
        options = sample.choices or ()
        count = len(options) or max(UNKNOWN_OPTIONS, 1 + max(max(each) for each in wanted))
        picked = pick(answer.text, options, count, self.after, self.multiple)
        lenient = self.worth(lenient_pick(answer.text, options, count), wanted)
        if not picked.positions:
            return (self.nothing(answer, picked.method, lenient=lenient),)
        value = self.worth(picked.positions, wanted)
        letters = "".join(LETTERS[position] for position in picked.positions)
        return (self.score(value, Found(letters, picked.method), lenient=max(value, lenient)),)

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


def positions_of(scorer: Choice, sample: Sample, target: str) -> tuple[int, ...]:
    """The positions a target names: by letter, by the option's text, or (`multiple`) by several letters."""
    target, options = target.strip(), sample.choices or ()
    by_text = [] if sample.metadata.get("answer_as") == "letter" else places_of(target, options)
    letter = target.strip("()（）. ").upper()
    by_letter = LETTERS.index(letter) if len(letter) == 1 and letter in LETTERS else None
    if by_letter is not None and options and by_letter >= len(options):
        by_letter = None
    if by_text and by_letter is not None and by_text != [by_letter]:
        raise scorer.unusable(sample, target, "clear: it is the letter of one option and the text of another")
    if by_text:
        return (by_text[0],)
    if by_letter is not None:
        return (by_letter,)
    letters = re.sub(r"[\s,，、;；和]|\band\b", "", target)
    if scorer.multiple and letters and all(each in LETTERS[: len(options) or 26] for each in letters.upper()):
        return tuple(sorted({LETTERS.index(each) for each in letters.upper()}))
    raise scorer.unusable(sample, target, "an option (its letter or its text)")


def places_of(target: str, options: tuple[str, ...]) -> list[int]:
    """The options whose text a target is, or is behind their own label ("B) Paris")."""
    label = OWN_LABEL.fullmatch(target)
    at, rest = (LETTERS.index(label[1].upper()), label[2].strip()) if label else (-1, "")
    return [position for position, option in enumerate(options) if option.strip() == target or (position == at and option.strip() == rest)]


def pick(text: str, options: tuple[str, ...], count: int, marker: str | None, multiple: bool) -> Pick:
    """Which options an answer picks."""
    text = extract.window(text).replace("<eoa>", "").strip()
    if marker:
        place = extract.after(text, marker)
        return stated(place, options, count, multiple) or Pick((), "no option there") if place else Pick((), f"no '{marker}'")
    lone = alone(text, count)
    if lone is not None:
        return Pick((lone,), "letter alone")
    places = [extract.boxed(text), closing(text), *reversed(extract.statements(text, STATEMENT))]
    for place in places:
        said = stated(place, options, count, multiple) if place else None
        if said:
            return said
    return by_line(text, count, multiple) or by_phrase(text, count) or by_text(text, options) or Pick((), "no option named")


def alone(text: str, count: int) -> int | None:
    """The letter, where the answer is nothing else."""
    match = re.fullmatch(r"[\W_]{0,6}([A-Za-z])[\W_]{0,6}", text)
    position = LETTERS.find(match.group(1).upper()) if match else -1
    return position if 0 <= position < count else None


def closing(text: str) -> Found | None:
    """The last line, where it names a letter and nothing else ("Option C"), and no other such line names another."""
    last = extract.last_line(text)
    return last if last and BARE.match(last.text) and len(set(BARE.findall(text))) == 1 else None


def stated(place: Found, options: tuple[str, ...], count: int, multiple: bool) -> Pick | None:
    """What a statement picks; a Pick without positions where it says several or none; None where it speaks of something else."""
    segment = re.sub(r"\\(?:textbf|textrm|text|mathrm|mathbf|boxed|rm)\s?\{?", " ", place.text)
    whole = [position for position, option in enumerate(options) if len(loose(option)) > 1 and loose(option) == loose(segment[:500])]
    if len(whole) == 1:
        return Pick((whole[0],), f"{place.method}, by text")
    letters = leading_letters(segment, count, multiple)
    listed = [LETTERS.index(letter) for letter in LISTED.findall(segment)]
    if not multiple and letters and len(set(listed)) > 1:
        letters = listed
    if letters and (multiple or len(set(letters)) == 1):
        return Pick(tuple(sorted(set(letters))), place.method)
    if letters:
        return Pick((), f"{place.method}: several options")
    named = option_named(segment, options)
    if named is not None:
        return Pick((named,), f"{place.method}, by text")
    if (lone := ONE_LETTER.fullmatch(segment)) and LETTERS.index(lone[1]) >= count:
        return Pick((), f"{place.method}: a letter that no option has")
    return Pick((), f"{place.method}: none of the options") if NONE_OF_THEM.search(segment[:200]) else None


def leading_letters(segment: str, count: int, multiple: bool) -> list[int]:
    """The letters at the beginning of a statement, with those joined to the first by "and", commas and the like."""
    run = re.match(DECORATION + RUN.pattern + ("" if multiple else r"[\W_]*$"), segment)
    if run and all(each in LETTERS[:count] for each in run.group(1)):
        return [LETTERS.index(each) for each in run.group(1)]
    match = LEADING.match(segment)
    if not match:
        return []
    letter = next(each for each in match.group("closed", "open", "small") if each)
    if (
        letter in "AI"
        and match.group("open")
        and segment[match.end() : match.end() + 1] == " "
        and not AFTER_WORD.match(segment, match.end())
    ):
        return []
    found = [LETTERS.index(letter.upper())]
    end = match.end()
    while following := LETTER.match(segment, joint.end()) if (joint := BETWEEN.match(segment, end)) else None:
        if following.start() == end and following.group("open"):
            break
        found.append(LETTERS.index((following.group("closed") or following.group("open")).upper()))
        end = following.end()
    return found if all(each < count for each in found) else []


def option_named(text: str, options: tuple[str, ...]) -> int | None:
    """The one option whose text is the statement, or stands in it while no other does."""
    plain = loose(text[:2_000])
    whole = [position for position, option in enumerate(options) if loose(option) and loose(option) == plain]
    if len(whole) == 1:
        return whole[0]
    padded = f" {plain} "
    held = [
        position
        for position, option in enumerate(options)
        if loose(option) and (f" {loose(option)} " in padded or (not option.isascii() and loose(option) in plain))
    ]
    # An option inside another's text ("a cat", "a cat and a dog") is not named by it.
    longest = [each for each in held if not any(each != other and loose(options[each]) in loose(options[other]) for other in held)]
    return longest[0] if len(longest) == 1 else None


def by_line(text: str, count: int, multiple: bool) -> Pick | None:
    """A line that is labelled with a letter, where there is one only: a list of options picks none."""
    bare = BARE.findall(text)
    labels = {LETTERS.index(letter) for letter in (*LABELLED.findall(text), *bare)}
    if len(labels) == 1 and (position := labels.pop()) < count:
        return Pick((position,), "labelled line")
    last = extract.last_line(text)
    if len(set(bare)) > 1 and not multiple:
        return Pick((), "several options on lines of their own")
    letters = leading_letters(last.text, count, multiple) if last and len(last.text) <= 12 else []
    return Pick(tuple(sorted(set(letters))), "last line") if letters and (multiple or len(set(letters)) == 1) else None


def by_phrase(text: str, count: int) -> Pick | None:
    """Phrases that pick ("option B is correct", "选B"), where all of them pick the same."""
    letters = [next(filter(None, groups)) for groups in CHOSEN.findall(text)]
    positions = {LETTERS.index(letter) for letter in letters}
    if len(positions) == 1 and (position := positions.pop()) < count:
        return Pick((position,), "phrase")
    return Pick((), "several options are picked") if positions else None


def by_text(text: str, options: tuple[str, ...]) -> Pick | None:
    """The option whose text is the answer, or its last line, or alone of all stands in the answer."""
    last = extract.last_line(text)
    for place in filter(None, (Found(text, "option text") if len(text) < 2_000 else None, last)):
        named = option_named(place.text, options)
        if named is not None:
            return Pick((named,), f"{place.method}, by text")
    return None


def lenient_pick(text: str, options: tuple[str, ...], count: int) -> tuple[int, ...]:
    """The second extractor: the last letter that is an option, else the option whose text comes last."""
    text = extract.window(text)
    letters = [LETTERS.index((match.group("closed") or match.group("open")).upper()) for match in LETTER.finditer(text)]
    letters = [each for each in letters if each < count]
    if letters:
        return (letters[-1],)
    plain = loose(text[-5_000:])
    ends = [
        (plain.rfind(loose(option)) + len(loose(option)), position)
        for position, option in enumerate(options)
        if loose(option) in plain and loose(option)
    ]
    return (max(ends)[1],) if ends else ()


choice = Choice
